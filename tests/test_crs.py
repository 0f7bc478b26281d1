"""Chinese datums: conversions and their way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.crs import Datum, from_cgcs2000, to_cgcs2000

GEOD = Geod(ellps="GRS80")
CHINA = st.tuples(st.floats(73.6, 135.0), st.floats(18.2, 53.5))


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(GEOD.inv(*a, *b)[2])


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@given(point=CHINA)
def test_round_trip_closes_within_a_decimetre(datum: Datum, point: tuple[float, float]) -> None:
    assert metres(to_cgcs2000(*from_cgcs2000(*point, datum), datum), point) <= 0.1
    assert metres(from_cgcs2000(*to_cgcs2000(*point, datum), datum), point) <= 0.1


@given(point=CHINA)
def test_offsets_are_those_of_the_web_maps(point: tuple[float, float]) -> None:
    """GCJ-02 is off by some hundred metres, BD-09 by about a kilometre."""
    assert 20 <= metres(from_cgcs2000(*point, "gcj02"), point) <= 800
    assert 300 <= metres(from_cgcs2000(*point, "bd09"), point) <= 1800


@pytest.mark.parametrize(("datum", "least", "most"), [("gcj02", 245, 287), ("bd09", 1000, 1200)])
def test_offsets_as_measured_near_44_north_87_east(datum: Datum, least: float, most: float) -> None:
    for lon, lat in ((86.5, 43.4), (87.3, 44.0), (87.4, 44.9)):
        moved = from_cgcs2000(lon, lat, datum)
        assert least - 15 <= metres(moved, (lon, lat)) <= most + 15
        assert moved[0] > lon


@given(point=CHINA)
def test_wgs84_and_cgcs2000_are_taken_as_one(point: tuple[float, float]) -> None:
    for datum in ("wgs84", "cgcs2000"):
        assert to_cgcs2000(*point, datum) == from_cgcs2000(*point, datum) == point
