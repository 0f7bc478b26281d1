"""A layer as GeoJSON: public columns only, coordinates as reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pandas as pd
import shapely

from api.snapshots import Snapshot
from geo.admin.gazetteer import township_of
from geo.schema import SOURCE_COLUMNS, Column, Layer, layer_named


def layer_geojson(snapshot: Snapshot, name: str, township: str | None) -> dict[str, Any]:
    """A FeatureCollection of one layer, longitude and latitude in degrees CGCS2000 (EPSG:4490).

    Facilities without reported coordinates have a null geometry. With a township: its own
    rows, and those from elsewhere that serve or reach one of its units. Raises UnknownLayer.
    """
    layer = layer_named(name)
    rows = rows_of(snapshot.layers[name])
    kept = [row for row in rows if township is None or township in townships_of(layer, row)]
    return {
        "type": "FeatureCollection",
        "name": name,
        "title": layer.label,
        "as_of": snapshot.as_of.isoformat(),
        "township": township,
        "count": len(kept),
        "features": [_feature(layer, row) for row in kept],
    }


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows as dicts by column."""
    return cast("list[dict[str, Any]]", table.to_dict("records"))


def townships_of(layer: Layer, row: Mapping[str, Any]) -> set[str]:
    """The townships that a row stands in, serves or reaches, as 12-digit codes."""
    if layer.role == "base":
        return {row["code"] if layer.name == "townships" else row["township_code"]}
    served = row.get(layer.links) or () if layer.links else ()
    return {township_of(code) for code in (row["unit_code"], *served) if code}


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
