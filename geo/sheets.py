"""Read spreadsheets as raw tables: .xlsx, .xlsm, .xls, .et and .csv, told apart by content.

A table's header is its first row. Cells keep the types of the file; nothing is
interpreted here.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo.cells import Cell, is_blank, text_of
from geo.errors import UnreadableFile
from geo.faults import Fault
from geo.workbooks import OLE, ZIP, Encrypted, NotAWorkbook, TooLarge, examine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".et")
TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
_MOST_BYTES = 100 * 1024 * 1024
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class RawTable:
    """A table as it stands in a file. Rows count from 1 as spreadsheets do; `header_row` is the header's."""

    file: str
    sheet: str | None
    header: tuple[str, ...]
    body: tuple[tuple[Cell, ...], ...]
    header_row: int = 1

    def rows(self) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """Yield (row number, cells) of the rows that are not blank."""
        for number, cells in enumerate(self.body, start=self.header_row + 1):
            if not all(is_blank(cell) for cell in cells):
                yield number, cells


def read_tables(path: Path, *, shown_as: str | None = None) -> list[RawTable]:
    """Read every sheet of a file that holds anything.

    `shown_as` is the name that faults and evidence print (the file's own by default).
    Raises UnreadableFile if there is no such file, or it is a directory, empty, damaged,
    protected by a password, or not what its name says.
    """
    name = shown_as or path.name
    content = _content(path, name)
    suffix = path.suffix.lower()
    is_book = content.startswith((ZIP, OLE))
    if suffix not in (*WORKBOOK_SUFFIXES, *TEXT_SUFFIXES):
        raise _unreadable(name, "suffix", "不支持的文件类型", "请提供 .xlsx、.xls、.et 或 .csv")
    if suffix in WORKBOOK_SUFFIXES and not is_book:
        raise _unreadable(name, "content", "扩展名是表格，但内容不是", "请用 WPS 或 Excel 打开后另存为 .xlsx")
    if suffix in TEXT_SUFFIXES and is_book:
        raise _unreadable(name, "content", "扩展名是文本，但内容是工作簿", "请把扩展名改为 .xlsx 或 .xls")
    tables = _read_book(content, name) if is_book else _read_text(content, name, suffix)
    if not tables:
        raise _unreadable(name, "empty", "文件里没有任何内容", "请确认交来的是填好的表")
    return tables


def _unreadable(name: str, code: str, message: str, remedy: str) -> UnreadableFile:
    fault = Fault("error", f"file-{code}", name, message, remedy)
    return UnreadableFile(fault.line(), faults=[fault])


def _content(path: Path, name: str) -> bytes:
    if path.is_dir():
        raise _unreadable(name, "directory", "这是一个文件夹，不是文件", "请逐个给出其中的文件")
    try:
        if path.exists() and not path.is_file():
            raise _unreadable(name, "kind", "这不是普通文件", "请给出表格文件")
        if path.exists() and path.stat().st_size > _MOST_BYTES:
            raise _unreadable(name, "size", "文件超过100兆字节", "请拆成几份，或去掉图片和空行后再交")
        content = path.read_bytes()
    except FileNotFoundError:
        raise _unreadable(name, "missing", "没有这个文件", "请核对路径") from None
    except OSError:
        raise _unreadable(name, "unreadable", "文件读不出来", "请检查权限，或是否正被其他程序占用") from None
    if not content:
        raise _unreadable(name, "empty", "空文件（0字节）", "请重新取得文件")
    return content


def _read_book(content: bytes, name: str) -> list[RawTable]:
    import python_calamine as calamine

    try:
        examine(content)
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [(m.name, m.visible) for m in book.sheets_metadata if m.typ == calamine.SheetTypeEnum.WorkSheet]
        shown = [sheet for sheet, visible in sheets if visible == calamine.SheetVisibleEnum.Visible]
        found = [(sheet, book.get_sheet_by_name(sheet)) for sheet in shown]
        grids = [(sheet, grid.start, grid.to_python(skip_empty_area=False)) for sheet, grid in found]
    except NotAWorkbook:
        raise _unreadable(name, "content", "扩展名是表格，但内容不是", "请用 WPS 或 Excel 打开后另存为 .xlsx") from None
    except TooLarge as error:
        raise _unreadable(name, "large", f"表格过大：{error}", "请删去空白区域里的零星内容后再交") from None
    except (Encrypted, calamine.PasswordError):
        raise _unreadable(name, "password", "工作簿有密码", "请去掉密码后再交") from None
    except (
        calamine.CalamineError,
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        ValueError,
        RuntimeError,
    ) as error:
        raise _unreadable(name, "damaged", "不是完好的工作簿", "请用 WPS 或 Excel 打开后另存为 .xlsx") from error
    return [_table(name, sheet, rows) for sheet, start, rows in grids if start is not None and rows]


def _read_text(content: bytes, name: str, suffix: str) -> list[RawTable]:
    text = decode(content, name)
    delimiter = "\t" if suffix == ".tsv" or "\t" in text.split("\n", 1)[0] else ","
    try:
        rows = [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)]
    except csv.Error as error:
        raise _unreadable(name, "csv", "不是完好的 CSV（引号不成对等）", "请另存为 .xlsx 再交") from error
    if not any(not is_blank(cell) for row in rows for cell in row):
        return []
    return [_table(name, None, rows)]


def decode(content: bytes, name: str) -> str:
    """Decode a text file: by its byte order mark, else strict UTF-8, else GB18030."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                raise _unreadable(name, "encoding", "文字编码损坏", "请另存为 UTF-8 编码的 CSV") from None
    for encoding in ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _unreadable(name, "encoding", "不是文本文件，或编码无法识别", "请另存为 UTF-8 编码的 CSV") from None


def _table(name: str, sheet: str | None, rows: Sequence[Sequence[Any]]) -> RawTable:
    header = tuple(text_of(cell) for cell in rows[0])
    return RawTable(file=name, sheet=sheet, header=header, body=tuple(tuple(row) for row in rows[1:]))
