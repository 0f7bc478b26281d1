"""The basemap of the served map: a file of ours, or tiles fetched for the page from the one configured server.

The page only ever asks this server, under /basemap/: no address and no key of a tile server reaches it,
and its policy stays closed.
"""

from __future__ import annotations

import io
import logging
import time
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from api.errors import BasemapUnavailable
from api.texts import TEXTS
from api.tile_addresses import filled, tianditu
from api.wmts import WmtsLayer, read_wmts
from maps.basemaps.cutting import Basemap, extent_of, from_coarse, served
from maps.basemaps.grid import covering
from maps.basemaps.reading import open_basemap
from maps.basemaps.tiles import TILE_MB, Tile, checked
from maps.errors import BasemapRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.settings import Settings
    from api.snapshots import Ground
    from maps.basemaps.grid import Bounds
    from maps.basemaps.tiles import Source

log = logging.getLogger("kepu.api")

ADDRESS: Final = "/basemap/{z}/{x}/{y}"
_SECONDS: Final = 5.0
_REST: Final = 10.0  # seconds for which a server that didn't answer is not asked again
_AT_ONCE: Final = 6
_OVERVIEWS: Final = 1000  # tiles of which coarser zooms may be made while somebody waits
_CAPABILITIES: Final = 8 * 2**20  # bytes of a service's description


class Served:
    """The basemap that a running server has."""

    def __init__(self, source: Source, *, credit: str) -> None:
        self._source, self._credit = source, credit
        self._pages: dict[str, tuple[Basemap | None, Source]] = {}

    @property
    def identity(self) -> str:
        """Changes with what the page would show."""
        return f"{self._source.identity} {self._credit}"

    def page(self, ground: Ground) -> Basemap | None:
        """What the map's page is given; None, and a line in the log, where the basemap lies elsewhere."""
        return self._over(ground)[0]

    def _over(self, ground: Ground) -> tuple[Basemap | None, Source]:
        known = self._pages.get(ground.version)
        if known is not None:
            return known
        page, source = None, self._source
        try:
            extent = extent_of(ground.place)
            source = from_coarse(source, extent, most=_OVERVIEWS)
            page = served(source, extent, address=ADDRESS, credit=self._credit or None)
        except BasemapRefused as refused:
            log.warning("no basemap: %s", refused)
        self._pages = {ground.version: (page, source)}
        return page, source

    def tile(self, ground: Ground, z: int, x: int, y: int) -> Tile | None:
        """A tile over the place; None elsewhere, so that nobody uses the server for other maps.

        Raises BasemapUnavailable.
        """
        page, source = self._over(ground)
        if page is None or not page.zooms[0] <= z <= page.zooms[1]:
            return None
        columns, rows = covering(page.area, z)
        if x not in columns or y not in rows:
            return None
        try:
            return source.tile(z, x, y)
        except BasemapRefused as refused:
            log.warning("basemap: %s", refused)
            raise BasemapUnavailable(TEXTS["no_basemap"]) from None

    def close(self) -> None:
        """Give the file back."""
        self._source.close()


class RemoteTiles:
    """Tiles of one web service, one above the other. Asks few at a time, and lets a dead server rest."""

    def __init__(self, addresses: Sequence[str], *, name: str, credit: str, last: int) -> None:
        self.name, self.credit = name, credit
        self.bounds: Bounds | None = None
        self.zooms = 0, last
        self._addresses = tuple(addresses)
        self.identity = f"{name} {' '.join(self._addresses)} {last}"
        self._turns = BoundedSemaphore(_AT_ONCE)
        self._rest_until = 0.0
        self._opener = build_opener(_NoRedirect)

    def tile(self, z: int, x: int, y: int) -> Tile | None:
        """One tile; None where the service has none. Raises BasemapUnavailable, or BasemapRefused for no picture."""
        found = [self._get(address, most=TILE_MB * 2**20) for address in self.tile_addresses(z, x, y)]
        tiles = [checked(data, name=self.name, at=f"{z}/{x}/{y}") for data in found if data]
        return tiles[0] if len(tiles) == 1 else _stacked(tiles) if tiles else None

    def tile_addresses(self, z: int, x: int, y: int) -> list[str]:
        """Where the pictures of a tile are, the lowest first."""
        return [filled(address, z, x, y) for address in self._addresses]

    def close(self) -> None:
        """Nothing is held."""

    def _get(self, address: str, *, most: int) -> bytes | None:
        """What an address answers, one byte over the most at most; None where it has nothing."""
        request = Request(address, headers={"User-Agent": "kepu-atlas"})
        with self._turns:
            if time.monotonic() < self._rest_until:
                raise BasemapUnavailable(TEXTS["no_basemap"])
            try:
                with self._opener.open(request, timeout=_SECONDS) as answer:
                    data: bytes = answer.read(most + 1)
                    return data
            except HTTPError as error:
                error.close()
                if error.code in (HTTPStatus.NOT_FOUND, HTTPStatus.NO_CONTENT):
                    return None
                log.warning("basemap: %s answers %s", self.name, error.code)
                raise BasemapUnavailable(TEXTS["no_basemap"]) from None  # its text may hold the key
            except (OSError, HTTPException) as error:
                self._rest_until = time.monotonic() + _REST
                log.warning("basemap: %s does not answer (%s)", self.name, type(error).__name__)
                raise BasemapUnavailable(TEXTS["no_basemap"]) from None


class WmtsTiles(RemoteTiles):
    """Tiles of a WMTS, found by its description, which is read with the first tile."""

    def __init__(self, address: str, *, layer: str, last: int) -> None:
        super().__init__([address], name=str(urlsplit(address).hostname), credit="", last=last)
        self.identity += f" {layer}"
        self._wanted = layer
        self._layer: WmtsLayer | None = None
        self._reading = Lock()

    def tile_addresses(self, z: int, x: int, y: int) -> list[str]:
        """The tile's address, if the service has the zoom. Raises BasemapRefused where it isn't on our grid."""
        found = self._read().tile_address(z, x, y)
        return [found] if found else []

    def _read(self) -> WmtsLayer:
        with self._reading:
            if self._layer is None:
                (address,) = self._addresses
                data = self._get(address, most=_CAPABILITIES)
                try:
                    self._layer = read_wmts(data or b"", address, self._wanted)
                except BasemapRefused:
                    self._rest_until = time.monotonic() + _REST
                    raise
            return self._layer


class _NoRedirect(HTTPRedirectHandler):
    """Only the configured server is asked, wherever it points."""

    def redirect_request(self, *_: Any) -> None:
        return None


def open_served(settings: Settings) -> Served | None:
    """The basemap that the settings name, if any. Raises BasemapRefused for a file that cannot be used."""
    source: Source
    last, credit = settings.basemap_max_zoom, settings.basemap_credit
    if settings.basemap_file:
        source = open_basemap(Path(settings.basemap_file), datum=settings.basemap_datum or None)
    elif settings.tianditu_key:
        source = RemoteTiles(
            tianditu(settings.tianditu_key), name="tianditu", credit=TEXTS["tianditu_credit"], last=last
        )
    elif settings.basemap_wmts:
        source = WmtsTiles(settings.basemap_wmts, layer=settings.basemap_layer, last=last)
    elif address := settings.basemap_xyz:
        source = RemoteTiles([address], name=str(urlsplit(address).hostname), credit="", last=last)
    else:
        return None
    return Served(source, credit=credit)


def _stacked(tiles: Sequence[Tile]) -> Tile:
    from PIL import Image

    images = [Image.open(io.BytesIO(tile.data)).convert("RGBA") for tile in tiles]
    below = images[0]
    for image in images[1:]:
        below.alpha_composite(image if image.size == below.size else image.resize(below.size))
    out = io.BytesIO()
    below.convert("RGB").save(out, "PNG")
    return Tile(out.getvalue(), "image/png")
