"""Coordinates as people write them, cell by cell."""

from __future__ import annotations

import math
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.intake.coordinates import Pair, Unreadable, read_angle, read_pair, split_pair

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo.words.cells import Cell

LON, LAT = 87 + 18 / 60 + 5.2 / 3600, 44 + 0 / 60 + 36 / 3600
ANGLE = st.tuples(st.integers(73, 134), st.integers(0, 59), st.integers(0, 599))
FORMS: dict[str, Callable[[int, int, float], str]] = {
    "signs": lambda d, m, s: f"{d}°{m}′{s:.1f}″",
    "quotes": lambda d, m, s: f"{d}°{m:02}'{s:04.1f}\"",
    "two quotes": lambda d, m, s: f"{d}°{m}'{s:.1f}''",
    "words": lambda d, m, s: f"{d}度{m}分{s:.1f}秒",
    "spaces": lambda d, m, s: f"{d} {m} {s:.1f}",
    "colons": lambda d, m, s: f"{d}:{m:02}:{s:04.1f}",
    "dashes": lambda d, m, s: f"{d}-{m}-{s:.1f}",
    "named": lambda d, m, s: f"东经 {d}°{m}′{s:.1f}″",
    "letter before": lambda d, m, s: f"E{d}°{m}′{s:.1f}″",
    "letter behind": lambda d, m, s: f"{d}° {m}′ {s:.1f}″E",
    "full width": lambda d, m, s: f"{d}°{m}′{s:.1f}″".translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"}),
    "ordinal sign": lambda d, m, s: f"{d}º{m}’{s:.1f}”",
}


@pytest.mark.parametrize("form", FORMS)
@given(parts=ANGLE)
def test_degrees_minutes_seconds(form: str, parts: tuple[int, int, int]) -> None:
    degrees, minutes, tenths = parts
    found = read_angle(FORMS[form](degrees, minutes, tenths / 10))
    assert found.sexagesimal
    assert found.value == pytest.approx(degrees + minutes / 60 + tenths / 36000, abs=1e-9)
    assert found.axis in (None, "lon")


@given(parts=ANGLE)
def test_packed_only_if_asked(parts: tuple[int, int, int]) -> None:
    degrees, minutes, tenths = parts
    number = float(f"{degrees}.{minutes:02}{tenths:03}")
    assert read_angle(number).value == number
    found = read_angle(number, packed=True)
    assert found.value == pytest.approx(degrees + minutes / 60 + tenths / 36000, abs=1e-9)
    assert found.sexagesimal


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (87.3, 87.3), (44, 44.0), ("87.30", 87.3), (" 87.3 ", 87.3), ("87.3°", 87.3), ("87.3度", 87.3), ("E87.3", 87.3),
        ("东经：87.3", 87.3), ("87.3e", 87.3), ("87°18.08′", 87 + 18.08 / 60), ("87°18′", 87.3), ("８７．３", 87.3),
        ("524,063.21", 524063.21), ("4,874,563", 4874563.0), ("北纬44.01°", 44.01),
    ],
)  # fmt: skip
def test_one_number(cell: Cell, value: float) -> None:
    assert read_angle(cell).value == pytest.approx(value)


def test_what_a_spreadsheet_took_for_a_time() -> None:
    """87:18:05 typed into a cell becomes 3 days, 15 hours; below 24 degrees a time of day."""
    clock: list[Any] = [timedelta(hours=87, minutes=18, seconds=5.2), time(23, 10, 5)]
    assert [read_angle(cell).value for cell in clock] == pytest.approx([LON, 23 + 10 / 60 + 5 / 3600])
    found = read_pair(clock[0], "44:00:36")
    assert found is not None
    assert (found.first, found.second) == pytest.approx((LON, LAT))


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("87°75′", "小于60"), ("87 18 61.5", "小于60"), ("某路口", "应为经纬度"), ("NaN", "应为经纬度"),
        (True, "应为经纬度"), (math.inf, "无穷大"), (-math.inf, "无穷大"), ("#REF!", "公式错误"),
        ("87.30,44.01", "应为经纬度"), ("87°18.5′5″", "应为经纬度"), ("东经", "应为经纬度"), ("87.3.1", "应为经纬度"),
    ],
)  # fmt: skip
def test_what_is_no_coordinate(cell: Cell, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_angle(cell)


@pytest.mark.parametrize(
    "text",
    [
        "87.30,44.01", "87.30，44.01", "(87.30, 44.01)", "87.30 44.01", "87.30;44.01", "87.30/44.01", "87.30、44.01",
        "87.30\n44.01", "【87.30，44.01】", "东经87.3 北纬44.01", "东经87.30°，北纬44.01°", "北纬44.01、东经87.3",
        "经度：87.30，纬度：44.01", "E87.3N44.01", "N44.01 E87.30", "87.3E 44.01N", "lon=87.3, lat=44.01",
        "87°18′0″ 44°0′36″", "87 18 0 44 0 36", "44°0′36″N 87°18′0″E", "87:18:00,44:00:36",
    ],
)  # fmt: skip
def test_two_in_one_cell(text: str) -> None:
    for found in (split_pair(text), read_pair(None, None, text), read_pair(text, None), read_pair("", text)):
        assert found is not None
        assert (found.first, found.second) == pytest.approx((87.3, 44.01))
        assert found.joined


def test_the_order_of_two_without_words_is_left_open() -> None:
    found = split_pair("44.01,87.30")
    assert found is not None
    assert (found.first, found.second, found.named) == (44.01, 87.3, False)


@pytest.mark.parametrize("text", ["87.30", "87.30,", "某路口", "87.30,44.01,5", "东经87.3 东经44.0", "87 18 5", ""])
def test_what_is_no_pair(text: str) -> None:
    assert split_pair(text) is None


def test_words_overrule_columns() -> None:
    found = read_pair("北纬44°0′36″", "东经87°18′5.2″")
    assert found is not None
    assert (found.first, found.second) == pytest.approx((LON, LAT))
    assert found.named


@pytest.mark.parametrize("nothing", [None, "", " ", "无", "/", "-", 0, math.nan])
def test_nothing_is_given(nothing: Cell) -> None:
    assert read_pair(nothing, nothing) is None
    assert read_pair(None, None, nothing) is None


@pytest.mark.parametrize(
    ("cells", "code", "column"),
    [
        ((87.3, None), "coordinate-half", "lat"),
        ((None, 44.0), "coordinate-half", "lon"),
        (("某处", 44.0), "cell-number", "lon"),
        ((87.3, "某处"), "cell-number", "lat"),
        ((math.inf, 44.0), "cell-number", "lon"),
        (("东经87.3", "东经44.0"), "coordinate-axes", "lat"),
        ((None, None, "某处"), "cell-position", "position"),
    ],
)
def test_what_cannot_be_read(cells: tuple[Cell, ...], code: str, column: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_pair(*cells)
    assert (caught.value.code, caught.value.column) == (code, column)
    assert caught.value.message
    assert caught.value.remedy


def test_two_columns_win_over_a_third() -> None:
    assert read_pair(87.3, 44.0, "88.0,45.0") == Pair(87.3, 44.0)
