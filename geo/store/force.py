"""What counts of all that was reported: which records are in force, and what they say together.

Records are never changed. What is read of a facility is worked out from all records of its id
whose batch isn't undone, oldest first: by the day on which they were reported (received, else
imported), then by batch. A report of none ends the older records of the facilities that stood
in its unit by then. As of a day (`as_of`) a newer report only fills in what the older ones left blank.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from geo.intake.identity import family_id, rejoin
from geo.intake.likeness import holds
from geo.months import Month
from geo.schema import MONTH_FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from geo.schema import Layer
    from geo.store.columns import Columns

    Record = dict[str, Any]
    Order = tuple[date, int]


@dataclass(frozen=True)
class Force:
    """`days`: batch → day of its report, for the batches not undone. `none`: unit → orders of its reports of none."""

    days: Mapping[int, date]
    none: Mapping[str, Sequence[Order]]

    def order(self, record: Mapping[str, Any]) -> Order:
        """Return what puts reports in order: day, then batch."""
        return self.days[record["batch"]], record["batch"]

    def until(self, day: date) -> Force:
        """Leave out the reports of none after a day."""
        kept = {unit: [order for order in orders if order[0] <= day] for unit, orders in self.none.items()}
        return Force(self.days, kept)

    def first_told(self, reports: Columns) -> dict[str, date]:
        """Return, of the units that reported none, the first day on which anything was told of them."""
        first = {unit: min(orders)[0] for unit, orders in self.none.items()}
        for unit, batch in zip(reports["unit_code"], reports["batch"], strict=True) if first else ():
            if unit in first:
                first[unit] = min(first[unit], self.days[batch])
        return first

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


class Told(NamedTuple):
    """The reports of one facility as of a day: those in force, oldest first, and later ones that fill their blanks."""

    records: list[Record]
    later: list[Record]


def as_of(layer: Layer, rows: Sequence[Record], force: Force, day: date) -> list[Told]:
    """Say what was known on a day of rows that `rejoin` may join.

    Of each facility the reports up to the day count, or, where all came later, those of the first
    day on which any came: what is told without a date is taken to hold for the days before it too.
    It isn't where its unit had reported none before.
    """
    days, alias = force.days, _families(layer.name, rows, force)
    first: dict[str, date] = {}
    for row in rows:
        family = alias[row["record"]]
        first[family] = min(first.get(family, date.max), days[row["batch"]])
    known = [row for row in rows if days[row["batch"]] <= day]
    fresh = [
        row
        for row in rows
        if day < days[row["batch"]] == first[alias[row["record"]]] and not _denied(force.none, row, force.order(row))
    ]
    found = list(force.until(day).facilities(rejoin(layer.name, known, force.order)))
    found += Force(days, {}).facilities(rejoin(layer.name, fresh, force.order))
    alone = Counter(alias[records[-1]["record"]] for records in found)
    return [
        Told(records, _later(layer, rows, records, alias, force) if alone[alias[records[-1]["record"]]] == 1 else [])
        for records in found
    ]


def _denied(none: Mapping[str, Sequence[Order]], row: Record, at: Order) -> bool:
    """Say whether a unit reported none on a day before a row, or after it on the same day."""
    return any(order[0] < at[0] or (order[0] == at[0] and order > at) for order in none.get(row["unit_code"], ()))


def _families(layer: str, rows: Sequence[Record], force: Force) -> dict[int, str]:
    """Return record → what the rows of one facility, or of several that can't be told apart, have in common."""
    written = {row["record"]: family_id(row["id"]) for row in rows}
    joined = {written[row["record"]]: family_id(row["id"]) for row in rejoin(layer, rows, force.order)}
    return {record: joined.get(family, family) for record, family in written.items()}


def _later(
    layer: Layer, rows: Sequence[Record], records: Sequence[Record], alias: Mapping[int, str], force: Force
) -> list[Record]:
    """Return the later reports of a facility that has none of its like, oldest first, up to the next none."""
    newest, order = records[-1], force.order
    family, since = alias[newest["record"]], max(order(record) for record in records)
    ends = min((o for o in force.none.get(newest["unit_code"], ()) if o > since), default=None)
    found = [
        row
        for row in rows
        if alias[row["record"]] == family
        and order(row)[0] > since[0]
        and (ends is None or order(row) < ends)
        and (layer.city_wide or row["unit_code"] == newest["unit_code"])
    ]
    found.sort(key=order)
    return found if len({order(row) for row in found}) == len(found) else []


def filling(layer: Layer, told: Told, days: Mapping[int, date]) -> list[Record]:
    """Return what later reports tell of a facility without touching what the older ones prove.

    That it was there by their day, whatever start or closing is told now; that its title had not expired;
    its changes.
    """
    proven, last = (days[told.records[at]["batch"]] for at in (0, -1))
    columns = ["name", "geometry", *(column.name for column in layer.public_columns)]
    open_ = [name for name in columns if all(record.get(name) is None for record in told.records)]
    kept = []
    for record in told.later:
        start = record[layer.starts] if layer.starts else None
        blank = {column.name: None for column in layer.columns if column.lies_ahead}
        if start is not None and start > proven and layer.starts:
            blank |= {layer.starts: None}
        if layer.ends and (end := _closed_by(layer.ends, record)) is not None and end <= last:
            blank |= {layer.ends: None, MONTH_FLAGS[layer.ends]: None}
        if record.get("updates") == ():  # never changed, says a later report: the older days stand
            blank |= {"updates": None, "last_only": None}
        filled = record | blank
        if filled.get("updates") or any(filled.get(name) is not None for name in open_):
            kept.append(filled)
    return kept


def merged(layer: Layer, records: Sequence[Record]) -> Record:
    """Say what the records of one facility, in order of growing weight, tell together.

    Each column has its newest value that isn't blank; what only explains another column comes
    from the same record. A point from another unit is not taken along. Where the facility
    stands, and in which file, is what the newest record says; of a list that one office keeps,
    a village told holds against its own township. Changes of content: `changes`.
    """
    newest = records[-1]
    found = dict(newest)
    if layer.role == "figure":  # a number, its unit of measure and its evidence are one report
        return found
    for name in ("name", *(column.name for column in layer.public_columns)):
        if name in found and found[name] is None:
            found[name] = next((r[name] for r in reversed(records) if r[name] is not None), None)
    for column in (layer.starts, layer.ends):
        if column is not None and MONTH_FLAGS.get(column) in found:
            found |= _dated(column, records)
    if layer.ends is not None and _reopened(layer, found, records):
        found |= {layer.ends: None, MONTH_FLAGS[layer.ends]: None}
    if layer.city_wide:
        for record in reversed(records):
            if holds(found["unit_code"], record["unit_code"]):
                found["unit_code"] = record["unit_code"]
    here = [record for record in records if record["unit_code"] == found["unit_code"]]
    placed = _newest_with("geometry", here)
    return found | {name: placed[name] for name in ("geometry", "datum") if name in found}


def _dated(column: str, records: Sequence[Record]) -> Record:
    """The newest day of a start or closing; of a month told alone, the day of it that another report tells."""
    flag = MONTH_FLAGS[column]
    newest = _newest_with(column, records)
    if newest[flag]:
        month = newest[column].replace(day=1)
        exact = [r for r in records if r[column] and not r[flag] and r[column].replace(day=1) == month]
        newest = exact[-1] if exact else newest
    return {name: newest[name] for name in (column, flag)}


def _closed_by(column: str, record: Record) -> date | None:
    """Return the last day that a closing may be."""
    day: date | None = record[column]
    return Month(day.year, day.month, 1).last if day is not None and record[MONTH_FLAGS[column]] else day


def _reopened(layer: Layer, found: Record, records: Sequence[Record]) -> bool:
    """Say whether a report of greater weight than that of the closing tells a start after it."""
    if layer.starts is None or layer.ends is None:
        return False
    start, end = found[layer.starts], found[layer.ends]
    if start is None or end is None or start < end:
        return False
    begun, over = (
        max(at for at, record in enumerate(records) if record[column] is not None)
        for column in (layer.starts, layer.ends)
    )
    return begun > over


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
    return known_changes([(record["updates"], record["last_only"], days[record["batch"]]) for record in records])


def known_changes(told: Iterable[tuple[Sequence[date] | None, bool | None, date]]) -> Changes:
    """Join changes, whether only the last was told, and the day of the report, oldest first: see `changes`."""
    found: set[date] | None = None
    whole: date | None = None
    for given, only, day in told:
        if given is None:
            continue
        found = _joined(found or set(), given) if given else set()
        latest = _latest(given) if given else day
        if not only or (whole is not None and latest <= whole):
            whole = max(day, latest) if whole is None else max(whole, day, latest)
    if found is None:
        return Changes(None, None, None)
    last_only = bool(found) and (whole is None or _latest(found) > whole)
    return Changes(tuple(sorted(found)), last_only, whole if last_only else None)


def _joined(older: set[date], newer: Iterable[date]) -> set[date]:
    """Join days; a month alone is the same change as a day of it that the other report tells."""
    added = set(newer)
    if Month not in map(type, older) and Month not in map(type, added):
        return older | added
    exact = [{day.replace(day=1) for day in days if not isinstance(day, Month)} for days in (older, added)]
    kept = {day for day in older if not (isinstance(day, Month) and day.first in exact[1])}
    return kept | {day for day in added if not (isinstance(day, Month) and day.first in exact[0])}


def _latest(days: Iterable[date]) -> date:
    return max(map(_end, days))


def _end(day: date) -> date:
    """Return the last day that a day may be."""
    return day.last if isinstance(day, Month) else day
