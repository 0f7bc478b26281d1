"""Turn the raw tables of a file into layer records, and gather every fault on the way."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import shapely

from geo.admin.gazetteer import full_code
from geo.errors import InputRefused
from geo.faults import Fault, has_errors
from geo.files.mixed import by_facility_type
from geo.intake.above import Above
from geo.intake.columns import AUTO, LEDGER, detect_layer, map_columns, rival, speaks_of
from geo.intake.decisions import Decisions
from geo.intake.ground import Ground, Memory
from geo.intake.harvest import Harvest
from geo.intake.identity import assign_ids
from geo.intake.landmarks import Landmarks
from geo.intake.ledger import placed_layer, read_ledger
from geo.intake.listing import read_listing
from geo.intake.merged_cells import merged_over_units
from geo.intake.parts import settle_parts
from geo.intake.positions import Positions
from geo.intake.rows import Row
from geo.intake.table_notes import headless, hidden, note, of_another, skipped, told_of, unclear
from geo.intake.table_positions import Judge, places_in
from geo.intake.understood import Understood
from geo.intake.unread import continues, explains, holds_data, only_holds, unit_columns
from geo.intake.watching import EVERY, SILENT, Watch
from geo.schema import layer_named
from geo.words.vocabulary import stands_beside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from geo.crs import Datum
    from geo.files.sheets import RawTable
    from geo.intake.columns import Field
    from geo.intake.landmarks import Known
    from geo.intake.table_positions import TablePositions
    from geo.place import Place

_NEAR_DEGREES, _DEGREE_M = 0.1, 111_200.0
"""By which the points of a column without a telling header may lie outside of the place."""


@dataclass(frozen=True)
class Normaliser:
    """Reads tables of a place.

    `datum` is that of coordinates whose row names none; None is undeclared, and judged. `reported_on`:
    the day of the report, by default the one on which it came, else today; later days are doubted.
    `decisions`: what people decided about names that can't be told.
    """

    place: Place
    datum: Datum | None = None
    reported_on: date | None = None
    received_on: date | None = None
    """The day on which the report came: a day without a year can't lie after it."""
    decisions: Decisions = field(default_factory=Decisions)
    called: Mapping[str, str] = field(default_factory=dict)
    """Header as written → the header that a person says it means."""
    known: Callable[[], Iterable[Known]] = tuple
    """Where facilities are known to stand; asked for once a table with coordinates is met."""
    watch: Watch = SILENT
    """Is told how many rows are read."""

    @cached_property
    def judge(self) -> Judge:
        """What coordinates are judged by."""
        known = list(self.known())
        proven = Landmarks.of(self.place, [one for one in known if not one.assumed])
        return Judge(self.ground.positions, proven, Landmarks.of(self.place, known), self.datum)

    @cached_property
    def ground(self) -> Ground:
        """The place's units and lines, ready for look-ups."""
        day = self.reported_on or self.received_on or date.today()
        return Ground(self.place.gazetteer, Positions(self.place), day, self.decisions)

    def read(self, tables: Sequence[RawTable], layer: str) -> Harvest:
        """Read all tables of one file as a layer, `ledger`, or each as what its header shows (`auto`).

        Sheets that aren't data (explanations) and sheets that hold only a header are passed
        over with a note, unless that leaves none: then their faults are reported; the sheets that
        our own workbooks have beside the data are, in silence. A sheet
        of another layer than the one asked for is an error: its rows would count as what
        they are not.
        """
        harvest = Harvest()
        day = self.received_on or self.ground.reported_on
        tables = [replace(table, calendar=replace(table.calendar, until=day)) for table in tables]
        shown = list(by_facility_type(table for table in tables if not table.hidden))
        harvest.faults += [fault for table in shown for fault in table.notes]
        mapped = [self._map(table, layer) for table in shown]
        mapped = [m for m in mapped if m.speaks or not stands_beside(m.table.sheet)] or mapped
        usable = [mapping for mapping in mapped if mapping.usable]
        filled = False
        for mapping in mapped:
            if usable and not mapping.usable and not mapping.speaks:
                self._pass_over(mapping.table, layer, usable[0], harvest)
                continue
            harvest.faults += [fault for fault in mapping.faults if fault not in harvest.faults]
            if mapping.usable:
                filled = self._read_table(mapping, harvest) or filled
        self._pass_hidden([table for table in tables if table.hidden], usable, harvest)
        if usable and not filled:
            harvest.faults.append(
                Fault("error", "no-rows", tables[0].file, "表头下面没有数据行", "请确认交来的是填好的表")
            )
        for name, records in harvest.records.items():
            harvest.records[name], odd = assign_ids(name, records)
            harvest.faults += odd
        settle_parts(harvest, self.place.gazetteer)
        harvest.settle_none()
        harvest.settle_repairs()
        harvest.settle_later()
        return harvest

    def _pass_over(self, table: RawTable, layer: str, first: _Mapping, harvest: Harvest) -> None:
        """Say that a sheet isn't read; refuse one that goes on with the data of the first without its header."""
        if continues(table, unit_columns(first.table.header), self.place.gazetteer.is_name):
            harvest.faults.append(headless(table))
            return
        harvest.faults.append(skipped(table, layer))
        if not explains(table):
            harvest.unread.setdefault(table.sheet or "")

    def _pass_hidden(self, tables: Sequence[RawTable], usable: Sequence[_Mapping], harvest: Harvest) -> None:
        """Say which sheets are hidden, and remember those that hold data."""
        columns = unit_columns(usable[0].table.header) if usable else ()
        harvest.faults += [hidden(table) for table in {table.sheet: table for table in tables}.values()]
        for table in tables:
            if holds_data(table, columns, self.place.gazetteer.is_name):
                harvest.unread.setdefault(table.sheet or "")

    def _is_code(self, text: str) -> bool:
        code = full_code(text)
        return code is not None and self.place.gazetteer.current(code) is not None

    def _is_here(self, lon: float, lat: float) -> bool:
        outline, slack = self.ground.positions.outline
        return bool(shapely.dwithin(outline, shapely.Point(lon, lat), _NEAR_DEGREES + slack / _DEGREE_M))

    def _map(self, table: RawTable, layer: str) -> _Mapping:
        """Find a table's layer, where it is not told, and its columns."""
        if table.layer is not None:
            if layer not in (AUTO, LEDGER, table.layer):
                return _Mapping(table, None, {}, [of_another(table, layer, table.layer)], speaks=True)
            fields, faults = map_columns(table, table.layer, self.called, self._is_code, self._is_here)
            return _Mapping(table, table.layer, fields, faults, speaks=True)
        if layer != AUTO:
            fields, faults = map_columns(table, layer, self.called, self._is_code, self._is_here)
            other = rival(table, layer)
            if other is None:
                return _Mapping(table, layer, fields, faults, speaks=speaks_of(fields))
            return _Mapping(table, None, {}, [of_another(table, layer, other)], speaks=True)
        try:
            found = detect_layer(table)
        except InputRefused as refusal:
            return _Mapping(table, None, {}, list(refusal.faults), speaks=True)
        if found is None:
            return _Mapping(table, None, {}, [unclear(table)], speaks=False)
        fields, faults = map_columns(table, found, self.called, self._is_code, self._is_here)
        return _Mapping(table, found, fields, faults, speaks=True)

    def _read_table(self, mapping: _Mapping, harvest: Harvest) -> bool:
        """Read a table's rows; False if it has none."""
        table, layer = mapping.table, str(mapping.layer)
        harvest.layers.setdefault(layer, None)
        filled = False
        above = Above(table, self.place.gazetteer)
        rows = list(self._rows(mapping, above))
        harvest.tables.append(Understood.of(table, layer, mapping.fields, len(rows)))
        placed = self._positions(mapping, rows, harvest)
        for row in rows:
            filled = True
            harvest.read.add((table.sheet, row.number))
            if len(harvest.read) % EVERY == 0:
                self.watch.at("rows", len(harvest.read))
            row.placed, row.harvest, row.failed = placed, harvest, False
            if layer == LEDGER:
                read_ledger(row)
            else:
                read_listing(row, layer_named(layer))
        told = [*told_of(table), *above.faults(), *merged_over_units(table, mapping.fields, harvest)]
        harvest.faults += [fault for fault in told if fault not in harvest.faults]  # tables may share a header
        if not filled:
            harvest.faults.append(note(table, "sheet-empty", "这张工作表只有表头"))
        return filled

    def _rows(self, mapping: _Mapping, above: Above) -> Iterator[Row]:
        """Yield a table's rows; what is found before they are read goes to a harvest on trial."""
        trial, memory = Harvest(), Memory()
        counted = mapping.fields.get("number")
        for number, cells in mapping.table.rows():
            if counted is not None and only_holds(cells, counted.position):
                continue  # numbered in advance
            row = Row(self.ground, mapping.table, number, cells, mapping.fields, trial, memory=memory)
            row.township = above.township_of(row)
            yield row

    def _positions(self, mapping: _Mapping, rows: Sequence[Row], harvest: Harvest) -> TablePositions | None:
        """Judge a table's coordinates before its rows are read; None where it has none, or they aren't read."""
        if not places_in(mapping.fields):
            return None
        layer = placed_layer(mapping.fields) if mapping.layer == LEDGER else mapping.layer
        if layer is None:
            told, remedy = "台账一行是一个单位，看不出坐标是哪一类设施的，没有读取", "设施的坐标请用设施清单报送"
            harvest.faults.append(note(mapping.table, "coordinates-unread", told, remedy))
            return None
        if mapping.layer == LEDGER:
            harvest.faults.append(note(mapping.table, "coordinates-of", f"坐标按{layer_named(layer).label}的位置读取"))
        found = self.judge.judge(rows, mapping.table, layer_named(layer))
        harvest.faults += found.faults
        harvest.datums.update(dict.fromkeys(found.found))
        return found


@dataclass(frozen=True)
class _Mapping:
    """What a table is taken for. `layer`: None where that can't be told; `speaks`: whether it means to be data."""

    table: RawTable
    layer: str | None
    fields: Mapping[str, Field]
    faults: list[Fault]
    speaks: bool

    @property
    def usable(self) -> bool:
        """Whether its rows can be read."""
        return self.layer is not None and not has_errors(self.faults)
