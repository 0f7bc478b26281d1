"""A WMTS read from its own description: which of its tile matrices are zooms of the Web Mercator grid.

Services number their levels and set their corners as they like, so nothing is taken for granted: a set
of another projection, corner or tile size would be drawn in the wrong place and is passed over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from xml.etree import ElementTree

from api.texts import TEXTS
from maps.errors import BasemapRefused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

_WMTS: Final = "{http://www.opengis.net/wmts/1.0}"
_OWS: Final = "{http://www.opengis.net/ows/1.1}"
_MERCATOR: Final = ("3857", "900913", "102100")
_CORNER: Final = 20037508.342789244  # metres
# Scale of zoom 0 with pixels of 0.28 mm, as the standard has it, and at 96 dots an inch, as many services have.
_SCALES: Final = (559082264.0287178, 591658710.909131)
_CLOSE: Final = 1e-7  # of the world's side: about four metres
_PROTOCOL: Final = frozenset({"service", "request", "version"})


@dataclass(frozen=True)
class WmtsLayer:
    """One layer of a service: `address` of a tile with {matrix}, {row} and {column}; a matrix for each zoom."""

    address: str
    matrices: Mapping[int, str]

    def tile_address(self, z: int, x: int, y: int) -> str | None:
        """The address of one tile; None for a zoom that the service has not."""
        matrix = self.matrices.get(z)
        if matrix is None:
            return None
        filled = self.address.replace("{matrix}", quote(matrix, safe=":"))
        return filled.replace("{row}", str(y)).replace("{column}", str(x))


def read_wmts(data: bytes, address: str, wanted: str) -> WmtsLayer:
    """Read a capabilities document that stood at an address; ``wanted`` names a layer, "" takes the first.

    Tiles are asked at the address's own server alone, whatever the document says. Raises BasemapRefused.
    """
    name = str(urlsplit(address).hostname)
    try:
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise ElementTree.ParseError
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise BasemapRefused(TEXTS["wmts_unreadable"].format(name=name)) from error
    layers = [
        layer for layer in root.iter(f"{_WMTS}Layer") if not wanted or _text(layer, f"{_OWS}Identifier") == wanted
    ]
    if not layers:
        raise BasemapRefused(TEXTS["wmts_no_layer"].format(name=name, layer=wanted))
    sets = {_text(one, f"{_OWS}Identifier"): one for one in root.iter(f"{_WMTS}TileMatrixSet") if len(one) > 1}
    for link in layers[0].iter(f"{_WMTS}TileMatrixSetLink"):
        set_name = _text(link, f"{_WMTS}TileMatrixSet")
        matrices = _matrices(sets[set_name]) if set_name in sets else {}
        if matrices:
            return WmtsLayer(_address(layers[0], address, set_name), matrices)
    raise BasemapRefused(TEXTS["wmts_no_grid"].format(name=name))


def _matrices(matrix_set: Element) -> dict[int, str]:
    """Zoom → identifier of the matrices that are zooms of the Web Mercator grid."""
    if not any(code in _text(matrix_set, f"{_OWS}SupportedCRS") for code in _MERCATOR):
        return {}
    found = {}
    for matrix in matrix_set.iter(f"{_WMTS}TileMatrix"):
        zoom = _zoom(matrix)
        if zoom is not None:
            found[zoom] = _text(matrix, f"{_OWS}Identifier")
    return found


def _zoom(matrix: Element) -> int | None:
    """The zoom that a matrix is, if it is one. The corner's two numbers come in either order."""
    try:
        first, second = (float(part) for part in _text(matrix, f"{_WMTS}TopLeftCorner").split())
        scale = float(_text(matrix, f"{_WMTS}ScaleDenominator"))
    except ValueError:
        return None
    sides = {_text(matrix, f"{_WMTS}{name}") for name in ("TileWidth", "TileHeight")}
    off = max(abs(abs(first) - _CORNER), abs(abs(second) - _CORNER), abs(first + second))
    if sides != {"256"} or not off <= _CLOSE * 2 * _CORNER or not scale > 0:
        return None
    for whole in _SCALES:
        zoom = round(math.log2(whole / scale))
        if 0 <= zoom <= 22 and abs(whole / scale / 2**zoom - 1) <= _CLOSE:
            return zoom
    return None


def _address(layer: Element, address: str, set_name: str) -> str:
    """The address of a tile: by the layer's own template where the document was a file, else by key and value."""
    parts = urlsplit(address)
    style = next((_text(one, f"{_OWS}Identifier") for one in layer.iter(f"{_WMTS}Style")), "") or "default"
    kind = next((one.text.strip() for one in layer.iter(f"{_WMTS}Format") if one.text), "image/png")
    if parts.path.lower().endswith(".xml"):
        for resource in layer.iter(f"{_WMTS}ResourceURL"):
            template = resource.get("template", "")
            for place, value in (
                ("{Style}", quote(style)), ("{style}", quote(style)), ("{TileMatrixSet}", quote(set_name, safe=":")),
                ("{TileMatrix}", "{matrix}"), ("{TileRow}", "{row}"), ("{TileCol}", "{column}"),
            ):  # fmt: skip
                template = template.replace(place, value)
            theirs = urlsplit(template)
            whole = template.count("{") == 3 and all(part in template for part in ("{matrix}", "{row}", "{column}"))
            if whole and resource.get("resourceType") == "tile" and theirs[:2] == parts[:2]:
                return template
    kept = [(key, value) for key, value in parse_qsl(parts.query) if key.lower() not in _PROTOCOL]
    query = urlencode([
        ("SERVICE", "WMTS"), ("REQUEST", "GetTile"), ("VERSION", "1.0.0"),
        ("LAYER", _text(layer, f"{_OWS}Identifier")), ("STYLE", style), ("FORMAT", kind),
        ("TILEMATRIXSET", set_name), *kept,
    ])  # fmt: skip
    place = f"{parts.scheme}://{parts.netloc}{parts.path}"
    return f"{place}?{query}&TILEMATRIX={{matrix}}&TILEROW={{row}}&TILECOL={{column}}"


def _text(element: Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()
