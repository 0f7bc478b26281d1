"""Ways along roads: what a plain search finds, honest where roads end, and the same metres as along the ellipsoid."""

from __future__ import annotations

import heapq
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely

from geo.access import DETOUR, bands, ways
from geo.catchments import catchments
from geo.crs import CGCS2000
from geo.errors import InputRefused
from geo.nearest import distance_matrix
from geo.roads import build_roads, moved

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.roads import Roads

CRS = "EPSG:4517"  # CGCS2000, 3-degree zone 29: central meridian 87°E
ORIGIN = np.array([29_500_000.0, 4_870_000.0])


def degrees(*xy: tuple[float, float]) -> Any:
    """Places given in kilometres from the origin, as lon/lat."""
    points = shapely.points(ORIGIN + 1000 * np.array(xy, dtype=float))
    return shapely.get_coordinates(moved(points, CRS, CGCS2000))


def line(*xy: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString(degrees(*xy))


def grid(n: int) -> list[shapely.LineString]:
    """Streets a kilometre apart, not cut where they cross."""
    return [line((0, k), (n, k)) for k in range(n + 1)] + [line((k, 0), (k, n)) for k in range(n + 1)]


def test_streets_that_cross_are_joined_and_distances_are_those_of_the_blocks() -> None:
    roads = build_roads(grid(4), crs=CRS)
    assert (roads.cleaning.nodes, roads.cleaning.edges, roads.cleaning.components) == (25, 40, 1)
    found = ways(degrees((0, 0), (1, 2)), degrees((4, 4), (1, 2), (3, 1)), roads)
    assert found.metres.tolist() == [
        pytest.approx([8000, 3000, 4000], rel=1e-3, abs=1),
        pytest.approx([5000, 0, 3000], rel=1e-3, abs=1),
    ]
    assert found.seconds == pytest.approx(found.metres / (4.5 / 3.6), rel=1e-6, abs=1e-3)
    assert not found.straight.any()


def test_a_point_beside_a_road_walks_to_it() -> None:
    roads = build_roads([line((0, 0), (10, 0))], crs=CRS)
    found = ways(degrees((2, 0.3)), degrees((7, -0.4)), roads, mode="drive")
    assert found.metres[0, 0] == pytest.approx(300 + 5000 + 400, rel=1e-3)
    assert found.seconds[0, 0] == pytest.approx(700 / (4.5 / 3.6) + 5000 / (30 / 3.6), rel=1e-3)
    assert found.to_road[0] == pytest.approx(300, rel=1e-3)


def test_far_from_any_road_it_is_measured_straight_and_says_so() -> None:
    roads = build_roads([line((0, 0), (10, 0))], crs=CRS)
    here, there = degrees((1, 0), (5, 30)), degrees((9, 0))
    found = ways(here, there, roads)
    assert found.straight[:, 0].tolist() == [False, True]
    assert found.metres[1, 0] == pytest.approx(distance_matrix(here[1:], there)[0, 0] * DETOUR)


def test_networks_that_do_not_meet_are_not_crossed() -> None:
    roads = build_roads([line((0, 0), (3, 0)), line((0, 2), (3, 2))], crs=CRS)
    assert roads.cleaning.components == 2
    found = ways(degrees((1, 0)), degrees((1, 2), (2, 0)), roads)
    assert np.isinf(found.metres[0, 0])
    assert [part.tolist() for part in found.nearest()] == [[1], [pytest.approx(1000, rel=1e-3)]]
    alone = ways(degrees((1, 0)), degrees((1, 2)), roads).nearest()
    assert alone[0].tolist() == [-1]
    assert np.isinf(alone[1]).all()


def test_the_quickest_way_may_be_longer_and_walkers_keep_off_motorways() -> None:
    lines = [line((0, 0), (4, 0)), line((0, 0), (0, 2), (4, 2), (4, 0))]
    roads = build_roads(lines, crs=CRS, classes=["track", "motorway"])
    ends = degrees((0, 0)), degrees((4, 0))
    assert ways(*ends, roads, mode="drive").metres[0, 0] == pytest.approx(8000, rel=1e-3)
    assert ways(*ends, roads, mode="walk").metres[0, 0] == pytest.approx(4000, rel=1e-3)
    only = build_roads(lines[1:], crs=CRS, classes=["motorway"])
    with pytest.raises(InputRefused, match="出行方式"):
        ways(*ends, only, mode="walk")


def plain(roads: Roads, start: int) -> NDArray[np.float64]:
    """Metres to all nodes by a search written out."""
    beside: dict[int, list[tuple[int, float]]] = {}
    for (a, b), metres in zip(roads.ends.tolist(), roads.metres.tolist(), strict=True):
        beside.setdefault(a, []).append((b, metres))
        beside.setdefault(b, []).append((a, metres))
    best = np.full(len(roads.lonlat), np.inf)
    best[start], queue = 0.0, [(0.0, start)]
    while queue:
        far, node = heapq.heappop(queue)
        for other, metres in beside.get(node, ()) if far <= best[node] else ():
            if far + metres < best[other]:
                best[other] = far + metres
                heapq.heappush(queue, (best[other], other))
    return best


@pytest.mark.parametrize("seed", range(4))
def test_random_networks_give_what_a_plain_search_finds(seed: int) -> None:
    dice = np.random.default_rng(seed)
    ends = dice.uniform(0, 10, (40, 2, 2))
    roads = build_roads([line(tuple(a), tuple(b)) for a, b in ends], crs=CRS)
    chosen = dice.choice(len(roads.lonlat), 12, replace=False)
    found = ways(roads.lonlat[chosen[:5]], roads.lonlat[chosen[5:]], roads)
    wanted = np.array([plain(roads, int(start))[chosen[5:]] for start in chosen[:5]])
    np.testing.assert_allclose(found.metres, wanted, rtol=1e-6, atol=0.5)
    turned = ways(roads.lonlat[chosen[5:]], roads.lonlat[chosen[:5]], roads)
    np.testing.assert_allclose(turned.metres, found.metres.T, rtol=1e-9, atol=1e-3)


def test_lengths_are_those_along_the_ellipsoid() -> None:
    bent = [(0, 0), (3, 1), (3, 4), (7, 4)]
    roads = build_roads([line(*bent)], crs=CRS)
    points = degrees(*bent)
    straight = sum(distance_matrix([a], [b])[0, 0] for a, b in pairwise(points))
    assert roads.metres.sum() == pytest.approx(straight, rel=1e-6)


def test_without_roads_straight_lines_count_by_the_factor() -> None:
    here, there = degrees((0, 0), (1, 1)), degrees((3, 4))
    found = ways(here, there, detour=1.5)
    np.testing.assert_allclose(found.metres, 1.5 * distance_matrix(here, there))
    assert found.straight.all()
    assert np.isnan(found.to_road).all()
    assert ways(here, np.empty((0, 2))).nearest()[0].tolist() == [-1, -1]
    with pytest.raises(InputRefused, match="绕行系数"):
        ways(here, there, detour=0.9)


@pytest.mark.parametrize(
    "lines", [[], [None], [shapely.Point(87, 44)], [shapely.LineString()], [shapely.LineString([(87, 44)] * 2)]]
)
def test_a_layer_without_lines_is_refused(lines: list[Any]) -> None:
    with pytest.raises(InputRefused, match="没有可用的线"):
        build_roads(lines, crs=CRS)


def test_odd_lines_are_dropped_and_counted() -> None:
    roads = build_roads([line((0, 0), (1, 0)), None, shapely.LineString([(87, 44)] * 2)], crs=CRS)
    assert (roads.cleaning.lines, roads.cleaning.dropped, roads.cleaning.edges) == (3, 1, 1)


def test_bands_hold_everybody_once() -> None:
    found = bands([0, 500, 500.1, 3000, np.inf], [10, 20, np.nan, 5, 1], [1000, 500])
    assert [(band.high, band.units, band.people, band.uncounted) for band in found] == [
        (500, 2, 30.0, 0),
        (1000, 1, 0.0, 1),
        (np.inf, 2, 6.0, 0),
    ]


def test_a_catchment_follows_the_roads() -> None:
    roads = build_roads([line((0, 0), (10, 0)), line((5, 0), (5, 8)), line((9, 3), (9, 6))], crs=CRS)
    (area,) = catchments(degrees((5, 0)), 2000, roads)
    inside = [shapely.contains_xy(area, *point) for point in degrees((3.1, 0), (6.9, 0), (5, 1.9))]
    outside = [shapely.contains_xy(area, *point) for point in degrees((2.8, 0), (7.2, 0), (5, 2.2), (6, 1), (9, 4))]
    assert all(inside)
    assert not any(outside)


def test_a_catchment_without_roads_is_a_circle_on_the_ellipsoid() -> None:
    here = degrees((0, 0))
    (area,) = catchments(here, 1500)
    corners = shapely.get_coordinates(area)
    np.testing.assert_allclose(distance_matrix(here, corners)[0], 1500, atol=0.01)
    roads = build_roads([line((0, 50), (1, 50))], crs=CRS)
    assert catchments(here, 1500, roads)[0].equals(area)  # no road within reach
    with pytest.raises(InputRefused, match="距离"):
        catchments(here, 0)


def test_a_catchment_grows_with_the_distance() -> None:
    roads = build_roads(grid(4), crs=CRS)
    areas = [catchments(degrees((1.5, 2)), metres, roads)[0].area for metres in (200, 700, 1600, 3000)]
    assert areas == sorted(areas)


def test_lines_that_are_not_in_degrees_are_refused() -> None:
    with pytest.raises(InputRefused, match="坐标系"):
        build_roads([shapely.LineString([(500_000, 4_800_000), (500_100, 4_800_000)])], crs=CRS)
