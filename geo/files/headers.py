"""The headers on a sheet: where they stand, how many rows they take, what each column is called."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from geo.words.cells import is_blank, text_of
from geo.words.header_periods import tells_time
from geo.words.vocabulary import JOINT, is_header, is_measure, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.files.layout import Grid
    from geo.files.row_kinds import IsUnit
    from geo.words.cells import Cell

CERTAIN = 2
"""So many known headers make one."""
_MOST_HEADER_ROWS = 3
_FIRST_CELLS = 3
_LONG = 20
_UNIT = re.compile(r"\([^()]*\)$")
_VALUE = re.compile(r"[-+]?\d[\d,]*(\.\d+)?[%‰万]?|\d{2,4}[-/.年]\d{1,2}([-/.月](\d{1,2}日?)?)?")
_TURN = re.compile(
    r"(20\d\d年度?|(20\d\d年)?(第?[一二三四五六七八九十\d]{1,3}(次|期|回|批|轮|季度?|月份?)|首次|末次|[上下]半年))"
    r"(更换|更新)?(日期|时间)?"
)


@dataclass(frozen=True)
class Header:
    """A header: its first and last row (from 0), its texts by column, and how many of them are known.

    `covered`: column without a text of its own → the column whose merged header reaches over it.
    """

    first: int
    last: int
    texts: tuple[str, ...]
    known: int
    covered: tuple[tuple[int, int], ...] = ()


def bare(texts: Sequence[str]) -> list[str]:
    """Header texts without the units of measure behind them, blank columns at the end left out."""
    found = [_UNIT.sub("", text) for text in texts]
    while found and not found[-1]:
        found.pop()
    return found


def find_headers(grid: Grid, is_unit: IsUnit) -> list[Header]:
    """Return the headers on a sheet, from top to bottom, repeated ones too."""
    found: list[Header] = []
    at = 0
    while at < len(grid.rows):
        header = _header_at(grid, at, found, is_unit) if _hints(grid.rows[at]) else None
        if header is not None:
            found.append(header)
        at = at + 1 if header is None else header.last + 1
    return found


def _hints(row: Sequence[Cell]) -> bool:
    """Say whether one of a row's first cells is a header's text; a quick look before the slow one."""
    seen = 0
    for cell in row:
        if isinstance(cell, str) and 0 < len(cell) < _LONG and not cell.isspace():
            if is_header(cell):
                return True
            seen += 1
            if seen == _FIRST_CELLS:
                return False
    return False


def _header_at(grid: Grid, at: int, before: Sequence[Header], is_unit: IsUnit) -> Header | None:
    """Return the best header with a row in it: alone, with rows below, or with group titles above."""
    above = before[-1].last + 1 if before else 0
    blocks = [(at, at + more) for more in range(_MOST_HEADER_ROWS)]
    blocks += [(at - more, at) for more in range(1, _MOST_HEADER_ROWS) if at - more >= above]
    tried = [_read_header(grid, first, last) for first, last in blocks if last < len(grid.rows)]
    best = max(tried, key=lambda header: (header.known, header.first - header.last, header.first))
    if not _is_clear(best, before) or _holds_data(grid.rows[best.first : best.last + 1], is_unit):
        return None
    reach = max((bottom for top, _, bottom, _ in grid.merged if best.first <= top <= best.last), default=best.last)
    best = replace(best, last=max(best.last, reach))
    return _with_rows_below(grid, best)


def _is_clear(header: Header, before: Sequence[Header]) -> bool:
    """Say whether enough of a header is known: half for the first on a sheet, more for one below others.

    Words of a row of data may be headers too (学校, 社区, 讲座).
    """
    if header.known < CERTAIN:
        return False
    written = [text for text in header.texts if text and not tells_time(text)]
    known = sum(map(is_header, written))
    again = any(bare(header.texts) == bare(other.texts) for other in before)
    enough = known * 2 >= len(written) if not before else known * 2 > len(written)
    return again or enough or header.known > _MOST_HEADER_ROWS


def _holds_data(rows: Sequence[Sequence[Cell]], is_unit: IsUnit) -> bool:
    """Say whether a cell is a number, a day or the name of a unit, though written as text.

    Several months beside each other (2022年3月, 2022年5月) may be headers.
    """
    texts = [cell for row in rows for cell in row if isinstance(cell, str) and not is_blank(cell)]
    times = {text for text in texts if tells_time(text)}
    values = (text for text in texts if len(times) < CERTAIN or text not in times)
    return any(_VALUE.fullmatch(plain(text)) or is_unit(text) for text in values)


def _read_header(grid: Grid, first: int, last: int) -> Header:
    """Join the texts of header rows column by column; group titles reach as far as they are merged."""
    lines = [_spread(grid, row) for row in range(first, last)] + [_texts(grid, last)]
    width = max(map(len, lines))
    columns = [[line[n] if n < len(line) else "" for line in lines] for n in range(width)]
    covered = _covered(grid, first, last)
    texts = tuple("" if n in covered else _joined(parts) for n, parts in enumerate(columns))
    if any(not isinstance(cell, str) and not is_blank(cell) for n in range(first, last + 1) for cell in grid.rows[n]):
        return Header(first, last, texts, 0)  # numbers and days are data
    known = {text for text in texts if is_header(text)}
    return Header(first, last, texts, len(known), tuple(sorted(covered.items())))


def _covered(grid: Grid, first: int, last: int) -> dict[int, int]:
    """Columns under cells that are merged sidewards down to a header's last row → the cell's first column."""
    spans = [span for span in grid.merged if first <= span[0] <= last <= span[2] and span[3] > span[1]]
    width = len(grid.rows[last])
    return {n: left for _, left, _, right in spans for n in range(left + 1, min(right + 1, width))}


def _texts(grid: Grid, row: int) -> list[str]:
    return [text_of(cell).strip() for cell in grid.rows[row]]


def _spread(grid: Grid, row: int) -> list[str]:
    """The texts of a row above others, each repeated over the columns that it is the title of."""
    texts = _texts(grid, row)
    spans = [(left, right) for top, left, bottom, right in grid.merged if top <= row <= bottom]
    for left, right in spans:
        if left < len(texts) and texts[left]:
            texts[left : right + 1] = [texts[left]] * (min(right + 1, len(texts)) - left)
    # a file that keeps no merged cells leaves blanks to the right of a group's title
    return texts if spans else list(accumulate(texts, _carried))


def _carried(before: str, text: str) -> str:
    return text or before


def _joined(parts: Sequence[str]) -> str:
    """One header from the texts above each other (科普活动站·面积)."""
    return JOINT.join(part for before, part in pairwise(["", *parts]) if part and part != before)


def _with_rows_below(grid: Grid, header: Header) -> Header:
    """Take in rows below a header's texts: turns (第一次), times (2022年; 3月, 5月) and units of measure (㎡, 人)."""
    row = header.first + 1
    while row < min(header.last + 2, len(grid.rows)):
        told = {n: text for n, text in enumerate(_texts(grid, row)) if text}
        turns = {n: text for n, text in told.items() if _TURN.fullmatch(plain(text))}
        units = {n: unit for n, text in told.items() if n not in turns and is_measure(unit := plain(text).strip("()"))}
        if told and len(turns) + len(units) == len(told):
            header = _above_turns(replace(header, last=max(header.last, row)), turns)
            header = replace(header, texts=_measured(header.texts, units))
        row += 1
    return header


def _above_turns(header: Header, told: Mapping[int, str]) -> Header:
    """Put turns (column → text) under the header to their left; a year or a month is a part of its column's header."""
    written = [n for n, text in enumerate(header.texts) if text]
    owners = {n: max((m for m in written if m <= n), default=n) for n in told}
    width = max([len(header.texts), *(n + 1 for n in told)])
    texts = [*header.texts, *[""] * (width - len(header.texts))]
    covered = dict(header.covered)
    for n, owner in owners.items():
        if tells_time(told[n]):
            above = header.texts[owner] if owner < len(header.texts) else ""
            covered.pop(n, None)
            texts[n] = _joined([above, told[n]])
        elif owner != n:
            covered[n] = owner
    return replace(header, texts=tuple(texts), covered=tuple(sorted(covered.items())))


def _measured(texts: Sequence[str], units: Mapping[int, str]) -> tuple[str, ...]:
    """Put units of measure (column → unit) behind the texts of their columns."""
    return tuple(f"{text}({units[n]})" if text and n in units else text for n, text in enumerate(texts))
