"""Layers read again after a write: only those that it told of; of the others the tables at hand are true still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from geo.schema import LAYERS
from geo.store.tables import IDS_AT_ONCE, complete_lists, record_tables, reported_none

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import geopandas as gpd
    from sqlalchemy import Connection

    from geo.layers import Layers, Notes, Past


def due_layers(connection: Connection, days: Mapping[int, date], older: Layers | None, store_id: str) -> frozenset[str]:
    """Return the layers that must be read: those that the batches tell of which came, or were taken back, since.

    `days`: batch → day of its report, of those in force now. Rows of a batch never change, and a store that was put
    in place of another has an id of its own; so what no such batch tells of is as it was.
    """
    if older is None or older.store_id != store_id or older.whole is not None or older.known_on is not None:
        return frozenset(LAYERS)
    moved = {batch for batch, _ in older.days.items() ^ days.items()}
    if len(moved) > IDS_AT_ONCE:
        return frozenset(LAYERS)
    due = set[str]()
    for table in (reported_none, complete_lists):
        due.update(connection.execute(select(table.c.layer).where(table.c.batch.in_(moved)).distinct()).scalars())
    for name, table in record_tables.items():
        told = select(table.c.batch).where(table.c.batch.in_(moved)).limit(1)
        if name not in due and connection.execute(told).first():
            due.add(name)
    return frozenset(due)


def keep_older(
    older: Layers,
    due: frozenset[str],
    notes: Notes,
    *,
    tables: dict[str, gpd.GeoDataFrame],
    past: dict[str, Past],
    told_first: dict[str, dict[str, date]],
) -> None:
    """Put what is not due beside what was read."""
    for name in LAYERS.keys() - due:
        tables[name], past[name] = older.tables[name], older.past[name]
        if name in older.told_first:
            told_first[name] = dict(older.told_first[name])
    notes.earlier.update({key: told for key, told in older.earlier.items() if key[0] not in due})
    if "boards" not in due:
        notes.whole_until.update(older.whole_until)
