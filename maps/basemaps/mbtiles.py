"""Tiles out of an MBTiles file: a SQLite database whose rows count from the south (MBTiles 1.3)."""

from __future__ import annotations

import html
import re
import sqlite3
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from maps.basemaps.grid import is_bounds
from maps.basemaps.texts import TEXTS
from maps.basemaps.tiles import MOST_ZOOM, Tile, checked
from maps.errors import BasemapRefused

if TYPE_CHECKING:
    from pathlib import Path

    from maps.basemaps.grid import Bounds

_MERCATOR: Final = frozenset({"", "EPSG:3857", "EPSG:900913", "EPSG:102100"})
_VECTOR: Final = frozenset({"pbf", "mvt", "application/x-protobuf", "application/vnd.mapbox-vector-tile"})
_LARGEST: Final = 16 * 2**20  # bytes of a row: SQLite reads no larger one
_STEPS: Final = 50_000_000  # of SQLite's machine, for one question: a view can be made to run for ever


class MBTiles:
    """A raster MBTiles file, only read. Raises BasemapRefused for what is none."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._lock = Lock()
        stat = path.stat()
        self.identity = f"{path.name} {stat.st_size} {stat.st_mtime_ns}"
        self._file = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        try:
            self._file.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST)
            self._file.execute("PRAGMA trusted_schema = OFF")
            self.metadata = self._metadata()
            self.zooms = self._zooms()
        except BaseException:
            self.close()
            raise
        self.credit = plain(self.metadata.get("attribution", ""))
        self.bounds = bounds_of(self.metadata.get("bounds", ""))

    def tile(self, z: int, x: int, y: int) -> Tile | None:
        """One tile, counted from the north. Raises BasemapRefused."""
        query = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"
        rows = self._ask(query, (z, x, 2**z - 1 - y))
        if not rows or not isinstance(rows[0][0], bytes) or not rows[0][0]:
            return None
        return checked(rows[0][0], name=self.name, at=f"{z}/{x}/{y}")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _ask(self, query: str, values: tuple[int, ...] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            rounds = iter(range(_STEPS // 100_000))
            self._file.set_progress_handler(lambda: next(rounds, None) is None, 100_000)
            try:
                return self._file.execute(query, values).fetchmany(1000)
            except sqlite3.Error as error:
                raise BasemapRefused(TEXTS["broken"].format(name=self.name, kind=" MBTiles ")) from error

    def _metadata(self) -> dict[str, str]:
        found = {str(key): str(value) for key, value in self._ask("SELECT name, value FROM metadata")}
        if found.get("format", "").lower() in _VECTOR:
            raise BasemapRefused(TEXTS["vector"].format(name=self.name))
        crs = (found.get("crs") or found.get("srs") or "").upper()
        if crs not in _MERCATOR:
            raise BasemapRefused(TEXTS["grid"].format(name=self.name, crs=crs))
        return found

    def _zooms(self) -> tuple[int, int]:
        first, last = self._ask("SELECT min(zoom_level), max(zoom_level) FROM tiles")[0]
        if first is None:
            raise BasemapRefused(TEXTS["empty"].format(name=self.name))
        if not (isinstance(first, int) and isinstance(last, int) and 0 <= first <= last):
            raise BasemapRefused(TEXTS["broken"].format(name=self.name, kind=" MBTiles "))
        return first, min(last, MOST_ZOOM)


def plain(text: str) -> str:
    """A credit without the HTML that providers like to put in it."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def bounds_of(text: str) -> Bounds | None:
    """Bounds written as "west,south,east,north"; None for anything else."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        return None
    return (west, south, east, north) if is_bounds((west, south, east, north)) else None
