"""Read one cell as a value of a column's kind.

A blank is unknown (None). Each reader returns the value or raises ValueError with what
was found and what to do, in Chinese, for the fault report.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from geo.months import Month
from geo.words.descriptions import affirms, doubtful
from geo.words.vocabulary import choices_of, flags, measures, plain, says_none

if TYPE_CHECKING:
    from geo.schema import Column

Cell = str | float | int | bool | date | datetime | None

_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?:(?:\s+|[tT])\d{1,2}:\d{2}(?::\d{2})?)?"
)
_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?")
_YEAR_ALONE = re.compile(r"(?:19|20)\d{2}\s*年?")
_OF_A_YEAR = re.compile(r"(\d{1,2})\s*月(?:份|\s*(\d{1,2})\s*[日号]?)?")
_OCTOBER_OR_JANUARY = re.compile(r"\d{4}\.1")
_FORMULA_ERROR = re.compile(r"#(REF|NAME|VALUE|NUM|DIV/0|NULL|NOVALUE)[!?]|#N/A", re.IGNORECASE)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"[2-5]\d{4}(?:\.\d+)?")
_NUMBER = re.compile(r"([-+]?\d+(?:,\d{3})*(?:\.\d+)?)(.*)")
_LOST_POINT = re.compile(r"20[1-4]\d[1-9]")
_SPLIT = re.compile(r"[、,，;；\n\r\t|]+")
_FIRST_YEAR, _LAST_YEAR = 1949, 2050
_SERIAL_FROM, _SERIAL_TO = 20000, 55000
_SERIAL_ZERO, _SERIAL_ZERO_1904 = date(1899, 12, 30), date(1904, 1, 1)
_LARGEST = 1e15
"""Beyond it a float no longer tells whole numbers apart."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a table tells days.

    `year`: that of days written without one, none of which may lie after `until`; `from_1904`: where its serial
    days begin.
    """

    year: int | None = None
    from_1904: bool = False
    until: date | None = None


CALENDAR = Calendar()


def is_blank(cell: Cell) -> bool:
    """Say whether nothing is written in a cell."""
    if type(cell) is str:  # asked of every cell, so the common case comes first
        return not cell or (not cell[0].isalnum() and not plain(cell))
    return cell is None or (isinstance(cell, float) and math.isnan(cell)) or (isinstance(cell, str) and not plain(cell))


def text_of(cell: Cell) -> str:
    """Return a cell as people see it: whole numbers without a point, dates as ISO, edges trimmed."""
    if type(cell) is str:
        return cell.strip()
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _LARGEST:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell).strip()


def items_of(cell: Cell) -> list[str]:
    """Split a list written into one cell (、 , ; or line breaks) into its items."""
    return [item.strip() for item in _SPLIT.split(text_of(cell)) if item.strip()]


def read_cell(
    cell: Cell, column: Column, layer: str, *, measure: str | None = None, calendar: Calendar = CALENDAR
) -> object:
    """Read a cell as the column's kind; None for a blank.

    `measure`: the header's unit of measure.
    """
    if is_blank(cell):
        return None
    if isinstance(cell, str) and _FORMULA_ERROR.fullmatch(cell.strip()):
        msg = "单元格是公式错误；请改为数值或文字"
        if "NOVALUE" in cell.upper():
            msg = "公式没有算出的结果；请在 WPS 或 Excel 中打开、保存后再交"
        raise ValueError(msg)
    match column.kind:
        case "flag":
            return read_flag(cell, descriptive=column.descriptive)
        case "count":
            return read_count(cell, column.measure, measure)
        case "number":
            return _not_negative(read_number(cell, column.measure, measure), column)
        case "date":
            found = read_date(cell, calendar)
            return found.last if column.to_month_end and isinstance(found, Month) else found
        case "dates":
            return read_dates(cell, calendar=calendar)
        case "choice":
            return read_choice(cell, column, layer)
        case _:
            return text_of(cell)


def read_flag(cell: Cell, *, descriptive: bool = False) -> bool:
    """Read yes or no; in a descriptive column (设备: "投影仪2台") also what `geo.words.descriptions` can tell.

    What is broken, planned or unclear (无法使用, 在建, 待定) is never guessed.
    """
    if isinstance(cell, bool):
        return cell
    said = affirms(text_of(cell)) if descriptive else flags().get(plain(text_of(cell)))
    if said is not None:
        return said
    msg = "看不出是有还是无；请填“有”或“无”，不清楚的留空" if descriptive else "应填“有/无”或“是/否”"
    raise ValueError(msg)


def read_choice(cell: Cell, column: Column, layer: str) -> str:
    """Read one of the column's choices by any of its spellings."""
    found = choices_of(column.name, layer).get(plain(text_of(cell)))
    if found is None:
        msg = f"不在可选范围内；可填：{'、'.join(column.choices.values())}"
        raise ValueError(msg)
    return found


def read_number(cell: Cell, unit: str | None = None, measure: str | None = None) -> float:
    """Read a number, converting from the unit of measure in the cell, else the header's, to `unit`."""
    if isinstance(cell, bool):
        msg = "应为数字"
        raise ValueError(msg)
    if isinstance(cell, int | float):
        value, written = float(cell), ""
    else:
        text = plain(text_of(cell))
        if says_none(text):
            return 0.0
        match = _NUMBER.fullmatch(text)
        if not match:
            msg = "应为数字"
            raise ValueError(msg)
        value, written = float(match.group(1).replace(",", "")), match.group(2)
    if not abs(value) < _LARGEST:
        msg = "不是有效数字，或大得不合理"
        raise ValueError(msg)
    return value * _factor(unit, written or plain(measure or ""))


def _not_negative(value: float, column: Column) -> float:
    if value < 0 and column.measure:
        msg = f"{column.label}不能是负数；请核对"
        raise ValueError(msg)
    return value


def _factor(unit: str | None, written: str) -> float:
    if not written:
        return 1.0
    known = measures(unit) if unit else {}
    if written not in known:
        msg = f"不认识计量单位“{written}”" + (f"；请按“{unit}”填写" if unit else "")
        raise ValueError(msg)
    return known[written]


def read_count(cell: Cell, unit: str | None = None, measure: str | None = None) -> int:
    """Read a whole number that is not negative."""
    value = read_number(cell, unit, measure)
    if value < 0 or not float(round(value, 6)).is_integer():
        msg = "应为不小于0的整数"
        raise ValueError(msg)
    return round(value)


def read_headcount(cell: Cell) -> int:
    """Read how many people a cell speaks of: a number, yes (1), none (0), or their names, which are not kept."""
    text = text_of(cell)
    known = flags().get(plain(text))
    if known is not None:
        return int(known)
    if any(ch.isdigit() for ch in plain(text)):
        return read_count(cell, "人")
    if doubtful(text):
        msg = "看不出有几人；请填人数，没有的填0，不清楚的留空"
        raise ValueError(msg)
    return len(items_of(cell))


def read_date(cell: Cell, calendar: Calendar = CALENDAR) -> date:
    """Read a day, or a `Month` where only the month is told (2022年5月, 2022.5).

    5月3日 is a day of the calendar's year, where it has one.
    """
    if isinstance(cell, date):
        return _checked(cell.year, cell.month, cell.day)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _from_number(float(cell), calendar)
    text = _folded(cell)
    for pattern in (_DAY, _COMPACT):
        match = pattern.fullmatch(text)
        if match:
            return _checked(*(int(part) for part in match.groups()))
    match = _MONTH.fullmatch(text)
    if match and _OCTOBER_OR_JANUARY.fullmatch(text):
        msg = f"“{text}”分不清是1月还是10月（表格会丢掉末尾的0）；请按 2022-05-03 的格式填写"
        raise ValueError(msg)
    if match:
        return _month(int(match.group(1)), int(match.group(2)))
    if _SERIAL.fullmatch(text):
        return _from_number(float(text), calendar)
    match = _OF_A_YEAR.fullmatch(text)
    if match and calendar.year is None:
        msg = f"“{text}”没有写年份，标题里也没有；请写全，如 2022-05-03"
        raise ValueError(msg)
    if match and calendar.year is not None:
        return _of_year(match, calendar.year, text, calendar.until)
    raise ValueError(_no_day(text))


def _folded(cell: Cell) -> str:
    return unicodedata.normalize("NFKC", text_of(cell)).strip().rstrip("。.")


def _of_year(match: re.Match[str], year: int, text: str, until: date | None) -> date:
    """Return a day of a year that the title tells; none lies after the report's day, or the year isn't its own."""
    month = int(match.group(1))
    found = _checked(year, month, int(match.group(2))) if match.group(2) else _month(year, month)
    if until is not None and found > until:
        msg = f"“{text}”没有写年份，按{year}年算在报送日之后；请写全，如 2022-05-03"
        raise ValueError(msg)
    return found


def _from_number(value: float, calendar: Calendar) -> date:
    """Read a number as an Excel serial, 20220503 or 2022.5; 20225 may be either of the first and the last."""
    if _LOST_POINT.fullmatch(f"{value:g}"):
        msg = f"“{value:g}”分不清是{value // 10:g}年{value % 10:g}月还是表格里的日期序号；请按 2022-05-03 的格式填写"
        raise ValueError(msg)
    if _SERIAL_FROM <= value <= _SERIAL_TO:
        return (_SERIAL_ZERO_1904 if calendar.from_1904 else _SERIAL_ZERO) + timedelta(days=int(value))
    if value.is_integer() and _COMPACT.fullmatch(str(int(value))):
        year, rest = divmod(int(value), 10000)
        return _checked(year, *divmod(rest, 100))
    if _FIRST_YEAR <= value <= _LAST_YEAR and not value.is_integer() and round(value, 2) == value:
        return _month_of(value)
    raise ValueError(_no_day(f"{value:g}"))


def _no_day(text: str) -> str:
    if _YEAR_ALONE.fullmatch(text):
        return f"“{text}”只有年份；请至少写到月份，如 2022年5月"
    return "无法识别的日期；请按 2022-05-03 的格式填写"


def _month_of(value: float) -> date:
    """Read 2022.5 or 2022.12; 2022.1 may stand for January or, its zero lost, for October, and is refused."""
    decimals = f"{value:.2f}".split(".")[1]
    if decimals == "10":
        msg = f"数字 {value:g} 分不清是1月还是10月；请按 2022-05-03 的格式填写"
        raise ValueError(msg)
    return _month(int(value), int(decimals[0] if decimals.endswith("0") else decimals))


def _month(year: int, month: int) -> Month:
    first = _checked(year, month, 1)
    return Month(first.year, first.month, 1)


def _checked(year: int, month: int, day: int) -> date:
    if not 1 <= month <= 12:
        msg = f"没有{month}月这个月份；请按 2022-05-03 的格式填写"
        raise ValueError(msg)
    try:
        found = date(year, month, day)
    except ValueError:
        msg = f"{year}年{month}月没有{day}日；请核对"
        raise ValueError(msg) from None
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        msg = f"年份{year}不合理；请核对"
        raise ValueError(msg)
    return found


def read_dates(*cells: Cell, calendar: Calendar = CALENDAR) -> tuple[date, ...]:
    """Read all days written in a cell, or in several that are one list, in order; () where none is said.

    A day without a year is of the year written before it (2021年8月、10月), unless it would then
    lie before the day before it (2021年11月、1月): such years must be written.
    """
    found: list[date] = []
    year = None
    for item in (item for cell in cells for item in _days_in(cell)):
        bare = isinstance(item, str) and _OF_A_YEAR.fullmatch(_folded(item)) is not None
        day = read_date(item, replace(calendar, year=year) if bare and year is not None else calendar)
        if found and year is not None and bare and (day.last if isinstance(day, Month) else day) < found[-1]:
            raise ValueError(_unclear_year(item))
        if found and year is None and not bare and day.year != calendar.year:
            raise ValueError(_unclear_year(cells[0]))
        year = year if bare else day.year
        found.append(day)
    return tuple(sorted(set(found)))


def _days_in(cell: Cell) -> list[Cell]:
    if isinstance(cell, str):
        return [] if is_blank(cell) or says_none(cell) else list(items_of(cell))
    return [] if is_blank(cell) or (isinstance(cell, int | float) and cell == 0) else [cell]


def _unclear_year(cell: Cell) -> str:
    return f"“{text_of(cell)}”没有写年份，前后的年份不同，分不清是哪一年；请写全，如 2022-05-03"
