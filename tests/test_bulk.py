"""Many rows at once are stored as one by one, in bounded memory, and the indexes are there afterwards."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import insert, inspect, select

from geo.errors import StoreUnusable
from geo.layers import frame
from geo.months import Month
from geo.schema import LAYERS
from geo.store import NewBatch, Store, bulk
from geo.store.engine import connect
from geo.store.tables import record_tables
from tests.stored import fresh_store
from tests.support import WILLOW_RIVER, WILLOW_TOWN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Row = dict[str, Any]
SOURCE = {"file": "a'b.xlsx", "sheet": None}
ODD = ["站", "", " ", "\\N", "a\tb\nc", "''; --", '"', "\\", "‘’", "a\rb", "\\.", None]


def board(n: int, **facts: Any) -> Row:
    return {"id": f"XC-{n}", "unit_code": WILLOW_RIVER, "name": ODD[n % len(ODD)], "row": n, **SOURCE, **facts}


FACTS: list[Row] = [
    {"serves": [WILLOW_TOWN], "length_m": 2.5, "updates": (date(2022, 1, 2), date(2022, 3, 4)), "last_only": False},
    {"serves": (), "sharing": "shared", "updates": (Month(2022, 3, 1),), "last_only": True},
    {"updates": (), "built_on": date(2020, 5, 1), "month_only": True, "geometry": shapely.Point(87.25, 44.5)},
    {
        "built_on": pd.Timestamp("2020-05-02"),
        "length_m": 0.0,
        "photo": "P'1",
        "person": "某人甲",
        "phone": "13900000000",
    },
    {"geometry": shapely.box(87, 44, 88, 45), "last_only": True, "month_only": False, "length_m": 0.1 + 0.2},
    {},
]
BOARDS = [board(n, **FACTS[n % len(FACTS)]) for n in range(23)]


def stored(store: Store, layer: str = "boards") -> list[Row]:
    with connect(store.url).connect() as connection:
        table = record_tables[layer]
        return [dict(row) for row in connection.execute(select(table).order_by(table.c.record)).mappings()]


def one_by_one(store: Store, records: list[Row], number: int) -> None:
    """Insert as SQLAlchemy does, from what its types take."""
    table = record_tables["boards"]
    with connect(store.url).begin() as connection:
        for record in records:
            row = {c.name: record.get(c.name) for c in table.columns if c.name not in ("record", "batch")}
            for name in ("serves", "updates"):
                listed = row[name]
                row[name] = listed and [item if isinstance(item, str) else item.isoformat() for item in listed]
                row[name] = [] if listed == () else row[name]
            if isinstance(row["built_on"], pd.Timestamp):
                row["built_on"] = row["built_on"].date()
            row["geometry"] = row["geometry"] and shapely.to_wkb(row["geometry"])
            connection.execute(insert(table).values(batch=number, **row))


@pytest.mark.parametrize("at_once", [1, 4, 10_000])
def test_many_rows_are_stored_as_rows_one_by_one_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str, at_once: int
) -> None:
    monkeypatch.setattr(bulk, "ROWS_AT_ONCE", at_once)
    mine, theirs = fresh_store(tmp_path / "a.db"), fresh_store(tmp_path / "b.db")
    mine.write(NewBatch("a", "0", "boards", received_on=date(2022, 10, 1), records={"boards": BOARDS}))
    number = theirs.write(NewBatch("a", "0", "boards", received_on=date(2022, 10, 1)))
    one_by_one(theirs, BOARDS, number)
    assert stored(mine) == stored(theirs)
    assert mine.layers()["boards"].equals(theirs.layers()["boards"])


def test_a_frame_is_stored_as_its_rows_are(tmp_path: Path, backend: str) -> None:
    rows = [{k: v for k, v in row.items() if k not in ("person", "phone")} for row in BOARDS]
    table = frame(LAYERS["boards"], rows).drop(columns="batch")
    mine, theirs = fresh_store(tmp_path / "a.db"), fresh_store(tmp_path / "b.db")
    mine.write(NewBatch("a", "0", "boards", records={"boards": table}))
    theirs.write(NewBatch("a", "0", "boards", records={"boards": rows}))
    assert stored(mine) == stored(theirs)


def test_indexes_are_there_after_a_first_long_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    store = fresh_store(tmp_path / "k.db")
    before = indexes(store)
    monkeypatch.setattr(bulk, "ROWS_AT_ONCE", 5)
    store.write(NewBatch("a", "0", "boards", records={"boards": BOARDS}))
    assert indexes(store) == before
    assert {"ix_boards_unit_code", "fk_boards_batch"} <= before
    with pytest.raises(StoreUnusable):  # what the database refuses takes the whole batch along, and nothing is left out
        store.write(NewBatch("b", "1", "stations", records={"stations": [*BOARDS[:7], board(7) | {"row": None}]}))
    assert indexes(store) == before
    assert len(store.batches()) == 1


def test_a_source_that_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    monkeypatch.setattr(bulk, "ROWS_AT_ONCE", 5)
    store = fresh_store(tmp_path / "k.db")
    with pytest.raises(OSError, match="gone"):
        store.write(NewBatch("a", "0", "boards", records={"boards": Breaking()}))
    assert (store.batches(), stored(store)) == ([], [])
    store.write(NewBatch("a", "0", "boards", records={"boards": BOARDS}))
    assert len(stored(store)) == len(BOARDS)


class Breaking:
    """Records that can be read in part only."""

    def __len__(self) -> int:
        return len(BOARDS)

    def __iter__(self) -> Iterator[Row]:
        yield from BOARDS[:12]
        msg = "gone"
        raise OSError(msg)


def indexes(store: Store) -> set[str]:
    """The names of all indexes and foreign keys of the tables of records."""
    found = inspect(connect(store.url))
    names = {str(index["name"]) for table in record_tables.values() for index in found.get_indexes(table.name)}
    return names | {str(key["name"]) for table in record_tables.values() for key in found.get_foreign_keys(table.name)}


class Many:
    """Records that come one by one and are nowhere together."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Row]:
        for n in range(self._count):
            days = (date(2022, 1 + n % 12, 1 + n % 28), date(2022, 12, 30))
            yield board(n, updates=days, geometry=shapely.Point(80 + n % 40, 30), length_m=float(n))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc/self")
def test_memory_is_bounded(tmp_path: Path) -> None:
    """Ten times the rows take hardly more memory; each way in a process of its own."""
    peaks = []
    for count in (10_000, 100_000):
        fresh_store(tmp_path / f"{count}.db").close()
        program = [sys.executable, "-c", CHILD.format(path=(tmp_path / f"{count}.db").as_posix(), count=count)]
        peaks.append(int(subprocess.run(program, check=True, capture_output=True, text=True).stdout))
    grown = np.diff(peaks)[0] / 1024
    assert grown < 80, f"{grown} MB more"  # the rows themselves would be 150 MB; SQLite's cache is 64 MB


CHILD = """
import re
from pathlib import Path
from geo.store import NewBatch, Store
from tests.test_bulk import Many
store = Store.open("sqlite:///{path}")
store.layers()
Path("/proc/self/clear_refs").write_text("5")
store.write(NewBatch("a", "0", "boards", records={{"boards": Many({count})}}))
print(re.search(r"VmHWM:\\s+([0-9]+)", Path("/proc/self/status").read_text())[1])
"""
