"""Schematic layout for places without official lines: areas of seats, village points and areas.

Input and output are lon/lat in degrees (CGCS2000, EPSG:4490); every distance and area is measured
in the place's projected working CRS, in metres. Nothing is random: same input, same layout.

Each area is the part of its parent that is nearer to its own point than to any other (a Voronoi
cell, clipped). All lines of a layout are noded together on one grid of `GRID` degrees, and areas
are put together from the faces in between. Neighbours therefore share every vertex: no gaps, no
overlaps, and none either after the six decimals of a GeoJSON file are read back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import CRS, Transformer
from shapely import MultiPoint, MultiPolygon, Point, Polygon

from geo.crs import CGCS2000
from geo.errors import PlaceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    Area = Polygon | MultiPolygon
    Floats = NDArray[np.float64]
    Faces = NDArray[np.object_]

GRID = 1e-6
"""Noding grid in degrees; at most 0.11 m on the ground."""
DECIMALS = 6
CLOSEST = 1.0
"""Points of one layout must be at least this many metres apart."""
OVERSHOOT = 1.0
"""Metres by which inner lines cross the outline, so that they surely meet; the ends fall away."""
SIDE = 0.01
"""Degrees between vertices on the way to metres: keeps the bend below 0.1 m."""
STEP = 5_000.0
"""Longest straight piece of an inner line in metres: straight in metres is bent in degrees."""
SAMPLES = 200
"""Sample points a village in the search for its place."""
ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Layout:
    """Areas that tile the boundary exactly: the one asked for, with their corners added to it.

    Townships stand in the order of the seats; `villages[i]` and `points[i]` belong to township i.
    """

    boundary: Area
    townships: tuple[Area, ...]
    villages: tuple[tuple[Area, ...], ...]
    points: tuple[tuple[Point, ...], ...]


class _Plane:
    """Degrees to metres and back."""

    def __init__(self, working_crs: str) -> None:
        crs = CRS.from_user_input(working_crs)
        if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info):
            msg = f"工作坐标系 {working_crs} 不是以米为单位的投影坐标系"
            raise PlaceError(msg)
        geographic = CRS.from_user_input(CGCS2000)
        self._to = Transformer.from_crs(geographic, crs, always_xy=True)
        self._from = Transformer.from_crs(crs, geographic, always_xy=True)

    def metres(self, geometry: BaseGeometry) -> BaseGeometry:
        return _projected(geometry, self._to)

    def outline(self, area: Area) -> Area:
        """An area in metres. Its long sides get vertices first: they are straight in degrees."""
        flat = self.metres(shapely.segmentize(area, SIDE))
        assert isinstance(flat, Polygon | MultiPolygon)
        return flat

    def degrees(self, geometry: BaseGeometry) -> BaseGeometry:
        return _projected(geometry, self._from)


def _projected(geometry: BaseGeometry, by: Transformer) -> BaseGeometry:
    def move(xy: Floats) -> Floats:
        return np.column_stack(by.transform(xy[:, 0], xy[:, 1]))

    return shapely.transform(geometry, move)


def lay_out(boundary: Area, seats: Sequence[Point], villages: Sequence[int], *, working_crs: str) -> Layout:
    """Lay out townships around their seats and `villages[i]` villages in township i.

    A township with no village is one undivided area. Raises PlaceError when a seat is outside
    the boundary, seats are less than `CLOSEST` metres apart, or an area is too small for its
    villages.
    """
    areas = cells(boundary, seats, working_crs=working_crs)
    points = tuple(
        spread(area, count, seat=seat, working_crs=working_crs)
        for area, seat, count in zip(areas, seats, villages, strict=True)
    )
    parts = subdivide(
        areas,
        [own or (seat,) for own, seat in zip(points, seats, strict=True)],
        working_crs=working_crs,
    )
    townships = tuple(_union(own) for own in parts)
    _expect_inside(seats, townships)
    return Layout(
        boundary=_union(townships),
        townships=townships,
        villages=tuple(own if inside else () for own, inside in zip(parts, points, strict=True)),
        points=points,
    )


def cells(boundary: Area, seats: Sequence[Point], *, working_crs: str) -> tuple[Area, ...]:
    """Divide a boundary among seat points, in their order. Raises as `lay_out`."""
    return subdivide([boundary], [seats], working_crs=working_crs)[0]


def subdivide(
    areas: Sequence[Area], points: Sequence[Sequence[Point]], *, working_crs: str
) -> tuple[tuple[Area, ...], ...]:
    """Divide areas that tile a place, each among its own points; the parts tile the place exactly.

    A piece that a bend of the outline cuts off from its point joins the neighbour with which it
    shares the longest line; an island without a point goes to the nearest points of its area.
    Raises PlaceError as `lay_out`; each area needs at least one point.
    """
    plane = _Plane(working_crs)
    for area, own in zip(areas, points, strict=True):
        if not own:
            msg = "示意布局：每个区域至少要有一个点"
            raise PlaceError(msg)
        _expect_inside(own, [area] * len(own))  # before the work, so that it names the stray point
    lines: list[BaseGeometry] = [area.boundary for area in areas]
    lines += [_dividers(area, own, plane) for area, own in zip(areas, points, strict=True)]
    faces = _faces(lines)
    middles = shapely.point_on_surface(faces)
    inside, home = shapely.STRtree(areas).query(middles, predicate="within")
    parts = []
    for number, own in enumerate(points):
        mine = faces[np.sort(inside[home == number])]
        parts.append(_gather(mine, own, plane))
        _expect_inside(own, parts[-1])
    if not shapely.coverage_is_valid([part for own in parts for part in own]):
        msg = "示意布局：生成的区域之间有缝隙或重叠"
        raise PlaceError(msg)
    return tuple(parts)


def spread(area: Area, count: int, *, seat: Point, working_crs: str) -> tuple[Point, ...]:
    """Place `count` points in an area by Lloyd's method: evenly, but denser near the seat.

    They keep off the border, are rounded to the grid and ordered from the seat outwards.
    Raises PlaceError when the area is too small to hold them.
    """
    if count == 0:
        return ()
    plane = _Plane(working_crs)
    flat, centre = plane.outline(area), shapely.get_coordinates(plane.metres(seat))[0]
    samples = _samples(_inner(flat), SAMPLES * count)
    reach = np.sqrt(flat.area / np.pi) / 2
    distance = _apart(samples, centre)
    weight = 1 / (1 + (distance / reach) ** 2)
    places = _lloyd(samples, weight, count)
    if len(places) < count:
        msg = f"示意布局：区域太小，放不下 {count} 个点"
        raise PlaceError(msg)
    places = places[np.argsort(_apart(places, centre), kind="stable")]
    _expect_apart(places)
    degrees = shapely.get_coordinates(plane.degrees(MultiPoint(places)))
    points = tuple(Point(place) for place in np.round(degrees, DECIMALS))
    _expect_inside(points, [area] * count)
    return points


def _inner(area: Area) -> BaseGeometry:
    """The area without its rim (a quarter of its widest circle), so that points keep off it."""
    tolerance = float(max(1.0, np.sqrt(area.area) / 100))
    radius = shapely.length(shapely.maximum_inscribed_circle(area, tolerance=tolerance))
    inner = area.buffer(-float(radius) / 4)
    return area if inner.is_empty else inner


def _samples(area: BaseGeometry, count: int) -> Floats:
    """`count` points, evenly over an area of any shape: an R2 sequence laid on its triangles."""
    triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(area))
    corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3]
    ends = np.cumsum(shapely.area(triangles))
    golden = 1.32471795724474602596
    sequence = (0.5 + np.arange(1, count + 1)[:, None] / np.array([golden, golden**2])) % 1
    which = np.searchsorted(ends, (np.arange(count) + 0.5) / count * ends[-1])
    root, along = np.sqrt(sequence[:, :1]), sequence[:, 1:]
    first, second, third = corners[which].transpose(1, 0, 2)
    return np.asarray(first * (1 - root) + second * root * (1 - along) + third * root * along, dtype=np.float64)


def _lloyd(samples: Floats, weight: Floats, count: int) -> Floats:
    """Weighted k-means from a farthest-point start; each centre ends on its nearest own sample."""
    chosen = [int(np.argmax(weight))]
    gap = np.full(len(samples), np.inf)
    while len(chosen) < count:
        gap = np.minimum(gap, _apart(samples, samples[chosen[-1]]))
        chosen.append(int(np.argmax(gap * weight)))
    centres = samples[chosen]
    for _ in range(ROUNDS):
        owner = _nearest(samples, centres)
        total = np.bincount(owner, weight, minlength=count)
        lost = np.flatnonzero(total == 0)
        sums = [np.bincount(owner, weight * axis, minlength=count) for axis in samples.T]
        # A centre that lost all its samples starts again where the need is greatest.
        needy = np.argsort(-_apart(samples, centres[owner]) * weight, kind="stable")[: len(lost)]
        total[lost] = 1
        centres = np.stack(sums, axis=1) / total[:, None]
        centres[lost] = samples[needy]
    owner = _nearest(samples, centres)
    distance = _apart(samples, centres[owner])
    homes = [np.flatnonzero(owner == one) for one in range(count)]
    return np.array([samples[own[np.argmin(distance[own])]] for own in homes if len(own)])


def _nearest(places: Floats, centres: Floats) -> NDArray[np.intp]:
    """The index of the nearest centre for each place; the first of equals."""
    return np.asarray(_apart(places[:, None, :], centres[None, :, :]).argmin(axis=1))


def _apart(places: Floats, others: Floats) -> Floats:
    """Distances in metres; only operations that round alike on every machine (hypot does not)."""
    return np.asarray(np.sqrt(((places - others) ** 2).sum(axis=-1)))


def _dividers(area: Area, points: Sequence[Point], plane: _Plane) -> BaseGeometry:
    """Lines of equal distance between the points, in degrees, to a little beyond the area."""
    if len(points) == 1:
        return shapely.MultiLineString()
    flat = plane.outline(area).buffer(OVERSHOOT)
    sites = plane.metres(MultiPoint(points))
    _expect_apart(shapely.get_coordinates(sites))
    origin = shapely.get_coordinates(flat.centroid)[0]
    near, frame = (shapely.transform(one, lambda xy: xy - origin) for one in (sites, flat))
    lines = shapely.voronoi_polygons(near, extend_to=frame, only_edges=True)
    inner = shapely.segmentize(shapely.intersection(lines, frame), STEP)
    return plane.degrees(shapely.transform(inner, lambda xy: xy + origin))


def _faces(lines: Sequence[BaseGeometry]) -> Faces:
    """Every face between the lines, noded on the grid; coordinates are exact six-decimal values."""
    noded = shapely.union_all(np.array(lines, dtype=object), grid_size=GRID)
    rounded = shapely.transform(noded, lambda xy: np.round(xy, DECIMALS))
    faces = shapely.get_parts(shapely.polygonize([rounded]))
    return np.asarray(faces[np.argsort(shapely.to_wkb(shapely.normalize(faces)))])


def _gather(faces: Faces, points: Sequence[Point], plane: _Plane) -> tuple[Area, ...]:
    """Join the faces of one area into one part a point."""
    sites = shapely.get_coordinates([plane.metres(point) for point in points])
    middles = shapely.point_on_surface(faces)
    owner = _nearest(shapely.get_coordinates([plane.metres(middle) for middle in middles]), sites)
    settled = np.zeros(len(faces), dtype=bool)
    for number, point in enumerate(points):
        held = shapely.intersects(faces, point)
        owner[held], settled[held] = number, True
    borders = _borders(faces, plane)
    while True:
        _settle(owner, settled, borders)
        open_to = [(loose, fixed) for loose, fixed in borders if settled[fixed] > settled[loose]]
        if not open_to:
            return tuple(_union(faces[owner == number]) for number in range(len(points)))
        loose, fixed = max(open_to, key=borders.__getitem__)
        owner[loose], settled[loose] = owner[fixed], True


def _settle(owner: NDArray[np.intp], settled: NDArray[np.bool_], borders: dict[tuple[int, int], float]) -> None:
    """Mark the faces that hang together with the face of their own point."""
    grown = True
    while grown:
        grown = False
        for loose, fixed in borders:
            if settled[fixed] and not settled[loose] and owner[loose] == owner[fixed]:
                settled[loose] = grown = True


def _borders(faces: Faces, plane: _Plane) -> dict[tuple[int, int], float]:
    """Length in metres of the line between each two neighbouring faces, both ways."""
    left, right = shapely.STRtree(faces).query(faces, predicate="intersects")
    left, right = left[left != right], right[left != right]
    shared = shapely.intersection(shapely.boundary(faces[left]), shapely.boundary(faces[right]))
    lengths = [plane.metres(line).length for line in shared]
    return {
        (int(one), int(other)): length for one, other, length in zip(left, right, lengths, strict=True) if length > 0
    }


def _union(parts: Sequence[BaseGeometry] | Faces) -> Area:
    """Dissolve areas that already share their vertices."""
    union = shapely.normalize(shapely.coverage_union_all(parts))
    polygons = [part for part in shapely.get_parts(union) if isinstance(part, Polygon)]
    return polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)


def _expect_inside(points: Sequence[Point], areas: Sequence[Area]) -> None:
    for point, area in zip(points, areas, strict=True):
        if not area.contains(point):
            msg = f"示意布局：点 ({point.x:.6f}, {point.y:.6f}) 不在它的区域内"
            raise PlaceError(msg)


def _expect_apart(sites: Floats) -> None:
    """Refuse points closer than `CLOSEST` metres: no line of the grid could part them."""
    gaps = _apart(sites[:, None, :], sites[None, :, :])
    if len(sites) > 1 and gaps[np.triu_indices(len(sites), 1)].min() < CLOSEST:
        msg = f"示意布局：有两个点相距不足 {CLOSEST:g} 米"
        raise PlaceError(msg)
