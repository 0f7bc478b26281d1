"""Rows below a header that are parts of it: months and years of changes, turns, units of measure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from geo.files.layout import Grid, find_tables
from geo.intake.columns import detect_layer
from geo.intake.normalise import Normaliser
from geo.months import Month
from tests.support import county

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.intake.harvest import Harvest

    Span = tuple[int, int, int, int]

TITLE = ["云岭县宣传栏更换登记表（2022年）"]
WHERE = ["云岭镇", "云岭村", "云岭栏"]
HEADER = ["乡镇", "村", "宣传栏名称"]
NO = [None, None, None]
DOWN: list[Span] = [(1, n, 2, n) for n in range(3)]


def read(layer: str, *rows: Sequence[Any], merged: Sequence[Span] = ()) -> Harvest:
    found = find_tables(Grid("a.xlsx", "表", rows, merged))
    return Normaliser(county(), received_on=date(2022, 11, 1)).read(found, layer)


def changes(found: Harvest) -> Any:
    assert not [fault for fault in found.faults if fault.severity == "error"], found.faults
    return [record["updates"] for record in found.records["boards"]]


@pytest.mark.parametrize("merged", [[(1, 3, 1, 5), *DOWN], []])
def test_months_below_a_header_are_those_of_the_cells(merged: list[Span]) -> None:
    found = read(
        "boards", TITLE, [*HEADER, "更换日期", None, None], [*NO, "3月", "5月", "7月"],
        [*WHERE, "12日", "√", "无"], [*WHERE[:2], "二栏", "2022-03-05", "6日、20日", "已更换"],
        [*WHERE[:2], "三栏", "无", "无", "无"], merged=merged,
    )  # fmt: skip
    assert changes(found) == [
        (date(2022, 3, 12), Month(2022, 5, 1)),
        (date(2022, 3, 5), date(2022, 5, 6), date(2022, 5, 20), Month(2022, 7, 1)),
        None,
    ]
    assert [fault.code for fault in found.faults if fault.severity == "warning"] == ["not-changed-then"]


@pytest.mark.parametrize("cell", [12, "每月", "换了两次"])
def test_what_is_no_day_below_a_month_is_asked(cell: object) -> None:
    found = read("boards", TITLE, [*HEADER, "更换日期", None], [*NO, "3月", "5月"], [*WHERE, cell, "8日"],
                 merged=[(1, 3, 1, 4), *DOWN])  # fmt: skip
    assert [(fault.code, fault.column, fault.row) for fault in found.faults if fault.severity == "error"] == [
        ("cell-dates", "更换日期·3月", 4)
    ]


def test_days_below_months_without_any_year_are_asked() -> None:
    found = read("boards", [*HEADER, "更换日期", None], [*NO, "3月", "5月"], [*WHERE, "12日", "√"])
    assert ["没有写年份" in fault.message for fault in found.faults if fault.severity == "error"] == [True]


@pytest.mark.parametrize("merged", [[(0, 3, 0, 6), (1, 3, 1, 4), (1, 5, 1, 6), *[(0, n, 2, n) for n in range(3)]], []])
def test_years_above_months(merged: list[Span]) -> None:
    found = read(
        "boards", [*HEADER, "更换时间", None, None, None], [*NO, "2021年", None, "2022年", None],
        [*NO, "10月", "12月", "3月", "5月"], [*WHERE, "3日", "√", "无", "8日"], merged=merged,
    )  # fmt: skip
    assert changes(found) == [(date(2021, 10, 3), Month(2021, 12, 1), date(2022, 5, 8))]


def test_months_and_units_of_measure_in_one_row_of_a_ledger() -> None:
    down = [(0, n, 2, n) for n in range(2)]
    found = read(
        "ledger", ["乡镇", "村", "科普活动站", None, "科普宣传栏", None, None],
        [None, None, "有无", "面积", "有无", "更换日期", None],
        [None, None, None, "亩", None, "2022年3月", "2022年5月"],
        [*WHERE[:2], "有", 3, "有", "3日", "9日"], [WHERE[0], "柳树村", "无", None, "有", "无", "无"],
        merged=[(0, 2, 0, 3), (0, 4, 0, 6), (1, 5, 1, 6), *down],
    )  # fmt: skip
    assert changes(found) == [(date(2022, 3, 3), date(2022, 5, 9)), None]
    assert found.records["stations"][0]["area_m2"] == 2000


def test_units_of_measure_beside_headers_merged_downwards() -> None:
    found = read("stations", ["乡镇", "村", "活动站名称", "面积"], [*NO, "亩"], [*WHERE[:2], "站", 3],
                 merged=[(0, n, 1, n) for n in range(3)])  # fmt: skip
    assert found.records["stations"][0]["area_m2"] == 2000


def test_turns_tell_no_time_so_none_is_never() -> None:
    found = read("boards", [*HEADER, "更换日期", None], [*NO, "第一次", "第二次"], [*WHERE, "无", "无"],
                 merged=[(0, 3, 0, 4), *[(0, n, 1, n) for n in range(3)]])  # fmt: skip
    assert changes(found) == [()]


def test_months_of_something_else_are_not_read_as_changes() -> None:
    found = read("boards", [*HEADER, "更换日期", "参观人数", None], [*NO, None, "3月", "5月"],
                 [*WHERE, "2022-05-03", 12, 8], merged=[(0, 4, 0, 5), *[(0, n, 1, n) for n in range(4)]])  # fmt: skip
    assert changes(found) == [(date(2022, 5, 3),)]
    assert [fault.column for fault in found.faults if fault.code == "column-unknown"] == [
        "参观人数·3月",
        "参观人数·5月",
    ]


def test_twelve_months_under_a_title_are_a_list_of_boards() -> None:
    rows: list[list[Any]] = [
        TITLE,
        [*HEADER, *(f"{n}月" for n in range(1, 13))],
        [*WHERE, *[None, "√"] * 5, None, None],
    ]
    (table,) = find_tables(Grid("a.xlsx", "表", rows))
    assert detect_layer(table) == "boards"
    assert changes(read("auto", *rows)) == [tuple(Month(2022, n, 1) for n in (2, 4, 6, 8, 10))]


def test_months_with_their_years_may_be_headers() -> None:
    found = read("boards", [*HEADER, "2022年3月", "2022年5月"], [*WHERE, "√", "8日"])
    assert changes(found) == [(Month(2022, 3, 1), date(2022, 5, 8))]


def test_a_title_tells_the_layer_only_of_a_list_of_units() -> None:
    def layer_of(*rows: Sequence[Any]) -> str | None:
        (table,) = find_tables(Grid("a.xlsx", "表", rows))
        return detect_layer(table)

    assert layer_of(["云岭镇科普活动站"], ["序号", "乡镇", "村", "名称", "面积"], [1, *WHERE, 60]) == "stations"
    assert layer_of(["云岭镇基本情况"], ["序号", "乡镇", "村", "名称", "面积"], [1, *WHERE, 60]) is None
    assert layer_of(["科普活动站建设要求"], ["序号", "名称", "面积", "说明"], [1, "甲类", 60, "不少于"]) is None


def test_a_list_may_say_in_a_column_of_its_own_whether_there_is_one() -> None:
    found = read(
        "stations", ["乡镇", "村", "活动站名称", "有无"], [*WHERE[:2], "站", "有"], [WHERE[0], "柳树村", None, "无"]
    )
    assert [record["name"] for record in found.records["stations"]] == ["站"]
    assert [row["row"] for row in found.none] == [3]
    assert found.faults == []


def test_columns_under_a_title_of_plans_are_not_read_as_what_is() -> None:
    found = read(
        "stations", ["乡镇", "村", "活动站名称", "面积", "计划", None], [*NO, None, "建成日期", "设备"],
        [*WHERE[:2], "站", 60, "2022-05-03", "有"], merged=[(0, 4, 0, 5), *((0, n, 1, n) for n in range(4))],
    )  # fmt: skip
    (record,) = found.records["stations"]
    assert (record.get("built_on"), record.get("equipment"), record["area_m2"]) == (None, None, 60)
    assert [fault.column for fault in found.faults if fault.code == "column-unknown"] == ["计划·建成日期", "计划·设备"]


def test_rows_numbered_in_advance_are_blank() -> None:
    rows = ([1, *WHERE[:2], "站"], [2, None, None, " "], [3, None, None, None])
    found = read("stations", ["序号", "乡镇", "村", "活动站名称"], *rows)
    assert [record["row"] for record in found.records["stations"]] == [2]
    assert found.faults == []
