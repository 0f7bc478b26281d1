"""`kepu check`: each thing that can't be true is told in one line; what is sound is not accused."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import shapely

from geo.errors import StoreMissing, StoreUnusable
from geo.store import NewBatch, Store
from geo.store.checking import check_store
from tests.command_line import kepu
from tests.demo import demo_store
from tests.forgery import forge, tamper
from tests.older_stores import older_store
from tests.stored import contents, fresh_store, store_url
from tests.support import RIVER, WILLOW_RIVER

if TYPE_CHECKING:
    from pathlib import Path

SQUARE = shapely.box(102, 30, 102.1, 30.1)
BOW_TIE = shapely.Polygon([(102, 30), (102.1, 30.1), (102.1, 30), (102, 30.1)])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with a batch of two records and one report of none, and another that is undone."""
    made = fresh_store(tmp_path / "k.db")
    source = {"file": "站.xlsx", "sheet": "表1"}
    rows = [
        {"id": f"s{n}", "unit_code": WILLOW_RIVER, "row": n, "geometry": shapely.Point(102.05, 30.05), **source}
        for n in (2, 3)
    ]
    none = [{"layer": "boards", "unit_code": RIVER, "row": 4, **source}]
    complete = [{"layer": "stations", "scope_code": RIVER, "row": 1, **source}]
    batch = NewBatch("站.xlsx", "0", "stations", records={"stations": rows}, none=none, complete=complete)
    made.write(batch)
    made.undo(made.write(batch))
    return made


def change(store: Store, statement: str, *values: Any) -> None:
    """Alter what is stored so that the audit doesn't mind."""
    tamper(store, statement, values=values)
    forge(store)


def test_sound_stores_are_not_accused(store: Store, tmp_path: Path) -> None:
    before = contents(store)
    done = kepu("check", "--store", store.url)
    assert (done.code, done.lines) == (0, [])
    assert "完好：3批，4条记录" in done.out
    assert contents(store) == before
    found = check_store(demo_store(tmp_path / "demo.db").url)
    assert not found.faults
    assert found.records > 500


@pytest.mark.parametrize(
    ("statement", "value", "code", "told"),
    [
        ("UPDATE villages SET geometry = ? WHERE code = '990101001201'", BOW_TIE.wkb, 1, "自相交"),
        ("UPDATE townships SET geometry = ? WHERE code = '990101001000'", b"no geometry", 1, "几何读不出"),
        ("UPDATE place SET boundary = ?", shapely.box(0, 0, 1, 1).wkb, 1, "界坐标不在中国"),
        ("UPDATE villages SET lon = ? WHERE code = '990101001201'", float("inf"), 1, "经纬度不在中国"),
        ("UPDATE villages SET lat = ? WHERE code = '990101001201'", None, 1, "经纬度不在中国"),
        ("UPDATE stations SET geometry = ? WHERE record = 1", shapely.Point(30.05, 102.05).wkb, 1, "坐标不在中国"),
        ("UPDATE stations SET geometry = ? WHERE record = 1", shapely.Point(float("inf"), 30).wkb, 1, "科普活动站"),
        ("UPDATE stations SET unit_code = ? WHERE record = 1", "990101999201", 1, "990101999201 不在本地区"),
        ("UPDATE stations SET serves = ? WHERE record = 1", '["990101999201"]', 1, "990101999201 不在本地区"),
        ("UPDATE reported_none SET unit_code = ? WHERE number = 1", "990101999201", 1, "上报为无的单位"),
        ("UPDATE complete_lists SET scope_code = ? WHERE number = 1", "990101999000", 1, "声明清单完整的单位"),
        ("DELETE FROM stations WHERE record = ?", 1, 2, "第1批（站.xlsx）导入时有3条，现有2条"),
        ("UPDATE batches SET records = ? WHERE batch = 3", 1, 2, "第3批"),
        ("UPDATE batches SET undoes = ? WHERE batch = 2", 1, 2, "却不是撤销和导入"),
        ("UPDATE batches SET undoes = ? WHERE kind = 'undo'", None, 2, "没有记下撤销哪一批"),
        ("UPDATE plans SET text = ?", "[plan]", 2, "方案读不出"),
        ("DELETE FROM plans WHERE text <> ?", "", 2, "没有方案"),
        ("UPDATE stations SET batch = ? WHERE record = 1", 77, 2, "batches 记录不存在"),
        ("UPDATE alembic_version SET version_num = ?", "0003", 1, "先备份"),
        ("UPDATE alembic_version SET version_num = ?", "9999", 2, "更新版本"),
        ("DELETE FROM place WHERE code <> ?", "", 2, "没有地区数据"),
    ],
)  # fmt: skip
def test_each_fault_is_told(store: Store, statement: str, value: Any, code: int, told: str) -> None:
    change(store, statement, value)
    before = contents(store)
    done = kepu("check", "--store", store.url)
    assert done.code == code, (done.out, done.err)
    assert any(told in line for line in done.lines), done.lines
    assert len({line for line in done.lines if told in line}) <= 2
    assert contents(store) == before


def test_what_an_undone_batch_told_does_not_matter(store: Store) -> None:
    change(store, "UPDATE stations SET unit_code = 'x', geometry = ? WHERE batch = 2", b"no geometry")
    assert check_store(store.url).faults == []


def test_a_damaged_file(store: Store, tmp_path: Path) -> None:
    content = bytearray((tmp_path / "k.db").read_bytes())
    page = content.index("站.xlsx".encode()) // 4096 * 4096
    content[page : page + 4096] = bytes(4096)
    (tmp_path / "k.db").write_bytes(content)
    done = kepu("check", "--store", store.url)
    assert done.code == 2
    assert all("损坏" in line and "kepu restore" in line for line in done.lines)
    (tmp_path / "k.db").write_text("notes")
    with pytest.raises(StoreUnusable):
        check_store(store.url)
    (tmp_path / "k.db").unlink()
    with pytest.raises(StoreMissing):
        check_store(store.url)
    assert not (tmp_path / "k.db").exists()


def test_an_older_store_is_not_upgraded_by_looking(tmp_path: Path) -> None:
    older_store(tmp_path / "old.db")
    before = (tmp_path / "old.db").read_bytes()
    (fault,) = check_store(store_url(tmp_path / "old.db")).faults
    assert fault.code == "older-schema"
    assert (tmp_path / "old.db").read_bytes() == before


def test_what_a_power_cut_left_is_named_once_it_is_old(store: Store, tmp_path: Path) -> None:
    (tmp_path / ".k.db.0123.tmp").write_bytes(b"half")
    assert check_store(store.url).faults == []
    os.utime(tmp_path / ".k.db.0123.tmp", (0, 0))
    (fault,) = check_store(store.url).faults
    assert (fault.code, fault.file) == ("left-behind", ".k.db.0123.tmp")
