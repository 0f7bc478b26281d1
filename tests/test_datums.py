"""Which datum and form a list is in: judged against truth that was turned into each of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer

from geo.bundled import bundled_place
from geo.crs import CGCS2000, Datum, from_cgcs2000
from geo.intake.datums import Belief, Clues, Reading, believe
from geo.intake.grids import grids_of, which_form
from geo.intake.positions import Positions
from geo.place import Place, read_place
from tests.support import county

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GEOD = Geod(ellps="GRS80")
DATUMS: tuple[Datum, ...] = ("cgcs2000", "gcj02", "bd09")
PLAIN, ZONED, SIX = (range(4534, 4555), range(4513, 4534), range(4491, 4502))
PLACES = ("county", "changji")
METRE = np.array([1 / 80_000, 1 / 111_200])  # roughly, at 44 degrees north


@cache
def place(name: str) -> Place:
    return county() if name == "county" else read_place(bundled_place(name))


@cache
def positions(name: str) -> Positions:
    return Positions(place(name))


def inside(name: str, count: int, rng: np.random.Generator) -> Floats:
    """Random points in a place."""
    outline = positions(name).outline[0]
    west, south, east, north = outline.bounds
    drawn = rng.uniform((west, south), (east, north), size=(60 * count, 2))
    return np.asarray(drawn[shapely.contains_xy(outline, *drawn.T)][:count])


def written(points: Floats, reading: Reading) -> Floats:
    """The numbers by which a reading says these points."""
    found = np.array([from_cgcs2000(lon, lat, reading.datum) for lon, lat in points.tolist()])
    if reading.grid:
        found = np.column_stack(Transformer.from_crs(CGCS2000, reading.grid, always_xy=True).transform(*found.T))
    return found[:, ::-1] if reading.swapped else found


def metres(one: Floats, other: Floats) -> Floats:
    return np.asarray(GEOD.inv(*one.T, *other.T)[2])


def nowhere(count: int) -> Floats:
    return np.full((count, 2), np.nan)


def clues(name: str, count: int, **given: Any) -> Clues:
    outline, slack = positions(name).outline
    return replace(
        Clues(nowhere(count), nowhere(count), np.arange(count), [None] * count, False, outline, slack), **given
    )


def judged(name: str, pairs: Floats, **given: Any) -> Belief:
    return believe(pairs, clues(name, len(pairs), **given), working_crs=place(name).working_crs)


def believed(belief: Belief) -> Reading:
    assert belief.best is not None
    return belief.best.reading


# ── forms ────────────────────────────────────────────────────────────────────


def readings() -> list[Reading]:
    plain = [Reading(datum, swapped=swapped) for datum in DATUMS for swapped in (False, True)]
    grids = [Reading(grid=f"EPSG:{code}", swapped=s) for code in (4538, 4517, 4493) for s in (False, True)]
    return plain + grids


@pytest.mark.parametrize("reading", readings(), ids=lambda r: r.key)
@given(point=st.tuples(st.floats(85.6, 88.4), st.floats(20, 53)))
def test_round_trips_close_within_a_decimetre(reading: Reading, point: tuple[float, float]) -> None:
    points = np.array([point])
    pairs = written(points, reading)
    assert metres(reading.cgcs2000(pairs), points) <= 0.1
    lon, lat = reading.degrees_of(*pairs[0])
    assert (lon, lat) == pytest.approx(tuple(reading.degrees(pairs)[0]), abs=1e-9)
    shape = "degrees" if reading.grid is None else "plane" if reading.grid == "EPSG:4538" else "zoned"
    assert which_form(*pairs[0]) == shape + " swapped" * reading.swapped


@pytest.mark.parametrize("numbers", [PLAIN, ZONED, SIX], ids=["plain", "zoned", "six"])
def test_zones_are_those_of_the_registry(numbers: range) -> None:
    for code in numbers:
        parameters = {p.name: p.value for p in CRS.from_epsg(code).coordinate_operation.params}  # type: ignore[union-attr]
        meridian, easting = (float(parameters[n]) for n in ("Longitude of natural origin", "False easting"))
        zone = int(easting // 1_000_000)
        assert zone == (0 if numbers is PLAIN else meridian / 3 if numbers is ZONED else (meridian + 3) / 6)
        told = grids_of("EPSG:4538", (easting, 4_800_000.0))
        assert f"EPSG:{code}" in told.codes
        assert len(told.codes) == (1 if zone else len(PLAIN))
        label = grids_of(f"EPSG:{code}").label
        assert f"{meridian:g}°E" in label
        assert ("六度带" in label) is (numbers is SIX)
        assert (f"带号{zone}" if zone else "不带带号") in label


@pytest.mark.parametrize(
    "pair", [(0, 0), (87.3, 87.3), (2019, 2020), (-87.3, 44), (np.nan, 44), (np.inf, 44), (5e5, 44)]
)
def test_what_is_no_place_in_china_has_no_form(pair: tuple[float, float]) -> None:
    assert which_form(*pair) == ""
    assert believe(np.array([pair], dtype=float), clues("county", 1), working_crs="EPSG:4543").best is None


def test_a_row_in_another_form_than_its_list_is_told() -> None:
    for reading in (Reading(grid="EPSG:4538"), Reading(swapped=True), Reading(grid="EPSG:4538", swapped=True)):
        with pytest.raises(ValueError, match="not in the form"):
            reading.degrees_of(87.3, 44.0)


# ── known facilities ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("datum", DATUMS)
def test_facilities_known_elsewhere_tell_the_datum(name: str, datum: Datum, *, swapped: bool) -> None:
    rng = np.random.default_rng(1)
    for count in (3, 4, 12, 300):
        points = inside(name, count, rng)
        same = points + rng.normal(0, 15, points.shape) * METRE
        found = judged(name, written(points, Reading(datum, swapped=swapped)), same=same)
        assert believed(found) == Reading(datum, swapped=swapped)
        assert found.sure
        assert metres(believed(found).cgcs2000(written(points, Reading(datum, swapped=swapped))), points).max() <= 0.1


@pytest.mark.parametrize("datum", DATUMS)
def test_one_or_two_facilities_are_not_enough(datum: Datum) -> None:
    points = inside("county", 8, np.random.default_rng(2))
    for known in (0, 1, 2):
        same = np.where(np.arange(8)[:, None] < known, points, np.nan)
        assert not judged("county", written(points, Reading(datum)), same=same).sure


def test_a_few_that_moved_do_not_mislead() -> None:
    rng = np.random.default_rng(3)
    points = inside("changji", 12, rng)
    same = points.copy()
    same[:3] += np.array([0.02, 0.01])
    found = judged("changji", written(points, Reading("gcj02")), same=same)
    assert (believed(found).datum, found.sure) == ("gcj02", True)
    assert not len(found.at_odds(found.fits[0]))  # they stand rightly by no datum


def test_a_list_of_two_datums_is_not_sure_and_its_rows_are_told() -> None:
    points = inside("changji", 10, np.random.default_rng(4))
    for others in (3, 4, 5):
        pairs = written(points, Reading())
        pairs[:others] = written(points[:others], Reading("gcj02"))
        found = judged("changji", pairs, same=points)
        assert not found.sure
        used = found.of("cgcs2000")
        assert used is not None
        assert found.at_odds(used).tolist() == list(range(others))
    pairs = written(points, Reading("bd09"))
    pairs[0] = written(points[:1], Reading())[0]
    found = judged("changji", pairs, same=points)
    assert (believed(found).datum, found.sure) == ("bd09", True)
    assert found.at_odds(found.fits[0]).tolist() == [0]


def test_a_datum_that_is_none_of_them_is_not_taken_for_one() -> None:
    """Old national datums are off by about a hundred metres, all one way."""
    points = inside("changji", 20, np.random.default_rng(5))
    for off in (100, 130, 500):
        found = judged("changji", points + np.array([off, 0]) * METRE, same=points)
        assert not found.sure, off


# ── other facilities of the unit, lines ──────────────────────────────────────


def around(count: int, scatter: float, datum: Datum, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Numbers of a list, and the mean of what else is known in each unit, both scattered about villages."""
    table = place("changji").villages.sample(count, random_state=int(rng.integers(1 << 30)))
    villages = table[["lon", "lat"]].to_numpy(float)
    points, near = (villages + rng.normal(0, scatter, villages.shape) * METRE for _ in range(2))
    return written(points, Reading(datum)), near


@pytest.mark.parametrize("datum", DATUMS)
def test_other_facilities_of_many_units_tell_the_datum(datum: Datum) -> None:
    pairs, near = around(40, 150, datum, np.random.default_rng(6))
    found = judged("changji", pairs, near=near)
    assert (believed(found).datum, found.sure) == (datum, True)


def test_rows_of_one_unit_count_once() -> None:
    pairs, near = around(5, 100, "gcj02", np.random.default_rng(7))
    many = judged(
        "changji", np.repeat(pairs, 20, axis=0), near=np.repeat(near, 20, axis=0), unit=np.repeat(range(5), 20)
    )
    assert not many.sure


def test_few_or_far_scattered_units_are_not_sure() -> None:
    rng = np.random.default_rng(8)
    for count, scatter in ((5, 100), (12, 2000), (30, 3000)):
        for datum in ("cgcs2000", "gcj02"):
            pairs, near = around(count, scatter, datum, rng)
            assert not judged("changji", pairs, near=near).sure


def test_what_is_said_to_be_sure_is_right() -> None:
    """Over lists of all sizes and scatters, one in a hundred at the most is taken wrongly."""
    rng = np.random.default_rng(9)
    sure = wrong = 0
    for _ in range(400):
        datum = DATUMS[int(rng.integers(2))]
        pairs, near = around(int(rng.integers(4, 40)), float(rng.uniform(100, 600)), datum, rng)
        found = judged("changji", pairs, near=near)
        sure += found.sure
        wrong += found.sure and believed(found).datum != datum
    assert sure >= 100
    assert wrong <= sure / 100


def test_a_shift_that_no_datum_explains_is_not_sure() -> None:
    """As where the stored points themselves were read in a wrong datum."""
    pairs, near = around(40, 150, "cgcs2000", np.random.default_rng(10))
    assert not judged("changji", pairs, near=written(near, Reading("gcj02"))).sure


@pytest.mark.parametrize("official", [False, True])
def test_lines_alone_never_tell_offset_datums_apart(*, official: bool) -> None:
    rng = np.random.default_rng(11)
    for datum in DATUMS:
        points = inside("county", 60, rng)
        areas = [shape for shape in place("county").townships.geometry if not shape.is_empty]
        home = [next((a for a in areas if a.covers(shapely.Point(p))), None) for p in points]
        assert not judged("county", written(points, Reading(datum)), area=home, official=official).sure


# ── metres ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("kind", ["plain", "zoned", "six"])
def test_metres_tell_their_zone_by_the_outline(name: str, kind: str, *, swapped: bool) -> None:
    own = int(place(name).working_crs.split(":")[1])
    zone = own - PLAIN[0]
    code = {"plain": own, "zoned": ZONED[0] + zone, "six": SIX[0] + zone // 2}[kind]
    reading = Reading(grid=f"EPSG:{code}", swapped=swapped)
    for count in (1, 2, 30):
        points = inside(name, count, np.random.default_rng(12))
        found = judged(name, written(points, reading))
        assert (believed(found), found.sure, len(found.fits)) == (reading, True, 1)


def test_metres_of_another_meridian_are_found() -> None:
    """Surveyors near the edge of a zone also use its neighbour."""
    points = inside("changji", 5, np.random.default_rng(13))
    pairs = written(points, Reading(grid="EPSG:4537"))
    found = judged("changji", pairs)
    assert (believed(found).grid, found.sure) == ("EPSG:4537", True)


def test_metres_that_fit_several_zones_or_none_are_not_sure() -> None:
    points = inside("changji", 5, np.random.default_rng(14))
    pairs = written(points, Reading(grid="EPSG:4538"))
    wide = judged("changji", pairs, outline=shapely.box(80, 42, 96, 46))
    assert len(wide.fits) >= 3
    assert not wide.sure
    none = judged("changji", pairs + np.array([0, 900_000.0]))
    assert (none.fits, none.sure) == ((), False)


def test_a_place_without_an_outline_has_its_villages() -> None:
    free = Positions(replace(place("changji"), boundary=None))
    outline, slack = free.outline
    assert slack > 10_000
    points = inside("changji", 5, np.random.default_rng(15))
    found = judged("changji", written(points, Reading(grid="EPSG:4517")), outline=outline, slack=slack)
    assert (believed(found).grid, found.sure) == ("EPSG:4517", True)
