"""Write a place or a batch; every function runs inside its caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely
from sqlalchemy import insert

from geo.store.bulk import insert_rows
from geo.store.decisions import write_decisions
from geo.store.recording import open_batch
from geo.store.tables import (
    base_tables,
    complete_lists,
    place,
    record_tables,
    reported_none,
    unit_changes,
    unit_names,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from geo.place import Place
    from geo.store.batches import NewBatch
    from geo.store.clock import Moment


def write_place(connection: Connection, where: Place, *, store_id: str) -> None:
    """Store a place's base layers."""
    head = {
        name: getattr(where, name)
        for name in ("code", "name", "working_crs", "maker", "demo_note", "demo_as_of", "population")
    }
    sources = [{k: str(v) for k, v in source.items()} for source in where.sources]
    boundary = shapely.to_wkb(where.boundary) if where.boundary is not None else None
    connection.execute(insert(place).values(**head, sources=sources, boundary=boundary, store_id=store_id))
    for name, table in base_tables.items():
        insert_rows(connection, table, getattr(where, name))
    names = [{str(k): v for k, v in row.items()} for row in where.names.to_dict("records")]
    if names:
        connection.execute(insert(unit_names), names)
    if where.changes:
        connection.execute(insert(unit_changes), [change._asdict() for change in where.changes])


def write_batch(connection: Connection, batch: NewBatch, moment: Moment) -> int:
    """Store a batch; nothing that was stored before is touched. What counts of it, `geo.store.force` says."""
    number = open_batch(
        connection,
        moment,
        batch.by,
        kind="import",
        file=batch.file,
        sha256=batch.sha256,
        layer=batch.layer,
        sender=batch.sender,
        received_on=batch.received_on,
        reported_on=batch.received_on or moment.day,
        datum=batch.datum,
        records=batch.size,
    )
    for layer, records in batch.records.items():
        insert_rows(connection, record_tables[layer], records, batch=number)
    for declared, said in ((reported_none, batch.none), (complete_lists, batch.complete)):
        insert_rows(connection, declared, said, batch=number)
    write_decisions(connection, batch, number, decided_at=moment.at)
    return number
