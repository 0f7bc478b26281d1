"""Points held against the place: swapped, elsewhere, outside their township."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shapely
from pyproj import Geod

from geo.crs import from_cgcs2000
from geo.intake.positions import Positions
from tests.support import EAST, RIVER, TOWN, county

POSITIONS = Positions(county())
SEAT: dict[str, tuple[float, float]] = {
    code: (lon, lat) for code, lon, lat in county().townships[["code", "lon", "lat"]].to_numpy(object)
}


def told(lon: float, lat: float, unit: str = RIVER) -> tuple[str, str] | None:
    odd = POSITIONS.locate(lon, lat, "cgcs2000", unit)[1]
    return None if odd is None else (odd.severity, odd.code)


def test_a_good_point() -> None:
    point, odd = POSITIONS.locate(*SEAT[RIVER], "cgcs2000", RIVER)
    assert odd is None
    assert shapely.get_coordinates(point)[0] == pytest.approx(SEAT[RIVER], abs=1e-7)


def test_another_datum_is_converted() -> None:
    lon, lat = SEAT[TOWN]
    point, odd = POSITIONS.locate(*from_cgcs2000(lon, lat, "bd09"), "bd09", TOWN)
    assert odd is None
    assert Geod(ellps="GRS80").inv(lon, lat, *shapely.get_coordinates(point)[0])[2] < 0.1


def test_axes_swapped() -> None:
    lon, lat = SEAT[RIVER]
    assert told(lat, lon) == ("error", "axes-swapped")


@pytest.mark.parametrize(
    ("lon", "lat"), [(0.0, 0.0), (-87.3, 44.0), (3874512.0, 510234.0), (200.0, 95.0), (87.3, 87.3)]
)
def test_nonsense(lon: float, lat: float) -> None:
    assert told(lon, lat) == ("error", "coordinate-range")


def test_another_city() -> None:
    odd = POSITIONS.locate(116.4, 39.9, "cgcs2000", RIVER)[1]
    assert odd is not None
    assert (odd.severity, odd.code) == ("error", "outside-place")
    assert "公里" in odd.message


def test_just_outside_a_simplified_line_is_only_odd() -> None:
    west = county().boundary.bounds[0]  # type: ignore[union-attr]
    assert told(west - 0.01, 30.06) == ("warning", "outside-place-near")
    assert told(west - 0.05, 30.06) == ("error", "outside-place")


def test_outside_its_township() -> None:
    assert told(*SEAT[EAST], unit=RIVER) == ("warning", "outside-township")
    assert told(*SEAT[EAST], unit=EAST) is None
    assert told(*SEAT[EAST], unit=county().code.ljust(12, "0")) is None


def test_without_a_boundary_distance_from_all_villages_counts() -> None:
    free = Positions(replace(county(), boundary=None))
    assert free.locate(*SEAT[RIVER], "cgcs2000", RIVER)[1] is None
    odd = free.locate(116.4, 39.9, "cgcs2000", RIVER)[1]
    assert odd is not None
    assert odd.code == "outside-place"
