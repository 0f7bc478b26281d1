"""A blank list of units is unknown, a written none is none: read, stored, and told apart in older stores."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from geo.intake.imports import import_file
from geo.store import Store
from geo.store.engine import connect
from geo.store.files import sqlite_path
from geo.store.migrating import downgrade
from tests.stored import fresh_store
from tests.support import WILLOW_RIVER
from tests.writing import write_book

if TYPE_CHECKING:
    from pathlib import Path

NEIGHBOUR = "990101001001"
CELLS = [("", None), ("无", ()), ("/", ()), ("河口社区", (NEIGHBOUR,))]


@pytest.mark.parametrize(("cell", "serves"), CELLS)
@pytest.mark.parametrize("layer", ["stations", "boards", "activities"])
def test_a_blank_is_no_none(tmp_path: Path, layer: str, cell: str, serves: tuple[str, ...] | None) -> None:
    store = fresh_store(tmp_path / "k.db")
    named = {"stations": "活动站名称", "boards": "宣传栏名称", "activities": "活动名称"}[layer]
    column, links = ("覆盖单位", "reaches") if layer == "activities" else ("服务单位", "serves")
    header: list[Any] = ["乡镇", "村", named, column, *(["活动日期"] if layer == "activities" else [])]
    rows = [header, ["河口街道", "柳树村", "甲", cell, *([date(2022, 9, 1)] if layer == "activities" else [])]]
    report = import_file(store, write_book(tmp_path / "a.xlsx", rows), layer)
    assert report.outcome == "stored", [fault.line() for fault in report.faults]
    (row,) = store.layers()[layer].to_dict("records")
    assert (row["unit_code"], row[links]) == (WILLOW_RIVER, serves)
    store.close()


def test_a_newer_none_takes_the_others_back_and_a_blank_does_not(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    found = []
    for month, cell in enumerate(("河口社区", "", "无"), start=1):
        rows = [["乡镇", "村", "活动站名称", "服务单位"], ["河口街道", "柳树村", "甲", cell]]
        import_file(store, write_book(tmp_path / f"{month}.xlsx", rows), "stations", received_on=date(2022, month, 1))
        found.append(store.layers()["stations"]["serves"].iloc[0])
    assert found == [(NEIGHBOUR,), (NEIGHBOUR,), ()]


def test_an_older_store_forgets_that_blanks_were_none(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    rows = [
        ["乡镇", "村", "活动站名称", "服务单位"],
        ["河口街道", "柳树村", "甲", "河口社区"],
        ["河口街道", "柳树村", "乙", ""],
    ]
    import_file(store, write_book(tmp_path / "a.xlsx", rows), "stations")
    store.close()
    path, engine = sqlite_path(store.url), connect(store.url)
    assert path is not None
    downgrade(engine, "0004")
    engine.dispose()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE stations SET serves = '[]' WHERE name = '乙'")
    table = Store.open(store.url).layers()["stations"].set_index("name")
    assert table["serves"].to_dict() == {"甲": (NEIGHBOUR,), "乙": None}
