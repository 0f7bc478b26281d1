"""Geometry as short lists of integers for the map's data block: for drawing only, never for measuring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

UNITS_PER_DEGREE: Final = 100_000  # about 1 m
_FEWEST: Final = 3  # points of a ring, the closing one not counted


def rings(geometry: BaseGeometry | None) -> list[list[int]]:
    """Rings of a (Multi)Polygon in degrees: first point absolute, then differences, all × 1e5.

    Shells and holes are alike: fill them by the even-odd rule. Empty for None, points and lines.
    """
    return rings_of([geometry])[0]


def rings_of(geometries: Sequence[BaseGeometry | None]) -> list[list[list[int]]]:
    """The rings of each geometry, as `rings` has them; thousands at a time."""
    out: list[list[list[int]]] = [[] for _ in geometries]
    polygons, of_geometry = _polygons(geometries)
    lines, of_polygon = shapely.get_rings(polygons, return_index=True)
    degrees, of_line = shapely.get_coordinates(lines, return_index=True)
    points = np.rint(degrees * UNITS_PER_DEGREE).astype(np.int64)
    closes = of_line != np.append(of_line[1:], -1)  # the last point of a ring is its first again
    points, of_line = points[~closes], of_line[~closes]
    moved = np.any(np.diff(points, axis=0, prepend=0) != 0, axis=1) | _begins(of_line)
    points, of_line = points[moved], of_line[moved]
    steps = np.where(_begins(of_line)[:, None], points, np.diff(points, axis=0, prepend=0))
    ends = np.cumsum(np.bincount(of_line, minlength=len(lines)))
    flat, start = steps.ravel().tolist(), 0
    for at, end in zip(of_geometry[of_polygon].tolist(), ends.tolist(), strict=True):
        if end - start >= _FEWEST:
            out[at].append(flat[2 * start : 2 * end])
        start = end
    return out


def label_point(geometry: BaseGeometry | None, *, fallback: tuple[float, float] | None) -> tuple[float, float] | None:
    """Where an area's name is written, lon/lat degrees: the middle of its widest part; else ``fallback``."""
    polygons, _ = _polygons([geometry])
    if not len(polygons):
        return fallback
    largest = max(polygons, key=lambda polygon: polygon.area)
    tolerance = max(largest.length / 500, 1e-6)
    try:
        point = shapely.get_point(shapely.maximum_inscribed_circle(largest, tolerance=tolerance), 0)
    except (shapely.GEOSException, ValueError):
        point = largest.representative_point()
    return (float(point.x), float(point.y))


def quantise(degrees: NDArray[np.float64]) -> list[int | None]:
    """Degrees as integers × 1e5, None for NaN."""
    known = ~np.isnan(degrees)
    whole = np.rint(np.where(known, degrees, 0) * UNITS_PER_DEGREE).astype(np.int64).astype(object)
    whole[~known] = None
    out: list[int | None] = whole.tolist()
    return out


def _polygons(geometries: Sequence[BaseGeometry | None]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """All polygons within the geometries, collections in collections included, and whose each is."""
    parts = np.array(geometries, dtype=object)
    owner = np.arange(len(parts))
    while True:
        parts, of = shapely.get_parts(parts, return_index=True)
        owner, kinds = owner[of], shapely.get_type_id(parts)
        if not np.any(kinds > shapely.GeometryType.POLYGON):
            area = (kinds == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
            return parts[area], owner[area]


def _begins(of_line: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which points are the first of their ring."""
    begins: NDArray[np.bool_] = of_line != np.concatenate([[-1], of_line[:-1]])
    return begins
