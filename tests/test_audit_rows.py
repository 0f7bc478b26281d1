"""Rows altered past the program are found, their entry and table named; triggers refuse what happens by a slip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from geo.store import guards
from geo.store.checking import check_store
from geo.store.engine import connect
from tests.audited import audited, first, found_in
from tests.forgery import entries_of, tamper, tried

if TYPE_CHECKING:
    from pathlib import Path

    from geo.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store whose audit has an entry of each kind."""
    return audited(tmp_path / "k.db")


@pytest.fixture
def dual(backend: str, store: Store) -> Store:
    """The same on each back end."""
    return store


# ── what they are about ──────────────────────────────────────────────────────

CONTENT = [
    ("UPDATE stations SET phone = '1' WHERE batch = 1 AND row = 2", 3, "stations）有改动"),
    ("UPDATE stations SET area_m2 = 60.10000000000001 WHERE batch = 2 AND row = 3", 4, "stations）有改动"),
    ("UPDATE stations SET name = '' WHERE batch = 4", 7, "stations）有改动"),
    ("UPDATE stations SET equipment = NULL WHERE batch = 1", 3, "stations）有改动"),
    ("UPDATE stations SET built_on = '2022-01-01' WHERE batch = 1", 3, "stations）有改动"),
    ("UPDATE stations SET serves = '[]' WHERE batch = 1", 3, "stations）有改动"),
    ("UPDATE stations SET geometry = NULL WHERE batch = 1", 3, "stations）有改动"),
    ("UPDATE stations SET row = 9 WHERE batch = 1 AND row = 3", 3, "stations）有改动"),
    ("DELETE FROM stations WHERE batch = 2 AND row = 3", 4, "stations）原有2行，现有1行"),
    ("UPDATE stations SET batch = 4 WHERE batch = 1", 3, "stations）原有2行，现有0行"),
    ("UPDATE reported_villages SET population = 10 WHERE batch = 1", 3, "reported_villages）有改动"),
    (
        "INSERT INTO boards (id, unit_code, batch, file, row) VALUES ('x', 'y', 2, 'z', 1)",
        4,
        "boards）原有0行，现有1行",
    ),
    ("UPDATE batches SET sender = '' WHERE batch = 1", 3, "batches）有改动"),
    ("UPDATE batches SET undoes = 1 WHERE batch = 3", 5, "batches）有改动"),
    ("UPDATE batches SET recorded_by = '' WHERE batch = 3", 5, "batches）有改动"),
    ("UPDATE plans SET text = text || '#' WHERE number = 1", 2, "plans）有改动"),
    ("UPDATE plans SET recorded_on = '2022-01-01' WHERE number = 2", 6, "plans）有改动"),
    ("DELETE FROM plans WHERE number = 2", 6, "plans）原有1行，现有0行"),
    ("DELETE FROM reported_none WHERE batch = 1", 3, "reported_none）原有1行，现有0行"),
    ("UPDATE reported_none SET unit_code = 'x' WHERE batch = 2", 4, "reported_none）有改动"),
    ("DELETE FROM complete_lists WHERE batch = 2", 4, "complete_lists）原有1行，现有0行"),
    ("UPDATE decisions SET code = 'x' WHERE batch = 4", 7, "decisions）有改动"),
    ("UPDATE villages SET population = 1", 1, "villages）有改动"),
    ("DELETE FROM unit_names", 1, "unit_names）原有"),
    ("UPDATE place SET name = 'x'", 1, "place）有改动"),
    ("UPDATE townships SET in_plan = NULL", 1, "townships）有改动"),
]


def test_altered_rows_name_their_entry_and_table(dual: Store) -> None:
    entries = entries_of(dual)
    for statement, number, told in CONTENT:
        finding = tried(dual, statement).findings[0]
        assert (finding.entry, finding.kind) == (number, "content"), statement
        assert told in finding.told
        assert entries[number - 1].title in finding.told
    assert found_in(dual).findings == []


@pytest.mark.parametrize("column", ["phone", "equipment", "area_m2", "built_on", "serves", "geometry", "name"])
def test_cells_of_another_kind_are_found(store: Store, column: str) -> None:
    """SQLite lets any value into any column."""
    for value in ("x'ff'", "'x'", "2", "5.5", "x'0101'", "''"):
        finding = tried(store, f"UPDATE stations SET {column} = {value} WHERE batch = 1 AND row = 2").findings[0]
        assert (finding.entry, finding.kind) == (3, "content"), value


def test_bytes_that_are_no_text_are_found(store: Store) -> None:
    tamper(store, "UPDATE stations SET name = CAST(x'ff' AS TEXT) WHERE batch = 1")
    assert first(store)[:2] == (3, "content")


def test_a_batch_put_in_past_the_program_is_found(dual: Store) -> None:
    names = "kind, file, sha256, layer, sender, datum, imported_at, records, recorded_on, recorded_by"
    tamper(dual, f"INSERT INTO batches (batch, {names}) SELECT 9, {names} FROM batches WHERE batch = 1")
    entry, kind, told = first(dual)
    assert (entry, kind) == (None, "unnoted")
    assert "第9批" in told


def test_rows_of_no_batch_are_found(dual: Store) -> None:
    tamper(dual, "INSERT INTO boards (id, unit_code, batch, file, row) VALUES ('x', 'y', 77, 'z', 1)")
    assert "第77批" in first(dual)[2]


def test_several_findings_come_in_order(store: Store) -> None:
    tamper(store, "UPDATE stations SET phone = '1'", "UPDATE audit SET \"by\" = 'x' WHERE entry = 6")
    found = found_in(store).findings
    assert [(f.entry, f.kind) for f in found] == [(3, "content"), (4, "content"), (6, "altered"), (7, "content")]


# ── guards ───────────────────────────────────────────────────────────────────


def test_a_slip_is_refused(dual: Store) -> None:
    engine = connect(dual.url)
    held = 0
    for table in guards.GUARDED:
        with engine.connect() as connection:
            rows = connection.scalar(text(f"SELECT count(*) FROM {table}"))
            name = list(connection.execute(text(f"SELECT * FROM {table} LIMIT 1")).keys())[-1]
        for statement in (f"DELETE FROM {table}", f'UPDATE {table} SET "{name}" = "{name}"') if rows else ():
            held += 1
            with engine.connect() as connection, pytest.raises(DBAPIError, match="审计"):
                connection.execute(text(statement))
    engine.dispose()
    assert held >= 2 * 10
    assert found_in(dual).findings == []


def test_a_table_is_not_emptied_at_once(dual: Store) -> None:
    if not dual.url.startswith("postgresql"):
        return
    engine = connect(dual.url)
    with engine.connect() as connection, pytest.raises(DBAPIError, match="审计"):
        connection.execute(text("TRUNCATE stations"))
    engine.dispose()


def test_guards_that_somebody_took_off_are_missed_and_put_up_again(dual: Store) -> None:
    engine = connect(dual.url)
    with engine.begin() as connection:
        guards.take_off(connection)
    entry, kind, told = first(dual)
    assert (entry, kind) == (None, "unguarded")
    assert "科普活动站" in told
    assert [(f.severity, f.code) for f in check_store(dual.url).faults] == [("warning", "audit-unguarded")]
    with engine.begin() as connection:
        guards.put_up(connection)
        guards.put_up(connection)
    engine.dispose()
    assert found_in(dual).findings == []


def test_the_check_tells_what_the_audit_tells(dual: Store) -> None:
    tamper(dual, "UPDATE stations SET phone = '1' WHERE batch = 1")
    (fault,) = check_store(dual.url).faults
    assert (fault.severity, fault.code) == ("error", "audit-content")
    assert "第3条" in fault.line()
