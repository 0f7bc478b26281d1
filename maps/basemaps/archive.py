"""Tiles out of a PMTiles archive (version 3): directories of tiles in Hilbert order."""

from __future__ import annotations

import gzip
import json
import mmap
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from pmtiles.tile import (
    Compression,
    Entry,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    find_tile,
    zxy_to_tileid,
)

from maps.basemaps.grid import is_bounds
from maps.basemaps.mbtiles import plain
from maps.basemaps.texts import TEXTS
from maps.basemaps.tiles import MOST_ZOOM, TILE_MB, Tile, checked
from maps.errors import BasemapRefused

if TYPE_CHECKING:
    from pathlib import Path

    from maps.basemaps.grid import Bounds

_RASTER: Final = frozenset({TileType.PNG, TileType.JPEG, TileType.WEBP})
_VECTOR: Final = frozenset({TileType.MVT, TileType.MLT})
_UNPACKED: Final = 8 * 2**20  # the most that a directory or the metadata may unpack to
_DEPTH: Final = 4
_BROKEN: Final = (
    MagicNumberNotFound, SpecVersionUnsupported, EOFError, OSError, ValueError, IndexError, TypeError,
    AttributeError, OverflowError, RecursionError, zlib.error,
)  # fmt: skip


class PMTiles:
    """A raster PMTiles archive, only read. Raises BasemapRefused for what is none."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        stat = path.stat()
        self.identity = f"{path.name} {stat.st_size} {stat.st_mtime_ns}"
        try:
            with path.open("rb") as file:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:  # an empty file cannot be mapped
            raise self._broken() from error
        self._directory = lru_cache(maxsize=64)(self._read_directory)
        try:
            self._header = deserialize_header(self._bytes[:127])
            self._check_kind()
            self.metadata = self._read_metadata()
            self._directory(self._header["root_offset"], self._header["root_length"])
        except _BROKEN as error:
            self.close()
            raise error if isinstance(error, BasemapRefused) else self._broken() from error
        self.credit = plain(self.metadata.get("attribution", ""))
        self.zooms = self._header["min_zoom"], min(self._header["max_zoom"], MOST_ZOOM)
        self.bounds = self._bounds()

    def tile(self, z: int, x: int, y: int) -> Tile | None:
        """One tile. Raises BasemapRefused."""
        try:
            data = self._find(zxy_to_tileid(z, x, y))
        except _BROKEN as error:
            raise error if isinstance(error, BasemapRefused) else self._broken() from error
        return checked(data, name=self.name, at=f"{z}/{x}/{y}") if data else None

    def close(self) -> None:
        """Close the file."""
        self._bytes.close()

    def _find(self, wanted: int) -> bytes | None:
        offset, length = self._header["root_offset"], self._header["root_length"]
        for _ in range(_DEPTH):
            entry = find_tile(self._directory(offset, length), wanted)
            if entry is None:
                return None
            if entry.run_length:
                start = self._header["tile_data_offset"] + entry.offset
                return self._bytes[start : start + min(entry.length, TILE_MB * 2**20 + 1)]
            offset, length = self._header["leaf_directory_offset"] + entry.offset, entry.length
        return None

    def _read_directory(self, offset: int, length: int) -> list[Entry]:
        packed = self._bytes[offset : offset + length]
        self._unpacked(packed)
        return deserialize_directory(packed)

    def _read_metadata(self) -> dict[str, str]:
        start = self._header["metadata_offset"]
        text = self._unpacked(self._bytes[start : start + self._header["metadata_length"]])
        found = json.loads(text or b"{}")
        return {str(key): value for key, value in found.items() if isinstance(value, str)}

    def _unpacked(self, packed: bytes) -> bytes:
        """Unpack gzip, but never more than a directory can need: a few bytes can claim to be gigabytes."""
        reader = zlib.decompressobj(wbits=31)
        out = reader.decompress(packed, _UNPACKED) if packed else b""
        if reader.unconsumed_tail or reader.unused_data:
            raise gzip.BadGzipFile
        return out

    def _check_kind(self) -> None:
        if self._header["tile_type"] in _VECTOR:
            raise BasemapRefused(TEXTS["vector"].format(name=self.name))
        if self._header["tile_type"] not in _RASTER:
            raise self._broken()
        if self._header["internal_compression"] is not Compression.GZIP:
            raise BasemapRefused(TEXTS["compression"].format(name=self.name))
        if self._header["tile_compression"] not in (Compression.NONE, Compression.UNKNOWN):
            raise BasemapRefused(TEXTS["compression"].format(name=self.name))

    def _bounds(self) -> Bounds | None:
        west, south, east, north = (
            self._header[key] / 1e7 for key in ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7")
        )
        return (west, south, east, north) if is_bounds((west, south, east, north)) else None

    def _broken(self) -> BasemapRefused:
        return BasemapRefused(TEXTS["broken"].format(name=self.name, kind=" PMTiles "))
