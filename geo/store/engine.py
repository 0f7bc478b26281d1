"""Open a database so that writers queue instead of failing, and a commit survives a power cut."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    OperationalError,
)
from sqlalchemy.pool import NullPool

from geo.errors import StoreUnusable
from geo.store.files import sqlite_path
from geo.store.turns import got_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

_WAIT_FOR_WRITERS_MS = 30_000
IMMEDIATE = "immediate"


def connect(url: str, *, pooled: bool = False) -> Engine:
    """Return an engine for a store's URL; `pooled` lets a PostgreSQL one keep connections: dispose of it then.

    Raises StoreUnusable for a URL that is none.
    """
    try:
        parsed = make_url(url)
        if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
            from geo.store.postgres import connect_postgres

            return connect_postgres(parsed, pooled=pooled)
        engine = create_engine(parsed, poolclass=NullPool, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise StoreUnusable(_no_address(url)) from error
    if engine.dialect.name != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise StoreUnusable(_no_address(url))
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _no_address(url: str) -> str:
    named = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url).partition("?")[0]
    return f"数据库地址无法使用：{named}；请写成 sqlite:///文件名.db 或 postgresql://用户@主机/数据库"


def _prepare(connection: Any, _record: object) -> None:
    """Take transactions out of sqlite3's hands and set what keeps a store safe."""
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", "synchronous=FULL", f"busy_timeout={_WAIT_FOR_WRITERS_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Writers take their lock at once: a deferred BEGIN that reads first fails under load."""
    if not connection.get_execution_options().get(IMMEDIATE, False):
        connection.exec_driver_sql("BEGIN")
    elif not got_lock(connection.connection.driver_connection, _WAIT_FOR_WRITERS_MS):
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # tells why not
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_WAIT_FOR_WRITERS_MS}")


def shown(url: str) -> str:
    """Return a store's address as messages name it: the file's name, or the URL without its password."""
    path = sqlite_path(url)
    if path is not None:
        return path.name
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        return parsed.render_as_string(hide_password=True)
    from geo.store.postgres import shown_postgres

    return shown_postgres(parsed)


@contextmanager
def readable(url: str) -> Iterator[None]:
    """Turn the database's own errors into one clear sentence."""
    try:
        yield
    except DBAPIError as error:
        if is_postgres(url):
            from geo.store.postgres import told

            raise StoreUnusable(told(shown(url), error)) from error
        if not isinstance(error, DatabaseError):
            raise
        raise StoreUnusable(_told(shown(url), error)) from error


def is_postgres(url: str) -> bool:
    """Say whether a URL names a PostgreSQL database."""
    return url.startswith(("postgresql:", "postgresql+", "postgres:"))


def _told(name: str, error: DatabaseError) -> str:
    if isinstance(error, OperationalError):
        reason = str(error.orig)
        remedy = "数据库正忙，请稍后再试" if "locked" in reason else "请检查磁盘空间、权限和路径"
        return f"数据库 {name} 用不了：{reason}；{remedy}"
    if isinstance(error, IntegrityError):
        return f"数据库 {name} 拒绝写入：{error.orig}；本次没有写入任何内容"
    return f"{name} 不是完好的数据库：{error.orig}"
