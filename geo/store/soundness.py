"""An SQLite file by itself: is it a store of ours, is it whole, and what does it hold.

Looks at the file with plain sqlite3 and knows no layer, so that stores of older programs,
damaged ones and ones on read-only disks can be looked at as they are.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from geo.errors import StoreMissing, StoreUnusable
from geo.store.standing import OURS, UNFINISHED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT_MS = 30_000
_MOST_FAULTS = 100
_LARGE = 1 << 20
_FILE_MARKS = {("place", "store_id")}
"""Columns that tell one file from another and nothing of what it holds."""
_REASONS = {
    "disk is full": "磁盘空间不够；请腾出空间后再试",
    "locked": "数据库正忙；请稍后再试，或先停止 kepu serve",
    "readonly": "磁盘或文件是只读的；请换一个能写的位置",
    "disk i/o error": "磁盘读写出错；请检查磁盘、网络盘或移动盘",
    "unable to open": "打不开；请检查路径和权限",
    "not a database": "不是数据库文件",
    "malformed": "文件已损坏",
}
_ERRNO = {
    errno.ENOSPC: "磁盘空间不够；请腾出空间后再试",
    errno.EROFS: "磁盘是只读的；请换一个能写的位置",
    errno.EACCES: "没有权限，或正被别的程序使用；请先停止 kepu serve，或换一个位置",
    errno.EPERM: "没有权限；请换一个位置",
    errno.ENOENT: "没有这个文件或文件夹",
}


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what SQLite and the disk say about a file into one Chinese sentence."""
    try:
        yield
    except sqlite3.Error as error:
        said = str(error).lower()
        reason = next((words for key, words in _REASONS.items() if key in said), f"用不了：{error}")
        msg = f"{path.name}：{reason}"
        raise StoreUnusable(msg) from error
    except OSError as error:
        msg = f"{path.name}：{_ERRNO.get(error.errno or 0, f'读写不了：{error.strerror or error}')}"
        raise StoreUnusable(msg) from error


def raw(path: Path) -> sqlite3.Connection:
    """Open an SQLite file that exists; without right to write, for reading alone."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=WAIT_MS / 1000
    )


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Read an SQLite file as of one moment. Raises StoreMissing, or StoreUnusable if it is not a store of ours."""
    if not path.is_file():
        msg = f"没有数据库文件 {path.name}"
        raise StoreMissing(msg)
    with told(path), closing(raw(path)) as connection:
        connection.execute("BEGIN")
        tables = set(_tables(connection))
        if UNFINISHED in tables or not tables >= OURS:
            msg = f"{path.name} 是还没有复制完的库" if UNFINISHED in tables else f"{path.name} 不是本程序的数据库"
            raise StoreUnusable(msg)
        yield connection


def revision(connection: sqlite3.Connection) -> str | None:
    """Return the revision of the schema."""
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def damage(connection: sqlite3.Connection) -> list[str]:
    """Return one Chinese sentence for each fault of the file: its pages, indices and foreign keys."""
    try:
        rows = connection.execute(f"PRAGMA integrity_check({_MOST_FAULTS})").fetchall()
        found = [f"文件已损坏：{row[0]}" for row in rows if row[0] != "ok"]
        broken = connection.execute("PRAGMA foreign_key_check").fetchmany(_MOST_FAULTS)
    except sqlite3.DatabaseError as error:
        return [f"文件已损坏：{error}"]
    return found + [f"表 {table} 第{row}条所指的 {parent} 记录不存在" for table, row, parent, _ in broken]


def digest(connection: sqlite3.Connection, *, without: frozenset[str] = frozenset()) -> str:
    """Return a digest of all that a store holds: equal for equal content, in whichever file it is.

    `without`: tables that are left out.
    """
    found = hashlib.sha256()
    for table in sorted(set(_tables(connection)) - without):
        columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
        columns = [name for name in columns if (table, name) not in _FILE_MARKS]
        found.update(repr((table, columns)).encode())
        listed = ", ".join(f'"{name}"' for name in columns)
        for row in connection.execute(f'SELECT {listed} FROM "{table}" ORDER BY rowid'):
            found.update(repr(tuple(map(_short, row))).encode())
    return found.hexdigest()


def _short(value: object) -> object:
    """A large content is told by its digest: its text would take four times the room."""
    return hashlib.sha256(value).digest() if isinstance(value, bytes) and len(value) > _LARGE else value


def batch_count(connection: sqlite3.Connection) -> int:
    """Return how many batches a store holds."""
    return int(connection.execute("SELECT count(*) FROM batches").fetchone()[0])


def settle(folder: Path) -> None:
    """Let a new name in a folder outlive a power cut, where the system can be asked to."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    return [str(name) for (name,) in rows]
