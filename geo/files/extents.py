"""How far the cells of a workbook's part reach, told from its bytes before a reader lays them out.

Where all cells say plainly where they stand, as office programs write them, that is told at a glance, those that
hold nothing counted too. Else, or where that is too far, the part is parsed and placed as the reader does it:
letters small or large, cells and rows without a place after the one before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    import zipfile

_CHUNK = 1 << 20
_PREFIXED = re.compile(rb":c[\s/>]")
_COLUMN = re.compile(rb'<c r="([A-Z]{1,3})[0-9]{1,7}"')
_ROW = re.compile(rb'<c(?: r="[A-Z]{1,3}([0-9]{1,7})")?[\s/>]')
"""A cell, and its row if it says plainly where it stands."""
_TEXT_END = b"</si>"
_PLACE = re.compile(r"([A-Za-z]+)([0-9]+)")


@dataclass
class Glance:
    """The last row and column of the cells seen so far. `plain`: whether each of them says where it stands.

    `shared`: how many hold a text that all cells share, `longest`: the bytes of the longest of such texts, about.
    """

    row: int = 0
    column: int = 0
    plain: bool = True
    shared: int = 0
    longest: int = 0
    _begun: int = 0

    @property
    def cells(self) -> int:
        """How many cells the reader lays out."""
        return self.row * self.column

    def see(self, text: bytes) -> None:
        """Look at a piece of a part that doesn't end within a tag."""
        cells = _ROW.findall(text)
        rows = set(cells)
        if b"" in rows or _PREFIXED.search(text):
            self.plain = False
            rows.discard(b"")
        if rows:
            self.row = max(self.row, *map(int, rows))
            self.column = max(self.column, *(column_number(name.decode()) for name in set(_COLUMN.findall(text))), 0)
        if cells:
            self.shared += text.count(b't="s"') + (text.count(b"t='s'") if b"'" in text else 0)
        elif _TEXT_END in text:
            first, *more = map(len, text.split(_TEXT_END))
            self.longest = max(self.longest, self._begun + first, *more)
            self._begun = more[-1]
        else:
            self._begun += len(text)
            self.longest = max(self.longest, self._begun)


@dataclass
class _Placing:
    """Places the cells of a part that is being parsed. `filled`: the last row and column of those with content."""

    filled: list[int] = field(default_factory=lambda: [0, 0])
    row: int = 0
    column: int = 0
    at: tuple[int, int] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            self.row = int(attributes["r"]) if attributes.get("r", "").isdecimal() else self.row + 1
            self.column = 0
        elif name == "c":
            placed = _PLACE.fullmatch(attributes.get("r", ""))
            self.column = column_number(placed[1].upper()) if placed else self.column + 1
            self.at = int(placed[2]) if placed else self.row, self.column
        elif self.at is not None:
            self.filled = [max(pair) for pair in zip(self.filled, self.at, strict=True)]

    def end(self, tag: str) -> None:
        if tag.rpartition(":")[2] == "c":
            self.at = None


def exact_extent(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[int, int]:
    """Return the last row and column of a part's cells that hold something. Raises ValueError for broken XML."""
    placing = _Placing()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = placing.start, placing.end
    try:
        with archive.open(entry) as part:
            while piece := part.read(_CHUNK):
                parser.Parse(piece)
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ValueError(entry.filename) from error
    row, column = placing.filled
    return row, column


def column_number(letters: str) -> int:
    """Return the number of a column called by letters (A is 1, AA is 27)."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
