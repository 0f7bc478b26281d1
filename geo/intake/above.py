"""The township that rows above tell: in a heading of its own, or in the last cell that was filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.faults import Fault
from geo.files.row_kinds import place_in
from geo.files.titles import layers_in_title
from geo.intake.table_notes import listed
from geo.words.cells import is_blank
from geo.words.vocabulary import is_header, plain, words

if TYPE_CHECKING:
    from geo.admin.gazetteer import Gazetteer
    from geo.files.sheets import RawTable
    from geo.intake.rows import Row
    from geo.words.cells import Cell


class Above:
    """What the rows of one table take from those above them, asked from top to bottom."""

    def __init__(self, table: RawTable, gazetteer: Gazetteer) -> None:
        self._table = table
        self._headings = {
            row: _township_in(text, gazetteer)
            for row, text in table.sections
            if not is_header(text) and not layers_in_title(text)  # 社区, 科普活动站: headings of another kind
        }
        self._passed = 0
        self._township: Cell = None
        self._ended = 0
        self._carried: list[int] = []
        self._lost: dict[int, None] = {}
        self._plain: set[str] = set()
        """What stands in cells that tell a township themselves."""

    def township_of(self, row: Row) -> Cell:
        """Return the township that a row takes from those above it; None where it tells its own, or has a code.

        A heading that is no township's name ends what was told above it.
        """
        headings = [at for at in self._headings if self._passed < at < row.number] if self._headings else ()
        if headings:
            self._township = self._headings[max(headings)]
            self._ended = 0 if self._township is not None else max(headings)
        self._passed = row.number
        written = row.cell("township")
        if type(written) is str and written in self._plain:
            self._township, self._ended = written, 0
            return None
        if plain(row.text("township")) in words("ditto"):
            return self._township
        if not is_blank(written):
            self._township, self._ended = written, 0
            if type(written) is str:
                self._plain.add(written)
            return None
        if not is_blank(row.cell("unit_code")) or is_blank(row.cell("village")):
            return None
        if self._township is None:
            self._lost |= {self._ended: None} if self._ended else {}
            return None
        if not headings and "township" in row.fields:
            self._carried.append(row.number)
        return self._township

    def faults(self) -> list[Fault]:
        """Tell which rows took their township from above, and which headings kept others from it."""
        faults = [self._unknown(row, text) for row, text in self._table.sections if row in self._lost]
        if self._carried:
            told = f"{listed(self._carried)}没有填乡镇（街道），按上面一行的读取"
            faults.append(self._warning("township-carried", told, "请核对", self._carried[0]))
        return faults

    def _unknown(self, row: int, text: str) -> Fault:
        told = f"小标题“{text}”不是乡镇（街道）的名称，下面的行没有乡镇（街道）"
        return self._warning("heading-unknown", told, "请写乡镇（街道）的全名，或逐行填写乡镇（街道）", row)

    def _warning(self, code: str, told: str, remedy: str, row: int) -> Fault:
        return Fault("warning", code, self._table.file, told, remedy, sheet=self._table.sheet, row=row)


def _township_in(heading: str, gazetteer: Gazetteer) -> str | None:
    ways = (heading, place_in(heading))
    return next((text for text in ways if len(gazetteer.find_township(text)) == 1), None)
