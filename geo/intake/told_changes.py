"""When the content of a board was changed, as a row tells it: in one cell, or in columns for turns, months, years."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.faults import Fault
from geo.words.cells import is_blank, read_dates, text_of
from geo.words.header_periods import denies_change, within_period

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from geo.intake.rows import Row
    from geo.words.cells import Cell
    from geo.words.header_periods import HeaderPeriod

    Record = dict[str, Any]


def changes_told(row: Row, whole: str, last: str) -> Record:
    """Join 更换日期 (all of them) and 最近更换日期 (the last only) into `updates` and `last_only`.

    () is "never"; None is unknown. A "none" under a year or a month only says: not then.
    """
    days: dict[str, tuple[date, ...]] = {}
    denied: dict[str, list[str]] = {}
    never = False
    for name in (whole, last):
        cells, not_then = _under(row, name)
        if cells:
            try:
                days[name] = read_dates(*cells, calendar=row.table.calendar)
            except ValueError as problem:
                row.refuse_cell("cell-dates", name, problem)
            else:
                row.doubt_future(name, days[name])
                never |= name == whole and not days[name] and text_of(cells[0])[0].isalnum()  # a dash says little
        denied |= {name: not_then} if not_then else {}
    if not days:
        for name, not_then in denied.items():
            _tell_not_then(row, name, not_then)
        return {"updates": None, "last_only": None}
    if never and days.get(last):
        row.refuse("none-and-some", whole, "报没有更换过，却又填了最近更换日期", "请核对后改正")
    every = {day for found in days.values() for day in found}
    return {"updates": tuple(sorted(every)), "last_only": bool(days.get(last)) and not days.get(whole)}


def _under(row: Row, name: str) -> tuple[list[Cell], list[str]]:
    """Return the filled cells of all columns under a header, and the times that others say there was no change in."""
    at = row.fields.get(name)
    if at is None:
        return [], []
    cells = {n: row.cells[n] for n in (at.position, *at.more) if n < len(row.cells)}
    not_then = []
    for n, period in at.periods:
        cell = cells.get(n)
        if is_blank(cell):
            continue
        if period.bounded and denies_change(cell):
            not_then.append(period.label)
            del cells[n]
            continue
        cells[n] = within_period(cell, period)
        if period.bounded:
            _doubt_elsewhere(row, name, cells[n], period)
    return [cell for cell in cells.values() if not is_blank(cell)], not_then


def _doubt_elsewhere(row: Row, name: str, cell: Cell, period: HeaderPeriod) -> None:
    """Doubt days that aren't of the time that their header tells; the days hold."""
    try:
        days = read_dates(cell, calendar=row.table.calendar)
    except ValueError:
        return  # told when all of them are read
    if strays := [day for day in days if not period.holds(day)]:
        told = f"列名写的是{period.label}，填的是{strays[0].isoformat()}"
        row.warn("date-elsewhere", name, told, "按填的日期读取，请核对")


def _tell_not_then(row: Row, name: str, times: Sequence[str]) -> None:
    """Say, once for all rows, that nothing is known of other times than those without a change."""
    told = f"{'、'.join(times)}没有更换，别的时间没有填；不当作从未更换，按未上报计"
    fault = Fault(
        "warning", "not-changed-then", row.table.file, told, "换过的请填日期；从未更换的请在“更换日期”列填“无”",
        sheet=row.table.sheet, column=row.fields[name].header,
    )  # fmt: skip
    row.harvest.repairs.setdefault(fault, []).append(row.number)
