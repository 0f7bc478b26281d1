"""`kepu copy`: all of a store, to either database and back; stopped, it goes on; never over what is not its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import shapely
import sqlalchemy as sa

from geo.errors import StoreExists, StoreMissing, StoreUnusable
from geo.store import NewBatch, Store, copying
from geo.store.backup import back_up, restore
from geo.store.checking import check_store
from geo.store.copying import copy_store
from geo.store.digests import store_digest
from geo.store.engine import connect
from tests.command_line import kepu
from tests.demo import demo_store
from tests.stored import contents, fresh_store, on_postgres
from tests.support import RIVER, TOWN, WILLOW_RIVER, county_plan_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres import Cluster

ROWS = 60
HOSTILE = "${x}</script>\u202e' OR 1=1; DROP TABLE stations;--\n\\N\t=1+1 \U0001f4a1 㙍"


@pytest.fixture
def here(postgres: Cluster) -> Iterator[Cluster]:
    """The cluster; databases that stand for files are dropped at the end."""
    with on_postgres(postgres):
        yield postgres


def sqlite(path: Path) -> str:
    return f"sqlite:///{path.as_posix()}"


def filled(store: Store) -> Store:
    """A store with something in each kind of column, an undone batch and two plans."""
    rows: list[dict[str, Any]] = [
        {"id": f"甲{n}", "unit_code": WILLOW_RIVER, "name": HOSTILE, "geometry": shapely.Point(102 + n / 7, 30.1),
         "serves": (WILLOW_RIVER, TOWN) if n % 2 else None,
         "updates": (date(2022, 1, 1), date(2022, 3, 1)) if n % 3 else (),
         "built_on": date(2001, 2, 3), "month_only": bool(n % 2) if n % 5 else None, "length_m": n / 3,
         "person": "某人甲", "phone": "13900000000", "file": "a.xlsx", "sheet": None, "row": n}
        for n in range(ROWS)
    ]  # fmt: skip
    said = {"layer": "boards", "file": "a.xlsx", "sheet": None, "row": 1}
    none, complete = [said | {"unit_code": RIVER}], [said | {"scope_code": TOWN}]
    for _ in range(2):
        store.write(NewBatch("a.xlsx", "0", "boards", records={"boards": rows}, none=none, complete=complete))
    store.undo(1)
    store.replace_plan(county_plan_text() + "\n")
    return store


@pytest.fixture
def source(tmp_path: Path) -> Store:
    """A store in an SQLite file, with something of everything."""
    return filled(fresh_store(tmp_path / "k.db"))


def told(text: str, store: Store) -> str:
    """Content without the mark that tells one store from another."""
    with connect(store.url).connect() as connection:
        return text.replace(connection.scalar(sa.text("SELECT store_id FROM place")), "")


# ── there and back ───────────────────────────────────────────────────────────


def test_to_postgis_and_back(source: Store, here: Cluster, tmp_path: Path) -> None:
    there, back = here.fresh(here.name(tmp_path)), tmp_path / "back.db"
    made = copy_store(source.url, there)
    assert copy_store(there, sqlite(back)).digest == made.digest
    again = Store.open(sqlite(back))
    assert sorted(told(contents(again), again).splitlines()) == sorted(told(contents(source), source).splitlines())
    for url in (source.url, there, again.url):
        found = check_store(url, digest=True)
        assert (found.faults, found.digest) == ([], made.digest)
    assert len({Store.open(u).version() for u in (source.url, there, again.url)}) == 3
    row = {"id": "新", "unit_code": TOWN, "file": "b.xlsx", "sheet": None, "row": 2}
    assert Store.open(there).write(NewBatch("b.xlsx", "1", "boards", records={"boards": [row]})) == 4
    assert check_store(there).faults == []


def test_from_file_to_file(source: Store, tmp_path: Path) -> None:
    made = copy_store(source.url, sqlite(tmp_path / "new.db"))
    assert check_store(sqlite(tmp_path / "new.db"), digest=True).digest == made.digest
    assert sorted(path.name for path in tmp_path.iterdir()) == ["k.db", "new.db"]


def test_both_judge_alike(here: Cluster, tmp_path: Path) -> None:
    from geo.assess import assess_store

    store, url = demo_store(tmp_path / "demo.db"), here.fresh(here.name(tmp_path))
    copy_store(store.url, url)
    day = date(2022, 10, 31)
    assert assess_store(Store.open(url), as_of=day).to_json() == assess_store(store, as_of=day).to_json()


def test_each_change_changes_the_digest(source: Store, tmp_path: Path) -> None:
    before = check_store(source.url, digest=True).digest
    changes = (
        "UPDATE boards SET phone = '13900000001' WHERE record = 1",
        "UPDATE boards SET length_m = 1e-300 WHERE record = 1",
        "UPDATE boards SET batch = 2 WHERE record = 1",
        "UPDATE boards SET name = NULL WHERE record = 1",
        "UPDATE boards SET serves = '[]' WHERE record = 1",
        "UPDATE villages SET geometry = (SELECT geometry FROM villages ORDER BY code DESC) WHERE code LIKE '%1001201'",
        "UPDATE audit SET salt = '' WHERE entry = 1",
        "DELETE FROM boards WHERE record = 60",
    )
    for change in changes:
        path = tmp_path / "changed.db"
        path.write_bytes((tmp_path / "k.db").read_bytes())
        with closing(sqlite3.connect(path)) as connection:
            for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f'DROP TRIGGER "{trigger}"')
            connection.execute(change)
            connection.commit()
        with connect(sqlite(path)).connect() as connection:
            assert store_digest(connection) != before, change


# ── stopped ──────────────────────────────────────────────────────────────────


def _copy_until(source: str, target: str, rows: int) -> None:
    copying.ROWS_AT_ONCE = 7

    def die(done: int, _total: int) -> None:
        if done > rows:
            os.kill(os.getpid(), signal.SIGKILL)

    copy_store(source, target, progress=die)


@pytest.mark.skipif(os.name != "posix", reason="needs kill -9")
@pytest.mark.parametrize("kind", ["sqlite", "postgis"])
def test_a_copy_that_was_killed_goes_on(source: Store, here: Cluster, tmp_path: Path, kind: str) -> None:
    target = sqlite(tmp_path / "new.db") if kind == "sqlite" else here.fresh(here.name(tmp_path))
    for rows in (3, 100):
        worker = multiprocessing.get_context("spawn").Process(target=_copy_until, args=(source.url, target, rows))
        worker.start()
        worker.join(120)
        assert worker.exitcode == -signal.SIGKILL
    for command in (("history",), ("check",), ("backup", str(tmp_path / "b.db")), ("assess",)):
        refused = kepu(*command, "--store", target)
        assert refused.code == 2
        assert "没有数据库" in refused.err if kind == "sqlite" else "还没有复制完" in refused.err
    seen: list[int] = []
    done = copy_store(source.url, target, progress=lambda rows, _total: seen.append(rows))
    assert seen[0] > 0
    assert sorted(seen) == seen
    assert seen[-1] == done.rows
    assert check_store(target, digest=True).digest == done.digest == check_store(source.url, digest=True).digest
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("kind", ["sqlite", "postgis"])
def test_a_copy_of_what_has_changed_since_begins_anew(
    source: Store, here: Cluster, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(done: int, _total: int) -> None:
        if done > 100:
            raise KeyboardInterrupt

    target = sqlite(tmp_path / "new.db") if kind == "sqlite" else here.fresh(here.name(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        copy_store(source.url, target, progress=stop)
    source.undo(2)
    made = copy_store(source.url, target)
    assert made.digest == check_store(source.url, digest=True).digest
    assert len(Store.open(target).batches()) == 4


def test_a_copy_that_differs_is_not_given_out(
    source: Store, here: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, original = here.fresh(here.name(tmp_path)), copying._put

    def forget(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        original(connection, table, [row | {"phone": None} if "phone" in row else row for row in rows])

    monkeypatch.setattr(copying, "_put", forget)
    with pytest.raises(StoreUnusable, match="不一致"):
        copy_store(source.url, target)
    with pytest.raises(StoreUnusable, match="还没有复制完"):
        Store.open(target)
    monkeypatch.undo()
    assert copy_store(source.url, target).digest == check_store(source.url, digest=True).digest


# ── not over others ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["sqlite", "postgis"])
def test_another_store_is_left_alone_and_the_same_is_done(
    source: Store, here: Cluster, tmp_path: Path, kind: str
) -> None:
    target = sqlite(tmp_path / "new.db") if kind == "sqlite" else here.fresh(here.name(tmp_path))
    made = copy_store(source.url, target)
    assert not made.before
    again = copy_store(source.url, target)
    assert (again.before, again.digest) == (True, made.digest)
    Store.open(target).undo(2)
    before = contents(Store.open(target))
    with pytest.raises(StoreExists):
        copy_store(source.url, target)
    assert contents(Store.open(target)) == before


def test_sources_and_targets_that_are_none(source: Store, here: Cluster, tmp_path: Path) -> None:
    with pytest.raises(StoreExists, match="就是数据库本身"):
        copy_store(source.url, source.url)
    with pytest.raises(StoreMissing):
        copy_store(sqlite(tmp_path / "none.db"), sqlite(tmp_path / "new.db"))
    with pytest.raises(StoreMissing, match="没有文件夹"):
        copy_store(source.url, sqlite(tmp_path / "none" / "new.db"))
    (tmp_path / "notes.db").write_text("notes")
    with pytest.raises((StoreExists, StoreUnusable)):
        copy_store(source.url, sqlite(tmp_path / "notes.db"))
    assert (tmp_path / "notes.db").read_text() == "notes"
    url = here.fresh(here.name(tmp_path))
    here.run("CREATE TABLE others (a int)", database=here.name(tmp_path))
    with pytest.raises(StoreExists):
        copy_store(source.url, url)


@pytest.mark.parametrize("content", ["'no geometry'", "X'0103'"])
def test_what_postgis_cannot_hold_is_told(source: Store, here: Cluster, tmp_path: Path, content: str) -> None:
    with closing(sqlite3.connect(tmp_path / "k.db")) as connection:
        connection.execute("DROP TRIGGER only_added_boards_update")
        connection.execute(f"UPDATE boards SET geometry = {content} WHERE record = 1")
        connection.commit()
    done = kepu("copy", "--to", here.fresh(here.name(tmp_path)), "--store", source.url)
    assert done.code == 2
    (line,) = (line for line in done.lines if line.startswith("错误："))
    assert "读不出的几何" in line
    assert "Traceback" not in done.err


def test_the_command(source: Store, here: Cluster, tmp_path: Path) -> None:
    url = here.url(here.name(tmp_path), password="geheim") if here.fresh(here.name(tmp_path)) else ""
    done = kepu("copy", "--to", url, "--store", source.url)
    assert done.code == 0
    assert "geheim" not in done.out + done.err
    digest = done.out.strip().rpartition(" ")[2]
    assert len(digest) == 64
    assert digest in kepu("check", "--digest", "--store", url).out
    assert "早已复制好" in kepu("copy", "--to", url, "--store", source.url).out


# ── backup ───────────────────────────────────────────────────────────────────


def test_backup_and_restore_of_postgis(source: Store, here: Cluster, tmp_path: Path) -> None:
    url = here.fresh(here.name(tmp_path))
    copy_store(source.url, url)
    made = back_up(url, tmp_path / "b.db")
    assert (made.batches, made.digest) == (3, check_store(url, digest=True).digest)
    assert check_store(sqlite(tmp_path / "b.db")).faults == []
    if os.name == "posix":
        assert (tmp_path / "b.db").stat().st_mode & 0o077 == 0
    with pytest.raises(StoreExists):
        back_up(url, tmp_path / "b.db")
    back_up(url, tmp_path / "b.db", force=True)
    with pytest.raises(StoreExists, match="空的数据库"):
        restore(url, tmp_path / "b.db")
    other = here.fresh(here.name(tmp_path / "other"))
    done = kepu("restore", str(tmp_path / "b.db"), "--store", other)
    assert (done.code, done.lines) == (0, [])
    assert "3批" in done.out
    assert [b.batch for b in Store.open(other).batches()] == [1, 2, 3]
    assert check_store(other).faults == []
    restore(sqlite(tmp_path / "file.db"), tmp_path / "b.db")
    assert len(Store.open(sqlite(tmp_path / "file.db")).batches()) == 3
