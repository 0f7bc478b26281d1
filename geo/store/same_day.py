"""What batches of one day say of a layer; every function runs inside its caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from geo.store.known import in_force
from geo.store.tables import batches, record_tables, reported_none

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    Row = dict[str, Any]


def read_imported_on(connection: Connection, day: date) -> list[int]:
    """Return the batches of a day that are not undone."""
    ours = (batches.c.reported_on == day) & in_force()
    return list(connection.execute(select(batches.c.batch).where(ours).order_by(batches.c.batch)).scalars())


def read_said_on(connection: Connection, layer: str, day: date) -> tuple[list[Row], list[Row]]:
    """Return the records and the reports of none that batches of a day brought, in order of batch."""
    numbers, table = read_imported_on(connection, day), record_tables[layer]
    wanted = [table.c[name] for name in ("id", "unit_code", "name", "batch", "updates") if name in table.c]
    listed = select(*wanted).where(table.c.batch.in_(numbers)).order_by(table.c.batch, table.c.record)
    denied = select(reported_none.c.unit_code, reported_none.c.batch).where(
        reported_none.c.layer == layer, reported_none.c.batch.in_(numbers)
    )
    return (
        [dict(row) for row in connection.execute(listed).mappings()],
        [dict(row) for row in connection.execute(denied.order_by(reported_none.c.batch)).mappings()],
    )
