"""What a facility list's name cell may say, and what a complete list says of older facilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from geo.intake.imports import import_file
from geo.schema import LAYERS
from tests.stored import fresh_store
from tests.writing import write_book

if TYPE_CHECKING:
    from pathlib import Path

HEADER: list[Any] = ["乡镇", "村", "活动站名称"]
WILLOW: list[Any] = ["河口街道", "柳树村"]
MOUNT: list[Any] = ["云岭镇", "云岭村"]


@pytest.mark.parametrize("said", ["无", "否", "未建", "没有", "0", "/"])
def test_a_no_in_place_of_a_name_reports_none(tmp_path: Path, said: str) -> None:
    store = fresh_store(tmp_path / "k.db")
    report = import_file(store, write_book(tmp_path / "a.xlsx", [HEADER, [*WILLOW, said]]), "stations")
    assert (dict(report.records), dict(report.none)) == ({}, {"stations": 1})


@pytest.mark.parametrize("said", ["有", "√", "已建成"])
def test_a_yes_in_place_of_a_name_is_a_facility_called_by_its_layer(tmp_path: Path, said: str) -> None:
    store = fresh_store(tmp_path / "k.db")
    import_file(store, write_book(tmp_path / "a.xlsx", [HEADER, [*WILLOW, said]]), "stations")
    assert list(store.layers()["stations"]["name"]) == [LAYERS["stations"].label]


@pytest.mark.parametrize("said", ["待建", "在建", "拟建", "不详"])
def test_a_word_that_puts_the_matter_off_is_refused(tmp_path: Path, said: str) -> None:
    store = fresh_store(tmp_path / "k.db")
    report = import_file(store, write_book(tmp_path / "a.xlsx", [HEADER, [*WILLOW, said]]), "stations")
    assert report.outcome == "refused"
    assert [(f.code, f.row, f.column, f.value) for f in report.faults] == [("name-doubtful", 2, "活动站名称", said)]


def test_a_name_that_only_begins_like_one_stays_a_name(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    import_file(store, write_book(tmp_path / "a.xlsx", [HEADER, [*WILLOW, "未来馆"]]), "stations")
    assert list(store.layers()["stations"]["name"]) == ["未来馆"]


def test_a_complete_list_that_lacks_an_older_facility_warns_and_keeps_it(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    import_file(store, write_book(tmp_path / "a.xlsx", [HEADER, [*MOUNT, "云岭站"]]), "stations")
    other: list[Any] = ["云岭镇", "本级", "镇站"]
    report = import_file(store, write_book(tmp_path / "b.xlsx", [HEADER, other]), "stations", complete=True)
    assert report.outcome == "stored"
    (fault,) = report.faults
    assert (fault.severity, fault.code) == ("warning", "complete-lacks")
    assert "云岭站" in fault.message
    assert set(store.layers()["stations"]["name"]) == {"云岭站", "镇站"}


@pytest.mark.parametrize("said", ["-", "无", "/"])
def test_none_in_the_name_beside_a_description_is_refused(tmp_path: Path, said: str) -> None:
    store = fresh_store(tmp_path / "k.db")
    rows = [[*HEADER, "面积"], [*WILLOW, said, 30]]
    report = import_file(store, write_book(tmp_path / "a.xlsx", rows), "stations")
    assert [(f.code, f.row) for f in report.faults] == [("none-and-some", 2)]


def test_a_file_sent_again_after_a_correction_counts_again(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    first = write_book(tmp_path / "a.xlsx", [HEADER, [*WILLOW, "柳树站"]])
    import_file(store, first, "stations")
    assert import_file(store, first, "stations").outcome == "unchanged"
    import_file(store, write_book(tmp_path / "b.xlsx", [HEADER, [*WILLOW, "无"]]), "stations")
    assert not len(store.layers()["stations"])
    again = import_file(store, first, "stations")
    assert (again.outcome, again.batch) == ("stored", 3)
    assert list(store.layers()["stations"]["name"]) == ["柳树站"]


def test_a_base_listed_by_two_offices_counts_once(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    import_file(
        store, write_book(tmp_path / "a.xlsx", [["乡镇", "基地名称", "级别"], ["云岭镇", "甲基地", "国家级"]]), "bases"
    )
    import_file(store, write_book(tmp_path / "b.xlsx", [["基地名称", "级别"], ["甲基地", "国家级"]]), "bases")
    assert len(store.layers()["bases"]) == 1
