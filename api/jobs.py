"""Import jobs: uploads read and stored in the background, one at a time for a store, by whichever process is free.

The queue is in the store (`geo.jobs`), so a reload, a restart or another process sees every job. Each process has one
worker; it looks for work when something is queued here, and every few seconds once the store is open.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Lock, Thread
from typing import Any, Final

from api.errors import QueueFull, UnknownJob
from api.texts import TEXTS
from geo.admin.gazetteer import Gazetteer
from geo.errors import ClockBehind, KepuError, StoreError, UnknownUnit
from geo.faults import Fault
from geo.intake.decisions import Answer, checked_answers, idle_answers
from geo.intake.imports import ImportReport, import_file
from geo.intake.options import scope_code
from geo.intake.watching import Stage, Watch
from geo.jobs import queue
from geo.jobs.effects import effects_of
from geo.jobs.orders import Job, Order
from geo.jobs.spool import Spool
from geo.store import Store, clock
from geo.store.batches import NewBatch
from geo.store.transactions import Writing

log = logging.getLogger("kepu.api")

MOST_WAITING: Final = 100
LOOK_S: Final = 2.0
BEAT_S: Final = 1.0
TIDY_S: Final = 3600.0
_ALIVE_S: Final = 10.0


class _Stopped(Exception):
    """A checkpoint was told to go no further; the text says why."""


class Jobs:
    """The jobs of a store, and this process's worker."""

    def __init__(self, store: Callable[[], Store], spool: Spool, *, days: int, is_open: Callable[[], bool]) -> None:
        self._store, self.spool = store, spool
        self._days, self._is_open = timedelta(days=days), is_open
        self._mark = queue.worker_mark()
        self._wake, self.closing = Event(), Event()
        self._starting = Lock()
        self._thread: Thread | None = None
        self._tidied = 0.0

    def start(self) -> None:
        """Begin to look for work."""
        with self._starting:
            if self._thread is None and not self.closing.is_set():
                self._thread = Thread(target=self._work, name="kepu-import", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Stop what runs at its next checkpoint; what waits is left to the next start."""
        self.closing.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    # -- what visitors ask for ---------------------------------------------------------

    def submit(self, orders: Sequence[Order]) -> list[Job]:
        """Queue imports, whose uploads the jobs take over. Raises QueueFull, and then none is queued."""
        with self._dropped_if_it_fails(orders), self._store().writing() as store:
            if queue.waiting(store.connection) + len(orders) > MOST_WAITING:
                raise QueueFull(TEXTS["queue_full"])
            made = [queue.add(store.connection, order) for order in orders]
        self._go()
        return made

    def again(self, job: Job, order: Order) -> None:
        """Run an ended job anew, as another order says; one that is under way goes on."""
        with self._store().writing() as store:
            queue.again(store.connection, job, order)
        self._go()

    def get(self, job_id: str, *, township: str | None = None, by: str = "") -> Job:
        """Return a job; a township's planner sees only their own. Raises UnknownJob."""
        with self._store().reading() as seen:
            job = queue.find(seen.connection, job_id)
        if job is None or (township is not None and job.order.by != by):
            raise UnknownJob(TEXTS["unknown_job"].format(job=job_id))
        return job

    def listed(self, most: int, *, township: str | None = None, by: str = "") -> list[Job]:
        """Return the newest jobs of the page, newest first; to a township's planner only their own."""
        with self._store().reading() as seen:
            return [j for j in queue.listed(seen.connection, most, kept=True) if township is None or j.order.by == by]

    def cancel(self, job: Job) -> None:
        """Stop a job: one that waits at once, one that runs at its next checkpoint."""
        with self._store().writing() as store:
            queue.cancel(store.connection, job.id, _failed(job.order, "cancelled", TEXTS["import_cancelled"]))
        if not job.order.kept and self.get(job.id).ended:
            self._let_go(job)

    def discard(self, job: Job) -> None:
        """Drop an ended job and its upload; one that stored something or is under way stays."""
        with self._store().writing() as store:
            gone = queue.drop(store.connection, job) if job.result.get("outcome") != "stored" else False
        if gone:
            self.spool.remove(job.order.upload)

    @contextmanager
    def _dropped_if_it_fails(self, orders: Sequence[Order]) -> Iterator[None]:
        try:
            yield
        except BaseException:
            for order in orders:
                self.spool.remove(order.upload)
            raise

    # -- the worker --------------------------------------------------------------------

    def _go(self) -> None:
        self.start()
        self._wake.set()

    def _work(self) -> None:
        while not self.closing.is_set():
            self._wake.wait(LOOK_S)
            self._wake.clear()
            try:
                while self._is_open() and not self.closing.is_set() and self._do_next():
                    pass
            except StoreError as error:
                log.warning("import queue: %s", error)
            except Exception:
                log.exception("import queue")

    def _do_next(self) -> bool:
        """Run the next job; False where there is none for this process now."""
        self._tidy()
        with self._store().reading() as seen:
            if not queue.work_there(seen.connection):
                return False
        with self._store().writing() as store:
            dead = queue.fail_dead(store.connection, self._mark, _cut_off)
            job = queue.claim(store.connection, self._mark, self.spool.has)
        for lost in dead:
            self._let_go(lost)
        if job is None:
            return False
        self._run(job)
        return True

    def _run(self, job: Job) -> None:
        watch = _Following(self._store, job, self._mark, self.closing)
        try:
            with watch.beating():
                state, result = self._imported(job, watch)
        except _Stopped as stop:
            state, result = "failed", _failed(job.order, "cancelled", str(stop))
        except KepuError as error:
            log.warning("import %s failed: %s", job.id, type(error).__name__)
            state, result = "failed", {"faults": [fault.as_dict() for fault in _faults_of(error, job.order.name)]}
        except Exception:
            log.exception("import %s crashed", job.id)
            state, result = "failed", _failed(job.order, "crash", TEXTS["import_crashed"])
        if not watch.is_stored:
            with self._store().writing() as store:
                if not queue.finish(store.connection, job.id, self._mark, state, result):
                    stopped = _failed(job.order, "cancelled", TEXTS["import_cancelled"])
                    queue.finish(store.connection, job.id, self._mark, "failed", stopped)
        self._let_go(job)

    def _imported(self, job: Job, watch: _Following) -> tuple[str, dict[str, Any]]:
        order, store = job.order, self._store()
        place = store.place()
        version = store.version()
        watch.answers = checked_answers(list(order.answers), place.gazetteer, order.name)
        report = import_file(
            store,
            self.spool.path(order.upload),
            order.layer,
            datum=order.datum,
            complete=order.complete,
            dry_run=order.dry_run,
            sender=order.sender,
            received_on=order.received_on,
            scope=_scope(order, place.gazetteer),
            columns=order.columns,
            answers=watch.answers,
            place=place,
            shown_as=order.name,
            by=order.by,
            only_in=order.only_in,
            watch=watch,
        )
        state = "failed" if report.outcome == "refused" else "done"
        return state, {**watch.result_of(report), "version": version}

    def _let_go(self, job: Job) -> None:
        """Delete the upload of a job that doesn't keep it."""
        if not job.order.kept:
            self.spool.remove(job.order.upload)
            with self._store().writing() as store:
                queue.let_go(store.connection, job.id)

    def _tidy(self) -> None:
        """Drop old jobs and the uploads that nobody needs."""
        if time.monotonic() - self._tidied < TIDY_S and self._tidied:
            return
        self._tidied = time.monotonic()
        with self._store().reading() as seen:
            if not queue.has_old(seen.connection, clock.now().at - self._days):
                needed = queue.uploads(seen.connection)
                self.spool.sweep(needed)
                return
        with self._store().writing() as store:
            for upload in queue.forget(store.connection, clock.now().at - self._days):
                self.spool.remove(upload)
            needed = queue.uploads(store.connection)
        self.spool.sweep(needed)


class _Following(Watch):
    """Follows one import: its checkpoints, its beats, and its end inside the transaction that stores it."""

    def __init__(self, store: Callable[[], Store], job: Job, mark: str, closing: Event) -> None:
        self._store, self._job, self._mark, self._closing = store, job, mark, closing
        self._progress: tuple[str, int, int] = ("reading", 0, 0)
        self._stop, self._over = Event(), Event()
        self._effects: dict[str, Any] | None = None
        self.answers: Sequence[Answer] = ()
        self.is_stored = False

    def at(self, stage: Stage, rows: int = 0, of: int = 0) -> None:
        """Note how far it is, or stop."""
        self._progress = (stage, rows, of or self._progress[2])
        if self._closing.is_set():
            raise _Stopped(TEXTS["import_cut_off"])
        if self._stop.is_set():
            raise _Stopped(TEXTS["import_cancelled"])

    def tried(self, store: Store, batch: NewBatch) -> None:
        """Work out what the import would change, for the page."""
        if self._job.order.kept:
            self._effects = effects_of(store, batch)

    def stored(self, store: Writing, report: ImportReport) -> None:
        """Let the job end together with what it stores, unless it was cancelled or given up for dead."""
        if not queue.finish(store.connection, self._job.id, self._mark, "done", self.result_of(report)):
            raise _Stopped(TEXTS["import_cancelled"])
        self.is_stored = True

    def result_of(self, report: ImportReport) -> dict[str, Any]:
        """What is kept of a report."""
        faults = (*report.faults, *idle_answers(self.answers, report.answers, self._job.order.name))
        told = {**report.to_dict(), "faults": [fault.as_dict() for fault in faults]}
        return {**told, "tables": [table.as_dict() for table in report.tables], "effects": self._effects}

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Tell the queue that the job lives, and hear whether it shall stop."""
        thread = Thread(target=self._beat, name="kepu-import-beat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _beat(self) -> None:
        told, at = self._progress, time.monotonic()
        while not self._over.wait(BEAT_S):
            try:
                with self._store().reading() as seen:
                    job = queue.find(seen.connection, self._job.id)
                if job is None or job.cancelled or job.worker != self._mark:
                    self._stop.set()
                if self._progress != told or time.monotonic() - at > _ALIVE_S:
                    told, at = self._progress, time.monotonic()
                    with self._store().writing() as store:
                        queue.beat(store.connection, self._job.id, self._mark, told)
            except StoreError:  # the import itself holds the lock
                continue


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


def _failed(order: Order, code: str, told: str) -> dict[str, Any]:
    return {"faults": [Fault("error", code, order.name, told).as_dict()]}


def _cut_off(job: Job) -> Mapping[str, Any]:
    return _failed(job.order, "cut-off", TEXTS["import_cut_off"])
