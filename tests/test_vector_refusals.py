"""Vector files that are refused: disguised, broken, bombed, too large, too slow. Each in one clear line."""

from __future__ import annotations

import sqlite3
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from geo.errors import UnreadableFile
from geo.files import vector_process
from geo.files.opening import read_file
from geo.intake.imports import import_file
from tests.stored import contents, fresh_store
from tests.vector_files import geojson, layer, parts, write, zipped

if TYPE_CHECKING:
    from pathlib import Path

POINT = (102.05, 30.18)
ONE = layer([{"村": "甲"}], [POINT])
KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
MARK = "<Placemark><name>甲</name><Point><coordinates>102.05,30.18</coordinates></Point></Placemark>"


def refusal(path: Path) -> tuple[str, str]:
    """(code, line) of the one fault for which a file is refused."""
    with pytest.raises(UnreadableFile) as caught:
        read_file(path)
    (fault,) = caught.value.faults
    assert (fault.file, fault.severity) == (path.name, "error")
    assert "\n" not in fault.line()
    return fault.code, fault.line()


# -- not what the name says ------------------------------------------------------------


def test_not_what_the_name_says(tmp_path: Path) -> None:
    vrt = (
        '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>x.shp</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
    )
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256))
    real = write(tmp_path / "真.gpkg", ONE).read_bytes()
    for name, content, code in (
        ("表.geojson", "乡镇,村\n甲,乙\n".encode(), "file-content"),
        ("图.geojson", png, "file-encoding"),
        ("冒充.geojson", vrt.encode(), "file-content"),
        ("冒充.gpkg", vrt.encode(), "file-content"),
        ("冒充.kml", vrt.encode(), "file-content"),
        ("冒充.gpx", KML.format(MARK).encode(), "file-content"),
        ("库.geojson", real, "file-encoding"),
        ("图.zip", png, "file-content"),
        ("图.kmz", real, "file-content"),
        ("半截.gpkg", real[:30000], "file-damaged"),
        ("半截.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Fea', "file-damaged"),
        ("配置.json", b'{"name": "x"}', "file-damaged"),
        ("深.geojson", b'{"a":' * 100_000, "file-damaged"),
        ("坏.kml", KML.format("<Placemark>").encode(), "file-damaged"),
        ("空.geojson", b"", "file-empty"),
        ("无.geojson", b'{"type": "FeatureCollection", "features": []}', "file-empty"),
        ("单.dbf", b"x", "file-part"),
        ("图.dwg", b"x", "file-suffix"),
        ("包.rar", b"x", "file-suffix"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        assert refusal(path)[0] == code, name
    assert refusal(tmp_path / "没有.shp")[0] == "file-missing"
    (tmp_path / "夹.gpkg").mkdir()
    assert refusal(tmp_path / "夹.gpkg")[0] == "file-directory"


def test_a_shapefile_without_its_table(tmp_path: Path) -> None:
    path = write(tmp_path / "站.shp", ONE, encoding="UTF-8")
    path.with_suffix(".dbf").unlink()
    code, line = refusal(path)
    assert code == "file-incomplete"
    assert ".dbf" in line
    assert refusal(zipped(tmp_path / "站.zip", parts(path)))[0] == "file-incomplete"


def test_a_geopackage_with_changes_beside_it(tmp_path: Path) -> None:
    """QGIS writes into a log beside the file until it lets go of it."""
    path = write(tmp_path / "a.gpkg", ONE, layer="a")
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE t (x)")
        assert refusal(path)[0] == "file-busy"
    (table,) = read_file(path)
    assert table.body[0][0] == "甲"


def test_texts_in_no_known_encoding(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp", layer([{"村": "xyz"}], [POINT]), encoding="UTF-8")
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace(b"xyz", b"\xff\xff\xff"))
    assert refusal(path)[0] == "file-encoding"


# -- bombs --------------------------------------------------------------------------


def test_entities_are_refused_before_they_are_parsed(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    text = f'<?xml version="1.0"?>{bomb}]>{KML.format("<name>&i;</name>" + MARK)}'
    for name, content in (
        ("a.kml", text.encode()),
        ("b.kml", text.encode("utf-16")),
        ("c.gpx", text.replace("kml", "gpx").encode()),
    ):
        (tmp_path / name).write_bytes(content)
        assert refusal(tmp_path / name)[0] == "file-entities", name
    assert refusal(zipped(tmp_path / "d.kmz", {"doc.kml": text.encode()}))[0] == "file-entities"


# -- limits ----------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="only the time is bounded there")
def test_memory_is_bounded(tmp_path: Path) -> None:
    ring = ",".join(["[102.1,30.1]"] * 4_000_000)
    path = tmp_path / "大.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},'
        f'"geometry":{{"type":"LineString","coordinates":[{ring}]}}}}]}}',
        encoding="utf-8",
    )
    code, line = refusal(path)
    assert code == "file-memory"
    assert "内存" in line


def endless(folder: Path) -> Path:
    """A GeoPackage with a view that never ends."""
    path = write(folder / "无尽.gpkg", ONE, layer="a")
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            "CREATE VIEW v AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
            " SELECT x AS fid FROM n WHERE x < 0;"
            " INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('v', 'attributes', 'v');"
        )
    return path


def test_time_is_bounded_and_the_store_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_process, "SECONDS", 4)
    store = fresh_store(tmp_path / "k.db")
    before = contents(store)
    started = time.monotonic()
    report = import_file(store, endless(tmp_path), "stations")
    assert time.monotonic() - started < 20
    assert [fault.code for fault in report.faults] == ["file-slow"]
    assert "4秒" in report.faults[0].message
    assert report.outcome == "refused"
    assert contents(store) == before


def test_cells_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_process, "_MOST_CELLS", 10)
    assert refusal(write(tmp_path / "a.gpkg", layer([{"村": "甲"}] * 9, [POINT] * 9)))[0] == "file-large"


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    read_file(write(tmp_path / "a.gpkg", ONE))
    refusal(geojson(tmp_path / "b.geojson"))
    assert not list(scratch.iterdir())
