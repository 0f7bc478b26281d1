"""Coordinates of a row: read, converted to CGCS2000, and held against the place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.admin.gazetteer import township_of
from geo.crs import Datum, to_cgcs2000

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.place import Place

    Located = tuple[BaseGeometry, "Misplaced | None"]
    """A point in CGCS2000, and what is odd about it."""

CHINA_LON, CHINA_LAT = (72.0, 136.0), (3.0, 54.5)
_LINE_MAY_BE_OFF_M = 3000.0
_NEAR_A_UNIT_M = 60_000.0
_PLAINLY_NEAR_DEGREES = 0.3
"""So near a village (at most 34 km) that distances need not be worked out."""
_MAY_BE_OFF_M = 500.0
"""By which the outline may be off before a point outside tells anything."""
_METRES_FROM = 1000.0
_YEARS = range(1900, 2101)


@dataclass(frozen=True)
class Misplaced:
    """What is odd about a point. An error stops the import; a warning is stored and shown."""

    severity: str
    code: str
    message: str
    remedy: str


@dataclass(frozen=True)
class Positions:
    """The lines of a place that points are held against (EPSG:4490)."""

    place: Place

    @cached_property
    def _townships(self) -> dict[str, BaseGeometry]:
        table = self.place.townships
        return {
            code: shape
            for code, shape in zip(table["code"], table.geometry, strict=True)
            if not shapely.is_missing(shape) and not shape.is_empty and shape.geom_type.endswith("Polygon")
        }

    @cached_property
    def official(self) -> bool:
        """Whether the townships' lines are official, every one."""
        return not bool(self.place.townships["schematic"].any())

    @cached_property
    def outline(self) -> tuple[BaseGeometry, float]:
        """The place's outline, else the hull of its villages, and by how many metres a point may lie outside."""
        if self.place.boundary is not None:
            return self.place.boundary, _MAY_BE_OFF_M
        points = self.place.villages[["lon", "lat"]].to_numpy(float)
        return shapely.MultiPoint(points[np.isfinite(points).all(axis=1)]).convex_hull, _NEAR_A_UNIT_M

    def township_area(self, unit_code: str | None) -> BaseGeometry | None:
        """Return the area of a unit's township, if it has one."""
        return self._townships.get(township_of(unit_code)) if unit_code else None

    def locate(self, lon: float, lat: float, datum: Datum, unit_code: str) -> Located:
        """Return the point in CGCS2000 and what is odd about it.

        Swapped axes, and points outside the place by more than its line may be off
        (3 km), are errors; points outside their township are warnings.
        """
        if not (_inside(lon, CHINA_LON) and _inside(lat, CHINA_LAT)):
            return shapely.Point(), self._nonsense(lon, lat)
        point = shapely.Point(np.round(to_cgcs2000(lon, lat, datum), 7))
        return point, self._outside_place(point) or self._outside_township(point, unit_code)

    def locate_all(self, lonlat: NDArray[np.float64], datum: Datum, units: Sequence[str]) -> list[Located]:
        """Locate the rows of a list at once, as `locate` does one by one: only what is odd is looked at alone."""
        east, north = lonlat.T
        inside = (east >= CHINA_LON[0]) & (east <= CHINA_LON[1]) & (north >= CHINA_LAT[0]) & (north <= CHINA_LAT[1])
        moved = np.where(inside[:, np.newaxis], lonlat, 0.0)
        if datum not in ("cgcs2000", "wgs84"):
            moved[inside] = [to_cgcs2000(lon, lat, datum) for lon, lat in lonlat[inside].tolist()] or moved[inside]
        points = np.asarray(shapely.points(np.round(moved, 7)))
        plain = inside & self._well_inside(points)
        towns = np.array([township_of(unit) for unit in units])
        for town in np.unique(towns):
            if (area := self._townships.get(str(town))) is not None:
                own = towns == town
                plain[own] &= shapely.covers(area, points[own])
        return [
            (point, None) if good else self.locate(lon, lat, datum, unit)
            for point, good, (lon, lat), unit in zip(points, plain.tolist(), lonlat.tolist(), units, strict=True)
        ]

    def _well_inside(self, points: NDArray[np.object_]) -> NDArray[np.bool_]:
        """Say which points lie in the place, or plainly near one of its villages where it has no outline."""
        if self.place.boundary is not None:
            shapely.prepare(self.place.boundary)
            return np.asarray(shapely.covers(self.place.boundary, points))
        found = np.zeros(len(points), dtype=bool)
        found[self._villages.query(points, predicate="dwithin", distance=_PLAINLY_NEAR_DEGREES)[0]] = True
        return found

    @cached_property
    def _villages(self) -> shapely.STRtree:
        points = self.place.villages[["lon", "lat"]].to_numpy(float)
        return shapely.STRtree(shapely.points(points[np.isfinite(points).all(axis=1)]))

    def _nonsense(self, lon: float, lat: float) -> Misplaced:
        if _inside(lat, CHINA_LON) and _inside(lon, CHINA_LAT):
            return Misplaced("error", "axes-swapped", "经度和纬度填反了", "请对调这两列")
        remedy = "请核对经纬度，应为度（如 87.30、44.01）"
        if any(value in _YEARS for value in (lon, lat)):
            return Misplaced("error", "coordinate-range", "填的像是年份，不是经纬度", remedy)
        if max(abs(lon), abs(lat)) >= _METRES_FROM:
            return Misplaced("error", "coordinate-range", "不是以度为单位的经纬度，也不像 CGCS2000 投影坐标", remedy)
        if min(lon, lat) < 0:
            return Misplaced("error", "coordinate-range", "坐标是负数，不在中国范围内", remedy)
        return Misplaced("error", "coordinate-range", "坐标不在中国范围内", remedy)

    def _outside_place(self, point: BaseGeometry) -> Misplaced | None:
        if self.place.boundary is None:
            return self._far_from_all(point)
        if shapely.covers(self.place.boundary, point):
            return None
        metres = _metres(point, self.place.boundary)
        told = f"坐标在{self.place.name}之外约{metres / 1000:.1f}公里"
        if metres <= _LINE_MAY_BE_OFF_M:
            return Misplaced("warning", "outside-place-near", told, "底图界线经过简化，请核对")
        return Misplaced("error", "outside-place", told, "请核对坐标和坐标系")

    def _far_from_all(self, point: BaseGeometry) -> Misplaced | None:
        points = shapely.MultiPoint(self.place.villages[["lon", "lat"]].to_numpy(float))
        metres = _metres(point, points)
        if metres <= _NEAR_A_UNIT_M:
            return None
        told = f"坐标离{self.place.name}最近的村也有{metres / 1000:.0f}公里"
        return Misplaced("error", "outside-place", told, "请核对坐标和坐标系")

    def _outside_township(self, point: BaseGeometry, unit_code: str) -> Misplaced | None:
        area = self._townships.get(township_of(unit_code))
        if area is None or shapely.covers(area, point):
            return None
        told = f"坐标在所属乡镇（街道）范围之外约{_metres(point, area) / 1000:.1f}公里"
        remedy = "请核对坐标和所属单位" if self.official else "范围为示意，请核对坐标和所属单位"
        return Misplaced("warning", "outside-township", told, remedy)


def _inside(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def _metres(point: BaseGeometry, other: BaseGeometry) -> float:
    """Geodesic distance to the nearest point of a geometry (nearest found after scaling longitude)."""
    from pyproj import Geod

    lon, lat = shapely.get_coordinates(point)[0]
    squeeze = float(np.cos(np.radians(lat)))

    def flat(xy: np.ndarray) -> np.ndarray:
        scaled: np.ndarray = xy * np.array([squeeze, 1.0])
        return scaled

    nearest = shapely.shortest_line(shapely.transform(point, flat), shapely.transform(other, flat))
    x, y = shapely.get_coordinates(nearest)[1]
    _, _, metres = Geod(ellps="GRS80").inv(lon, lat, x / squeeze, y)
    return float(metres)
