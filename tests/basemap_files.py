"""Small real basemaps for the tests: white paper with a black dot at each given position, in every format.

The dots stand at villages of the invented county; `cut_file` and `html_of` take a file to a page.
"""

from __future__ import annotations

import io
import math
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from maps.basemaps.cutting import Basemap, cut, extent_of
from maps.basemaps.reading import open_basemap
from maps.web_map import render
from tests.map_places import invented

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Position = tuple[float, float]
Bounds = tuple[float, float, float, float]
SIDE = 256
DOT = 5


def world(lon: float, lat: float) -> Position:
    """Fractions of the world's side, by the textbook formula of Web Mercator."""
    phi = math.radians(lat)
    return lon / 360 + 0.5, (1 - math.log(math.tan(phi) + 1 / math.cos(phi)) / math.pi) / 2


def keys(bounds: Bounds, zooms: Iterable[int]) -> list[tuple[int, int, int]]:
    """Every tile that touches bounds."""
    west, north = world(bounds[0], bounds[3])
    east, south = world(bounds[2], bounds[1])
    return [
        (z, x, y)
        for z in zooms
        for x in range(int(west * 2**z), int(east * 2**z) + 1)
        for y in range(int(north * 2**z), int(south * 2**z) + 1)
    ]


def tile(z: int, x: int, y: int, dots: Iterable[Position], *, kind: str = "PNG", side: int = SIDE) -> bytes:
    """White with the dots that fall into it; its own number in pale grey makes it unlike the others."""
    image = Image.new("RGB", (side, side), "white")
    draw = ImageDraw.Draw(image)
    draw.text((4, 4), f"{z}/{x}/{y}", fill="#eeeeee")
    for lon, lat in dots:
        at = [(part * 2**z - corner) * side for part, corner in zip(world(lon, lat), (x, y), strict=True)]
        if all(-DOT <= part <= side + DOT for part in at):
            draw.ellipse((at[0] - DOT, at[1] - DOT, at[0] + DOT, at[1] + DOT), fill="black")
    return encoded(image, kind)


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    """The bytes of a picture."""
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def mbtiles(path: Path, tiles: dict[tuple[int, int, int], bytes], **metadata: str) -> Path:
    """An MBTiles file; rows count from the south in it."""
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE metadata (name text, value text)")
        file.execute("CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)")
        file.execute("CREATE UNIQUE INDEX tile_index ON tiles (zoom_level, tile_column, tile_row)")
        file.executemany("INSERT INTO metadata VALUES (?, ?)", ({"format": "png"} | metadata).items())
        rows = [(z, x, 2**z - 1 - y, data) for (z, x, y), data in tiles.items()]
        file.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
    file.close()
    return path


def pmtiles(
    path: Path, tiles: dict[tuple[int, int, int], bytes], *, kind: TileType = TileType.PNG, **metadata: str
) -> Path:
    """A PMTiles archive."""
    with path.open("wb") as file:
        writer = Writer(file)
        for (z, x, y), data in sorted(tiles.items(), key=lambda item: zxy_to_tileid(*item[0])):
            writer.write_tile(zxy_to_tileid(z, x, y), data)
        header: dict[str, Any] = {"tile_type": kind, "tile_compression": Compression.NONE}
        writer.finalize(header, metadata)
    return path


def picture(path: Path, bounds: Bounds, dots: Iterable[Position], *, size: tuple[int, int]) -> Path:
    """A picture in plain degrees, without a world file."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    west, south, east, north = bounds
    for lon, lat in dots:
        x, y = (lon - west) / (east - west) * size[0], (north - lat) / (north - south) * size[1]
        draw.ellipse((x - DOT, y - DOT, x + DOT, y + DOT), fill="black")
    image.save(path)
    return path


def world_file(path: Path, affine: tuple[float, float, float, float, float, float]) -> None:
    """Write the six lines beside a picture: a, d, b, e and the middle of the first pixel."""
    path.write_text("\n".join(f"{value:.12f}" for value in affine), encoding="ascii")


CASE = invented()
EXTENT = extent_of(CASE.place)
VILLAGES = [tuple(row) for row in CASE.place.villages[["lon", "lat"]].to_numpy(float).tolist()]
DOTS = VILLAGES[::3]
WIDE: Bounds = (EXTENT[0] - 0.3, EXTENT[1] - 0.3, EXTENT[2] + 0.3, EXTENT[3] + 0.3)
ZOOMS = range(8, 13)


def tiles(zooms: range = ZOOMS, **options: Any) -> dict[tuple[int, int, int], bytes]:
    return {key: tile(*key, DOTS, **options) for key in keys(WIDE, zooms)}


def made(folder: Path, kind: str) -> Path:
    """A basemap of every kind with the same dots."""
    if kind == "mbtiles":
        return mbtiles(folder / "base.mbtiles", tiles(), attribution="<a href='#'>测试&amp;测绘院</a>")
    if kind == "pmtiles":
        return pmtiles(folder / "base.pmtiles", tiles(), attribution="测试&amp;测绘院")
    size = (2000, 1400)
    path = picture(folder / f"base.{kind}", WIDE, DOTS, size=size)
    step = (WIDE[2] - WIDE[0]) / size[0], (WIDE[1] - WIDE[3]) / size[1]
    ending = {"png": "pgw", "jpg": "jgw", "webp": "wld"}[kind]
    world_file(path.with_suffix(f".{ending}"), (step[0], 0, 0, step[1], WIDE[0] + step[0] / 2, WIDE[3] + step[1] / 2))
    return path


def cut_file(path: Path, *, limit_mb: int = 30, credit: str | None = None, **options: Any) -> Basemap:
    with closing(open_basemap(path, **options)) as source:
        return cut(source, EXTENT, limit_mb=limit_mb, credit=credit)


def html_of(basemap: Basemap | None) -> str:
    return render(CASE.layers, CASE.assessment, CASE.place, basemap=basemap)


def dark_middle(data: bytes, column: float, row: float, *, dark: int = 128) -> tuple[float, float]:
    """The middle of the dark pixels near a place of a tile, in pixels from its corner."""
    grey = Image.open(io.BytesIO(data)).convert("L")
    found = [
        (x + 0.5, y + 0.5, 255 - grey_level(grey, x, y))
        for x in range(int(column) - 14, int(column) + 15)
        for y in range(int(row) - 14, int(row) + 15)
        if 0 <= x < 256 and 0 <= y < 256 and grey_level(grey, x, y) < dark
    ]
    assert found
    weight = sum(w for _, _, w in found)
    return sum(x * w for x, _, w in found) / weight, sum(y * w for _, y, w in found) / weight


def grey_level(grey: Image.Image, x: int, y: int) -> int:
    """How light a pixel of a grey picture is, 0…255."""
    return int(np.asarray(grey)[y, x])
