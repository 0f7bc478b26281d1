"""QGIS styles: well-formed, one symbol an entry, the palette's colours, the tables' own values."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from maps import palette, qgis
from maps.layers import township_table, village_table
from tests.map_places import changji

RULE = "17.village.station"


def parsed(qml: str) -> ET.Element:
    assert qml.startswith("<!DOCTYPE qgis")
    return ET.fromstring(qml)


def numbered(root: ET.Element, entries: str) -> None:
    symbols = [symbol.get("name") for symbol in root.iter("symbol")]
    assert symbols == [str(index) for index in range(len(symbols))]
    used = [entry.get("symbol") for entry in root.iter(entries)]
    assert used == symbols


@pytest.mark.parametrize("style", [qgis.village_areas, qgis.village_points])
def test_villages_have_a_category_for_every_state_that_occurs(style: object) -> None:
    assert callable(style)
    root = parsed(style(RULE))
    numbered(root, "category")
    renderer = root.find("renderer-v2")
    assert renderer is not None
    assert renderer.get("attr") == RULE
    values = {category.get("value") for category in root.iter("category")}
    assert values == {entry.key for entry in palette.STATES}
    assert set(village_table(changji().layers, changji().assessment)[RULE]) <= values


def test_townships_are_classed_by_the_share_column() -> None:
    root = parsed(qgis.township_shares(f"{RULE} share"))
    numbered(root, "rule")
    assert f"{RULE} share" in township_table(changji().layers, changji().assessment)
    filters = [str(rule.get("filter")) for rule in root.iter("rule")]
    assert len(filters) == len(palette.SHARES) + 1
    assert filters[-1] == f'"{RULE} share" IS NULL'


def test_unknown_areas_are_hatched() -> None:
    root = parsed(qgis.village_areas(RULE))
    unknown = next(symbol for symbol in root.iter("symbol") if symbol.get("name") == "0")
    styles = [option.get("value") for option in unknown.iter("Option") if option.get("name") == "style"]
    assert styles == ["solid", "b_diagonal"]


@pytest.mark.parametrize("layer", [style.layer for style in palette.FACILITIES])
def test_every_facility_layer_has_a_symbol(layer: str) -> None:
    root = parsed(qgis.facilities(layer))
    assert len(list(root.iter("symbol"))) == (len(palette.FRESHNESS) if layer == "boards" else 1)


def test_a_layer_without_a_symbol_is_a_lookup_error() -> None:
    with pytest.raises(LookupError, match="figures"):
        qgis.facilities("figures")
