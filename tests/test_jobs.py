"""Import jobs in the store: seen by every process, one at a time, cancelled whole, failed cleanly after a crash."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from io import BytesIO
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from api import jobs as api_jobs
from api.jobs import Jobs
from geo.errors import StoreUnusable
from geo.intake.imports import import_file
from geo.jobs import queue
from geo.jobs.orders import Job, Order
from geo.jobs.spool import Spool
from geo.store import Store, clock
from tests.stored import fresh_store, store_url
from tests.support import VILLAGES
from tests.web_client import build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADER = "单位代码,名称,专用/共用\n"
GOOD = f"{HEADER}{VILLAGES[4]},新站,专用\n"


class Office:
    """A store, its spool, and any number of processes (here: workers of their own) that serve it."""

    def __init__(self, folder: Path) -> None:
        self.store = build(folder)
        self.spool = Spool(folder / "spool")
        self.workers: list[Jobs] = []

    def process(self) -> Jobs:
        """Another process of the server."""
        store = Store.open(self.store.url)
        worker = Jobs(lambda: store, self.spool, days=30, is_open=lambda: True)
        self.workers.append(worker)
        return worker

    def order(self, text: str = GOOD, **more: Any) -> Order:
        """An order for an upload."""
        return Order(self.spool.keep(BytesIO(text.encode()), "新站.csv"), "新站.csv", "stations", **more)

    def job(self, job: Job) -> Job:
        """A job as the store knows it."""
        with self.store.reading() as seen:
            found = queue.find(seen.connection, job.id)
        assert found is not None
        return found

    def ended(self, job: Job) -> Job:
        """Wait for a job's end."""
        for _ in range(400):
            if (found := self.job(job)).ended:
                return found
            time.sleep(0.05)
        raise AssertionError(found)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    for worker in made.workers:
        worker.close()


def test_any_process_runs_what_another_queued(office: Office) -> None:
    first, second = office.process(), office.process()
    with office.store.writing() as store:  # as a process would that dies right after
        job = queue.add(store.connection, office.order())
    second.start()
    assert office.ended(job).result["outcome"] == "stored"
    assert first.get(job.id).result["batch"] == office.store.batches()[-1].batch


def test_one_import_at_a_time_and_each_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, seen = [0], [0], list[str]()

    def spy(store: Store, path: Path, *args: Any, **options: Any) -> Any:
        running[0] += 1
        most[0] = max(most[0], running[0])
        seen.append(path.parent.name)
        time.sleep(0.1)
        try:
            return import_file(store, path, *args, **options)
        finally:
            running[0] -= 1

    monkeypatch.setattr(api_jobs, "import_file", spy)
    monkeypatch.setattr(api_jobs, "LOOK_S", 0.05)
    workers = [office.process() for _ in range(3)]
    orders = [office.order(f"{HEADER}{VILLAGES[4]},第{n}站,专用\n") for n in range(6)]
    made = [job for n, worker in enumerate(workers) for job in worker.submit(orders[2 * n : 2 * n + 2])]
    assert [office.ended(job).state for job in made] == ["done"] * 6
    assert (most[0], len(seen), len(set(seen))) == (1, 6, 6)


def test_what_waits_is_cancelled_at_once(office: Office) -> None:
    with office.store.writing() as store:
        job = queue.add(store.connection, office.order())
    worker = office.process()
    worker.cancel(job)
    found = office.job(job)
    assert (found.state, found.faults[0].code) == ("failed", "cancelled")
    assert not office.spool.has(job.order.upload)
    worker.start()
    time.sleep(0.2)
    assert office.job(job).state == "failed"


@pytest.mark.parametrize("late", [False, True], ids=["checkpoint", "while it writes"])
def test_what_runs_is_cancelled_whole(office: Office, monkeypatch: pytest.MonkeyPatch, *, late: bool) -> None:
    monkeypatch.setattr(api_jobs, "BEAT_S", 0.02)
    at, on = Event(), Event()
    stage = "storing" if late else "comparing"
    real = api_jobs._Following.at

    def wait(self: Any, reached: Any, rows: int = 0, of: int = 0) -> None:
        if late:
            real(self, reached, rows, of)
        if reached == stage:
            at.set()
            on.wait(10)
        if not late:
            time.sleep(0.1)
            real(self, reached, rows, of)

    monkeypatch.setattr(api_jobs._Following, "at", wait)
    before = office.store.version()
    worker = office.process()
    (job,) = worker.submit([office.order()])
    assert at.wait(10)
    worker.cancel(job)
    assert office.job(job).state == "running"
    on.set()
    found = office.ended(job)
    assert (found.state, found.faults[0].code, found.result.get("batch")) == ("failed", "cancelled", None)
    assert office.store.version() == before


def test_a_dead_process_leaves_a_clean_failure(office: Office) -> None:
    before = office.store.version()
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    mark = queue.worker_mark().split("|")
    mark[1] = dead.stdout.strip()
    with office.store.writing() as store:
        job = queue.add(store.connection, office.order())
        assert queue.claim(store.connection, "|".join(mark), office.spool.has) is not None
    office.process().start()
    found = office.ended(job)
    assert found.state == "failed"
    assert found.faults[0].message == "服务重启，本次导入没有写入任何内容，请重新上传"
    assert office.store.version() == before


def test_one_given_up_for_dead_can_store_nothing_any_more(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "STALE", timedelta(seconds=-1))
    at, on = Event(), Event()

    def wait(store: Store, *args: Any, **options: Any) -> Any:
        at.set()
        on.wait(10)
        return import_file(store, *args, **options)

    monkeypatch.setattr(api_jobs, "import_file", wait)
    before = office.store.version()
    slow = office.process()
    (job,) = slow.submit([office.order()])
    assert at.wait(10)
    office.process().start()
    assert office.ended(job).faults[0].code == "cut-off"
    on.set()
    slow.close()
    assert office.job(job).faults[0].code == "cut-off"
    assert office.store.version() == before


def test_a_process_that_stops_fails_what_it_runs(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    at, on = Event(), Event()
    real = api_jobs._Following.at

    def wait(self: Any, reached: Any, rows: int = 0, of: int = 0) -> None:
        if reached == "rows":
            at.set()
            on.wait(10)
        real(self, reached, rows, of)

    monkeypatch.setattr(api_jobs._Following, "at", wait)
    worker = office.process()
    (job,) = worker.submit([office.order()])
    assert at.wait(10)
    worker.closing.set()
    on.set()
    worker.close()
    assert office.job(job).faults[0].message.startswith("服务重启")


def test_a_process_leaves_uploads_of_other_machines_alone(office: Office) -> None:
    with office.store.writing() as store:
        far = queue.add(store.connection, Order("upload-elsewhere/upload.csv", "远.csv", "stations"))
        near = queue.add(store.connection, office.order())
    office.process().start()
    assert office.ended(near).state == "done"
    assert office.job(far).state == "queued"


def test_an_end_that_could_not_be_written_holds_nothing_up(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    real, fails = queue.finish, [True]

    def busy(*args: Any) -> bool:
        if fails.pop() if fails else False:
            msg = "busy"
            raise StoreUnusable(msg)
        return real(*args)

    monkeypatch.setattr(queue, "finish", busy)
    monkeypatch.setattr(api_jobs, "LOOK_S", 0.05)
    worker = office.process()
    first, second = worker.submit([office.order(dry_run=True), office.order()])
    assert office.ended(first).faults[0].code == "cut-off"
    assert office.ended(second).state == "done"


def test_old_jobs_and_their_uploads_are_dropped(office: Office) -> None:
    worker = office.process()
    (old,) = worker.submit([office.order(kept=True, dry_run=True)])
    office.ended(old)
    assert office.spool.has(old.order.upload)
    lost = office.spool.path(office.spool.keep(BytesIO(b"x"), "a.csv")).parent
    os.utime(lost, (0, 0))
    with office.store.writing() as store:
        assert queue.forget(store.connection, clock.now().at - timedelta(days=1)) == []
        assert queue.forget(store.connection, clock.now().at + timedelta(days=1)) == [old.order.upload]
    office.process()._tidy()
    assert not lost.exists()


def test_what_a_job_found_is_kept_as_json(office: Office) -> None:
    worker = office.process()
    text = "乡镇,村,活动站名称\n云岭镇,柳数村,甲站\n"
    (job,) = worker.submit([office.order(text, sender="云岭镇", dry_run=True)])
    found = office.ended(job)
    assert json.loads(json.dumps(found.result)) == found.result
    (asked,) = [fault for fault in found.faults if fault.asked]
    assert asked.asked is not None
    assert (asked.asked.written, len(asked.candidates) > 0) == ("柳数村", True)
    assert found.result["tables"][0]["columns"][1] == {"written": "村", "read_as": "村(社区)"}


def test_the_store_that_jobs_are_in_is_compared_without_them(tmp_path: Path) -> None:
    from geo.store.digests import store_digest

    office = Office(tmp_path)
    with office.store.reading() as seen:
        before = store_digest(seen.connection)
    with office.store.writing() as store:
        queue.add(store.connection, office.order())
        assert store_digest(store.connection) == before


def test_a_store_that_is_gone_stops_no_worker(tmp_path: Path) -> None:
    def gone() -> Store:
        msg = "gone"
        raise StoreUnusable(msg)

    worker = Jobs(gone, Spool(tmp_path), days=1, is_open=lambda: True)
    worker.start()
    worker.close()
    assert store_url(tmp_path / "k.db").endswith("k.db")


@pytest.mark.usefixtures("backend")
def test_the_queue_is_the_same_on_both_back_ends(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    mark, other = queue.worker_mark(), queue.worker_mark()
    with store.writing() as moment:
        first, second = (queue.add(moment.connection, Order(f"upload-{n}/a", "甲.csv", "stations")) for n in "12")
        assert queue.waiting(moment.connection) == 2
    with store.writing() as moment:
        claimed = queue.claim(moment.connection, mark, lambda _: True)
        assert claimed is not None
        assert (claimed.id, claimed.state, claimed.worker) == (first.id, "running", mark)
        assert queue.claim(moment.connection, other, lambda _: True) is None
        assert queue.fail_dead(moment.connection, other, lambda _: {}) == []
        assert not queue.beat(moment.connection, first.id, other, ("rows", 1, 2))
        assert queue.beat(moment.connection, first.id, mark, ("rows", 1, 2))
    with store.writing() as moment:
        queue.cancel(moment.connection, first.id, {})
        queue.cancel(moment.connection, second.id, {"faults": []})
        assert not queue.beat(moment.connection, first.id, mark, ("rows", 2, 2))
        assert not queue.finish(moment.connection, first.id, mark, "done", {})
        assert queue.finish(moment.connection, first.id, mark, "failed", {"faults": []})
    with store.reading() as seen:
        assert {job.state for job in queue.listed(seen.connection, 9)} == {"failed"}
        assert (queue.work_there(seen.connection), queue.uploads(seen.connection)) == (
            False,
            {"upload-1/a", "upload-2/a"},
        )
    with store.writing() as moment:
        assert queue.again(moment.connection, second, second.order)
        assert not queue.again(moment.connection, second, second.order)
        assert not queue.drop(moment.connection, second)
        assert queue.drop(moment.connection, first)
