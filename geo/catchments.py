"""What lies within a distance of facilities, as areas for the map: along roads, or straight where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from pyproj import Geod

from geo.crs import CGCS2000
from geo.errors import InputRefused
from geo.roads import moved

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from geo.roads import Roads

BESIDE: Final = 75.0
"""How far beside a road that can be reached people live, metres: the width that the area is drawn with."""
_CORNERS: Final = 72
_GEOD: Final = Geod(ellps="GRS80")


def catchments(facilities: ArrayLike, metres: float, roads: Roads | None = None) -> NDArray[np.object_]:
    """Return an area for each facility (lon/lat degrees, EPSG:4490), shape (n,).

    With roads: the parts of roads within `metres` on foot from where the facility's road is nearest, `BESIDE` metres
    wide; a facility further than `metres` from any road gets the straight circle. Without: circles of geodesic
    radius. Raises InputRefused for a distance that is none.
    """
    if not (np.isfinite(metres) and metres > 0):
        msg = f"距离“{metres}”不能用：要大于 0"
        raise InputRefused(msg)
    points = np.asarray(facilities, dtype=np.float64).reshape(-1, 2)
    circles = np.array([_circle(lon, lat, metres) for lon, lat in points], dtype=object)
    if roads is None or not len(points):
        return circles
    return _along(points, metres, roads, circles)


def _circle(lon: float, lat: float, metres: float) -> shapely.Polygon:
    bearings = np.linspace(0, 360, _CORNERS, endpoint=False)
    ones = np.ones(_CORNERS)
    x, y, _ = _GEOD.fwd(lon * ones, lat * ones, bearings, metres * ones)
    return shapely.Polygon(np.column_stack([x, y]))


def _along(
    points: NDArray[np.float64], metres: float, roads: Roads, circles: NDArray[np.object_]
) -> NDArray[np.object_]:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    planar = moved(np.asarray(shapely.points(points), dtype=object), CGCS2000, roads.crs)
    edge = shapely.STRtree(roads.shapes).nearest(planar)
    away = shapely.distance(planar, roads.shapes[edge])
    share = shapely.line_locate_point(roads.shapes[edge], planar, normalized=True)
    size = len(roads.lonlat)
    order = np.argsort(roads.metres, kind="stable")[::-1]  # of parallel edges the shortest is written last, and stays
    graph = csr_array((size, size)).tolil()
    for a, b, length in zip(*roads.ends[order].T.tolist(), roads.metres[order].tolist(), strict=True):
        graph[a, b] = graph[b, a] = max(length, 1e-9)
    graph = graph.tocsr()
    areas = circles.copy()
    for i in np.flatnonzero(away <= metres):
        a, b = roads.ends[edge[i]]
        left, whole = metres - away[i], roads.metres[edge[i]]
        far = np.full(size, np.inf)
        for node, first in ((a, share[i] * whole), (b, (1 - share[i]) * whole)):
            if first <= left:
                far = np.minimum(far, first + dijkstra(graph, indices=node, limit=left - first))
        reached = _parts(roads, left - far)
        own = _piece(roads.shapes[edge[i]], share[i] - left / whole, share[i] + left / whole)
        lines = shapely.union_all(np.array([*reached, own, planar[i]], dtype=object))
        areas[i] = moved(np.array([shapely.buffer(lines, BESIDE, quad_segs=4)], dtype=object), roads.crs, CGCS2000)[0]
    return areas


def _parts(roads: Roads, left: NDArray[np.float64]) -> list[shapely.Geometry]:
    """Cut out of each edge what can be reached from its ends, where `left` metres are left at each node."""
    found: list[shapely.Geometry] = []
    at = left[roads.ends]
    for e in np.flatnonzero((at > 0).any(axis=1)):
        line, whole = roads.shapes[e], roads.metres[e]
        there, back = np.maximum(at[e], 0) / whole
        if there + back >= 1:
            found.append(line)
            continue
        found += [_piece(line, 0, there), _piece(line, 1 - back, 1)]
    return found


def _piece(line: shapely.LineString, start: float, end: float) -> shapely.Geometry:
    from shapely.ops import substring

    return substring(line, max(0.0, start), min(1.0, end), normalized=True)
