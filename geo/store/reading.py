"""Read the place and the layers; every function runs inside its caller's transaction."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import select

from geo.admin import township_of
from geo.errors import StoreUnusable
from geo.layers import COMPLETE_COLUMNS, NONE_COLUMNS, Layers, frame
from geo.place import NAME_COLUMNS, Place
from geo.schema import LAYERS
from geo.store.tables import (
    IDS_AT_ONCE,
    base_tables,
    batches,
    complete_lists,
    place,
    record_tables,
    reported_none,
    unit_names,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from sqlalchemy import Connection, Select, Table

    from geo.schema import Layer


def read_place(connection: Connection) -> Place:
    """Return the place with its base layers as they came, without later reports of population."""
    found = connection.execute(select(place)).one_or_none()
    if found is None:
        msg = "数据库里没有地区数据（建库时中断了）；请移走它，重新运行 kepu init"
        raise StoreUnusable(msg)
    row = found._asdict()
    names = connection.execute(select(unit_names).order_by(unit_names.c.number)).mappings().all()
    return Place(
        **{k: row[k] for k in ("code", "name", "working_crs", "maker", "demo_note", "demo_as_of", "population")},
        sources=tuple(row["sources"]),
        boundary=shapely.from_wkb(row["boundary"]) if row["boundary"] else None,
        townships=_base(connection, "townships"),
        villages=_base(connection, "villages"),
        names=pd.DataFrame([{c: n[c] for c in NAME_COLUMNS} for n in names], columns=list(NAME_COLUMNS), dtype=object),
    )


def in_full_force(connection: Connection, number: int) -> bool:
    """Say whether nothing newer stands over a batch: no record of it superseded, none of its "none" overtaken."""
    for name, table in record_tables.items():
        superseded = select(table.c.record).where((table.c.batch == number) & table.c.superseded_by.is_not(None))
        none = select(reported_none.c.unit_code).where(
            (reported_none.c.batch == number) & (reported_none.c.layer == name)
        )
        overtaken = _in_force(select(table.c.record), table).where(
            table.c.unit_code.in_(none) & (table.c.batch > number)
        )
        if connection.execute(superseded.limit(1)).first() or connection.execute(overtaken.limit(1)).first():
            return False
    return True


def read_layers(connection: Connection) -> Layers:
    """Return every layer in force; facilities in order of id."""
    tables = {name: _records(connection, layer) for name, layer in LAYERS.items() if layer.role != "base"}
    for name in base_tables:
        tables[name] = _with_reports(connection, _base(connection, name), LAYERS[name])
    return Layers(
        tables=tables,
        none=_declared(connection, reported_none, NONE_COLUMNS),
        complete=_declared(connection, complete_lists, COMPLETE_COLUMNS),
    )


def read_units_of(connection: Connection, layer: str, ids: Sequence[str]) -> dict[str, str]:
    """Return id → unit code of the records in force that have one of the ids."""
    table = record_tables[layer]
    found: dict[str, str] = {}
    for start in range(0, len(ids), IDS_AT_ONCE):
        wanted = table.c.id.in_(ids[start : start + IDS_AT_ONCE])
        query = _in_force(select(table.c.id, table.c.unit_code), table).where(wanted)
        found |= {row.id: row.unit_code for row in connection.execute(query)}
    return found


def _base(connection: Connection, name: str) -> gpd.GeoDataFrame:
    table = base_tables[name]
    rows = [dict(row) for row in connection.execute(select(table).order_by(table.c.code)).mappings()]
    return frame(LAYERS[name], _with_geometry(rows))


def _records(connection: Connection, layer: Layer) -> gpd.GeoDataFrame:
    """Read the records in force, in order of id."""
    table = record_tables[layer.name]
    public = [c for c in table.columns if c.name not in _private(layer)]
    query = _in_force(select(*public), table).order_by(table.c.id)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    lists = [c for c in layer.columns if c.kind in ("codes", "dates")]
    for row in rows:
        for column in lists:
            row[column.name] = _listed(row[column.name], column.kind)
    found = frame(layer, _with_geometry(rows))
    codes = [township_of(code) for code in found["unit_code"]]
    found.insert(3, "township_code", pd.Series(codes, index=found.index, dtype=object))
    return found


def _private(layer: Layer) -> set[str]:
    return {c.name for c in layer.columns if c.private} | {"record", "superseded_by"}


def _listed(value: Any, kind: str) -> Any:
    if value is None:
        return () if kind == "codes" else None
    return tuple(value) if kind == "codes" else tuple(date.fromisoformat(day) for day in value)


def _with_geometry(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    shapes = shapely.from_wkb(np.array([row["geometry"] for row in rows], dtype=object))
    for row, geometry in zip(rows, shapes, strict=True):
        row["geometry"] = geometry
    return rows


def _with_reports(connection: Connection, base: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """Put reported populations over the base layer's; the newest batch wins."""
    table = record_tables[layer.name]
    for column in (c.name for c in layer.columns if c.kind == "count"):
        query = (
            _in_force(select(table.c.unit_code, table.c[column].label("people")), table)
            .where(table.c[column].is_not(None))
            .order_by(table.c.batch, table.c.row)
        )
        reported: dict[str, int] = {row.unit_code: row.people for row in connection.execute(query)}
        base[column] = base["code"].map(reported).astype("Int64").fillna(base[column])
    return base


def _in_force(query: Select[Any], table: Table) -> Select[Any]:
    """Only records whose batch is not undone and that none newer supersedes."""
    in_force = table.c.superseded_by.is_(None) & batches.c.undone_by.is_(None)
    return query.join(batches, batches.c.batch == table.c.batch).where(in_force)


def _declared(connection: Connection, table: Table, columns: tuple[str, ...]) -> pd.DataFrame:
    query = (
        select(*(table.c[name] for name in columns))
        .join(batches, batches.c.batch == table.c.batch)
        .where(batches.c.undone_by.is_(None))
        .order_by(table.c.number)
    )
    rows = [tuple(row) for row in connection.execute(query)]
    return pd.DataFrame(rows, columns=list(columns)).astype({"row": "Int64", "batch": "Int64"})
