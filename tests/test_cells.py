"""Cells in all the forms in which people write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.schema import LAYERS
from geo.words.cells import (
    Calendar,
    Cell,
    is_blank,
    items_of,
    read_cell,
    read_count,
    read_date,
    read_dates,
    read_flag,
    read_headcount,
    read_number,
    text_of,
)

MAY_3 = date(2022, 5, 3)


@pytest.mark.parametrize("cell", [None, "", " ", "\u3000", "\u200b", "\xa0\n", float("nan")])
def test_blank_is_unknown(cell: Cell) -> None:
    assert is_blank(cell)
    assert read_cell(cell, LAYERS["stations"].column("equipment"), "stations") is None


@pytest.mark.parametrize("cell", [0, 0.0, "0", "-", "/", "无", False])
def test_none_is_not_blank(cell: Cell) -> None:
    assert not is_blank(cell)


@pytest.mark.parametrize(
    "cell", ["有", "是", "√", "✓", "✔", "1", "\uff11", 1, 1.0, True, "Y", "Yes", " 有 ", "TRUE", "已建"]
)
def test_flag_yes(cell: Cell) -> None:
    assert read_flag(cell) is True


@pytest.mark.parametrize(
    "cell",
    [
        "无",
        "否",
        "×",
        "✗",
        "x",
        "X",
        "0",
        "\uff10",
        0,
        0.0,
        False,
        "-",
        "\uff0d",
        "—",
        "--",
        "/",
        "\uff0f",
        "无 ",
        "暂无",
        "未登记",
    ],
)
def test_flag_no(cell: Cell) -> None:
    assert read_flag(cell) is False
    assert read_flag(cell, descriptive=True) is False


@pytest.mark.parametrize("cell", ["也许", "2", 2, 3.5, "投影仪"])
def test_flag_refuses_other_text(cell: Cell) -> None:
    with pytest.raises(ValueError, match="有/无"):
        read_flag(cell)


@pytest.mark.parametrize("cell", ["投影仪2台", "电脑、展板", 3, "张某"])
def test_descriptive_flag_takes_a_description_as_yes(cell: Cell) -> None:
    assert read_flag(cell, descriptive=True) is True


@pytest.mark.parametrize(
    "cell", ["在建", "拟建", "筹建中", "未定", "待定", "坏了", "不全", "无法使用", "已拆除", "不详", "?"]
)
def test_descriptive_flag_never_takes_a_denial_or_a_promise_as_yes(cell: Cell) -> None:
    with pytest.raises(ValueError, match="看不出"):
        read_flag(cell, descriptive=True)


@pytest.mark.parametrize("cell", ["暂缺", "0台", "没有投影仪", "未安装", "暂未配备"])
def test_descriptive_flag_takes_a_plain_denial_as_no(cell: Cell) -> None:
    assert read_flag(cell, descriptive=True) is False


@pytest.mark.parametrize(
    ("cell", "people"),
    [(2, 2), (2.0, 2), ("3人", 3), ("2", 2), ("有", 1), ("无", 0), (0, 0), ("/", 0), ("甲某", 1), ("甲、阿不都", 2)],
)
def test_headcount(cell: Cell, people: int) -> None:
    assert read_headcount(cell) == people


@pytest.mark.parametrize("cell", ["约2人", "待定", "-3", "1.5人", "甲某、待定", "甲某（已离任）"])
def test_headcount_never_guesses(cell: Cell) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read_headcount(cell)


@pytest.mark.parametrize(
    "cell",
    [
        date(2022, 5, 3), datetime(2022, 5, 3, 14, 30), 44684, 44684.75, "44684", 20220503, "20220503",
        "2022-05-03", "2022-5-3", "\uff12\uff10\uff12\uff12-\uff15-\uff13", "2022/5/3", "2022.5.3", "2022.05.03",
        "2022年5月3日", "2022年5月03号", "2022 年 5 月 3 日",
        "2022年05月03日", "2022-05-03 00:00:00", "2022-5-3 10:00", "2022-05-03T08:30", " 2022.5.3。",
    ],
)  # fmt: skip
def test_day(cell: Cell) -> None:
    assert read_date(cell) == MAY_3


@pytest.mark.parametrize("cell", [2022.5, 2022.05, "2022.5", "2022.05", "2022-05", "2022年5月"])
def test_a_month_alone_is_kept_as_a_month(cell: Cell) -> None:
    assert read_date(cell) == date(2022, 5, 1)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("5月3日", "2022-05-03"),
        ("12月31号", "2022-12-31"),
        ("5 月 3 日", "2022-05-03"),
        ("5月", "2022-05"),
        ("5月份", "2022-05"),
    ],
)
def test_days_without_a_year_take_the_titles(cell: str, day: str) -> None:
    assert read_date(cell, Calendar(2022)).isoformat() == day
    with pytest.raises(ValueError, match="没有写年份"):
        read_date(cell)


def test_serial_days_of_a_1904_workbook() -> None:
    assert read_date(43222, Calendar(from_1904=True)) == date(2022, 5, 3)


@pytest.mark.parametrize(
    ("cell", "month"), [(2022.11, 11), (2022.12, 12), ("2022.10", 10), ("2022.01", 1), (2022.9, 9)]
)
def test_months_of_two_digits(cell: Cell, month: int) -> None:
    assert read_date(cell) == date(2022, month, 1)


def test_a_lost_zero_is_asked_about() -> None:
    for cell in (2022.1, "2022.1"):
        with pytest.raises(ValueError, match="1月还是10月"):
            read_date(cell)


@pytest.mark.parametrize("cell", ["#REF!", "#N/A", "#DIV/0!"])
def test_the_text_of_a_formula_error_is_no_value(cell: str) -> None:
    for column in LAYERS["stations"].columns:
        if column.kind != "codes":
            with pytest.raises(ValueError, match="公式错误"):
                read_cell(cell, column, "stations")


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("2022.13", "13月"), (2022.13, "13月"), ("2022年13月", "13月"), ("2022-13-01", "13月"), ("2022.0", "0月"),
        ("2022-02-30", "没有30日"), ("2022-2-29", "没有29日"), (2022.1, "1月还是10月"), ("1822-05-03", "1822"),
        (2022, "只有年份"), ("2022年", "只有年份"), (20225, "2022年5月还是"),
        ("20225", "2022年5月还是"), (2022.123, "无法识别"), ("去年", "无法识别"), (True, "无法识别"),
        ("5月3日", "没有写年份"), (7, "无法识别"), ("2022-5-3下午", "无法识别"), ("2022-5-310:00", "无法识别"),
    ],
)  # fmt: skip
def test_dates_that_are_none(cell: Cell, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_date(cell)


@given(st.dates(date(1950, 1, 1), date(2050, 12, 31)), st.sampled_from(["-", "/", ".", "年月日"]), st.integers(1, 2))
def test_any_day_in_any_form(day: date, mark: str, digits: int) -> None:
    month, rest = f"{day.month:0{digits}}", f"{day.day:0{digits}}"
    text = f"{day.year}年{month}月{rest}日" if len(mark) > 1 else mark.join((str(day.year), month, rest))
    assert read_date(text) == day
    assert read_date(int(day.strftime("%Y%m%d"))) == day
    wide = text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789/-."})
    assert read_date(wide) == day


@given(st.integers(20000, 55000).filter(lambda serial: not (20100 < serial < 20500 and serial % 10)))
def test_serials(serial: int) -> None:
    assert (read_date(float(serial)) - date(1899, 12, 30)).days == serial


@given(st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.booleans()))
def test_no_cell_breaks_a_reader(cell: Cell) -> None:
    """Every reader answers or says what is wrong; nothing else is raised."""
    for layer in LAYERS.values():
        for column in layer.columns:
            if column.kind in ("flag", "count", "number", "date", "dates", "choice"):
                with suppress(ValueError):
                    assert read_cell(cell, column, layer.name) is not None or is_blank(cell)


def test_lists_of_dates() -> None:
    expected = (date(2022, 1, 5), date(2022, 3, 1), MAY_3)
    assert read_dates("2022-05-03、2022.1.5,2022年3月") == expected
    assert read_dates("2022-05-03;2022-1-5\n2022-03;2022-05-03") == expected
    assert read_dates(MAY_3) == (MAY_3,)
    assert read_dates(44684) == (MAY_3,)


@pytest.mark.parametrize("cell", ["无", "/", "-", 0, "0", "暂无"])
def test_dates_never(cell: Cell) -> None:
    assert read_dates(cell) == ()


@pytest.mark.parametrize(
    ("cell", "unit", "measure", "number"),
    [
        (60, "平方米", None, 60), ("60㎡", "平方米", None, 60), ("60 平方米", "平方米", None, 60),
        ("60m2", "平方米", None, 60),
        ("0.1", "平方米", "亩", 66.667), ("1,250.5", "平方米", None, 1250.5), ("12", "米", "米", 12),
        ("250cm", "米", "米", 2.5), ("1.2", "人", "万人", 12000), ("无", "人", None, 0), ("/", "平方米", None, 0),
    ],
)  # fmt: skip
def test_numbers_with_units(cell: Cell, unit: str, measure: str | None, number: float) -> None:
    assert read_number(cell, unit, measure) == pytest.approx(number, abs=0.001)


@pytest.mark.parametrize("cell", ["六十", "约60", "60尺", "1.2.3", True, float("inf"), 1e300, "60-80", "1,25"])
def test_numbers_that_are_none(cell: Cell) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read_number(cell, "平方米")


def test_counts() -> None:
    assert read_count("3人", "人") == read_count(3.0) == read_count("3") == 3
    for bad in (-1, 2.5, "2.5人", 10**20):
        with pytest.raises(ValueError, match=r"整数|有效"):
            read_count(bad, "人")


def test_choices_by_any_spelling() -> None:
    level = LAYERS["bases"].column("level")
    assert read_cell(" 自治区 级 ", level, "bases") == "region"
    assert read_cell("地级", level, "bases") == read_cell("prefecture", level, "bases") == "prefecture"
    with pytest.raises(ValueError, match="国家级、自治区级"):
        read_cell("世界级", level, "bases")
    assert read_cell("无", LAYERS["schools"].column("science_teacher"), "schools") == "none"


def test_text_as_people_see_it() -> None:
    assert text_of(652301101201.0) == text_of("652301101201") == "652301101201"
    assert text_of(6.52301101201e11) == "652301101201"
    assert text_of(60.5) == "60.5"
    assert text_of(MAY_3) == text_of(datetime(2022, 5, 3)) == "2022-05-03"
    assert text_of(True) == "是"
    assert items_of("甲、乙,丙;丁\n戊|己,, ") == ["甲", "乙", "丙", "丁", "戊", "己"]
