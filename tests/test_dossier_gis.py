"""The GIS package: whole, the same each time, silent about what may not be public, without any outside address."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pyogrio
import pytest

from geo.schema import LAYERS
from maps import palette
from maps.dossier import gis
from tests.dossiers import EARLIER, county_edition, make
from tests.support import AS_OF

if TYPE_CHECKING:
    from pathlib import Path

PUBLIC = {"public": True, "review_number": "测试用编号", "entered_by": "测试", "hide_points": ("stations",)}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    edition = county_edition()
    return make(gis.pieces(edition), edition, tmp_path_factory.mktemp("gis"))


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    edition = county_edition(**PUBLIC)
    return make(gis.pieces(edition), edition, tmp_path_factory.mktemp("public"))


def query(path: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def test_the_geopackage_is_whole(files: dict[str, Path]) -> None:
    package = files[gis.PACKAGE]
    assert query(package, "PRAGMA integrity_check") == [("ok",)]
    assert query(package, "PRAGMA foreign_key_check") == []
    assert query(package, "PRAGMA application_id") == [(0x47504B47,)]
    listed = {name for (name,) in query(package, "SELECT table_name FROM gpkg_contents")}
    assert listed == {str(name) for name, _ in pyogrio.list_layers(package)}
    assert {"rules", "tasks", "about", "findings_before", "rules_before"} <= listed
    assert {moment for (moment,) in query(package, "SELECT last_change FROM gpkg_contents")} == {
        f"{AS_OF.isoformat()}T00:00:00.000Z"
    }
    assert query(package, "SELECT value FROM about WHERE key = 'before'") == [(EARLIER.isoformat(),)]


def test_rules_and_tasks_are_those_of_the_assessment(files: dict[str, Path]) -> None:
    facts = county_edition().facts
    rules = query(files[gis.PACKAGE], 'SELECT "规则", state, value, threshold, "应评", "达标" FROM rules')
    wanted = [
        (r["id"], r["state"], r["value"], r["threshold"], r["units"]["in_scope"], r["units"]["met"])
        for task in facts["tasks"]
        for r in task["rules"]
    ]
    assert rules == wanted
    assert query(files[gis.PACKAGE], "SELECT no, state FROM tasks") == [(t["no"], t["state"]) for t in facts["tasks"]]


def test_the_same_facts_give_the_same_bytes(files: dict[str, Path], tmp_path: Path) -> None:
    edition = county_edition()
    again = make(gis.pieces(edition), edition, tmp_path)
    assert [path for path in files if files[path].read_bytes() != again[path].read_bytes()] == []


def test_only_what_changed_has_another_key() -> None:
    edition = county_edition()
    keys, others = ({p.path: p.key("1") for p in gis.pieces(one)} for one in (edition, county_edition(before=None)))
    changed = {path for path in keys if keys[path] != others[path]}
    assert gis.PACKAGE in changed
    assert not any(path.endswith((".geojson", ".sld")) for path in changed)


def test_geojson_names_its_datum_and_puts_longitude_first(files: dict[str, Path]) -> None:
    table = pyogrio.read_dataframe(files[f"{gis.JSONS}/stations.geojson"])
    assert table.crs.to_epsg() == 4490
    west, south, east, north = table.total_bounds
    assert (west, south) == pytest.approx((102.0514, 30.1872), abs=1e-6)
    assert (east, north) == (west, south)
    told = json.loads(files[f"{gis.JSONS}/stations.geojson"].read_text(encoding="utf-8"))
    assert told["features"][0]["properties"]["built_on"] == "2022-08-01"


def test_styles_speak_of_layers_and_columns_that_are_there(files: dict[str, Path]) -> None:
    for path, file in files.items():
        if not path.endswith(".sld"):
            continue
        root = ET.fromstring(file.read_bytes())
        layer = path.rpartition("/")[2].removesuffix(".sld")
        properties = json.loads(files[f"{gis.JSONS}/{layer}.geojson"].read_text(encoding="utf-8"))["features"]
        for name in root.iter("{http://www.opengis.net/ogc}PropertyName"):
            assert not properties or name.text in properties[0]["properties"]
    style = json.loads(files[f"{gis.STYLES}/style.json"].read_text(encoding="utf-8"))
    for source in style["sources"].values():
        assert (files[f"{gis.STYLES}/style.json"].parent / source["data"]).resolve().is_file()
    assert {layer["source"] for layer in style["layers"] if "source" in layer} <= set(style["sources"])
    villages = next(layer for layer in style["layers"] if layer["id"] == "villages")
    colours = {part for part in villages["paint"]["fill-color"] if isinstance(part, str)}
    assert {entry.area for entry in palette.STATES} <= colours


def test_nothing_asks_another_machine(files: dict[str, Path]) -> None:
    named = re.compile(r"https?://(?!www\.opengis\.net/|standards\.iso\.org/|www\.w3\.org/)[^\s\"'<)]+")
    for path, file in files.items():
        if path.endswith((".sld", ".json", ".xml")):
            assert named.findall(file.read_text(encoding="utf-8")) == []


def test_metadata_says_where_of_when_and_from_what(files: dict[str, Path]) -> None:
    root = ET.fromstring(files[gis.METADATA].read_bytes())
    assert root.tag.endswith("}MD_Metadata")
    texts = [
        element.text or "" for element in root.iter() if element.tag.endswith(("CharacterString", "Decimal", "Date"))
    ]
    assert {"4490", "EPSG", "2022-10-31"} <= set(texts)
    edition = county_edition()
    assert any(edition.assessment.plan.sha256 in text for text in texts)
    assert any("示意" in text for text in texts)
    west = float(next(e for e in root.iter() if e.tag.endswith("westBoundLongitude"))[0].text or "nan")
    assert west == pytest.approx(edition.layers["townships"].total_bounds[0], abs=0.2)


def test_public_hides_points_and_rows(public: dict[str, Path]) -> None:
    package = public[gis.PACKAGE]
    assert {placed for (placed,) in query(package, "SELECT placed FROM stations")} == {"unit"}
    assert b".xlsx" not in package.read_bytes()
    private = {column.name for layer in LAYERS.values() for column in layer.columns if column.private}
    for path, file in public.items():
        if path.endswith(".geojson"):
            content = file.read_text(encoding="utf-8")
            assert ".xlsx" not in content
            assert not any(f'"{name}"' in content for name in private)
    page = public[gis.WEB_MAP].read_text(encoding="utf-8")
    assert "测试用编号" in page
    assert "stations.xlsx" not in page
    states = "SELECT rule, unit_code, state FROM findings"
    assert len(query(package, states)) > 0


def test_public_and_internal_find_the_same(files: dict[str, Path], public: dict[str, Path]) -> None:
    told = "SELECT rule, unit_code, state, reason FROM findings ORDER BY fid"
    assert query(files[gis.PACKAGE], told) == query(public[gis.PACKAGE], told)


def test_the_web_map_is_the_edition_s(files: dict[str, Path]) -> None:
    page = files[gis.WEB_MAP].read_text(encoding="utf-8")
    assert "2022-10-31" in page
    assert "<script>alert(1)</script>" not in page
