"""Reported figures held against the plan when they are imported."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from geo.figure_items import figure_faults, item_key
from geo.intake.identity import assign_ids
from geo.schema import LAYERS
from geo.store.force import merged
from geo.words.vocabulary import convert
from tests.support import PLACE, plan_of

PLAN = plan_of(
    {"id": "4.figure.studies", "kind": "figure", "item": "专题研究次数", "measure": "次"},
    {"id": "4.figure.reports", "kind": "figure", "item": "领导听取汇报次数", "measure": "次", "threshold": 2},
    {"id": "9.declared.heads", "kind": "declared", "item": "“三长”兼职"},
    {"id": "12.figure.budget", "kind": "figure", "item": "科普经费", "measure": "元", "per": "常住人口",
     "per_measure": "人", "threshold": 2},
    {"id": "29.figure.rank", "kind": "figure", "item": "位次", "measure": "%", "comparison": "at_most",
     "threshold": 30},
    {"id": "17.village.station", "kind": "presence", "unit": "village", "layer": "stations"},
)  # fmt: skip


def row(task: int, item: str, value: float | None = 1.0, measure: str | None = None, **more: Any) -> dict[str, Any]:
    source = {"file": "指标.xlsx", "sheet": "表1", "row": 2, "unit_code": PLACE, "id": None, "name": None}
    return {**source, "task": task, "item": item, "value": value, "unit_of_measure": measure, "as_of": None, **more}


def found(*rows: dict[str, Any]) -> list[tuple[str, str]]:
    return [(fault.severity, fault.code) for fault in figure_faults(PLAN, rows)]


@pytest.mark.parametrize(
    "good",
    [
        row(12, "科普经费", 118, "万元"), row(12, "常住人口", 60.7, "万人"), row(12, "12.科普经费", 1_180_000),
        row(4, "专题研究次数", 2, "场"), row(9, "三长兼职", 1, "是/否"), row(9, "“三长”兼职", 0),
        row(9, "三长兼职", None),
        row(29, "位次", 24, "％"), row(29, "位次", 0.24, "小数"), row(29, "位次", None, "斤"),
    ],
)  # fmt: skip
def test_what_the_plan_can_read_has_no_fault(good: dict[str, Any]) -> None:
    assert found(good) == []


@pytest.mark.parametrize(
    ("bad", "code", "told"),
    [
        (row(12, "科普经费", 118, "人"), "figure-measure", "计量单位“人”不能换算成“元”"),
        (row(12, "常住人口", 60.7, "万元"), "figure-measure", "不能换算成“人”"),
        (row(12, "科普经费", -1, "元"), "figure-measure", "负数"),
        (row(4, "专题研究次数", 1, "是/否"), "figure-measure", "不是数字"),
        (row(29, "位次", 0.24, "%"), "figure-measure", "0.24%还是24%"),
        (row(29, "位次", 0.24), "figure-measure", "0.24%还是24%"),
        (row(9, "三长兼职", 3), "figure-declaration", "1（是）或0（否）"),
    ],
)
def test_what_no_rule_could_read_is_an_error(bad: dict[str, Any], code: str, told: str) -> None:
    (fault,) = figure_faults(PLAN, [bad])
    assert (fault.severity, fault.code, fault.file, fault.sheet, fault.row) == ("error", code, "指标.xlsx", "表1", 2)
    assert told in fault.message
    assert fault.remedy


def test_an_item_of_another_task_is_told_its_task() -> None:
    (fault,) = figure_faults(PLAN, [row(7, "“科普经费”")])
    assert (fault.severity, fault.code) == ("warning", "figure-task")
    assert "任务12" in fault.message
    assert "12" in fault.remedy


@pytest.mark.parametrize(
    ("item", "near"),
    [(row(12, "科普经费总额"), "科普经费"), (row(4, "专题研究"), "专题研究次数"), (row(9, "三长任职"), "“三长”兼职"),
     (row(17, "科普经费数"), "科普经费"), (row(99, "常驻人口"), "常住人口")],
)  # fmt: skip
def test_an_item_that_the_plan_lacks_is_told_the_nearest(item: dict[str, Any], near: str) -> None:
    (fault,) = figure_faults(PLAN, [item])
    assert (fault.severity, fault.code) == ("warning", "figure-unknown")
    assert fault.remedy.startswith(f"请按方案填写：“{near}”")


def test_one_item_told_twice_of_one_day() -> None:
    day = date(2022, 6, 30)
    two = row(12, "科普经费", 1.0, as_of=day, id="ZB-1"), row(12, "“科普经费”", 2.0, as_of=day, id="ZB-2", row=3)
    assert found(*two) == [("error", "figure-twice")]
    assert found(two[0], {**two[1], "as_of": date(2022, 9, 30)}) == []
    assert found(two[0], {**two[1], "value": 1.0}) == []
    without_ids = [{**record, "id": None} for record in two]
    kept, faults = assign_ids("figures", without_ids)
    assert (len(kept), [fault.code for fault in faults]) == (1, ["row-conflict"])


def test_a_newer_report_of_an_item_is_never_mixed_with_an_older_one() -> None:
    """118 万元, then 1180000 without a unit: not 1180000 万元."""
    older, newer = row(12, "科普经费", 118.0, "万元", evidence="某文件"), row(12, "科普经费", 1_180_000.0, batch=2)
    assert merged(LAYERS["figures"], [older, newer]) == newer


def test_the_key_of_an_item_leaves_out_only_what_is_no_part_of_it() -> None:
    assert item_key("12.科普经费", 12) == item_key("科普 经费：", 12) == "科普经费"
    assert item_key("12.科普经费", 1) != item_key("科普经费", 1)
    assert item_key("1000人以上", 1) == "1000人以上"
    assert item_key("？", 1) == "?"


@pytest.mark.parametrize(
    ("written", "wanted", "factor"),
    [("万元", "元", 1e4), ("元", "万元", 1e-4), ("亿元", "万元", 1e4), ("公里", "米", 1000), ("", "元", 1),
     ("场", "次", 1), ("%", "小数", 0.01), ("万", "人", 1e4), ("个", "人", None), ("元", "人", None),
     ("箩", "个", None), ("箩", "箩", 1), ("人", None, 1), ("箩", None, 1), ("万人", None, None), ("", None, 1)],
)  # fmt: skip
def test_units_convert_inside_their_kind(written: str, wanted: str | None, factor: float | None) -> None:
    assert convert(written, wanted) == (None if factor is None else pytest.approx(factor))
