"""Reports of one day that say the opposite, and ids that another place has."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from geo.intake.imports import ImportReport, import_file
from tests.stored import fresh_store
from tests.writing import write_book

if TYPE_CHECKING:
    from pathlib import Path

    from geo.store import Store

pytestmark = pytest.mark.usefixtures("backend")

WHERE: list[Any] = ["乡镇", "村"]
WILLOW: list[Any] = ["河口街道", "柳树村"]
DAY = date(2022, 9, 1)
STATION = ("stations", [[*WHERE, "活动站名称"], [*WILLOW, "柳树站"]])
NO_STATION = ("ledger", [[*WHERE, "活动站", "科普员"], [*WILLOW, "无", 1]])
CHANGED = ("boards", [[*WHERE, "宣传栏名称", "更换日期"], [*WILLOW, "柳树栏", "2022-08-20"]])
NEVER = ("ledger", [[*WHERE, "宣传栏", "宣传栏更换日期"], [*WILLOW, "有", "/"]])
OTHER_BOARD = (
    "boards",
    [[*WHERE, "宣传栏名称", "更换日期"], [*WILLOW, "东墙栏", "2022-08-20"], [*WILLOW, "西墙栏", "/"]],
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county, without facilities."""
    return fresh_store(tmp_path / "k.db")


def bring(store: Store, path: Path, told: tuple[str, list[list[Any]]], day: date = DAY) -> ImportReport:
    report = import_file(store, write_book(path, told[1]), told[0], received_on=day)
    assert report.outcome == "stored", [fault.line() for fault in report.faults]
    return report


@pytest.mark.parametrize("pair", [*permutations((STATION, NO_STATION)), *permutations((CHANGED, NEVER))])
def test_the_opposite_on_the_same_day_is_told(store: Store, tmp_path: Path, pair: tuple[Any, Any]) -> None:
    first = bring(store, tmp_path / "a.xlsx", pair[0])
    second = bring(store, tmp_path / "b.xlsx", pair[1])
    assert first.faults == ()
    assert [(fault.severity, fault.code, fault.row) for fault in second.faults] == [("warning", "contradicts-batch", 2)]
    assert "第1批" in second.faults[0].message
    assert "按后导入的计" in second.faults[0].message


@pytest.mark.parametrize(
    ("pair", "day"),
    [
        ((STATION, NO_STATION), date(2022, 9, 2)),  # another day: newer counts
        ((STATION, STATION), DAY),
        ((NEVER, NEVER), DAY),
        ((OTHER_BOARD, STATION), DAY),
        ((CHANGED, OTHER_BOARD), DAY),  # which board is which nobody says
    ],
)
def test_what_does_not_contradict_is_not_told(store: Store, tmp_path: Path, pair: tuple[Any, Any], day: date) -> None:
    bring(store, tmp_path / "a.xlsx", pair[0])
    again = (pair[1][0], [*pair[1][1], []])
    path = write_book(tmp_path / "b.xlsx", again[1])
    report = import_file(store, path, again[0], received_on=day, sender="另一份")
    assert "contradicts-batch" not in [fault.code for fault in report.faults]


def test_a_batch_that_was_undone_contradicts_nothing(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path / "a.xlsx", STATION)
    store.undo(1)
    assert bring(store, tmp_path / "b.xlsx", NO_STATION).faults == ()


def test_an_id_that_moved_names_both_places(store: Store, tmp_path: Path) -> None:
    header = ["编号", *WHERE, "活动站名称"]
    bring(store, tmp_path / "a.xlsx", ("stations", [header, ["ZD-001", *WILLOW, "柳树站"]]))
    moved = bring(store, tmp_path / "b.xlsx", ("stations", [header, ["ZD-001", "河口街道", "河口社区", "柳树站"]]))
    (fault,) = moved.faults
    assert (fault.severity, fault.code) == ("warning", "id-moved")
    assert "原属河口街道柳树村" in fault.message
    assert "现改到河口街道河口社区" in fault.message


def test_the_same_file_of_another_day_is_another_report(store: Store, tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", STATION[1])
    days = [None, date(2022, 3, 1), date(2022, 3, 1), None]
    outcomes = [import_file(store, path, "stations", received_on=day).outcome for day in days]
    assert outcomes == ["stored", "stored", "unchanged", "unchanged"]
    assert [batch.reported_on for batch in store.batches()] == [date.today(), date(2022, 3, 1)]
