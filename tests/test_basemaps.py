"""Basemaps from files: read, cut to the place as far as they fit, turned to the map's grid within a pixel."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from pyproj import Transformer

from maps.basemaps.cutting import extent_of
from maps.basemaps.grid import covering, to_fraction
from maps.basemaps.reading import open_basemap, parse_bounds
from maps.errors import BasemapRefused
from tests.basemap_files import (
    CASE,
    DOTS,
    EXTENT,
    VILLAGES,
    WIDE,
    ZOOMS,
    cut_file,
    dark_middle,
    encoded,
    html_of,
    keys,
    made,
    mbtiles,
    picture,
    tile,
    tiles,
    world,
    world_file,
)
from tests.command_line import kepu
from tests.map_places import invented
from tests.support import county
from tests.web_client import DAY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.command_line import Done
    from tests.web_client import Web

# ── the grid ─────────────────────────────────────────────────────────────────


def test_the_grid_is_web_mercator() -> None:
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    for lon, lat in [*VILLAGES, (-179.9, -85), (0, 0), (179.9, 85)]:
        x, y = to_metres.transform(lon, lat)
        around = 2 * 20037508.342789244
        assert to_fraction(lon, lat) == pytest.approx((x / around + 0.5, 0.5 - y / around), abs=1e-12)
    assert [list(part) for part in covering((-180, -85, 179.99, 85), 1)] == [[0, 1], [0, 1]]


def test_the_extent_is_that_of_the_place() -> None:
    assert pytest.approx(CASE.place.townships.total_bounds) == EXTENT
    with pytest.raises(BasemapRefused, match="没有任何位置"):
        extent_of(invented(shape="nothing").place)


# ── reading and cutting ──────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["mbtiles", "pmtiles"])
def test_an_archive_gives_its_tiles_over_the_place_and_a_margin(tmp_path: Path, kind: str) -> None:
    found = cut_file(made(tmp_path, kind))
    assert found.zooms[1] == ZOOMS[-1]
    assert found.credit == "测试&测绘院"
    assert not found.note
    inside = set(keys(EXTENT, [12]))
    assert inside < {key for key in found.tiles if key[0] == 12} < set(keys(WIDE, [12]))
    for key, one in found.tiles.items():
        assert one.data == tile(*key, DOTS)
        assert one.mime == "image/png"


@pytest.mark.parametrize("kind", ["png", "jpg", "webp"])
def test_a_picture_in_degrees_is_turned_to_the_map_within_a_pixel(tmp_path: Path, kind: str) -> None:
    """The dots of the tiles stand where Mercator puts them, though rows of the picture are evenly spaced in degrees."""
    found = cut_file(made(tmp_path, kind))
    zoom = found.zooms[1]
    checked = 0
    for lon, lat in DOTS:
        x, y = (part * 2**zoom for part in world(lon, lat))
        column, row = (x % 1) * 256, (y % 1) * 256
        if not (20 < column < 236 and 20 < row < 236):
            continue  # dots on an edge lie in two tiles
        at = dark_middle(found.tiles[zoom, int(x), int(y)].data, column, row)
        assert at == pytest.approx((column, row), abs=1)
        checked += 1
    assert checked >= 3


def test_a_picture_in_a_projected_system_needs_its_name(tmp_path: Path) -> None:
    crs = "EPSG:4543"
    to_grid = Transformer.from_crs("EPSG:4490", crs, always_xy=True)
    west, south = to_grid.transform(WIDE[0], WIDE[1])
    east, north = to_grid.transform(WIDE[2], WIDE[3])
    size = (1600, 1200)
    on_grid = [to_grid.transform(*dot) for dot in DOTS]
    path = picture(tmp_path / "plan.png", (west, south, east, north), on_grid, size=size)
    step = (east - west) / size[0], (south - north) / size[1]
    world_file(path.with_suffix(".pgw"), (step[0], 0, 0, step[1], west + step[0] / 2, north + step[1] / 2))
    with pytest.raises(BasemapRefused, match="--basemap-crs"):
        open_basemap(path)
    with pytest.raises(BasemapRefused, match="不认识坐标系"):
        open_basemap(path, crs="EPSG:什么")
    with pytest.raises(BasemapRefused, match="不属于 CGCS2000"):
        open_basemap(path, crs="EPSG:2333")  # Xian 1980
    found = cut_file(path, crs=crs)
    zoom = found.zooms[1]
    middle = min(DOTS, key=lambda dot: abs(dot[0] - 100.3) + abs(dot[1] - 40.2))
    x, y = (part * 2**zoom for part in world(*middle))
    at = dark_middle(found.tiles[zoom, int(x), int(y)].data, (x % 1) * 256, (y % 1) * 256)
    assert at == pytest.approx(((x % 1) * 256, (y % 1) * 256), abs=1)
    beside = Transformer.from_crs("EPSG:4490", crs, always_xy=True).target_crs
    assert beside is not None
    path.with_suffix(".prj").write_text(beside.to_wkt("WKT1_ESRI"), encoding="utf-8")
    assert cut_file(path).tiles.keys() == found.tiles.keys()


def test_bounds_stand_for_a_world_file(tmp_path: Path) -> None:
    path = picture(tmp_path / "plain.png", WIDE, DOTS, size=(900, 700))
    with pytest.raises(BasemapRefused, match=r"\.pgw"):
        open_basemap(path)
    text = ",".join(map(str, WIDE))
    found = cut_file(path, bounds=parse_bounds(path.name, text))
    zoom = found.zooms[1]
    middle = min(DOTS, key=lambda dot: abs(dot[0] - 100.3) + abs(dot[1] - 40.2))
    x, y = (part * 2**zoom for part in world(*middle))
    at = dark_middle(found.tiles[zoom, int(x), int(y)].data, (x % 1) * 256, (y % 1) * 256)
    assert at == pytest.approx(((x % 1) * 256, (y % 1) * 256), abs=1)
    for wrong in ("", "1,2,3", "a,b,c,d", "88,43,87,44", "87,44,88,43", "nan,0,1,1", "-190,0,1,1"):
        with pytest.raises(BasemapRefused, match="西,南,东,北"):
            parse_bounds(path.name, wrong)


def test_only_the_finest_zooms_that_fit_are_left_off(tmp_path: Path) -> None:
    noise = {key: encoded(Image.effect_noise((256, 256), 90)) for key in keys(EXTENT, range(9, 13))}
    path = mbtiles(tmp_path / "noise.mbtiles", noise)
    whole = cut_file(path)
    assert whole.zooms[1] == 12
    limited = cut_file(path, limit_mb=2)
    assert limited.zooms[1] < 12
    assert limited.size <= 2 * 2**20 * 3 // 4
    assert f"只到第 {limited.zooms[1]} 级" in limited.note
    assert "2 MB" in limited.note
    assert len(html_of(limited)) < len(html_of(None)) + 2.1 * 2**20


def test_a_basemap_of_which_no_zoom_fits_is_refused(tmp_path: Path) -> None:
    noise = {
        key: encoded(Image.merge("RGB", [Image.effect_noise((512, 512), 90) for _ in "RGB"])) for key in keys(WIDE, [9])
    }
    path = mbtiles(tmp_path / "noise.mbtiles", noise)
    with pytest.raises(BasemapRefused, match=r"第 9 级就超过 1 MB.*--basemap-beside"):
        cut_file(path, limit_mb=1)


def test_coarser_zooms_are_made_where_an_archive_has_only_fine_ones(tmp_path: Path) -> None:
    found = cut_file(mbtiles(tmp_path / "fine.mbtiles", tiles(range(12, 13))))
    assert found.zooms == (9, 12)
    assert {tile.mime for key, tile in found.tiles.items() if key[0] < 12} == {"image/webp"}
    for zoom in (10, 11):
        for lon, lat in DOTS:
            x, y = (part * 2**zoom for part in world(lon, lat))
            column, row = (x % 1) * 256, (y % 1) * 256
            if 20 < column < 236 and 20 < row < 236:
                at = dark_middle(found.tiles[zoom, int(x), int(y)].data, column, row, dark=200)
                assert at == pytest.approx((column, row), abs=1)


def test_repeated_tiles_are_packed_once(tmp_path: Path) -> None:
    same = tile(0, 0, 0, [])
    found = cut_file(mbtiles(tmp_path / "same.mbtiles", dict.fromkeys(keys(WIDE, ZOOMS), same)))
    data = found.as_data()
    assert len(data["images"]) == 1
    assert len(data["tiles"]) > 20
    assert base64.b64decode(data["images"][0].split(",")[1]) == same


# ── the command ──────────────────────────────────────────────────────────────


def kepu_map(client: Web, page: Path, *more: str | Path) -> Done:
    return kepu("map", "-o", page, "--store", client.store.url, "--as-of", DAY, *more)


def test_the_command_packs_a_basemap_or_lays_it_beside(client: Web, tmp_path: Path) -> None:
    extent = extent_of(county())
    around = {key: tile(*key, []) for key in keys(extent, range(8, 12))}
    file = mbtiles(tmp_path / "base.mbtiles", around)
    page = tmp_path / "图.html"
    done = kepu_map(client, page, "--basemap", file, "--basemap-credit", "市测绘院")
    assert (done.code, done.err) == (0, "")
    assert "底图：第 " in done.out
    assert "data:image/png" in page.read_text(encoding="utf-8")
    assert "市测绘院" in page.read_text(encoding="utf-8")
    assert not (tmp_path / "图_tiles").exists()
    assert kepu_map(client, page, "--basemap", file, "--basemap-beside").code == 0
    written = sorted((tmp_path / "图_tiles").glob("*/*/*.png"))
    assert written
    assert all(path.read_bytes() in around.values() for path in written)


def test_the_command_refuses_in_one_line(client: Web, tmp_path: Path) -> None:
    file = made(tmp_path, "mbtiles")
    page = tmp_path / "map.html"
    for options, told in (
        (("--basemap", file, "--basemap-datum", "gcj02"), "错位"),
        (("--basemap", tmp_path / "none.png"), "没有这个底图文件"),
        (("--basemap", file), "没有重叠"),
        (("--basemap-beside",), "要与 --basemap"),
        (("--basemap-datum", "wgs84"), "要与 --basemap"),
    ):
        done = kepu_map(client, page, *options)
        assert done.code == 2, options
        (line,) = done.lines
        assert told in line
        assert not page.exists()
