"""What a workbook must be before it is handed to the reader: whole, ours to open, and of a bounded size.

The reader lays a sheet out as one dense grid, so a single stray cell in the last row and
column of a 5 KB file would ask for half a terabyte. It also gives errors (#REF!) and
formulas that were never worked out as blanks, which would count as unknown: both are
looked for here.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from geo.files.extents import Glance, column_number, exact_extent
from geo.files.pages import MOST_CELLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK = "xl/workbook.xml"
_PICTURES = "xl/media/"
_MOST_BYTES = 400_000_000
_HEAVY_BYTES, _HEAVY_CELLS = 64_000_000, 1_000_000
"""What is more than this is read in a process of its own."""
_CHUNK = 1 << 20
_LONGEST_TAG = 4096
_ATTRIBUTES = rb"<(?:\w+:)?c\b[^<>]*?\sr\s*=\s*[\"']([A-Z]{1,3})(\d{1,7})[\"'][^<>]*"
_FORMULA = rb"<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f>)"
_ERROR = re.compile(_ATTRIBUTES + rb"\st=[\"']e[\"'][^<>]*>(?:" + _FORMULA + rb")?<(?:\w+:)?v>([^<]*)<")
_UNWORKED = re.compile(_ATTRIBUTES + rb"(?<!/)>\s*" + _FORMULA + rb"\s*(?:<v\s*/>|<v>\s*</v>)?\s*</(?:\w+:)?c>")
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\b[^<>]*?\sr\s*=\s*[\"'](\d{1,7})[\"'][^<>]*\shidden=[\"'](?:1|true)[\"']")
_ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^<>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^<>]*>")
_ATTRIBUTE = re.compile(r"([\w:]+)\s*=\s*[\"']([^\"']*)[\"']")
UNWORKED = "#NOVALUE!"
"""Stands in a cell for a formula whose value the file doesn't hold."""


@dataclass
class Oddities:
    """What the reader doesn't tell of a sheet. `errors`: (row, column) from 0 → #REF! and the like, or UNWORKED."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)


@dataclass
class Examined:
    """What was found out about a workbook: oddities by their sheet's name, and whether its days count from 1904."""

    sheets: dict[str, Oddities] = field(default_factory=dict)
    from_1904: bool = False
    pictures: bool = False
    heavy: bool = False
    """Whether to read it may take much memory, or what it may take isn't known."""


class NotAWorkbook(ValueError):
    """The content is no spreadsheet, whatever the file's name says."""


class Encrypted(ValueError):
    """The workbook needs a password."""


class TooLarge(ValueError):
    """The workbook would not fit into memory. The message says where it ends."""


def looks_heavy(content: bytes) -> bool:
    """Say at a glance whether so much is written in a workbook that to read it may take much memory."""
    if not content.startswith(ZIP):
        return False
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return _HEAVY_BYTES < sum(entry.file_size for entry in archive.infolist()) <= _MOST_BYTES


def examine(content: bytes) -> Examined:
    """Look a workbook over before it is read.

    Raises Encrypted, TooLarge, or NotAWorkbook where it is an archive without a workbook
    (a .docx, a plain .zip). Of content that isn't ZIP only encryption is looked for.
    """
    if content.startswith(OLE) and _ENCRYPTED in content:
        raise Encrypted
    if not content.startswith(ZIP):
        return Examined(heavy=True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if _WORKBOOK not in archive.namelist():
            raise NotAWorkbook
        size = sum(entry.file_size for entry in archive.infolist())
        if size > _MOST_BYTES:
            msg = f"解压后有{size // 1_000_000}兆字节"
            raise TooLarge(msg)
        parts = {entry.filename: _examine_part(archive, entry) for entry in archive.infolist()}
        if sum(seen.cells for _, seen in parts.values()) > MOST_CELLS:
            _refuse_many(archive)
        names, from_1904 = _sheet_names(archive)
        pictures = any(name.startswith(_PICTURES) for name in archive.namelist())
    sheets = {name: parts[part][0] for part, name in names.items() if part in parts}
    return Examined(sheets, from_1904, pictures, _is_heavy([seen for _, seen in parts.values()], size))


def _is_heavy(parts: Sequence[Glance], size: int) -> bool:
    """Say whether much is written, many cells are to be laid out, or texts to be copied into many cells."""
    copied = sum(seen.shared for seen in parts) * max((seen.longest for seen in parts), default=0)
    return max(size, copied) > _HEAVY_BYTES or sum(seen.cells for seen in parts) > _HEAVY_CELLS


def _refuse_many(archive: zipfile.ZipFile) -> None:
    """Refuse a workbook whose sheets have too many cells together, those that hold nothing left out."""
    extents = [exact_extent(archive, entry) for entry in archive.infolist() if entry.filename.endswith(".xml")]
    if (cells := sum(row * column for row, column in extents)) > MOST_CELLS:
        msg = f"各工作表合计{cells}格，超过{MOST_CELLS // 10_000}万格"
        raise TooLarge(msg)


def _sheet_names(archive: zipfile.ZipFile) -> tuple[dict[str, str], bool]:
    """Return part → sheet's name, and whether days count from 1904. Read as text: no entity is ever expanded."""
    book = archive.read(_WORKBOOK).decode("utf-8", "replace")
    relations = "xl/_rels/workbook.xml.rels"
    links = archive.read(relations).decode("utf-8", "replace") if relations in archive.namelist() else ""
    targets = {}
    for tag in _RELATION.findall(links):
        told = dict(_ATTRIBUTE.findall(tag))
        target = told.get("Target", "")
        targets[told.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    names = {}
    for tag in _SHEET.findall(book):
        told = {key.rpartition(":")[2]: value for key, value in _ATTRIBUTE.findall(tag)}
        names[targets.get(told.get("id", ""), "")] = html.unescape(told.get("name", ""))
    return names, bool(re.search(r"\bdate1904\s*=\s*[\"'](?:1|true)", book))


def _examine_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[Oddities, Glance]:
    """Measure how far a part's cells reach, and note what is odd in them. The rest of the parts has none."""
    odd, seen = Oddities(), Glance()
    is_xml = entry.filename.endswith((".xml", ".rels"))
    for text in _pieces(archive, entry):
        if is_xml and _ENTITIES.search(text):
            raise NotAWorkbook  # no office program writes them; expanded, they may fill any memory
        seen.see(text)
        _note_oddities(text, odd, prefixed=not seen.plain)
    if seen.cells > MOST_CELLS or (is_xml and not seen.plain):
        seen.row, seen.column = exact_extent(archive, entry)
    if seen.cells > MOST_CELLS:
        msg = f"内容一直占到第{seen.row}行、第{seen.column}列"
        raise TooLarge(msg)
    return odd, seen


def _note_oddities(text: bytes, odd: Oddities, *, prefixed: bool) -> None:
    if b't="e"' in text or (b"'" in text and b"t='e'" in text):
        for column, row, value in _ERROR.findall(text):
            odd.errors[int(row) - 1, column_number(column.decode()) - 1] = value.decode("ascii", "replace")
    if b"<f" in text or (prefixed and b":f" in text):
        for column, row in _UNWORKED.findall(text):
            odd.errors.setdefault((int(row) - 1, column_number(column.decode()) - 1), UNWORKED)
    if b"hidden" in text:
        odd.hidden_rows |= {int(row) for row in _HIDDEN_ROW.findall(text)}


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part piece by piece; each begins with the end of the one before."""
    with archive.open(entry) as part:
        rest = b""
        while piece := part.read(_CHUNK):
            text = rest + piece
            yield text[: text.rfind(b">") + 1]
            rest = text[-_LONGEST_TAG:]
