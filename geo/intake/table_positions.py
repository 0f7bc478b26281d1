"""The coordinates of a table: in which form and datum its rows are to be read, and what is odd about that.

The rows that name a datum and those that don't are judged apart (`geo.intake.datums`). A belief that
isn't sure is never acted on: such rows are read as declared, else as CGCS2000.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from geo.crs import DATUM_LABELS
from geo.intake.coordinates import Unreadable, columns_of, read_pair
from geo.intake.datum_faults import TableTold
from geo.intake.datums import Belief, Clues, Reading, believe
from geo.intake.grids import which_form
from geo.intake.landmarks import ASSUMED
from geo.words.vocabulary import choices_of, plain, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from shapely.geometry.base import BaseGeometry

    from geo.crs import Datum
    from geo.faults import Fault
    from geo.files.sheets import RawTable
    from geo.intake.columns import Field
    from geo.intake.coordinates import Pair
    from geo.intake.landmarks import Landmarks
    from geo.intake.positions import Misplaced, Positions
    from geo.intake.rows import Row
    from geo.schema import Layer

_MOST = 1000
_FEWEST_SWAPPED = 3
_MOST_OF_THEM = 0.8


def places_in(fields: Mapping[str, Field]) -> bool:
    """Say whether a table has columns of coordinates."""
    return any(name in fields for name in (*columns_of(fields), "position"))


def pair_of(row: Row) -> Pair | None:
    """Read a row's coordinates; None where it has none. Raises Unreadable."""
    first, second = columns_of(row.fields)
    at = row.fields.get(first)
    packed = at is not None and at.measure is not None and plain(at.measure) in words("packed")
    return read_pair(row.cell(first), row.cell(second), row.cell("position"), packed=packed)


def named_datum(row: Row) -> Datum | Literal[False] | None:
    """Return the datum that a row names; None where it names none, False where it is an unknown one."""
    written = row.text("datum")
    return _datum_called(written) if written else None


@lru_cache(maxsize=1000)
def _datum_called(written: str) -> Datum | Literal[False]:
    found = choices_of("datum", "").get(plain(written))
    return next((known for known in DATUM_LABELS if known == found), False)


class _Placed(NamedTuple):
    """A row with coordinates: its number, the pair, and its unit."""

    number: int
    pair: Pair
    unit: str


@dataclass
class _Group:
    """Rows with coordinates that name one datum, or none; thinned out evenly where they are many."""

    rows: list[tuple[Row, Pair]] = field(default_factory=list)
    placed: list[_Placed] = field(default_factory=list)
    """All of them that tell their unit."""
    seen: int = 0
    step: int = 1

    def add(self, row: Row, pair: Pair, unit: str | None) -> None:
        if unit is not None:
            self.placed.append(_Placed(row.number, pair, unit))
        if self.seen % self.step == 0:
            self.rows.append((row, pair))
            if len(self.rows) > 2 * _MOST:
                self.rows, self.step = self.rows[::2], 2 * self.step
        self.seen += 1


@dataclass(frozen=True)
class TablePositions:
    """How a table's coordinates are read. `readings`: declared datum (None: undeclared) → reading; None is refused."""

    readings: Mapping[Datum | None, Reading | None]
    faults: tuple[Fault, ...] = ()
    found: tuple[str, ...] = ()
    """What rows named or the data told (`Reading.key`); at the end `ASSUMED`, if the datum of some was assumed."""
    located: Mapping[int, tuple[BaseGeometry, Misplaced | None, Datum]] = field(default_factory=dict)
    """Row number → its point, what is odd about it, and its datum, for the rows that tell their unit and position."""

    def reading(self, declared: Datum | None) -> Reading | None:
        """Return how to read a row that names a datum (None: that names none); None where that can't be told."""
        return self.readings.get(declared, Reading(declared or "cgcs2000"))


@dataclass(frozen=True)
class Judge:
    """What tables are judged by.

    `proven` points are of a datum that was declared or found out; `all_known` are also those
    whose datum was assumed: they raise doubts and prove nothing. `declared`: the datum that the
    sender declares for rows that name none.
    """

    positions: Positions
    proven: Landmarks
    all_known: Landmarks
    declared: Datum | None = None

    def judge(self, rows: Iterable[Row], table: RawTable, layer: Layer) -> TablePositions:
        """Judge the coordinates of a table. The rows' faults are not kept: they will be read again."""
        groups: dict[Datum | None, _Group] = {}
        forms = {"sexagesimal": 0, "joined": 0}
        fields: Mapping[str, Field] = {}
        for row in rows:
            fields = row.fields
            try:
                pair, named = pair_of(row), named_datum(row)
            except Unreadable:
                continue
            if pair is not None and named is not False:
                unit = row.unit(layer.blank_village)
                groups.setdefault(named or self.declared, _Group()).add(row, pair, unit)
                forms["sexagesimal"] += pair.sexagesimal
                forms["joined"] += pair.joined
        told = TableTold(table, fields)
        told.forms(forms)
        readings = {declared: self._reading(group, declared, layer, told) for declared, group in groups.items()}
        if self.declared is not None:
            readings[None] = readings.get(self.declared, Reading(self.declared))
        by_rows = [str(declared) for declared in groups if declared not in (None, self.declared)]
        found = dict.fromkeys([*by_rows, *told.found, *([ASSUMED] if told.some_assumed else [])])
        read = ((readings[declared], group.placed) for declared, group in groups.items())
        located = {number: at for reading, rows in read if reading for number, at in self._located(reading, rows)}
        return TablePositions(readings, tuple(told.faults), tuple(found), located)

    def _located(self, reading: Reading, rows: Iterable[_Placed]) -> Iterator[tuple[int, Any]]:
        """Yield (row number, its point, what is odd about it, its datum) of the rows that are in the list's form."""
        fitting: list[tuple[_Placed, tuple[float, float]]] = []
        for row in rows:
            try:
                fitting.append((row, reading.degrees_of(row.pair.first, row.pair.second)))
            except ValueError:  # a row in another form is told of when it is read
                continue
        lonlat = np.array([degrees for _, degrees in fitting], dtype=float).reshape(-1, 2)
        found = self.positions.locate_all(lonlat, reading.datum, [row.unit for row, _ in fitting])
        for (row, _), (point, odd) in zip(fitting, found, strict=True):
            yield row.number, (point, odd, reading.datum)

    def _reading(self, group: _Group, declared: Datum | None, layer: Layer, told: TableTold) -> Reading | None:
        forms = [which_form(pair.first, pair.second) for _, pair in group.rows]
        usual, count = max(Counter(filter(None, forms)).items(), key=itemgetter(1), default=("", 0))
        shape, _, turned = usual.partition(" ")
        fallback = Reading(declared or "cgcs2000")
        if not shape or (turned and shape == "degrees" and not self._may_swap(group, count, told)):
            return fallback  # each row's own check says what is wrong with it
        rows = [one for one, form in zip(group.rows, forms, strict=True) if form == usual]
        belief = self._belief(rows, layer, self.proven)
        if shape == "degrees":
            if turned:
                told.swapped(len(rows))
            if declared is None and not belief.sure:
                told.assumed(belief, self._belief(rows, layer, self.all_known))
            datum = self._datum(belief, declared, [row for row, _ in rows], told)
            return Reading(datum, swapped=bool(turned))
        if declared not in (None, "cgcs2000", "wgs84"):
            told.refuse_projected(DATUM_LABELS[declared])
            return None
        if not belief.sure or belief.best is None:
            told.unsure_projection(belief)
            return None
        told.projected(belief, len(rows), assumed=declared is None)
        told.astray(belief, belief.best)
        return belief.best.reading

    def _may_swap(self, group: _Group, count: int, told: TableTold) -> bool:
        """Say whether a list that is latitude first, by its numbers, may be turned without asking."""
        if all(pair.joined for _, pair in group.rows) or told.order_is_free:
            return True
        return count >= max(_FEWEST_SWAPPED, _MOST_OF_THEM * len(group.rows))

    def _belief(self, rows: Sequence[tuple[Row, Pair]], layer: Layer, known: Landmarks) -> Belief:
        pairs = np.array([(pair.first, pair.second) for _, pair in rows], dtype=float)
        clues = self._clues([row for row, _ in rows], layer, known)
        return believe(pairs, clues, working_crs=self.positions.place.working_crs)

    def _datum(self, belief: Belief, declared: Datum | None, rows: Sequence[Row], told: TableTold) -> Datum:
        """Return the datum of a list in degrees: as declared, else as believed if that is sure, else CGCS2000."""
        best = belief.best
        assert best is not None  # three datums are tried on any degrees
        if declared is None and belief.sure:
            told.judged(belief)
            used = best
        else:
            used = belief.of(declared or "cgcs2000") or best
            if declared is not None and belief.sure and best.reading.datum != used.reading.datum:
                told.contradicted(belief, used, DATUM_LABELS[declared])
        if (best is used or not belief.sure) and (declared is not None or used.close):
            told.mixed([rows[n] for n in belief.at_odds(used)], used.reading)
        told.astray(belief, used)
        return declared or used.reading.datum

    def _clues(self, rows: Sequence[Row], layer: Layer, landmarks: Landmarks) -> Clues:
        units = [row.unit(layer.blank_village) for row in rows]
        numbers = {unit: n for n, unit in enumerate(dict.fromkeys(units))}
        same: list[Any] = []
        near: list[Any] = []
        nowhere = (np.nan, np.nan)
        for row, unit in zip(rows, units, strict=True):
            name = row.text("name")
            known = landmarks.same(layer.name, unit, {"id": row.text("id"), "name": name})
            around = landmarks.near(unit, name) if known is None else None
            same.append(nowhere if known is None else known)
            near.append(nowhere if around is None else around)
        outline, slack = self.positions.outline
        return Clues(
            same=np.array(same, dtype=float),
            near=np.array(near, dtype=float),
            unit=np.array([numbers[unit] for unit in units]),
            area=[self.positions.township_area(unit) for unit in units],
            official=self.positions.official,
            outline=outline,
            slack=slack,
        )
