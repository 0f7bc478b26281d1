"""How a store in use is: its schema, size, room on the disk, backups, what waits. Cheap; `checking` looks deeper."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, text

from geo.store.files import sqlite_path
from geo.store.job_tables import jobs
from geo.store.migrating import head, revision
from geo.store.tables import batches

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sqlalchemy import Connection

    from geo.store.store import Store

ROOM: Final = 200 * 1024 * 1024
OLD_BACKUP_S: Final = 48 * 3600


@dataclass(frozen=True)
class Condition:
    """What was found. Sizes in bytes, ages in seconds; None where it can't be known (the disk of a database server).

    `backups`: whether it is known where backups are; then `backup_age` None means that there is none.
    """

    schema: str
    is_current: bool
    size: int | None = None
    free: int | None = None
    batches: int = 0
    jobs: Mapping[str, int] = field(default_factory=dict)
    backups: bool = False
    backup_age: float | None = None

    @property
    def has_room(self) -> bool | None:
        """Whether a backup and an upgrade would find room beside the store; None where that isn't known."""
        if self.free is None or self.size is None:
            return None
        return self.free >= 2 * self.size + ROOM

    @property
    def is_backed_up(self) -> bool | None:
        """Whether there is a backup of the last two days; None where it isn't known where backups are."""
        if not self.backups:
            return None
        return self.backup_age is not None and self.backup_age <= OLD_BACKUP_S


def condition(store: Store, backups: Path | None = None) -> Condition:
    """Look at a store, and at the folder of its backups. Raises StoreError where it can't be read."""
    with store.reading() as seen:
        found = revision(seen.connection)
        size, waiting = _size(seen.connection, store.url), _jobs(seen.connection)
        number = seen.connection.execute(select(func.count()).select_from(batches)).scalar_one()
    path = sqlite_path(store.url)
    return Condition(
        schema=str(found),
        is_current=found == head(),
        size=size,
        free=None if path is None else shutil.disk_usage(path.resolve().parent).free,
        batches=number,
        jobs=waiting,
        backups=backups is not None,
        backup_age=_age(backups),
    )


def _jobs(connection: Connection) -> dict[str, int]:
    rows = connection.execute(select(jobs.c.state, func.count()).group_by(jobs.c.state))
    return {str(state): int(number) for state, number in rows}


def _size(connection: Connection, url: str) -> int | None:
    if connection.dialect.name == "postgresql":
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    path = sqlite_path(url)
    return None if path is None else path.stat().st_size


def _age(folder: Path | None) -> float | None:
    """The age of the newest backup of a folder; None where there is none."""
    if folder is None or not folder.is_dir():
        return None
    times = [file.stat().st_mtime for file in folder.glob("*.db") if not file.name.startswith(".")]
    return max(0.0, time.time() - max(times)) if times else None
