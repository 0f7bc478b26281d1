"""Roads out of any line file, bands of distance, rounds to print: what the commands read, tell and refuse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
import shapely

from geo.crs import from_cgcs2000
from geo.errors import UnreadableFile
from geo.files.lines import read_lines, road_class
from geo.rounds import rounds
from geo.served import served
from tests.command_line import kepu
from tests.support import TOWN, VILLAGES
from tests.web_client import DAY, build

if TYPE_CHECKING:
    from pathlib import Path

    from geo.store import Store

RULE = "1.village.station"
LINES: list[tuple[dict[str, Any], list[tuple[float, float]]]] = [
    ({"highway": "motorway_link", "name": "甲"}, [(102.0, 30.0), (102.1, 30.1)]),
    ({"highway": "residential", "name": None}, [(102.1, 30.0), (102.0, 30.1)]),
]


def road_file(path: Path, **more: Any) -> Path:
    """Two crossing roads and a point, as a file of the path's kind."""
    rows = [{**fields, **more, "geometry": shapely.LineString(line)} for fields, line in LINES]
    table = gpd.GeoDataFrame(rows, crs="EPSG:4490")
    if path.suffix == ".geojson":
        point = gpd.GeoDataFrame([{"highway": "x", "geometry": shapely.Point(102, 30)}], crs="EPSG:4490")
        features = [*table.iterfeatures(), *point.iterfeatures()]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    else:
        table.to_crs("EPSG:4541").to_file(path)
    return path


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return build(tmp_path_factory.mktemp("distances"))


# ── lines ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("ending", [".geojson", ".gpkg", ".shp"])
def test_lines_of_any_format_in_degrees(tmp_path: Path, ending: str) -> None:
    found = read_lines(road_file(tmp_path / f"roads{ending}"))
    assert (found.column, found.classes) == ("highway", ("motorway", "residential"))
    assert found.others == (1 if ending == ".geojson" else 0)
    for line, (_, wanted) in zip(found.shapes, LINES, strict=True):
        assert shapely.equals_exact(line, shapely.LineString(wanted), 1e-7)


def test_a_declared_datum_is_undone(tmp_path: Path) -> None:
    path = tmp_path / "gcj.geojson"
    moved = [[list(from_cgcs2000(x, y, "gcj02")) for x, y in line] for _, line in LINES]
    features = [
        {"type": "Feature", "properties": {"道路等级": "县道"}, "geometry": {"type": "LineString", "coordinates": line}}
        for line in moved
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    found = read_lines(path, datum="gcj02")
    assert found.classes == ("secondary", "secondary")
    assert shapely.equals_exact(found.shapes[0], shapely.LineString(LINES[0][1]), 1e-6)


def test_tracks_of_a_gps_are_lines(tmp_path: Path) -> None:
    path = tmp_path / "track.gpx"
    points = "".join(f'<trkpt lon="{x}" lat="{y}"/>' for x, y in LINES[0][1])
    path.write_text(
        f'<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><wpt lon="1" lat="1"/>'
        f"<trk><trkseg>{points}</trkseg></trk></gpx>",
        encoding="utf-8",
    )
    found = read_lines(path)
    assert [shapely.get_num_coordinates(line) for line in found.shapes] == [2]


@pytest.mark.parametrize(
    ("told", "name"), [("主干路", "primary"), ("trunk_link", "trunk"), ("国道", "trunk"), (None, "")]
)
def test_classes_in_either_tongue(told: str | None, name: str) -> None:
    assert road_class(told) == name


def test_files_that_hold_no_roads_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "roads.txt"
    text.write_text("x", encoding="utf-8")
    points = tmp_path / "points.geojson"
    points.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
        '{"type":"Point","coordinates":[1,1]}}]}',
        encoding="utf-8",
    )
    planar = tmp_path / "planar.geojson"
    planar.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
        '{"type":"LineString","coordinates":[[500000,3300000],[500100,3300000]]}}]}',
        encoding="utf-8",
    )
    for path, words in ((text, "不是矢量文件"), (points, "没有任何线"), (planar, "不是经纬度")):
        with pytest.raises(UnreadableFile, match=words):
            read_lines(path)


# ── commands ─────────────────────────────────────────────────────────────────


def test_siting_along_roads_says_so(county: Store, tmp_path: Path) -> None:
    roads = road_file(tmp_path / "roads.geojson")
    asked = ("site", "--rule", RULE, "--as-of", DAY, "--store", county.url, "--format", "json", "--count", "1")
    done = kepu(*asked, "--roads", roads)
    assert (done.code, json.loads(done.out)["straight"]) == (0, False)
    assert any("2 条线" in line and "“highway”" in line for line in done.lines)
    assert any("1 个不是线的要素" in line for line in done.lines)
    clash = kepu("site", "--rule", RULE, "--cheapest", "--roads", roads, "--store", county.url)
    assert (clash.code, "--cheapest" in clash.err) == (2, True)


def test_bands_hold_every_village_and_all_known_people(county: Store) -> None:
    asked = ("access", "stations", "--as-of", DAY, "--store", county.url)
    told = json.loads(kepu(*asked, "--within", "500,2000", "--format", "json").out)
    layers, place = county.layers(), county.place()
    assert sum(band["villages"] for band in told["bands"]) == told["villages"] == len(layers["villages"])
    assert [(band["low"], band["high"]) for band in told["bands"]] == [(0, 500), (500, 2000), (2000, None)]
    assert told["roads"] is False
    assert told["straight"] == told["villages"]
    far = [each["metres"] for each in told["furthest"]]
    assert far == sorted(far, reverse=True)
    assert (
        told["furthest"][0] == json.loads(json.dumps(served(layers, place, "stations", [1.0]).to_dict()))["furthest"][0]
    )
    shown = kepu(*asked)
    assert "直线距离乘 1.3" in shown.out
    for bad in ("x", "0", "-1", "nan", ""):
        assert kepu(*asked, "--within", bad).code == 2
    assert kepu("access", "churches", "--store", county.url).code == 2


def test_a_round_visits_each_place_once_and_its_legs_add_up(county: Store) -> None:
    layers = county.layers()
    found = rounds(layers, VILLAGES, start=TOWN)
    stops = [stop for day in found.days for stop in day.stops]
    assert found.start.unit_code == TOWN
    assert sorted(stop.unit_code for stop in stops) == sorted(set(VILLAGES))
    for day in found.days:
        assert day.stops[-1].from_start == pytest.approx(sum(stop.metres for stop in day.stops))
        assert day.metres >= day.stops[-1].from_start
    assert found.metres >= found.bound > 0


def test_a_round_is_written_as_page_table_and_json(county: Store, tmp_path: Path) -> None:
    listed = tmp_path / "去哪.txt"
    listed.write_text("\n".join(VILLAGES), encoding="utf-8")
    asked = ("tour", "--units", listed, "--as-of", DAY, "--store", county.url, "-o")
    for name in ("路线.html", "路线.json", "路线.xlsx", "路线.csv"):
        done = kepu(*asked, tmp_path / name)
        assert (done.code, "不可能少于" in done.out) == (0, True), done.err
    told = json.loads((tmp_path / "路线.json").read_text(encoding="utf-8"))
    page = (tmp_path / "路线.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http" not in page.split("<body>")[1]
    for day in told["days"]:
        for stop in day["stops"]:
            assert stop["unit_name"] in page
    rows = (tmp_path / "路线.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 1 + sum(len(day["stops"]) + 1 for day in told["days"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-o", "x.pdf"), "之一"),
        (("-o", "x.json"), "去哪里"),
        (("-o", "x.json", "--rule", RULE, "--start", "没有的村"), "没有"),
        (("-o", "x.json", "--rule", RULE, "--longest", "0.01"), "走不完"),
    ],
)
def test_what_cannot_be_a_round_is_told(county: Store, tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    told = tuple(str(tmp_path / each) if each.startswith("x.") else each for each in options)
    done = kepu("tour", *told, "--as-of", DAY, "--store", county.url)
    assert (done.code, words in done.err) == (2, True), done.err
