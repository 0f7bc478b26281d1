"""The store's file: whole or not there, never put over another, brought up to date, and known to be unchanged."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from geo.errors import StoreExists, StoreMissing
from geo.store import NewBatch, Store, files, writing
from tests.stored import fresh_store, store_url
from tests.support import WILLOW_RIVER, county, county_plan_text

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier
    from pathlib import Path

Row = dict[str, Any]


def bring(store: Store, record_id: str = "a", **facts: Any) -> int:
    row = {"id": record_id, "unit_code": WILLOW_RIVER, "name": "站", "file": "a.xlsx", "sheet": None, "row": 2, **facts}
    return store.write(NewBatch("a.xlsx", "0", "stations", records={"stations": [row]}))


# ── making ───────────────────────────────────────────────────────────────────


def _create(url: str, start: Barrier, said: Any) -> None:
    start.wait(60)
    try:
        store = Store.create(url, county(), county_plan_text())
        said.put(f"made {bring(store)}")
    except Exception as error:  # whatever it is, the parent must hear of it
        said.put(type(error).__name__)


def test_of_several_that_make_one_store_at_once_one_does(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start, said = context.Barrier(3), context.Queue()
    url = store_url(tmp_path / "k.db")
    workers = [context.Process(target=_create, args=(url, start, said)) for _ in range(3)]
    for process in workers:
        process.start()
    found = sorted(said.get(timeout=120) for _ in workers)
    for process in workers:
        process.join(timeout=60)
    assert found == ["StoreExists", "StoreExists", "made 1"]
    assert len(Store.open(url).layers()["stations"]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["k.db"]


def test_a_store_is_not_seen_before_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, original = tmp_path / "k.db", writing.write_place
    seen: list[bool] = []

    def watched(*arguments: Any, **options: Any) -> None:
        seen.append(path.exists())
        with pytest.raises(StoreMissing):
            Store.open(store_url(path))
        original(*arguments, **options)
        seen.append(path.exists())

    monkeypatch.setattr(writing, "write_place", watched)
    Store.create(store_url(path), county(), county_plan_text())
    assert seen == [False, False]
    assert path.is_file()


def test_a_store_made_meanwhile_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, original = tmp_path / "k.db", writing.write_place

    def late(*arguments: Any, **options: Any) -> None:
        original(*arguments, **options)
        ready.replace(path)

    ready = tmp_path / "ready.db"
    bring(fresh_store(ready))
    monkeypatch.setattr(writing, "write_place", late)
    with pytest.raises(StoreExists):
        Store.create(store_url(path), county(), county_plan_text())
    assert len(Store.open(store_url(path)).batches()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["k.db"]


@pytest.mark.parametrize("content", [b"", b"somebody's notes", b"SQLite format 3\x00" + bytes(500)])
def test_whatever_stands_there_stays(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "k.db"
    path.write_bytes(content)
    with pytest.raises(StoreExists):
        Store.create(store_url(path), county(), county_plan_text())
    assert path.read_bytes() == content


def test_on_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    store = Store.create(store_url(tmp_path / "k.db"), county(), county_plan_text())
    assert bring(store) == 1
    with pytest.raises(FileExistsError):
        files.publish(tmp_path / "other", tmp_path / "k.db")
    assert [path.name for path in tmp_path.iterdir()] == ["k.db"]


# ── unchanged ────────────────────────────────────────────────────────────────


def test_the_version_is_read_anew_only_after_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = fresh_store(tmp_path / "k.db")
    other = Store.open(store.url)
    original, opened = Store.reading, []

    def counted(self: Store) -> Any:
        opened.append(self)
        return original(self)

    monkeypatch.setattr(Store, "reading", counted)
    seen = {store.version() for _ in range(5)}
    assert len(opened) == 1
    for change in (lambda: bring(other), lambda: other.undo(1), lambda: other.replace_plan(county_plan_text() + "\n")):
        change()
        assert store.version() not in seen
        seen.add(store.version())
    assert len(seen) == 4


def test_a_store_put_in_the_place_of_another_is_seen(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    before = store.version()
    other = fresh_store(tmp_path / "other.db")
    bring(other)
    stat = (tmp_path / "k.db").stat()
    os.utime(tmp_path / "other.db", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    (tmp_path / "other.db").replace(tmp_path / "k.db")
    assert store.version() != before


def _try_to_write(path: str, said: Any) -> None:
    with closing(sqlite3.connect(path, timeout=0.1, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
            said.put("wrote")
        except sqlite3.OperationalError as error:
            said.put(str(error))


def test_a_look_at_the_version_drops_no_lock_of_a_writer(tmp_path: Path) -> None:
    """Closing any handle of a file drops the process's locks on it: another process could then write in between."""
    store = fresh_store(tmp_path / "k.db")
    context = multiprocessing.get_context("spawn")
    said = context.Queue()
    with store.writing():
        for _ in range(3):
            assert Store.open(store.url).version()
        other = context.Process(target=_try_to_write, args=(str(tmp_path / "k.db"), said))
        other.start()
        assert said.get(timeout=60) == "database is locked"
        other.join(60)


def test_a_store_that_is_gone_has_no_version(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    assert store.version()
    (tmp_path / "k.db").unlink()
    for ask in (store.version, store.layers, lambda: bring(store)):
        with pytest.raises(StoreMissing):
            ask()
    assert not (tmp_path / "k.db").exists()


def test_a_store_with_a_write_ahead_log_is_always_read(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    with closing(sqlite3.connect(tmp_path / "k.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    before = store.version()
    with closing(sqlite3.connect(tmp_path / "k.db")) as reader:  # keeps the log from being written back
        reader.execute("SELECT count(*) FROM batches").fetchall()
        bring(Store.open(store.url))
        assert store.version() != before


def _count_up(url: str, count: int) -> None:
    store = Store.open(url)
    for n in range(count):
        bring(store, str(n))


def test_a_version_is_never_older_than_what_was_read_before_it(tmp_path: Path) -> None:
    """While another process writes, the version of a moment is never that of an earlier content."""
    store = fresh_store(tmp_path / "k.db")
    process = multiprocessing.get_context("spawn").Process(target=_count_up, args=(store.url, 60))
    process.start()
    while process.is_alive():
        with store.reading() as seen:
            now = seen.version()
        found = store.version()
        with store.reading() as seen:
            later = seen.version()
        assert found in {now, later} or now != later
    process.join()
    with store.reading() as seen:
        assert store.version() == seen.version()
    assert len(store.batches()) == 60
