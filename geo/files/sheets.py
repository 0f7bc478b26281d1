"""Read spreadsheets as raw tables: .xlsx, .xlsm, .xls, .et and .csv, told apart by content.

Where on a sheet the tables are is found in `geo.files.layout`. Cells keep the types of the file;
nothing is interpreted here.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from geo.faults import Fault
from geo.files.content import content_of, unreadable
from geo.files.disguises import disguised
from geo.files.layout import Grid, find_tables
from geo.files.layout import RawTable as RawTable
from geo.files.pages import Apart, Locked, Page, TooMuch, read_here
from geo.files.workbooks import OLE, ZIP, Encrypted, Examined, NotAWorkbook, Oddities, TooLarge, examine, looks_heavy
from geo.words.cells import is_blank
from geo.words.vocabulary import is_header

if TYPE_CHECKING:
    from pathlib import Path

    from geo.files.row_kinds import IsUnit

WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".et")
TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
_FIRST_LINES = 10
_MOST_ROWS = 10
_FEWEST_BESIDE = 3
_USUAL = ("utf-8", "gb18030")
_ENCODINGS = (*_USUAL, "utf-16-le", "utf-16-be", "big5hkscs")
_HEAD, _HEADER_LINES, _HEADER_CELLS = 20_000, 40, 60
_CUTS = re.compile(r"[,\t;|]")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def _no_unit(_: str) -> bool:
    return False


def read_tables(path: Path, *, shown_as: str | None = None, is_unit: IsUnit = _no_unit) -> list[RawTable]:
    """Read every sheet of a file that holds anything, those that aren't hidden first.

    `shown_as` is the name that faults and evidence print (the file's own by default); `is_unit` tells
    names of units, which no header holds.
    Raises UnreadableFile if there is no such file, or it is a directory, empty, damaged,
    protected by a password, or not what its name says.
    """
    name = shown_as or path.name
    grids, hidden = read_grids(path, shown_as=name)
    tables = [_with_hidden_rows(table, grid) for grid in grids for table in find_tables(grid, is_unit)]
    if not tables:
        raise unreadable(name, "empty", "文件里没有任何内容", "请确认交来的是填好的表")
    return [*tables, *(replace(table, hidden=True) for grid in hidden for table in find_tables(grid, is_unit))]


def _with_hidden_rows(table: RawTable, grid: Grid) -> RawTable:
    """Note that hidden rows are read too: what a filter hides is data."""
    within = [row for row in sorted(grid.hidden_rows) if 0 < row - table.header_row <= len(table.body)]
    if not within:
        return table
    shown = "、".join(map(str, within[:_MOST_ROWS])) + ("…" if len(within) > _MOST_ROWS else "")
    told = f"第{shown}行共{len(within)}行是隐藏的，也按数据读取"
    note = Fault("note", "rows-hidden", table.file, told, "如不应计入，请删去后再交", table.sheet)
    return replace(table, notes=(*table.notes, note))


def read_grids(path: Path, *, shown_as: str | None = None) -> tuple[list[Grid], list[Grid]]:
    """Read every sheet that holds anything cell by cell; the hidden ones apart.

    Raises UnreadableFile as `read_tables` does, except for a file that is merely blank.
    """
    name = shown_as or path.name
    content = content_of(path, name)
    suffix = path.suffix.lower()
    is_book = content.startswith((ZIP, OLE))
    if suffix not in (*WORKBOOK_SUFFIXES, *TEXT_SUFFIXES):
        raise unreadable(name, "suffix", "不支持的文件类型", "请提供 .xlsx、.xls、.et、.csv 或矢量文件")
    if suffix in WORKBOOK_SUFFIXES and not is_book:
        raise unreadable(name, "content", *disguised(content))
    if suffix in TEXT_SUFFIXES and is_book:
        raise unreadable(name, "content", "扩展名是文本，但内容是工作簿", "请把扩展名改为 .xlsx 或 .xls")
    return _read_book(content, name) if is_book else ([_read_text(content, name, suffix)], [])


def _read_book(content: bytes, name: str) -> tuple[list[Grid], list[Grid]]:
    import python_calamine as calamine

    try:
        with ExitStack() as stack:
            apart = stack.enter_context(Apart(content)) if looks_heavy(content) else None
            examined = examine(content)
            if apart is None and examined.heavy:
                apart = stack.enter_context(Apart(content))
            pages = apart.pages() if apart else read_here(content)
        grids = [(_grid(name, page, examined), page.hidden) for page in pages]
    except NotAWorkbook:
        raise unreadable(name, "content", *disguised(content)) from None
    except TooLarge as error:
        raise unreadable(name, "large", f"表格过大：{error}", "请删去空白区域里的零星内容后再交") from None
    except TooMuch as error:
        raise unreadable(name, "large", f"表格过大：{error}", "请拆成几份后再交") from None
    except (Encrypted, Locked):
        raise unreadable(name, "password", "工作簿有密码", "请去掉密码后再交") from None
    except (
        calamine.CalamineError,
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        ValueError,
        RuntimeError,
    ) as error:
        raise unreadable(name, "damaged", "不是完好的工作簿", "请用 WPS 或 Excel 打开后另存为 .xlsx") from error
    if examined.pictures and not any(_holds_table(page) for page in pages):
        raise unreadable(name, "picture", "里面只有图片，没有可读的表格", "请交填表用的表格本身，不要交照片或截图")
    return [grid for grid, hidden in grids if not hidden], [grid for grid, hidden in grids if hidden]


def _holds_table(page: Page) -> bool:
    """Say whether a row of a page has cells beside each other, as a table's have; a title has one or two."""
    return any(sum(not is_blank(cell) for cell in row) >= _FEWEST_BESIDE for row in page.rows)


def _grid(file: str, page: Page, examined: Examined) -> Grid:
    """A page as a grid, with the errors that the reader gives as blanks."""
    odd, rows = examined.sheets.get(page.name, Oddities()), page.rows
    for (row, column), error in odd.errors.items():
        if row < len(rows) and column < len(rows[row]):
            rows[row] = (*rows[row][:column], error, *rows[row][column + 1 :])
    return Grid(file, page.name, rows, page.merged, examined.from_1904, frozenset(odd.hidden_rows))


def _read_text(content: bytes, name: str, suffix: str) -> Grid:
    text = decode(content, name)
    delimiter = "\t" if suffix == ".tsv" else _delimiter(text)
    try:
        rows = [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)]
    except csv.Error as error:
        raise unreadable(name, "csv", "不是完好的 CSV（引号不成对等）", "请另存为 .xlsx 再交") from error
    return Grid(name, None, rows)


def _delimiter(text: str) -> str:
    """The delimiter that cuts the first lines into most fields; a comma where none does."""
    lines = text.splitlines()[:_FIRST_LINES]
    return max(",\t;|", key=lambda sign: sum(line.count(sign) for line in lines))


def decode(content: bytes, name: str) -> str:
    """Decode a text file: by its byte order mark, else by the encoding under which its header is one.

    Tried are strict UTF-8, GB18030, UTF-16 and Big5; where none shows a header that is
    known, the first that fits of UTF-8 and GB18030.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                raise unreadable(name, "encoding", "文字编码损坏", "请另存为 UTF-8 编码的 CSV") from None
    fitting = {encoding: text for encoding in _ENCODINGS if (text := _decoded(content, encoding)) is not None}
    usual = [fitting[encoding] for encoding in _USUAL if "\x00" not in fitting.get(encoding, "\x00")]
    found = next((text for text in fitting.values() if _shows_header(text)), next(iter(usual), None))
    if found is None:
        raise unreadable(name, "encoding", "不是文本文件，或编码无法识别", "请另存为 UTF-8 编码的 CSV")
    return found


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _shows_header(text: str) -> bool:
    """Say whether one of the first lines holds two headers that are known."""
    for line in text[:_HEAD].splitlines()[:_HEADER_LINES]:
        if sum(is_header(part.strip('"')) for part in _CUTS.split(line)[:_HEADER_CELLS] if part) > 1:
            return True
    return False
