"""Write a place or a batch; every function runs inside its caller's transaction."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import func, insert, select, update

from geo.errors import StoreUnusable
from geo.store.decisions import write_decisions
from geo.store.tables import (
    base_tables,
    batches,
    complete_lists,
    place,
    record_tables,
    reported_none,
    unit_names,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from geo.place import Place
    from geo.store.batches import NewBatch


def write_place(connection: Connection, where: Place, plan_text: str, plan_file: str, *, store_id: str) -> None:
    """Store a place's base layers and plan."""
    head = {
        name: getattr(where, name)
        for name in ("code", "name", "working_crs", "maker", "demo_note", "demo_as_of", "population")
    }
    sources = [{k: str(v) for k, v in source.items()} for source in where.sources]
    boundary = shapely.to_wkb(where.boundary) if where.boundary is not None else None
    connection.execute(
        insert(place).values(
            **head, sources=sources, boundary=boundary, plan_text=plan_text, plan_file=plan_file, store_id=store_id
        )
    )
    for name, table in base_tables.items():
        frame = getattr(where, name)
        columns = [c.name for c in table.columns if c.name in frame.columns]
        plain = frame[columns].astype(object).where(frame[columns].notna(), None)
        connection.execute(
            insert(table), [_stored({str(k): v for k, v in row.items()}) for row in plain.to_dict("records")]
        )
    names = [{str(k): v for k, v in row.items()} for row in where.names.to_dict("records")]
    if names:
        connection.execute(insert(unit_names), names)


def write_batch(connection: Connection, batch: NewBatch, *, imported_at: datetime) -> int:
    """Store a batch; nothing that was stored before is touched. What counts of it, `geo.store.force` says."""
    number = _open_batch(
        connection,
        kind="import",
        file=batch.file,
        sha256=batch.sha256,
        layer=batch.layer,
        sender=batch.sender,
        received_on=batch.received_on,
        reported_on=batch.reported_on,
        datum=batch.datum,
        imported_at=imported_at,
        records=batch.size,
    )
    for layer, records in batch.records.items():
        table = record_tables[layer]
        columns = [c.name for c in table.columns if c.name not in ("record", "batch", "geometry")]
        shapes = shapely.to_wkb(np.array([record.get("geometry") for record in records], dtype=object))
        rows = [
            _row(record, columns) | {"batch": number, "geometry": shape}
            for record, shape in zip(records, shapes, strict=True)
        ]
        if rows:
            connection.execute(insert(table), rows)
    for declared, said in ((reported_none, batch.none), (complete_lists, batch.complete)):
        if said:
            connection.execute(insert(declared), [{**row, "batch": number} for row in said])
    write_decisions(connection, batch, number, decided_at=imported_at)
    return number


_PLAIN = frozenset({str, int, float, bool, date})
_LARGEST = 2**31 - 1
"""What the column of batch numbers holds; databases raise on larger ones."""


def undo_batch(connection: Connection, number: int, *, imported_at: datetime) -> int:
    """Mark a batch as undone by a new one. Raises StoreUnusable if there is none, or it is undone already."""
    known = 0 < number <= _LARGEST
    found = connection.execute(select(batches).where(batches.c.batch == number)).one_or_none() if known else None
    if found is None or found.kind != "import":
        msg = f"没有可撤销的第{number}批"
        raise StoreUnusable(msg)
    if found.undone_by is not None:
        msg = f"第{number}批已由第{found.undone_by}批撤销"
        raise StoreUnusable(msg)
    undoing = _open_batch(
        connection,
        kind="undo",
        file=found.file,
        sha256=found.sha256,
        layer=found.layer,
        sender=found.sender,
        received_on=None,
        reported_on=None,
        datum="",
        imported_at=imported_at,
        records=0,
    )
    connection.execute(update(batches).where(batches.c.batch == number).values(undone_by=undoing))
    return undoing


def _open_batch(connection: Connection, **values: Any) -> int:
    number = (connection.execute(select(func.max(batches.c.batch))).scalar() or 0) + 1
    connection.execute(insert(batches).values(batch=number, **values))
    return number


def _row(record: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    return {name: _value(record.get(name)) for name in columns}


def _stored(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    """Turn a value in memory into what the database takes."""
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, tuple | list):
        return [item.isoformat() if isinstance(item, date) else item for item in value]
    if isinstance(value, shapely.Geometry):
        return shapely.to_wkb(value)
    if isinstance(value, pd.Timestamp):
        return value.date()
    return None if value is None or value is pd.NaT or value is pd.NA else value
