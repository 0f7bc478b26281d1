"""Stores for the tests: a fresh one of the county in no time, and what one holds, to compare two moments.

A test that takes the fixture `backend` runs twice: its stores are SQLite files, then PostgreSQL databases.
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select

from geo.store import Store
from geo.store.engine import connect
from geo.store.files import sqlite_path
from geo.store.tables import metadata
from tests.support import county, county_plan_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from tests.postgres import Cluster

_clusters: list[Cluster] = []
_COUNTY = "county_store"


@contextmanager
def on_postgres(cluster: Cluster) -> Iterator[None]:
    """Let the stores of a test be databases of a cluster; they are dropped at its end."""
    _clusters.append(cluster)
    try:
        yield
    finally:
        _clusters.pop()
        cluster.forget()


def store_url(path: Path) -> str:
    """The URL of an SQLite file, or of the database that stands for it: made empty when it is first named."""
    if not _clusters:
        return f"sqlite:///{path.as_posix()}"
    cluster = _clusters[-1]
    return cluster.url(name) if (name := cluster.named(path)) else cluster.fresh(cluster.name(path))


@cache
def _fresh() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "k.db"
        Store.create(f"sqlite:///{path.as_posix()}", county(), county_plan_text()).close()
        return path.read_bytes()


def fresh_store(path: Path) -> Store:
    """A store of the county, without facilities; made once and copied."""
    if not _clusters:
        path.write_bytes(_fresh())
        return Store.open(store_url(path))
    cluster = _clusters[-1]
    if not cluster.has(_COUNTY):
        Store.create(cluster.fresh(_COUNTY), county(), county_plan_text()).close()
    return Store.open(cluster.fresh(cluster.name(path), template=_COUNTY))


def contents(store: Store) -> str:
    """Everything in a store, private columns and undone batches included, as text."""
    path = sqlite_path(store.url)
    if path is not None:
        with closing(sqlite3.connect(path)) as connection:
            return "\n".join(connection.iterdump())
    with connect(store.url).connect() as found:
        tables = [(table.name, select(table).order_by(*table.primary_key)) for table in metadata.sorted_tables]
        return "\n".join(f"{name}: {tuple(row)!r}" for name, query in tables for row in found.execute(query))


def schema_differences(connection: Connection) -> list[object]:
    """How the tables that are there differ from those that the program reads, PostGIS's own and its indices aside."""

    def ours(_: object, name: str | None, kind: str, *_more: object) -> bool:
        spatial = kind == "index" and str(name).endswith(("_geometry", "_boundary"))
        return name != "spatial_ref_sys" and not spatial

    options = {"compare_type": True, "include_object": ours}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))
