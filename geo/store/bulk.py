"""Insert many rows: streamed in chunks, made ready column by column; long statements (SQLite) or COPY (PostgreSQL)."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import literal, select, text
from sqlalchemy.exc import DBAPIError

from geo.store.encoding import as_bound, as_lines, ready

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Table

    Columns = dict[str, list[Any]]

ROWS_AT_ONCE = 10_000
"""How many rows are held in memory at once in the form that the database takes."""
_ROWS_OF_STATEMENT = 16
"""SQLite starts a statement anew for each set of values; with many columns, longer ones cost more again."""
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
    count, to_make = 0, list[str]()
    with _writing(connection, table) as put:
        for size, chunk in _chunks(rows, names):
            if size == ROWS_AT_ONCE and not count:
                to_make = _prepare(connection, table)
            columns = {name: ready(table.c[name], values) for name, values in chunk.items()}
            columns |= {name: ready(table.c[name], [value]) * size for name, value in same.items()}
            put({name: values for name, values in columns.items() if values})
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


@contextmanager
def _writing(connection: Connection, table: Table) -> Iterator[Callable[[Columns], None]]:
    """Give what writes rows told by column; while PostgreSQL takes some, the next are made ready."""
    if connection.dialect.name != "postgresql":
        yield partial(_execute, connection, table)
        return
    with ThreadPoolExecutor(1) as aside:
        under_way: list[Future[None]] = []

        def put(columns: Columns) -> None:
            same, rest = _parted(columns)
            lines = as_lines(table, rest, same)
            if under_way:
                under_way.pop().result()
            under_way.append(aside.submit(_copy, connection, table, [*rest, *same], lines))

        yield put
        if under_way:
            under_way.pop().result()


def _execute(connection: Connection, table: Table, columns: Columns) -> None:
    """Run statements of several rows; what all rows share stands in them, in the database's own quotes."""
    same, rest = _parted({name: as_bound(table.c[name], values) for name, values in columns.items()})
    quoting = f"SELECT {', '.join(['quote(?)'] * len(same))}"
    quoted: Sequence[str] = connection.exec_driver_sql(quoting, tuple(same.values())).one() if same else ()
    row = f"({', '.join([*quoted, *'?' * len(rest)])})"
    insert = f"INSERT INTO {table.name} ({_listed(connection, [*same, *rest])}) VALUES "
    values, start = list(rest.values()), 0
    with _cursor(connection, insert) as cursor:
        for at_once in (_ROWS_OF_STATEMENT, 1):
            until = len(values[0]) - (len(values[0]) - start) % at_once
            interleaved = [column[start + at : until : at_once] for at in range(at_once) for column in values]
            cursor.executemany(insert + ", ".join([row] * at_once), zip(*interleaved, strict=True))
            start = until


def _parted(columns: Columns) -> tuple[dict[str, Any], Columns]:
    """Return the values that all rows share, and the columns (one at least) in which they may differ."""
    same = {name: values[0] for name, values in columns.items() if _alike(values)}
    rest = {name: values for name, values in columns.items() if name not in same}
    return (same, rest) if rest else ({}, columns)


def _alike(values: list[Any]) -> bool:
    first = values[0]
    if values[-1] != first or isinstance(first, float) or (isinstance(first, str) and "\0" in first):
        return False
    return values.count(first) == len(values)


def _copy(connection: Connection, table: Table, names: list[str], lines: bytes) -> None:
    statement = f"COPY {table.name} ({_listed(connection, names)}) FROM STDIN"
    with _cursor(connection, statement) as cursor, cursor.copy(statement) as copy:
        copy.write(lines)


@contextmanager
def _cursor(connection: Connection, statement: str) -> Iterator[Any]:
    """Give the driver's own cursor, which takes rows one by one; its errors become those of SQLAlchemy."""
    with closing(connection.connection.cursor()) as cursor:
        try:
            yield cursor
        except connection.dialect.loaded_dbapi.Error as error:
            raise DBAPIError.instance(statement, None, error, Exception, dialect=connection.dialect) from error


def _listed(connection: Connection, names: Iterable[str]) -> str:
    return ", ".join(map(connection.dialect.identifier_preparer.quote, names))


def _chunks(
    rows: Iterable[Mapping[str, Any]] | pd.DataFrame, names: list[str]
) -> Iterator[tuple[int, Mapping[str, Sequence[Any] | pd.Series[Any]]]]:
    if isinstance(rows, pd.DataFrame):
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows.iloc[start : start + ROWS_AT_ONCE]
            yield len(part), {name: part[name] for name in names if name in part}
        return
    left = iter(rows)
    while chunk := list(islice(left, ROWS_AT_ONCE)):
        yield len(chunk), {name: [row.get(name) for row in chunk] for name in names}
