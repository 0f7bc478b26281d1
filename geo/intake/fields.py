"""A canonical column where it stands in a raw table, and what the schema says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.faults import Fault
from geo.schema import layer_named

if TYPE_CHECKING:
    from geo.faults import Asked, Candidate, Severity
    from geo.files.sheets import RawTable
    from geo.schema import Column
    from geo.words.header_periods import HeaderPeriod

LEDGER = "ledger"
UNIT_FIELDS = ("unit_code", "township", "village")


@dataclass(frozen=True)
class Field:
    """Where a canonical column stands: its position, the header as written, and the header's unit of measure."""

    position: int
    header: str
    measure: str | None = None
    more: tuple[int, ...] = ()
    """Further columns of the same list: under the same merged header, or for other times (3月更换, 5月更换)."""
    periods: tuple[tuple[int, HeaderPeriod], ...] = ()
    """Columns whose header tells the year or the month of the days in it."""


def definition_of(name: str, layer: str) -> Column | None:
    """The canonical column of a field; None for those that only an input has (township, lon)."""
    of, _, column = name.rpartition(".") if layer == LEDGER else (layer, "", name)
    if not of:
        return None
    return next((known for known in layer_named(of).columns if known.name == column), None)


def table_fault(
    table: RawTable, severity: Severity, code: str, message: str, remedy: str = "", column: str | None = None,
    *, candidates: tuple[Candidate, ...] = (), asked: Asked | None = None,
) -> Fault:  # fmt: skip
    """Return a fault of a table's header."""
    return Fault(severity, code, table.file, message, remedy, table.sheet, table.header_row, column,
                 candidates=candidates, asked=asked)  # fmt: skip
