"""The worksheets of a workbook cell by cell, as the reader gives them: here, or from a process of their own.

The reader holds each text twice beside Python's own copy, and one that stands in a million cells a million times.
What may so need much memory is read in a bounded process (`geo.files.workbook_child`), page after page, some
rows at a time.
"""

from __future__ import annotations

import io
import pickle
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self, TypeAlias, cast

from geo.files import bounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from python_calamine import CalamineSheet, CalamineWorkbook

    from geo.words.cells import Cell

    Span = tuple[int, int, int, int]
    Part: TypeAlias = "Page | list[list[Cell]]"

MEMORY_BYTES, SECONDS = 512 * 1024 * 1024, 120
"""What reading one workbook may take apart: address space (where the system can bound it), and time."""
MOST_CELLS = 4_000_000
_MOST_TEXT = 300 * 1024 * 1024
"""Bytes of all texts of a workbook in memory."""
_MOST_KEPT = 100_000
"""Texts that are remembered while a workbook is read, since most stand in many rows."""
ROWS_AT_ONCE = 1000
EXIT_DAMAGED, EXIT_MEMORY, EXIT_PASSWORD = 11, 12, 13
_CHILD = "geo.files.workbook_child"


class TooMuch(ValueError):
    """To read a workbook takes more memory or time than one may take."""

    def __init__(self) -> None:
        super().__init__("内容太多，读取所需的内存或时间超过了限度")


class Locked(ValueError):
    """A workbook needs a password."""


@dataclass
class Page:
    """A worksheet: its name, whether it is hidden, its merged cells, and its cells from the first row and column on."""

    name: str
    hidden: bool
    merged: list[Span]
    rows: list[tuple[Cell, ...]] = field(default_factory=list)


def read_here(content: bytes) -> list[Page]:
    """Read a workbook in this process. Raises what the reader raises, Locked or TooMuch."""
    return _gathered(parts_of(io.BytesIO(content)))


class Apart:
    """A workbook that is being read in a process of its own from now on; use it as a context."""

    def __init__(self, content: bytes) -> None:
        self._folder = tempfile.TemporaryDirectory()
        book = Path(self._folder.name) / "book"
        book.write_bytes(content)
        self._process = bounded.start(_CHILD, book.parent, bounded.environment())
        self._timer = threading.Timer(SECONDS, self._process.kill)
        self._timer.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the process, whether it is done or not."""
        self._timer.cancel()
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()

    def pages(self) -> list[Page]:
        """Return the workbook's pages. Raises TooMuch, Locked, or ValueError where it is damaged."""
        assert self._process.stdout is not None
        try:
            return _gathered(_received(self._process.stdout))
        except (EOFError, pickle.UnpicklingError):  # it ended before it was done
            code = self._process.wait()
        if code == EXIT_PASSWORD:
            raise Locked
        if code == EXIT_DAMAGED:
            raise ValueError(code)
        raise TooMuch


def read_apart(content: bytes) -> list[Page]:
    """Read a workbook in a process of its own. Raises TooMuch, Locked, or ValueError where it is damaged."""
    with Apart(content) as reading:
        return reading.pages()


def _gathered(parts: Iterable[Part]) -> list[Page]:
    """Put pages together, each text in memory once as long as it is remembered. Raises TooMuch."""
    pages: list[Page] = []
    kept: dict[str, str] = {}
    size = cells = 0
    for part in parts:
        if isinstance(part, Page):
            pages.append(part)
            continue
        pages[-1].rows += (
            tuple([kept.setdefault(cell, cell) if type(cell) is str else cell for cell in row]) for row in part
        )
        cells += sum(map(len, part))
        if len(kept) > _MOST_KEPT:
            size += sum(map(sys.getsizeof, kept))
            kept.clear()
        if size > _MOST_TEXT or cells > MOST_CELLS:
            raise TooMuch
    return pages


_KNOWN = {(kind.__module__, kind.__name__): kind for kind in (Page, date, datetime, time, timedelta)}


class _Received(pickle.Unpickler):
    """What the other process says: pages, rows and days, and nothing else that a pickle could make."""

    def find_class(self, module: str, name: str) -> type:
        if (module, name) not in _KNOWN:
            msg = f"{module}.{name}"
            raise ValueError(msg)
        return _KNOWN[module, name]


def _received(answer: IO[bytes]) -> Iterator[Part]:
    while (part := _Received(answer).load()) is not None:
        yield part


# -- in either process -------------------------------------------------------------------


def parts_of(file: io.BytesIO | Path) -> Iterator[Part]:
    """Yield each worksheet that holds anything as a page without rows, then its rows, some at a time."""
    import python_calamine as calamine

    book = _opened(file)
    for told in book.sheets_metadata:
        if told.typ != calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(told.name)
        if sheet.start is not None and sheet.height:
            merged = [(*first, *last) for first, last in sheet.merged_cell_ranges or ()]
            yield Page(told.name, told.visible != calamine.SheetVisibleEnum.Visible, merged)
            rows = _rows(sheet)
            while some := list(islice(rows, ROWS_AT_ONCE)):
                yield some


def _rows(sheet: CalamineSheet) -> Iterator[list[Cell]]:
    """Yield a worksheet's rows from the first column on, also where the reader leaves that out as empty."""
    before: list[Cell] = [""] * (sheet.start[1] if sheet.start else 0)
    rows = cast("Iterator[list[Cell]]", sheet.iter_rows())
    return (before + cells for cells in rows) if before else rows


def _opened(file: io.BytesIO | Path) -> CalamineWorkbook:
    """Open a workbook. Raises Locked, or what the reader raises."""
    import python_calamine as calamine

    try:
        return calamine.load_workbook(file)
    except calamine.PasswordError as error:
        raise Locked from error
