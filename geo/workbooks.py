"""What a workbook must be before it is handed to the reader: whole, ours to open, and of a bounded size.

The reader lays a sheet out as one dense grid, so a single stray cell in the last row and
column of a 5 KB file would ask for half a terabyte.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK = "xl/workbook.xml"
_MOST_BYTES = 400_000_000
_MOST_CELLS = 10_000_000
_CHUNK = 1 << 20
_LONGEST_TAG = 4096
# A cell or row that is not empty; an empty one (formatting only) is self-closing.
_PLACED = re.compile(rb"<(?:\w+:)?(?:c|row)\b[^<>]*?\sr\s*=\s*[\"']([A-Z]{0,3})(\d{1,7})[\"'][^<>]*(?<!/)>")


class NotAWorkbook(ValueError):
    """The content is no spreadsheet, whatever the file's name says."""


class Encrypted(ValueError):
    """The workbook needs a password."""


class TooLarge(ValueError):
    """The workbook would not fit into memory. The message says where it ends."""


def examine(content: bytes) -> None:
    """Look a workbook over before it is read.

    Raises Encrypted, TooLarge, or NotAWorkbook where it is an archive without a workbook
    (a .docx, a plain .zip). Content that is neither ZIP nor OLE isn't looked at.
    """
    if content.startswith(OLE):
        if _ENCRYPTED in content:
            raise Encrypted
        return
    if not content.startswith(ZIP):
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if _WORKBOOK not in archive.namelist():
            raise NotAWorkbook
        size = sum(entry.file_size for entry in archive.infolist())
        if size > _MOST_BYTES:
            msg = f"解压后有{size // 1_000_000}兆字节"
            raise TooLarge(msg)
        for entry in archive.infolist():
            _examine_extent(archive, entry)


def _examine_extent(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    last_row = last_column = 0
    for tag in _placed(archive, entry):
        last_column = max(last_column, _column_number(tag.group(1)))
        last_row = max(last_row, int(tag.group(2)))
    if last_row * last_column > _MOST_CELLS:
        msg = f"内容一直占到第{last_row}行、第{last_column}列"
        raise TooLarge(msg)


def _placed(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[re.Match[bytes]]:
    """Yield the cell and row tags of a part, read piece by piece."""
    with archive.open(entry) as part:
        rest = b""
        while piece := part.read(_CHUNK):
            text = rest + piece
            yield from _PLACED.finditer(text)
            rest = text[-_LONGEST_TAG:]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
