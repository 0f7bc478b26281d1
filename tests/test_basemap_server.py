"""The served map's basemap: a file's tiles or those of one configured service, passed on by our own server."""

from __future__ import annotations

import io
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from api.basemaps import RemoteTiles, _stacked
from api.errors import BasemapUnavailable
from api.settings import Settings, SettingsRefused
from api.tile_addresses import filled, tianditu
from maps.basemaps.cutting import extent_of
from maps.basemaps.tiles import Tile
from maps.errors import BasemapRefused
from tests.basemap_files import encoded, keys, mbtiles, pmtiles, tile
from tests.served import served
from tests.support import county
from tests.test_basemap_page import MIDDLE
from tests.test_wmts import capabilities
from tests.web_client import DAY, Web, client_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

KEY = "0123456789abcdef0123456789abcdef"
EXTENT = extent_of(county())
_FIRST = county().villages[["lon", "lat"]].dropna().astype(float).iloc[0]
DOT = float(_FIRST["lon"]), float(_FIRST["lat"])
ZOOMS = range(7, 13)
HERE = keys(EXTENT, [11])[0]


@dataclass
class Service:
    """A tile service on this machine, with all that it was asked."""

    address: str = ""
    asked: list[str] = field(default_factory=list)
    broken: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def service() -> Iterator[Service]:
    found = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            status = found.broken.get("status", 200)
            z, x, y = ([0, 0, 0] + [int(part) for part in re.findall(r"\d+", self.path)])[-3:]
            body = found.broken.get("body", tile(z, x, y, [DOT])) if status == 200 else b""
            time.sleep(found.broken.get("wait", 0))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.address = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def web_with(client: Web, **settings: Any) -> Iterator[Web]:
    with client_of(client.store.url, **settings) as own:
        yield Web(own, client.store, client.folder)


def xyz(service: Service) -> str:
    return service.address + "/tiles/{z}/{x}/{y}.png"


# ── without and with ─────────────────────────────────────────────────────────


def test_without_a_setting_there_is_no_basemap(client: Web) -> None:
    page = client.get("/map")
    assert "basemap-on" not in page.text.split("<script>")[0]
    assert "img-src data: blob:;" in page.headers["content-security-policy"]
    assert client.get("/basemap/1/1/1").status_code == 404


@pytest.mark.parametrize("kind", ["mbtiles", "pmtiles"])
def test_a_file_is_served_over_the_place_alone(client: Web, tmp_path: Path, kind: str) -> None:
    around = (EXTENT[0] - 3, EXTENT[1] - 3, EXTENT[2] + 3, EXTENT[3] + 3)
    write = mbtiles if kind == "mbtiles" else pmtiles
    tiles = {key: tile(*key, [DOT]) for key in keys(around, range(7, 9)) + keys(EXTENT, range(9, 12))}
    del tiles[HERE]
    file = write(tmp_path / f"base.{kind}", tiles, attribution="市测绘院")
    with web_with(client, basemap_file=str(file)) as web:
        z, x, y = next(key for key in tiles if key[0] == 11)
        first = web.client.get(f"/basemap/{z}/{x}/{y}")
        assert first.content == tiles[z, x, y]
        assert first.headers["content-type"] == "image/png"
        assert first.headers["cache-control"] == "private, max-age=86400"
        assert first.headers["x-content-type-options"] == "nosniff"
        again = web.client.get(f"/basemap/{z}/{x}/{y}", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["cache-control"] == "private, max-age=86400"
        assert web.client.get("/basemap/{}/{}/{}".format(*HERE)).status_code == 204
        far = keys((around[0], around[1], around[0] + 0.1, around[1] + 0.1), [8])[0]
        assert far in tiles
        assert web.client.get("/basemap/{}/{}/{}".format(*far)).status_code == 204
        for wrong, status in (("3/9/1", 404), ("a/1/1", 422), ("-1/0/0", 422), ("99/1/1", 422), ("1/1", 404)):
            assert web.client.get(f"/basemap/{wrong}").status_code == status
        page = web.get("/map")
        assert "市测绘院" in page.text
        assert "/basemap/{z}/{x}/{y}" in page.text
        assert "img-src data: blob: 'self';" in page.headers["content-security-policy"]
        assert "'self'" in page.text.split('content="')[1]
        for path in ("/", "/gaps"):
            assert (
                web.get(path).headers["content-security-policy"] == client.get(path).headers["content-security-policy"]
            )
        assert page.headers["etag"] != client.get("/map").headers["etag"]


def test_a_file_that_cannot_be_used_stops_the_start(client: Web, tmp_path: Path) -> None:
    for name in ("none.mbtiles", "kepu.db"):
        with pytest.raises(BasemapRefused):
            client_of(client.store.url, basemap_file=str(tmp_path / name))


def test_a_basemap_of_elsewhere_leaves_the_map_as_it_is(client: Web, tmp_path: Path) -> None:
    file = mbtiles(tmp_path / "far.mbtiles", {(1, 0, 0): tile(1, 0, 0, [])}, bounds="-100,40,-99,41")
    with web_with(client, basemap_file=str(file)) as web:
        assert web.get("/map").status_code == 200
        assert "basemap-on" not in web.get("/map").text.split("<script>")[0]
        assert web.client.get("/basemap/1/0/0").status_code == 204


# ── a service ────────────────────────────────────────────────────────────────


def test_tiles_of_a_service_come_through_our_server(client: Web, service: Service) -> None:
    with web_with(client, basemap_xyz=xyz(service), basemap_credit="内网影像") as web:
        z, x, y = HERE
        for _ in range(3):
            answer = web.client.get(f"/basemap/{z}/{x}/{y}")
            assert answer.content == tile(z, x, y, [DOT])
        assert service.asked == [f"/tiles/{z}/{x}/{y}.png"]
        page = web.get("/map")
        assert "内网影像" in page.text
        assert service.address not in page.text
        assert service.address not in page.headers["content-security-policy"]
        assert web.client.get("/basemap/5/0/0").status_code == 204
        assert len(service.asked) == 1


@pytest.mark.parametrize("row", ["{y}", "{-y}"])
def test_rows_count_from_the_south_where_the_address_says_so(client: Web, service: Service, row: str) -> None:
    with web_with(client, basemap_xyz=service.address + "/{z}/{x}/" + row) as web:
        z, x, y = HERE
        web.client.get(f"/basemap/{z}/{x}/{y}")
        assert service.asked == [f"/{z}/{x}/{y if row == '{y}' else 2**z - 1 - y}"]


def test_tiles_of_a_wmts_come_through_our_server(client: Web, service: Service) -> None:
    with web_with(client, basemap_wmts=f"{service.address}/wmts?request=GetCapabilities", basemap_layer="img") as web:
        assert "basemap-on" in web.get("/map").text
        assert not service.asked
        z, x, y = HERE
        service.broken = {"body": capabilities()}
        assert web.client.get(f"/basemap/{z}/{x}/{y}").status_code == 502  # the description is no picture
        service.broken = {}
        answer = web.client.get(f"/basemap/{z}/{x}/{y + 1}")
        assert answer.content == tile(z, y + 1, x, [DOT])  # row before column in the address
        assert len(service.asked) == 3
    with web_with(client, basemap_wmts=f"{service.address}/wmts?request=GetCapabilities") as web:
        service.broken = {"body": capabilities(crs="EPSG:4490")}
        for _ in range(3):
            assert web.client.get("/basemap/{}/{}/{}".format(*HERE)).status_code == 502
        assert len(service.asked) == 4


@pytest.mark.parametrize(
    ("broken", "status"),
    [
        ({"status": 404}, 204), ({"status": 204}, 204), ({"status": 500}, 502), ({"status": 403}, 502),
        ({"status": 302}, 502), ({"body": b"<html>login</html>"}, 502), ({"body": b"\x1f\x8b vector"}, 502),
        ({"body": b"\x89PNG" + b"0" * 3_000_000}, 502), ({"body": encoded(Image.new("L", (9, 9)))}, 502),
    ],
)  # fmt: skip
def test_a_service_that_fails_is_told_and_the_map_lives(
    client: Web, service: Service, broken: dict[str, Any], status: int
) -> None:
    service.broken = broken
    with web_with(client, basemap_xyz=xyz(service)) as web:
        answer = web.client.get("/basemap/{}/{}/{}".format(*HERE))
        assert answer.status_code == status
        assert service.address not in answer.text
        assert len(service.asked) == 1
        assert web.get("/map").status_code == 200


def test_a_dead_service_is_left_alone_for_a_while() -> None:
    source = RemoteTiles(["http://127.0.0.1:9/{z}/{x}/{y}"], name="dead", credit="", last=18)
    started = time.monotonic()
    for _ in range(50):
        with pytest.raises(BasemapUnavailable, match="底图暂时取不到"):
            source.tile(1, 1, 1)
    assert time.monotonic() - started < 6


# ── Tianditu ─────────────────────────────────────────────────────────────────


def test_tianditu_is_asked_on_the_mercator_grid_with_names_above_the_map() -> None:
    found = [filled(address, 12, 3000, 1500) for address in tianditu(KEY)]
    assert [re.search(r"LAYER=(\w+)&", address)[1] for address in found] == ["vec", "cva"]  # type: ignore[index]
    for address in found:
        assert address.startswith("https://t0.tianditu.gov.cn/")
        assert "TILEMATRIXSET=w&" in address
        assert "TILEMATRIX=12&TILEROW=1500&TILECOL=3000" in address
        assert address.endswith(f"tk={KEY}")


def test_names_lie_above_the_map() -> None:
    below = encoded(Image.new("RGB", (256, 256), "white"))
    names = Image.new("RGBA", (256, 256), (0, 0, 0, 0))
    names.putpixel((10, 20), (255, 0, 0, 255))
    both = _stacked([Tile(below, "image/png"), Tile(encoded(names), "image/png")])
    image = Image.open(io.BytesIO(both.data))
    assert image.getpixel((10, 20)) == (255, 0, 0)
    assert image.getpixel((11, 20)) == (255, 255, 255)


def test_the_key_leaves_the_server_nowhere(client: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RemoteTiles, "_get", lambda *_, **__: tile(1, 1, 1, []))
    with web_with(client, tianditu_key=KEY) as web:
        page = web.get("/map")
        assert "天地图" in page.text
        shown = [page.text, str(page.headers), web.client.get("/basemap/{}/{}/{}".format(*HERE)).text]
        shown += [repr(Settings(tianditu_key=KEY)), web.get("/").text, web.get("/api/openapi.json").text]
        assert not [text for text in shown if KEY in text or "tianditu.gov.cn" in text]


# ── settings ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"basemap_xyz": "ftp://a/{z}/{x}/{y}"}, "http 或 https"),
        ({"basemap_xyz": "http://{z}.example/{x}/{y}"}, "http 或 https"),
        ({"basemap_xyz": "http://a:b@example/{z}/{x}/{y}"}, "不带用户名"),
        ({"basemap_xyz": "http://example/{z}/{x}"}, "{z}、{x}、{y}"),
        ({"basemap_xyz": "http://example/{s}/{z}/{x}/{y}"}, "别的花括号"),
        ({"basemap_wmts": "http://e/wmts?m={TileMatrix}&c={TileCol}&r={TileRow}"}, "GetCapabilities"),
        ({"basemap_wmts": "http://e/vec_c/wmts"}, "错位"),
        ({"basemap_xyz": "http://e/wmts?tilematrixset=EPSG:4490&m={z}&c={x}&r={y}"}, "错位"),
        ({"basemap_xyz": "http://e/wmts?m={z}&c={x}&r={y}&TILEMATRIXSET=c"}, "错位"),
        ({"basemap_xyz": "https://wprd01.is.autonavi.com/appmaptile?x={x}&y={y}&z={z}"}, "偏移"),
        ({"basemap_xyz": "http://online1.map.bdimg.com/tile/?x={x}&y={y}&z={z}"}, "偏移"),
        ({"basemap_xyz": "http://example/{z}/{x}/{y}", "basemap_datum": "gcj02"}, "错位"),
        ({"tianditu_key": KEY, "basemap_datum": "BD-09"}, "错位"),
        ({"tianditu_key": KEY, "basemap_datum": "wgs72"}, "坐标基准"),
        ({"tianditu_key": "a&b=c"}, "字母和数字"),
        ({"tianditu_key": KEY, "basemap_xyz": "http://example/{z}/{x}/{y}"}, "只能设一种"),
        ({"basemap_max_zoom": 40}, "1 到 22"),
    ],
)
def test_settings_that_would_mislead_are_refused(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        Settings(**settings)
    line = " ".join(fault.line() for fault in refused.value.faults)
    assert told in line
    assert KEY not in line


# ── in the browser ───────────────────────────────────────────────────────────


@pytest.mark.browser
def test_the_served_map_lies_on_the_services_tiles(client: Web, service: Service, chromium: Browser) -> None:
    with web_with(client, basemap_xyz=xyz(service)) as web, served(web) as address:
        page = chromium.new_context(viewport={"width": 1366, "height": 768}).new_page()
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{address}/map?as_of={DAY}")
        page.wait_for_selector("html[data-ready]")
        assert not [url for url in asked if "/basemap/" in url]
        assert not service.asked
        page.click("#basemap-on")
        lon, lat = DOT
        page.evaluate(f"kepu.map.leaflet().setView([{lat}, {lon}], 12, {{animate: false}})")
        page.locator("#basemap-strength").fill("100")
        page.wait_for_timeout(1200)
        off = page.evaluate(f"({MIDDLE})([{lon}, {lat}, kepu.map.scene()])")
        assert off is not None
        assert max(map(abs, off)) <= 1.5
        assert all(url.startswith(address) for url in asked)
        assert service.asked
        assert not said
        page.evaluate("kepu.picture().toDataURL()")
        page.context.close()
