"""The queue: each function works inside an open transaction that may write (`Store.writing`), except the readers.

A worker's mark is `host|process|token`. It tells the queue every few seconds that it lives; whose last
beat is older than `STALE` is taken for dead, and what it ran is failed: nothing of it can be stored any more, for
a batch is stored only together with the end of a job that still runs.
"""

from __future__ import annotations

import os
import socket
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, func, insert, or_, select, update

from geo.jobs.orders import ENDED, Job, job_of
from geo.store import clock
from geo.store.job_tables import jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from geo.jobs.orders import Order

STALE: Final = timedelta(seconds=90)
"""Longer than a writer waits for another one."""


def worker_mark() -> str:
    """Return a mark that no other worker has."""
    return f"{socket.gethostname()}|{os.getpid()}|{uuid.uuid4().hex}"


def add(connection: Connection, order: Order) -> Job:
    """Queue an order."""
    number, now = uuid.uuid4().hex, clock.now().at
    own = {"file": order.name, "upload": order.upload, "kept": order.kept, "made_by": order.by}
    fresh = {"stage": "", "rows_read": 0, "rows_all": 0, "cancelled": False}
    values = {**own, **fresh, "township": order.only_in, "told": order.told(), "state": "queued"}
    connection.execute(insert(jobs).values(id=number, made_at=now, queued_at=now, **values))
    found = find(connection, number)
    assert found is not None
    return found


def again(connection: Connection, job: Job, order: Order) -> bool:
    """Queue an ended job anew, as another order says; False where it isn't at its end any more, or its file is gone."""
    fresh = {"stage": "", "rows_read": 0, "rows_all": 0, "cancelled": False, "worker": None, "ended_at": None}
    query = update(jobs).where(jobs.c.id == job.id, jobs.c.state.in_(ENDED), jobs.c.upload.is_not(None))
    values = {**fresh, "state": "queued", "told": order.told(), "made_by": order.by, "queued_at": clock.now().at}
    return connection.execute(query.values(**values, township=order.only_in)).rowcount == 1


def find(connection: Connection, number: str) -> Job | None:
    """Return a job."""
    row = connection.execute(select(jobs).where(jobs.c.id == number)).first()
    return None if row is None else job_of(row)


def listed(connection: Connection, most: int, *, kept: bool | None = None) -> list[Job]:
    """Return the newest jobs, newest first; `kept`: only those of the page."""
    query = select(jobs).order_by(jobs.c.made_at.desc(), jobs.c.id).limit(most)
    return [job_of(row) for row in connection.execute(query if kept is None else query.where(jobs.c.kept.is_(kept)))]


def waiting(connection: Connection) -> int:
    """Return how many wait."""
    return connection.execute(select(func.count()).where(jobs.c.state == "queued")).scalar_one()


def work_there(connection: Connection) -> bool:
    """Say whether anything waits or runs; without a lock, so that idle workers disturb nobody."""
    return connection.execute(select(jobs.c.id).where(jobs.c.state.not_in(ENDED)).limit(1)).first() is not None


def claim(connection: Connection, worker: str, is_here: Callable[[str], bool]) -> Job | None:
    """Take the oldest job that waits and whose upload is here, unless one runs; the caller's lock keeps others off."""
    if connection.execute(select(jobs.c.id).where(jobs.c.state == "running").limit(1)).first() is not None:
        return None
    query = select(jobs).where(jobs.c.state == "queued").order_by(jobs.c.queued_at, jobs.c.id)
    found = next((row for row in connection.execute(query).all() if row.upload and is_here(row.upload)), None)
    if found is None:
        return None
    values = {"state": "running", "worker": worker, "beat_at": clock.now().at, "stage": "reading"}
    connection.execute(update(jobs).where(jobs.c.id == found.id).values(**values))
    return find(connection, found.id)


def beat(connection: Connection, number: str, worker: str, progress: tuple[str, int, int]) -> bool:
    """Say that a job goes on, and how far it is; False where it shall stop."""
    stage, done, of = progress
    mine = (jobs.c.id == number, jobs.c.worker == worker, jobs.c.state == "running")
    values = {"stage": stage, "rows_read": done, "rows_all": of, "beat_at": clock.now().at}
    if connection.execute(update(jobs).where(*mine).values(**values)).rowcount == 0:
        return False
    return not connection.execute(select(jobs.c.cancelled).where(jobs.c.id == number)).scalar_one()


def finish(connection: Connection, number: str, worker: str, state: str, result: Mapping[str, Any]) -> bool:
    """Let a job end; False where it isn't this worker's any more. A cancelled one may still fail, never succeed."""
    mine = [jobs.c.id == number, jobs.c.worker == worker, jobs.c.state == "running"]
    if state == "done":
        mine.append(jobs.c.cancelled.is_(False))
    values = {"state": state, "result": dict(result), "ended_at": clock.now().at, "stage": ""}
    return connection.execute(update(jobs).where(*mine).values(**values)).rowcount == 1


def cancel(connection: Connection, number: str, result: Mapping[str, Any]) -> None:
    """Stop a job: one that waits at once, one that runs at its next checkpoint; an ended one stays as it is."""
    values = {"state": "failed", "result": dict(result), "ended_at": clock.now().at}
    waits = update(jobs).where(jobs.c.id == number, jobs.c.state == "queued")
    connection.execute(waits.values(**values))
    connection.execute(update(jobs).where(jobs.c.id == number, jobs.c.state == "running").values(cancelled=True))


def fail_dead(connection: Connection, worker: str, told: Callable[[Job], Mapping[str, Any]]) -> list[Job]:
    """Fail what runs and whose worker is dead, and return it.

    A worker asks between two jobs: what still runs under its own mark is one whose end it could not write.
    """
    dead = []
    for row in connection.execute(select(jobs).where(jobs.c.state == "running")).all():
        if row.worker != worker and not _is_dead(row.worker or "", row.beat_at, worker):
            continue
        values = {"state": "failed", "result": dict(told(job_of(row))), "ended_at": clock.now().at, "stage": ""}
        connection.execute(update(jobs).where(jobs.c.id == row.id).values(**values))
        dead.append(job_of(row))
    return dead


def has_old(connection: Connection, before: datetime) -> bool:
    """Say whether there is anything to forget."""
    return connection.execute(select(jobs.c.id).where(_is_old(before)).limit(1)).first() is not None


def forget(connection: Connection, before: datetime) -> list[str]:
    """Drop the jobs that ended, or began to wait, before a moment; return their uploads."""
    gone = connection.execute(select(jobs.c.upload).where(_is_old(before))).scalars().all()
    connection.execute(delete(jobs).where(_is_old(before)))
    return [upload for upload in gone if upload]


def _is_old(before: datetime) -> ColumnElement[bool]:
    return and_(jobs.c.state != "running", or_(jobs.c.ended_at < before, jobs.c.queued_at < before))


def drop(connection: Connection, job: Job) -> bool:
    """Drop an ended job; False where it isn't at its end any more."""
    return connection.execute(delete(jobs).where(jobs.c.id == job.id, jobs.c.state.in_(ENDED))).rowcount == 1


def let_go(connection: Connection, number: str) -> None:
    """Note that a job's upload is deleted."""
    connection.execute(update(jobs).where(jobs.c.id == number).values(upload=None))


def uploads(connection: Connection) -> set[str]:
    """Return the uploads that jobs still need."""
    return {name for name in connection.execute(select(jobs.c.upload)).scalars() if name}


def _is_dead(other: str, beat_at: datetime | None, worker: str) -> bool:
    """Say whether a worker is gone: its beats stopped, or its process on this machine ended (POSIX tells that)."""
    if beat_at is None or clock.now().at - beat_at > STALE:
        return True
    host, _, rest = other.partition("|")
    process = rest.partition("|")[0]
    here = worker.partition("|")[0]
    if os.name == "nt" or host != here or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
