"""One row of a raw table: its cells by canonical column, its unit, and the faults found in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from geo.crs import DATUM_LABELS
from geo.faults import Fault
from geo.intake.coordinates import Unreadable, columns_of
from geo.intake.decisions import Decisions
from geo.intake.resolve import Resolver, Unresolved
from geo.intake.table_positions import pair_of
from geo.months import Month
from geo.words.cells import is_blank, read_cell, read_dates, text_of
from geo.words.vocabulary import choices_of, plain, says_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geo.admin.gazetteer import Gazetteer
    from geo.crs import Datum
    from geo.files.sheets import RawTable
    from geo.intake.columns import Field
    from geo.intake.found import Found
    from geo.intake.harvest import Harvest
    from geo.intake.positions import Positions
    from geo.intake.resolve import Needed
    from geo.intake.table_positions import TablePositions
    from geo.schema import Column, Layer
    from geo.words.cells import Cell

    Record = dict[str, Any]

_REMEMBERED = 100_000
_MAY_NAME_PEOPLE = {"person", "phone", "count", "communicators.count"}
"""Columns whose cells may hold a person: faults never repeat them."""


def month_only(layer: Layer, record: Record) -> Record:
    """Return the layer's starting date as a plain day, and whether only its month is known."""
    if layer.starts is None or not any(column.name == "month_only" for column in layer.columns):
        return {}
    start = record.get(layer.starts)
    if not isinstance(start, Month):
        return {"month_only": None if start is None else False}
    return {layer.starts: start.first, "month_only": True}


@dataclass(frozen=True)
class Ground:
    """What rows are held against: the units, the lines, and the day of report.

    `decisions`: what people decided about names that can't be told.
    """

    gazetteer: Gazetteer
    positions: Positions
    reported_on: date
    decisions: Decisions = field(default_factory=Decisions)
    known: dict[tuple[object, ...], object] = field(default_factory=dict, repr=False)
    """What cells were read as, by column and content."""

    @cached_property
    def resolver(self) -> Resolver:
        """Tells the units; one for all rows, so that each spelling is resolved once."""
        return Resolver(self.gazetteer, self.decisions)


@dataclass
class Row:
    """A row being read. Faults go to the harvest; a row that `failed` yields no record."""

    ground: Ground
    table: RawTable
    number: int
    cells: tuple[Cell, ...]
    fields: Mapping[str, Field]
    harvest: Harvest
    township: Cell = None
    """The township of the rows above, where the row's own cell is left blank or says 同上."""
    failed: bool = False
    placed: TablePositions | None = None
    """How the table's coordinates are read."""

    def cell(self, name: str) -> Cell:
        """Return the cell of a canonical column; None where the table has no such column."""
        at = self.fields.get(name)
        return self.cells[at.position] if at and at.position < len(self.cells) else None

    def under(self, name: str) -> list[Cell]:
        """Return the filled cells of all columns under the header of a canonical column."""
        at = self.fields.get(name)
        cells = [self.cells[n] for n in (at.position, *at.more) if n < len(self.cells)] if at else []
        return [cell for cell in cells if not is_blank(cell)]

    def text(self, name: str) -> str:
        """Return a cell as people see it."""
        return text_of(self.cell(name))

    @property
    def source(self) -> Record:
        """Where the row stands."""
        return {"file": self.table.file, "sheet": self.table.sheet, "row": self.number}

    @property
    def header(self) -> Record:
        """Where the table's header stands."""
        return {"file": self.table.file, "sheet": self.table.sheet, "row": self.table.header_row}

    def refuse(self, code: str, column: str | None, message: str, remedy: str = "") -> None:
        """Note an error: the row yields no record and its file is not imported."""
        self.failed = True
        self._note("error", code, column, message, remedy)

    def warn(self, code: str, column: str | None, message: str, remedy: str = "") -> None:
        """Note what is odd and still stored."""
        self._note("warning", code, column, message, remedy)

    def _note(self, severity: str, code: str, column: str | None, message: str, remedy: str) -> None:
        at = self.fields.get(column or "")
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
                value=self.text(column) if column and at and column not in _MAY_NAME_PEOPLE else None,
            )
        )

    def refuse_cell(self, code: str, column: str, problem: ValueError) -> None:
        """Note what a cell's reader found; its message is "what was found;what to do"."""
        message, _, remedy = str(problem).partition("；")
        self.refuse(code, column, message, remedy or "请改正")

    def unit(self, blank_village: Needed) -> str | None:
        """Return the code of the unit that the row means; None, with a fault, where it can't be told."""
        try:
            found = self.ground.resolver.unit(
                code=self.cell("unit_code"),
                township=self.township if self.township is not None else self.cell("township"),
                village=self.cell("village"),
                blank_village=blank_village,
            )
        except Unresolved as problem:
            self._unresolved(problem)
            return None
        self._repaired(found)
        return found.code

    def units(self, column: str, own_unit: str | None) -> tuple[str, ...] | None:
        """Return the codes of a list of units; () for "none", None for a blank: nobody said which."""
        if own_unit is None or is_blank(self.cell(column)):
            return None
        if says_none(self.text(column)):
            return ()
        try:
            listed = self.ground.resolver.units(self.cell(column), own_unit=own_unit, field=column)
        except Unresolved as problem:
            self._unresolved(problem)
            return ()
        for found in listed:
            self._repaired(found)
        return tuple(sorted({found.code for found in listed}))

    def _unresolved(self, problem: Unresolved) -> None:
        self.refuse(problem.code, self._column_of(problem.field), problem.message, problem.remedy)
        self.harvest.faults[-1] = replace(self.harvest.faults[-1], candidates=problem.candidates, asked=problem.asked)

    def _repaired(self, found: Found) -> None:
        """Keep what was read otherwise than written, to be told once for all rows that it befell."""
        for repair in found.repairs:
            at = self.fields.get(self._column_of(repair.field) or "")
            told = Fault(repair.severity, repair.code, self.table.file, repair.message, repair.remedy,
                         sheet=self.table.sheet, column=at.header if at else None, value=repair.written)  # fmt: skip
            self.harvest.repairs.setdefault(told, []).append(self.number)

    def _column_of(self, name: str) -> str | None:
        """Return the column at fault, where the table has it, else another that tells the unit."""
        return next((shown for shown in (name, "village", "township", "unit_code") if shown in self.fields), None)

    def value(self, column: Column, layer: str, *, key: str | None = None) -> object:
        """Read the cell of a column as its kind. `key`: the column's name in a ledger."""
        name = key or column.name
        at = self.fields.get(name)
        try:
            found = self._read(self.cell(name), column, layer, at.measure if at else None)
        except ValueError as problem:
            self.refuse_cell(f"cell-{column.kind}", name, problem)
            return None
        if isinstance(found, date) and not column.lies_ahead:
            self._doubt_future(name, [found])
        return found

    def _read(self, cell: Cell, column: Column, layer: str, measure: str | None) -> object:
        """Read a cell, or remember what the same text was read as: yes, kinds and days stand in many rows."""
        if column.kind == "text":
            return read_cell(cell, column, layer)
        known, key = self.ground.known, (layer, column.name, measure, self.table.calendar, type(cell), cell)
        if key not in known:
            if len(known) > _REMEMBERED:
                known.clear()
            known[key] = read_cell(cell, column, layer, measure=measure, calendar=self.table.calendar)
        return known[key]

    def _doubt_future(self, name: str, days: Iterable[date]) -> None:
        """Warn of days after the report: they count from then on, but are more likely slips of the pen."""
        if any(day > self.ground.reported_on for day in days):
            self.warn("date-future", name, f"日期在报送日（{self.ground.reported_on.isoformat()}）之后", "请核对")

    def updates(self, whole: str, last: str) -> Record:
        """Join 更换日期 (all of them) and 最近更换日期 (the last only) into `updates` and `last_only`.

        () is "never"; None is unknown.
        """
        days: dict[str, tuple[date, ...]] = {}
        for name in (whole, last):
            if cells := self.under(name):
                try:
                    days[name] = read_dates(*cells, calendar=self.table.calendar)
                except ValueError as problem:
                    self.refuse_cell("cell-dates", name, problem)
                else:
                    self._doubt_future(name, days[name])
        if not days:
            return {"updates": None, "last_only": None}
        never = days.get(whole) == () and text_of(self.under(whole)[0])[0].isalnum()  # a mere dash says little
        if never and days.get(last):
            self.refuse("none-and-some", whole, "报没有更换过，却又填了最近更换日期", "请核对后改正")
        every = {day for found in days.values() for day in found}
        return {"updates": tuple(sorted(every)), "last_only": bool(days.get(last)) and not days.get(whole)}

    # -- coordinates -------------------------------------------------------------

    def position(self, layer: Layer, unit: str | None) -> Record:
        """Return `geometry`, the row's point in CGCS2000, and where the layer keeps it, the `datum` it came in."""
        point, datum = self._point(unit) if unit is not None else (None, None)
        keeps = any(column.name == "datum" for column in layer.columns)
        return {"geometry": point, **({"datum": datum} if keeps else {})}

    def _point(self, unit: str) -> tuple[object, Datum | None]:
        """Return the point and its datum; None where none is given ("无", 0 and blanks) or it can't be used."""
        try:
            pair = pair_of(self)
        except Unreadable as problem:
            placed = dict(zip(("lon", "lat"), columns_of(self.fields), strict=True))
            self.refuse(problem.code, placed.get(problem.column, problem.column), problem.message, problem.remedy)
            return None, None
        named = self.named_datum() if pair is not None else None
        if pair is None or self.placed is None or named is False:
            if named is False:
                self.refuse("datum-unknown", "datum", "不认识这个坐标系", f"可填：{'、'.join(DATUM_LABELS.values())}")
            return None, None
        reading = self.placed.reading(named)
        if reading is None:  # the table's own fault says why
            self.failed = True
            return None, None
        column = next((c for c in columns_of(self.fields) if c in self.fields), "position")
        try:
            lon, lat = reading.degrees_of(pair.first, pair.second)
        except ValueError:
            self.refuse("coordinate-form", column, "坐标的写法与其他行不同", f"其他行是{reading.form}，请改成一致")
            return None, None
        point, odd = self.ground.positions.locate(lon, lat, reading.datum, unit)
        if odd is not None and odd.severity == "error":
            self.refuse(odd.code, column, odd.message, odd.remedy)
            return None, None
        if odd is not None:
            self.warn(odd.code, column, odd.message, odd.remedy)
        return point, reading.datum

    def named_datum(self) -> Datum | Literal[False] | None:
        """Return the datum that the row names; None where it names none, False where it is an unknown one."""
        written = self.text("datum")
        if not written:
            return None
        found = choices_of("datum", "").get(plain(written))
        return next((known for known in DATUM_LABELS if known == found), False)
