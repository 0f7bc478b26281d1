"""Straight-line distances: the nearest facilities, those within a distance, and whole matrices.

Every distance is the geodesic on the ellipsoid of CGCS2000, in metres. Points are longitude and latitude in degrees,
shape (n, 2). A nearest join in a projected system names wrong neighbours; here a k-d tree only proposes candidates
and `pyproj.Geod` (Karney 2013, doi 10.1007/s00190-012-0578-z) decides.

The candidates are complete. A point of geodetic latitude φ has the reduced latitude β, tan β = (1 − f) tan φ, and the
ellipsoid is the sphere of points (λ, β) and radius a with z squeezed by 1 − f. Squeezing shortens a curve to no less
than 1 − f of its length, so with θ the angle on that sphere

    (1 − f) a θ ≤ geodesic ≤ a θ.

If the k-th nearest on the sphere is at θ, k facilities lie within a θ, and whatever lies nearer than one of them is
at θ / (1 − f) at most: some 0.34 % further out. All that lie so near are measured. Facilities at equal metres come
in the order of their index.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.errors import PointsRefused

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from pyproj import Geod

    Floats = NDArray[np.float64]
    Indices = NDArray[np.intp]

_SLACK = 1e-9
"""Of chords of the unit sphere, 6 mm: far more than their rounding."""
_PAIRS = 4_000_000
"""Pairs measured at once: bounds the memory."""
_CROWD = 64
"""Candidates of one unit from which facilities on one spot are thinned out."""
_CELL_DEGREES = 0.1
_CELLS_ROUND = 3_600
_MOST_DEGREES = (360.0, 90.0)
_SHOWN = 5


def nearest(units_lonlat: ArrayLike, facilities_lonlat: ArrayLike, *, k: int = 1) -> tuple[Indices, Floats]:
    """The k nearest facilities of each unit, nearest first: (index[n, k], metres[n, k]).

    Facilities at equal metres, such as several on one spot, come in the order of their index. Raises `PointsRefused`
    for points that are not finite or not on earth, and if there are fewer than k facilities.
    """
    units, facilities = _points(units_lonlat, "单位"), _points(facilities_lonlat, "设施")
    if not 1 <= k <= len(facilities):
        msg = f"要找最近的{k}个设施，而设施共有{len(facilities)}个。"
        raise PointsRefused(msg)
    index, metres = np.empty((len(units), k), dtype=np.intp), np.empty((len(units), k))
    ids, left = _by_cell(facilities), _by_cell(units)
    places = facilities[ids]
    tree, wanted, thinned = _tree(places), k + 1, False
    while len(left):
        if wanted > _CROWD + k and not thinned:
            ids, thinned = _thinned(facilities, k), True
            places = facilities[ids]
            tree = _tree(places)
        wanted, undecided = min(wanted, len(ids)), []
        for rows in _chunks(left, wanted):
            found, decided = _candidates(tree, _sphere(units[rows]), k, wanted)
            sure, candidates = rows[decided], found[decided]
            index[sure], metres[sure] = _settle(units[sure], places[candidates], ids[candidates], k)
            undecided.append(rows[~decided])
        left, wanted = np.concatenate(undecided), 2 * wanted + _CROWD // 8
    return index, metres


def within(units_lonlat: ArrayLike, facilities_lonlat: ArrayLike, limit: float) -> tuple[Indices, Indices, Floats]:
    """All pairs at most `limit` metres apart, by unit, then facility: (unit[r], facility[r], metres[r]).

    Raises `PointsRefused` as `nearest` does, and for a limit that is negative or not finite.
    """
    units, facilities = _points(units_lonlat, "单位"), _points(facilities_lonlat, "设施")
    if not (np.isfinite(limit) and limit >= 0):
        msg = f"距离应为不小于0的米数，而不是{limit}。"
        raise PointsRefused(msg)
    geod, tree = _geod(), _tree(facilities)
    chord = _furthest(np.array(2 * np.sin(min(limit / geod.a, np.pi) / 2)), geod.f)
    found = []
    for rows in np.array_split(np.arange(len(units)), max(1, len(units) // 10_000)):
        pairs = _tree(units[rows]).sparse_distance_matrix(tree, float(chord), output_type="ndarray")
        unit, facility = rows[pairs["i"]], pairs["j"]
        metres = _metres(units[unit], facilities[facility])
        near = metres <= limit
        unit, facility, metres = unit[near], facility[near], metres[near]
        order = np.lexsort((facility, unit))
        found.append((unit[order], facility[order], metres[order]))
    unit, facility, metres = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return unit, facility, metres


def distance_matrix(units_lonlat: ArrayLike, facilities_lonlat: ArrayLike) -> Floats:
    """Metres between every unit and every facility, shape (n, m). Raises `PointsRefused` as `nearest` does."""
    units, facilities = _points(units_lonlat, "单位"), _points(facilities_lonlat, "设施")
    metres = np.empty((len(units), len(facilities)))
    for rows in _chunks(np.arange(len(units)), len(facilities)):
        pairs = (len(rows), len(facilities), 2)
        metres[rows] = _metres(np.broadcast_to(units[rows, None], pairs), np.broadcast_to(facilities, pairs))
    return metres


def _points(lonlat: ArrayLike, what: str) -> Floats:
    try:
        points = np.asarray(lonlat, dtype=np.float64)
    except (TypeError, ValueError) as error:
        msg = f"{what}的坐标应为经度、纬度两列数字。"
        raise PointsRefused(msg) from error
    if points.size == 0:
        points = points.reshape(0, 2)
    if points.ndim != 2 or points.shape[1] != 2:
        msg = f"{what}的坐标应为经度、纬度两列，而不是形状{points.shape}。"
        raise PointsRefused(msg)
    for wrong, said in (
        (~np.isfinite(points), "没有坐标"),
        (np.abs(points) > _MOST_DEGREES, "的坐标不是经纬度（先经度、后纬度，单位为度）"),
    ):
        if wrong.any():
            rows = np.flatnonzero(wrong.any(axis=1))
            named = "、".join(map(str, rows[:_SHOWN])) + ("等" if len(rows) > _SHOWN else "")
            msg = f"{len(rows)}个{what}{said}：序号{named}（从0起）。"
            raise PointsRefused(msg)
    return points


def _geod() -> Geod:
    from pyproj import Geod

    return Geod(ellps="GRS80")


def _sphere(lonlat: Floats) -> Floats:
    """Points of the unit sphere at the longitudes and reduced latitudes, shape (n, 3)."""
    lon, lat = np.radians(lonlat).T
    along, up = np.cos(lat), (1 - _geod().f) * np.sin(lat)
    length = np.sqrt(along * along + up * up)
    along /= length
    return np.column_stack([along * np.cos(lon), along * np.sin(lon), up / length])


def _tree(lonlat: Floats) -> Any:
    from scipy.spatial import KDTree

    # Split at the middle of space: as quick for points all over a country, and never slow for many on one spot.
    return KDTree(_sphere(lonlat), balanced_tree=False)


def _furthest(chord: Floats, flattening: float) -> Floats:
    """The chord of the candidates' circle, for the chord of the k-th nearest on the sphere."""
    angle = 2 * np.arcsin(np.minimum(chord / 2, 1)) / (1 - flattening)
    return 2 * np.sin(np.minimum(angle, np.pi) / 2) + _SLACK


def _candidates(tree: Any, points: Floats, k: int, wanted: int) -> tuple[Indices, NDArray[np.bool_]]:
    """The `wanted` nearest on the sphere, and for which units all candidates are among them."""
    chords, found = tree.query(points, k=range(1, wanted + 1), workers=-1)
    if wanted == tree.n:
        return found, np.ones(len(points), dtype=bool)
    decided = chords[:, -1] > _furthest(chords[:, k - 1], _geod().f)
    return found[:, :-1], decided


def _settle(units: Floats, places: Floats, candidates: Indices, k: int) -> tuple[Indices, Floats]:
    """Measure the candidates of each unit, which are at these places, and keep the k nearest, by metres, then index."""
    metres = _metres(np.broadcast_to(units[:, None], places.shape), places)
    if candidates.shape[1] == 1:
        return candidates, metres
    order = np.lexsort((candidates, metres), axis=1)[:, :k]
    return np.take_along_axis(candidates, order, axis=1), np.take_along_axis(metres, order, axis=1)


def _metres(here: Floats, there: Floats) -> Floats:
    """Geodesic metres between points of equal shape (…, 2)."""
    if not here.size:
        return np.zeros(here.shape[:-1])
    metres = np.empty(here.shape[:-1])

    def measure(some: slice) -> None:
        _, _, metres[some] = _geod().inv(
            here[some, ..., 0], here[some, ..., 1], there[some, ..., 0], there[some, ..., 1]
        )

    # The library lets go of the interpreter while it measures.
    bounds = np.linspace(0, len(metres), min(len(metres), os.cpu_count() or 1) + 1).astype(int).tolist()
    with ThreadPoolExecutor() as threads:
        list(threads.map(measure, map(slice, bounds, bounds[1:])))
    return metres


def _thinned(facilities: Floats, k: int) -> Indices:
    """The first k facilities of every spot, by index: no other can be among the k nearest of anything."""
    order = np.lexsort((np.arange(len(facilities)), facilities[:, 1], facilities[:, 0]))
    new = np.any(np.diff(facilities[order], axis=0, prepend=np.nan) != 0, axis=1)
    starts = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    return order[np.arange(len(order)) - starts < k]


def _by_cell(lonlat: Floats) -> Indices:
    """An order in which neighbours follow each other: what belongs together is then together in the cache."""
    east, north = np.floor(lonlat.T / _CELL_DEGREES).astype(np.int64)
    return np.argsort(east * _CELLS_ROUND + north)


def _chunks(rows: Indices, width: int) -> list[Indices]:
    return np.array_split(rows, max(1, -(-len(rows) * width // _PAIRS)))
