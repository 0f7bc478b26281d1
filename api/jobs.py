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
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal
from uuid import uuid4

from api.errors import QueueFull, UnknownJob
from api.texts import TEXTS
from geo.crs import Datum
from geo.errors import KepuError
from geo.faults import Fault
from geo.intake.imports import ImportReport, import_file
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
            "created_at": self.created_at.isoformat(),
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "outcome": report.outcome if report else None,
            "batch": report.batch if report else None,
            "counts": {
                "records": dict(report.records) if report else {},
                "reported_none": dict(report.none) if report else {},
            },
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
            report = import_file(
                self._store(),
                order.path,
                order.layer,
                datum=order.datum,
                complete=order.complete,
                dry_run=order.dry_run,
                shown_as=order.name,
            )
            state: JobState = "failed" if report.outcome == "refused" else "done"
            ended: dict[str, Any] = {"state": state, "report": report, "faults": report.faults}
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


def _faults_of(error: KepuError, name: str) -> tuple[Fault, ...]:
    known = getattr(error, "faults", ())
    return tuple(known) or (Fault("error", "refused", name, TEXTS["store_unusable"]),)


def remove(order: Order) -> None:
    """Delete an upload with its folder."""
    shutil.rmtree(order.path.parent, ignore_errors=True)


def new_folder() -> Path:
    """A folder for one upload, readable by this account only."""
    return Path(tempfile.mkdtemp(prefix="kepu-upload-"))
