"""A person decides which unit a text means; the decision is kept with its batch and reused for its sender."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from geo.errors import InputRefused
from geo.faults import Asked
from geo.intake.decisions import Answer, questions_text, read_answers
from geo.intake.imports import ImportReport, import_file
from geo.store import NewBatch
from tests.command_line import kepu
from tests.stored import contents, fresh_store
from tests.support import RIVER, TOWN, WILLOW_RIVER, WILLOW_TOWN, county
from tests.writing import write_book

if TYPE_CHECKING:
    from pathlib import Path

    from geo.store import Store

pytestmark = pytest.mark.usefixtures("backend")

HEADER: list[Any] = ["乡镇", "村", "活动站名称"]
ROW: list[Any] = ["云岭镇", "柳述村", "柳树站"]
ASKED = Asked("village", "云岭镇", "柳述村")
ANSWER = Answer(ASKED, WILLOW_TOWN)
FILE = f"""
[[answers]]
township = "云岭镇"
written = "柳 述 村"
code = "{WILLOW_TOWN}"
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county, without facilities."""
    return fresh_store(tmp_path / "k.db")


def book(tmp_path: Path, *rows: list[Any], name: str = "a.xlsx", header: list[Any] = HEADER) -> Path:
    return write_book(tmp_path / name, [header, *(rows or (ROW,))])


def told(report: ImportReport) -> set[str]:
    return {fault.code for fault in report.faults}


def units(store: Store) -> set[str]:
    return set(store.layers()["stations"]["unit_code"])


# ── asking ───────────────────────────────────────────────────────────────────


def test_a_question_shows_its_candidates(store: Store, tmp_path: Path) -> None:
    (fault,) = import_file(store, book(tmp_path), "stations", sender="云岭镇").faults
    assert (fault.code, fault.asked) == ("village-unknown", ASKED)
    assert "云岭镇柳树村村民委员会990101100201（同音）" in fault.line()
    said = fault.as_dict()
    assert said["candidates"] == [{"code": WILLOW_TOWN, "name": "云岭镇柳树村村民委员会", "reason": "同音"}]
    assert said["asked"] == {"field": "village", "township": "云岭镇", "written": "柳述村"}


def test_questions_are_written_once_each_and_read_back_unanswered(store: Store, tmp_path: Path) -> None:
    odd = ["云岭镇", '"柳\\树"\n村', "站"]
    faults = import_file(store, book(tmp_path, ROW, [*ROW[:2], "又一站"], odd), "stations").faults
    text = questions_text(faults)
    entries = tomllib.loads(text)["answers"]
    assert [(e["township"], e["written"], e["code"]) for e in entries] == [
        ("云岭镇", "柳述村", ""), ("云岭镇", odd[1], ""),
    ]  # fmt: skip
    assert f"{WILLOW_TOWN} 云岭镇柳树村村民委员会（同音）" in text
    path = tmp_path / "答复.toml"
    path.write_text(text, encoding="utf-8")
    assert read_answers(path, county().gazetteer) == []


# ── deciding ─────────────────────────────────────────────────────────────────


def test_an_answer_is_stored_with_its_batch(store: Store, tmp_path: Path) -> None:
    report = import_file(store, book(tmp_path), "stations", sender="云岭镇", answers=[ANSWER])
    assert (report.outcome, told(report), report.answers) == ("stored", {"decided"}, (ANSWER,))
    assert units(store) == {WILLOW_TOWN}
    (kept,) = store.decisions()
    assert (kept.sender, kept.field, kept.township, kept.written, kept.code, kept.batch) == (
        "云岭镇", "village", "云岭镇", "柳述村", WILLOW_TOWN, report.batch,
    )  # fmt: skip


def test_a_dry_run_and_a_refused_file_store_no_answer(store: Store, tmp_path: Path) -> None:
    before = contents(store)
    dry = import_file(store, book(tmp_path), "stations", sender="云岭镇", answers=[ANSWER], dry_run=True)
    assert dry.outcome == "checked"
    bad = book(tmp_path, ROW, ["某镇", "某村", "站"])
    assert import_file(store, bad, "stations", sender="云岭镇", answers=[ANSWER]).outcome == "refused"
    assert contents(store) == before


def test_it_holds_for_later_files_of_the_sender_and_of_nobody_else(store: Store, tmp_path: Path) -> None:
    import_file(store, book(tmp_path), "stations", sender="云岭镇", answers=[ANSWER])
    later = book(tmp_path, ["云岭镇", "柳述村", "另一站"], name="b.xlsx")
    for sender in ("河口街道", ""):
        assert import_file(store, later, "stations", sender=sender).outcome == "refused"
    report = import_file(store, later, "stations", sender="云岭镇")
    assert (report.outcome, told(report)) == ("stored", {"decided-before"})
    assert len(store.decisions()) == 1
    elsewhere = book(tmp_path, ["河口街道", "柳述村", "站"], name="c.xlsx")
    assert import_file(store, elsewhere, "stations", sender="云岭镇").outcome == "refused"


def test_a_sender_without_a_name_has_no_memory(store: Store, tmp_path: Path) -> None:
    assert import_file(store, book(tmp_path), "stations", answers=[ANSWER]).outcome == "stored"
    later = book(tmp_path, ["云岭镇", "柳述村", "另一站"], name="b.xlsx")
    assert import_file(store, later, "stations").outcome == "refused"


def test_it_is_undone_with_its_batch(store: Store, tmp_path: Path) -> None:
    report = import_file(store, book(tmp_path), "stations", sender="云岭镇", answers=[ANSWER])
    store.undo(report.batch or 0)
    assert store.decisions() == []
    assert import_file(store, book(tmp_path), "stations", sender="云岭镇").outcome == "refused"


def test_importing_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    import_file(store, book(tmp_path), "stations", sender="云岭镇", answers=[ANSWER])
    before = contents(store)
    for answers in ([], [ANSWER]):
        assert import_file(store, book(tmp_path), "stations", sender="云岭镇", answers=answers).outcome == "unchanged"
    assert contents(store) == before


def test_a_newer_answer_replaces_an_older_one(store: Store, tmp_path: Path) -> None:
    import_file(store, book(tmp_path), "stations", sender="云岭镇", answers=[ANSWER])
    other = Answer(ASKED, "990101100200")
    report = import_file(store, book(tmp_path), "stations", sender="云岭镇", answers=[other])
    assert (report.outcome, "decided" in told(report)) == ("stored", True)
    assert [kept.code for kept in store.decisions()] == ["990101100200"]
    store.undo(report.batch or 0)
    assert [kept.code for kept in store.decisions()] == [WILLOW_TOWN]
    store.write(NewBatch("x", "", "stations", sender="云岭镇", decisions=[other]))
    later = book(tmp_path, ["云岭镇", "柳述村", "另一站"], name="b.xlsx")
    import_file(store, later, "stations", sender="云岭镇")
    assert "990101100200" in units(store)


def test_what_official_names_say_is_not_overruled(store: Store, tmp_path: Path) -> None:
    wrong = Answer(Asked("village", "云岭镇", "柳树村"), "990101100200")
    report = import_file(store, book(tmp_path, ["云岭镇", "柳树村", "站"]), "stations", sender="甲", answers=[wrong])
    assert (report.outcome, report.answers) == ("stored", ())
    assert units(store) == {WILLOW_TOWN}
    assert store.decisions() == []


def test_what_was_repaired_may_be_overruled(store: Store, tmp_path: Path) -> None:
    other = Answer(Asked("village", "云岭镇", "柳树"), "990101100200")
    import_file(store, book(tmp_path, ["云岭镇", "柳树", "站"]), "stations", sender="甲", answers=[other])
    assert units(store) == {"990101100200"}


@pytest.mark.parametrize(
    ("header", "row", "asked", "code"),
    [
        (["乡镇", "村", "活动站名称", "代码"], ["云岭镇", "柳树村", "站", WILLOW_RIVER],
         Asked("unit_code", "云岭镇", f"{WILLOW_RIVER} 柳树村"), WILLOW_TOWN),
        (["代码", "活动站名称"], ["9.90101E+11", "站"], Asked("unit_code", "", "9.90101E+11"), WILLOW_TOWN),
        (HEADER, ["云霄镇", "", "站"], Asked("village", "云霄镇", ""), TOWN),
        (HEADER, [None, "柳树村", "站"], Asked("village", "", "柳树村"), WILLOW_RIVER),
        (["乡镇", "村", "活动站名称", "服务单位"], ["云岭镇", "柳树村", "站", "柳述村"],
         Asked("serves", "云岭镇", "柳述村"), RIVER),
    ],
)  # fmt: skip
def test_every_kind_of_question_can_be_answered(
    store: Store, tmp_path: Path, header: list[Any], row: list[Any], asked: Asked, code: str
) -> None:
    path = book(tmp_path, row, header=header)
    refused = import_file(store, path, "stations", sender="甲")
    assert refused.outcome == "refused"
    assert asked in [fault.asked for fault in refused.faults]
    report = import_file(store, path, "stations", sender="甲", answers=[Answer(asked, code)])
    assert report.outcome == "stored", [fault.line() for fault in report.faults]
    (station,) = store.layers()["stations"].to_dict("records")
    assert code in (station["unit_code"], *(station["serves"] or ()))


def test_an_answer_that_was_undone_meanwhile_stops_the_file(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_file(store, book(tmp_path), "stations", sender="云岭镇", answers=[ANSWER])
    later = book(tmp_path, ["云岭镇", "柳述村", "另一站"], name="b.xlsx")
    read_before = store.decisions("云岭镇")
    store.undo(1)
    monkeypatch.setattr(type(store), "decisions", lambda *_: read_before)
    report = import_file(store, later, "stations", sender="云岭镇")
    assert (report.outcome, "decisions-changed" in told(report)) == ("refused", True)


# ── the answers file ─────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[answers]", "TOML"),
        ("answers = 3", "[[answers]]"),
        ('[[answers]]\nwritten = "甲"\ncode = 990101100201', "引号"),
        ('[[answers]]\nwritten = "甲"\nvillage = "乙"\ncode = "990101100201"', "village"),
        ('[[answers]]\ncode = "990101100201"', "written"),
        ('[[answers]]\nwritten = "甲"', "code"),
        ('[[answers]]\nwritten = "甲"\ncode = "990101100999"', "没有代码"),
        (f'{FILE}[[answers]]\ntownship = "云岭镇"\nwritten = "柳述村"\ncode = "{RIVER}"', "矛盾"),
    ],
)
def test_a_faulty_answers_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "答复.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputRefused) as caught:
        read_answers(path, county().gazetteer)
    assert said in caught.value.faults[0].message
    for bad in (tmp_path / "没有.toml", tmp_path):
        with pytest.raises(InputRefused):
            read_answers(bad, county().gazetteer)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputRefused, match="UTF-8"):
        read_answers(path, county().gazetteer)


def test_from_question_to_answer_on_the_command_line(store: Store, tmp_path: Path) -> None:
    path, answers, report = book(tmp_path), tmp_path / "答复.toml", tmp_path / "r.json"
    common = ("stations", path, "--store", store.url, "--sender", "云岭镇")
    assert kepu("import", *common, "--report", answers).code == 2
    assert kepu("import", *common, "--report", report).code == 2
    (fault,) = json.loads(report.read_text(encoding="utf-8"))["files"][0]["faults"]
    assert fault["candidates"][0]["code"] == WILLOW_TOWN
    answers.write_text(answers.read_text(encoding="utf-8").replace('code = ""', f'code = "{WILLOW_TOWN}"'), "utf-8")
    done = kepu("import", *common, "--answers", answers)
    assert (done.code, "按答复" in done.err) == (0, True)
    shown = kepu("answers", "--store", store.url, columns=160)
    assert all(text in shown.out for text in ("云岭镇", "柳述村", WILLOW_TOWN))
    assert "柳述村" not in kepu("answers", "--sender", "河口街道", "--store", store.url).out


def test_the_command_wants_a_sender_and_tells_of_idle_answers(store: Store, tmp_path: Path) -> None:
    answers = tmp_path / "答复.toml"
    answers.write_text(FILE, encoding="utf-8")
    path = book(tmp_path, ["云岭镇", "柳树村", "站"])
    common = ("import", "stations", path, "--store", store.url, "--answers", answers)
    assert "--sender" in kepu(*common).err
    assert kepu(*common, "--sender", "甲", "--report", answers).code == 2
    assert answers.read_text(encoding="utf-8") == FILE
    done = kepu(*common, "--sender", "甲")
    assert (done.code, "没有用到" in done.err) == (0, True)


def test_notes_are_told_once_for_all_rows(store: Store, tmp_path: Path) -> None:
    rows = [["云岭镇", "柳树", f"站{n}"] for n in range(14)]
    report = import_file(store, book(tmp_path, *rows), "stations")
    (note,) = [fault for fault in report.faults if fault.code == "name-repaired"]
    assert (note.severity, note.row, note.value) == ("note", 2, "柳树")
    assert "共14行如此" in note.message
