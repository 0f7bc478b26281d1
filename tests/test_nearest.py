"""Nearest facilities, against the geodesic of every pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from pyproj import Geod

from geo.errors import PointsRefused
from geo.nearest import distance_matrix, nearest, within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GEOD = Geod(ellps="GRS80")
HERE = (87.3, 44.0)


def every_pair(units: Floats, facilities: Floats) -> Floats:
    """Metres by a call of the library for each row, nothing of ours."""
    n, m = len(units), len(facilities)
    lon, lat = (np.repeat(units[:, axis], m) for axis in (0, 1))
    _, _, metres = GEOD.inv(lon, lat, np.tile(facilities[:, 0], n), np.tile(facilities[:, 1], n))
    return np.asarray(metres).reshape(n, m)


def check(units: Floats, facilities: Floats, k: int) -> None:
    pairs = every_pair(units, facilities)
    expected = np.argsort(pairs, axis=1, kind="stable")[:, :k]
    index, metres = nearest(units, facilities, k=k)
    assert index.shape == metres.shape == (len(units), k)
    np.testing.assert_array_equal(index, expected)
    np.testing.assert_array_equal(metres, np.take_along_axis(pairs, expected, axis=1))


def country(rng: np.random.Generator, n: int) -> Floats:
    return np.column_stack([rng.uniform(73, 135, n), rng.uniform(18, 54, n)])


def globe(rng: np.random.Generator, n: int) -> Floats:
    return np.column_stack([rng.uniform(-180, 180, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))])


def circle(metres: Floats) -> Floats:
    """Points around one place at these distances, all the way round."""
    lon, lat = (np.full(len(metres), value) for value in HERE)
    east, north, _ = GEOD.fwd(lon, lat, np.linspace(0, 360, len(metres), endpoint=False), metres)
    return np.column_stack([east, north])


@pytest.mark.parametrize("k", [1, 2, 7])
def test_no_neighbour_is_wrong(k: int) -> None:
    rng = np.random.default_rng(k)
    check(country(rng, 600), country(rng, 700), k)
    check(globe(rng, 300), globe(rng, 400), k)
    check(globe(rng, 300), globe(rng, 8), k)  # a hemisphere away


def test_all_of_them_in_order() -> None:
    rng = np.random.default_rng(3)
    check(globe(rng, 50), globe(rng, 200), 200)


@pytest.mark.parametrize("radius", [0.001, 1.0, 1_000.0, 1_000_000.0, 9_000_000.0])
def test_near_ties_are_told_apart(radius: float) -> None:
    """On a circle chords differ by the flattening, far more than the distances do."""
    around = circle(radius + np.random.default_rng(1).normal(0, 1e-6 * min(radius, 1), 400))
    middle = np.array([HERE, (HERE[0] + 1e-7, HERE[1])])
    for k in (1, 3, 50):
        check(middle, around, k)


def test_several_on_one_spot_come_in_order_of_index() -> None:
    rng = np.random.default_rng(4)
    spots = country(rng, 12)
    facilities = spots[rng.integers(0, 12, 600)]
    check(country(rng, 80), facilities, 5)
    check(facilities[:80], facilities, 1)
    check(np.tile(spots[:1], (40, 1)), np.tile(spots[:1], (900, 1)), 3)


def test_antimeridian_and_poles() -> None:
    rng = np.random.default_rng(5)
    odd = np.array(
        [[180, 0], [-180, 0], [179.9999, 10], [-179.9999, 10], [0, 90], [123, 90], [0, -90], [359, 3], [-1, 3]]
    )
    near = np.column_stack([rng.choice([-180, 180], 300) + rng.normal(0, 1e-3, 300), rng.uniform(-1, 1, 300)])
    for k in (1, 4):
        check(odd, np.r_[near, globe(rng, 100), odd], k)
        check(np.r_[odd, near], np.r_[odd, odd], k)


def test_within_a_distance() -> None:
    rng = np.random.default_rng(6)
    units, facilities = country(rng, 300), np.r_[country(rng, 400), country(rng, 5).repeat(3, axis=0)]
    pairs = every_pair(units, facilities)
    for limit in (0.0, 50_000.0, float(pairs[7, 11]), 400_000.0):
        unit, facility, metres = within(units, facilities, limit)
        np.testing.assert_array_equal(np.column_stack([unit, facility]), np.argwhere(pairs <= limit))
        np.testing.assert_array_equal(metres, pairs[unit, facility])
    assert 11 in within(units, facilities, float(pairs[7, 11]))[1]


def test_a_matrix_of_distances() -> None:
    rng = np.random.default_rng(7)
    units, facilities = country(rng, 20), globe(rng, 30)
    np.testing.assert_array_equal(distance_matrix(units, facilities), every_pair(units, facilities))


def test_nothing_asked_nothing_answered() -> None:
    index, metres = nearest([], [HERE], k=1)
    assert index.shape == metres.shape == (0, 1)
    assert [len(part) for part in within([], [HERE], 5)] == [0, 0, 0]
    assert [len(part) for part in within([HERE], [], 5)] == [0, 0, 0]
    assert distance_matrix([HERE], []).shape == (1, 0)


@pytest.mark.parametrize(
    ("units", "facilities", "k", "said"),
    [
        ([HERE], [], 1, "设施共有0个"),
        ([HERE], [HERE], 2, "最近的2个设施，而设施共有1个"),
        ([HERE], [HERE], 0, "最近的0个"),
        ([HERE, (np.nan, 44)], [HERE], 1, "1个单位没有坐标：序号1"),
        ([HERE], [HERE, (np.inf, 1), (1, np.inf)], 1, "2个设施没有坐标：序号1、2"),
        ([(44.0, 97.3)], [HERE], 1, "先经度、后纬度"),
        ([(1, 2, 3)], [HERE], 1, "两列"),
        ([("东", "西")], [HERE], 1, "数字"),
    ],
)
def test_what_cannot_be_measured_is_refused(units: object, facilities: object, k: int, said: str) -> None:
    with pytest.raises(PointsRefused, match=said):
        nearest(units, facilities, k=k)  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [-1.0, np.nan, np.inf])
def test_a_distance_is_a_number_of_metres(limit: float) -> None:
    with pytest.raises(PointsRefused, match="米数"):
        within([HERE], [HERE], limit)
