"""One row of a raw table: its cells by canonical column, its unit, and the faults found in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from geo.cells import is_blank, read_cell, read_dates, text_of
from geo.crs import DATUM_LABELS
from geo.faults import Fault
from geo.months import Month
from geo.resolve import Unresolved, find_unit, find_units
from geo.schema import Column
from geo.vocabulary import choices_of, plain, says_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geo.admin import Gazetteer
    from geo.cells import Cell
    from geo.columns import Field
    from geo.crs import Datum
    from geo.harvest import Harvest
    from geo.positions import Positions
    from geo.resolve import Needed
    from geo.schema import Layer
    from geo.sheets import RawTable

    Record = dict[str, Any]

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
    """What rows are held against: the units, the lines, the datum of undeclared coordinates, and the day of report."""

    gazetteer: Gazetteer
    positions: Positions
    datum: Datum
    reported_on: date


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

    def cell(self, name: str) -> Cell:
        """Return the cell of a canonical column; None where the table has no such column."""
        at = self.fields.get(name)
        return self.cells[at.position] if at and at.position < len(self.cells) else None

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
            return find_unit(
                self.ground.gazetteer,
                code=self.cell("unit_code"),
                township=self.township if self.township is not None else self.cell("township"),
                village=self.cell("village"),
                blank_village=blank_village,
            )
        except Unresolved as problem:
            self._unresolved(problem)
            return None

    def units(self, column: str, own_unit: str | None) -> tuple[str, ...]:
        """Return the codes of a list of units; () for a blank or "none"."""
        if own_unit is None or is_blank(self.cell(column)) or says_none(self.text(column)):
            return ()
        try:
            return find_units(self.ground.gazetteer, self.cell(column), own_unit=own_unit, field=column)
        except Unresolved as problem:
            self._unresolved(problem)
            return ()

    def _unresolved(self, problem: Unresolved) -> None:
        shown = (problem.field, "village", "township", "unit_code")
        column = next((name for name in shown if name in self.fields), None)
        self.refuse(problem.code, column, problem.message, problem.remedy)

    def value(self, column: Column, layer: str, *, key: str | None = None) -> object:
        """Read the cell of a column as its kind. `key`: the column's name in a ledger."""
        name = key or column.name
        at = self.fields.get(name)
        try:
            measure = at.measure if at else None
            found = read_cell(self.cell(name), column, layer, measure=measure, calendar=self.table.calendar)
        except ValueError as problem:
            self.refuse_cell(f"cell-{column.kind}", name, problem)
            return None
        if isinstance(found, date) and not column.lies_ahead:
            self._doubt_future(name, [found])
        return found

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
            if not is_blank(self.cell(name)):
                try:
                    days[name] = read_dates(self.cell(name), self.table.calendar)
                except ValueError as problem:
                    self.refuse_cell("cell-dates", name, problem)
                else:
                    self._doubt_future(name, days[name])
        if not days:
            return {"updates": None, "last_only": None}
        if days.get(whole) == () and days.get(last) and self.text(whole)[0].isalnum():  # a mere dash says little
            self.refuse("none-and-some", whole, "报没有更换过，却又填了最近更换日期", "请核对后改正")
        every = {day for found in days.values() for day in found}
        return {"updates": tuple(sorted(every)), "last_only": bool(days.get(last)) and not days.get(whole)}

    # -- coordinates -------------------------------------------------------------

    def position(self, layer: Layer, unit: str | None) -> Record:
        """Return `geometry`, the row's point in CGCS2000, and where the layer keeps it, the `datum` it came in."""
        point = self._point(unit) if unit is not None else None
        keeps = any(column.name == "datum" for column in layer.columns)
        return {"geometry": point, **({"datum": self._datum() if point is not None else None} if keeps else {})}

    def _point(self, unit: str) -> object:
        """Return the point; None where none is given ("无", 0 and blanks) or it can't be used."""
        given = [not is_blank(self.cell(name)) and not says_none(self.text(name)) for name in ("lon", "lat")]
        if not any(given):
            return None
        if not all(given):
            self.refuse("coordinate-half", "lat" if given[0] else "lon", "经度、纬度只填了一个", "请补全或都留空")
            return None
        lon, lat = (self.value(Column(name, "number", name), "") for name in ("lon", "lat"))
        datum = self._datum()
        if not isinstance(lon, float) or not isinstance(lat, float) or datum is None:
            return None
        point, odd = self.ground.positions.locate(lon, lat, datum, unit)
        if odd is None:
            return point
        if odd.severity == "error":
            self.refuse(odd.code, "lon", odd.message, odd.remedy)
            return None
        self.warn(odd.code, "lon", odd.message, odd.remedy)
        return point

    def _datum(self) -> Datum | None:
        written = self.text("datum")
        if not written:
            return self.ground.datum
        found = choices_of("datum", "").get(plain(written))
        known: Datum | None = next((d for d in DATUM_LABELS if d == found), None)
        if known is None:
            self.refuse("datum-unknown", "datum", "不认识这个坐标系", f"可填：{'、'.join(DATUM_LABELS.values())}")
        return known
