"""Turn the raw tables of a file into layer records, and gather every fault on the way."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from geo.columns import LEDGER, Field, map_columns, speaks_of
from geo.faults import Fault, has_errors
from geo.harvest import Harvest
from geo.identity import assign_ids
from geo.ledger import read_ledger
from geo.listing import read_listing
from geo.positions import Positions
from geo.rows import Ground, Row
from geo.schema import layer_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.crs import Datum
    from geo.place import Place
    from geo.sheets import RawTable


@dataclass(frozen=True)
class Normaliser:
    """Reads tables of a place. `datum` is that of coordinates whose row names none; None is undeclared."""

    place: Place
    datum: Datum | None = None

    @cached_property
    def ground(self) -> Ground:
        """The place's units and lines, ready for look-ups."""
        return Ground(self.place.gazetteer, Positions(self.place), self.datum or "cgcs2000")

    def read(self, tables: Sequence[RawTable], layer: str) -> Harvest:
        """Read all tables of one file as a layer (or `ledger`).

        Sheets that aren't data of the layer (explanations) and sheets that hold only a
        header are passed over with a note, unless that leaves none: then their faults are
        reported.
        """
        harvest = Harvest()
        mapped = [(table, *map_columns(table, layer)) for table in tables]
        usable = [not has_errors(faults) for _, _, faults in mapped]
        filled = False
        for (table, fields, faults), fits in zip(mapped, usable, strict=True):
            if any(usable) and not fits and not speaks_of(fields):
                harvest.faults.append(_note(table, "sheet-skipped", "这张工作表不是数据表，未读取"))
                continue
            harvest.faults += faults
            if fits:
                filled = self._read_table(table, layer, fields, harvest) or filled
        if any(usable) and not filled:
            harvest.faults.append(
                Fault("error", "no-rows", tables[0].file, "表头下面没有数据行", "请确认交来的是填好的表")
            )
        for name, records in harvest.records.items():
            harvest.records[name], odd = assign_ids(name, records)
            harvest.faults += odd
        harvest.settle_none()
        return harvest

    def _read_table(self, table: RawTable, layer: str, fields: Mapping[str, Field], harvest: Harvest) -> bool:
        """Read a table's rows; False if it has none."""
        filled = False
        for number, cells in table.rows():
            filled = True
            row = Row(self.ground, table, number, cells, fields, harvest)
            if layer == LEDGER:
                read_ledger(row)
            else:
                read_listing(row, layer_named(layer))
        if not filled:
            harvest.faults.append(_note(table, "sheet-empty", "这张工作表只有表头"))
        elif "lon" in fields and self.datum is None and "datum" not in fields:
            told = "没有注明坐标系，按 CGCS2000 读取"
            harvest.faults.append(_note(table, "datum-assumed", told, "如是高德、百度坐标，请用 --datum 指明"))
        return filled


def _note(table: RawTable, code: str, message: str, remedy: str = "") -> Fault:
    return Fault("note", code, table.file, message, remedy, sheet=table.sheet)
