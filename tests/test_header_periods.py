"""Headers with a year, a month or a turn are columns of changes; several of them are one list of days."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from geo.files.sheets import RawTable
from geo.intake.columns import detect_layer
from geo.intake.normalise import Normaliser
from geo.months import Month
from geo.words.cells import Calendar
from geo.words.header_periods import meaning_of, period_of
from tests.support import county

if TYPE_CHECKING:
    from geo.words.cells import Cell

WHERE = ("乡镇", "村", "宣传栏名称")


def read(header: tuple[str, ...], *cells: Cell, year: int | None = None, layer: str = "boards") -> Any:
    named = ("云岭镇", "云岭村", "栏" if layer == "boards" else "有")
    titles = WHERE if layer == "boards" else ("乡镇", "村", "宣传栏")
    table = RawTable("a.xlsx", "表", (*titles, *header), ((*named, *cells),), calendar=Calendar(year))
    return Normaliser(county(), received_on=date(2022, 11, 1)).read([table], layer)


@pytest.mark.parametrize(
    ("header", "year", "month"),
    [
        ("2022年更换日期", 2022, None), ("2022年更新时间", 2022, None), ("2022年度更换", 2022, None),
        ("5月更换", None, 5), ("十二月份更换日期", None, 12), ("2021年3月更换", 2021, 3), ("第一次更换", None, None),
        ("第2次更新时间", None, None), ("宣传栏2022年更换日期", 2022, None), ("上半年更换", None, None),
    ],
)  # fmt: skip
def test_headers_that_tell_a_time(header: str, year: int | None, month: int | None) -> None:
    period = period_of(header)
    assert period is not None
    assert (period.year, period.month) == (year, month)
    assert meaning_of(header, "boards")[0] == "updates"
    assert meaning_of(header, "ledger")[0] == "boards.updates"
    assert meaning_of(header, "stations")[0] is None


@pytest.mark.parametrize(
    "header",
    ["2022年更换次数", "下次更换日期", "计划更换", "2022年", "更换人", "2021—2022年更换日期", "13月更换", "2022年面积"],
)
def test_headers_that_tell_none(header: str) -> None:
    assert meaning_of(header, "boards")[0] is None


@pytest.mark.parametrize(
    ("header", "cells", "days"),
    [
        (("2022年更换日期",), ("5月3日",), [date(2022, 5, 3)]),
        (("2022年更换日期",), ("3月2日、5月3日",), [date(2022, 3, 2), date(2022, 5, 3)]),
        (("更换日期（2022年）",), ("5月3日",), [date(2022, 5, 3)]),
        (("2021年更换日期", "2022年更换日期"), ("11月3日", "1月5日"), [date(2021, 11, 3), date(2022, 1, 5)]),
        (("2021年更换日期", "更换日期"), ("11月3日", "2022-01-05"), [date(2021, 11, 3), date(2022, 1, 5)]),
        (("第一次更换", "第二次更换"), ("2022-03-01", "5月3日"), [date(2022, 3, 1), date(2022, 5, 3)]),
        (("2022年3月更换", "2022年5月更换"), ("√", "8日"), [Month(2022, 3, 1), date(2022, 5, 8)]),
        (("2022年3月更换", "2022年5月更换"), ("无", "8日"), [date(2022, 5, 8)]),
        (("2022年3月更换", "2022年5月更换"), ("未更换", "已更换"), [Month(2022, 5, 1)]),
        (("更换日期·2022年·3月", "更换日期·2022年·5月"), ("12日", "√"), [date(2022, 3, 12), Month(2022, 5, 1)]),
        (("2022年更换日期",), (date(2021, 5, 3),), [date(2021, 5, 3)]),
    ],
)
def test_the_year_and_month_of_a_header_are_those_of_its_cells(
    header: tuple[str, ...], cells: tuple[Cell, ...], days: list[date]
) -> None:
    found = read(header, *cells)
    assert found.records["boards"][0]["updates"] == tuple(days)
    assert not [fault for fault in found.faults if fault.severity == "error"]


def test_bare_months_are_changes_where_several_hold_days() -> None:
    found = read(("3月", "5月", "7月"), "3日", "5月8日", "无", year=2022)
    assert found.records["boards"][0]["updates"] == (date(2022, 3, 3), date(2022, 5, 8))
    alone = read(("3月",), "3日", year=2022)
    assert [fault.code for fault in alone.faults] == ["column-unknown"]
    visitors = read(("3月", "5月"), 120, 80, year=2022)
    assert [fault.code for fault in visitors.faults] == ["column-unknown"] * 2


def test_a_day_without_any_year_is_still_refused() -> None:
    found = read(("5月更换",), "3日")
    assert [(fault.code, fault.column) for fault in found.faults] == [("cell-dates", "5月更换")]


def test_a_ledger_knows_them_too() -> None:
    found = read(("宣传栏2022年更换日期", "5月更换"), "3月2日", "2022-05-06", layer="ledger")
    assert found.records["boards"][0]["updates"] == (date(2022, 3, 2), date(2022, 5, 6))
    other = meaning_of("科普活动站·2022年更换日期", "ledger")
    assert other == (None, None)


def test_the_same_column_twice_is_still_an_error() -> None:
    found = read(("更换日期", "更新日期"), "2022-05-03", "2022-05-04")
    assert "column-twice" in [fault.code for fault in found.faults]


def test_a_layer_is_told_by_them() -> None:
    assert detect_layer(RawTable("a.xlsx", "表", (*WHERE, "2022年更换日期"), ())) == "boards"


@pytest.mark.parametrize("none", ["无", "0", "×", "未更换", False])
def test_none_under_a_month_or_a_year_is_not_never(none: Cell) -> None:
    found = read(("2021年更换日期", "2022年3月更换"), none, none)
    assert found.records["boards"][0]["updates"] is None
    assert [(fault.severity, fault.code, fault.column) for fault in found.faults] == [
        ("warning", "not-changed-then", "2021年更换日期")
    ]
    assert "2021年、2022年3月没有更换" in found.faults[0].message
    never = read(("更换日期",), none if none in ("无", "0") else "无")
    assert never.records["boards"][0]["updates"] == ()


def test_none_under_a_month_does_not_contradict_the_last_change() -> None:
    found = read(("2022年5月更换", "最近更换日期"), "无", "2022-03-02")
    assert found.records["boards"][0]["updates"] == (date(2022, 3, 2),)
    assert found.records["boards"][0]["last_only"] is True
    assert found.faults == []


def test_a_day_of_another_month_than_its_header_is_doubted() -> None:
    found = read(("2022年3月更换", "2022年5月更换"), "2022-04-12", "2022-05-06")
    assert found.records["boards"][0]["updates"] == (date(2022, 4, 12), date(2022, 5, 6))
    assert [(fault.severity, fault.code) for fault in found.faults] == [("warning", "date-elsewhere")]


@pytest.mark.parametrize("header", ["宣传栏更换情况·2022年·5月", "更换时间（2022年）", "科普宣传栏·2022年5月更换"])
def test_titles_tell_that_times_are_those_of_changes(header: str) -> None:
    assert read((header,), "5月6日").records["boards"][0]["updates"] == (date(2022, 5, 6),)


@pytest.mark.parametrize("header", ["照片·3月", "参加人数·3月", "2022年更换·张数", "计划更换日期·3月"])
def test_times_under_other_titles_are_not(header: str) -> None:
    assert meaning_of(header, "boards")[0] != "updates"
