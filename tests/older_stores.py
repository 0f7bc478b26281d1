"""Stores as older programs made them, at every schema that was ever released, with data in them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from alembic.script import ScriptDirectory

from geo.store import migrating
from geo.store.engine import connect
from tests.stored import fresh_store, store_url
from tests.support import WILLOW_RIVER, WILLOW_TOWN, county_plan_text

if TYPE_CHECKING:
    from pathlib import Path

REVISIONS = sorted(r.revision for r in ScriptDirectory.from_config(migrating._config()).walk_revisions())
PLAN_CHANGED = county_plan_text() + "\n# since then\n"
_BATCH = {"sha256": "0", "layer": "stations", "sender": "三工镇", "datum": "auto", "records": 1}
_BATCHES: tuple[dict[str, Any], ...] = (
    {"batch": 1, "kind": "import", "file": "a.xlsx", "imported_at": "2022-10-09 23:00:00.000000", "records": 2},
    {"batch": 2, "kind": "import", "file": "a.xlsx", "imported_at": "2022-10-10 08:00:00.000000",
     "received_on": "2022-10-01"},
    {"batch": 3, "kind": "import", "file": "b.xlsx", "imported_at": "2022-10-11 08:00:00.000000", "undone_by": 4},
    {"batch": 4, "kind": "undo", "file": "b.xlsx", "imported_at": "2022-10-12 17:30:00.000000", "records": 0,
     "undoes": 3},
)  # fmt: skip
_STATIONS: tuple[dict[str, Any], ...] = (
    {"id": "a", "unit_code": WILLOW_RIVER, "area_m2": 60.0, "batch": 1, "file": "a.xlsx", "row": 2, "superseded_by": 2},
    {"id": "a", "unit_code": WILLOW_RIVER, "area_m2": 75.0, "host": "学校", "batch": 2, "file": "a.xlsx", "row": 2},
    {"id": "b", "unit_code": WILLOW_RIVER, "area_m2": 9.0, "batch": 3, "file": "b.xlsx", "row": 2},
)


def older_store(path: Path, revision: str = "0001") -> str:
    """A store at a revision: two batches of one station, and a third that a fourth took back."""
    engine = connect(store_url(path))
    migrating.upgrade(engine, revision)
    engine.dispose()
    fresh = path.with_name(f"fresh-{path.name}")
    fresh_store(fresh).close()
    with closing(sqlite3.connect(path)) as store:
        store.execute("ATTACH ? AS fresh", (str(fresh),))
        for table in ("townships", "villages", "unit_names", "place"):
            listed = ", ".join(_columns(store, table) & _columns(store, table, "fresh"))
            rows = store.execute(f"SELECT {listed} FROM fresh.{table}").fetchall()
            for row in rows:
                told = dict(zip(listed.split(", "), row, strict=True))
                _put(store, table, told | {"plan_text": PLAN_CHANGED, "plan_file": "plan.toml"})
        _put_plan(store)
        for batch in _BATCHES:
            noted = {"recorded_on": batch["imported_at"][:10], "recorded_by": "", "reported_on": _reported_on(batch)}
            _put(store, "batches", _BATCH | noted | batch)
        for number, station in enumerate(_STATIONS, 1):
            _put(store, "stations", {"record": number, **station})
        _put(store, "reported_none", {"number": 1, "layer": "stations", "unit_code": WILLOW_TOWN, "batch": 1,
                                      "file": "a.xlsx", "row": 3})  # fmt: skip
        for number, (brought, code) in enumerate(((2, WILLOW_RIVER), (3, WILLOW_TOWN)), 1):
            _put(store, "decisions", {"number": number, "sender": "三工镇", "field": "village", "township": "",
                                      "written": f"第{brought}写法", "code": code, "batch": brought,
                                      "decided_at": "2022-10-10 08:00:00.000000"})  # fmt: skip
        store.commit()
    fresh.unlink()
    return store_url(path)


def _reported_on(batch: dict[str, Any]) -> str | None:
    told: str = batch.get("received_on") or batch["imported_at"][:10]
    return None if batch["kind"] == "undo" else told


def _put_plan(store: sqlite3.Connection) -> None:
    noted = {"recorded_at": "2022-10-09 23:00:00.000000", "recorded_on": "2022-10-09", "recorded_by": ""}
    _put(store, "plans", {"number": 1, "text": PLAN_CHANGED, "file": "plan.toml", "sha256": "0", **noted})


def _columns(store: sqlite3.Connection, table: str, schema: str = "main") -> set[str]:
    return {row[1] for row in store.execute(f"PRAGMA {schema}.table_info({table})")}


def _put(store: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    """Insert what of a row the schema has room for."""
    known = {name: value for name, value in row.items() if name in _columns(store, table)}
    if known:
        marks = ", ".join("?" * len(known))
        store.execute(f"INSERT INTO {table} ({', '.join(known)}) VALUES ({marks})", tuple(known.values()))
