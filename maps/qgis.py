"""QGIS styles (QML) from the same palette: villages by state, townships by share met, facilities.

A GeoPackage that carries these in its ``layer_styles`` table opens in QGIS as our own maps look.
Colours and shapes follow maps.palette; names of columns are those of maps.layers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from maps import palette
from maps.texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterable

_MARKERS: Final = {"disc": "circle", "half": "half_circle", "diamond": "diamond", "square": "square", "dot": "circle"}
_SHAPES: Final = {
    "house": "pentagon", "board": "square", "person": "half_circle", "flag": "filled_arrowhead",
    "star": "star", "triangle": "triangle", "cross": "cross_fill", "hexagon": "hexagon",
}  # fmt: skip
_HATCHES: Final = {"none": "solid", "dots": "dense6", "diagonal": "b_diagonal", "cross": "diagonal_x",
                   "level": "horizontal"}  # fmt: skip
_DOCTYPE: Final = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"


def village_areas(column: str) -> str:
    """Polygons by state; ``column`` is a rule's column of village_table."""
    return _categorised(column, [(s.key, s.label, _fill(s.area, s.line, s.hatch)) for s in palette.STATES])


def village_points(column: str) -> str:
    """Points by state; ``column`` is a rule's column of village_table."""
    return _categorised(
        column, [(s.key, s.label, _marker(_MARKERS[s.glyph], s.fill, s.line, 1.2 if s.glyph == "dot" else 2.6))
                 for s in palette.STATES]
    )  # fmt: skip


def township_shares(column: str) -> str:
    """Polygons by share met; ``column`` is the "RULE share" column of township_table, NA out of scope."""
    field = f'"{column}"'
    rules: list[tuple[str, str, ET.Element]] = [
        (f"{field} > {share.low:g} AND {field} <= {share.high:g}", share.label, _fill(share.fill, palette.LINE, "none"))
        for share in palette.SHARES
    ]
    outside = palette.STATES[palette.STATE_CODE["not_applicable"]]
    rules.append((f"{field} IS NULL", TEXTS["out_of_scope"], _fill(outside.area, palette.LINE, "none")))
    return _rule_based(rules)


def facilities(layer: str) -> str:
    """Points of one facility layer; boards by the column ``freshness`` of facility_table.

    Raises LookupError for a layer without a symbol.
    """
    style = next((entry for entry in palette.FACILITIES if entry.layer == layer), None)
    if style is None:
        msg = f"no symbol for layer {layer}"
        raise LookupError(msg)
    shape = _SHAPES[style.shape]
    if layer == "boards":
        entries = [(f.key, f.label, _marker(shape, f.fill, f.line, 2.8)) for f in palette.FRESHNESS]
        return _categorised("freshness", entries)
    return _document("singleSymbol", None, [], [_marker(shape, style.fill, "#ffffff", 2.8)])


def _categorised(column: str, entries: Iterable[tuple[str, str, ET.Element]]) -> str:
    categories, symbols = [], []
    for index, (value, label, symbol) in enumerate(entries):
        categories.append(
            ET.Element("category", value=value, label=label, symbol=str(index), render="true", type="string")
        )
        symbols.append(symbol)
    return _document("categorizedSymbol", column, categories, symbols)


def _rule_based(entries: Iterable[tuple[str, str, ET.Element]]) -> str:
    rules, symbols = [], []
    for index, (expression, label, symbol) in enumerate(entries):
        rules.append(ET.Element("rule", key=f"share-{index}", filter=expression, label=label, symbol=str(index)))
        symbols.append(symbol)
    return _document("RuleRenderer", None, rules, symbols)


def _document(kind: str, column: str | None, entries: list[ET.Element], symbols: list[ET.Element]) -> str:
    root = ET.Element("qgis", version="3.28.0", styleCategories="Symbology")
    renderer = ET.SubElement(root, "renderer-v2", type=kind, enableorderby="0", forceraster="0", symbollevels="0")
    if column is not None:
        renderer.set("attr", column)
    if entries:
        group = ET.SubElement(renderer, "rules" if kind == "RuleRenderer" else "categories")
        if kind == "RuleRenderer":
            group.set("key", "shares")
        group.extend(entries)
    holder = ET.SubElement(renderer, "symbols")
    for index, symbol in enumerate(symbols):
        symbol.set("name", str(index))
        holder.append(symbol)
    ET.indent(root)
    return _DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"


def _marker(name: str, fill: str, line: str, size: float) -> ET.Element:
    """A point symbol; ``size`` in millimetres."""
    return _symbol("marker", "SimpleMarker", {
        "name": name, "color": _rgba(fill), "outline_color": _rgba(line), "outline_width": "0.25",
        "outline_width_unit": "MM", "size": f"{size:g}", "size_unit": "MM",
    })  # fmt: skip


def _fill(fill: str, line: str, hatch: str) -> ET.Element:
    """An area symbol: the plain fill and, where the state has one, its hatching on top."""
    symbol = _symbol("fill", "SimpleFill", {
        "color": _rgba(fill), "style": "solid", "outline_color": _rgba("#ffffff"), "outline_style": "solid",
        "outline_width": "0.26", "outline_width_unit": "MM",
    })  # fmt: skip
    if hatch != "none":
        _layer(symbol, "SimpleFill", {"color": _rgba(line), "style": _HATCHES[hatch], "outline_style": "no"})
    return symbol


def _symbol(kind: str, layer: str, options: dict[str, str]) -> ET.Element:
    symbol = ET.Element("symbol", type=kind, name="0", alpha="1", clip_to_extent="1", force_rhr="0")
    _layer(symbol, layer, options)
    return symbol


def _layer(symbol: ET.Element, kind: str, options: dict[str, str]) -> None:
    layer = ET.SubElement(symbol, "layer", attrib={"class": kind, "enabled": "1", "locked": "0", "pass": "0"})
    holder = ET.SubElement(layer, "Option", type="Map")
    for name, value in options.items():
        ET.SubElement(holder, "Option", name=name, type="QString", value=value)


def _rgba(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},255"
