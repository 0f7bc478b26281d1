"""Read the place and the layers; every function runs inside its caller's transaction."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import select, true

from geo.admin.unit_changes import CHANGE_COLUMNS, UnitChange
from geo.errors import StoreUnusable
from geo.layers import COMPLETE_COLUMNS, NONE_COLUMNS, Layers, Notes, frame
from geo.place import NAME_COLUMNS, Place
from geo.schema import LAYERS
from geo.store import clock
from geo.store.choosing import chosen_base, chosen_none, chosen_records, within
from geo.store.force import Force
from geo.store.history import Populations, read_history
from geo.store.known import in_force
from geo.store.records import read_denials, read_records
from geo.store.renewing import due_layers, keep_older
from geo.store.tables import (
    IDS_AT_ONCE,
    base_tables,
    batches,
    complete_lists,
    place,
    record_tables,
    reported_none,
    unit_changes,
    unit_names,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    import geopandas as gpd
    from sqlalchemy import ColumnElement, Connection, Select, Table

    from geo.layers import Past
    from geo.parts import Part
    from geo.schema import Layer


def read_place(connection: Connection) -> Place:
    """Return the place with its base layers as they came, without later reports of population."""
    found = connection.execute(select(place)).one_or_none()
    if found is None:
        msg = "数据库里没有地区数据（建库时中断了）；请移走它，重新运行 kepu init"
        raise StoreUnusable(msg)
    row = found._asdict()
    names = connection.execute(select(unit_names).order_by(unit_names.c.number)).mappings().all()
    changes = select(*(unit_changes.c[name] for name in CHANGE_COLUMNS)).order_by(unit_changes.c.number)
    return Place(
        **{k: row[k] for k in ("code", "name", "working_crs", "maker", "demo_note", "demo_as_of", "population")},
        sources=tuple(row["sources"]),
        boundary=shapely.from_wkb(row["boundary"]) if row["boundary"] else None,
        townships=_base(connection, "townships"),
        villages=_base(connection, "villages"),
        names=pd.DataFrame([{c: n[c] for c in NAME_COLUMNS} for n in names], columns=list(NAME_COLUMNS), dtype=object),
        changes=tuple(UnitChange(*row) for row in connection.execute(changes)),
    )


def newest_of(connection: Connection, sha256: str, layer: str, received_on: date | None) -> int | None:
    """Return the newest batch that brought this content, if bringing it again would change nothing.

    On a day, if one is told, else today.
    """
    same = (batches.c.sha256 == sha256) & (batches.c.layer == layer) & in_force()
    if received_on is not None:
        same &= batches.c.reported_on == received_on
    newest = (batches.c.reported_on.desc(), batches.c.batch.desc())
    found = connection.execute(select(batches).where(same).order_by(*newest).limit(1)).one_or_none()
    if found is None or _overruled(connection, found.batch, found.reported_on, received_on or clock.today()):
        return None
    number: int = found.batch
    return number


def _overruled(connection: Connection, number: int, since: date, until: date) -> bool:
    """Say whether reports that come after a batch, up to a day, speak of what it speaks of."""
    later = (batches.c.reported_on > since) | ((batches.c.reported_on == since) & (batches.c.batch > number))
    between = select(batches.c.batch).where(in_force(), later, batches.c.reported_on <= until)
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


def read_layers(
    connection: Connection, known_on: date | None = None, part: Part | None = None, *, older: Layers | None = None
) -> Layers:
    """Return every layer as all reports in force on a day tell it together; facilities in order of id.

    Of a part of the place no more is read than what may tell of it (`geo.store.choosing`). Where `older` layers are
    at hand, whole and of what was known then, the tables of those that nothing was written of are theirs.
    """
    days, store_id = _days(connection, known_on), connection.execute(select(place.c.store_id)).scalar_one()
    due = due_layers(connection, days, older if (known_on, part) == (None, None) else None, store_id)
    notes = Notes()
    past: dict[str, Past] = {}
    tables: dict[str, gpd.GeoDataFrame] = {}
    told_first: dict[str, dict[str, date]] = {}
    units: set[str] = set()
    for name, layer in LAYERS.items():
        if layer.role == "base" and name in due:
            tables[name], past[name] = _with_reports(connection, _base(connection, name, part), layer, known_on, part)
            units.update(tables[name]["code"][part.holds(layer, tables[name])] if part else ())
    wanted = None if part is None else chosen_none(part, units)
    none = _declared(connection, reported_none, NONE_COLUMNS, known_on, wanted)
    for name, layer in LAYERS.items():
        if layer.role == "base" or name not in due:
            continue
        denied = set(none.loc[none["layer"] == name, "unit_code"])
        chosen = None if part is None else chosen_records(connection, layer, part, denied)
        reports = read_records(connection, layer, days, chosen)
        about = None if part is None else denied.union(reports["unit_code"])
        force = Force(days, read_denials(connection, name, days, about))
        tables[name], past[name] = read_history(layer, reports, force, notes)
        told_first[name] = force.first_told(reports)
    if older is not None and len(due) < len(LAYERS):
        keep_older(older, due, notes, tables=tables, past=past, told_first=told_first)
    layers = Layers(
        tables={name: tables[name] for name in LAYERS},
        none=_since(none, days, told_first),
        complete=_declared(connection, complete_lists, COMPLETE_COLUMNS, known_on),
        whole_until=notes.whole_until,
        earlier=notes.earlier,
        past=past,
        days=days,
        known_on=known_on,
        store_id=store_id,
        told_first=told_first,
        part=part,
    )
    return layers if part is None else part.of(layers)


def _since(none: pd.DataFrame, days: Mapping[int, date], first: Mapping[str, Mapping[str, date]]) -> pd.DataFrame:
    """Add `since` to reports of none: the day on which one came after something else was told of its unit."""
    came = [days[batch] for batch in none["batch"]]
    known = [first[layer][unit] for layer, unit in zip(none["layer"], none["unit_code"], strict=True)]
    since = [day if day > before else None for day, before in zip(came, known, strict=True)]
    return none.assign(since=pd.Series(since, index=none.index, dtype="datetime64[s]"))


def read_units_of(connection: Connection, layer: str, ids: Sequence[str]) -> dict[str, str]:
    """Return id → unit code of the facilities in force that have one of the ids."""
    table, days = record_tables[layer], _days(connection)
    force = Force(days, read_denials(connection, layer, days))
    found: dict[str, str] = {}
    for start in range(0, len(ids), IDS_AT_ONCE):
        wanted = table.c.id.in_(ids[start : start + IDS_AT_ONCE])
        query = select(table.c.record, table.c.id, table.c.unit_code, table.c.batch).where(wanted).order_by(table.c.id)
        for records in force.facilities(_rows(connection, query)):
            found[records[-1]["id"]] = records[-1]["unit_code"]
    return found


def _days(connection: Connection, known_on: date | None = None) -> dict[int, date]:
    """Return batch → the day of its report, of the batches in force on a day."""
    query = select(batches.c.batch, batches.c.reported_on).where(in_force(known_on))
    return {row.batch: row.reported_on for row in connection.execute(query)}


def _rows(connection: Connection, query: Select[Any]) -> Iterator[dict[str, Any]]:
    rows = connection.execute(query)
    names = list(rows.keys())
    return (dict(zip(names, row, strict=True)) for row in rows)


def _base(connection: Connection, name: str, part: Part | None = None) -> gpd.GeoDataFrame:
    table = base_tables[name]
    wanted = [true()] if part is None else chosen_base(connection, name, part)
    rows = [dict(row) for one in wanted for row in connection.execute(select(table).where(one)).mappings()]
    rows.sort(key=itemgetter("code"))
    shapes = shapely.from_wkb(np.array([row["geometry"] for row in rows], dtype=object))
    return frame(LAYERS[name], rows, geometry=shapes)


def _with_reports(
    connection: Connection, base: gpd.GeoDataFrame, layer: Layer, known_on: date | None, part: Part | None
) -> tuple[gpd.GeoDataFrame, Populations]:
    """Put reported populations over the base layer's; the newest report wins."""
    table = record_tables[layer.name]
    told: list[tuple[str, str, date, int]] = []
    near = true() if part is None or part.township is None else within(table.c.unit_code, part.township)
    for column in (c.name for c in layer.columns if c.kind == "count"):
        query = (
            select(table.c.unit_code, batches.c.reported_on, table.c[column])
            .join(batches, batches.c.batch == table.c.batch)
            .where(in_force(known_on), near, table.c[column].is_not(None))
            .order_by(batches.c.reported_on, table.c.batch, table.c.row)
        )
        found = [(unit, column, day, people) for unit, day, people in connection.execute(query)]
        reported = {unit: people for unit, _, _, people in found}
        base[column] = base["code"].map(reported).astype("Int64").fillna(base[column])
        told += found
    return base, Populations(told)


def _declared(
    connection: Connection,
    table: Table,
    columns: tuple[str, ...],
    known_on: date | None,
    chosen: Sequence[ColumnElement[bool]] | None = None,
) -> pd.DataFrame:
    counting = table.c.batch.in_(select(batches.c.batch).where(in_force(known_on)))
    query = select(table.c.number, *(table.c[name] for name in columns)).where(counting)
    wanted = [true()] if chosen is None else chosen
    rows = sorted(tuple(row) for one in wanted for row in connection.execute(query.where(one)))
    told = pd.DataFrame([row[1:] for row in rows], columns=list(columns))
    return told.astype({"row": "Int64", "batch": "Int64"})
