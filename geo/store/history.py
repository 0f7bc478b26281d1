"""What was known of a layer on earlier days: the reports that newer ones have overruled since.

Most facilities are reported once. Of the others the reports are kept in memory, and read
again for a day only when somebody asks about a day before their newest one.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from geo.admin.gazetteer import township_of
from geo.intake.identity import rejoin
from geo.intake.likeness import NAMED, name_key
from geo.layers import Notes, framed
from geo.schema import SOURCE_COLUMNS
from geo.store.columns import Columns
from geo.store.force import Told, as_of, changes, filling, merged
from geo.store.several import Several
from geo.store.tangles import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    import geopandas as gpd

    from geo.schema import Layer
    from geo.store.force import Force

    Record = dict[str, Any]

_DAYS_KEPT = 4


@dataclass(frozen=True)
class _Cluster:
    """Reports that may be of one facility. `days`: on which they came, in order; `ids`: what they are now known as."""

    days: Sequence[date]
    rows: list[Record]
    ids: tuple[str, ...]


@dataclass(frozen=True)
class _Then:
    """A layer as it was known, in place of the table `of` now; `gone`: ids of which the notes of now are no longer."""

    of: gpd.GeoDataFrame
    table: gpd.GeoDataFrame
    gone: frozenset[str]
    notes: Notes


@dataclass(frozen=True)
class History:
    """The reports of a layer that came on several days."""

    layer: Layer
    force: Force
    clusters: Sequence[_Cluster]
    several: Several
    _known: dict[tuple[int, int], tuple[list[Record], Notes]] = field(default_factory=dict, repr=False)
    """(cluster, how many of its days are over) → what was known then: the same until its next day."""
    _kept: dict[int, tuple[Columns, Notes]] = field(default_factory=dict, repr=False)
    """The same of `several`, by how many of its days are over, for some days."""
    _thens: dict[tuple[int, ...], _Then] = field(default_factory=dict, repr=False)

    def on(self, day: date, table: gpd.GeoDataFrame, notes: Notes) -> gpd.GeoDataFrame:
        """Return the layer's table with what was known on a day in place of what is known now; notes are brought up."""
        then = self._then(day, table)
        for of in then.gone:
            notes.whole_until.pop(of, None)
            notes.earlier.pop((self.layer.name, of), None)
        notes.whole_until.update(then.notes.whole_until)
        notes.earlier.update(then.notes.earlier)
        return then.table

    def _then(self, day: date, table: gpd.GeoDataFrame) -> _Then:
        """What was known on a day; the same on all days between two reports."""
        over = [bisect_right(cluster.days, day) for cluster in self.clusters]
        key = bisect_right(self.several.on_days, day.toordinal()), *over
        found = self._thens.get(key)
        if found is None or found.of is not table:
            if len(self._thens) == _DAYS_KEPT:
                self._thens.pop(next(iter(self._thens)), None)
            found = self._thens[key] = self._make(day, table)
        return found

    def _make(self, day: date, table: gpd.GeoDataFrame) -> _Then:
        due = [number for number, cluster in enumerate(self.clusters) if cluster.days[-1] > day]
        known, own = self._of_several(day)
        if not due and not len(known):
            return _Then(table, table, frozenset(), Notes())
        gone = frozenset(of for number in due for of in self.clusters[number].ids).union(known["id"])
        rows: list[Record] = []
        notes = Notes(dict(own.whole_until), dict(own.earlier))
        for told, kept in (self._on(number, day) for number in due):
            notes.whole_until.update(kept.whole_until)
            notes.earlier.update(kept.earlier)
            rows += told
        left = table[~table["id"].isin(gone)]
        then = as_table(self.layer, known + Columns.of_records(rows, known.values))
        parts = [part for part in (left, then) if len(part)]
        if parts:
            joined = pd.concat(parts, ignore_index=True)
            left = joined.sort_values(["id", "unit_code"], kind="stable", ignore_index=True)
        return _Then(table, left, gone, notes)

    def _of_several(self, day: date) -> tuple[Columns, Notes]:
        over = bisect_right(self.several.on_days, day.toordinal())
        if over not in self._kept:
            if len(self._kept) == _DAYS_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[over] = self.several.on(day)
        return self._kept[over]

    def _on(self, number: int, day: date) -> tuple[list[Record], Notes]:
        cluster = self.clusters[number]
        key = number, bisect_right(cluster.days, day)
        if key not in self._known:
            own = Notes()
            told = as_of(self.layer, cluster.rows, self.force, day)
            self._known[key] = [summed(self.layer, one, self.force, own) for one in told], own
        return self._known[key]


@dataclass(frozen=True)
class Populations:
    """Numbers of people that were reported of units: (unit, column, day, number), oldest first."""

    reports: Sequence[tuple[str, str, date, int]]

    def on(self, day: date, table: gpd.GeoDataFrame, notes: Notes) -> gpd.GeoDataFrame:
        """Return a base layer with the numbers known on a day: the newest up to it, else the first after it."""
        if all(came <= day for _, _, came, _ in self.reports):
            return table
        known: dict[tuple[str, str], tuple[date, int]] = {}
        for unit, column, came, people in self.reports:
            before = known.get((unit, column))
            if before is None or came <= day or came == before[0]:
                known[unit, column] = came, people
        table = table.copy()
        for column in {column for _, column in known}:
            told = {unit: people for (unit, of), (_, people) in known.items() if of == column}
            table[column] = table["code"].map(told).astype("Int64").fillna(table[column])
        return table


def read_history(layer: Layer, reports: Columns, force: Force, notes: Notes) -> tuple[gpd.GeoDataFrame, History]:
    """Return the facilities as all reports tell them, in order of id, and what to read of earlier days."""
    once, more, tangled = split(layer, reports, force)
    several = Several.of(layer, more, force.days)
    known, own = several.now()
    notes.whole_until.update(own.whole_until)
    notes.earlier.update(own.earlier)
    found: list[Record] = []
    dated: list[_Cluster] = []
    for cluster in _clusters(layer, tangled.records()):
        told = [
            summed(layer, Told(records, []), force, notes)
            for records in force.facilities(rejoin(layer.name, cluster, force.order))
        ]
        found += told
        denials = [o[0] for unit in {row["unit_code"] for row in cluster} for o in force.none.get(unit, ())]
        days = {force.days[row["batch"]] for row in cluster}.union(denials)
        if len(days) > 1:
            dated.append(_Cluster(sorted(days), cluster, tuple(row["id"] for row in told)))
    told_now = (once + known + Columns.of_records(found, reports.values)).in_order_of_id()
    return as_table(layer, told_now), History(layer, force, dated, several)


def _clusters(layer: Layer, rows: Iterable[Record]) -> Iterable[list[Record]]:
    """Group rows so that reports of one facility, or of several that can't be told apart, are in one group."""
    groups: dict[str, list[Record]] = {}
    if layer.name in NAMED:
        for row in rows:
            groups.setdefault(name_key(layer.name, row), []).append(row)
        return groups.values()
    if layer.city_wide:
        for row in rows:
            groups.setdefault(row["id"], []).append(row)
        return groups.values()
    homes: dict[str, str] = {}
    moved: list[tuple[str, str]] = []
    for row in rows:
        unit = row["unit_code"]
        groups.setdefault(unit, []).append(row)
        home = homes.setdefault(row["id"], unit)
        if home != unit:
            moved.append((home, unit))
    group_of: dict[str, str] = {}
    for pair in moved:
        one, other = (_last(group_of, unit) for unit in pair)
        if one != other:
            groups[one] += groups.pop(other)
            group_of[other] = one
    return groups.values()


def _last(group_of: Mapping[str, str], unit: str) -> str:
    while unit in group_of:
        unit = group_of[unit]
    return unit


def summed(layer: Layer, told: Told, force: Force, notes: Notes) -> Record:
    """Return one row of what the reports of a facility tell together; what fits into no column goes to the notes."""
    records = told.records
    if len(records) == 1 and not told.later:
        return records[0]
    later = filling(layer, told, force.days)
    row = merged(layer, [*reversed(later), *records])
    if layer.role != "figure":
        sources = (tuple(record[name] for name in SOURCE_COLUMNS) for record in (*records[:-1], *later))
        notes.earlier[layer.name, row["id"]] = tuple(sources)
    if "updates" in row:
        known = changes([*records, *later], force.days)
        row |= {"updates": known.updates, "last_only": known.last_only}
        if known.whole_until is not None:
            notes.whole_until[row["id"]] = known.whole_until
    return row


def as_table(layer: Layer, rows: Columns) -> gpd.GeoDataFrame:
    """Return records as a layer's table, with their township and shapes."""
    table = framed(layer, rows.values, shapely.from_wkb(rows["geometry"]))
    codes = [township_of(code) for code in rows["unit_code"]]
    table.insert(3, "township_code", pd.Series(codes, index=table.index, dtype=object))
    return table
