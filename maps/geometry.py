"""Geometry as short lists of integers for the map's data block: for drawing only, never for measuring."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

UNITS_PER_DEGREE: Final = 100_000  # about 1 m


def rings(geometry: BaseGeometry | None) -> list[list[int]]:
    """Rings of a (Multi)Polygon in degrees: first point absolute, then differences, all × 1e5.

    Shells and holes are alike: fill them by the even-odd rule. Empty for None, points and lines.
    """
    if geometry is None or geometry.is_empty:
        return []
    encoded = (_ring(ring) for polygon in _polygons(geometry) for ring in (polygon.exterior, *polygon.interiors))
    return [ring for ring in encoded if len(ring) >= 6]


def label_point(geometry: BaseGeometry | None, *, fallback: tuple[float, float] | None) -> tuple[float, float] | None:
    """Where an area's name is written, lon/lat degrees: the middle of its widest part; else ``fallback``."""
    polygons = [] if geometry is None or geometry.is_empty else list(_polygons(geometry))
    if not polygons:
        return fallback
    largest = max(polygons, key=lambda polygon: polygon.area)
    tolerance = max(largest.length / 500, 1e-6)
    try:
        point = shapely.get_point(shapely.maximum_inscribed_circle(largest, tolerance=tolerance), 0)
    except (shapely.GEOSException, ValueError):
        point = largest.representative_point()
    return (float(point.x), float(point.y))


def quantise(degrees: float) -> int:
    """Degrees as an integer × 1e5."""
    return round(degrees * UNITS_PER_DEGREE)


def _polygons(geometry: BaseGeometry) -> Iterator[Any]:
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Polygon":
            yield part
        elif part.geom_type in {"MultiPolygon", "GeometryCollection"}:
            yield from _polygons(part)


def _ring(ring: Any) -> list[int]:
    points = np.rint(np.asarray(ring.coords)[:-1, :2] * UNITS_PER_DEGREE).astype(np.int64)
    if not len(points):
        return []
    moved = np.r_[True, np.any(np.diff(points, axis=0) != 0, axis=1)]
    points = points[moved]
    return [int(value) for value in np.vstack([points[:1], np.diff(points, axis=0)]).ravel()]
