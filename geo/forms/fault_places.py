"""In which cell of a file a fault stands: its row, and the column under the header that it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.files.layout import find_tables
from geo.words.cells import is_blank, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.faults import Fault
    from geo.files.layout import Grid, RawTable
    from geo.files.row_kinds import IsUnit


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell, rows and columns counted from 1. `whole_row`: the fault is the row's, told at its first filled cell."""

    sheet: str | None
    row: int
    column: int
    whole_row: bool = False


class Finder:
    """Finds faults on the sheets of one file.

    `is_unit` tells names of units, so that the tables are those that the import found.
    """

    def __init__(self, grids: Sequence[Grid], is_unit: IsUnit | None = None) -> None:
        self._grids = {grid.sheet: grid for grid in grids}
        options = {"is_unit": is_unit} if is_unit else {}
        self._tables = [table for grid in grids for table in find_tables(grid, **options)]

    def spot_of(self, fault: Fault) -> Spot | None:
        """Return the fault's cell; None where it names no row, or one that the file doesn't have."""
        grid = self._grids.get(fault.sheet)
        if grid is None or fault.row is None or not 0 < fault.row <= len(grid.rows):
            return None
        cells = grid.rows[fault.row - 1]
        columns = self._columns(fault) if fault.column else []
        if columns:
            said = [n for n in columns if n < len(cells) and text_of(cells[n]) == (fault.value or "")]
            return Spot(fault.sheet, fault.row, (said or columns)[0] + 1)
        filled = (n for n, cell in enumerate(cells) if not is_blank(cell))
        return Spot(fault.sheet, fault.row, next(filled, 0) + 1, whole_row=True)

    def _columns(self, fault: Fault) -> list[int]:
        """Return where a fault's header stands, from 0: once, or in each of several tables side by side."""
        above = [t for t in self._tables if t.sheet == fault.sheet and t.header_row <= (fault.row or 0)]
        nearest = max((table.header_row for table in above), default=0)
        return [n for table in above if table.header_row == nearest for n in _under(table, fault.column)]


def _under(table: RawTable, header: str | None) -> list[int]:
    return [n for n, text in enumerate(table.header) if text == header]
