"""Import jobs: uploads read and stored in the background, one at a time.

Jobs live in the memory of one process: a restart forgets them, and several workers do not
know each other's. The store itself is safe either way, for an import is one transaction.
Jobs that survive a restart come with the imports page.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal
from uuid import uuid4

from api.errors import QueueFull, UnknownJob
from api.texts import TEXTS
from geo.admin.gazetteer import Gazetteer
from geo.crs import Datum
from geo.errors import ClockBehind, KepuError, UnknownUnit
from geo.faults import Fault
from geo.intake.decisions import checked_answers, idle_answers
from geo.intake.imports import ImportReport, import_file
from geo.intake.options import scope_code
from geo.intake.questions import questions_of
from geo.store import Store

log = logging.getLogger("kepu.api")

JobState = Literal["queued", "running", "done", "failed"]
MOST_WAITING: Final = 20
MOST_KEPT: Final = 200


@dataclass(frozen=True)
class Order:
    """What to import. `name` is for showing only; `path` is our own copy."""

    path: Path
    name: str
    layer: str
    datum: Datum | Literal["auto"]
    complete: bool
    dry_run: bool
    sender: str = ""
    received_on: date | None = None
    scope: str | None = None
    """A township's or the place's code or name."""
    columns: Mapping[str, str] = field(default_factory=dict)
    answers: Sequence[Mapping[str, str]] = ()
    """As they were sent: they are checked against the units when the import runs."""
    by: str = ""
    only_in: str | None = None
    """The one township whose records `by` may change."""


@dataclass(frozen=True)
class Job:
    """A job as it stands; times in UTC. `report` is there once it is done or refused."""

    id: str
    order: Order
    created_at: datetime
    state: JobState = "queued"
    finished_at: datetime | None = None
    report: ImportReport | None = None
    faults: tuple[Fault, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The job with the names that the API uses."""
        report = self.report
        return {
            "id": self.id,
            "state": self.state,
            "file": self.order.name,
            "layer": report.layer if report else self.order.layer,
            "datum": self.order.datum,
            "complete": self.order.complete,
            "dry_run": self.order.dry_run,
            "sender": self.order.sender,
            "received_on": self.order.received_on.isoformat() if self.order.received_on else None,
            "scope": self.order.scope,
            "columns": dict(self.order.columns),
            "created_at": self.created_at.isoformat(),
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "outcome": report.outcome if report else None,
            "batch": report.batch if report else None,
            "counts": {
                "records": dict(report.records) if report else {},
                "reported_none": dict(report.none) if report else {},
            },
            "questions": questions_of(self.faults),
            "faults": [fault.as_dict() for fault in self.faults],
        }


class Jobs:
    """The queue of one process."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = Lock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kepu-import")

    def submit(self, order: Order) -> Job:
        """Queue an import, whose folder the job takes over. Raises QueueFull."""
        job = Job(uuid4().hex, order, datetime.now(UTC))
        with self._lock:
            waiting = sum(known.state == "queued" for known in self._jobs.values())
            if waiting >= MOST_WAITING:
                remove(order)
                raise QueueFull(TEXTS["queue_full"])
            self._jobs[job.id] = job
            self._forget()
        self._worker.submit(self._run, job.id)
        return job

    def get(self, job_id: str) -> Job:
        """Return a job. Raises UnknownJob."""
        with self._lock:
            if job_id in self._jobs:
                return self._jobs[job_id]
        msg = TEXTS["unknown_job"].format(job=job_id)
        raise UnknownJob(msg)

    def close(self) -> None:
        """Finish what runs, drop what waits."""
        self._worker.shutdown(wait=True, cancel_futures=True)
        for job in self._jobs.values():
            remove(job.order)

    def _run(self, job_id: str) -> None:
        order = self._change(job_id, state="running").order
        try:
            store = self._store()
            place = store.place()
            answers = checked_answers(list(order.answers), place.gazetteer, order.name)
            report = import_file(
                store,
                order.path,
                order.layer,
                datum=order.datum,
                complete=order.complete,
                dry_run=order.dry_run,
                sender=order.sender,
                received_on=order.received_on,
                scope=_scope(order, place.gazetteer),
                columns=order.columns,
                answers=answers,
                place=place,
                shown_as=order.name,
                by=order.by,
                only_in=order.only_in,
            )
            state: JobState = "failed" if report.outcome == "refused" else "done"
            ended: dict[str, Any] = {"state": state, "report": report}
            ended["faults"] = (*report.faults, *idle_answers(answers, report.answers, order.name))
        except KepuError as error:
            log.warning("import %s failed: %s", job_id, type(error).__name__)
            ended = {"state": "failed", "faults": _faults_of(error, order.name)}
        except Exception:
            log.exception("import %s crashed", job_id)
            crash = Fault("error", "crash", order.name, TEXTS["import_crashed"])
            ended = {"state": "failed", "faults": (crash,)}
        finally:
            remove(order)
        self._change(job_id, finished_at=datetime.now(UTC), **ended)

    def _change(self, job_id: str, **news: Any) -> Job:
        with self._lock:
            self._jobs[job_id] = replace(self._jobs[job_id], **news)
            return self._jobs[job_id]

    def _forget(self) -> None:
        """Drop the oldest ended jobs over the limit."""
        ended = [job.id for job in self._jobs.values() if job.state in ("done", "failed")]
        for job_id in ended[: max(0, len(self._jobs) - MOST_KEPT)]:
            del self._jobs[job_id]


def _scope(order: Order, known: Gazetteer) -> str | None:
    """The code of the list's scope; what means none is left for the import to refuse."""
    try:
        return None if order.scope is None else scope_code(known, order.scope)
    except UnknownUnit:
        return order.scope


def _faults_of(error: KepuError, name: str) -> tuple[Fault, ...]:
    known = getattr(error, "faults", ())
    told = str(error) if isinstance(error, ClockBehind) else TEXTS["store_unusable"]
    return tuple(known) or (Fault("error", "refused", name, told),)


def remove(order: Order) -> None:
    """Delete an upload with its folder."""
    shutil.rmtree(order.path.parent, ignore_errors=True)


def new_folder() -> Path:
    """A folder for one upload, readable by this account only."""
    return Path(tempfile.mkdtemp(prefix="kepu-upload-"))
