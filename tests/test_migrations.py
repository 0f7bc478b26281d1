"""Stores of every schema that was ever released are brought up to date with all that they hold."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from geo.store import Store, migrating
from geo.store.engine import connect
from geo.store.tables import metadata
from tests.older_stores import PLAN_CHANGED, REVISIONS, older_store
from tests.stored import contents
from tests.support import WILLOW_RIVER, WILLOW_TOWN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_INDICES = {"ix_stations_id", "ix_stations_batch", "ix_batches_undoes", "ix_decisions_sender", "ix_reported_none_batch"}


@pytest.fixture(autouse=True)
def in_china(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The office's days begin eight hours before those of UTC."""
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_older_store_is_brought_up_to_date(tmp_path: Path, revision: str) -> None:
    store = Store.open(older_store(tmp_path / "k.db", revision))
    batches = store.batches()
    assert [(b.batch, b.kind, b.undoes, b.undone_by, b.recorded_by) for b in batches] == [
        (1, "import", None, None, ""), (2, "import", None, None, ""),
        (3, "import", None, 4, ""), (4, "undo", 3, None, ""),
    ]  # fmt: skip
    assert [b.reported_on for b in batches] == [date(2022, 10, 9), date(2022, 10, 1), date(2022, 10, 11), None]
    (found,) = store.layers()["stations"].to_dict("records")
    assert (found["area_m2"], found["host"], found["batch"]) == (60.0, "学校", 1)
    assert list(store.layers().none["unit_code"]) == [WILLOW_TOWN]
    assert store.plan().plan.id
    assert [d.code for d in store.decisions()] == ([WILLOW_RIVER] if revision >= "0004" else [])


@pytest.mark.parametrize("revision", REVISIONS)
def test_its_tables_are_those_that_the_program_reads(tmp_path: Path, revision: str) -> None:
    store = Store.open(older_store(tmp_path / "k.db", revision))
    with connect(store.url).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []
    with closing(sqlite3.connect(tmp_path / "k.db")) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
        texts = connection.execute("SELECT text, file, recorded_on FROM plans").fetchall()
    assert found >= _INDICES
    assert [text[:2] for text in texts] == [(PLAN_CHANGED, "plan.toml")]


@pytest.mark.parametrize("revision", [r for r in REVISIONS if r < "0006"])
def test_the_day_of_recording_is_the_offices_own(tmp_path: Path, revision: str) -> None:
    store = Store.open(older_store(tmp_path / "k.db", revision))
    days = [date(2022, 10, day) for day in (10, 10, 11, 13)]
    assert [b.recorded_on for b in store.batches()] == days
    assert len(store.layers(known_on=days[2])["stations"]) == 2
    assert len(store.layers(known_on=days[3])["stations"]) == 1
    assert store.plan(known_on=days[0]).sha256 == store.plan().sha256


@pytest.mark.parametrize("revision", REVISIONS)
def test_migrations_run_backwards_too(tmp_path: Path, revision: str) -> None:
    engine = connect(older_store(tmp_path / "k.db", revision))
    migrating.upgrade(engine)
    migrating.downgrade(engine, "0001")
    migrating.upgrade(engine)
    store = Store.open(str(engine.url))
    assert len(store.layers()["stations"]) == 1
    assert [b.undone_by for b in store.batches()] == [None, None, 4, None]
    assert store.plan().sha256
    assert PLAN_CHANGED.splitlines()[-1] in contents(store)


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = older_store(tmp_path / "k.db", "0005")
    before = (tmp_path / "k.db").read_bytes()

    def fail(*_: object, **__: object) -> None:
        msg = "no power"
        raise RuntimeError(msg)

    monkeypatch.setattr("alembic.operations.Operations.create_index", fail)
    with pytest.raises(RuntimeError, match="no power"):
        Store.open(url)
    assert (tmp_path / "k.db").read_bytes() == before
    monkeypatch.undo()
    assert len(Store.open(url).batches()) == 4
