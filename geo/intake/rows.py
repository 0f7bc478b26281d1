"""One row of a raw table: its cells by canonical column, its unit, and the faults found in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from geo.faults import Fault
from geo.intake.ground import Memory
from geo.intake.resolve import Unresolved
from geo.months import Month
from geo.schema import MONTH_FLAGS
from geo.words.cells import is_blank, read_cell, text_of
from geo.words.phones import covered
from geo.words.vocabulary import says_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geo.files.sheets import RawTable
    from geo.intake.columns import Field
    from geo.intake.found import Found
    from geo.intake.ground import Ground
    from geo.intake.harvest import Harvest
    from geo.intake.resolve import Needed
    from geo.intake.table_positions import TablePositions
    from geo.schema import Column, Layer
    from geo.words.cells import Cell

    Record = dict[str, Any]

_REMEMBERED = 20_000
_MAY_NAME_PEOPLE = {"person", "phone", "count", "communicators.count"}
"""Columns whose cells may hold a person: faults never repeat them."""


def months_told(layer: Layer, record: Record) -> Record:
    """Return the days that a layer's rows start and end on as plain ones, and whether only their month is known."""
    found: Record = {}
    for column in (layer.starts, layer.ends):
        if column is None or column not in MONTH_FLAGS:
            continue
        day, flag = record.get(column), MONTH_FLAGS[column]
        if isinstance(day, Month):
            found |= {column: day.first, flag: True}
        else:
            found[flag] = None if day is None else False
    return found


@dataclass(slots=True)
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
    memory: Memory = field(default_factory=Memory)
    plain_unit: tuple[Needed, str] | None = None
    """What was needed of a blank village, and the unit, once it was found without anything to tell."""
    told_code: str | None = None
    """The former code under which the row tells of its unit."""

    def cell(self, name: str) -> Cell:
        """Return the cell of a canonical column; None where the table has no such column."""
        if name not in self.fields:
            return None
        position = self.fields[name].position
        return self.cells[position] if position < len(self.cells) else None

    def text(self, name: str) -> str:
        """Return a cell as people see it."""
        return text_of(self.cell(name))

    @property
    def source(self) -> Record:
        """Where the row stands, and under which former code it tells of its unit, if under one."""
        told = {"told_code": self.told_code} if self.told_code else {}
        return {"file": self.table.file, "sheet": self._shown_sheet, "row": self.number, **told}

    @property
    def header(self) -> Record:
        """Where the table's header stands."""
        return {"file": self.table.file, "sheet": self._shown_sheet, "row": self.table.header_row}

    @property
    def _shown_sheet(self) -> str | None:
        return None if self.table.sheet is None else covered(self.table.sheet)

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
        if self.plain_unit is not None and self.plain_unit[0] == blank_village:
            return self.plain_unit[1]
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
        self.told_code = found.told_code
        if found.repairs:
            self._repaired(found)
        else:
            self.plain_unit = blank_village, found.code
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
        cell, known, faults = self.cell(name), self.memory.cells[name], self.harvest.faults
        written = cell if type(cell) is str else (type(cell), cell)
        if written in known:
            return known[written]
        at, before = self.fields.get(name), len(faults)
        try:
            found = read_cell(cell, column, layer, measure=at.measure if at else None, calendar=self.table.calendar)
        except ValueError as problem:
            self.refuse_cell(f"cell-{column.kind}", name, problem)
            return None
        late = False
        if isinstance(found, date) and not column.lies_ahead:  # figures may be for the month that runs
            late = self.doubt_future(name, [found.replace(day=1) if column.to_month_end else found])
        if not late and len(faults) == before and len(known) < _REMEMBERED:
            known[written] = found
        return found

    def doubt_future(self, name: str, days: Iterable[date]) -> bool:
        """Doubt days after the report: they count from then on, but can't be known yet. Says whether there are any."""
        day = self.ground.reported_on
        if not any(found > day for found in days):
            return False
        at = self.fields.get(name)
        told, remedy = f"日期在报送日（{day.isoformat()}）之后", "请核对；计划中的日期请不要填"
        column = at.header if at else None
        doubt = Fault("warning", "date-future", self.table.file, told, remedy, self.table.sheet, None, column)
        self.harvest.later.setdefault(doubt, []).append(self.number)
        return True
