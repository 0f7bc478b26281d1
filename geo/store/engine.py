"""Open a database so that writers queue instead of failing, and a commit survives a power cut."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from geo.errors import StoreUnusable

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_WAIT_FOR_WRITERS_MS = 30_000
IMMEDIATE = "immediate"


def connect(url: str) -> Engine:
    """Return an engine for a store's URL. Raises StoreUnusable for a URL that is none."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            return create_engine(parsed)
        engine = create_engine(parsed, poolclass=NullPool)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        msg = f"数据库地址无法使用：{_without_password(url)}；请写成 sqlite:///文件名.db"
        raise StoreUnusable(msg) from error
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _without_password(url: str) -> str:
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)


def _prepare(connection: Any, _record: object) -> None:
    """Take transactions out of sqlite3's hands and set what keeps a store safe."""
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", "synchronous=FULL", f"busy_timeout={_WAIT_FOR_WRITERS_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Writers take their lock at once: a deferred BEGIN that reads first fails under load."""
    immediate = connection.get_execution_options().get(IMMEDIATE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
