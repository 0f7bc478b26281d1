"""Days of one row that contradict each other: closed before built, expired before titled, changed before it stood."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from geo.months import Month

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo.intake.rows import Row
    from geo.schema import Layer

    Record = dict[str, Any]

_EXPIRES = "expires_on"
_CHECK = "请核对后改正"


def first_day(day: date) -> date:
    """Return the first day that a day may be."""
    return day.first if isinstance(day, Month) else day


def last_day(day: date) -> date:
    """Return the last day that a day may be."""
    return day.last if isinstance(day, Month) else day


def never_stood(start: date | None, end: date | None) -> bool:
    """Say whether a facility that closed on one day surely had not begun on the day before."""
    return start is not None and end is not None and last_day(end) <= first_day(start)


def contradict_times(row: Row, layer: Layer, record: Record, *, ledger: bool = False) -> None:
    """Refuse a record that never was, and warn of changes of content outside of the time that it stood.

    `record` still has its months as `Month`.
    """
    prefix = f"{layer.name}." if ledger else ""
    start, end = (record.get(name) if name else None for name in (layer.starts, layer.ends))
    if never_stood(start, end):
        begun, over = layer.column(str(layer.starts)).label, layer.column(str(layer.ends)).label
        told = f"“{over}”{_iso(end)}不晚于“{begun}”{_iso(start)}，这样从来没有存在过"
        row.refuse("closed-before-start", f"{prefix}{layer.ends}", told, _CHECK)
    expires = record.get(_EXPIRES)
    if start is not None and expires is not None and last_day(expires) < first_day(start):
        begun, over = layer.column(str(layer.starts)).label, layer.column(_EXPIRES).label
        told = f"“{over}”{_iso(expires)}早于“{begun}”{_iso(start)}"
        row.refuse("expired-before-start", f"{prefix}{_EXPIRES}", told, _CHECK)
    if record.get("updates"):
        column = next((n for n in (f"{prefix}updates", f"{prefix}last_update") if n in row.fields), None)
        for code, told in outside(record["updates"], layer, start, end):
            row.warn(code, column, told, "请核对；这样的更换照报送的日期计")


def outside(updates: Iterable[date], layer: Layer, start: date | None, end: date | None) -> list[tuple[str, str]]:
    """Return (code, what is wrong) of days of change that surely lie before a start or not before a closing."""
    days = sorted(updates)
    found = []
    early = [day for day in days if start is not None and last_day(day) < first_day(start)]
    late = [day for day in days if end is not None and first_day(day) >= last_day(end) + timedelta(days=1)]
    if early:
        told = f"{_iso(early[0])}的更换早于“{layer.column(str(layer.starts)).label}”{_iso(start)}"
        found.append(("update-before-start", told))
    if late:
        told = f"{_iso(late[-1])}的更换晚于“{layer.column(str(layer.ends)).label}”{_iso(end)}"
        found.append(("update-after-closing", told))
    return found


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()
