"""Read the place and the layers; every function runs inside its caller's transaction."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import select

from geo.errors import StoreUnusable
from geo.layers import COMPLETE_COLUMNS, NONE_COLUMNS, Layers, Notes, frame
from geo.months import day_from_iso
from geo.place import NAME_COLUMNS, Place
from geo.schema import LAYERS
from geo.store.force import Force
from geo.store.history import Populations, read_history
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
    from collections.abc import Iterator, Mapping, Sequence

    import geopandas as gpd
    from sqlalchemy import Connection, Select, Table

    from geo.layers import Past
    from geo.schema import Layer
    from geo.store.force import Order

_COUNTS = (batches.c.kind == "import") & batches.c.undone_by.is_(None)
"""Whether a batch is an import that is not undone."""


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


def newest_of(connection: Connection, sha256: str, layer: str, received_on: date | None) -> int | None:
    """Return the newest batch that brought this content, if bringing it again would change nothing.

    On a day, if one is told, else today.
    """
    same = (batches.c.sha256 == sha256) & (batches.c.layer == layer) & _COUNTS
    if received_on is not None:
        same &= batches.c.reported_on == received_on
    newest = (batches.c.reported_on.desc(), batches.c.batch.desc())
    found = connection.execute(select(batches).where(same).order_by(*newest).limit(1)).one_or_none()
    if found is None or _overruled(connection, found.batch, found.reported_on, received_on or date.today()):
        return None
    number: int = found.batch
    return number


def _overruled(connection: Connection, number: int, since: date, until: date) -> bool:
    """Say whether reports that come after a batch, up to a day, speak of what it speaks of."""
    later = (batches.c.reported_on > since) | ((batches.c.reported_on == since) & (batches.c.batch > number))
    between = select(batches.c.batch).where(_COUNTS, later, batches.c.reported_on <= until)
    if connection.execute(between.limit(1)).first() is None:
        return False
    for name, table in record_tables.items():
        own = table.c.batch == number
        denied, denials = reported_none.c.layer == name, reported_none.c.unit_code
        said = (
            (select(table.c.id).where(own), table, table.c.id),
            (select(denials).where(denied, reported_none.c.batch == number), table, table.c.unit_code),
            (select(table.c.unit_code).where(own), reported_none, denials),
        )
        for mine, other, key in said:
            theirs = select(other.c.batch).where(key.in_(mine), other.c.batch.in_(between))
            if other is reported_none:
                theirs = theirs.where(denied)
            if connection.execute(theirs.limit(1)).first():
                return True
    return False


def read_layers(connection: Connection) -> Layers:
    """Return every layer as all reports in force tell it together; facilities in order of id."""
    days = _days(connection)
    notes = Notes()
    past: dict[str, Past] = {}
    tables: dict[str, gpd.GeoDataFrame] = {}
    told_first: dict[str, dict[str, date]] = {}
    for name, layer in LAYERS.items():
        if layer.role == "base":
            tables[name], past[name] = _with_reports(connection, _base(connection, name), layer)
            continue
        force = Force(days, _denials(connection, name, days))
        rows = [row for row in _records(connection, layer) if row["batch"] in days]
        tables[name], past[name] = read_history(layer, rows, force, notes)
        told_first[name] = force.first_told(rows)
    return Layers(
        tables=tables,
        none=_none(connection, days, told_first),
        complete=_declared(connection, complete_lists, COMPLETE_COLUMNS),
        whole_until=notes.whole_until,
        earlier=notes.earlier,
        past=past,
        days=days,
    )


def _none(connection: Connection, days: Mapping[int, date], first: Mapping[str, Mapping[str, date]]) -> pd.DataFrame:
    """Return the reports of none; `since`: the day on which one came after something else was told of its unit."""
    told = _declared(connection, reported_none, NONE_COLUMNS)
    came = [days[batch] for batch in told["batch"]]
    known = [first[layer][unit] for layer, unit in zip(told["layer"], told["unit_code"], strict=True)]
    since = [day if day > before else None for day, before in zip(came, known, strict=True)]
    return told.assign(since=pd.Series(since, index=told.index, dtype="datetime64[s]"))


def read_units_of(connection: Connection, layer: str, ids: Sequence[str]) -> dict[str, str]:
    """Return id → unit code of the facilities in force that have one of the ids."""
    table, days = record_tables[layer], _days(connection)
    force = Force(days, _denials(connection, layer, days))
    found: dict[str, str] = {}
    for start in range(0, len(ids), IDS_AT_ONCE):
        wanted = table.c.id.in_(ids[start : start + IDS_AT_ONCE])
        query = select(table.c.record, table.c.id, table.c.unit_code, table.c.batch).where(wanted).order_by(table.c.id)
        for records in force.facilities(_rows(connection, query)):
            found[records[-1]["id"]] = records[-1]["unit_code"]
    return found


def _days(connection: Connection) -> dict[int, date]:
    """Return batch → the day of its report, of the batches that are not undone."""
    return {row.batch: row.reported_on for row in connection.execute(select(batches).where(_COUNTS))}


def _denials(connection: Connection, layer: str, days: Mapping[int, date]) -> dict[str, list[Order]]:
    """Return unit → orders of the reports that it has none of a layer."""
    query = select(reported_none.c.unit_code, reported_none.c.batch).where(reported_none.c.layer == layer)
    found: dict[str, list[Order]] = {}
    for unit, batch in connection.execute(query):
        if batch in days:
            found.setdefault(unit, []).append((days[batch], batch))
    return found


def _rows(connection: Connection, query: Select[Any]) -> Iterator[dict[str, Any]]:
    rows = connection.execute(query)
    names = list(rows.keys())
    return (dict(zip(names, row, strict=True)) for row in rows)


def _base(connection: Connection, name: str) -> gpd.GeoDataFrame:
    table = base_tables[name]
    rows = [dict(row) for row in connection.execute(select(table).order_by(table.c.code)).mappings()]
    shapes = shapely.from_wkb(np.array([row["geometry"] for row in rows], dtype=object))
    return frame(LAYERS[name], rows, geometry=shapes)


def _records(connection: Connection, layer: Layer) -> Iterator[dict[str, Any]]:
    """Yield the records of a layer in order of id, undone ones too, without private columns."""
    stored = record_tables[layer.name]
    query = select(*(c for c in stored.columns if c.name not in _private(layer))).order_by(stored.c.id)
    lists = [(c.name, c.kind) for c in layer.columns if c.kind in ("codes", "dates")]
    for row in _rows(connection, query):
        for name, kind in lists:
            row[name] = _listed(row[name], kind)
        yield row


def _private(layer: Layer) -> set[str]:
    return {c.name for c in layer.columns if c.private}


def _listed(value: Any, kind: str) -> Any:
    if value is None:
        return None
    return tuple(value) if kind == "codes" else tuple(day_from_iso(day) for day in value)


def _with_reports(connection: Connection, base: gpd.GeoDataFrame, layer: Layer) -> tuple[gpd.GeoDataFrame, Populations]:
    """Put reported populations over the base layer's; the newest report wins."""
    table = record_tables[layer.name]
    told: list[tuple[str, str, date, int]] = []
    for column in (c.name for c in layer.columns if c.kind == "count"):
        query = (
            select(table.c.unit_code, batches.c.reported_on, table.c[column])
            .join(batches, batches.c.batch == table.c.batch)
            .where(_COUNTS, table.c[column].is_not(None))
            .order_by(batches.c.reported_on, table.c.batch, table.c.row)
        )
        found = [(unit, column, day, people) for unit, day, people in connection.execute(query)]
        reported = {unit: people for unit, _, _, people in found}
        base[column] = base["code"].map(reported).astype("Int64").fillna(base[column])
        told += found
    return base, Populations(told)


def _declared(connection: Connection, table: Table, columns: tuple[str, ...]) -> pd.DataFrame:
    query = (
        select(*(table.c[name] for name in columns))
        .join(batches, batches.c.batch == table.c.batch)
        .where(_COUNTS)
        .order_by(table.c.number)
    )
    rows = [tuple(row) for row in connection.execute(query)]
    return pd.DataFrame(rows, columns=list(columns)).astype({"row": "Int64", "batch": "Int64"})
