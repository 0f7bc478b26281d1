"""The demo's files as they come say exactly what the tidy ones say."""

from __future__ import annotations

import io
import runpy
import tomllib
import zipfile
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from geo.assess import assess
from geo.files.sheets import read_tables
from geo.intake.submissions import import_submissions
from geo.store import Store
from tests.demo import FOLDER, demo_assessment

if TYPE_CHECKING:
    from pathlib import Path

    from geo.assessment import Assessment
    from geo.intake.imports import ImportReport

WILD = FOLDER / "submissions" / "wild"
VECTORS = (".geojson", ".zip")
DAYS = [date(2022, 6, 15), date(2022, 10, 31), date(2022, 12, 31)]


@pytest.fixture(scope="module")
def wild(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[ImportReport]]:
    """A store of the wild files."""
    from geo.place import read_place

    path = tmp_path_factory.mktemp("wild") / "k.db"
    plan = (FOLDER / "plan.toml").read_text(encoding="utf-8")
    store = Store.create(f"sqlite:///{path.as_posix()}", read_place(FOLDER), plan)
    return store, import_submissions(store, WILD)


def told(assessment: Assessment) -> dict[str, Any]:
    """All that an assessment says, but for where it was written."""
    found = {}
    for rule in assessment.rules:
        findings = [{k: v for k, v in f.items() if k not in ("evidence", "facilities")} for f in rule.findings]
        found[rule.rule.id] = (str(rule.state), rule.value, rule.counts, findings)
    return found


@pytest.mark.parametrize("day", DAYS)
def test_the_wild_files_give_the_same_assessment(wild: tuple[Store, list[ImportReport]], day: date) -> None:
    store, _ = wild
    tidy, rough = told(demo_assessment(day)), told(assess(store.layers(as_of=day), store.plan(), as_of=day))
    for rule, said in tidy.items():
        assert rough[rule][:3] == said[:3], rule
        for mine, theirs in zip(rough[rule][3], said[3], strict=True):
            assert mine == theirs, rule


def test_every_file_is_stored_and_nothing_but_known_oddities_is_told(wild: tuple[Store, list[ImportReport]]) -> None:
    _, reports = wild
    assert {report.outcome for report in reports} == {"stored"}
    codes = Counter(fault.code for report in reports for fault in report.faults if fault.severity != "note")
    known = {"sheet-hidden", "township-carried", "outside-township", "code-mangled", "datum-judged", "date-future"}
    assert set(codes) - {"update-before-start"} == known
    assert codes["date-future"] < 10  # once a column and list, not once a row
    notes = Counter(fault.code for report in reports for fault in report.faults if fault.severity == "note")
    assert min(notes["rows-skipped"], notes["header-found"]) >= 10
    for code in ("rows-hidden", "name-repaired", "coordinates-sexagesimal", "coordinates-joined"):
        assert notes[code] >= 2, code
    assert codes["code-mangled"] >= 2


def test_points_off_amap_are_told_by_those_of_the_townships_own_list(wild: tuple[Store, list[ImportReport]]) -> None:
    _, reports = wild
    (fault,) = [f for r in reports for f in r.faults if (f.code, f.severity) == ("datum-judged", "warning")]
    assert "判断为 GCJ-02" in fault.message
    assert "与已登记位置相差不到" in fault.message
    manifest = tomllib.loads((WILD / "manifest.toml").read_text(encoding="utf-8"))
    (entry,) = [entry for entry in manifest["files"] if entry["file"] == fault.file]
    assert "datum" not in entry


def test_vector_files_are_read_as_the_tables_they_stand_for(wild: tuple[Store, list[ImportReport]]) -> None:
    _, reports = wild
    read = {report.file: report for report in reports if report.file.endswith(VECTORS)}
    assert {name.rpartition(".")[2] for name in read} == {"geojson", "zip"}
    assert all(sum(report.records.values()) >= 4 for report in read.values())
    (zipped,) = [report for name, report in read.items() if name.endswith(".zip")]
    (told,) = [fault.message for fault in zipped.faults if fault.code == "layer-encoding"]
    assert "没有注明文字编码" in told
    assert "GB18030" in told


def test_every_trouble_is_there_at_least_twice() -> None:
    suffixes = Counter(path.suffix for path in WILD.iterdir())
    assert min(suffixes[suffix] for suffix in (".xls", ".et", ".csv", ".xlsx")) >= 2
    contents = [path.read_bytes() for path in WILD.glob("*.csv")]
    assert sum(content.startswith(b"\xff\xfe") for content in contents) >= 2
    gbk = [content for content in contents if not content.startswith(b"\xff\xfe")]
    assert len(gbk) >= 2
    for content in gbk:
        with pytest.raises(UnicodeDecodeError):
            content.decode("utf-8")
    found: Counter[str] = Counter()
    for path in (path for path in WILD.glob("[0-9][0-9]_*") if path.suffix not in VECTORS):
        tables = read_tables(path)
        for table in tables:
            found["hidden sheet"] += table.hidden
            found["1904"] += table.calendar.from_1904
            found["title"] += table.calendar.year == 2022
            found["late header"] += table.header_row > 1
            found["headings"] += bool(table.sections)
            found["merged"] += bool(table.merged)
            found["joined header"] += any("·" in text for text in table.header)
            found.update({kind for _, kind in table.skipped})
        found["tables"] += sum(not table.hidden and len(table.body) > 3 for table in tables) > 1
    assert {trouble: count for trouble, count in found.items() if count < 2} == {}
    assert {"合计", "重复表头", "说明"} <= set(found)


def members(content: bytes) -> list[tuple[str, bytes]]:
    """The files in a workbook; another zlib may pack the same bytes differently."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return [(entry.filename, book.read(entry)) for entry in book.infolist()]


def test_the_script_makes_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    made = runpy.run_path(str(FOLDER / "make_wild.py"))
    files = made["build"](made["WildFolder"]())
    assert {path.name for path in WILD.iterdir()} == set(files)
    for name, content in files.items():
        committed = (WILD / name).read_bytes()
        assert members(committed) == members(content) if name.endswith(".xlsx") else committed == content, name
    assert tomllib.loads(files["manifest.toml"].decode())
