"""Facilities of several reports that nothing else can be taken for, worked out all at once.

Says the same as `geo.store.force` and `geo.store.history.summed` say of each, for those of which every
report has the same id and unit, no report of none is near, and all days are told in full: most of those
that are reported more than once. `geo.store.tangles` tells them from the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from geo.layers import Notes
from geo.schema import MONTH_FLAGS, SOURCE_COLUMNS
from geo.store.columns import Columns, as_values, blanks
from geo.store.force import Changes, known_changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from typing import Any

    from numpy.typing import NDArray

    from geo.schema import Layer
    from geo.store.columns import Places

    Marks = NDArray[np.bool_]


@dataclass(frozen=True)
class Several:
    """Reports in order of facility, day and batch. `start`, `size`: where each facility's are, shape (facilities,)."""

    layer: Layer
    reports: Columns
    days: Mapping[int, date]
    start: Places
    size: Places

    @classmethod
    def of(cls, layer: Layer, reports: Columns, days: Mapping[int, date]) -> Several:
        """Put reports in order; those of one facility have one id."""
        if not len(reports):
            return cls(layer, reports, days, *np.zeros((2, 0), dtype=np.intp))
        number = {of: at for at, of in enumerate(dict.fromkeys(reports["id"].tolist()))}
        facility = np.fromiter((number[of] for of in reports["id"]), dtype=np.intp, count=len(reports))
        batch = reports["batch"].astype(np.int64)
        order = np.lexsort((batch, _ordinals(reports, days), facility))
        size = np.bincount(facility, minlength=len(number)).astype(np.intp)
        return cls(layer, reports.take(order), days, np.cumsum(size) - size, size)

    @cached_property
    def day(self) -> NDArray[np.int64]:
        """The day of each report, as an ordinal."""
        return _ordinals(self.reports, self.days)

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """The first day on which anything was told of each facility."""
        days: NDArray[np.int64] = self.day[self.start]
        return days

    @cached_property
    def last(self) -> NDArray[np.int64]:
        """The last such day."""
        days: NDArray[np.int64] = self.day[self.start + self.size - 1]
        return days

    @cached_property
    def on_days(self) -> list[int]:
        """The days on which any report came, in order."""
        return sorted(set(self.day.tolist()))

    @cached_property
    def blank(self) -> Mapping[str, Marks]:
        """Which reports leave a column blank that others may fill."""
        names = ("name", "geometry", *(c.name for c in self.layer.public_columns))
        return {name: blanks(self.reports[name]) for name in names if name in self.reports}

    def now(self) -> tuple[Columns, Notes]:
        """Return what all reports tell."""
        return self._told(np.arange(len(self.start)), self.size)

    def on(self, day: date) -> tuple[Columns, Notes]:
        """Return, of the facilities told of after a day, what was known on it."""
        due = np.flatnonzero(self.last > day.toordinal()) if len(self.start) else self.start
        if not len(due):
            return self.reports.take(due), Notes()
        known = np.add.reduceat(self.day <= day.toordinal(), self.start)[due]
        first = np.add.reduceat(self.day == np.repeat(self.first, self.size), self.start)[due]
        return self._told(due, np.where(known > 0, known, first))

    def _told(self, which: Places, counting: Places) -> tuple[Columns, Notes]:
        """Let of some facilities the first reports count; the later ones fill what those leave blank."""
        if not len(which):
            return self.reports.take(which), Notes()
        view = _View(self, self.start[which], counting, self.size[which])
        newest = view.start + counting - 1
        if self.layer.role == "figure":
            return self.reports.take(newest), Notes()
        picks = {name: view.pick(name) for name in self.blank}
        picks |= {flag: picks[column] for column, flag in MONTH_FLAGS.items() if column in picks and flag in picks}
        if "datum" in picks:
            picks["datum"] = picks["geometry"]
        values = {name: column[picks.get(name, newest)] for name, column in self.reports.values.items()}
        found, notes = Columns(values, len(which)), Notes()
        sources = list(zip(*(self.reports[name].tolist() for name in SOURCE_COLUMNS), strict=True))
        ids = found["id"].tolist()
        for of, begin, newest_at, later in zip(ids, view.start.tolist(), newest.tolist(), view.later(), strict=True):
            notes.earlier[self.layer.name, of] = (*sources[begin:newest_at], *(sources[at] for at in later))
        if "updates" in found:
            self._change(found, view, notes)
        return found, notes

    def _change(self, found: Columns, view: _View, notes: Notes) -> None:
        """Put in what the reports of a board tell together of its changes."""
        updates, last_only = (self.reports[name].tolist() for name in ("updates", "last_only"))
        days = [self.days[batch] for batch in self.reports["batch"].tolist()]
        told: list[tuple[Any, bool | None, date]] = list(zip(updates, last_only, days, strict=True))
        known = [
            _joined([*told[begin : begin + counting], *(told[at] for at in later if told[at][0])])
            for begin, counting, later in zip(view.start.tolist(), view.counting.tolist(), view.later(), strict=True)
        ]
        found["updates"][:] = as_values((one.updates for one in known), len(known))
        found["last_only"][:] = as_values((one.last_only for one in known), len(known))
        until = zip(found["id"].tolist(), known, strict=True)
        notes.whole_until.update({of: one.whole_until for of, one in until if one.whole_until is not None})


class _View:
    """Some facilities, of which the first `counting` reports count; of the later ones what may fill blanks.

    A later report can't say that what an older one proves was not: see `geo.store.force.filling`.
    """

    def __init__(self, several: Several, start: Places, counting: Places, size: Places) -> None:
        self._several, self.start, self.counting, self._size = several, start, counting, size
        self._blank = {name: marks.copy() for name, marks in several.blank.items()}
        self._out = np.zeros(len(several.reports), dtype=bool)
        facility = np.repeat(np.arange(len(start)), size - counting)
        offset = np.arange(len(facility)) - np.repeat(np.cumsum(size - counting) - (size - counting), size - counting)
        self._leave_out((start + counting)[facility] + offset, facility)
        self._levels = [self._level(place) for place in range(1, int(size.max(initial=0)))]

    def _leave_out(self, rows: Places, facility: Places) -> None:
        """Blank what later reports can't say, and leave out those that say nothing more."""
        layer, reports = self._several.layer, self._several.reports
        for column in layer.columns:
            if column.lies_ahead:
                self._blank[column.name][rows] = True
        if layer.starts in self._blank:
            proven = self._several.day[self.start][facility]
            begun = np.array([day is not None and day.toordinal() for day in reports[layer.starts][rows]], dtype=int)
            self._blank[layer.starts][rows[begun > proven]] = True
        never = np.zeros(len(rows), dtype=bool)
        if "updates" in self._blank:
            never = np.array([days == () for days in reports["updates"][rows]], dtype=bool)
            for name in ("updates", "last_only"):
                self._blank[name][rows[never]] = True
        fills = ~self._blank["updates"][rows] if "updates" in self._blank else np.zeros(len(rows), dtype=bool)
        last = len(reports) - 1  # what ends there has no later reports, and nothing is asked of it
        bounds = np.column_stack((self.start, np.minimum(self.start + self.counting, last))).ravel()
        for name, blank in self._blank.items() if len(rows) else ():
            is_open = np.logical_and.reduceat(self._several.blank[name], bounds)[::2]
            fills |= is_open[facility] & ~blank[rows]
        self._out[rows[~fills]] = True

    def _level(self, place: int) -> tuple[Places, Marks]:
        """Return of each facility the report of a place in order of weight, and whether it has one."""
        counts = place < self.counting
        rows = np.where(counts, self.start + self.counting - 1 - place, self.start + place)
        there = place < self._size
        rows[~there] = self.start[~there]
        return rows, there & (counts | ~self._out[rows])

    def pick(self, name: str) -> Places:
        """Return of each facility the report of the greatest weight that fills a column, the newest where none does."""
        blank = self._blank[name]
        found = self.start + self.counting - 1
        wanted = blank[found]
        for rows, there in self._levels:
            if not wanted.any():
                break
            fills = wanted & there & ~blank[rows]
            found[fills] = rows[fills]
            wanted &= ~fills
        return found

    def later(self) -> Iterator[list[int]]:
        """Yield of each facility the later reports that tell something more, oldest first."""
        out = self._out.tolist()
        ends = (self.start + self._size).tolist()
        for begin, end in zip((self.start + self.counting).tolist(), ends, strict=True):
            yield [at for at in range(begin, end) if not out[at]]


def _joined(told: Sequence[tuple[Sequence[date] | None, bool | None, date]]) -> Changes:
    """Join changes: see `geo.store.force.changes`; full lists, told in full days, leave nothing between unknown."""
    if all(given and not only for given, only, _ in told):
        return Changes(tuple(sorted({day for given, _, _ in told for day in given or ()})), False, None)
    return known_changes(told)


def _ordinals(reports: Columns, days: Mapping[int, date]) -> NDArray[np.int64]:
    known = {batch: day.toordinal() for batch, day in days.items()}
    return np.fromiter((known[batch] for batch in reports["batch"]), dtype=np.int64, count=len(reports))
