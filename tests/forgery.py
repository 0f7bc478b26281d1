"""What a person with the database can do past the program: alter what is stored, and make its audit fit again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert

from geo.store import guards
from geo.store.audit import read_entries, read_salts
from geo.store.chain import ORIGIN
from geo.store.engine import connect
from geo.store.files import sqlite_path
from geo.store.tables import audit
from geo.store.verifying import _digests, _subject, verify

if TYPE_CHECKING:
    from geo.store import Store
    from geo.store.chain import Entry
    from geo.store.verifying import Verified


def tamper(store: Store | Path, *statements: str, values: tuple[Any, ...] = ()) -> None:
    """Run statements past the guards; foreign keys are not minded. `values` belong to the first statement."""
    path = store if isinstance(store, Path) else sqlite_path(store.url)
    if path is None:
        assert not isinstance(store, Path)
        _tamper_postgres(store, statements)
        return
    with closing(sqlite3.connect(path)) as plain:
        triggers = plain.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            plain.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            plain.execute(statement, values)
            values = ()
        for _, made_by in triggers:
            plain.execute(made_by)
        plain.commit()


def _tamper_postgres(store: Store, statements: tuple[str, ...]) -> None:
    engine = connect(store.url)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET session_replication_role = replica")
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("SET session_replication_role = origin")
    engine.dispose()


def tried(store: Store, statement: str) -> Verified:
    """What the audit finds after a statement, which is then taken back."""
    engine = connect(store.url)
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
            with connection.begin() as transaction:
                if connection.dialect.name == "sqlite":
                    guards.take_off(connection)
                else:
                    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
                connection.exec_driver_sql(statement)
                found = verify(connection)
                transaction.rollback()
        return found
    finally:
        engine.dispose()


def entries_of(store: Store) -> list[Entry]:
    """The entries of a store's audit."""
    with store.reading() as seen:
        return read_entries(seen.connection)


def put_in(store: Store, number: int, **facts: Any) -> None:
    """Put an entry in before another one, its own hash and link right, and renumber those that follow."""
    entries = entries_of(store)
    made = replace(entries[number - 1], entry=number, previous=entries[number - 2].hash, batch=None, **facts)
    tamper(store, *renumbered(number, 1))
    _insert(store, replace(made, salt_sha256=None), None)


def renumbered(start: int, by: int) -> tuple[str, str]:
    """Statements that give the entries from one on other numbers."""
    return (
        f"UPDATE audit SET entry = entry + 1000 WHERE entry >= {start}",
        f"UPDATE audit SET entry = entry - {1000 - by} WHERE entry >= 1000",
    )


def forge(store: Store) -> None:
    """Make the whole audit anew over what is stored now: digests, hashes and links."""
    engine = connect(store.url)
    with engine.begin() as connection:
        guards.take_off(connection)
        entries, salts = read_entries(connection), read_salts(connection)
        connection.execute(delete(audit))
        previous = ORIGIN
        for entry in entries:
            detail = dict(entry.detail)
            if _subject(entry) is not None:
                detail["content"] = _digests(connection, entry, salts[entry.entry])
            made = replace(entry, detail=detail, previous=previous)
            previous = made.digest
            connection.execute(insert(audit).values(_row(replace(made, hash=previous), salts.get(made.entry))))
        guards.put_up(connection)
    engine.dispose()


def rehash(store: Store, number: int) -> None:
    """Make the hash of one entry fit what it says now, and nothing else."""
    entry = next(e for e in entries_of(store) if e.entry == number)
    tamper(store, f"UPDATE audit SET hash = '{entry.digest}' WHERE entry = {number}")


def _insert(store: Store, entry: Entry, salt: str | None) -> None:
    engine = connect(store.url)
    with engine.begin() as connection:
        connection.execute(insert(audit).values(_row(replace(entry, hash=entry.digest), salt)))
    engine.dispose()


def _row(entry: Entry, salt: str | None) -> dict[str, Any]:
    names = ("entry", "by", "action", "batch", "detail", "previous", "hash")
    at = datetime.fromisoformat(entry.at.removesuffix("Z"))
    return {name: getattr(entry, name) for name in names} | {"at": at, "salt": salt}
