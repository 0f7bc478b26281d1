"""A layer as GeoJSON: public columns only, coordinates as reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pandas as pd
import shapely

from geo.admin.gazetteer import township_of
from geo.assessment import known_fact
from geo.layers import Layers
from geo.parts import Part
from geo.schema import SOURCE_COLUMNS, Column, Layer, layer_named


def layer_geojson(layers: Layers, name: str, part: Part) -> dict[str, Any]:
    """A FeatureCollection of one layer, longitude and latitude in degrees CGCS2000 (EPSG:4490).

    Facilities without reported coordinates have a null geometry. With a township: its own
    rows, and those from elsewhere that serve or reach one of its units. `layers` are cut to the
    part already. Raises UnknownLayer.
    """
    layer = layer_named(name)
    rows = rows_of(layers[name])
    as_of = {"as_of": layers.as_of.isoformat()} if layers.as_of else {}
    return {
        "type": "FeatureCollection",
        "name": name,
        "title": layer.label,
        **as_of,
        **known_fact(layers.known_on),
        "township": part.township,
        **({"box": part.bbox} if part.bbox else {}),
        "count": len(rows),
        "features": [_feature(layer, row) for row in rows],
    }


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows as dicts by column."""
    return cast("list[dict[str, Any]]", table.to_dict("records"))


def _feature(layer: Layer, row: Mapping[str, Any]) -> dict[str, Any]:
    geometry = row["geometry"]
    return {
        "type": "Feature",
        "id": row["code"] if layer.role == "base" else row["id"],
        "geometry": None if geometry is None or geometry.is_empty else shapely.geometry.mapping(geometry),
        "properties": properties(layer, row),
    }


def properties(layer: Layer, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row's public facts; null is unknown, and for `updates` an empty list means never."""
    if layer.role == "base":
        head = {"code": row["code"], "name": row["name"]}
        tail = {key: plain(row.get(key)) for key in ("lon", "lat", "schematic")}
    else:
        own = row["unit_code"]
        head = {"id": row["id"], "unit_code": own, "name": plain(row["name"]), "township_code": township_of(own)}
        tail = {key: plain(row.get(key)) for key in SOURCE_COLUMNS}
    return {**head, **{column.name: _cell(column, row.get(column.name)) for column in layer.public_columns}, **tail}


def _cell(column: Column, value: Any) -> Any:
    if column.kind == "date" and value is not None and not pd.isna(value):
        return pd.Timestamp(value).date().isoformat()
    return plain(value)


def plain(value: Any) -> Any:
    """A cell as JSON holds it."""
    if isinstance(value, tuple | list):
        return [item if isinstance(item, str) else item.isoformat() for item in value]
    if value is None or pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value
