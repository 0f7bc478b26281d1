"""Styles for other viewers, from the same palette: SLD 1.0 layer by layer, and one Mapbox style of all layers.

Neither names any address: data lie beside them, marks are drawn from plain shapes, no label needs a font.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from maps import palette

if TYPE_CHECKING:
    from collections.abc import Iterable

_SLD: Final = "http://www.opengis.net/sld"
_OGC: Final = "http://www.opengis.net/ogc"
_MARKS: Final = {"disc": "circle", "half": "circle", "diamond": "triangle", "square": "square", "dot": "circle",
                 "house": "triangle", "board": "square", "person": "circle", "flag": "triangle", "star": "star",
                 "triangle": "triangle", "cross": "cross", "hexagon": "circle"}  # fmt: skip
_SIZE: Final = 9
_SMALL: Final = 3

Entry = tuple[str | None, str, dict[str, str]]
"""A value of the column (None: every row), its label, and how it looks: fill, line, shape."""


def slds(rule: str | None) -> dict[str, bytes]:
    """Return layer → SLD 1.0; villages by their state under a rule, boards by how fresh they are."""
    states: list[Entry] = [(s.key, s.label, {"fill": s.area, "line": s.line}) for s in palette.STATES]
    points: list[Entry] = [(s.key, s.label, {"fill": s.fill, "line": s.line, "shape": s.glyph}) for s in palette.STATES]
    fresh: list[Entry] = [
        (s.key, s.label, {"fill": s.fill, "line": s.line, "shape": "board"}) for s in palette.FRESHNESS
    ]
    outline: list[Entry] = [(None, "界线", {"line": palette.LINE})]
    found = {"townships": _sld("townships", None, outline), "boundary": _sld("boundary", None, outline)}
    if rule is not None:
        found |= {"villages": _sld("villages", rule, states), "village_points": _sld("village_points", rule, points)}
    for style in palette.FACILITIES:
        look = {"fill": style.fill, "line": "#ffffff", "shape": style.shape}
        column, entries = ("freshness", fresh) if style.layer == "boards" else (None, [(None, style.label, look)])
        found[style.layer] = _sld(style.layer, column, entries)
    return found


def _sld(layer: str, column: str | None, entries: Iterable[Entry]) -> bytes:
    ET.register_namespace("", _SLD)
    ET.register_namespace("ogc", _OGC)
    root = ET.Element(f"{{{_SLD}}}StyledLayerDescriptor", version="1.0.0")
    named = _add(root, "NamedLayer")
    _add(named, "Name", layer)
    style = _add(named, "UserStyle")
    _add(style, "Title", layer)
    kind = _add(style, "FeatureTypeStyle")
    for value, label, look in entries:
        rule = _add(kind, "Rule")
        _add(rule, "Title", label)
        if value is not None:
            equal = ET.SubElement(ET.SubElement(rule, f"{{{_OGC}}}Filter"), f"{{{_OGC}}}PropertyIsEqualTo")
            ET.SubElement(equal, f"{{{_OGC}}}PropertyName").text = column
            ET.SubElement(equal, f"{{{_OGC}}}Literal").text = value
        _symbol(rule, look)
    ET.indent(root)
    body: bytes = ET.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def _symbol(rule: ET.Element, look: dict[str, str]) -> None:
    if "shape" in look:
        graphic = _add(_add(rule, "PointSymbolizer"), "Graphic")
        mark = _add(graphic, "Mark")
        _add(mark, "WellKnownName", _MARKS[look["shape"]])
        _paint(mark, look)
        _add(graphic, "Size", str(_SMALL if look["shape"] == "dot" else _SIZE))
    elif "fill" in look:
        _paint(_add(rule, "PolygonSymbolizer"), look)
    else:
        _paint(_add(rule, "LineSymbolizer"), look)


def _paint(parent: ET.Element, look: dict[str, str]) -> None:
    for name, key in (("Fill", "fill"), ("Stroke", "line")):
        if key in look:
            parameter = _add(_add(parent, name), "CssParameter", look[key])
            parameter.set("name", name.lower())


def _add(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    child = ET.SubElement(parent, f"{{{_SLD}}}{name}")
    child.text = text
    return child


def mapbox(rule: str | None, layers: Iterable[str], folder: str, name: str) -> bytes:
    """Return a Mapbox style (version 8) that reads `folder`/LAYER.geojson: areas, lines and points, without labels."""
    there = list(layers)
    drawn = [layer for layer in _drawn(rule) if layer["source"] in there]
    used = sorted({layer["source"] for layer in drawn})
    style = {
        "version": 8,
        "name": name,
        "sources": {name: {"type": "geojson", "data": f"{folder}/{name}.geojson"} for name in used},
        "layers": [{"id": "ground", "type": "background", "paint": {"background-color": palette.GROUND}}, *drawn],
    }
    return (json.dumps(style, ensure_ascii=False, indent=1) + "\n").encode()


def _drawn(rule: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if rule is not None:
        fills = {style.key: style.area for style in palette.STATES}
        found.append(_layer("villages", "fill", {"fill-color": _match(rule, fills), "fill-outline-color": "#ffffff"}))
    found.append(_layer("townships", "line", {"line-color": palette.LINE, "line-width": 1.2}))
    found.append(_layer("boundary", "line", {"line-color": palette.INK, "line-width": 2}))
    if rule is not None:
        dots = {style.key: style.fill for style in palette.STATES}
        paint = {"circle-color": _match(rule, dots), "circle-radius": 4, "circle-stroke-width": 1}
        found.append(_layer("village_points", "circle", {**paint, "circle-stroke-color": palette.INK}))
    for style in palette.FACILITIES:
        fresh = {entry.key: entry.fill for entry in palette.FRESHNESS}
        colour = _match("freshness", fresh) if style.layer == "boards" else style.fill
        paint = {"circle-color": colour, "circle-radius": 3, "circle-stroke-width": 1, "circle-stroke-color": "#ffffff"}
        found.append(_layer(style.layer, "circle", paint) | {"layout": {"visibility": "none"}})
    return found


def _layer(source: str, kind: str, paint: dict[str, Any]) -> dict[str, Any]:
    return {"id": source, "type": kind, "source": source, "paint": paint}


def _match(column: str, colours: dict[str, str]) -> list[Any]:
    return ["match", ["get", column], *(part for pair in colours.items() for part in pair), palette.GROUND]
