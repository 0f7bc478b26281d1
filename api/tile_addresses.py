"""Addresses of tile services: which are usable, and that of one tile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from api.texts import TEXTS
from maps.basemaps import datums
from maps.errors import BasemapRefused

if TYPE_CHECKING:
    from api.settings import Settings

# Tiles of plain degrees, by what their addresses say of them.
_DEGREES: Final = r"(?:epsg|crs|srs|matrixset)[^&/?{]*(?:4326|4490)|crs84|tilematrixset=c(?=&|$)|_c/"
_KINDS: Final = ("basemap_file", "basemap_xyz", "basemap_wmts", "tianditu_key")
_TIANDITU: Final = (
    "https://t0.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default"
    "&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)
_TIANDITU_LAYERS: Final = ("vec", "cva")  # the map, and its names above it


def tianditu(key: str) -> list[str]:
    """Addresses of Tianditu's map and of its names, on the Web Mercator grid (CGCS2000)."""
    return [_TIANDITU.format(layer=layer, key=key) for layer in _TIANDITU_LAYERS]


def wrong(settings: Settings) -> list[tuple[str, object, str]]:
    """What is wrong with the settings of the basemap: setting, value to show, message."""
    found: list[tuple[str, object, str]] = []
    named = [
        name for name in ("basemap_file", "basemap_xyz", "basemap_wmts", "tianditu_key") if getattr(settings, name)
    ]
    if len(named) > 1:
        found.append((named[1], "", TEXTS["setting_one_basemap"]))
    for name in ("basemap_xyz", "basemap_wmts"):
        address = getattr(settings, name)
        if address and (told := _wrong_address(address, wmts=name == "basemap_wmts")):
            found.append((name, "", told))
    if settings.tianditu_key and not re.fullmatch(r"[0-9A-Za-z]{8,64}", settings.tianditu_key):
        found.append(("tianditu_key", "", TEXTS["setting_key"]))
    if settings.basemap_datum and named:
        try:
            datums.check(named[0], declared=settings.basemap_datum)
        except BasemapRefused as refused:
            found.append(("basemap_datum", settings.basemap_datum, str(refused).split("：", 1)[-1]))
    if not 1 <= settings.basemap_max_zoom <= 22:
        found.append(("basemap_max_zoom", settings.basemap_max_zoom, TEXTS["setting_zoom"]))
    return found


def _wrong_address(address: str, *, wmts: bool) -> str | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return TEXTS["setting_address"]
    if parts.scheme not in ("http", "https") or not parts.hostname or "{" in parts.netloc or "@" in parts.netloc:
        return TEXTS["setting_address"]
    places = set(re.findall(r"\{[^}]*\}", address))
    if wmts and places:
        return TEXTS["setting_wmts"]
    if not wmts and places not in ({"{z}", "{x}", "{y}"}, {"{z}", "{x}", "{-y}"}):
        return TEXTS["setting_xyz"]
    if re.search(_DEGREES, address, re.IGNORECASE):
        return TEXTS["setting_degrees"]
    if found := datums.suspect(address):
        return TEXTS["setting_offset"].format(word=found[0])
    return None


def filled(address: str, z: int, x: int, y: int) -> str:
    """The address of one tile; {-y} counts rows from the south."""
    for place, value in (("{z}", z), ("{x}", x), ("{y}", y), ("{-y}", 2**z - 1 - y)):
        address = address.replace(place, str(value))
    return address
