"""Which schools and activities of several lists are one."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from geo.intake.identity import assign_ids, rejoin
from geo.intake.imports import import_file
from tests.stored import fresh_store
from tests.support import AS_OF, PLACE, RIVER, TOWN, WILLOW_RIVER, WILLOW_TOWN
from tests.writing import write_book

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]
DAY, OTHER_DAY, MONTH = date(2022, 9, 17), date(2022, 9, 24), "month"
NEXT_DOOR = "990101001001"
"""A village of the township of WILLOW_RIVER."""


def listed(layer: str, *lists: list[tuple[Any, ...]]) -> list[Row]:
    """Rows as several batches would store them: (unit, day or "month"[, id]) each, all of one name."""
    rows = []
    for batch, told in enumerate(lists, start=1):
        records: list[Row] = [
            {"unit_code": unit, "name": "科普日", "file": "a.xlsx", "sheet": None, "row": n, "note": n,
             "date": date(2022, 9, 1) if day == MONTH else day, "month_only": day == MONTH, "id": (*given, None)[0]}
            for n, (unit, day, *given) in enumerate(told, start=2)
        ]  # fmt: skip
        rows += [{**record, "batch": batch} for record in assign_ids(layer, records)[0]]
    return rows


def counted(layer: str, rows: list[Row]) -> list[tuple[int, ...]]:
    """Of each school or activity, the batches that tell of it."""
    found: dict[str, list[int]] = {}
    for row in rejoin(layer, [dict(row) for row in rows], lambda row: row["batch"]):
        found.setdefault(row["id"], []).append(row["batch"])
    return sorted(tuple(sorted(batches)) for batches in found.values())


@pytest.mark.parametrize(
    ("lists", "activities"),
    [
        ([[(PLACE, DAY)], [(PLACE, DAY)]], [(1, 2)]),
        ([[(PLACE, DAY)], [(PLACE, OTHER_DAY)]], [(1,), (2,)]),  # a corrected date is another activity
        # a month and a day of it
        ([[(PLACE, MONTH)], [(PLACE, DAY)]], [(1, 2)]),
        ([[(PLACE, DAY)], [(PLACE, MONTH)]], [(1, 2)]),
        ([[(PLACE, MONTH)], [(PLACE, DAY), (PLACE, OTHER_DAY)]], [(1, 2), (2,)]),
        ([[(PLACE, MONTH)], [(PLACE, date(2022, 10, 1))]], [(1,), (2,)]),
        ([[(PLACE, MONTH), (PLACE, DAY)]], [(1,), (1,)]),  # one list tells them apart
        ([[(PLACE, MONTH)], [(PLACE, MONTH), (PLACE, DAY)]], [(1, 2), (2,)]),
        # no unit, a township, a village of it
        ([[(PLACE, DAY)], [(RIVER, DAY)]], [(1, 2)]),
        ([[(PLACE, DAY)], [(RIVER, DAY)], [(WILLOW_RIVER, DAY)]], [(1, 2, 3)]),
        ([[(WILLOW_RIVER, MONTH)], [(PLACE, DAY)]], [(1, 2)]),
        ([[(WILLOW_RIVER, DAY)], [(WILLOW_TOWN, DAY)]], [(1,), (2,)]),  # two villages, two activities
        ([[(WILLOW_RIVER, DAY)], [(TOWN, DAY)]], [(1,), (2,)]),
        ([[(PLACE, DAY)], [(WILLOW_RIVER, DAY), (WILLOW_TOWN, DAY)]], [(1,), (2,), (2,)]),  # which of them?
        # ids of the sender
        ([[(PLACE, DAY, "HD-1")], [(PLACE, OTHER_DAY, "HD-1")]], [(1, 2)]),
        ([[(PLACE, DAY, "HD-1")], [(PLACE, DAY, "HD-2")]], [(1,), (2,)]),
    ],
)
def test_activities(lists: list[list[tuple[Any, ...]]], activities: list[tuple[int, ...]]) -> None:
    rows = listed("activities", *lists)
    for order in permutations(rows):
        assert counted("activities", list(order)) == activities


@pytest.mark.parametrize(
    ("lists", "schools"),
    [
        ([[(RIVER, None)], [(WILLOW_RIVER, None)]], [(1, 2)]),
        ([[(WILLOW_RIVER, None)], [(RIVER, None)]], [(1, 2)]),
        ([[(WILLOW_RIVER, None)], [(NEXT_DOOR, None)]], [(1, 2)]),  # a village put right
        ([[(WILLOW_RIVER, None), (NEXT_DOOR, None)]], [(1,), (1,)]),  # one list tells them apart
        ([[(RIVER, None)], [(TOWN, None)]], [(1,), (2,)]),
    ],
)
def test_schools(lists: list[list[tuple[Any, ...]]], schools: list[tuple[int, ...]]) -> None:
    for order in permutations(listed("schools", *lists)):
        assert counted("schools", list(order)) == schools


def test_the_closest_place_and_day_are_kept_whichever_list_is_newer(tmp_path: Path) -> None:
    whole: list[list[Any]] = [["活动名称", "活动日期", "参加人数"], ["科普日", "2022年9月", 200]]
    close: list[list[Any]] = [["乡镇", "村", "活动名称", "活动日期"], ["河口街道", "柳树村", "科普日", DAY]]
    for number, lists in enumerate(permutations((whole, close))):
        store = fresh_store(tmp_path / f"{number}.db")
        for month, rows in enumerate(lists, start=1):
            path = write_book(tmp_path / f"{number}{month}.xlsx", rows)
            import_file(store, path, "activities", received_on=date(2022, 9, 18 + month))
        (found,) = store.layers(as_of=AS_OF)["activities"].to_dict("records")
        assert (found["unit_code"], found["date"].date(), bool(found["month_only"])) == (WILLOW_RIVER, DAY, False)
        assert found["attendance"] == 200
        store.close()


def test_a_school_counts_once_with_and_without_its_village(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    for month, where in ((3, ["河口街道", None]), (9, ["河口街道", "柳树村"])):
        rows: list[list[Any]] = [
            ["乡镇", "村", "学校名称", "科学教师"],
            [*where, "演示小学", "专职" if month == 9 else "无"],
        ]
        path = write_book(tmp_path / f"{month}.xlsx", rows)
        report = import_file(store, path, "schools", complete=True, received_on=date(2022, month, 1))
        assert (report.outcome, report.faults) == ("stored", ())
    assert report.changes["schools"].as_dict() == {"new": 0, "changed": 1, "same": 0, "gone": 0}
    (school,) = store.layers()["schools"].to_dict("records")
    assert (school["unit_code"], school["science_teacher"]) == (WILLOW_RIVER, "full")
