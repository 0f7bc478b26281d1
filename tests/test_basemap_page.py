"""The basemap in the page: where it lies, what it leaves alone, how it comes and goes, what the policy lets in."""

from __future__ import annotations

import io
import json
import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from maps.basemaps.cutting import served
from maps.basemaps.reading import open_basemap
from maps.errors import BasemapRefused
from tests.basemap_files import (
    DOTS,
    EXTENT,
    WIDE,
    ZOOMS,
    cut_file,
    encoded,
    grey_level,
    html_of,
    keys,
    made,
    mbtiles,
    tile,
    tiles,
)

if TYPE_CHECKING:
    from pathlib import Path

    from maps.basemaps.cutting import Basemap
    from tests.browser import Opened, OpenPage

# Paints the basemap alone, black on white, and gives the middle of what is dark near a position.
MIDDLE = """([lon, lat, scene]) => {
  const pen = scene.pen(), ctx = document.createElement('canvas').getContext('2d');
  ctx.canvas.width = pen.ctx.canvas.width; ctx.canvas.height = pen.ctx.canvas.height;
  ctx.fillStyle = '#fff'; ctx.fillRect(0, 0, ctx.canvas.width, ctx.canvas.height);
  ctx.scale(pen.ratio, pen.ratio);
  kepu.basemap.paint(Object.assign({}, pen, {ctx: ctx}));
  const p = L.CRS.EPSG3857.latLngToPoint(L.latLng(lat, lon), 0), at = kepu.draw.place(pen, [p.x, p.y]);
  const x0 = Math.round(at[0] * pen.ratio) - 14, y0 = Math.round(at[1] * pen.ratio) - 14;
  const found = ctx.getImageData(x0, y0, 29, 29).data;
  let sum = 0, x = 0, y = 0;
  for (let i = 0; i < 29 * 29; i++) {
    const dark = found[4 * i] < 200 ? 255 - found[4 * i] : 0;
    sum += dark; x += dark * (x0 + i % 29 + 0.5); y += dark * (y0 + Math.floor(i / 29) + 0.5);
  }
  return sum ? [x / sum / pen.ratio - at[0], y / sum / pen.ratio - at[1]] : null;
}"""


def middle_of(opened: Opened, lon: float, lat: float, scene: str = "kepu.map.scene()") -> Any:
    return opened.js(f"({MIDDLE})([{lon}, {lat}, {scene}])")


def settled(opened: Opened) -> None:
    """Wait until no picture is on its way."""
    opened.page.wait_for_timeout(400)


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["mbtiles", "pmtiles", "png", "jpg", "webp"])
def test_a_packed_basemap_lies_where_the_units_are(open_page: OpenPage, tmp_path: Path, kind: str) -> None:
    opened = open_page(html_of(cut_file(made(tmp_path, kind))), link="#basemap=100")
    lon, lat = DOTS[2]
    for zoom in (9.75, 11, 12.25, 13):  # the last is finer than the archives
        opened.js(f"void kepu.map.leaflet().setView([{lat}, {lon}], {zoom}, {{animate: false}})")
        settled(opened)
        off = middle_of(opened, lon, lat)
        assert off is not None, zoom
        assert max(map(abs, off)) <= 1.5, (zoom, off)
    assert opened.quiet(), (opened.requests, opened.messages)


@pytest.mark.browser
def test_where_a_fine_tile_is_missing_a_part_of_a_coarser_one_stands(open_page: OpenPage, tmp_path: Path) -> None:
    lon, lat = DOTS[2]
    around = tiles(range(9, 12))
    for key in [key for key in around if key[0] == 11][1:]:
        del around[key]
    opened = open_page(html_of(cut_file(mbtiles(tmp_path / "holes.mbtiles", around))), link="#basemap=100")
    opened.js(f"void kepu.map.leaflet().setView([{lat}, {lon}], 11, {{animate: false}})")
    settled(opened)
    off = middle_of(opened, lon, lat)
    assert off is not None
    assert max(map(abs, off)) <= 1.5
    assert opened.quiet(), opened.messages


@pytest.mark.browser
def test_it_is_off_at_first_and_comes_back_from_a_link(open_page: OpenPage, tmp_path: Path) -> None:
    html = html_of(cut_file(made(tmp_path, "mbtiles"), credit="<b>市测绘院</b>"))
    picture_of = "kepu.map.scene()._container.toDataURL()"
    plain = open_page(html_of(None)).js(picture_of)
    opened = open_page(html)
    assert opened.js(picture_of) == plain
    assert "basemap" not in opened.js("location.hash")
    assert not opened.page.locator("#basemap-on").is_checked()
    assert opened.page.locator("#basemap-credit").count() == 0
    opened.page.check("#basemap-on")
    settled(opened)
    assert opened.js(picture_of) != plain
    assert "basemap=60" in opened.js("location.hash")
    assert opened.page.locator("#basemap-credit").inner_text() == "底图：<b>市测绘院</b>"
    opened.page.locator("#basemap-strength").fill("30")
    assert "basemap=30" in opened.js("location.hash")
    opened.page.uncheck("#basemap-on")
    assert opened.js(picture_of) == plain
    assert opened.quiet(), (opened.requests, opened.messages)
    again = open_page(html, link="#basemap=30")
    assert again.page.locator("#basemap-on").is_checked()
    assert again.page.locator("#basemap-strength").input_value() == "30"
    for wrong in ("#basemap=5", "#basemap=x", "#basemap=1e9", "#basemap="):
        again.js(f"(() => {{ location.hash = '{wrong}'; kepu.state.openLink(); }})()")
        assert again.js("kepu.state.now.basemap") is None, wrong
    assert open_page(html_of(None), link="#basemap=60").js("kepu.state.now.basemap") is None


@pytest.mark.browser
def test_it_lies_under_the_data_and_leaves_its_colours(open_page: OpenPage, tmp_path: Path) -> None:
    """White paper changes nothing inside the place; a black one darkens areas but no symbol, line or name."""
    white, black = (
        mbtiles(tmp_path / f"{name}.mbtiles", {
            key: encoded(Image.new("RGB", (256, 256), name)) for key in keys(WIDE, range(8, 11))
        })
        for name in ("white", "black")
    )  # fmt: skip
    at = """() => { const s = kepu.map.scene(), pen = s.pen(), ctx = pen.ctx;
      const inside = v => kepu.draw.inside(pen, kepu.draw.place(pen, kepu.world.points[v.index]), 0);
      const u = kepu.world.villages.find(inside);
      const p = kepu.draw.place(pen, kepu.world.points[u.index]);
      const read = (x, y) => [...ctx.getImageData(Math.round(x * pen.ratio), Math.round(y * pen.ratio), 1, 1).data];
      const t = kepu.world.townships[0].shape && kepu.world.shapes[kepu.world.townships[0].index].box;
      const a = kepu.draw.place(pen, [t[0] + (t[2] - t[0]) * 0.8, t[1] + (t[3] - t[1]) * 0.93]);
      return {symbol: read(p[0], p[1]), area: read(a[0], a[1])}; }"""
    link = "#rule=17.village.station"
    plain = open_page(html_of(None), link=link).page.evaluate(at)
    seen = {}
    for name, path in (("white", white), ("black", black)):
        opened = open_page(html_of(cut_file(path)), link=f"{link}&basemap=100")
        settled(opened)
        seen[name] = opened.page.evaluate(at)
    assert seen["white"] == plain
    assert seen["black"]["symbol"] == plain["symbol"]
    before, after = sum(plain["area"][:3]), sum(seen["black"]["area"][:3])
    assert 0.15 * before < after < 0.5 * before


@pytest.mark.browser
def test_tiles_beside_the_page_are_found_from_disk(open_page: OpenPage, tmp_path: Path) -> None:
    """The screen is read, for the browser lets no script read pictures from disk."""
    lon, lat = 100.37, 40.11  # no unit stands there
    around = {key: tile(*key, [(lon, lat)]) for key in keys(WIDE, ZOOMS)}
    found = cut_file(mbtiles(tmp_path / "base.mbtiles", around)).beside(tmp_path / "图 #1_tiles")
    html = html_of(found)
    assert "data:image" not in html.split('id="kepu-data"')[1].split("</script>")[0]
    assert all((tmp_path / "图 #1_tiles" / f"{z}/{x}/{y}.png").is_file() for z, x, y in found.tiles)
    opened = open_page(html, link="#basemap=100")
    opened.js(f"void kepu.map.leaflet().setView([{lat}, {lon}], 12, {{animate: false}})")
    settled(opened)
    assert opened.requests[1:]
    assert all(address.startswith("file://") for address in opened.requests)
    x, y = opened.js(
        f"(() => {{ const p = kepu.map.leaflet().latLngToContainerPoint([{lat}, {lon}]),"
        " r = kepu.map.leaflet().getContainer().getBoundingClientRect(); return [p.x + r.left, p.y + r.top]; })()"
    )
    shot = opened.page.screenshot(clip={"x": round(x) - 15, "y": round(y) - 15, "width": 30, "height": 30})
    off = [part - 15 - (at - round(at)) for part, at in zip(_dark_of(shot), (x, y), strict=True)]
    assert max(map(abs, off)) <= 1.5
    opened.page.click("#picture")
    assert "图片中不含底图" in opened.page.locator("#toast").inner_text()
    assert not opened.messages


def _dark_of(shot: bytes) -> tuple[float, float]:
    grey = Image.open(io.BytesIO(shot)).convert("L")
    darkest = min(grey_level(grey, x, y) for x in range(30) for y in range(30))
    dark = [(x + 0.5, y + 0.5) for x in range(30) for y in range(30) if grey_level(grey, x, y) < darkest + 30]
    return sum(x for x, _ in dark) / len(dark), sum(y for _, y in dark) / len(dark)


@pytest.mark.browser
def test_the_saved_picture_carries_the_basemap(open_page: OpenPage, tmp_path: Path) -> None:
    opened = open_page(html_of(cut_file(made(tmp_path, "mbtiles"), credit="市测绘院")), link="#basemap=100")
    settled(opened)
    with_it = opened.js("kepu.picture().toDataURL()")
    opened.page.uncheck("#basemap-on")
    assert opened.js("kepu.picture().toDataURL()") != with_it
    assert opened.quiet(), opened.messages


@pytest.mark.browser
def test_paper_carries_the_basemap_on_one_page(open_page: OpenPage, tmp_path: Path) -> None:
    opened = open_page(html_of(cut_file(made(tmp_path, "mbtiles"), credit="市测绘院")), link="#basemap=100")
    settled(opened)
    pdf = opened.page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    assert opened.quiet(), opened.messages


# ── the policy ───────────────────────────────────────────────────────────────


def policy(html: str) -> str:
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert found is not None
    return found[1]


def test_the_page_allows_only_what_its_basemap_needs(tmp_path: Path) -> None:
    assert "img-src data: blob:;" in policy(html_of(None))
    assert "basemap-on" not in html_of(None).split("<script>")[0]
    found = cut_file(made(tmp_path, "mbtiles"))
    assert "img-src data: blob:;" in policy(html_of(found))
    assert "img-src data: blob: 'self' file:;" in policy(html_of(found.beside(tmp_path / "t")))
    with closing(open_basemap(made(tmp_path, "png"))) as source:
        page = html_of(served(source, EXTENT, address="/basemap/{z}/{x}/{y}"))
    assert "file:" not in policy(page)
    assert "connect-src" not in policy(page)
    assert not re.search(r"https?://(?!www\.w3\.org|leafletjs)", policy(page))


def test_same_basemap_same_bytes(tmp_path: Path) -> None:
    path = made(tmp_path, "png")
    assert html_of(cut_file(path)) == html_of(cut_file(path))


@pytest.mark.parametrize("kind", ["mbtiles", "png"])
def test_nothing_of_the_data_moves_whatever_datum_the_basemap_is_on(tmp_path: Path, kind: str) -> None:
    """All that the page draws from stands in one block: it is the same without a basemap and on every datum let in."""

    def drawn_from(basemap: Basemap | None) -> dict[str, Any]:
        block = html_of(basemap).split('id="kepu-data"')[1].partition(">")[2].split("</script>")[0]
        told: dict[str, Any] = json.loads(block)
        return {key: value for key, value in told.items() if key != "basemap"}

    path, plain = made(tmp_path, kind), drawn_from(None)
    assert plain["units"]
    for datum in ("cgcs2000", "wgs84"):
        assert drawn_from(cut_file(path, datum=datum)) == plain
    for datum in ("gcj02", "bd09"):
        with pytest.raises(BasemapRefused):
            cut_file(path, datum=datum)
