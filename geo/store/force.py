"""What counts of all that was reported: which records are in force, and what they say together.

Records are never changed. What is read of a facility is worked out from all records of its id
whose batch isn't undone, oldest first: by the day on which they were reported (received, else
imported), then by batch. A report of none ends the older records of the facilities that stood
in its unit by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from geo.months import Month

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from geo.schema import Layer

    Record = dict[str, Any]
    Order = tuple[date, int]

_BLANK: tuple[object, ...] = (None, ())


@dataclass(frozen=True)
class Force:
    """`days`: batch → day of its report, for the batches not undone. `none`: unit → orders of its reports of none."""

    days: Mapping[int, date]
    none: Mapping[str, Sequence[Order]]

    def order(self, record: Mapping[str, Any]) -> Order:
        """Return what puts reports in order: day, then batch."""
        return self.days[record["batch"]], record["batch"]

    def facilities(self, rows: Iterable[Record]) -> Iterator[list[Record]]:
        """Yield the records in force of each facility, oldest first. `rows` stand in order of id."""
        for _, group in groupby(rows, itemgetter("id")):
            records = [row for row in group if row["batch"] in self.days]
            if len(records) > 1:
                records.sort(key=lambda row: (*self.order(row), row["record"]))
            if counting := self._not_denied(records) if self.none else records:
                yield counting

    def _not_denied(self, records: Sequence[Record]) -> list[Record]:
        """Drop the records before a report of none of the unit where the facility then stood."""
        left: list[Record] = []
        for record in records:
            if left and self._denied_since(left[-1], self.order(record)):
                left = []
            left.append(record)
        return [] if left and self._denied_since(left[-1], None) else left

    def _denied_since(self, record: Record, before: Order | None) -> bool:
        orders = self.none.get(record["unit_code"], ())
        since = self.order(record)
        return any(since < order and (before is None or order < before) for order in orders)


def merged(layer: Layer, records: Sequence[Record]) -> Record:
    """Say what the records of one facility, oldest first, tell together.

    Each column has its newest value that isn't blank; what only explains another column comes
    from the same record. A point from another unit is not taken along. Where the facility
    stands, and in which file, is what the newest record says. Changes of content: `changes`.
    """
    newest = records[-1]
    found = dict(newest)
    if layer.role == "figure":  # a number, its unit of measure and its evidence are one report
        return found
    for name in ("name", *(column.name for column in layer.public_columns)):
        if name in found:
            found[name] = next((r[name] for r in reversed(records) if r[name] not in _BLANK), newest[name])
    if layer.starts is not None and "month_only" in found:
        found["month_only"] = _newest_with(layer.starts, records)["month_only"]
    here = [record for record in records if record["unit_code"] == newest["unit_code"]]
    placed = _newest_with("geometry", here)
    return found | {name: placed[name] for name in ("geometry", "datum") if name in found}


def _newest_with(column: str, records: Sequence[Record]) -> Record:
    """Return the newest record that fills a column, the newest of all where none does."""
    return next((record for record in reversed(records) if record[column] is not None), records[-1])


@dataclass(frozen=True)
class Changes:
    """When a board's content changed, as far as reported.

    `updates`: all days told of; () never, None unknown. `last_only`: days before the last are
    missing. `whole_until`: the day up to which none is missing all the same, if there is one.
    """

    updates: tuple[date, ...] | None
    last_only: bool | None
    whole_until: date | None


def changes(records: Sequence[Record], days: Mapping[int, date]) -> Changes:
    """Join what the records of a board, oldest first, say of its changes.

    A full list tells of all changes up to the day of its report. A last change within that
    time adds nothing unknown; one after it leaves what lies between unknown. A newer "never"
    says that older days were wrong.
    """
    found: set[date] = set()
    whole: date | None = None
    told = [record for record in records if record["updates"] is not None]
    for record in told:
        given = record["updates"]
        found = _joined(found, given) if given else set()
        if not record["last_only"] or (whole is not None and _latest(given) <= whole):
            whole = max(filter(None, (whole, days[record["batch"]], *map(_end, given))))
    if not told:
        return Changes(None, None, None)
    last_only = bool(found) and (whole is None or _latest(found) > whole)
    return Changes(tuple(sorted(found)), last_only, whole if last_only else None)


def _joined(older: set[date], newer: Iterable[date]) -> set[date]:
    """Join days; a month alone is the same change as a day of it that the other report tells."""
    added = set(newer)
    exact = [{day.replace(day=1) for day in days if not isinstance(day, Month)} for days in (older, added)]
    kept = {day for day in older if not (isinstance(day, Month) and day.first in exact[1])}
    return kept | {day for day in added if not (isinstance(day, Month) and day.first in exact[0])}


def _latest(days: Iterable[date]) -> date:
    return max(map(_end, days))


def _end(day: date) -> date:
    """Return the last day that a day may be."""
    return day.last if isinstance(day, Month) else day
