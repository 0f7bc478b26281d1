"""Headers that tell changes of content within a time: 2022年更换日期, 5月更换, 第二次更换时间.

Several of them are one list of days. The year and the month of a header are those of the
cells below it that tell only the rest (5月3日; 3日).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from geo.words.cells import Cell, is_blank, items_of, text_of
from geo.words.vocabulary import JOINT, catalogue, column_of, flags, plain, says_none, words

_NUMERALS = {sign: n for n, sign in enumerate("一二三四五六七八九十", start=1)} | {"十一": 11, "十二": 12}
_HEADER = re.compile(
    r"(?:科普)?(?:宣传栏|画廊|栏面)?(?:内容)?"
    r"(?:(?P<year>20\d\d)年度?)?"
    r"(?:(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月份?"
    r"|(?P<turn>第?[一二三四五六七八九十\d]{1,3}(?:次|期|回|批|轮|季度?)|首次|末次|[上下]半年))?"
    r"(?:内容)?(?P<changed>更换|更新)?(?:日期|时间)?"
)
_CHANGES = re.compile(r"(?:科普)?(?:宣传栏|画廊|栏面)?(?:历次)?(?:内容)?(?:更换|更新)(?:日期|时间|情况|记录)?")
_YEAR = re.compile(r"(20\d\d)年度?")
_DAY_OF_A_YEAR = re.compile(r"\d{1,2}月(?:份|\d{1,2}[日号]?)?")
_DAY_OF_A_MONTH = re.compile(r"(\d{1,2})[日号]")


@dataclass(frozen=True, slots=True)
class HeaderPeriod:
    """What a header tells of the days below it. `says_changed`: it says in words that they are changes."""

    year: int | None = None
    month: int | None = None
    says_changed: bool = True

    @property
    def bounded(self) -> bool:
        """Whether it tells a time, so that a "none" below it only says: not then."""
        return self.year is not None or self.month is not None

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{'' if self.year is None else f'{self.year}年'}{'' if self.month is None else f'{self.month}月'}"

    def holds(self, day: date) -> bool:
        """Say whether a day lies in it."""
        return self.year in (None, day.year) and self.month in (None, day.month)


@lru_cache(maxsize=10_000)
def period_of(header: str) -> HeaderPeriod | None:
    """Return the period of a header (one part of it), or of what stands in brackets behind it; None for any other."""
    text = plain(header)
    if year := _YEAR.fullmatch(text):
        return HeaderPeriod(int(year[1]), says_changed=False)
    found = _HEADER.fullmatch(text)
    if found is None or not (found["turn"] or found["month"] or (found["year"] and found["changed"])):
        return None
    month = found["month"]
    number = None if month is None else _NUMERALS.get(month) or int(month)
    return HeaderPeriod(int(found["year"]) if found["year"] else None, number, bool(found["changed"]))


def period_within(header: str) -> HeaderPeriod | None:
    """Return the period that a header and the titles above it tell together (更换日期·2022年·3月)."""
    told = [period for part in header.split(JOINT) if (period := period_of(part)) is not None]
    if not told:
        return None
    year = next((period.year for period in reversed(told) if period.year is not None), None)
    month = next((period.month for period in reversed(told) if period.month is not None), None)
    return HeaderPeriod(year, month, any(period.says_changed for period in told))


def tells_time(header: str) -> bool:
    """Say whether a header tells a year or a month, and not only a turn (第一次)."""
    period = period_of(header)
    return period is not None and period.bounded


def bare_period(header: str) -> HeaderPeriod | None:
    """Return the period of a header that is nothing else, titles of boards above it aside (宣传栏·3月)."""
    titles = {plain(name) for name in catalogue()["ledger_groups"]["boards"]}
    parts = [part for part in header.split(JOINT) if plain(part) not in titles]
    return period_within(header) if parts and all(period_of(part) is not None for part in parts) else None


def meaning_of(header: str, layer: str) -> tuple[str | None, str | None]:
    """Return (column, unit of measure) of a header as `column_of` does; changes within a period are updates too."""
    column, measure = column_of(header, layer)
    if column is not None or layer not in ("boards", "ledger"):
        return column, measure
    titles = [part for part in header.split(JOINT) if period_of(part) is None]
    others = (name for of, names in catalogue()["ledger_groups"].items() if of != "boards" for name in names)
    period = period_within(header) if period_of(header.rpartition(JOINT)[2]) else None
    if period is None or {plain(title) for title in titles} & set(map(plain, others)):
        return None, None
    updates = "boards.updates" if layer == "ledger" else "updates"
    says_changed = period.says_changed or any(_CHANGES.fullmatch(plain(title)) for title in titles)
    return (updates if says_changed else None), None


def denies_change(cell: Cell) -> bool:
    """Say whether a cell says that there was no change (无, ×, 未更换)."""
    if cell is False:
        return True
    text = text_of(cell)
    return says_none(text) or flags().get(plain(text)) is False or plain(text) in words("unchanged")


def within_period(cell: Cell, period: HeaderPeriod) -> Cell:
    """Return a cell of days with the year and the month of its header written out, where it leaves them to it.

    A yes under a month (5月更换: √) is a change in that month.
    """
    if isinstance(cell, date) or is_blank(cell) or says_none(text_of(cell)):
        return cell
    month = "" if period.month is None else f"{period.month}月"
    year = "" if period.year is None else f"{period.year}年"
    if month and _says_changed(plain(text_of(cell))):
        return f"{year}{month}"
    if not isinstance(cell, str):
        return cell
    return "、".join(_written_out(item, year, month) for item in items_of(cell)) or cell


def _says_changed(text: str) -> bool:
    return (flags().get(text) is True and not text.isdigit()) or text in words("changed")


def _written_out(item: str, year: str, month: str) -> str:
    text = plain(item)
    if _DAY_OF_A_YEAR.fullmatch(text):
        return f"{year}{text}"
    if month and (day := _DAY_OF_A_MONTH.fullmatch(text)):
        return f"{year}{month}{day[1]}日"
    return item
