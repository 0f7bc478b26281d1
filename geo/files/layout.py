"""Find the tables on a sheet: past titles and notes, under headers of several rows, between totals.

A sheet comes as a `Grid`, cell by cell. A header is told by the catalogue of spellings
(`geo.words.vocabulary`), never by its place; a sheet without one gives its first row as the
header, and its faults are found when its columns are.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from geo.files.headers import CERTAIN, bare, find_headers
from geo.files.row_kinds import Kinds
from geo.files.titles import calendar_of, first_title, layers_in_title, title_of, titles_above, year_in
from geo.intake.unread import unit_columns
from geo.words.cells import CALENDAR, Calendar, Cell, is_blank, text_of
from geo.words.vocabulary import JOINT, is_header

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from geo.faults import Fault
    from geo.files.headers import Header
    from geo.files.row_kinds import IsUnit

    Span = tuple[int, int, int, int]
    """First row, first column, last row, last column of merged cells, from 0."""

_WIDE = 3
_AGAIN = "重复表头"


@dataclass(frozen=True)
class Grid:
    """A sheet as it stands: rows of cells from its first row and column on, and its merged cells."""

    file: str
    sheet: str | None
    rows: Sequence[Sequence[Cell]]
    merged: Sequence[Span] = ()
    from_1904: bool = False
    hidden_rows: frozenset[int] = frozenset()
    """Rows that are hidden, from 1; a filter hides rows that are data, so they are read as all others."""


@dataclass(frozen=True)
class RawTable:
    """A table as it stands in a file. Rows count from 1 as spreadsheets do; `header_row` is the header's last."""

    file: str
    sheet: str | None
    header: tuple[str, ...]
    body: tuple[tuple[Cell, ...], ...]
    header_row: int = 1
    hidden: bool = False
    """Whether the sheet is hidden: nothing that it holds becomes a record."""
    calendar: Calendar = CALENDAR
    """How days are told; its year is the one that the title, the sheet or the file names."""
    skipped: tuple[tuple[int, str], ...] = ()
    """Rows below the header that are no data, and what they are (合计, 重复表头, 说明, 示例)."""
    doubted: tuple[int, ...] = ()
    """Those of the skipped rows that hold more than such rows do."""
    sections: tuple[tuple[int, str], ...] = ()
    """Rows that are a heading for those below them (a township's name), and their text."""
    merged: tuple[tuple[int, int, int], ...] = ()
    """First row, last row and column of cells merged downwards in the body; each row holds the value."""
    covered: tuple[tuple[int, int], ...] = ()
    """Columns without a header of their own that a merged header reaches over, and that header's column."""
    title: str = ""
    """The title above it that tells most: the nearest that names a layer, else the nearest."""
    headless: bool = False
    """Whether no header was found: `header` is the first row, whatever that is."""
    layer: str | None = None
    """The layer that all its rows name in a column of their own (`geo.files.mixed`)."""
    notes: tuple[Fault, ...] = ()
    """What is to be told of how the file was read."""

    def rows(self) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """Yield (row number, cells) of the rows that are not blank."""
        for number, cells in enumerate(self.body, start=self.header_row + 1):
            for cell in cells:
                if not is_blank(cell):
                    yield number, cells
                    break


@dataclass
class _Body:
    """The rows below a header while they are sorted."""

    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    doubted: list[int] = field(default_factory=list)
    sections: list[tuple[int, str]] = field(default_factory=list)


def _no_unit(_: str) -> bool:
    return False


def find_tables(grid: Grid, is_unit: IsUnit = _no_unit) -> list[RawTable]:
    """Return the tables of a sheet, in order; the whole sheet, its first row as header, where none is told.

    `is_unit` tells names of units, which no header holds.
    """
    if not any(not is_blank(cell) for row in grid.rows for cell in row):
        return []
    headers = find_headers(grid, is_unit)
    if not headers:
        texts = tuple(text_of(cell) for cell in grid.rows[0])
        body = tuple(tuple(row) for row in grid.rows[1:])
        return [RawTable(grid.file, grid.sheet, texts, body, calendar=calendar_of(grid, []), headless=True)]
    return _Sheet(grid, is_unit).tables(headers)


class _Sheet:
    """A sheet whose headers are known."""

    def __init__(self, grid: Grid, is_unit: IsUnit) -> None:
        self._grid, self._is_unit = grid, is_unit
        self._filled, self._merged = _filled(grid)
        self._wide = {top for top, left, bottom, right in grid.merged if right - left + 1 >= _WIDE and top == bottom}

    def tables(self, headers: Sequence[Header]) -> list[RawTable]:
        """Return the tables under the headers, those under a header that stands again joined."""
        found: list[RawTable] = []
        starts = [0, *(self._first_title(*pair) for pair in pairwise(headers))]
        for n, header in enumerate(headers):
            end = headers[n + 1].first if n + 1 < len(headers) else len(self._filled)
            above = self._grid.rows[starts[n] : header.first]
            titles = titles_above(above)
            if found and self._continues(found[-1], header, titles):
                found[-1] = _continued(found[-1], header, starts[n], self._body(header, end))
                continue
            if found:
                found[-1] = _until(found[-1], starts[n])
            found.append(self._table(header, end, titles, found[0].calendar if found else None))
        parted = [part for table in found for part in _by_headings(table)]
        first = self._grid.rows[: headers[0].first]
        return [part for table in parted for part in _side_by_side(table, first if table is parted[0] else ())]

    def _first_title(self, before: Header, header: Header) -> int:
        return first_title(self._grid.rows, before.last + 1, header.first, self._wide, self._is_unit)

    def _continues(self, table: RawTable, header: Header, titles: Sequence[str]) -> bool:
        """Say whether a header is a table's again, as on each printed page, and no title says otherwise."""
        if bare(header.texts) != bare(table.header):
            return False
        layers, year = layers_in_title(title_of(titles)), year_in(titles)[0]
        known = layers_in_title(table.title) or layers_in_title(table.sheet or "")
        return (not layers or layers == known) and (year is None or year == table.calendar.year)

    def _table(self, header: Header, end: int, titles: Sequence[str], calendar: Calendar | None) -> RawTable:
        body = self._body(header, end)
        own = calendar is None or year_in(titles)[1]
        return RawTable(
            self._grid.file,
            self._grid.sheet,
            header.texts,
            tuple(body.rows),
            header.last + 1,
            calendar=calendar_of(self._grid, titles) if own or calendar is None else calendar,
            skipped=tuple(body.skipped),
            doubted=tuple(body.doubted),
            sections=tuple(body.sections),
            merged=tuple((a + 1, b + 1, c) for a, b, c in self._merged if a > header.last),
            covered=header.covered,
            title=title_of(titles),
        )

    def _body(self, header: Header, end: int) -> _Body:
        body = _Body()
        tell = Kinds(header.texts, self._is_unit)
        numbers = range(header.last + 1, end)
        kinds = [tell.kind_of(self._grid.rows[n], self._filled[n], wide=n in self._wide) for n in numbers]
        ends = tell.footers(self._filled[header.last + 1 : end], kinds)
        for at, number in enumerate(numbers):
            kind = ends.get(at, kinds[at])
            if kind.name == "section":
                body.sections.append((number + 1, kind.text))
            elif kind.name:
                body.skipped.append((number + 1, kind.name))
            if kind.doubtful:
                body.doubted.append(number + 1)
            body.rows.append(() if kind.name else self._filled[number])
        return body


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


def _continued(table: RawTable, header: Header, title: int, body: _Body) -> RawTable:
    """Add the rows below a header that stands again, with its titles (from row `title` on, from 0)."""
    kept = _until(table, title)
    again = [(n + 1, _AGAIN) for n in range(header.first, header.last + 1)]
    gap = header.last + 1 - (kept.header_row + len(kept.body))
    return replace(
        kept,
        body=(*kept.body, *[()] * gap, *body.rows),
        skipped=(*kept.skipped, *again, *body.skipped),
        doubted=(*kept.doubted, *body.doubted),
        sections=(*kept.sections, *body.sections),
        merged=table.merged,
    )


def _until(table: RawTable, row: int) -> RawTable:
    """Return what of a table stands above a row (from 0)."""
    return replace(
        table,
        body=table.body[: max(row - table.header_row, 0)],
        skipped=tuple(told for told in table.skipped if told[0] <= row),
        doubted=tuple(told for told in table.doubted if told <= row),
        sections=tuple(told for told in table.sections if told[0] <= row),
        merged=tuple(span for span in table.merged if span[1] <= row),
    )


def _after(table: RawTable, row: int, title: str) -> RawTable:
    """Return what of a table stands below a row (from 0) that is its title."""
    gone = row + 1 - table.header_row
    return replace(
        table,
        body=(*[()] * gone, *table.body[gone:]),
        skipped=tuple(told for told in table.skipped if told[0] > row + 1),
        doubted=tuple(told for told in table.doubted if told > row + 1),
        sections=tuple(told for told in table.sections if told[0] > row + 1),
        merged=tuple(span for span in table.merged if span[0] > row + 1),
        title=title,
    )


def _by_headings(table: RawTable) -> list[RawTable]:
    """Cut a table at the headings that name another layer than the rows above are of."""
    parts, rest = [], table
    for row, text in table.sections:
        named = layers_in_title(text)
        if named and named != layers_in_title(rest.title):
            parts.append(_until(rest, row - 1))
            rest = _after(rest, row - 1, text)
    filled = [part for part in (*parts, rest) if any(True for _ in part.rows())]
    return filled or [table]


def _side_by_side(table: RawTable, above: Sequence[Sequence[Cell]]) -> list[RawTable]:
    """Split tables that stand beside each other, each with a header of its own, an empty column between."""
    covered = {n for n, _ in table.covered}
    groups: list[list[int]] = [[]]
    for n, text in enumerate(table.header):
        if text or n in covered:
            groups[-1].append(n)
        elif groups[-1]:
            groups.append([])
    groups = [group for group in groups if group]
    beside = len(groups) > 1 and _alike([[table.header[n] for n in group] for group in groups])
    return [_only(table, group, above) for group in groups] if beside else [table]


def _alike(groups: Sequence[Sequence[str]]) -> bool:
    """Say whether each group of headers is one of a table by itself: of the same columns, under a title or not."""
    known = [{text for text in group if is_header(text)} for group in groups]
    if all(len(one & known[0]) >= CERTAIN for one in known):
        return True
    below = [[text.rpartition(JOINT)[2] for text in group] for group in groups]
    known = [{text for text in group if is_header(text)} for group in below]
    return all(len(one & known[0]) >= CERTAIN and unit_columns(group) for one, group in zip(known, below, strict=True))


def _only(table: RawTable, columns: Sequence[int], above: Sequence[Sequence[Cell]]) -> RawTable:
    """Return some columns of a table, under the titles that stand over them alone, where there are any."""
    keep = set(columns)
    groups = {table.header[n].rpartition(JOINT)[0] for n in columns if table.header[n]}
    common = next(iter(groups)) if len(groups) == 1 else ""
    own = [text for text in (*titles_above(above, keep), common) if layers_in_title(text)]
    header = (text.rpartition(JOINT)[2] if common else text for text in table.header)
    return replace(
        table,
        header=tuple(text if n in keep else "" for n, text in enumerate(header)),
        body=tuple(tuple(cell if n in keep else None for n, cell in enumerate(row)) for row in table.body),
        merged=tuple(span for span in table.merged if span[2] in keep),
        covered=tuple((n, of) for n, of in table.covered if n in keep),
        title=title_of(own) or table.title,
    )
