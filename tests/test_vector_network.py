"""No vector file makes GDAL call out: held against a listener on this machine, and against a plain GDAL."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from geo.errors import UnreadableFile
from geo.files import vector_process
from geo.files.opening import read_file
from geo.files.vector_sources import DRIVERS
from tests.vector_files import geojson, layer, write, zipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POINT = (102.05, 30.18)
ONE = layer([{"村": "甲"}], [POINT])
KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
MARK = "<Placemark><name>甲</name><Point><coordinates>102.05,30.18</coordinates></Point></Placemark>"


@contextmanager
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """Listen on this machine; yield the address and what was asked of it."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.settimeout(1)
                        asked.append(b"")
                        with suppress(OSError):
                            asked[-1] = connection.recv(200)
                            connection.sendall(b"HTTP/1.0 404 x\r\nContent-Length: 0\r\n\r\n")

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", asked
        time.sleep(0.1)  # a call that was made is counted
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


def callers(folder: Path, url: str) -> list[Path]:
    """Files that name an address in all the ways that make GDAL or another reader call it."""
    source = f"/vsicurl/{url}/a.geojson"
    vrt_layer = f'<OGRVRTLayer name="a"><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer>'
    vrt = f"<OGRVRTDataSource>{vrt_layer}</OGRVRTDataSource>"
    gml = (
        '<ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" xmlns:gml="http://www.opengis.net/gml"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://ogr.maptools.org/'
        f' {url}/a.xsd"/>'
    )
    kml = f"<NetworkLink><Link><href>{url}/b.kml</href></Link></NetworkLink>{MARK}<styleUrl>{url}/s.kml#x</styleUrl>"
    wfs = f"<OGRWFSDataSource><URL>{url}/wfs?</URL></OGRWFSDataSource>"
    written = {
        f"{kind}{suffix}": text
        for suffix in (".geojson", ".json", ".kml", ".gpx", ".gpkg", ".shp")
        for kind, text in {"vrt": vrt, "wfs": wfs, "gml": gml, "网址": f"{url}/a.geojson", "vsi": source}.items()
    }
    written |= {"链接.kml": KML.format(kml), "注释.kml": f"<!-- <kml> -->{vrt}"}
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    places = ({"村": "甲", "at": POINT},)
    found = [folder / name for name in written]
    for kind, told in {
        "link": {"type": "link", "properties": {"href": f"{url}/crs", "type": "ogcwkt"}},
        "url": {"type": "url", "properties": {"url": f"{url}/crs"}},
        "name": {"type": "name", "properties": {"name": f"{url}/crs"}},
    }.items():
        found.append(geojson(folder / f"{kind}.geojson", *places, crs=told))
        text = found[-1].read_text(encoding="utf-8").replace('"crs"', '"\\u0063rs"').replace('"href"', '"\\u0068ref"')
        found.append(folder / f"{kind}-escaped.geojson")
        found[-1].write_text(text, encoding="utf-8")
    shp = write(folder / "网址坐标系.shp", ONE, encoding="UTF-8")
    shp.with_suffix(".prj").write_text(f"{url}/crs", encoding="utf-8")
    return [*found, shp, *calling_databases(folder, url)]


def calling_databases(folder: Path, url: str) -> Iterator[Path]:
    """GeoPackages whose views and triggers call functions of GDAL's that go out."""
    call = f"ogr_geocode('x', 'geometry', 'QUERY_TEMPLATE={url}/g?q=%s')"
    layers = (
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('v', 'features', 'v', 4326);"
    )
    geometry = "INSERT INTO gpkg_geometry_columns VALUES ('v', 'geom', 'POINT', 4326, 0, 0);"
    for name, script in {
        "视图": f"CREATE VIEW v AS SELECT fid, {call} AS geom FROM a; {layers} {geometry}",
        "触发器": f"CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT {call}; END;",
    }.items():
        path = write(folder / f"{name}.gpkg", ONE, layer="a")
        with closing(sqlite3.connect(path)) as database:
            database.executescript(script)
        yield path


def test_no_file_makes_anybody_call_out(tmp_path: Path) -> None:
    with listener() as (url, asked):
        for path in callers(tmp_path, url):
            with suppress(UnreadableFile):
                read_file(path)
            assert not asked, path.name
        inside = {path.name: path for path in callers(tmp_path, url) if path.suffix in (".geojson", ".gpkg")}
        for name, path in inside.items():
            with suppress(UnreadableFile):
                read_file(zipped(tmp_path / "a.zip", {name: path}))
        assert not asked


SCRIPT = "import sys, pyogrio\npyogrio.read_info(sys.argv[1])"


def test_without_our_settings_they_would(tmp_path: Path) -> None:
    """The control: a plain GDAL calls the same listener."""
    kept = {"PATH", "SYSTEMROOT"}
    with listener() as (url, asked):
        callers(tmp_path, url)
        for name in ("vrt.geojson", "wfs.geojson", "link.geojson"):
            env = {key: value for key, value in vector_process.environment([]).items() if key in kept}
            subprocess.run(
                [sys.executable, "-c", SCRIPT, str(tmp_path / name)], env=env, capture_output=True, check=False
            )
            assert asked, name
            asked.clear()


def test_with_every_driver_there_would_still_be_no_network(tmp_path: Path) -> None:
    """The second line of defence, alone."""
    env = {key: value for key, value in vector_process.environment([]).items() if key != "OGR_SKIP"}
    with listener() as (url, asked):
        callers(tmp_path, url)
        for name in ("vrt.geojson", "wfs.geojson", "link.geojson"):
            subprocess.run(
                [sys.executable, "-c", SCRIPT, str(tmp_path / name)], env=env, capture_output=True, check=False
            )
        assert not asked


@pytest.mark.parametrize("format_", DRIVERS)
def test_only_the_drivers_of_the_format_are_there(format_: str) -> None:
    code = "import pyogrio; print(*pyogrio.list_drivers(), sep='|')"
    env = vector_process.environment(DRIVERS[format_])
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert set(done.stdout.strip().split("|")) <= set(DRIVERS[format_])
    assert done.stdout.strip()


def test_the_child_refuses_to_read_with_other_drivers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = vector_process.environment
    monkeypatch.setattr(vector_process, "environment", lambda drivers: {**plain(drivers), "OGR_SKIP": ""})
    with pytest.raises(UnreadableFile) as caught:
        read_file(write(tmp_path / "a.gpkg", ONE))
    assert [fault.code for fault in caught.value.faults] == ["file-drivers"]


def test_the_child_gets_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPU_DATABASE_URL", "postgresql://user:word@host/db")
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("GDAL_HTTP_PROXY", "")
    found = vector_process.environment(["GPKG"])
    assert not {"KEPU_DATABASE_URL", "NO_PROXY"} & set(found)
    assert found["GDAL_HTTP_PROXY"] == "off://none"
