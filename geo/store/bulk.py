"""Insert many rows: streamed in chunks, made ready column by column, one statement (SQLite) or COPY (PostgreSQL)."""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from datetime import date
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import JSON, Date, literal, select, text
from sqlalchemy.exc import DBAPIError

from geo.store.shapes import SRID, Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Column, Connection, Table

    Columns = dict[str, list[Any]]

ROWS_AT_ONCE = 10_000
"""How many rows are held in memory at once in the form that the database takes."""
_CACHE_KB = 64 * 1024
"""For indexes that grow in no order: SQLite's own cache of 2 MB would read the same pages again and again."""
_OF_SQLITE = text(
    "SELECT 'DROP INDEX ' || quote(name), sql FROM sqlite_master"
    " WHERE type = 'index' AND tbl_name = :table AND sql LIKE 'CREATE INDEX %'"
)
_OF_POSTGRESQL = text("""
    SELECT 'DROP INDEX ' || quote_ident(indexname), indexdef FROM pg_indexes
    WHERE schemaname = current_schema() AND tablename = :table AND indexdef LIKE 'CREATE INDEX %'
    UNION ALL
    SELECT format('ALTER TABLE %I DROP CONSTRAINT %I', :table, conname),
           format('ALTER TABLE %I ADD CONSTRAINT %I %s', :table, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE conrelid = to_regclass(quote_ident(:table)) AND contype = 'f'
""")
"""What takes off, and what makes again, what costs less for all rows at once: indexes, and there foreign keys too."""
_SRID_HEX = SRID.to_bytes(4, "little").hex()
_PLAIN = frozenset({str, int, float, bool, bytes, type(None)})


def insert_rows(
    connection: Connection,
    table: Table,
    rows: Iterable[Mapping[str, Any]] | pd.DataFrame,
    *,
    numbered: bool = False,
    **same: Any,
) -> int:
    """Insert rows and return how many there were; what they leave out is blank.

    `rows`: a frame, or mappings that are gone through once. `same`: columns in which all rows hold one value.
    `numbered`: the rows bring their own numbers.
    The indexes of an empty table that many rows go into are made at the end, in one go each; so are
    PostgreSQL's checks of foreign keys.
    """
    given = None if numbered else table.autoincrement_column
    names = [c.name for c in table.columns if c is not given and c.name not in same]
    put = _copy if connection.dialect.name == "postgresql" else _execute
    count, to_make = 0, list[str]()
    for size, chunk in _chunks(rows, names):
        if size == ROWS_AT_ONCE and not count:
            to_make = _prepare(connection, table)
        ready = {name: _ready(table.c[name], values) for name, values in chunk.items()}
        ready |= {name: _ready(table.c[name], [value]) * size for name, value in same.items()}
        put(connection, table, {name: values for name, values in ready.items() if values.count(None) < size})
        count += size
    for statement in to_make:
        connection.exec_driver_sql(statement)
    return count


def _prepare(connection: Connection, table: Table) -> list[str]:
    """Get ready for many rows; return what makes again what was taken off an empty table."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size=-{_CACHE_KB}")
    if connection.execute(select(literal(1)).select_from(table).limit(1)).first():
        return []
    query = _OF_POSTGRESQL if connection.dialect.name == "postgresql" else _OF_SQLITE
    found = connection.execute(query, {"table": table.name}).all()
    for takes_off, _ in found:
        connection.exec_driver_sql(takes_off)
    return [makes for _, makes in found]


def _execute(connection: Connection, table: Table, columns: Columns) -> None:
    """Run one statement over the rows; what all of them share stands in it, in the database's own quotes."""
    same = {name: values[0] for name, values in columns.items() if _alike(values)}
    rest = {name: values for name, values in columns.items() if name not in same}
    if not rest:
        same, rest = {}, columns
    quoting = f"SELECT {', '.join(['quote(?)'] * len(same))}"
    quoted: Sequence[str] = connection.exec_driver_sql(quoting, tuple(same.values())).one() if same else ()
    into = f"{table.name} ({_listed(connection, [*same, *rest])})"
    statement = f"INSERT INTO {into} VALUES ({', '.join([*quoted, *'?' * len(rest)])})"
    with _cursor(connection, statement) as cursor:
        cursor.executemany(statement, zip(*rest.values(), strict=True))


def _alike(values: list[Any]) -> bool:
    first = values[0]
    if values[-1] != first or isinstance(first, float) or (isinstance(first, str) and "\0" in first):
        return False
    return values.count(first) == len(values)


def _copy(connection: Connection, table: Table, columns: Columns) -> None:
    statement = f"COPY {table.name} ({_listed(connection, columns)}) FROM STDIN"
    shapes = {name: _as_text(values) for name, values in columns.items() if isinstance(table.c[name].type, Shape)}
    with _cursor(connection, statement) as cursor, cursor.copy(statement) as copy:
        for row in zip(*(columns | shapes).values(), strict=True):
            copy.write_row(row)


@contextmanager
def _cursor(connection: Connection, statement: str) -> Iterator[Any]:
    """Give the driver's own cursor, which takes rows one by one; its errors become those of SQLAlchemy."""
    with closing(connection.connection.cursor()) as cursor:
        try:
            yield cursor
        except connection.dialect.loaded_dbapi.Error as error:
            raise DBAPIError.instance(statement, None, error, Exception, dialect=connection.dialect) from error


def _as_text(shapes: Sequence[bytes | None]) -> list[str | bytes | None]:
    """Return WKB (little endian, two dimensions) as PostGIS reads it from text: EWKB in hexadecimal."""
    return [w and f"{w[:4].hex()}{w[4] | 0x20:02x}{_SRID_HEX}{w[5:].hex()}" for w in shapes]


def _listed(connection: Connection, names: Iterable[str]) -> str:
    return ", ".join(map(connection.dialect.identifier_preparer.quote, names))


def _chunks(rows: Iterable[Mapping[str, Any]] | pd.DataFrame, names: list[str]) -> Iterator[tuple[int, Columns]]:
    if isinstance(rows, pd.DataFrame):
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows.iloc[start : start + ROWS_AT_ONCE]
            yield len(part), {name: _plain(part[name]) for name in names if name in part}
        return
    left = iter(rows)
    while chunk := list(islice(left, ROWS_AT_ONCE)):
        yield len(chunk), {name: [row.get(name) for row in chunk] for name in names}


def _plain(column: pd.Series[Any]) -> list[Any]:
    """Return a frame's column as plain values, None where it has none; days as text."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "M":
        codes, days = pd.factorize(column)
        told = np.array([*pd.DatetimeIndex(days).strftime("%Y-%m-%d"), None])
        return list(told[codes])  # -1, of a blank, is the last one
    values = column.to_numpy(dtype=object, copy=True)
    values[column.isna().to_numpy()] = None
    return list(values)


def _ready(column: Column[Any], values: list[Any]) -> list[Any]:
    """Return values as the database takes them."""
    if isinstance(column.type, JSON):
        return _as_json(values)
    if set(map(type, values)) <= _PLAIN:
        return values
    if isinstance(column.type, Shape):
        return list(shapely.to_wkb(np.array(values, dtype=object)))
    if isinstance(column.type, Date):
        days = {value: _day(value) for value in set(values)}
        return [days[value] for value in values]
    return [_value(value) for value in values]


def _as_json(values: list[Any]) -> list[str]:
    """Return lists of codes or of days as JSON; a blank is its null."""
    if set(map(type, chain.from_iterable(filter(None, values)))) == {date}:  # a `Month` equals its first day
        day = _Once(date.isoformat).__getitem__
        return ["null" if v is None else '["' + '", "'.join(map(day, v)) + '"]' if v else "[]" for v in values]
    if any(value and isinstance(value[0], date) for value in values):
        return [json.dumps(value if value is None else [day.isoformat() for day in value]) for value in values]
    if list in set(map(type, values)):
        values = [tuple(value) if isinstance(value, list) else value for value in values]
    return list(map(_Once(json.dumps).__getitem__, values))


class _Once(dict[Any, str]):
    """Values as text, each written once."""

    def __init__(self, write: Callable[[Any], str]) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, value: Any) -> str:
        text = self[value] = self._write(value)
        return text


def _day(value: Any) -> str | None:
    return None if value is None or value is pd.NaT else date.isoformat(value)


def _value(value: Any) -> Any:
    return value.date() if isinstance(value, pd.Timestamp) else None if value is pd.NaT or value is pd.NA else value
