"""Stored reports of a layer, read as columns; private columns stay in the store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import select, type_coerce
from sqlalchemy.types import NullType

from geo.months import day_from_iso
from geo.store.columns import Columns, as_values
from geo.store.tables import IDS_AT_ONCE, record_tables, reported_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from sqlalchemy import ColumnElement, Connection

    from geo.schema import Layer
    from geo.store.force import Order

_AT_ONCE = 50_000


def read_records(
    connection: Connection, layer: Layer, days: Mapping[int, date], chosen: Iterable[ColumnElement[bool]] | None = None
) -> Columns:
    """Return the reports of the batches that have a day, in the order in which they were written.

    `chosen`: conditions of which a row meets one, or several; all rows if it is None.
    """
    stored = record_tables[layer.name]
    private = {c.name for c in layer.columns if c.private}
    lists = {c.name: c.kind for c in layer.columns if c.kind in ("codes", "dates")}
    columns = [c for c in stored.columns if c.name not in private]
    names = [c.name for c in columns]
    raw = [type_coerce(c, NullType()).label(c.name) if c.name in lists else c for c in columns]
    query = select(*raw).order_by(stored.c.record)
    known = {kind: _Lists(kind) for kind in lists.values()}
    found = Columns.of([], names)
    for part in [query] if chosen is None else [query.where(condition) for condition in chosen]:
        for rows in connection.execute(part).partitions(_AT_ONCE):
            read = Columns.of(rows, names)
            counting = np.fromiter((batch in days for batch in read["batch"]), dtype=bool, count=len(read))
            for name, kind in lists.items():
                read.values[name][:] = as_values(map(known[kind].read, read[name]), len(read))
            found += read if counting.all() else read.take(counting)
    return found if chosen is None else _once(found)


def _once(reports: Columns) -> Columns:
    """Put reports in the order in which they were written, each once."""
    _, first = np.unique(reports["record"].astype(np.int64), return_index=True)
    return reports.take(first)


def read_denials(
    connection: Connection, layer: str, days: Mapping[int, date], units: Iterable[str] | None = None
) -> dict[str, list[Order]]:
    """Return unit → orders of the reports that it has none of a layer, of all units or of some."""
    query = select(reported_none.c.unit_code, reported_none.c.batch).where(reported_none.c.layer == layer)
    parts = [query] if units is None else [query.where(reported_none.c.unit_code.in_(some)) for some in portions(units)]
    found: dict[str, list[Order]] = {}
    for part in parts:
        for unit, batch in connection.execute(part):
            if batch in days:
                found.setdefault(unit, []).append((days[batch], batch))
    return found


def portions(values: Iterable[str]) -> Iterator[list[str]]:
    """Yield values in order, as many at once as a query may name."""
    ordered = sorted(values)
    for start in range(0, len(ordered), IDS_AT_ONCE):
        yield ordered[start : start + IDS_AT_ONCE]


class _Lists:
    """Lists of codes or of days as they are stored; alike ones are read once."""

    def __init__(self, kind: str) -> None:
        self._kind, self._known = kind, {"null": None}

    def read(self, value: Any) -> Any:
        """Return a list as a tuple, None for a blank; some drivers hand over its text."""
        if not isinstance(value, str):
            return None if value is None else self._tuple(value)
        if value not in self._known:
            self._known[value] = self._tuple(json.loads(value))
        return self._known[value]

    def _tuple(self, items: list[str]) -> Any:
        return tuple(items) if self._kind == "codes" else tuple(map(day_from_iso, items))
