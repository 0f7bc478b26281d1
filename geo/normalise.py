"""Turn raw tables into layer records, and gather every fault on the way.

One row of a facility list is one record, or a "none" of its unit where the name says so
(无, 0, -, /). One row of a ledger is one unit with several layers: each of its cells is a
record, a "none", or, when blank, nothing at all: a blank is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from geo.admin import Gazetteer, township_of
from geo.cells import Cell, is_blank, read_cell, read_dates, read_flag, text_of
from geo.columns import LEDGER, Field, map_columns
from geo.crs import DATUM_LABELS, Datum
from geo.faults import Fault
from geo.identity import assign_ids
from geo.positions import Positions
from geo.resolve import Unresolved, find_unit, find_units
from geo.schema import Column, Layer, layer_named
from geo.vocabulary import choices_of, plain, says_none

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.place import Place
    from geo.sheets import RawTable

    Record = dict[str, Any]

_LEAST_COLUMNS = 2


@dataclass
class Harvest:
    """What was understood of a file: records by layer, units that reported none, townships covered, faults."""

    records: dict[str, list[Record]] = field(default_factory=dict)
    none: list[Record] = field(default_factory=list)
    townships: dict[str, dict[str, Record]] = field(default_factory=dict)
    """layer → township code → the header row that stands for the list."""
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Normaliser:
    """Reads tables of a place. `datum` is that of coordinates whose row names none; None is undeclared."""

    place: Place
    datum: Datum | None = None

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The place's units, ready for look-ups."""
        return self.place.gazetteer

    @cached_property
    def positions(self) -> Positions:
        """The place's lines, ready for checks."""
        return Positions(self.place)

    def read(self, tables: Sequence[RawTable], layer: str) -> Harvest:
        """Read all tables of one file as a layer (or `ledger`).

        Sheets without the layer's columns (explanations) are passed over with a note,
        unless that leaves none: then their faults are reported.
        """
        harvest = Harvest()
        mapped = [(table, *map_columns(table, layer)) for table in tables]
        usable = [m for m in mapped if not any(f.severity == "error" for f in m[2])]
        hopeless = [m for m in mapped if m not in usable and len(m[1]) < _LEAST_COLUMNS]
        for table, fields, faults in mapped:
            if usable and (table, fields, faults) in hopeless:
                harvest.faults.append(
                    Fault("note", "sheet-skipped", table.file, "这张工作表不是数据表,未读取", sheet=table.sheet)
                )
                continue
            harvest.faults += faults
            if (table, fields, faults) in usable:
                self._read_table(table, layer, fields, harvest)
        for name, records in harvest.records.items():
            harvest.records[name], faults = assign_ids(name, records)
            harvest.faults += faults
        if not any((*harvest.records.values(), harvest.none, harvest.faults)):
            harvest.faults.append(
                Fault("error", "no-rows", tables[0].file, "表头下面没有数据行", "请确认交来的是填好的表")
            )
        return harvest

    def _read_table(self, table: RawTable, layer: str, fields: Mapping[str, Field], harvest: Harvest) -> None:
        found_rows = False
        for number, cells in table.rows():
            found_rows = True
            row = _Row(self, table, number, cells, fields, harvest)
            if layer == LEDGER:
                row.read_ledger()
            else:
                row.read_list(layer_named(layer))
        if not found_rows:
            harvest.faults.append(
                Fault("error", "no-rows", table.file, "表头下面没有数据行", "请确认交来的是填好的表", sheet=table.sheet)
            )
        if "lon" in fields and self.datum is None and "datum" not in fields:
            told = "没有注明坐标系,按 CGCS2000 读取"
            harvest.faults.append(
                Fault(
                    "note", "datum-assumed", table.file, told, "如是高德、百度坐标,请用 --datum 指明", sheet=table.sheet
                )
            )


@dataclass
class _Row:
    """One row being read; faults go to the harvest, a row with errors yields no record."""

    by: Normaliser
    table: RawTable
    number: int
    cells: tuple[Cell, ...]
    fields: Mapping[str, Field]
    harvest: Harvest
    failed: bool = False

    def cell(self, name: str) -> Cell:
        at = self.fields.get(name)
        return self.cells[at.position] if at and at.position < len(self.cells) else None

    @property
    def source(self) -> Record:
        return {"file": self.table.file, "sheet": self.table.sheet, "row": self.number}

    def fault(self, severity: str, code: str, field_name: str | None, message: str, remedy: str = "") -> None:
        at = self.fields.get(field_name or "")
        self.failed = self.failed or severity == "error"
        self.harvest.faults.append(
            Fault(
                "error" if severity == "error" else "warning",
                code,
                self.table.file,
                message,
                remedy,
                sheet=self.table.sheet,
                row=self.number,
                column=at.header if at else None,
                value=text_of(self.cell(field_name)) if field_name and at else None,
            )
        )

    def unit(self, layer: Layer | None) -> str | None:
        if layer is not None and layer.name == "figures":
            return self.by.gazetteer.place_code
        try:
            return find_unit(
                self.by.gazetteer,
                code=self.cell("unit_code"),
                township=self.cell("township"),
                village=self.cell("village"),
                blank_village=layer.blank_village if layer else "ask",
            )
        except Unresolved as problem:
            self.unresolved(problem)
            return None

    def unresolved(self, problem: Unresolved) -> None:
        shown = (
            problem.field
            if problem.field in self.fields
            else next((f for f in ("village", "township", "unit_code") if f in self.fields), None)
        )
        self.fault("error", problem.code, shown, problem.message, problem.remedy)

    def value(self, column: Column, layer: str, *, key: str | None = None) -> object:
        name = key or column.name
        at = self.fields.get(name)
        try:
            return read_cell(self.cell(name), column, layer, measure=at.measure if at else None)
        except ValueError as problem:
            message, _, remedy = str(problem).partition(";")
            self.fault("error", f"cell-{column.kind}", name, message, remedy or "请改正")
            return None

    # -- lists -----------------------------------------------------------------

    def read_list(self, layer: Layer) -> None:
        unit = self.unit(layer)
        if layer.role == "facility" and "name" in self.fields and says_none(text_of(self.cell("name"))):
            if unit is not None:
                self.report_none(layer.name, unit)
            return
        record = self.list_record(layer, unit)
        if self.failed or unit is None:
            return
        self.cover(layer.name, unit)
        if layer.role == "base" and not self.fits_base(layer, unit):
            return
        if not self.says_something(layer, record):
            return
        if layer.name == "communicators" and record.get("count") == 0:
            self.report_none(layer.name, unit)
            return
        self.harvest.records.setdefault(layer.name, []).append(record)

    def list_record(self, layer: Layer, unit: str | None) -> Record:
        record: Record = {"unit_code": unit, "name": text_of(self.cell("name")) or None, **self.source}
        record["id"] = text_of(self.cell("id")) or None
        for column in layer.columns:
            if column.kind == "codes":
                record[column.name] = self.units_named(column.name, unit)
            elif column.name in self.fields and column.name != "township_code":
                record[column.name] = self.value(column, layer.name)
        if layer.name == "boards":
            self.read_updates(record, "updates", "last_update")
        if layer.name == "communicators" and "count" not in self.fields:
            record["count"] = 1
        self.require(layer, record)
        record["geometry"] = self.point(unit)
        return record

    def says_something(self, layer: Layer, record: Record) -> bool:
        """A row that names a unit and nothing else reports nothing; blanks are unknown."""
        own = [c.name for c in layer.columns if c.kind != "codes"]
        return any(record.get(c) is not None for c in ("name", "geometry", *own))

    def fits_base(self, layer: Layer, unit: str) -> bool:
        level = self.by.gazetteer.villages if layer.name == "villages" else self.by.gazetteer.townships
        if unit not in level:
            self.fault("error", "unit-level", "unit_code", f"这一行不是{layer.label}一级的单位", "请核对代码")
        return unit in level

    def require(self, layer: Layer, record: Record) -> None:
        for column in layer.columns:
            if column.required and column.name in self.fields and is_blank(self.cell(column.name)):
                self.fault("error", "cell-required", column.name, f"“{column.label}”不能为空", "请填写")

    def units_named(self, name: str, unit: str | None) -> tuple[str, ...]:
        if unit is None or is_blank(self.cell(name)) or says_none(text_of(self.cell(name))):
            return ()
        try:
            return find_units(self.by.gazetteer, self.cell(name), own_unit=unit, field=name)
        except Unresolved as problem:
            self.unresolved(problem)
            return ()

    def read_updates(self, record: Record, whole: str, last: str) -> None:
        """Join 更换日期 (all of them) and 最近更换日期 (the last only) into `updates`."""
        record["updates"] = record["last_only"] = None
        for name in (whole, last):
            if name not in self.fields or is_blank(self.cell(name)):
                continue
            try:
                days = read_dates(self.cell(name))
            except ValueError as problem:
                message, _, remedy = str(problem).partition(";")
                self.fault("error", "cell-dates", name, message, remedy or "请改正")
                continue
            record["last_only"] = name == last and record["updates"] is None and bool(days)
            record["updates"] = tuple(sorted({*(record["updates"] or ()), *days}))

    def cover(self, layer: str, unit: str) -> None:
        if unit == self.by.gazetteer.place_code:
            return
        header = {"file": self.table.file, "sheet": self.table.sheet, "row": self.table.header_row}
        self.harvest.townships.setdefault(layer, {}).setdefault(township_of(unit), header)

    def report_none(self, layer: str, unit: str) -> None:
        self.cover(layer, unit)
        self.harvest.none.append({"layer": layer, "unit_code": unit, **self.source})

    # -- coordinates -------------------------------------------------------------

    def point(self, unit: str | None) -> object:
        blank = [is_blank(self.cell(name)) for name in ("lon", "lat")]
        if all(blank) or unit is None:
            return None
        if any(blank):
            self.fault(
                "error", "coordinate-half", "lat" if blank[1] else "lon", "经度、纬度只填了一个", "请补全或都留空"
            )
            return None
        lon, lat = (self.value(Column(n, "number", n), "", key=n) for n in ("lon", "lat"))
        datum = self.datum()
        if not isinstance(lon, float) or not isinstance(lat, float) or datum is None:
            return None
        point, odd = self.by.positions.locate(lon, lat, datum, unit)
        if odd is not None:
            self.fault(odd.severity, odd.code, "lon", odd.message, odd.remedy)
        return None if odd is not None and odd.severity == "error" else point

    def datum(self) -> Datum | None:
        written = text_of(self.cell("datum"))
        if not written:
            return self.by.datum or "cgcs2000"
        found = choices_of("datum", "").get(plain(written))
        if found is None:
            self.fault(
                "error", "datum-unknown", "datum", "不认识这个坐标系", f"可填:{'、'.join(DATUM_LABELS.values())}"
            )
        known: Datum | None = next((d for d in DATUM_LABELS if d == found), None)
        return known

    # -- ledgers -----------------------------------------------------------------

    def read_ledger(self) -> None:
        unit = self.unit(None)
        if unit is None:
            return
        layers = dict.fromkeys(name.split(".")[0] for name in self.fields if "." in name)
        for name in layers:
            self.read_ledger_layer(layer_named(name), unit)

    def read_ledger_layer(self, layer: Layer, unit: str) -> None:
        record: Record = {"unit_code": unit, "name": None, **self.source}
        written = {c.name: f"{layer.name}.{c.name}" for c in layer.columns if f"{layer.name}.{c.name}" in self.fields}
        for column in layer.columns:
            key = written.get(column.name)
            if key and column.kind == "codes":
                record[column.name] = self.units_named(key, unit)
            elif key and column.kind != "dates":
                record[column.name] = self.value(column, layer.name, key=key)
        if layer.name == "boards":
            self.read_updates(record, "boards.updates", "boards.last_update")
        presence = self.presence(layer, record)
        if self.failed or presence is None:
            return
        self.cover(layer.name, unit)
        if presence:
            self.harvest.records.setdefault(layer.name, []).append(record)
        else:
            self.report_none(layer.name, unit)

    def presence(self, layer: Layer, record: Record) -> bool | None:
        """Say whether the unit has one: yes, none, or (blank) unknown; 共用, 专用 and names are yes."""
        if layer.name == "communicators":
            count = record.get("count")
            return None if count is None else bool(count)
        cell = self.cell(f"{layer.name}.presence")
        if is_blank(cell):
            return None
        text = text_of(cell)
        sharing = choices_of("sharing", layer.name).get(plain(text))
        if sharing and any(c.name == "sharing" for c in layer.columns):
            record["sharing"] = sharing
            return True
        return read_flag(cell, descriptive=True)
