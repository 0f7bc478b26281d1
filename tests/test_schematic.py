"""The laws of a schematic layout: exact coverage, points in their areas, the same every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from shapely import MultiPolygon, Point, Polygon, box

from geo.errors import PlaceError
from geo.schematic import CLOSEST, Layout, cells, lay_out, spread, subdivide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

CRS = "EPSG:4538"
SQUARE = box(87.0, 44.0, 87.5, 44.5)
HOLED = Polygon(SQUARE.exterior, [box(87.1, 44.1, 87.3, 44.25).exterior])
# A square without its middle, one long island, one small island.
ISLANDS = MultiPolygon([HOLED, box(87.6, 44.0, 87.65, 44.4), box(87.52, 44.0, 87.54, 44.02)])
# The two arms of a U are cut off from each other by the gap.
BENT = Polygon(
    [(87, 44), (87.5, 44), (87.5, 44.5), (87.4, 44.5), (87.4, 44.05), (87.1, 44.05), (87.1, 44.5), (87, 44.5)]
)


def metres(geometry: BaseGeometry) -> BaseGeometry:
    """In the working CRS; long sides, straight in degrees, are bent as they should be."""
    move = Transformer.from_crs("EPSG:4490", CRS, always_xy=True).transform
    return shapely.transform(shapely.segmentize(geometry, 0.005), lambda xy: np.column_stack(move(xy[:, 0], xy[:, 1])))


def read_back(areas: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """The areas after a trip through text with six decimals."""
    return [shapely.from_wkt(shapely.to_wkt(area, rounding_precision=6)) for area in areas]


def assert_tiles(whole: BaseGeometry, parts: Sequence[BaseGeometry]) -> None:
    """No gap, no overlap, nothing over the edge: to the last bit, now and as six decimals."""
    for areas, outline in ((parts, whole), (read_back(parts), read_back([whole])[0])):
        assert all(area.is_valid and not area.is_empty for area in areas)
        assert shapely.coverage_is_valid(areas)
        union = shapely.coverage_union_all(areas)
        assert union.symmetric_difference(outline).area == 0
        assert shapely.union_all(areas).symmetric_difference(outline).area == 0


def assert_lawful(layout: Layout, boundary: BaseGeometry, seats: Sequence[Point], villages: Sequence[int]) -> None:
    assert len(layout.townships) == len(seats)
    assert [len(own) for own in layout.points] == list(villages) == [len(own) for own in layout.villages]
    assert_tiles(layout.boundary, layout.townships)
    for township, seat, points, areas in zip(layout.townships, seats, layout.points, layout.villages, strict=True):
        assert township.contains(seat)
        assert [area.contains(point) for area in areas for point in points].count(True) == len(points)
        assert all(area.contains(point) for area, point in zip(areas, points, strict=True))
        if areas:
            assert_tiles(township, areas)
    undivided = [t for t, own in zip(layout.townships, layout.villages, strict=True) if not own]
    assert_tiles(layout.boundary, [area for own in layout.villages for area in own] + undivided)
    # The outline moves by the noding grid at most (one step each way is 0.15 m).
    assert metres(layout.boundary).hausdorff_distance(metres(boundary)) < 0.2


@pytest.mark.parametrize("boundary", [SQUARE, HOLED, ISLANDS, BENT], ids=["square", "hole", "islands", "bend"])
@pytest.mark.parametrize("villages", [[1], [30], [3, 0, 7], [1, 1, 1, 1, 16]], ids=str)
def test_layout_tiles_the_boundary(boundary: Polygon | MultiPolygon, villages: list[int]) -> None:
    seats = [Point(87.05, 44.3), Point(87.45, 44.3), Point(87.03, 44.02), Point(87.2, 44.04), Point(87.48, 44.49)]
    seats = seats[: len(villages)]
    assert_lawful(lay_out(boundary, seats, villages, working_crs=CRS), boundary, seats, villages)


@pytest.mark.parametrize("gap", [2e-3, 2e-4], ids=["200 m", "20 m"])
def test_seats_close_together_each_keep_their_area(gap: float) -> None:
    seats = [Point(87.2 + east * gap, 44.3 + north * gap) for east in range(3) for north in range(3)]
    villages = [4, 1, 2, 3, 1, 2, 5, 1, 9]
    assert_lawful(lay_out(HOLED, seats, villages, working_crs=CRS), HOLED, seats, villages)


def test_seats_on_one_line_are_parted_along_its_length() -> None:
    seats = [Point(87.05 + number * 0.04, 44.3) for number in range(11)]
    layout = lay_out(SQUARE, seats, [2] * 11, working_crs=CRS)
    assert_lawful(layout, SQUARE, seats, [2] * 11)


def test_a_place_may_lie_anywhere_and_in_any_metric_crs() -> None:
    outline = box(113.3, 23.1, 113.4, 23.2)
    seats = [Point(113.32, 23.12), Point(113.37, 23.18)]
    layout = lay_out(outline, seats, [5, 6], working_crs="EPSG:4547")
    assert_tiles(layout.boundary, layout.townships)
    assert [len(own) for own in layout.villages] == [5, 6]


def test_cells_go_to_the_nearest_seat_in_metres() -> None:
    """At 44° N a degree of longitude is 0.72 of a degree of latitude: degrees would choose wrongly."""
    seats = [Point(87.1, 44.1), Point(87.4, 44.2), Point(87.2, 44.42)]
    flat = [metres(seat) for seat in seats]
    areas = cells(SQUARE, seats, working_crs=CRS)
    wrong = 0
    for lon, lat in np.random.default_rng(1).uniform((87.0, 44.0), (87.5, 44.5), (500, 2)):
        distances = [metres(Point(lon, lat)).distance(seat) for seat in flat]
        nearest, second = np.argsort(distances)[:2]
        if distances[second] - distances[nearest] > 2:
            assert areas[nearest].contains(Point(lon, lat))
        in_degrees = int(np.argmin([Point(lon, lat).distance(seat) for seat in seats]))
        wrong += in_degrees != nearest
    assert wrong > 0


def test_a_piece_cut_off_by_a_bend_joins_a_neighbour() -> None:
    """The right arm's tip is nearest to the left seat as the crow flies, yet cannot be reached from it."""
    seats = [Point(87.09, 44.45), Point(87.45, 44.02)]
    left, right = cells(BENT, seats, working_crs=CRS)
    assert isinstance(left, Polygon)
    assert isinstance(right, Polygon)
    tip = Point(87.405, 44.49)
    assert metres(tip).distance(metres(seats[0])) < metres(tip).distance(metres(seats[1]))
    assert right.contains(tip)


def test_an_island_without_a_seat_belongs_to_the_nearest_township() -> None:
    seats = [Point(87.05, 44.4), Point(87.45, 44.05)]
    west, east = cells(ISLANDS, seats, working_crs=CRS)
    assert isinstance(west, Polygon)
    assert isinstance(east, MultiPolygon)
    assert len(east.geoms) == 3


def test_villages_are_denser_near_the_seat_and_off_the_border() -> None:
    seat = Point(87.1, 44.1)
    points = spread(SQUARE, 40, seat=seat, working_crs=CRS)
    away = np.array([metres(point).distance(metres(seat)) for point in points])
    assert list(away) == sorted(away)
    between = [min(metres(a).distance(metres(b)) for b in points if b is not a) for a in points]
    assert np.mean(between[:10]) < 0.7 * np.mean(between[-10:])
    assert min(metres(point).distance(metres(SQUARE.exterior)) for point in points) > 1_000


def test_given_areas_and_points_can_be_divided_too() -> None:
    """A county that has its township lines and village points lacks only the village areas."""
    halves = [box(87.0, 44.0, 87.25, 44.5), box(87.25, 44.0, 87.5, 44.5)]
    points = [[Point(87.1, 44.1), Point(87.1, 44.4)], [Point(87.3, 44.2)]]
    parts = subdivide(halves, points, working_crs=CRS)
    assert [len(own) for own in parts] == [2, 1]
    assert_tiles(SQUARE.union(SQUARE), [area for own in parts for area in own])


def test_same_input_same_layout() -> None:
    seats = [Point(87.05, 44.3), Point(87.45, 44.3)]
    first, second = (lay_out(ISLANDS, seats, [9, 4], working_crs=CRS) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("seats", "villages", "crs", "says"),
    [
        ([Point(87.2, 44.2)], [1], CRS, "不在它的区域内"),
        ([Point(86.0, 44.3)], [1], CRS, "不在它的区域内"),
        ([Point(87.4, 44.3), Point(87.4, 44.3)], [1, 1], CRS, "相距不足"),
        ([Point(87.4, 44.3), Point(87.4, 44.300005)], [1, 1], CRS, "相距不足"),
        ([Point(87.4, 44.3)], [1], "EPSG:4490", "投影坐标系"),
        ([], [], CRS, "至少要有一个点"),
    ],
    ids=["in a hole", "outside", "same seat", "half a metre", "degrees", "no seat"],
)
def test_what_cannot_be_laid_out_is_refused(seats: list[Point], villages: list[int], crs: str, says: str) -> None:
    with pytest.raises(PlaceError, match=says):
        lay_out(HOLED, seats, villages, working_crs=crs)


def test_an_area_too_small_for_its_villages_is_refused() -> None:
    tiny = box(87.0, 44.0, 87.00003, 44.00003)
    with pytest.raises(PlaceError, match="示意布局"):
        lay_out(tiny, [Point(87.000015, 44.000015)], [40], working_crs=CRS)


@st.composite
def boundaries(draw: st.DrawFn) -> Polygon | MultiPolygon:
    """A star-shaped outline with bays, perhaps with a hole around its middle, perhaps with an island."""
    radii = draw(st.lists(st.floats(0.08, 0.4), min_size=5, max_size=24))
    turn = 2 * np.pi / len(radii)
    outline = [(87 + r * np.cos(i * turn), 44 + r * np.sin(i * turn)) for i, r in enumerate(radii)]
    area: BaseGeometry = Polygon(np.round(outline, 6))
    if draw(st.booleans()):
        area = area.difference(box(86.99, 43.99, 87.02, 44.01))
    if draw(st.booleans()):
        area = area.union(box(87.5, 43.9, 87.5 + draw(st.floats(0.01, 0.1)), 44.1))
    parts = [part for part in shapely.get_parts(area) if isinstance(part, Polygon)]
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), boundary=boundaries())
def test_any_layout_is_lawful(data: st.DataObject, boundary: Polygon | MultiPolygon) -> None:
    assume(boundary.is_valid)
    west, south, east, north = boundary.bounds
    spots = st.tuples(st.floats(west, east), st.floats(south, north))
    drawn = data.draw(st.lists(spots, min_size=1, max_size=40))
    seats: list[Point] = []
    for lon, lat in drawn:
        seat = Point(round(lon, 6), round(lat, 6))
        keeps_off = all(metres(seat).distance(metres(other)) > 100 * CLOSEST for other in seats)
        if boundary.buffer(-1e-4).contains(seat) and keeps_off:
            seats.append(seat)
    assume(seats)
    villages = data.draw(st.lists(st.integers(0, 6), min_size=len(seats), max_size=len(seats)))
    assert_lawful(lay_out(boundary, seats, villages, working_crs=CRS), boundary, seats, villages)
