"""The audit as it is written and kept: with its change or not at all, on old stores too, and copied outside."""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
import re
from typing import TYPE_CHECKING, Any

import pytest

from geo.errors import InputRefused, StoreUnusable, UnknownLayer
from geo.store import NewBatch, Store, audit, writing
from geo.store.audit import read_salts, record_view
from geo.store.audit_files import export_lines, read_export
from geo.store.backup import back_up, restore
from geo.store.migrating import head
from geo.store.verifying import verify
from tests.audited import batch
from tests.command_line import kepu
from tests.forgery import entries_of, forge, tamper
from tests.older_stores import REVISIONS, older_store
from tests.stored import fresh_store, store_url
from tests.support import WILLOW_RIVER, county_plan_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.synchronize import Barrier
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with a batch."""
    made = fresh_store(tmp_path / "k.db")
    made.write(batch("a.xlsx"))
    return made


def faults_of(store: Store) -> list[str]:
    with store.reading() as seen:
        return [finding.told for finding in verify(seen.connection).findings]


# ── written ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("step", ["write", "undo", "replace_plan"])
def test_no_change_without_an_entry(store: Store, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def fail(*_: Any, **__: Any) -> None:
        msg = "power cut"
        raise RuntimeError(msg)

    changes: dict[str, Callable[[], object]] = {
        "write": lambda: store.write(batch("b.xlsx")),
        "undo": lambda: store.undo(1),
        "replace_plan": lambda: store.replace_plan(county_plan_text() + "\n"),
    }
    before, plan, noted = store.batches(), store.plan(), entries_of(store)
    monkeypatch.setattr(audit, "append", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        changes[step]()
    monkeypatch.undo()
    assert (store.batches(), store.plan(), entries_of(store)) == (before, plan, noted)
    changes[step]()
    assert len(entries_of(store)) == len(noted) + 1
    assert faults_of(store) == []


def test_no_entry_without_its_change(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = entries_of(store)
    monkeypatch.setattr(writing, "write_decisions", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.write(batch("b.xlsx"))
    with pytest.raises(StoreUnusable):
        store.undo(9)
    assert entries_of(store) == noted


def test_an_import_of_many_rows_is_noted_in_blocks(backend: str, store: Store) -> None:
    row: dict[str, Any] = {"unit_code": WILLOW_RIVER, "file": "b.xlsx", "sheet": None}
    rows = [row | {"id": f"s{n}", "row": n, "person": "某" if n == 1500 else None} for n in range(2001)]
    store.write(NewBatch("b.xlsx", "1", "stations", records={"stations": rows}))
    assert entries_of(store)[-1].detail["content"]["stations"]["rows"] == 2001
    assert faults_of(store) == []
    tamper(store, "UPDATE stations SET person = NULL WHERE id = 's1500'")
    assert len(faults_of(store)) == 1


def _work(url: str, name: str, start: Barrier) -> None:
    store = Store.open(url)
    start.wait(60)
    for n in range(4):
        store.write(batch(f"{name}{n}.xlsx"))
        record_view(store, name, "stations", WILLOW_RIVER)


def test_processes_that_write_at_once_keep_one_chain(backend: str, store: Store) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(3)
    workers = [context.Process(target=_work, args=(store.url, name, start)) for name in "abc"]
    for process in workers:
        process.start()
    for process in workers:
        process.join(timeout=120)
        assert process.exitcode == 0
    assert len(entries_of(store)) == 3 + 3 * 8
    assert faults_of(store) == []


def test_a_look_at_personal_data_is_noted_without_the_data(store: Store) -> None:
    version = store.version()
    entry = record_view(store, "丁", "stations", WILLOW_RIVER, page="/units/" + WILLOW_RIVER)
    assert entries_of(store)[-1] == entry
    assert (entry.action, entry.by, entry.batch) == ("viewed", "丁", None)
    assert entry.detail == {"layer": "stations", "unit_code": WILLOW_RIVER, "page": f"/units/{WILLOW_RIVER}"}
    assert store.version() == version
    with pytest.raises(UnknownLayer):
        record_view(store, "丁", "nothing", WILLOW_RIVER)
    for nobody in ("", " "):
        with pytest.raises(ValueError, match="谁"):
            record_view(store, nobody, "stations", WILLOW_RIVER)
    assert entries_of(store)[-1] == entry


# ── older stores, backups ────────────────────────────────────────────────────


@pytest.mark.parametrize("revision", [r for r in REVISIONS if r != head()])
def test_what_an_older_store_holds_is_taken_over(tmp_path: Path, revision: str) -> None:
    store = Store.open(older_store(tmp_path / "k.db", revision))
    assert faults_of(store) == []
    entries = entries_of(store)
    assert [entry.action for entry in entries] == ["init", "plan", "import", "import", "import", "undo", "upgrade"]
    assert [entry.batch for entry in entries] == [None, None, 1, 2, 3, 4, None]
    assert all(entry.detail["taken_over"] for entry in entries[:-1])
    assert entries[-1].detail == {"from": revision, "to": head()}
    tamper(store, "UPDATE stations SET area_m2 = 1 WHERE batch = 3")
    assert ["第5条" in told for told in faults_of(store)] == [True]


def test_a_restored_store_says_so_and_goes_on(store: Store, tmp_path: Path) -> None:
    back_up(store.url, tmp_path / "b.db")
    assert faults_of(Store.open(store_url(tmp_path / "b.db"))) == []
    saved = entries_of(store)
    store.write(batch("b.xlsx"))
    outside = entries_of(store)
    restore(store.url, tmp_path / "b.db", by="戊")
    now = entries_of(store)
    assert now[:-1] == saved
    assert (now[-1].action, now[-1].by) == ("restore", "戊")
    assert now[-1].detail == {"batches": 1, "entries": len(saved), "head": saved[-1].hash}
    with store.reading() as seen:
        (finding,) = verify(seen.connection, against=outside).findings
    assert finding.entry == len(saved) + 1
    assert "由备份恢复过" in finding.told
    store.write(batch("c.xlsx"))
    assert faults_of(store) == []


def test_an_older_programs_backup_is_taken_over_when_it_is_restored(store: Store, tmp_path: Path) -> None:
    older_store(tmp_path / "old.db", "0005")
    restore(store.url, tmp_path / "old.db")
    assert [entry.action for entry in entries_of(store)][-2:] == ["upgrade", "restore"]
    assert faults_of(store) == []


# ── outside ──────────────────────────────────────────────────────────────────


def test_the_commands(store: Store, tmp_path: Path) -> None:
    lines, table = tmp_path / "a.jsonl", tmp_path / "a.csv"
    where = ("--store", store.url)
    done = kepu("audit", "verify", *where)
    assert done.code == 0
    assert "3条" in done.out
    assert entries_of(store)[-1].hash in done.out
    assert "--against" in done.err
    for path in (lines, table):
        assert kepu("audit", "export", "-o", path, *where).code == 0
    assert read_export(lines) == entries_of(store)
    store.write(batch("=1+1.xlsx"))
    assert kepu("audit", "verify", "--against", lines, *where).code == 0  # what came since is no difference
    assert kepu("audit", "export", "-o", table, *where).code == 0
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig"))))
    assert [row["操作"] for row in rows] == ["建库", "装入方案", "导入", "导入"]
    assert "甲" in kepu("audit", "list", "--last", "1", *where).out
    assert json.loads(kepu("audit", "show", "3", *where).out)["detail"]["file"] == "a.xlsx"
    tamper(store, "UPDATE stations SET phone = '1' WHERE batch = 1")
    done = kepu("audit", "verify", *where)
    assert (done.code, len(done.lines)) == (1, 1)
    assert "最早的是第3条" in done.out
    forge(store)
    assert kepu("audit", "verify", *where).code == 0
    assert kepu("audit", "verify", "--against", lines, *where).code == 1


def test_the_table_for_people_holds_no_formula(store: Store, tmp_path: Path) -> None:
    record_view(store, "=HYPERLINK(1)", "stations", "+1", page="@x")
    assert kepu("audit", "export", "-o", tmp_path / "a.csv", "--store", store.url).code == 0
    text = (tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if re.match(r"\s*[=+\-@]", cell)]


@pytest.mark.parametrize(
    "told", ["show 99", "export -o a.xlsx", "export -o nowhere/a.csv", "verify --against no.jsonl", "list --last 0"]
)
def test_bad_input(store: Store, told: str) -> None:
    done = kepu("audit", *told.split(), "--store", store.url)
    assert (done.code, len(done.lines)) == (2, 1)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda lines: [], "没有审计记录"),
        (lambda lines: [b"{"], "第1行：不是一行 JSON"),
        (lambda lines: [*lines, b"[]"], "第4行：不是一条审计记录"),
        (lambda lines: [lines[0], lines[1].replace(b'"entry":2', b'"entry":"2"')], "entry 的写法不对"),
        (lambda lines: [lines[0], lines[2]], "文件本身不完整"),
        (lambda lines: [lines[0].replace("云岭".encode(), "云海".encode())], "文件本身不完整"),
        (lambda lines: [b"\xff\xfe"], "不是 UTF-8 文本"),
    ],
)
def test_files_that_prove_nothing(store: Store, tmp_path: Path, spoil: Any, told: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n".join(spoil(export_lines(entries_of(store)).splitlines())))
    with pytest.raises(InputRefused, match=told):
        read_export(path)


def test_an_outside_copy_tells_nothing_of_the_data(store: Store) -> None:
    with store.reading() as seen:
        salts = read_salts(seen.connection)
    copied = export_lines(entries_of(store)).decode()
    assert len(salts) == len(set(salts.values())) == 3
    assert not [salt for salt in salts.values() if salt in copied]
