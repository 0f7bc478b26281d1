"""Open a database so that writers queue instead of failing, and a commit survives a power cut."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import NullPool

from geo.errors import StoreUnusable
from geo.store.files import sqlite_path

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def shown(url: str) -> str:
    """Return a store's address as messages name it: the file's name, or the URL without its password."""
    path = sqlite_path(url)
    return path.name if path else make_url(url).render_as_string(hide_password=True)


@contextmanager
def readable(url: str) -> Iterator[None]:
    """Turn the database's own errors into one clear sentence."""
    try:
        yield
    except OperationalError as error:
        reason = str(error.orig)
        told = "数据库正忙，请稍后再试" if "locked" in reason else "请检查磁盘空间、权限和路径"
        msg = f"数据库 {shown(url)} 用不了：{reason}；{told}"
        raise StoreUnusable(msg) from error
    except IntegrityError as error:
        msg = f"数据库 {shown(url)} 拒绝写入：{error.orig}；本次没有写入任何内容"
        raise StoreUnusable(msg) from error
    except DatabaseError as error:
        msg = f"{shown(url)} 不是完好的数据库：{error.orig}"
        raise StoreUnusable(msg) from error
