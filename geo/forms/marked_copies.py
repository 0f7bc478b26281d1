"""Mark a sender's own workbook: faulty cells coloured, with what is wrong and how to mend it, and a list in front.

A workbook (.xlsx, .xlsm) is kept as it is, formulas and formats included, as far as openpyxl
knows them (docs/INTAKE.md says what it drops). Of other files, and of those that openpyxl
can't open, the cells are written anew. Text is written as text whatever it begins with.
"""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geo.errors import InputRefused, UnreadableFile
from geo.faults import Fault, in_order, printable
from geo.files.sheets import read_grids
from geo.files.workbooks import ZIP
from geo.forms.fault_lists import FaultList, put_text, write_fault_list
from geo.forms.fault_places import Finder, Spot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

    from geo.faults import Severity
    from geo.files.layout import Grid
    from geo.files.row_kinds import IsUnit

FILLS: Mapping[Severity, str] = {"error": "FFF4A6A6", "warning": "FFFFD27F", "note": "FFBDD7EE"}
"""Red, amber, blue."""
AUTHOR = "核对标注"
"""Of our comments, so that the marks of an earlier copy are told from the sender's own."""
_RULE = "————"
_MOST_BYTES = 20_000_000
"""Of the sheets unpacked: openpyxl takes about 14 times as much memory."""
_MOST_CELLS = 500_000
_MOST_FAULTS = 5000
"""A file with more is mended in several rounds."""
_LONGEST_COMMENT = 2000
"""Excel takes 32,767 signs, but nobody reads them in a comment."""
_LONGEST_TITLE = 31
_NEVER_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_SHEETS = ("xl/worksheets/", "xl/sharedStrings.xml")


@dataclass
class _Copy:
    """A workbook to be marked. `titles`: a sheet's name in the faults → its title; `said`: what became of the rest."""

    book: Workbook
    titles: dict[str | None, str] = field(default_factory=dict)
    said: str = ""


def write_marked_copy(
    path: Path,
    source: Path,
    faults: Iterable[Fault],
    *,
    shown_as: str | None = None,
    is_unit: IsUnit | None = None,
) -> None:
    """Write a marked copy of a file as .xlsx; the file itself is left as it is.

    Faults that name no cell stand in the list alone. Of a file that can't be read, or is too
    large to be copied, there is the list and nothing else. Raises InputRefused where the
    copy would take the place of its source.
    """
    if path.exists() and source.exists() and path.samefile(source):
        msg = f"标注副本不能覆盖原件 {source.name}；请换一个文件名"
        raise InputRefused(msg)
    path.write_bytes(marked_copy(source, faults, shown_as=shown_as, is_unit=is_unit))


def marked_copy(
    source: Path, faults: Iterable[Fault], *, shown_as: str | None = None, is_unit: IsUnit | None = None
) -> bytes:
    """Return the marked copy of a file; its first 5000 faults are listed and marked.

    `is_unit`: tells names of units, as the import was told them.
    """
    every = in_order(faults)
    ordered = every[:_MOST_FAULTS]
    try:
        grids = read_grids(source, shown_as=shown_as)[0]
        content = source.read_bytes()
    except (UnreadableFile, OSError):
        grids, content = [], b""
    finder = Finder(grids, is_unit)
    spots = [finder.spot_of(fault) for fault in ordered]
    copy = _copy_of(content, grids, shown_as or source.name)
    _unmark(copy.book)
    told: dict[tuple[str, str], list[tuple[Fault, Spot]]] = {}
    places: list[tuple[str, str] | None] = []
    for fault, spot in zip(ordered, spots, strict=True):
        place = _place(copy, spot)
        places.append(place)
        if place and spot:
            told.setdefault(place, []).append((fault, spot))
    for (title, address), said in told.items():
        _mark(copy.book[title][address], said)
    write_fault_list(copy.book, FaultList(shown_as or source.name, every, places, copy.said))
    saved = io.BytesIO()
    copy.book.save(saved)
    return saved.getvalue()


# -- the copy ----------------------------------------------------------------------


def _copy_of(content: bytes, grids: Sequence[Grid], name: str) -> _Copy:
    if content.startswith(ZIP):
        if _unpacked(content) > _MOST_BYTES:
            return _nothing("原件太大，这里只列问题，不附原表。")
        book = _kept(content) if grids else None
        if book is not None:
            return _Copy(book, {sheet.title: sheet.title for sheet in book.worksheets})
    if not grids:
        return _nothing("原件读不出来，或者不是表格，这里只列问题。")
    if sum(len(row) for grid in grids for row in grid.rows) > _MOST_CELLS:
        return _nothing("原件太大，这里只列问题，不附原表。")
    return _rewritten(grids, name)


def _unpacked(content: bytes) -> int:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return sum(entry.file_size for entry in archive.infolist() if entry.filename.startswith(_SHEETS))
    except zipfile.BadZipFile:
        return 0


def _kept(content: bytes) -> Workbook | None:
    """Open a workbook to write it again; None where openpyxl can't (a file that only WPS and Excel put up with)."""
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of parts that openpyxl drops: the list says so once and for all
        try:
            return openpyxl.load_workbook(io.BytesIO(content), rich_text=True)
        except Exception:  # it raises whatever its parsers do
            return None


def _nothing(said: str) -> _Copy:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    return _Copy(book, said=said)


def _rewritten(grids: Sequence[Grid], name: str) -> _Copy:
    """Write the cells anew, with their types and merged ranges."""
    copy = _nothing("原件不是能照样保留的工作簿（.xlsx），这里按内容重写，格式没有保留。")
    for grid in grids:
        wanted = (grid.sheet or name.rpartition(".")[0]).translate(_NEVER_IN_TITLES).strip()
        sheet = copy.book.create_sheet(wanted[:_LONGEST_TITLE] or "表")
        copy.titles[grid.sheet] = sheet.title
        for number, row in enumerate(grid.rows, start=1):
            for column, value in enumerate(row, start=1):
                if value is not None and value != "":
                    _put(sheet.cell(number, column), value)
        for top, left, bottom, right in grid.merged:
            sheet.merge_cells(None, top + 1, left + 1, bottom + 1, right + 1)
    return copy


def _put(cell: Cell, value: Any) -> None:
    if isinstance(value, str) or (isinstance(value, float) and not math.isfinite(value)):
        put_text(cell, str(value), keep_lines=True)
    else:
        cell.value = value


# -- the marks ---------------------------------------------------------------------


def _place(copy: _Copy, spot: Spot | None) -> tuple[str, str] | None:
    """Return the sheet's title and the address of a spot in the copy; of merged cells, their first."""
    from openpyxl.cell import MergedCell

    title = copy.titles.get(spot.sheet) if spot else None
    if spot is None or title is None:
        return None
    sheet: Worksheet = copy.book[title]
    cell = sheet.cell(spot.row, spot.column)
    if not isinstance(cell, MergedCell):
        return title, cell.coordinate
    spans = (span for span in sheet.merged_cells.ranges if cell.coordinate in span)
    return title, next((span.start_cell.coordinate for span in spans), cell.coordinate)


def _mark(cell: Cell, said: Sequence[tuple[Fault, Spot]]) -> None:
    """Colour a cell by the worst of its faults, and say all of them in its comment, below the sender's own."""
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    worst = next(s for s in FILLS if any(fault.severity == s for fault, _ in said))
    cell.fill = PatternFill("solid", start_color=FILLS[worst])
    told = "\n".join(dict.fromkeys(_words(fault, spot, cell) for fault, spot in said))[:_LONGEST_COMMENT]
    own = f"{cell.comment.text}\n{_RULE}\n" if cell.comment else ""
    lines = sum(1 + len(line) // 22 for line in (own + told).split("\n"))
    cell.comment = Comment(own + told, AUTHOR, height=min(400, 24 + 18 * lines), width=320)


def _words(fault: Fault, spot: Spot, cell: Cell) -> str:
    where = f"第{spot.row}行：" if spot.row != cell.row else "这一行：" if spot.whole_row else ""
    mend = f"\n怎么改：{printable(fault.advice)}" if fault.advice else ""
    return f"{where}问题：{printable(fault.message)}{mend}"


def _unmark(book: Workbook) -> None:
    """Take away the marks of an earlier copy that came back: our comments, and the colours under them."""
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    for sheet in book.worksheets:
        for cell in list(sheet._cells.values()):  # iter_rows would make every blank cell up to the last one
            if cell.comment is not None and cell.comment.author == AUTHOR:
                own, _, ours = cell.comment.text.partition(f"\n{_RULE}\n")
                cell.comment = Comment(own, "") if ours else None
                cell.fill = PatternFill()
