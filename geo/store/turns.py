"""Whose turn it is to write an SQLite store, so that under load everybody has one.

SQLite lets waiting writers look again every tenth of a second, and gives the lock to whoever comes first: the next
writer of the process that has just let go, hardly ever one that sleeps. So the threads of a process queue for one turn,
who had to queue waits a moment before asking for the lock, and who waits for the lock looks again much sooner.
PostgreSQL queues by itself.
"""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from geo.errors import StoreUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_S: Final = 60.0
_AFTER_YOU_S: Final = 0.02
_LOOK_S: Final = 0.005
_turns: Final[defaultdict[str, Lock]] = defaultdict(Lock)


@contextmanager
def turn(path: Path | None) -> Iterator[None]:
    """Wait for a turn to write to a file; None for other databases. Raises StoreUnusable after a minute."""
    if path is None:
        yield
        return
    mine = _turns[str(path.absolute())]
    if not mine.acquire(blocking=False):
        if not mine.acquire(timeout=LONGEST_S):
            msg = f"数据库 {path.name} 正忙，请稍后再试"
            raise StoreUnusable(msg)
        time.sleep(_AFTER_YOU_S)
    try:
        yield
    finally:
        mine.release()


def got_lock(connection: Any, wait_ms: int) -> bool:
    """Begin to write, looking again and again; False where that took too long or can't be.

    Then nothing was begun, and the next try won't wait.
    """
    ends = time.monotonic() + wait_ms / 1000
    connection.execute("PRAGMA busy_timeout=0")
    while time.monotonic() < ends:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                return False
            time.sleep(_LOOK_S)
        else:
            connection.execute(f"PRAGMA busy_timeout={wait_ms}")
            return True
    return False
