"""Which report told a value of a facility; every function runs inside its caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from geo.store.tables import record_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from sqlalchemy import Connection


class Source(NamedTuple):
    """Where a row stands, and in which batch it came."""

    file: str
    sheet: str | None
    row: int
    batch: int


def read_teller(
    connection: Connection, layer: str, column: str, sources: Iterable[Source], days: Mapping[int, date]
) -> Source | None:
    """Return the newest of some rows of a layer that fills a column, None where none does."""
    table = record_tables[layer]
    for source in sorted(sources, key=lambda source: (days[source.batch], source.batch), reverse=True):
        here = [table.c[name] == value for name, value in source._asdict().items()]
        query = select(table.c[column]).where(*here, table.c[column].is_not(None)).limit(1)
        if connection.execute(query).first() is not None:
            return source
    return None


def sources_of(row: Mapping[str, Any], earlier: Iterable[tuple[Any, ...]]) -> list[Source]:
    """Return the rows that a facility of a layer's table was read from; `earlier` as in `geo.layers.Layers`."""
    own = (row["file"], row["sheet"], row["row"], row["batch"])
    return [
        Source(str(file), None if sheet is None or sheet != sheet else str(sheet), int(at), int(batch))
        for file, sheet, at, batch in (own, *earlier)
    ]
