"""Turn the raw tables of a file into layer records, and gather every fault on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from geo.admin import full_code
from geo.cells import is_blank
from geo.columns import AUTO, LEDGER, Field, detect_layer, label_of, map_columns, rival, speaks_of
from geo.decisions import Decisions
from geo.errors import InputRefused
from geo.faults import Fault, has_errors
from geo.harvest import Harvest
from geo.identity import assign_ids
from geo.landmarks import Landmarks
from geo.ledger import read_ledger
from geo.listing import read_listing
from geo.mixed import by_facility_type
from geo.positions import Positions
from geo.rows import Ground, Row
from geo.schema import layer_named
from geo.table_positions import Judge, places_in
from geo.vocabulary import plain, stands_beside, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from geo.admin import Gazetteer
    from geo.cells import Cell
    from geo.crs import Datum
    from geo.landmarks import Known
    from geo.place import Place
    from geo.sheets import RawTable
    from geo.table_positions import TablePositions

_MOST_ROWS = 10


@dataclass(frozen=True)
class Normaliser:
    """Reads tables of a place.

    `datum` is that of coordinates whose row names none; None is undeclared, and judged. `reported_on`:
    the day of the report, today by default; later days are doubted. `decisions`: what people
    decided about names that can't be told.
    """

    place: Place
    datum: Datum | None = None
    reported_on: date | None = None
    decisions: Decisions = field(default_factory=Decisions)
    called: Mapping[str, str] = field(default_factory=dict)
    """Header as written → the header that a person says it means."""
    known: Callable[[], Iterable[Known]] = tuple
    """Where facilities are known to stand; asked for once a table with coordinates is met."""

    @cached_property
    def judge(self) -> Judge:
        """What coordinates are judged by."""
        known = list(self.known())
        proven = Landmarks.of(self.place, [one for one in known if not one.assumed])
        return Judge(self.ground.positions, proven, Landmarks.of(self.place, known), self.datum)

    @cached_property
    def ground(self) -> Ground:
        """The place's units and lines, ready for look-ups."""
        day = self.reported_on or date.today()
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
        shown = list(by_facility_type(table for table in tables if not table.hidden))
        harvest.faults += [_hidden(table) for table in tables if table.hidden]
        harvest.faults += [fault for table in shown for fault in table.notes]
        mapped = [self._map(table, layer) for table in shown]
        mapped = [m for m in mapped if m.speaks or not stands_beside(m.table.sheet)] or mapped
        usable = [mapping.layer is not None and not has_errors(mapping.faults) for mapping in mapped]
        filled = False
        for mapping, fits in zip(mapped, usable, strict=True):
            if any(usable) and not fits and not mapping.speaks:
                harvest.faults.append(_skipped(mapping.table, layer))
                continue
            harvest.faults += mapping.faults
            if fits:
                filled = self._read_table(mapping, harvest) or filled
        if any(usable) and not filled:
            harvest.faults.append(
                Fault("error", "no-rows", tables[0].file, "表头下面没有数据行", "请确认交来的是填好的表")
            )
        for name, records in harvest.records.items():
            harvest.records[name], odd = assign_ids(name, records)
            harvest.faults += odd
        harvest.settle_none()
        harvest.settle_repairs()
        return harvest

    def _is_code(self, text: str) -> bool:
        code = full_code(text)
        return code is not None and self.place.gazetteer.current(code) is not None

    def _map(self, table: RawTable, layer: str) -> _Mapping:
        """Find a table's layer, where it is not told, and its columns."""
        if table.layer is not None:
            if layer not in (AUTO, LEDGER, table.layer):
                return _Mapping(table, None, {}, [_of_another(table, layer, table.layer)], speaks=True)
            fields, faults = map_columns(table, table.layer, self.called, self._is_code)
            return _Mapping(table, table.layer, fields, faults, speaks=True)
        if layer != AUTO:
            fields, faults = map_columns(table, layer, self.called, self._is_code)
            other = rival(table, layer)
            if other is None:
                return _Mapping(table, layer, fields, faults, speaks=speaks_of(fields))
            return _Mapping(table, None, {}, [_of_another(table, layer, other)], speaks=True)
        try:
            found = detect_layer(table)
        except InputRefused as refusal:
            return _Mapping(table, None, {}, list(refusal.faults), speaks=True)
        if found is None:
            return _Mapping(table, None, {}, [_unclear(table)], speaks=False)
        fields, faults = map_columns(table, found, self.called, self._is_code)
        return _Mapping(table, found, fields, faults, speaks=True)

    def _read_table(self, mapping: _Mapping, harvest: Harvest) -> bool:
        """Read a table's rows; False if it has none."""
        table, fields, layer = mapping.table, mapping.fields, str(mapping.layer)
        harvest.layers.setdefault(layer, None)
        filled = False
        above = _Above(table, self.place.gazetteer)
        placed = self._positions(mapping, harvest)
        for row in self._rows(mapping, harvest, above):
            filled = True
            row.placed = placed
            if layer == LEDGER:
                read_ledger(row)
            else:
                read_listing(row, layer_named(layer))
        harvest.faults += [*_told_of(table), *above.faults()]
        if layer != LEDGER:
            harvest.faults += merged_names(table, fields, harvest.records.get(layer, ()))
        if not filled:
            harvest.faults.append(_note(table, "sheet-empty", "这张工作表只有表头"))
        return filled

    def _rows(self, mapping: _Mapping, harvest: Harvest, above: _Above) -> Iterator[Row]:
        for number, cells in mapping.table.rows():
            row = Row(self.ground, mapping.table, number, cells, mapping.fields, harvest)
            row.township = above.township_of(row)
            yield row

    def _positions(self, mapping: _Mapping, harvest: Harvest) -> TablePositions | None:
        """Judge a table's coordinates before its rows are read; None where it has none, or they aren't read."""
        if not places_in(mapping.fields):
            return None
        if mapping.layer == LEDGER:
            told, remedy = "台账一行是一个单位，其中的坐标没有读取", "设施的坐标请用设施清单报送"
            harvest.faults.append(_note(mapping.table, "coordinates-unread", told, remedy))
            return None
        trial = self._rows(mapping, Harvest(), _Above(mapping.table, self.place.gazetteer))
        found = self.judge.judge(trial, mapping.table, layer_named(str(mapping.layer)))
        harvest.faults += found.faults
        harvest.datums.update(dict.fromkeys(found.found))
        return found


class _Above:
    """The township that rows above tell: in a heading of its own, or in the last cell that was filled."""

    def __init__(self, table: RawTable, gazetteer: Gazetteer) -> None:
        self._table = table
        self._headings = {row: text for row, text in table.sections if len(gazetteer.find_township(text)) == 1}
        self._passed = 0
        self._township: Cell = None
        self._carried: list[int] = []

    def township_of(self, row: Row) -> Cell:
        """Return the township that a row takes from those above it; None where it tells its own, or has a code."""
        headings = [at for at in self._headings if self._passed < at < row.number]
        if headings:
            self._township = self._headings[max(headings)]
        self._passed = row.number
        written = row.cell("township")
        if plain(row.text("township")) in words("ditto"):
            return self._township
        if not is_blank(written):
            self._township = written
            return None
        if not is_blank(row.cell("unit_code")) or is_blank(row.cell("village")) or self._township is None:
            return None
        if not headings and "township" in row.fields:
            self._carried.append(row.number)
        return self._township

    def faults(self) -> list[Fault]:
        """Tell which rows took their township from above."""
        if not self._carried:
            return []
        told = f"{_listed(self._carried)}没有填乡镇（街道），按上面一行的读取"
        return [
            Fault("warning", "township-carried", self._table.file, told, "请核对", self._table.sheet, self._carried[0])
        ]


def merged_names(table: RawTable, fields: Mapping[str, Field], records: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """Fault a name merged over rows of several units: one facility that they share, or one in each?"""
    name = fields.get("name")
    spans = [(first, last) for first, last, column in table.merged if name and column == name.position]
    if not spans:
        return []
    units = {r["row"]: r["unit_code"] for r in records if (r["file"], r["sheet"]) == (table.file, table.sheet)}
    return [
        Fault(
            "error", "name-merged", table.file, f"第{first}—{last}行的名称合并成一格，看不出是共用一处还是各有一处",
            "请拆开：共用的只留一行并填“服务单位”，各有的逐行填写", table.sheet, first, name.header if name else None,
        )
        for first, last in spans
        if len({units[row] for row in range(first, last + 1) if row in units}) > 1
    ]  # fmt: skip


def _told_of(table: RawTable) -> list[Fault]:
    """Say which rows were no data, and where the header was, unless it is plain."""
    kinds: dict[str, list[int]] = {}
    for row, kind in (*table.skipped, *((row, "小标题") for row, _ in table.sections)):
        kinds.setdefault(kind, []).append(row)
    notes = [_note(table, "rows-skipped", f"{_listed(rows)}是{kind}，不作为数据") for kind, rows in kinds.items()]
    if table.header_row > 1:
        notes.append(_note(table, "header-found", f"表头在第{table.header_row}行"))
    return notes


def _listed(rows: Sequence[int]) -> str:
    shown = "、".join(str(row) for row in rows[:_MOST_ROWS])
    return f"第{shown}行" if len(rows) <= _MOST_ROWS else f"第{shown}行等{len(rows)}行"


@dataclass(frozen=True)
class _Mapping:
    """What a table is taken for. `layer`: None where that can't be told; `speaks`: whether it means to be data."""

    table: RawTable
    layer: str | None
    fields: Mapping[str, Field]
    faults: list[Fault]
    speaks: bool


def _of_another(table: RawTable, layer: str, other: str) -> Fault:
    told = f"这张工作表是{label_of(other)}，不是{label_of(layer)}"
    remedy = f"请改用 {other} 导入，或用 auto 让每张工作表各归各类"
    return Fault("error", "sheet-other-layer", table.file, told, remedy, sheet=table.sheet, row=table.header_row)


def _unclear(table: RawTable) -> Fault:
    told, remedy = "看不出是哪一类表：没有相符的图层", "请指明图层名再导入"
    return Fault("error", "layer-unclear", table.file, told, remedy, sheet=table.sheet, row=table.header_row)


def _skipped(table: RawTable, layer: str) -> Fault:
    """A table that is no data is a note; one whose kind can't be told may be data, so it is a warning."""
    if layer != AUTO or not any(True for _ in table.rows()):
        return _note(table, "sheet-skipped", "这张工作表不是数据表，未读取")
    told = "看不出这张工作表是哪一类表，未读取"
    return Fault("warning", "sheet-skipped", table.file, told, "如是数据表，请指明图层名单独导入", sheet=table.sheet)


def _hidden(table: RawTable) -> Fault:
    told = "这张工作表是隐藏的，未读取"
    return Fault("warning", "sheet-hidden", table.file, told, "如应读取，请取消隐藏后再导入", sheet=table.sheet)


def _note(table: RawTable, code: str, message: str, remedy: str = "") -> Fault:
    return Fault("note", code, table.file, message, remedy, sheet=table.sheet)
