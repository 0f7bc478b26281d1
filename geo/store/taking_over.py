"""What happens to the audit when migrations have run: they are noted, and what no entry tells of yet is taken over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, inspect, select

from geo.bundled import bundled_changes
from geo.store import clock, guards
from geo.store.audit import append, last_of, note_batch, note_place, note_plan
from geo.store.tables import audit, base_tables, batches, metadata, place, plans, unit_changes

if TYPE_CHECKING:
    from sqlalchemy import Connection


def note_upgrade(connection: Connection, before: str | None, after: str | None) -> None:
    """Guard the tables again and note the migrations, once the schema is the one that this program writes.

    A store without entries is one that was made before there was an audit: all that it holds gets an
    entry, marked `taken_over`. Nobody can say whether it was altered before.
    """
    guards.put_up(connection)
    if before in (None, after) or not _is_whole(connection):
        return
    if connection.execute(select(place.c.code)).first() is None:
        return
    if last_of(connection)[0] == 0:
        _take_over(connection)
    append(connection, "upgrade", clock.now().at, "", {"from": before, "to": after})


def _load_changes(connection: Connection) -> None:
    """Load how units changed through the years, which older programs kept nowhere, where the bundled place has them."""
    code = connection.execute(select(place.c.code)).scalar_one()
    units = {unit for table in base_tables.values() for unit in connection.execute(select(table.c.code)).scalars()}
    changes = bundled_changes(code, units)
    if changes and connection.execute(select(unit_changes.c.number).limit(1)).first() is None:
        connection.execute(insert(unit_changes), [change._asdict() for change in changes])


def _is_whole(connection: Connection) -> bool:
    """Say whether the schema has all that this program reads; migrations may stop on the way."""
    there = inspect(connection)
    if not there.has_table(audit.name):
        return False
    return all(
        there.has_table(table.name)
        and {c.name for c in table.columns} <= {c["name"] for c in there.get_columns(table.name)}
        for table in metadata.tables.values()
    )


def _take_over(connection: Connection) -> None:
    at = clock.now().at
    _load_changes(connection)
    note_place(connection, at, "", taken_over=True)
    for number in connection.execute(select(plans.c.number).order_by(plans.c.number)).scalars().all():
        note_plan(connection, at, number, taken_over=True)
    for number in connection.execute(select(batches.c.batch).order_by(batches.c.batch)).scalars().all():
        note_batch(connection, number, at, taken_over=True)
