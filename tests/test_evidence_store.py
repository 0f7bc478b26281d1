"""Files of evidence in the store: added, withdrawn, never lost; audited, checked, copied, backed up."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, update

from geo.errors import InputRefused, NothingKnown, StoreUnusable, UnknownEvidence
from geo.evidence.taking import take
from geo.store import Store, audit
from geo.store.backup import back_up
from geo.store.checking import check_store
from geo.store.copying import copy_store
from geo.store.evidence import LONGEST_NOTE, Subject, attach, find_evidence, withdraw
from geo.store.evidence_tables import EVIDENCE_TABLES, evidence_contents
from geo.store.verifying import verify
from tests.clocks import Office
from tests.evidence_files import PDF, photo
from tests.forgery import tamper, tried
from tests.stored import fresh_store, store_url
from tests.support import VILLAGES, WILLOW_TOWN

if TYPE_CHECKING:
    from pathlib import Path

    from geo.place import Place
    from geo.store.chain import Finding

TASK = Subject(task=5, item="投诉件数")
STATION = Subject(unit_code=WILLOW_TOWN, layer="stations", facility="ZD-1")
PAPER, PICTURE = take("文件.pdf", PDF), take("照片.jpg", photo())


def filled(path: Path) -> Store:
    """A store with a paper, a picture twice, and a paper withdrawn."""
    store = fresh_store(path)
    with store.writing() as writing:
        attach(writing, TASK, PAPER, note=" 市里\n发的 ", by="甲")
        attach(writing, STATION, PICTURE, by="乙")
        attach(writing, Subject(unit_code=VILLAGES[0]), PICTURE, by="乙")
        attach(writing, Subject(task=5, item="经费管理制度"), PAPER, by="甲")
        withdraw(writing, 4, by="丙")
    return store


def test_files_are_added_and_withdrawn_and_nothing_is_lost(backend: str, tmp_path: Path) -> None:
    store = filled(tmp_path / "k.db")
    standing = store.evidence()
    assert [(one.number, one.task, one.unit_code, one.name, one.kind, one.recorded_by) for one in standing] == [
        (1, 5, None, "文件.pdf", "pdf", "甲"), (2, None, WILLOW_TOWN, "照片.jpg", "jpeg", "乙"),
        (3, None, VILLAGES[0], "照片.jpg", "jpeg", "乙"),
    ]  # fmt: skip
    assert (standing[0].note, standing[0].bytes, standing[0].sha256) == ("市里 发的", len(PDF), PAPER.sha256)
    assert (standing[1].width, standing[1].taken_on) == (60, date(2022, 5, 6))
    assert (standing[1].layer, standing[1].facility, standing[1].media_type) == ("stations", "ZD-1", "image/jpeg")
    gone = store.evidence(task=5, withdrawn=True)[1]
    assert (gone.number, gone.withdrawn_by, gone.recorded_by) == (4, "丙", "甲")
    assert store.evidence_content(4) == PDF
    assert store.evidence(unit_code=WILLOW_TOWN) == standing[1:2]
    with store.reading() as seen:
        assert len(seen.connection.execute(select(evidence_contents.c.number)).all()) == 2
        told = [e for e in audit.read_entries(seen.connection) if e.action.startswith("evidence-")]
        assert list(verify(seen.connection).findings) == []
    assert [(e.action, e.by, e.detail["number"]) for e in told] == [
        ("evidence-added", "甲", 1), ("evidence-added", "乙", 2), ("evidence-added", "乙", 3),
        ("evidence-added", "甲", 4), ("evidence-withdrawn", "丙", 5),
    ]  # fmt: skip
    assert "文件" not in repr([e.detail for e in told])
    assert check_store(store.url).faults == []


def test_the_same_file_is_attached_once(tmp_path: Path) -> None:
    store = filled(tmp_path / "k.db")
    with store.writing() as writing:
        assert attach(writing, TASK, PAPER, by="丁").number == 1
        again = attach(writing, Subject(task=5, item="经费管理制度"), PAPER, by="丁")
        assert again.number == 6, "what was withdrawn may come again"
        assert withdraw(writing, 6).withdrawn_on is not None
    with pytest.raises(InputRefused, match="已经撤回"), store.writing() as writing:
        withdraw(writing, 4)
    for number in (5, 99):  # 5 is a withdrawal
        with pytest.raises(UnknownEvidence), store.writing() as writing:
            withdraw(writing, number)
    with pytest.raises(UnknownEvidence):
        store.evidence_content(99)
    with pytest.raises(InputRefused, match="备注最多"), store.writing() as writing:
        attach(writing, TASK, PICTURE, note="长" * (LONGEST_NOTE + 1))
    with pytest.raises(ValueError, match="task or to a unit"):
        Subject(task=1, unit_code=WILLOW_TOWN)


def test_what_was_known_on_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(monkeypatch)
    office.on(date(2022, 9, 1))
    store = Store.create(*_made(tmp_path))
    office.on(date(2022, 9, 10))
    with store.writing() as writing:
        attach(writing, TASK, PAPER)
    office.on(date(2022, 9, 20))
    with store.writing() as writing:
        withdraw(writing, 1)
    days = {day: len(store.evidence(task=5, known_on=date(2022, 9, day))) for day in (5, 10, 15, 20)}
    assert days == {5: 0, 10: 1, 15: 1, 20: 0}
    with pytest.raises(NothingKnown):
        store.evidence(known_on=date(2022, 8, 1))


def _made(folder: Path) -> tuple[str, Place, str]:
    from tests.support import county, county_plan_text

    return store_url(folder / "made.db"), county(), county_plan_text()


def test_nothing_stored_can_be_changed(backend: str, tmp_path: Path) -> None:
    store = filled(tmp_path / "k.db")
    for table in EVIDENCE_TABLES:
        for change in (update(table).values(number=99), delete(table)):
            with pytest.raises(StoreUnusable), store.writing() as writing:
                writing.connection.execute(change)
    assert len(store.evidence(withdrawn=True)) == 4


FORGERIES = {
    "content": "UPDATE evidence_contents SET content = (SELECT content FROM evidence_contents WHERE number = 2) "
    "WHERE number = 1",
    "digest too": "UPDATE evidence SET sha256 = 'ffff', bytes = 1 WHERE number = 1",
    "person": "UPDATE evidence SET recorded_by = '别人' WHERE number = 1",
    "withdrawal": "DELETE FROM evidence WHERE number = 5",
    "subject": "UPDATE evidence SET task = 4 WHERE number = 1",
}


def findings(store: Store, statement: str) -> list[Finding]:
    """What the audit finds after a statement, but for the guards that had to be taken off for it."""
    return [found for found in tried(store, statement).findings if found.kind != "unguarded"]


def test_the_audit_finds_what_was_altered(backend: str, tmp_path: Path) -> None:
    store = filled(tmp_path / "k.db")
    for name, forgery in FORGERIES.items():
        found = findings(store, forgery)
        assert {finding.kind for finding in found} == {"content"}, name
        assert "佐证材料" in found[0].told
    columns = (
        "content, task, item, name, kind, bytes, sha256, given_sha256, note, recorded_at, recorded_on, recorded_by"
    )
    copied = f"INSERT INTO evidence (number, {columns}) SELECT 9, {columns} FROM evidence WHERE number = 1"
    (put_in,) = findings(store, copied)
    assert (put_in.kind, "第9号佐证材料" in put_in.told) == ("unnoted", True)


def test_the_check_finds_a_content_that_is_another(tmp_path: Path) -> None:
    store = filled(tmp_path / "k.db")
    tamper(store, "UPDATE evidence_contents SET content = ? WHERE number = 1", values=(b"%PDF forged",))
    told = [fault.message for fault in check_store(store.url).faults if fault.code == "evidence"]
    assert any("SHA-256" in line for line in told)
    assert any("不是当时存入的" in line for line in told)


def test_copies_and_backups_hold_the_files(backend: str, tmp_path: Path) -> None:
    store = filled(tmp_path / "k.db")
    copy_store(store.url, there := f"sqlite:///{tmp_path / 'copy.db'}")
    back_up(store.url, tmp_path / "back.db")
    for url in (there, f"sqlite:///{tmp_path / 'back.db'}"):
        other = Store.open(url)
        assert other.evidence(withdrawn=True) == store.evidence(withdrawn=True)
        assert other.evidence_content(2) == PICTURE.content
        with other.reading() as seen:
            assert list(verify(seen.connection).findings) == []
        with other.writing() as writing:
            assert attach(writing, TASK, PICTURE).number == 6
            assert find_evidence(writing.connection, 6).name == "照片.jpg"
        other.close()
