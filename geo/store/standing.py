"""What stands in a database: a store of ours, a copy that was never finished, something else, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect

from geo.errors import StoreExists, StoreMissing, StoreUnusable

if TYPE_CHECKING:
    from sqlalchemy import Connection

UNFINISHED: Final = "copying"
"""The table that a copy has until it is whole (`geo.store.copying`)."""
OURS: Final = frozenset({"alembic_version", "place", "batches"})


def need_store(connection: Connection, shown: str) -> None:
    """Raise StoreMissing where nothing stands yet, StoreUnusable where it is no whole store of ours."""
    names = set(inspect(connection).get_table_names())
    if UNFINISHED in names:
        msg = f"{shown} 是还没有复制完的库；请把原来的命令（kepu copy 或 kepu restore）再运行一次"
        raise StoreUnusable(msg)
    if names >= OURS:
        return
    if connection.dialect.name == "postgresql" and is_empty(connection):
        msg = f"还没有数据库 {shown}；请先运行 kepu init"
        raise StoreMissing(msg)
    msg = f"{shown} 不是本程序的数据库"
    raise StoreUnusable(msg)


def need_nothing(connection: Connection, shown: str) -> None:
    """Raise StoreExists where anything stands."""
    if not is_empty(connection):
        raise StoreExists(taken(shown))


def taken(shown: str) -> str:
    """Return what is said where a store was wanted and something stands."""
    if "://" in shown:
        return f"{shown} 已有数据；请换一个空的数据库或模式（schema）"
    return f"{shown} 已有数据；请换一个文件名，或先把它移走"


def is_empty(connection: Connection) -> bool:
    """Say whether a database, or the schema in use of a PostgreSQL one, holds nothing but what an extension brought."""
    if connection.dialect.name == "postgresql":
        from geo.store.postgres import holds_tables

        return not holds_tables(connection)
    return not inspect(connection).get_table_names()
