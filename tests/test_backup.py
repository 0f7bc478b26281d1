"""Backup and restore: whole or not at all, of one moment, never over what is not ours, and nothing lost."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from geo.errors import StoreError, StoreExists, StoreMissing, StoreUnusable
from geo.store import NewBatch, Store, backup
from geo.store.backup import back_up, restore
from geo.store.soundness import damage, digest, opened
from tests.disks import disk, make_read_only
from tests.forgery import tamper
from tests.older_stores import older_store
from tests.stored import contents, fresh_store, store_url
from tests.support import WILLOW_RIVER

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event
    from pathlib import Path


def bring(store: Store, name: str, *, rows: int = 1) -> int:
    """Store a batch of stations."""
    row = {"unit_code": WILLOW_RIVER, "name": "站", "file": name, "sheet": None, "phone": "0"}
    records = [row | {"id": f"{name}-{n}", "row": n + 2} for n in range(rows)]
    return store.write(NewBatch(name, name, "stations", records={"stations": records}))


def digest_of(path: Path) -> str:
    with opened(path) as connection:
        assert damage(connection) == []
        return digest(connection)


def held(path: Path) -> str:
    """A digest of all but the audit, which says of a restored store that it was restored."""
    with opened(path) as connection:
        assert damage(connection) == []
        return digest(connection, without=frozenset({"audit"}))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with a batch."""
    made = fresh_store(tmp_path / "k.db")
    bring(made, "a.xlsx")
    return made


@pytest.fixture
def saved(store: Store, tmp_path: Path) -> Path:
    """A backup of that store, which has had one more batch since."""
    back_up(store.url, tmp_path / "b.db")
    bring(store, "b.xlsx")
    return tmp_path / "b.db"


# ── backup ───────────────────────────────────────────────────────────────────


def test_a_backup_holds_all_that_the_store_holds(store: Store, tmp_path: Path) -> None:
    (tmp_path / "k.db").chmod(0o640)
    made = back_up(store.url, tmp_path / "备 份?#.db")
    assert made.digest == digest_of(tmp_path / "k.db") == digest_of(made.path)
    assert (made.batches, made.size) == (1, made.path.stat().st_size)
    assert contents(Store.open(store_url(tmp_path / "k.db"))) == contents(store)
    assert names(tmp_path) == ["k.db", "备 份?#.db"]
    if os.name == "posix":
        assert made.path.stat().st_mode & 0o777 == 0o640


def test_a_digest_tells_any_change_of_content(store: Store, tmp_path: Path) -> None:
    found = {digest_of(tmp_path / "k.db")}
    for change in ("UPDATE stations SET phone = '1'", "UPDATE batches SET sender = 'x'", "DELETE FROM unit_names"):
        tamper(store, change)
        found.add(digest_of(tmp_path / "k.db"))
    assert len(found) == 4


def test_only_an_older_backup_is_overwritten_and_only_if_asked(store: Store, saved: Path, tmp_path: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(StoreExists, match="--force"):
        back_up(store.url, saved)
    assert saved.read_bytes() == before
    assert back_up(store.url, saved, force=True).batches == 2
    for content in (b"", b"notes", b"SQLite format 3\x00" + bytes(500)):
        (tmp_path / "other").write_bytes(content)
        with pytest.raises(StoreExists, match="不会覆盖"):
            back_up(store.url, tmp_path / "other", force=True)
        assert (tmp_path / "other").read_bytes() == content
    (tmp_path / "link.db").symlink_to("k.db")
    for same in ("k.db", "link.db"):
        with pytest.raises(StoreExists, match="数据库本身"):
            back_up(store.url, tmp_path / same, force=True)
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError):
        back_up(store.url, tmp_path / "folder", force=True)


def test_what_cannot_be_backed_up_leaves_no_file(store: Store, tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("notes")
    with closing(sqlite3.connect(tmp_path / "foreign.db")) as other:
        other.execute("CREATE TABLE place (code)")
    before = names(tmp_path)
    cases: list[tuple[str, type[StoreError]]] = [
        ("sqlite:///" + str(tmp_path / "gone.db"), StoreMissing),
        (store_url(tmp_path / "notes.db"), StoreUnusable),
        (store_url(tmp_path / "foreign.db"), StoreUnusable),
        ("postgresql+psycopg://u:secret@h/d", StoreUnusable),
        ("sqlite://", StoreUnusable),
    ]
    for url, error in cases:
        with pytest.raises(error) as caught:
            back_up(url, tmp_path / "b.db")
        assert "secret" not in str(caught.value)
    with pytest.raises(StoreMissing, match="没有文件夹"):
        back_up(store.url, tmp_path / "nowhere" / "b.db")
    assert names(tmp_path) == before


def test_a_file_that_appears_meanwhile_is_left_alone(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = backup._copied

    def late(*arguments: Any) -> Any:
        made = original(*arguments)
        (tmp_path / "b.db").write_text("somebody else's")
        return made

    monkeypatch.setattr(backup, "_copied", late)
    with pytest.raises(StoreExists):
        back_up(store.url, tmp_path / "b.db")
    assert (tmp_path / "b.db").read_text() == "somebody else's"
    assert names(tmp_path) == ["b.db", "k.db"]


def _write_on(url: str, ready: Event, stop: Event, said: Any) -> None:
    store, done = Store.open(url), 0
    try:
        while not stop.is_set():
            done = bring(store, f"{done}.xlsx", rows=20)
            ready.set()
        said.put(done)
    except Exception as error:  # whatever it is, the parent must hear of it
        ready.set()
        said.put(repr(error))


def test_a_backup_while_a_server_writes_is_of_one_moment(store: Store, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, stop, said = context.Event(), context.Event(), context.Queue()
    writer = context.Process(target=_write_on, args=(store.url, ready, stop, said))
    writer.start()
    assert ready.wait(60)
    counts = []
    for n in range(12):
        low = len(store.batches())
        made = back_up(store.url, tmp_path / f"{n}.db")
        assert low <= made.batches <= len(store.batches())
        held = Store.open(store_url(made.path))
        assert len(held.layers()["stations"]) == 1 + 20 * (made.batches - 1)  # no half batch
        counts.append(made.batches)
    stop.set()
    written = said.get(timeout=60)
    writer.join(60)
    assert isinstance(written, int), written
    assert len(store.batches()) == written >= counts[-1] > counts[0]


# ── restore ──────────────────────────────────────────────────────────────────


def test_a_restored_store_is_the_backup_and_the_former_one_is_kept(store: Store, saved: Path, tmp_path: Path) -> None:
    former, wanted = contents(store), digest_of(saved)
    done = restore(store.url, saved, by="甲")
    assert done.copy.digest == wanted == digest_of(saved)
    assert held(tmp_path / "k.db") == held(saved)
    assert done.kept is not None
    assert contents(Store.open(store_url(done.kept))) == former
    assert names(tmp_path) == sorted(["b.db", "k.db", done.kept.name])
    assert done.kept.name.startswith("k.2")
    assert restore(store.url, saved).kept not in (None, done.kept)  # twice in one second


def test_a_restored_store_is_seen_as_another(store: Store, saved: Path) -> None:
    """The same batch numbers with other content must not pass for known: versions are a base for ETags."""
    seen = {store.version()}
    restore(store.url, saved)
    assert store.version() not in seen
    seen.add(store.version())
    bring(store, "other.xlsx")
    assert store.version() not in seen
    assert [batch.file for batch in store.batches()] == ["a.xlsx", "other.xlsx"]


def test_where_there_is_no_store_the_backup_becomes_it(store: Store, saved: Path, tmp_path: Path) -> None:
    done = restore(store_url(tmp_path / "new.db"), saved)
    assert done.kept is None
    assert held(tmp_path / "new.db") == held(saved)
    with pytest.raises(StoreMissing):
        restore(store_url(tmp_path / "nowhere" / "new.db"), saved)


def test_an_older_programs_backup_is_brought_up_to_date_and_left_alone(store: Store, tmp_path: Path) -> None:
    older_store(tmp_path / "old.db")
    before = (tmp_path / "old.db").read_bytes()
    restore(store.url, tmp_path / "old.db")
    assert (tmp_path / "old.db").read_bytes() == before
    assert len(store.layers()["stations"]) == 1
    back_up(store_url(tmp_path / "old.db"), tmp_path / "b.db")  # a backup changes nothing either
    assert (tmp_path / "old.db").read_bytes() == before


def _spoil(path: Path, how: str) -> None:
    """Make no backup of a file that was one."""
    if how == "cut":
        path.write_bytes(path.read_bytes()[:-5000])
    elif how == "pages":
        content = bytearray(path.read_bytes())
        content[-9000:-200] = bytes(8800)
        path.write_bytes(content)
    elif how in ("text", "empty"):
        path.write_text("notes" if how == "text" else "")
    else:
        change = {
            "newer": "UPDATE alembic_version SET version_num = '9999'",
            "foreign": "DROP TABLE alembic_version",
            "keys": "UPDATE stations SET batch = 77",
        }[how]
        tamper(path, change)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("cut", "损坏"), ("pages", "损坏"), ("text", "不是数据库文件"), ("empty", "不是本程序的数据库"),
        ("newer", "更新版本"), ("foreign", "不是本程序的数据库"), ("keys", "记录不存在"),
    ],
)  # fmt: skip
def test_what_is_no_sound_backup_is_refused(store: Store, saved: Path, tmp_path: Path, how: str, told: str) -> None:
    _spoil(saved, how)
    before, content = names(tmp_path), (tmp_path / "k.db").read_bytes()
    with pytest.raises(StoreError, match=told):
        restore(store.url, saved)
    assert names(tmp_path) == before
    assert (tmp_path / "k.db").read_bytes() == content


def test_the_store_itself_is_no_backup(store: Store, tmp_path: Path) -> None:
    os.link(tmp_path / "k.db", tmp_path / "same.db")
    for name in ("k.db", "same.db"):
        with pytest.raises(StoreUnusable, match="数据库本身"):
            restore(store.url, tmp_path / name)
    with pytest.raises(StoreMissing):
        restore(store.url, tmp_path / "gone.db")


@pytest.mark.parametrize("how", ["cut", "text", "empty", "newer", "foreign"])
def test_a_spoilt_store_is_replaced_and_kept(store: Store, saved: Path, tmp_path: Path, how: str) -> None:
    _spoil(tmp_path / "k.db", how)
    content = (tmp_path / "k.db").read_bytes()
    done = restore(store.url, saved)
    assert held(tmp_path / "k.db") == held(saved)
    assert done.kept is not None
    assert done.kept.read_bytes() == content


def test_on_a_file_system_without_hard_links(
    store: Store, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    former = contents(store)
    monkeypatch.setattr(os, "link", refuse)
    assert back_up(store.url, tmp_path / "c.db").batches == 2
    done = restore(store.url, saved)
    assert done.kept is not None
    assert contents(Store.open(store_url(done.kept))) == former
    assert held(tmp_path / "k.db") == held(saved)
    _spoil(tmp_path / "k.db", "text")
    restore(store.url, saved)
    assert held(tmp_path / "k.db") == held(saved)


# ── restore beside others ────────────────────────────────────────────────────


def _die_while_writing(path: str) -> None:
    """Write more than fits into the cache, so that pages of half a batch reach the file; then die."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA cache_size=5")
    connection.execute("BEGIN IMMEDIATE")
    for scheme in ("a", "b"):
        listed = f"SELECT code, name || hex(zeroblob(2000)), '{scheme}', '' FROM villages"
        connection.execute(f"INSERT INTO unit_names (code, name, scheme, other_code) {listed}")
    os.kill(os.getpid(), 9)


@pytest.mark.skipif(os.name != "posix", reason="a process is killed with SIGKILL, which only POSIX has")
def test_a_journal_of_the_former_store_is_not_rolled_into_the_new_one(
    store: Store, saved: Path, tmp_path: Path
) -> None:
    former = contents(store)
    process = multiprocessing.get_context("spawn").Process(target=_die_while_writing, args=(str(tmp_path / "k.db"),))
    process.start()
    process.join(60)
    assert (tmp_path / "k.db-journal").stat().st_size > 0
    shutil.copy(tmp_path / "k.db", tmp_path / "torn.db")
    done = restore(store.url, saved)
    assert not (tmp_path / "k.db-journal").exists()
    assert held(tmp_path / "k.db") == held(saved)
    assert done.kept is not None
    assert contents(Store.open(store_url(done.kept))) == former  # the half batch was rolled back


def test_a_journal_goes_with_a_store_that_cannot_be_opened(store: Store, tmp_path: Path) -> None:
    (tmp_path / "k.db-journal").write_bytes(b"its journal")
    kept = backup._keep(tmp_path / "k.db", None)
    assert kept.with_name(f"{kept.name}-journal").read_bytes() == b"its journal"
    assert not (tmp_path / "k.db-journal").exists()
    assert contents(Store.open(store_url(kept))) == contents(store)


def test_a_store_with_a_write_ahead_log(store: Store, saved: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "k.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    with closing(sqlite3.connect(tmp_path / "k.db")) as reader:  # keeps the log from being written back
        reader.execute("SELECT count(*) FROM batches").fetchall()
        bring(store, "c.xlsx")
        assert back_up(store.url, tmp_path / "c.db").batches == 3
        with pytest.raises(StoreUnusable, match="正忙"):
            restore(store.url, saved)
    former = contents(store)
    done = restore(store.url, saved)
    assert done.kept is not None
    assert contents(Store.open(store_url(done.kept))) == former
    assert not list(tmp_path.glob("*-wal"))


def test_a_busy_store_is_not_replaced(
    store: Store, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geo.store.backup._LOCK_WAIT_S", 0.1)
    before, content = names(tmp_path), contents(store)
    with closing(sqlite3.connect(tmp_path / "k.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnusable, match="正忙"):
            restore(store.url, saved)
        writer.execute("ROLLBACK")
    assert names(tmp_path) == before
    assert contents(store) == content


@pytest.mark.skipif(os.name != "posix", reason="an open file can't be replaced there")
def test_a_writer_of_the_former_store_is_refused_and_not_lost(store: Store, saved: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "k.db", isolation_level=None)) as writer:
        writer.execute("SELECT count(*) FROM batches").fetchall()
        restore(store.url, saved)
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            writer.execute("UPDATE place SET maker = 'lost'")
    assert held(tmp_path / "k.db") == held(saved)


# ── disks ────────────────────────────────────────────────────────────────────


def test_a_full_disk_leaves_no_backup_and_the_old_one(store: Store, tmp_path: Path) -> None:
    size = (tmp_path / "k.db").stat().st_size // 1024
    with disk(tmp_path / "stick", kilobytes=size + size // 2) as stick:
        back_up(store.url, stick / "b.db")
        before = (stick / "b.db").read_bytes()
        for options in ({}, {"force": True}):
            with pytest.raises(StoreUnusable, match="磁盘空间不够"):
                back_up(store.url, stick / ("b.db" if options else "c.db"), **options)
        assert names(stick) == ["b.db"]
        assert (stick / "b.db").read_bytes() == before


def test_a_full_disk_leaves_the_store(store: Store, saved: Path, tmp_path: Path) -> None:
    size = (tmp_path / "k.db").stat().st_size // 1024
    with disk(tmp_path / "small", kilobytes=size + size // 2) as small:
        shutil.copy(tmp_path / "k.db", small / "k.db")
        before = (small / "k.db").read_bytes()
        with pytest.raises(StoreUnusable, match="磁盘空间不够"):
            restore(store_url(small / "k.db"), saved)
        assert names(small) == ["k.db"]
        assert (small / "k.db").read_bytes() == before
        assert len(Store.open(store_url(small / "k.db")).batches()) == 2


def test_a_read_only_disk(store: Store, saved: Path, tmp_path: Path) -> None:
    with disk(tmp_path / "stick") as stick:
        shutil.copy(saved, stick / "b.db")
        make_read_only(stick)
        for target in (stick / "c.db", stick / "b.db"):
            with pytest.raises(StoreUnusable, match=r"打不开|只读"):
                back_up(store.url, target, force=True)
        with pytest.raises(StoreUnusable, match=r"打不开|只读"):
            restore(store_url(stick / "b.db"), tmp_path / "k.db")
        assert back_up(store_url(stick / "b.db"), tmp_path / "d.db").batches == 1
        restore(store.url, stick / "b.db")
    assert held(tmp_path / "k.db") == held(saved) == held(tmp_path / "d.db")
