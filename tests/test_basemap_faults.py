"""Basemaps that are refused: on another datum or grid, broken, of vectors, or far larger than they look."""

from __future__ import annotations

import gzip
import sqlite3
import struct
import zlib
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from pmtiles.tile import TileType

from maps.basemaps.reading import open_basemap
from maps.errors import BasemapRefused
from tests.basemap_files import (
    DOTS,
    EXTENT,
    WIDE,
    cut_file,
    encoded,
    keys,
    made,
    mbtiles,
    picture,
    pmtiles,
    tile,
    tiles,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("datum", ["gcj02", "GCJ-02", "bd09", "BD-09"])
@pytest.mark.parametrize("kind", ["mbtiles", "pmtiles", "png"])
def test_an_offset_datum_is_refused(tmp_path: Path, kind: str, datum: str) -> None:
    with pytest.raises(BasemapRefused, match=r"错位.*不要去平移数据"):
        open_basemap(made(tmp_path, kind), datum=datum)


@pytest.mark.parametrize(
    ("word", "datum"),
    [("© 高德地图", "GCJ-02"), ("Tiles by AutoNavi", "GCJ-02"), ("百度地图", "BD-09"), ("amap", "GCJ-02")],
)
def test_a_known_providers_name_counts_until_its_user_says_better(tmp_path: Path, word: str, datum: str) -> None:
    path = mbtiles(tmp_path / "base.mbtiles", tiles(range(8, 9)), attribution=word)
    with pytest.raises(BasemapRefused, match=f"通常是 {datum}.*--basemap-datum cgcs2000"):
        open_basemap(path)
    assert cut_file(path, datum="cgcs2000").credit == word


def test_words_that_only_look_like_a_provider_do_no_harm(tmp_path: Path) -> None:
    path = mbtiles(tmp_path / "datamap.mbtiles", tiles(range(8, 9)), attribution="Datamap")
    assert cut_file(path).tiles


def test_metadata_may_state_the_datum(tmp_path: Path) -> None:
    path = mbtiles(tmp_path / "base.mbtiles", tiles(range(8, 9)), datum="GCJ-02")
    with pytest.raises(BasemapRefused, match="GCJ-02"):
        open_basemap(path)
    with pytest.raises(BasemapRefused, match="不认识坐标基准"):
        open_basemap(path, datum="wgs72")


def bomb(side: int) -> bytes:
    """A PNG of a few kilobytes that says it is side × side pixels and unpacks to as many."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"\0" * (side * (side // 8 + 1)), 9)
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (gzip.compress(b"\x1a\x10layer", mtime=0), "矢量瓦片"),
        (b"\x1a\x10layer", "矢量瓦片"),
        (b"no picture at all", "已损坏"),
        (tile(8, 0, 0, DOTS)[:200], "已损坏"),
        (tile(8, 0, 0, DOTS, kind="JPEG")[:700], "已损坏"),
        (encoded(Image.new("L", (255, 256))), "255×256 像素"),
        (encoded(Image.new("L", (256, 256)), "GIF"), "已损坏"),
        (encoded(Image.merge("RGB", [Image.effect_noise((1024, 1024), 90) for _ in "RGB"])), "超过 2 MB"),
        (b"\x89PNG" + b"0" * 17 * 2**20, "不是可用的|超过 2 MB"),
    ],
    ids=["zipped vector", "vector", "text", "half a PNG", "half a JPEG", "odd size", "GIF", "heavy", "very heavy"],
)
@pytest.mark.parametrize("kind", ["mbtiles", "pmtiles"])
def test_what_is_no_whole_tile_is_refused(tmp_path: Path, kind: str, data: bytes, told: str) -> None:
    write = mbtiles if kind == "mbtiles" else pmtiles
    with pytest.raises(BasemapRefused, match=told):
        cut_file(write(tmp_path / f"base.{kind}", dict.fromkeys(keys(EXTENT, [9]), data)))


@pytest.mark.parametrize("side", [20_000, 12_000])
def test_pictures_that_unpack_to_far_more_than_they_weigh_are_refused(tmp_path: Path, side: int) -> None:
    data = bomb(side)
    assert len(data) < 100_000
    with pytest.raises(BasemapRefused, match=f"已损坏|{side}×{side} 像素"):
        cut_file(mbtiles(tmp_path / "bomb.mbtiles", dict.fromkeys(keys(EXTENT, [9]), data)))
    path = tmp_path / "bomb.png"
    path.write_bytes(data)
    with pytest.raises(BasemapRefused, match="像素太多"):
        open_basemap(path, bounds=WIDE)


def test_a_directory_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path, "pmtiles")
    data = bytearray(path.read_bytes())
    packed = gzip.compress(b"\1" * 100_000_000)
    data[8:24] = struct.pack("<QQ", len(data), len(packed))
    path.write_bytes(bytes(data) + packed)
    with pytest.raises(BasemapRefused, match="不是可用的 PMTiles"):
        open_basemap(path)


def test_vector_archives_are_refused_at_once(tmp_path: Path) -> None:
    data = dict.fromkeys(keys(EXTENT, [9]), b"\x1a\x10layer")
    with pytest.raises(BasemapRefused, match="矢量瓦片"):
        open_basemap(mbtiles(tmp_path / "base.mbtiles", data, format="pbf"))
    with pytest.raises(BasemapRefused, match="矢量瓦片"):
        open_basemap(pmtiles(tmp_path / "base.pmtiles", data, kind=TileType.MVT))


def test_tiles_of_another_grid_are_refused(tmp_path: Path) -> None:
    path = mbtiles(tmp_path / "base.mbtiles", tiles(range(8, 9)), crs="EPSG:4326")
    with pytest.raises(BasemapRefused, match=r"EPSG:4326.*错位"):
        open_basemap(path)


def test_a_basemap_of_elsewhere_is_refused(tmp_path: Path) -> None:
    path = mbtiles(tmp_path / "base.mbtiles", tiles(range(8, 9)), bounds="10,50,11,51")
    with pytest.raises(BasemapRefused, match="没有重叠"):
        cut_file(path)
    path = picture(tmp_path / "far.png", WIDE, DOTS, size=(300, 200))
    with pytest.raises(BasemapRefused, match="没有重叠"):
        cut_file(path, bounds=(10, 50, 11, 51))


@pytest.mark.parametrize("name", ["x.mbtiles", "x.pmtiles", "x.png", "x.jpg", "x.webp"])
@pytest.mark.parametrize(
    "data", [b"", b"nonsense" * 40, b"PMTiles\x03" + b"\xff" * 300, b"SQLite format 3\0" + b"\0" * 90]
)
def test_broken_files_are_refused_in_one_line(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(BasemapRefused, match=r"^x") as refused:
        open_basemap(path, bounds=WIDE if path.suffix in {".png", ".jpg", ".webp"} else None)
    assert "\n" not in str(refused.value)


def test_cut_short_and_flipped_archives_never_crash(tmp_path: Path) -> None:
    whole = {kind: made(tmp_path, kind).read_bytes() for kind in ("mbtiles", "pmtiles")}
    for kind, data in whole.items():
        for n in range(60):
            broken = bytearray(data[: len(data) * (n + 1) // 61] if n % 2 else data)
            broken[n * 7 % min(len(broken), 4096)] ^= 0xFF
            path = tmp_path / f"broken.{kind}"
            path.write_bytes(bytes(broken))
            with suppress(BasemapRefused):
                cut_file(path)


def test_other_kinds_and_missing_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.tif").write_bytes(b"II*\0")
    with pytest.raises(BasemapRefused, match="只支持"):
        open_basemap(tmp_path / "x.tif")
    with pytest.raises(BasemapRefused, match="没有这个底图文件"):
        open_basemap(tmp_path / "none.mbtiles")
    with pytest.raises(BasemapRefused, match="自带位置"):
        open_basemap(made(tmp_path, "mbtiles"), bounds=WIDE)


def test_a_view_that_never_ends_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "base.mbtiles"
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE metadata (name text, value text)")
        file.execute(
            "CREATE VIEW tiles AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
            " SELECT i AS zoom_level, i AS tile_column, i AS tile_row, x'00' AS tile_data FROM n"
        )
    with pytest.raises(BasemapRefused, match="不是可用的 MBTiles"):
        open_basemap(path)
