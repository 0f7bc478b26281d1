"""A basemap cut to a place: as many zooms as a page can carry, inside the page, beside it or on the server."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from maps.basemaps.grid import covering, overlap, widened
from maps.basemaps.overviews import WithOverviews
from maps.basemaps.texts import TEXTS
from maps.basemaps.tiles import ENDINGS, Tile
from maps.datablock import Dictionary
from maps.errors import BasemapRefused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from geo.place import Place
    from maps.basemaps.grid import Bounds
    from maps.basemaps.tiles import Source

PACKED_MB: Final = 30
BESIDE_MB: Final = 300
_MARGIN: Final = 0.15
_FIRST_TILES: Final = 6  # zooms at which the whole place is fewer tiles than this are not worth their bytes
_MOST_TILES: Final = 200_000  # asked for in one zoom
_MOST_READ: Final = 20_000  # of an archive's first zoom, to make coarser ones of them

Key = tuple[int, int, int]


@dataclass(frozen=True)
class Basemap:
    """A basemap ready for a page.

    `images`: where the page finds each picture; `tiles`: which picture lies where. `address`: where the
    server gives them instead. `area`: degrees beyond which there are none. `left_off`: the first zoom that
    was too large, if any. `allows`: what the page's policy must let in.
    """

    credit: str
    zooms: tuple[int, int]
    area: Bounds
    tiles: Mapping[Key, Tile] = field(default_factory=dict)
    folder: str | None = None
    address: str | None = None
    left_off: int | None = None
    limit_mb: int = PACKED_MB

    @property
    def allows(self) -> str:
        """Sources of images for the page's Content-Security-Policy, beside those in the page itself."""
        return "'self' file:" if self.folder is not None else "'self'" if self.address is not None else ""

    @property
    def note(self) -> str:
        """What a reader should know of the finest zoom; "" where nothing was left off."""
        return "" if self.left_off is None else TEXTS["left_off"].format(zoom=self.zooms[1], limit=self.limit_mb)

    @property
    def size(self) -> int:
        """Bytes of all pictures, each counted once."""
        return sum(len(data) for data in {tile.data for tile in self.tiles.values()})

    def as_data(self) -> dict[str, Any]:
        """What the page reads; the same input gives the same."""
        images: Dictionary[str] = Dictionary()
        tiles = {_name(key): images.code(self._image(key, tile)) for key, tile in self.tiles.items()}
        return {
            "credit": self.credit, "note": self.note, "zooms": list(self.zooms), "area": list(self.area),
            "address": self.address, "tiles": tiles, "images": images.values, "open": self.folder is None,
        }  # fmt: skip

    def beside(self, folder: Path) -> Basemap:
        """Write the tiles as folder/z/x/y and return the basemap that finds them there, beside the page."""
        for key, tile in self.tiles.items():
            file = folder / _file(key, tile)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(tile.data)
        return replace(self, folder=folder.name)

    def _image(self, key: Key, tile: Tile) -> str:
        if self.folder is not None:
            return quote(f"{self.folder}/{_file(key, tile)}")
        return f"data:{tile.mime};base64,{base64.b64encode(tile.data).decode('ascii')}"


def extent_of(place: Place) -> Bounds:
    """Degrees that a place covers, by its boundary, its units' areas and points. Raises BasemapRefused for none."""
    found: list[tuple[float, ...]] = [] if place.boundary is None else [place.boundary.bounds]
    for table in (place.townships, place.villages):
        if not table.geometry.isna().all():
            found.append(tuple(table.total_bounds))
        points = table[["lon", "lat"]].dropna().astype(float)
        if len(points):
            found.append((*points.min(), *points.max()))
    if not found:
        raise BasemapRefused(TEXTS["no_extent"])
    west, south, east, north = zip(*found, strict=True)
    return float(min(west)), float(min(south)), float(max(east)), float(max(north))


def cut(source: Source, extent: Bounds, *, credit: str | None = None, limit_mb: int = PACKED_MB) -> Basemap:
    """Every tile of a source over an extent and its margin, from coarse to fine as long as they fit.

    ``limit_mb`` is in MiB of the page's text (base64). Raises BasemapRefused where nothing overlaps, where
    not even the coarsest zoom fits, or for a tile that is broken.
    """
    area = _area(source, extent)
    source = from_coarse(source, extent)
    first, last = max(source.zooms[0], _coarsest(source, area)), source.zooms[1]
    kept: dict[Key, Tile] = {}
    seen: set[bytes] = set()
    room = limit_mb * 2**20 * 3 // 4
    left_off = None
    for zoom in range(first, last + 1):
        found = _zoom(source, area, zoom, seen, room)
        if found is None:
            left_off = zoom
            break
        kept |= found
        room -= _weight(found.values(), seen)
        seen |= {tile.data for tile in found.values()}
    if not kept and left_off is not None:
        raise BasemapRefused(TEXTS[_too_large(limit_mb)].format(name=source.name, zoom=left_off, limit=limit_mb))
    if not kept:
        raise _apart(source, extent)
    zooms = [zoom for zoom, _, _ in kept]
    return Basemap(
        credit=source.credit if credit is None else credit, zooms=(min(zooms), max(zooms)), area=area, tiles=kept,
        left_off=left_off, limit_mb=limit_mb,
    )  # fmt: skip


def from_coarse(source: Source, extent: Bounds, *, most: int = _MOST_READ) -> Source:
    """The source itself, or with coarser zooms added where its own begin too fine to show the whole place.

    Not where its first zoom has more than ``most`` tiles there. Raises BasemapRefused where nothing overlaps.
    """
    area = _area(source, extent)
    coarsest = _coarsest(source, area)
    if coarsest < source.zooms[0] and _count(area, source.zooms[0]) <= most:
        return WithOverviews(source, first=coarsest)
    return source


def _coarsest(source: Source, area: Bounds) -> int:
    zooms = range(source.zooms[1])
    return next((zoom for zoom in zooms if _count(area, zoom) >= _FIRST_TILES), source.zooms[1])


def served(source: Source, extent: Bounds, *, address: str, credit: str | None = None) -> Basemap:
    """The basemap of a page whose server gives the tiles; ``address`` holds {z}, {x} and {y}."""
    area = _area(source, extent)
    return Basemap(credit=source.credit if credit is None else credit, zooms=source.zooms, area=area, address=address)


def _area(source: Source, extent: Bounds) -> Bounds:
    wide = widened(extent, _MARGIN)
    area = wide if source.bounds is None else overlap(wide, source.bounds)
    if area is None:
        raise _apart(source, extent)
    return area


def _zoom(source: Source, area: Bounds, zoom: int, seen: set[bytes], room: int) -> dict[Key, Tile] | None:
    """The tiles of one zoom; None where they are more than there is room for."""
    columns, rows = covering(area, zoom)
    if len(columns) * len(rows) > _MOST_TILES:
        return None
    found: dict[Key, Tile] = {}
    fresh: set[bytes] = set()
    for x in columns:
        for y in rows:
            tile = source.tile(zoom, x, y)
            if tile is None:
                continue
            found[zoom, x, y] = tile
            if tile.data not in seen and tile.data not in fresh:
                fresh.add(tile.data)
                room -= len(tile.data)
                if room < 0:
                    return None
    return found


def _weight(tiles: Any, seen: set[bytes]) -> int:
    return sum(len(data) for data in {tile.data for tile in tiles} - seen)


def _count(area: Bounds, zoom: int) -> int:
    columns, rows = covering(area, zoom)
    return len(columns) * len(rows)


def _too_large(limit_mb: int) -> str:
    return "too_large" if limit_mb <= PACKED_MB else "too_large_beside"


def _apart(source: Source, extent: Bounds) -> BasemapRefused:
    theirs = "" if source.bounds is None else _span(source.bounds)
    return BasemapRefused(TEXTS["apart"].format(name=source.name, theirs=theirs, ours=_span(extent)))


def _span(bounds: Bounds) -> str:
    west, south, east, north = bounds
    return TEXTS["span"].format(west=west, south=south, east=east, north=north)


def _name(key: Key) -> str:
    return "/".join(map(str, key))


def _file(key: Key, tile: Tile) -> str:
    return f"{_name(key)}.{ENDINGS[tile.mime]}"
