"""The GeoPackage: every layer, CGCS2000, styles that are well-formed, nobody's phone number."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import pyogrio
import pytest
import shapely

from geo.schema import LAYERS
from maps.geopackage import write_geopackage
from tests.stored import fresh_store
from tests.support import AS_OF, TOWN, WILLOW_RIVER, assessed, county, county_plan, layers_of

if TYPE_CHECKING:
    from pathlib import Path

    from geo.layers import Layers

NAMES = {"boundary", "townships", "villages", "village_points", "stations", "boards", "communicators", "schools",
         "bases", "organisations", "associations", "activities", "figures", "reported_none", "complete_lists",
         "findings", "rules", "tasks", "about", "reports"}  # fmt: skip
HOSTILE = "${x}</script><img onerror=1>`\u202e'\"]]>&amp;\n=1+1 㙍"


def some_layers() -> Layers:
    return layers_of(
        stations=[
            {"unit_code": WILLOW_RIVER, "name": HOSTILE, "serves": ("990101001001",), "equipment": True,
             "area_m2": 60.0, "geometry": shapely.Point(102.0514, 30.1872)},
            {"unit_code": TOWN, "name": "无坐标", "built_on": AS_OF},
        ],
        boards=[{"unit_code": WILLOW_RIVER, "name": "栏", "updates": (AS_OF,)}, {"unit_code": TOWN, "updates": None}],
        figures=[{"unit_code": "990101000000", "task": 7, "item": HOSTILE, "value": 6.0}],
        none=[("boards", TOWN)],
        complete=[("boards", TOWN)],
    )  # fmt: skip


def written(path: Path, layers: Layers) -> Path:
    write_geopackage(path, layers, assessed(county_plan(), layers), county())
    return path


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GeoPackage of the county with a few facilities."""
    return written(tmp_path_factory.mktemp("gpkg") / "图 1.gpkg", some_layers())


def query(path: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def layer_names(path: Path) -> set[str]:
    return {str(name) for name, _ in pyogrio.list_layers(path)}


def test_all_layers_open(package: Path) -> None:
    assert layer_names(package) == NAMES | {"layer_styles"}
    for name in NAMES:
        table = gpd.read_file(package, layer=name)
        assert len(table.columns) > 1, name


def test_everything_drawn_is_cgcs2000(package: Path) -> None:
    spatial = {name for name, kind in pyogrio.list_layers(package) if kind}
    assert spatial == NAMES - {
        "figures",
        "reported_none",
        "complete_lists",
        "findings",
        "rules",
        "tasks",
        "about",
        "reports",
    }
    for name in spatial:
        crs = gpd.read_file(package, layer=name).crs
        assert crs is not None
        assert crs.to_epsg() == 4490


def test_counts_and_places(package: Path) -> None:
    assert len(gpd.read_file(package, layer="villages")) == len(county().villages)
    stations = gpd.read_file(package, layer="stations").set_index("unit_code")
    assert stations.loc[WILLOW_RIVER, "placed"] == "own"
    assert stations.loc[TOWN, "placed"] == "unit"
    points = gpd.read_file(package, layer="village_points")
    assert set(points.geom_type) == {"Point"}
    assert gpd.read_file(package, layer="findings")["rule"].nunique() > 5


def test_text_is_as_it_was(package: Path) -> None:
    assert HOSTILE in set(gpd.read_file(package, layer="stations")["name"])
    assert HOSTILE in set(gpd.read_file(package, layer="figures")["item"])


def test_styles_are_registered_and_well_formed(package: Path) -> None:
    rows = query(package, "SELECT f_table_name, f_geometry_column, styleQML, useAsDefault FROM layer_styles")
    assert {"stations", "boards", "schools", "bases", "villages", "village_points", "townships"} <= {r[0] for r in rows}
    columns = {name: {row[1] for row in query(package, f'PRAGMA table_info("{name}")')} for name in NAMES}
    for name, geometry, qml, default in rows:
        root = ET.fromstring(qml)
        assert root.tag == "qgis"
        assert default == 1
        assert geometry in columns[name]
        renderer = root.find("renderer-v2")
        assert renderer is not None
        assert renderer.get("attr") is None or renderer.get("attr") in columns[name]
        for rule in root.iter("rule"):
            field = (rule.get("filter") or "").split('"')[1:2]
            assert set(field) <= columns[name]
    assert query(package, "SELECT count(*) FROM gpkg_contents WHERE table_name = 'layer_styles'") == [(1,)]


def test_the_database_is_whole(package: Path) -> None:
    assert query(package, "PRAGMA integrity_check") == [("ok",)]
    assert query(package, "PRAGMA application_id") == [(0x47504B47,)]


def test_empty_layers_are_written_too(tmp_path: Path) -> None:
    path = written(tmp_path / "空.gpkg", layers_of())
    assert layer_names(path) == NAMES | {"layer_styles"}
    for name in ("stations", "boards", "activities", "figures", "reported_none"):
        assert len(gpd.read_file(path, layer=name)) == 0


def test_private_columns_are_never_in_it(tmp_path: Path) -> None:
    from geo.store import NewBatch

    store = fresh_store(tmp_path / "k.db")
    row = {"id": "a", "unit_code": WILLOW_RIVER, "name": "站", "person": "某人甲", "phone": "13900000000",
           "file": "a.xlsx", "sheet": None, "row": 2}  # fmt: skip
    store.write(NewBatch("a.xlsx", "0", "stations", records={"stations": [row]}))
    path = written(tmp_path / "a.gpkg", store.layers(as_of=AS_OF))
    private = {column.name for layer in LAYERS.values() for column in layer.columns if column.private}
    for name in NAMES:
        assert not private & {row[1] for row in query(path, f'PRAGMA table_info("{name}")')}
    content = path.read_bytes()
    assert "某人甲".encode() not in content
    assert b"13900000000" not in content


def test_an_older_file_is_replaced_whole_and_nothing_is_left_over(tmp_path: Path) -> None:
    path = written(tmp_path / "a.gpkg", some_layers())
    written(path, layers_of())
    assert len(gpd.read_file(path, layer="stations")) == 0
    assert [file.name for file in tmp_path.iterdir()] == ["a.gpkg"]


def test_a_failure_leaves_the_older_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.gpkg", some_layers())
    before = path.read_bytes()
    monkeypatch.setattr("maps.geopackage._write_styles", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        written(path, layers_of())
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.gpkg"]
