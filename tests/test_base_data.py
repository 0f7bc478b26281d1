"""The bundled place's base data: complete, exact, equal to its sources and to a rebuild."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from pyproj import Transformer
from shapely import Point

from geo.place import read_place

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "data" / "changji"
SOURCES = PLACE / "sources"
MADE = ("boundary.geojson", "townships.geojson", "villages.geojson", "names.csv", "changes.csv")


def table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def features(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((PLACE / f"{name}.geojson").read_text(encoding="utf-8"))["features"]
    return found


def rows(name: str) -> list[dict[str, Any]]:
    return [feature["properties"] for feature in features(name)]


@cache
def areas(name: str) -> list[BaseGeometry]:
    return [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features(name)]


def source_code(row: dict[str, str]) -> str:
    return row["township_code"] + "000"


# ── counts, codes ────────────────────────────────────────────────────────────


def test_counts_are_those_of_the_lists() -> None:
    in_plan = {row["code"] for row in rows("townships") if row["in_plan"]}
    assert len(rows("townships")) == 22
    assert len(in_plan) == 16
    assert len(rows("villages")) == 167
    assert len([row for row in rows("villages") if row["township_code"] in in_plan]) == 139


def test_the_plans_units_are_ten_townships_and_six_subdistricts() -> None:
    kinds = [row["kind"] for row in rows("townships") if row["in_plan"]]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"town": 8, "township": 2, "subdistrict": 6}
    agricultural = {row["name"] for row in rows("townships") if row["in_plan"] and row["agricultural"]}
    assert {name for name in agricultural if name.endswith("街道")} == {"宁边路街道", "建国路街道", "中山路街道"}
    assert len(agricultural) == 13


def test_codes_are_unique_twelve_digits_and_nested() -> None:
    townships = [row["code"] for row in rows("townships")]
    villages = [row["code"] for row in rows("villages")]
    codes = townships + villages
    assert len(set(codes)) == len(codes) == 189
    assert all(isinstance(code, str) and code.isdigit() and len(code) == 12 for code in codes)
    place = tomllib.loads((PLACE / "place.toml").read_text(encoding="utf-8"))["place"]["code"]
    assert all(code.startswith(place) for code in codes)
    assert all(code.endswith("000") for code in townships)
    assert all(row["township_code"] == row["code"][:9] + "000" for row in rows("villages"))
    assert {row["township_code"] for row in rows("villages")} == set(townships)


# ── nothing differs from the sources ─────────────────────────────────────────


def test_townships_say_what_the_sources_say() -> None:
    listed = {row["code12"]: row for row in table(SOURCES / "townships.csv")}
    seats = table(SOURCES / "township_seats.csv") + table(SOURCES / "schematic_seats.csv")
    seat_of = {source_code(row): row for row in seats}
    assert len(seats) == len(seat_of) == 22
    planned = {source_code(r) for r in table(SOURCES / "township_names.csv") if r["scheme"] == "plan"}
    for row in rows("townships"):
        source, seat = listed[row["code"]], seat_of[row["code"]]
        assert row["name"] == source["name"] == seat["name"]
        assert (row["lon"], row["lat"]) == (float(seat["lon"]), float(seat["lat"]))
        assert (row["seat_quality"], row["seat_source"]) == (seat["quality"], seat["source"])
        assert row["in_plan"] is (row["code"] in planned)
        assert row["population"] is None
        assert row["schematic"] is True
        members = [v for v in rows("villages") if v["township_code"] == row["code"]]
        counts = [int(source[column]) for column in ("n_juwei", "n_cunwei", "n_other")]
        kinds = [member["kind"] for member in members]
        assert [kinds.count(kind) for kind in ("community", "village", "similar")] == counts
        assert len(members) == int(source["n_villages"])


def test_villages_say_what_the_sources_say() -> None:
    listed = {row["code12"]: row for row in table(SOURCES / "villages.csv")}
    kinds = {"居委会(001-199)": "community", "村委会(200-399)": "village", "类似(400-599)": "similar"}
    assert [row["code"] for row in rows("villages")] == list(listed)
    for row in rows("villages"):
        source = listed[row["code"]]
        assert row["name"] == source["name"]
        assert row["township_code"] == source["township_code9"] + "000"
        assert row["kind"] == kinds[source["type_by_code"]]
        assert row["population"] is None
        assert row["schematic"] is True


def test_hand_placed_seats_are_only_those_without_a_listed_one() -> None:
    listed = {row["township_code"] for row in table(SOURCES / "township_seats.csv")}
    placed = table(SOURCES / "schematic_seats.csv")
    assert not listed & {row["township_code"] for row in placed}
    assert all(row["quality"] == "schematic" and row["note"] for row in placed)


# ── names ────────────────────────────────────────────────────────────────────


def test_names_hold_every_former_name_and_nothing_current() -> None:
    current = {row["code"]: row["name"] for row in rows("townships") + rows("villages")}
    names = table(PLACE / "names.csv")
    assert list(names[0]) == ["code", "name", "scheme", "other_code"]
    assert len({tuple(row.values()) for row in names}) == len(names)
    years = {(r["other_code"] or r["code"], r["scheme"], r["name"]) for r in names if r["scheme"].isdigit()}
    expected = {
        (row["code12"], year, row[year])
        for row in table(SOURCES / "village_history_2019_2023.csv")
        for year in ("2019", "2020", "2021", "2022", "2023")
        if row[year] and row[year] != current.get(row["code12"])
    }
    assert years == expected
    assert {row["code"] for row in names} - {""} <= set(current)
    for row in names:
        assert row["code"] or row["other_code"]
        if row["scheme"] != "civil_affairs" and row["code"]:
            assert row["name"] != current[row["code"]]
        if not row["code"]:
            assert row["other_code"] not in current


def test_changes_hold_every_difference_between_two_years_and_no_more() -> None:
    changes = table(PLACE / "changes.csv")
    history = table(SOURCES / "village_history_2019_2023.csv")
    expected = {
        (row["code12"], row[before], row[year], year)
        for row in history
        for before, year in pairwise(("2019", "2020", "2021", "2022", "2023"))
        if row[before] != row[year]
    }
    told = {(r["from_code"] or r["to_code"], r["from_name"], r["to_name"], r["changed_on"]) for r in changes}
    assert told == expected
    assert Counter(row["kind"] for row in changes) == {"renamed": 16, "dropped": 5, "added": 8}
    assert read_place(PLACE).gazetteer.life_of("652301503501")[0].told() == "2020年由“一连队”更名为“一连生活区”"


def test_names_hold_the_whole_civil_affairs_crosswalk() -> None:
    rows_of = {r["code"]: r["other_code"] for r in table(PLACE / "names.csv") if r["scheme"] == "civil_affairs"}
    expected = {
        row["statistics_code"] + "000": row["civil_affairs_code"] + "000"
        for row in table(SOURCES / "township_code_crosswalk.csv")
        if row["civil_affairs_code"]
    }
    assert rows_of == expected
    assert rows_of["652301101000"] == "652301102000"  # 三工镇: the other scheme's code is 榆树沟镇 here
    assert len(set(rows_of.values())) == 16


def test_official_variants_of_one_township_are_known() -> None:
    known = {row["name"] for row in table(PLACE / "names.csv") if row["code"] == "652301202000"}
    known |= {row["name"] for row in rows("townships") if row["code"] == "652301202000"}
    assert known == {"阿什里乡", "阿什里哈萨克族乡", "阿什里哈萨克民族乡"}


# ── geometry ─────────────────────────────────────────────────────────────────


def metres(area: BaseGeometry) -> BaseGeometry:
    """In the working CRS; long sides, straight in degrees, are bent as they should be."""
    move = Transformer.from_crs("EPSG:4490", "EPSG:4538", always_xy=True).transform
    return shapely.transform(shapely.segmentize(area, 0.005), lambda xy: np.column_stack(move(xy[:, 0], xy[:, 1])))


def test_villages_tile_townships_and_townships_tile_the_boundary() -> None:
    (boundary,) = areas("boundary")
    for name in ("townships", "villages"):
        assert all(area.is_valid for area in areas(name))
        assert shapely.coverage_is_valid(areas(name))
        assert shapely.coverage_union_all(areas(name)).symmetric_difference(boundary).area == 0
    for row, township in zip(rows("townships"), areas("townships"), strict=True):
        own = [a for v, a in zip(rows("villages"), areas("villages"), strict=True) if v["township_code"] == row["code"]]
        assert shapely.coverage_union_all(own).symmetric_difference(township).area == 0


@pytest.mark.parametrize("name", ["townships", "villages"])
def test_each_point_lies_in_its_own_area_and_off_its_border(name: str) -> None:
    for row, area in zip(rows(name), areas(name), strict=True):
        point = Point(row["lon"], row["lat"])
        assert area.contains(point), row["name"]
        assert metres(point).distance(metres(area.boundary)) > 100, row["name"]


def test_no_area_is_a_sliver() -> None:
    """Area and outline in metres: a circle's ratio is 1, a square's 0.79."""
    for name in ("townships", "villages"):
        for row, area in zip(rows(name), areas(name), strict=True):
            flat = metres(area)
            assert flat.geom_type == "Polygon", row["name"]
            assert flat.area > 100_000, row["name"]
            assert 4 * np.pi * flat.area / flat.length**2 > 0.2, row["name"]


def test_the_boundary_is_the_sources_line() -> None:
    source = json.loads((SOURCES / "boundary.geojson").read_text(encoding="utf-8"))["features"][0]
    line = metres(shapely.from_geojson(json.dumps(source["geometry"])))
    (boundary,) = areas("boundary")
    assert metres(boundary).hausdorff_distance(line) < 0.2
    assert metres(boundary).area == pytest.approx(line.area, rel=1e-6)
    (row,) = rows("boundary")
    assert row == {
        "code": source["properties"]["adcode"],
        "name": source["properties"]["name"],
        "gb": source["properties"]["gb"],
    }


def test_coordinates_have_six_decimals_and_name_their_crs() -> None:
    for name in ("boundary", "townships", "villages"):
        data = json.loads((PLACE / f"{name}.geojson").read_text(encoding="utf-8"))
        assert data["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::4490"
        xy = shapely.get_coordinates(areas(name))
        assert (np.round(xy, 6) == xy).all()


# ── rebuilding ───────────────────────────────────────────────────────────────


def test_the_script_rebuilds_the_committed_bytes(tmp_path: Path) -> None:
    copy = tmp_path / "county"
    copy.mkdir()
    shutil.copytree(SOURCES, copy / "sources")
    for name in ("make_base.py", "place.toml"):
        shutil.copy(PLACE / name, copy)
    run = subprocess.run(
        [sys.executable, str(copy / "make_base.py")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert [(copy / name).read_bytes() == (PLACE / name).read_bytes() for name in MADE] == [True] * len(MADE)


def test_the_place_says_who_where_and_from_what() -> None:
    data = tomllib.loads((PLACE / "place.toml").read_text(encoding="utf-8"))
    place = data["place"]
    assert set(place) == {"code", "name", "working_crs", "maker", "demo_note", "demo_as_of", "population"}
    assert place["demo_as_of"] == date(2022, 10, 31)
    assert all(source["title"] and source["licence"] for source in data["sources"])


def test_the_readme_names_every_file() -> None:
    text = (PLACE / "README.md").read_text(encoding="utf-8")
    names = [file.name for folder in (PLACE, SOURCES) for file in folder.iterdir() if file.is_file()]
    assert not [name for name in names if f"`{name}`" not in text and f"/{name}`" not in text]
