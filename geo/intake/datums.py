"""Which datum and which form coordinates are in, judged from where they would lie.

Pure functions over arrays. A `Reading` says how a list's pairs of numbers become longitude and
latitude. Each possible reading of a list is given a log-likelihood by four kinds of clue
(`Clues`): the known places of the very same facilities, those of other facilities in the same
unit, the areas of the units, and the place's outline. The best one is believed for sure only if
enough clues bear on it, it fits them, and no other is nearly as likely.

| clue | model of the distance under a reading |
|---|---|
| the same facility | normal, 40 m; one in ten anywhere (moved, mistaken) |
| others in the unit | unit means scatter about zero (Student, its scale fitted): a datum shifts all one way |
| area of the unit | inside, or exponential beyond the line: 200 m for official lines, 10 km for schematic ones |
| outline | the same, 1.5 km after the first 500 m: outlines are simplified |
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.crs import CGCS2000, DATUM_LABELS, to_cgcs2000
from geo.intake.grids import grids_of, which_form

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pyproj import Transformer
    from shapely.geometry.base import BaseGeometry

    from geo.crs import Datum

    Floats = NDArray[np.float64]

SAME_M = 80.0
"""Within this distance a facility stands where it is known to."""
ELSEWHERE_M = 150.0
SURE = float(np.log(100))
"""By how much the best reading must be likelier than the next to be believed."""
LIKELY = float(np.log(10))
FEWEST_SAME, FEWEST_UNITS = 3, 6
_AGREE = 0.75
_SPREAD_M, _ASTRAY, _ANYWHERE = 40.0, 0.1, 1e-4
_FREEDOM, _FLOOR_M = 4.0, 50.0
_OUT_OF_LINE = {True: (0.01, 200.0), False: (0.3, 10_000.0)}
_OUT_OF_PLACE = (1e-4, 1500.0)
_DEGREE_M = 111_200.0
_NO_SHIFT = 3.0


@dataclass(frozen=True)
class Reading:
    """How a pair of numbers is read. `grid`: a projected CRS (EPSG code); `swapped`: latitude or northing first."""

    datum: Datum = "cgcs2000"
    grid: str | None = None
    swapped: bool = False

    def degrees(self, pairs: Floats) -> Floats:
        """Return longitude and latitude on the reading's own datum, one row a pair."""
        found = np.asarray(pairs, dtype=float)
        if self.swapped:
            found = found[:, ::-1]
        if self.grid is None:
            return found
        return np.column_stack(_transformer(self.grid).transform(found[:, 0], found[:, 1]))

    def cgcs2000(self, pairs: Floats) -> Floats:
        """Return longitude and latitude in CGCS2000."""
        lonlat = self.degrees(pairs)
        if self.datum in ("cgcs2000", "wgs84"):
            return lonlat
        return np.array([to_cgcs2000(lon, lat, self.datum) for lon, lat in lonlat]).reshape(-1, 2)

    def degrees_of(self, first: float, second: float) -> tuple[float, float]:
        """Return longitude and latitude of one pair. Raises ValueError where it is in another form than the list."""
        if self.grid is None and not self.swapped:
            return first, second
        shape, _, turned = which_form(first, second).partition(" ")
        if (shape == "degrees") is not (self.grid is None) or bool(turned) is not self.swapped:
            msg = f"({first}, {second}) is not in the form of {self.key}"
            raise ValueError(msg)
        one, other = (second, first) if self.swapped else (first, second)
        if self.grid is None:
            return one, other
        lon, lat = _transformer(self.grid).transform(one, other)
        return float(lon), float(lat)

    @property
    def form(self) -> str:
        """Return what people call the form of its numbers."""
        if self.grid is None:
            return "先纬度、后经度" if self.swapped else "经纬度"
        return "以米为单位的投影坐标"

    @property
    def key(self) -> str:
        """A short text that says it for programs: `gcj02`, `cgcs2000 EPSG:4538 swapped`."""
        return " ".join([self.datum, *([self.grid] if self.grid else []), *(["swapped"] if self.swapped else [])])

    @property
    def label(self) -> str:
        """Return what people call it."""
        if self.grid is None:
            return DATUM_LABELS[self.datum]
        return f"{grids_of(self.grid).label}（{self.grid}）"


@lru_cache(maxsize=100)
def _transformer(grid: str) -> Transformer:
    from pyproj import Transformer

    return Transformer.from_crs(grid, CGCS2000, always_xy=True)


@dataclass(frozen=True)
class Clues:
    """What a list is held against; one row a pair, all in degrees of CGCS2000.

    `same`: where the very facility is known to stand (NaN where unknown). `near`: the mean of
    the other facilities known in its unit (NaN too). `unit`: a number that rows of one unit
    share. `area`: its unit's or township's area, or None. `outline`: the place's, from which points
    may be `slack` metres off.
    """

    same: Floats
    near: Floats
    unit: NDArray[np.int64]
    area: Sequence[BaseGeometry | None]
    official: bool
    outline: BaseGeometry
    slack: float = 500.0


@dataclass(frozen=True)
class Fit:
    """How well a reading fits: its log-likelihood, distances (m) of the same facilities, and of unit means."""

    reading: Reading
    score: float
    same: Floats
    """Metres to where each facility is known to stand; NaN where unknown."""
    units: Floats
    """Metres east and north, by unit, from the others known in it."""
    inside: float
    """The share of pairs that lie in the place."""

    @property
    def close(self) -> int:
        """How many facilities stand where they are known to."""
        return int(np.count_nonzero(self.same <= SAME_M))

    @property
    def compared(self) -> int:
        """How many facilities are known elsewhere."""
        return int(np.count_nonzero(~np.isnan(self.same)))


@dataclass(frozen=True)
class Belief:
    """What a list's coordinates are taken for: every reading, the likeliest first, and whether that is sure.

    `margin`: by how much (log-likelihood) it is likelier than the next. No fits: no reading suits the numbers.
    """

    fits: tuple[Fit, ...]
    sure: bool
    margin: float = 0.0

    @property
    def best(self) -> Fit | None:
        """The likeliest reading."""
        return self.fits[0] if self.fits else None

    def of(self, datum: Datum) -> Fit | None:
        """Return the likeliest reading on a datum (WGS 84 is CGCS2000)."""
        wanted = "cgcs2000" if datum == "wgs84" else datum
        return next((fit for fit in self.fits if fit.reading.datum == wanted), None)

    def at_odds(self, used: Fit) -> NDArray[np.int64]:
        """Return the rows that stand elsewhere than known as they are read, but rightly by another reading."""
        others = [fit.same <= SAME_M for fit in self.fits if fit.reading != used.reading]
        rightly = np.any(others, axis=0) if others else np.zeros(len(used.same), dtype=bool)
        return np.flatnonzero((used.same > ELSEWHERE_M) & rightly)


def believe(pairs: Floats, clues: Clues, *, working_crs: str) -> Belief:
    """Say how a list's pairs of numbers, all in one form (`geo.intake.grids.which_form`), are to be read.

    Metres are read in the grids that put most of them into the place.
    """
    forms = {which_form(first, second) for first, second in pairs.tolist()}
    if len(forms) != 1 or forms == {""}:
        return Belief((), sure=False)
    shape, _, turned = forms.pop().partition(" ")
    if shape == "degrees":
        return judge(pairs, [Reading(datum, swapped=bool(turned)) for datum in ("cgcs2000", "gcj02", "bd09")], clues)
    told = grids_of(working_crs, (pairs[0][::-1] if turned else pairs[0]).tolist())
    belief = judge(pairs, [Reading(grid=grid, swapped=bool(turned)) for grid in told.codes], clues)
    fitting = tuple(fit for fit in belief.fits if fit.inside >= _AGREE)
    return Belief(fitting, bool(fitting) and (len(fitting) == 1 or belief.sure), belief.margin)


def judge(pairs: Floats, readings: Sequence[Reading], clues: Clues) -> Belief:
    """Order readings by their likelihood and say whether the first is sure."""
    scale = _Scale(clues)
    fits = sorted((_fit(reading, pairs, clues, scale) for reading in readings), key=lambda fit: -fit.score)
    margin = fits[0].score - fits[1].score if len(fits) > 1 else float("inf")
    return Belief(tuple(fits), margin >= SURE and _borne_out(fits[0]), margin)


def _borne_out(fit: Fit) -> bool:
    """Say whether enough clues bear on a reading, and it agrees with them."""
    if fit.compared >= FEWEST_SAME:
        return fit.close >= max(FEWEST_SAME, _AGREE * fit.compared)
    units = fit.units[~np.isnan(fit.units[:, 0])]
    if len(units) < FEWEST_UNITS:
        return False
    scale, weight = _spread(units)
    shift = float(np.hypot(*(weight[:, None] * units).sum(axis=0))) / float(weight.sum())
    return shift <= _NO_SHIFT * scale / float(np.sqrt(len(units)))


class _Scale:
    """Degrees to metres about a place, and its lines in these metres."""

    def __init__(self, clues: Clues) -> None:
        self._middle = shapely.get_coordinates(clues.outline.centroid)[0]
        self._factor = np.array([np.cos(np.radians(self._middle[1])), 1.0]) * _DEGREE_M
        self.outline = self._flat(clues.outline)
        shapely.prepare(self.outline)
        flat = {id(area): self._flat(area) for area in clues.area if area is not None}
        self.areas = np.array([None if area is None else flat[id(area)] for area in clues.area], dtype=object)

    def metres(self, lonlat: Floats) -> Floats:
        return np.asarray((lonlat - self._middle) * self._factor)

    def _flat(self, geometry: BaseGeometry) -> BaseGeometry:
        return shapely.transform(geometry, self.metres)


def _fit(reading: Reading, pairs: Floats, clues: Clues, scale: _Scale) -> Fit:
    lonlat = reading.cgcs2000(pairs)
    here = scale.metres(np.where(np.isfinite(lonlat), lonlat, 0.0))
    points = shapely.points(here)
    outside = np.asarray(shapely.distance(scale.outline, points))
    beyond = np.asarray(shapely.distance(scale.areas, points))
    same = np.hypot(*(here - scale.metres(clues.same)).T)
    units = _by_unit(here - scale.metres(clues.near), clues.unit)
    score = (
        _score_same(same)
        + _score_units(units[~np.isnan(units[:, 0])])
        + _score_lines(beyond, clues.unit, *_OUT_OF_LINE[clues.official])
        + _score_lines(np.maximum(0, outside - clues.slack), clues.unit, *_OUT_OF_PLACE)
    )
    return Fit(reading, score, same, units, float(np.mean(outside <= max(clues.slack, 2 * _OUT_OF_PLACE[1]))))


def _by_unit(values: Floats, unit: NDArray[np.int64]) -> Floats:
    """Average rows by unit; what isn't known is left out."""
    known = ~np.isnan(values[:, 0])
    numbers, at = np.unique(unit[known], return_inverse=True)
    count = np.bincount(at, minlength=len(numbers))
    return np.column_stack([np.bincount(at, column[known], len(numbers)) / count for column in values.T])


def _score_same(metres: Floats) -> float:
    known = metres[~np.isnan(metres)]
    hit = (1 - _ASTRAY) * np.exp(-((known / _SPREAD_M) ** 2) / 2)
    return float(np.log(hit + _ASTRAY * _ANYWHERE).sum())


def _score_units(shifts: Floats) -> float:
    if len(shifts) < FEWEST_UNITS:
        return 0.0
    scale, _ = _spread(shifts)
    squared = (shifts**2).sum(axis=1) / scale**2
    tails = (_FREEDOM + 2) / 2 * np.log1p(squared / _FREEDOM)
    return float(-2 * len(shifts) * np.log(scale) - tails.sum())


def _spread(shifts: Floats) -> tuple[float, Floats]:
    """Return the scale (m) of a Student distribution about zero that fits shifts best, and how each weighs."""
    squared = (shifts**2).sum(axis=1)
    scale = max(_FLOOR_M, float(np.sqrt(np.median(squared) / 2)))
    weight = np.ones(len(shifts))
    for _ in range(30):
        weight = (_FREEDOM + 2) / (_FREEDOM + squared / scale**2)
        scale = max(_FLOOR_M, float(np.sqrt((weight * squared).mean() / 2)))
    return scale, weight


def _score_lines(metres: Floats, unit: NDArray[np.int64], never: float, metres_off: float) -> float:
    known = ~np.isnan(metres)
    if not known.any():
        return 0.0
    logs = np.log(never + (1 - never) * np.exp(-metres[known] / metres_off))
    return float(_by_unit(logs[:, None], unit[known])[:, 0].sum())
