"""Reported figures from file to verdict: items, units of measure and words, by the plan of the store."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from geo.assess import assess_store
from geo.intake.imports import import_file
from tests.stored import fresh_store
from tests.writing import write_book

if TYPE_CHECKING:
    from pathlib import Path

    from geo.intake.imports import ImportReport
    from geo.store import Store

AS_OF = date(2022, 10, 31)
HEADER: list[Any] = ["任务号", "指标", "数值", "计量单位", "数据日期"]


def sent(folder: Path, *rows: list[Any]) -> tuple[Store, ImportReport]:
    store = fresh_store(folder / "k.db")
    return store, import_file(store, write_book(folder / "指标.xlsx", [HEADER, *rows]), "figures")


def codes(report: ImportReport) -> list[tuple[str, int | None]]:
    return [(fault.code, fault.row) for fault in report.faults]


def test_money_and_people_in_any_unit(tmp_path: Path) -> None:
    store, report = sent(tmp_path, [5, "5.科普经费", 300_000, "元", AS_OF], [5, "“常住人口”", 40, "万人", AS_OF])
    assert (report.outcome, codes(report)) == ("stored", [])
    result = assess_store(store, as_of=AS_OF).rule("5.figure.budget")
    assert (str(result.state), result.value) == ("not_met", 0.75)


def test_what_can_not_be_read_stops_the_file_and_names_its_row(tmp_path: Path) -> None:
    store, report = sent(tmp_path, [5, "科普经费", 30, "人", AS_OF], [5, "投诉件数", "有", "", AS_OF])
    assert (report.outcome, codes(report)) == ("refused", [("figure-measure", 2), ("figure-measure", 3)])
    assert store.layers()["figures"].empty


def test_what_counts_for_nothing_is_stored_with_a_warning(tmp_path: Path) -> None:
    store, report = sent(tmp_path, [4, "科普经费", 30, "万元", AS_OF], [5, "科普费用", 30, "万元", AS_OF])
    assert (report.outcome, codes(report)) == ("stored", [("figure-task", 2), ("figure-unknown", 3)])
    assert str(assess_store(store, as_of=AS_OF).rule("5.figure.budget").state) == "unknown"


def test_one_item_in_two_spellings_is_one(tmp_path: Path) -> None:
    _, report = sent(tmp_path, [5, "科普经费", 30, "万元", AS_OF], [5, "“科普经费”", 31, "万元", AS_OF])
    assert (report.outcome, codes(report)) == ("refused", [("row-conflict", 3)])


@pytest.mark.parametrize(
    ("said", "state"), [("是", "met"), ("已完成", "met"), ("否", "not_met"), (1, "met"), (0, "not_met")]
)
def test_a_declaration_in_words(tmp_path: Path, said: Any, state: str) -> None:
    store, report = sent(tmp_path, [5, "《经费管理制度》", said, "", AS_OF])
    assert report.outcome == "stored"
    assert str(assess_store(store, as_of=AS_OF).rule("5.declared.rules").state) == state


def test_a_newer_report_replaces_the_whole_figure(tmp_path: Path) -> None:
    """30 万元, then 300000 without a unit: not 300000 万元."""
    store, _ = sent(tmp_path, [5, "科普经费", 30, "万元", AS_OF], [5, "常住人口", 40, "万人", AS_OF])
    again = write_book(tmp_path / "b.xlsx", [HEADER, [5, "科普经费", 300_000, "", AS_OF]])
    assert import_file(store, again, "figures").outcome == "stored"
    assert assess_store(store, as_of=AS_OF).rule("5.figure.budget").value == 0.75
