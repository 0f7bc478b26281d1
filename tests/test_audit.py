"""`kepu audit verify`: whatever entry is altered past the program is found, and the first one is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from geo.store.audit import note_batch
from geo.store.checking import check_store
from tests.audited import ENTRIES, audited, first, found_in
from tests.forgery import entries_of, forge, put_in, rehash, renumbered, tamper, tried

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


def test_a_store_that_nobody_touched_is_whole(dual: Store) -> None:
    entries = entries_of(dual)
    assert tuple(entry.action for entry in entries) == ENTRIES
    assert [entry.batch for entry in entries] == [None, None, 1, 2, 3, None, 4, None]
    assert [entry.by for entry in entries] == ["", "", "甲", "甲", "乙", "丙", "甲", "丁"]
    found = found_in(dual, entries)
    assert (list(found.findings), found.head) == ([], entries[-1].hash)
    assert not [fault for fault in check_store(dual.url).faults if fault.code.startswith("audit")]


# ── entries ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", [1, 4, len(ENTRIES)])
@pytest.mark.parametrize(
    "change",
    [
        "at = '2022-01-01 00:00:00.000000'", "\"by\" = '某某'", "action = 'restore'", "batch = 4", "salt = 'f'",
        "detail = '{\"file\": \"x\"}'", "hash = '0'",
    ],
)  # fmt: skip
def test_an_altered_entry_is_named(store: Store, change: str, number: int) -> None:
    tamper(store, f"UPDATE audit SET {change} WHERE entry = {number}")
    entry, kind, told = first(store)
    assert (entry, kind) == (number, "altered")
    assert f"第{number}条" in told


@pytest.mark.parametrize(
    "change", ["at = 'x'", "detail = '{'", "detail = '[1]'", "\"by\" = x'ff'", "batch = 'x'", "at = 9"]
)
def test_an_entry_that_is_spoilt_is_named_all_the_same(store: Store, change: str) -> None:
    tamper(store, f"UPDATE audit SET {change} WHERE entry = 4")
    assert first(store)[:2] == (4, "altered")


def test_altered_and_removed_entries_are_named_on_each_back_end(dual: Store) -> None:
    for statement, kind in (
        ("UPDATE audit SET at = '2022-01-01 00:00:00' WHERE entry = 4", "altered"),
        ("UPDATE audit SET detail = '{}' WHERE entry = 4", "altered"),
        ("UPDATE audit SET salt = NULL WHERE entry = 4", "altered"),
        ("DELETE FROM audit WHERE entry = 4", "removed"),
    ):
        finding = tried(dual, statement).findings[0]
        assert (finding.entry, finding.kind) == (4, kind), statement


def test_what_of_an_entry_was_altered_is_told_where_its_neighbours_know(store: Store) -> None:
    tamper(store, "UPDATE audit SET hash = '0' WHERE entry = 4")
    assert "哈希不是原来的（内容未变）" in first(store)[2]
    tamper(store, "UPDATE audit SET previous = '0' WHERE entry = 3")
    assert "前一条哈希不是原来的" in first(store)[2]


@pytest.mark.parametrize("number", [1, 2, 4, len(ENTRIES) - 1])
def test_a_removed_entry_is_named(store: Store, number: int) -> None:
    gone = entries_of(store)[number - 1]
    tamper(store, f"DELETE FROM audit WHERE entry = {number}")
    entry, kind, told = first(store)
    assert (entry, kind) == (number, "removed")
    assert f"第{number}条被抽走" in told
    assert gone.hash not in told


@pytest.mark.parametrize("number", [1, 4, len(ENTRIES) - 1])
def test_a_removed_entry_is_named_where_the_others_were_renumbered(store: Store, number: int) -> None:
    tamper(store, f"DELETE FROM audit WHERE entry = {number}", *renumbered(number + 1, -1))
    assert first(store)[:2] == (number, "removed")


def test_what_is_cut_off_the_end_is_seen_against_an_outside_copy(dual: Store) -> None:
    outside = entries_of(dual)
    tamper(dual, f"DELETE FROM audit WHERE entry = {len(ENTRIES)}")
    assert found_in(dual).findings == []  # a view alone leaves nothing that it could be missed by
    entry, kind, told = first(dual, outside)
    assert (entry, kind) == (len(ENTRIES), "gone")
    assert "丁" in told
    assert "查看个人信息" in told


def test_an_import_cut_off_the_end_is_missed_by_its_batch(dual: Store) -> None:
    tamper(dual, "DELETE FROM audit WHERE entry >= 6")
    found = found_in(dual).findings
    assert [(f.entry, f.kind) for f in found] == [(None, "unnoted")] * 2
    assert ["第4批" in found[0].told, "第2份方案" in found[1].told] == [True, True]
    assert first(dual, entries_of(dual))[1] == "unnoted"


def test_an_entry_put_in_is_named(dual: Store) -> None:
    put_in(dual, 4, by="某某", action="viewed")
    entry, kind, told = first(dual)
    assert (entry, kind) == (4, "inserted")
    assert "某某" in told


def test_an_entry_put_in_with_a_wrong_link_is_named(store: Store) -> None:
    put_in(store, 4, action="viewed")
    tamper(store, "UPDATE audit SET previous = '0' WHERE entry = 4")
    rehash(store, 4)
    assert first(store)[:2] == (4, "link")


def test_a_second_entry_of_one_batch_is_named(store: Store) -> None:
    with store.writing() as locked:
        note_batch(locked.connection, 1)
    assert first(store)[:2] == (len(ENTRIES) + 1, "twice")


def test_swapped_entries_are_named(dual: Store) -> None:
    statements = [f"UPDATE audit SET entry = {to} WHERE entry = {n}" for n, to in ((4, 99), (7, 4), (99, 7))]
    tamper(dual, *statements)
    entry, kind, told = first(dual)
    assert (entry, kind) == (4, "swapped")
    assert "第7条" in told


@pytest.mark.parametrize("number", [1, 4, len(ENTRIES) - 1])
def test_an_entry_whose_hash_was_made_anew_is_named(store: Store, number: int) -> None:
    tamper(store, f"UPDATE audit SET \"by\" = '某某' WHERE entry = {number}")
    rehash(store, number)
    entry, kind, told = first(store)
    assert (entry, kind) == (number, "link")
    assert "某某" in told


def test_a_chain_made_anew_is_seen_against_an_outside_copy_alone(dual: Store) -> None:
    outside = entries_of(dual)
    tamper(dual, "UPDATE stations SET area_m2 = 90 WHERE batch = 2", "UPDATE audit SET \"by\" = '某某' WHERE entry = 6")
    forge(dual)
    assert found_in(dual).findings == []
    entry, kind, told = first(dual, outside)
    assert (entry, kind) == (4, "against")
    assert "详情" in told


def test_an_empty_audit_is_no_whole_one(store: Store) -> None:
    tamper(store, "DELETE FROM audit")
    assert {finding.kind for finding in found_in(store).findings} == {"unnoted"}
    assert len(found_in(store).findings) == 4 + 2 + 1
