"""The people whom a facility's reports name: read only for who changes the record, after `audit.record_view`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from geo.schema import layer_named
from geo.store.known import in_force
from geo.store.tables import batches, record_tables

if TYPE_CHECKING:
    from sqlalchemy import Connection


def read_people(connection: Connection, layer: str, number: str) -> dict[str, str]:
    """Return private column → its newest value that isn't blank, of the facility with an id."""
    table = record_tables[layer]
    columns = [table.c[column.name] for column in layer_named(layer).columns if column.private]
    if not columns:
        return {}
    rows = connection.execute(
        select(*columns)
        .where(table.c.batch == batches.c.batch, table.c.id == number, in_force())
        .order_by(batches.c.reported_on.desc(), batches.c.batch.desc())
    ).all()
    told = {column.name: next((row[n] for row in rows if row[n]), None) for n, column in enumerate(columns)}
    return {name: value for name, value in told.items() if value is not None}
