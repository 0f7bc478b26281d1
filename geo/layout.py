"""Find the tables on a sheet: past titles and notes, under headers of several rows, between totals.

A sheet comes as a `Grid`, cell by cell. A header is told by the catalogue of spellings
(`geo.vocabulary`), never by its place; a sheet without one gives its first row as the
header, and its faults are found when its columns are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from geo.cells import CALENDAR, Calendar, Cell, is_blank, text_of
from geo.vocabulary import JOINT, is_header, is_measure, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from geo.faults import Fault

    Span = tuple[int, int, int, int]
    """First row, first column, last row, last column of merged cells, from 0."""

_MOST_HEADER_ROWS = 3
_FIRST_CELLS = 3
_CERTAIN = 2
_WIDE = 3
_LONG = 20
_SHORT = 15
_TOTAL = re.compile(r"(合|小|总|共|累)计")
_EXAMPLE = re.compile(r"[(（]?(示例|样例|例)[)）:：0-9]*$")
_SIGNED = re.compile(
    r"(注|说明|备注|填表|制表|审核|填报|报送|上报|单位|主管|联系|负责|经办|日期|时间)[^:：]{0,12}[:：]"
)
_BY_TEXT = ((_TOTAL, "合计"), (_SIGNED, "说明"), (_EXAMPLE, "示例"))
_ORDINAL = re.compile(r"^[(（]?[一二三四五六七八九十\d]+[)）、.．]\s*")
_UNIT = re.compile(r"\([^()]*\)$")
_YEAR = re.compile(r"(?<!\d)(20\d{2})\s*年")


@dataclass(frozen=True)
class Grid:
    """A sheet as it stands: rows of cells from its first row and column on, and its merged cells."""

    file: str
    sheet: str | None
    rows: Sequence[Sequence[Cell]]
    merged: Sequence[Span] = ()
    from_1904: bool = False


@dataclass(frozen=True)
class RawTable:
    """A table as it stands in a file. Rows count from 1 as spreadsheets do; `header_row` is the header's last."""

    file: str
    sheet: str | None
    header: tuple[str, ...]
    body: tuple[tuple[Cell, ...], ...]
    header_row: int = 1
    hidden: bool = False
    """Whether the sheet is hidden; what it holds isn't read, and its body is left empty."""
    calendar: Calendar = CALENDAR
    """How days are told; its year is the one that the title, the sheet or the file names."""
    skipped: tuple[tuple[int, str], ...] = ()
    """Rows below the header that are no data, and what they are (合计, 重复表头, 说明, 示例)."""
    sections: tuple[tuple[int, str], ...] = ()
    """Rows that are a heading for those below them (a township's name), and their text."""
    merged: tuple[tuple[int, int, int], ...] = ()
    """First row, last row and column of cells merged downwards in the body; each row holds the value."""
    layer: str | None = None
    """The layer that all its rows name in a column of their own (`geo.mixed`)."""
    notes: tuple[Fault, ...] = ()
    """What is to be told of how the file was read."""

    def rows(self) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """Yield (row number, cells) of the rows that are not blank."""
        for number, cells in enumerate(self.body, start=self.header_row + 1):
            if not all(is_blank(cell) for cell in cells):
                yield number, cells


@dataclass(frozen=True)
class _Header:
    """A header: its first and last row (from 0), its texts by column, and how many of them are known."""

    first: int
    last: int
    texts: tuple[str, ...]
    known: int


@dataclass
class _Body:
    """The rows below a header while they are sorted."""

    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    sections: list[tuple[int, str]] = field(default_factory=list)


def find_tables(grid: Grid) -> list[RawTable]:
    """Return the tables of a sheet, in order; the whole sheet, its first row as header, where none is told."""
    if not any(not is_blank(cell) for row in grid.rows for cell in row):
        return []
    headers = _headers(grid)
    if not headers:
        texts = tuple(text_of(cell) for cell in grid.rows[0])
        body = tuple(tuple(row) for row in grid.rows[1:])
        return [RawTable(grid.file, grid.sheet, texts, body, calendar=_calendar(grid, []))]
    filled, merged = _filled(grid)
    found: list[RawTable] = []
    ends = [header.first for header in headers[1:]] + [len(filled)]
    first = headers[0]
    calendar = _calendar(grid, [text_of(cell) for row in grid.rows[: first.first] for cell in row])
    for header, end in zip(headers, ends, strict=True):
        below = _sorted_body(filled, grid, header, end)
        if found and _bare(header.texts) == _bare(found[-1].header):
            found[-1] = _continued(found[-1], header, below)
            continue
        inside = tuple((a + 1, b + 1, c) for a, b, c in merged if header.last < a < end)
        table = RawTable(grid.file, grid.sheet, header.texts, tuple(below.rows), header.last + 1, calendar=calendar)
        found.append(replace(table, skipped=tuple(below.skipped), sections=tuple(below.sections), merged=inside))
    return [part for table in found for part in _side_by_side(table)]


def _bare(texts: Sequence[str]) -> list[str]:
    """Header texts without the units of measure behind them, blank columns at the end left out."""
    bare = [_UNIT.sub("", text) for text in texts]
    while bare and not bare[-1]:
        bare.pop()
    return bare


# -- headers -----------------------------------------------------------------------


def _headers(grid: Grid) -> list[_Header]:
    """Return the headers on a sheet, from top to bottom, repeated ones too."""
    found: list[_Header] = []
    at = 0
    while at < len(grid.rows):
        header = _header_at(grid, at, above=found[-1].last + 1 if found else 0) if _hints(grid.rows[at]) else None
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


def _header_at(grid: Grid, at: int, *, above: int) -> _Header | None:
    """Return the best header with a row in it: alone, with rows below, or with group titles above."""
    blocks = [(at, at + more) for more in range(_MOST_HEADER_ROWS)]
    blocks += [(at - more, at) for more in range(1, _MOST_HEADER_ROWS) if at - more >= above]
    tried = [_read_header(grid, first, last) for first, last in blocks if last < len(grid.rows)]
    best = max(tried, key=lambda header: (header.known, header.first - header.last, header.first))
    written = sum(bool(text) for text in best.texts)
    reach = max((bottom for top, _, bottom, _ in grid.merged if best.first <= top <= best.last), default=best.last)
    best = replace(best, last=max(best.last, reach))
    clear = best.known >= _CERTAIN and (best.known * 2 >= written or best.known > _MOST_HEADER_ROWS)
    return _with_measures(grid, best) if clear else None


def _read_header(grid: Grid, first: int, last: int) -> _Header:
    """Join the texts of header rows column by column; group titles reach as far as they are merged."""
    lines = [_spread(grid, row) for row in range(first, last)] + [_texts(grid, last)]
    width = max(map(len, lines))
    columns = [[line[n] if n < len(line) else "" for line in lines] for n in range(width)]
    texts = tuple(map(_joined, columns))
    if any(not isinstance(cell, str) and not is_blank(cell) for n in range(first, last + 1) for cell in grid.rows[n]):
        return _Header(first, last, texts, 0)  # numbers and days are data
    known = {text for text in texts if is_header(text)}
    return _Header(first, last, texts, len(known))


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


def _with_measures(grid: Grid, header: _Header) -> _Header:
    """Take in a row of units of measure below a header: each goes behind its column's text."""
    below = header.last + 1
    if below >= len(grid.rows):
        return header
    units = [plain(text_of(cell)).strip("()") for cell in grid.rows[below]]
    told = [unit for unit in units if unit]
    if not told or not all(is_measure(unit) for unit in told):
        return header
    wide = [*units, *[""] * (len(header.texts) - len(units))]
    texts = tuple(f"{text}({unit})" if unit and text else text for text, unit in zip(header.texts, wide, strict=False))
    return replace(header, last=below, texts=texts)


# -- rows --------------------------------------------------------------------------


def _filled(grid: Grid) -> tuple[list[tuple[Cell, ...]], list[tuple[int, int, int]]]:
    """Write the value of cells merged downwards into each of their rows; return where that was."""
    rows = [tuple(row) for row in grid.rows]
    downwards = [(top, bottom, left) for top, left, bottom, _ in grid.merged if bottom > top]
    changed: dict[int, list[Cell]] = {}
    for top, bottom, left in downwards:
        if top < len(rows) and left < len(rows[top]):
            for row in range(top + 1, min(bottom + 1, len(rows))):
                cells = changed.setdefault(row, list(rows[row]))
                cells += [None] * (left + 1 - len(cells))
                cells[left] = rows[top][left]
    for row, cells in changed.items():
        rows[row] = tuple(cells)
    return rows, downwards


def _sorted_body(rows: Sequence[tuple[Cell, ...]], grid: Grid, header: _Header, end: int) -> _Body:
    body = _Body()
    wide = {top for top, left, bottom, right in grid.merged if right - left + 1 >= _WIDE and top == bottom}
    for number in range(header.last + 1, end):
        what, text = _kind(rows[number], wide=number in wide)
        if what == "section":
            body.sections.append((number + 1, text))
        elif what:
            body.skipped.append((number + 1, what))
        body.rows.append(() if what else rows[number])
    return body


def _kind(row: tuple[Cell, ...], *, wide: bool) -> tuple[str, str]:
    """Say what a row below a header is ("" for data), and its text where it is one alone."""
    told: list[str] = []
    alone = True
    for cell in row:
        if is_blank(cell):
            continue
        if told:
            alone = False
            break
        told.append(text_of(cell))
    if not told:
        return "", ""
    first = plain(told[0])
    if not alone and first.isdigit():  # 序号, then 合计
        first = next((plain(text_of(cell)) for cell in row[1:] if not is_blank(cell)), first)
    kind = next((kind for pattern, kind in _BY_TEXT if pattern.match(first)), "")
    if kind or not alone or not isinstance(row[0], str):
        return kind, ""
    written = told[0].strip()
    short = _ORDINAL.sub("", written)
    if len(short) <= _SHORT and (wide or short != written):
        return "section", short
    return ("说明" if wide or len(first) > _LONG else ""), ""


def _continued(table: RawTable, header: _Header, body: _Body) -> RawTable:
    """Add the rows below a header that stands again, as on each printed page."""
    again = [(n + 1, "重复表头") for n in range(header.first, header.last + 1)]
    gap = header.last + 1 - (table.header_row + len(table.body))
    return replace(
        table,
        body=(*table.body, *[()] * gap, *body.rows),
        skipped=(*table.skipped, *again, *body.skipped),
        sections=(*table.sections, *body.sections),
    )


def _side_by_side(table: RawTable) -> list[RawTable]:
    """Split tables that stand beside each other, each with a header of its own, an empty column between."""
    groups: list[list[int]] = [[]]
    for n, text in enumerate(table.header):
        if text:
            groups[-1].append(n)
        elif groups[-1]:
            groups.append([])
    groups = [group for group in groups if group]
    texts = [{table.header[n] for n in group if is_header(table.header[n])} for group in groups]
    beside = len(groups) > 1 and all(len(one) >= _CERTAIN and len(one & texts[0]) >= _CERTAIN for one in texts)
    return [_only(table, group) for group in groups] if beside else [table]


def _only(table: RawTable, columns: Sequence[int]) -> RawTable:
    keep = set(columns)
    return replace(
        table,
        header=tuple(text if n in keep else "" for n, text in enumerate(table.header)),
        body=tuple(tuple(cell if n in keep else None for n, cell in enumerate(row)) for row in table.body),
        merged=tuple(span for span in table.merged if span[2] in keep),
    )


def _calendar(grid: Grid, titles: Sequence[str]) -> Calendar:
    """The year is the one that the titles, else the sheet's name, else the file's name tells."""
    for text in (" ".join(titles), grid.sheet or "", grid.file):
        years = set(_YEAR.findall(text))
        if years:
            return Calendar(int(years.pop()) if len(years) == 1 else None, grid.from_1904)
    return Calendar(None, grid.from_1904)
