"""Stores for the tests: a fresh one of the county in no time, and what one holds, to compare two moments."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

from geo.store import Store
from geo.store.files import sqlite_path
from tests.support import county, county_plan_text


def store_url(path: Path) -> str:
    """The URL of an SQLite file."""
    return f"sqlite:///{path.as_posix()}"


@cache
def _fresh() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "k.db"
        Store.create(store_url(path), county(), county_plan_text()).close()
        return path.read_bytes()


def fresh_store(path: Path) -> Store:
    """A store of the county, without facilities; made once and copied."""
    path.write_bytes(_fresh())
    return Store.open(store_url(path))


def contents(store: Store) -> str:
    """Everything in a store, private columns and undone batches included, as SQL text."""
    path = sqlite_path(store.url)
    assert path is not None
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump())
