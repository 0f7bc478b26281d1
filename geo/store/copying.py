"""Move a whole store from one database to another, whichever each is: streamed, resumable, and compared at the end.

Rows are taken in the order of their primary keys, and each chunk is one transaction: what a copy that was
stopped holds is a prefix of each table, and the next run goes on after it. Until it is whole a copy has a
table that says so (`geo.store.standing.UNFINISHED`), and no command opens it; an SQLite one has no name yet.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from sqlalchemy import Column, MetaData, String, Table, delete, func, insert, select, text, update

from geo.errors import StoreExists, StoreMissing, StoreUnusable
from geo.store import guards
from geo.store.bulk import insert_rows
from geo.store.digests import BULKY, PASSING, store_digest
from geo.store.engine import IMMEDIATE, connect, readable, shown
from geo.store.files import publish, sqlite_path, sqlite_url
from geo.store.migrating import bring_up_to_date, migrating, upgrade_within
from geo.store.standing import UNFINISHED, is_empty, need_store, taken
from geo.store.tables import complete_lists, metadata, place, record_tables, reported_none
from geo.store.transactions import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine

    Progress = Callable[[int, int], None]
    """Is told how many rows are done, of how many."""

ROWS_AT_ONCE = 5000
_TABLES = tuple(table for table in metadata.sorted_tables if table.name not in PASSING)
_LONG = frozenset({*record_tables.values(), reported_none, complete_lists})
_unfinished = Table(UNFINISHED, MetaData(), Column("source", String, nullable=False))
"""Holds the version of what is being copied."""


@dataclass(frozen=True)
class Copied:
    """A finished copy: how many rows, and the digest that both have. `before`: it stood there already."""

    rows: int
    digest: str
    before: bool


def _unseen(_done: int, _total: int) -> None:
    """Show nobody how far it is."""


def copy_store(source: str, target: str, *, progress: Progress = _unseen) -> Copied:
    """Copy a store to another address, or finish a copy that was stopped.

    Raises StoreMissing or StoreUnusable for a source that is no store, StoreExists where the target
    holds another one; one that holds the very same is left as it is.
    """
    with opened_store(source) as old:
        path = sqlite_path(target)
        if path is None or path.exists():
            same = _standing(target, old)
            if same is not None:
                return same
        if path is None:
            return fill(old, target, progress)
        if not path.parent.is_dir():
            msg = f"没有文件夹 {path.parent}；请先建好"
            raise StoreMissing(msg)
        unnamed = path.with_name(f".{path.name}.copy.tmp")
        made = fill(old, sqlite_url(unnamed), progress)
        try:
            publish(unnamed, path)
        except FileExistsError:
            raise StoreExists(taken(shown(target))) from None
        unnamed.unlink(missing_ok=True)
        return made


def fill(old: Connection, target: str, progress: Progress = _unseen) -> Copied:
    """Copy what a transaction reads of a store to an address that is empty or holds a part of it."""
    engine = connect(target)
    try:
        with readable(target):
            version = Reading(old).version()
            _prepare(engine, version, shown(target))
            total = sum(_count(old, table) for table in _TABLES)
            done = 0
            for table in _TABLES:
                for rows in _chunks(old, engine, table):
                    done += rows
                    progress(done, total)
            return Copied(total, _finish(old, engine, shown(target)), before=False)
    finally:
        engine.dispose()


@contextmanager
def opened_store(url: str) -> Iterator[Connection]:
    """Read a store as of one moment, brought up to date before."""
    path = sqlite_path(url)
    if path is not None and not path.is_file():
        msg = f"还没有数据库 {shown(url)}"
        raise StoreMissing(msg)
    engine = connect(url)
    try:
        with readable(url):
            with engine.connect() as connection, connection.begin():
                need_store(connection, shown(url))
            bring_up_to_date(engine, shown(url))
            with engine.connect() as connection, connection.begin():
                yield connection
    finally:
        engine.dispose()


def _standing(target: str, old: Connection) -> Copied | None:
    """Return the copy that stands at an address already, None where there is nothing whole. Raises StoreExists."""
    engine = connect(target)
    try:
        with readable(target), engine.connect() as connection, connection.begin():
            if is_empty(connection) or engine.dialect.has_table(connection, UNFINISHED):
                return None
            try:
                need_store(connection, shown(target))
                found = store_digest(connection)
            except StoreUnusable as error:
                raise StoreExists(taken(shown(target))) from error
            if engine.url == old.engine.url:
                msg = f"{shown(target)} 就是数据库本身；请复制到别处"
                raise StoreExists(msg)
            if found != store_digest(old):
                raise StoreExists(taken(shown(target)))
            return Copied(sum(_count(old, table) for table in _TABLES), found, before=True)
    finally:
        engine.dispose()


def _prepare(engine: Engine, version: str, name: str) -> None:
    """Make the tables of a copy, or see whether one was begun; one of another moment is begun anew."""
    with migrating(engine) as connection:
        begun = engine.dialect.has_table(connection, UNFINISHED)
        if not begun:
            if not is_empty(connection):
                raise StoreExists(taken(name))
            _unfinished.create(connection)
            connection.execute(insert(_unfinished).values(source=""))
            upgrade_within(connection)
            guards.take_off(connection)
        if connection.execute(select(_unfinished.c.source)).scalar_one() != version:
            for table in reversed(metadata.sorted_tables) if begun else ():
                connection.execute(delete(table))
            connection.execute(update(_unfinished).values(source=version))


def _chunks(old: Connection, engine: Engine, table: Table) -> Iterator[int]:
    """Copy a table after what there is of it; yield the number of rows of each step, of those before first."""
    (key,) = table.primary_key.columns
    with engine.connect() as connection, connection.begin():
        yield _count(connection, table)
    while True:
        with _writing(engine) as connection:
            last = connection.execute(select(func.max(key))).scalar()
            query = select(table) if last is None else select(table).where(key > last)
            query = query.order_by(key).limit(BULKY.get(table.name, ROWS_AT_ONCE))
            rows = [dict(row) for row in old.execute(query).mappings()]
            if not rows:
                return
            _put(connection, table, rows)
        yield len(rows)


def _put(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if connection.dialect.name == "postgresql":
        _need_shapes(rows)
    if table in _LONG:
        insert_rows(connection, table, rows, numbered=True)
        return
    if table is place:  # with the former store's mark its versions would be taken for that one's
        rows = [row | {"store_id": uuid.uuid4().hex} for row in rows]
    connection.execute(insert(table), rows)


def _need_shapes(rows: list[dict[str, Any]]) -> None:
    """Raise StoreUnusable for what an SQLite file may hold in place of a geometry, and PostGIS may not."""
    for name in ("geometry", "boundary"):
        stored = [row[name] for row in rows if row.get(name) is not None]
        plain = all(isinstance(content, bytes) for content in stored)
        if not plain or shapely.is_missing(shapely.from_wkb(np.array(stored, dtype=object), on_invalid="ignore")).any():
            msg = "来源里有读不出的几何，不能复制；请先用 kepu check 找出来"
            raise StoreUnusable(msg)


def _finish(old: Connection, engine: Engine, name: str) -> str:
    """Compare both sides and let the copy be opened."""
    wanted = store_digest(old)
    with migrating(engine) as connection:
        if store_digest(connection) != wanted:
            differs = True
            connection.execute(update(_unfinished).values(source=""))
        else:
            differs = False
            _set_counters(connection)
            guards.put_up(connection)
            _unfinished.drop(connection)
    if differs:
        msg = f"{name}：复制的内容与来源不一致；请再运行一次，会从头复制"
        raise StoreUnusable(msg)
    return wanted


def _set_counters(connection: Connection) -> None:
    """Let PostgreSQL number new rows after the copied ones, as SQLite does by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        numbered = table.autoincrement_column
        if numbered is not None:
            newest = connection.execute(select(func.max(numbered))).scalar()
            told = {"table": table.name, "column": numbered.name, "newest": newest or 1, "used": newest is not None}
            named = "pg_get_serial_sequence(quote_ident(:table), :column)"
            connection.execute(text(f"SELECT setval({named}, :newest, :used)"), told)


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as raw:
        connection = raw.execution_options(**{IMMEDIATE: True})
        with connection.begin():
            yield connection


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
