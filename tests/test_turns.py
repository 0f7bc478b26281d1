"""Many writers of several processes: each has its turn, none waits for long, nothing is lost."""

from __future__ import annotations

import multiprocessing
import threading
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from geo.errors import StoreUnusable
from geo.store import Store, turns
from tests.stored import fresh_store

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

THREADS, WRITES = 6, 8


def write_often(url: str, mark: str, said: Any) -> None:
    """Write from many threads at once; tell who had the lock when, and how long each had to wait."""
    store = Store.open(url)
    told: list[tuple[float, str, float]] = []
    said.put("ready")

    def write() -> None:
        for _ in range(WRITES):
            asked = time.monotonic()
            with store.writing() as held:
                got = time.monotonic()
                held.connection.execute(text("UPDATE counted SET n = n + 1"))
                time.sleep(0.003)
            told.append((got, mark, got - asked))

    threads = [threading.Thread(target=write) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said.put(told)


def test_every_process_has_its_turn(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    with store.writing() as held:
        held.connection.execute(text("CREATE TABLE counted (n INTEGER)"))
        held.connection.execute(text("INSERT INTO counted VALUES (0)"))
    context = multiprocessing.get_context("spawn")
    said = context.Queue()
    with store.writing():  # nobody begins before all are there
        writers = [context.Process(target=write_often, args=(store.url, str(n), said)) for n in range(3)]
        for writer in writers:
            writer.start()
        for _ in writers:
            assert said.get(timeout=60) == "ready"
        time.sleep(0.2)
    told = sorted(entry for _ in writers for entry in said.get(timeout=60))
    for writer in writers:
        writer.join()
    with store.reading() as seen:
        assert seen.connection.execute(text("SELECT n FROM counted")).scalar_one() == len(told)
    assert len(told) == 3 * THREADS * WRITES
    half = [mark for _, mark, _ in told[: len(told) // 2]]
    assert min(half.count(mark) for mark in "012") >= len(half) // 10, (
        "one process went first, the others waited for it"
    )
    assert max(after - before for (before, *_), (after, *_) in pairwise(told)) < 5


def test_who_waits_in_vain_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = fresh_store(tmp_path / "k.db")
    monkeypatch.setattr(turns, "LONGEST_S", 0.05)
    monkeypatch.setattr("geo.store.engine._WAIT_FOR_WRITERS_MS", 50)
    refused: list[str] = []

    def write(other: Store) -> None:
        try:
            with other.writing():
                pass
        except StoreUnusable as error:
            refused.append(str(error))

    elsewhere = Store.open(f"sqlite:///{(tmp_path / '.' / 'k.db').as_posix()}")
    monkeypatch.setattr(elsewhere, "_path", None)  # as another process, which does not queue here
    with store.writing():
        for other in (store, elsewhere):
            thread = threading.Thread(target=write, args=(other,))
            thread.start()
            thread.join()
    assert len(refused) == 2
    assert all("正忙，请稍后再试" in line for line in refused)
    write(elsewhere)
    assert len(refused) == 2
