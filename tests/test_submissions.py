"""The demo's submissions: rebuilt to the byte, listed, invented and saying so, without people, and telling."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from geo.admin.gazetteer import village_key
from geo.intake.submissions import import_submissions, read_manifest
from geo.place import read_place
from geo.store import Store
from geo.words.vocabulary import column_of
from tests.plain_reading import Reported, read_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.intake.imports import ImportReport
    from geo.layers import Layers

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "data" / "changji"
SENT = PLACE / "submissions"
AS_OF = date(2022, 10, 31)
PRIVATE = {"person", "phone"}
MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)")


@cache
def tables() -> dict[str, list[list[str]]]:
    """File name → rows of its first sheet as text, the header first."""
    return {path.name: _rows(path) for path in sorted(SENT.iterdir()) if path.suffix in {".xlsx", ".csv"}}


def _rows(path: Path) -> list[list[str]]:
    if path.suffix == ".xlsx":
        cells = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
        return [["" if cell is None else str(cell) for cell in row] for row in cells]
    return list(csv.reader(io.StringIO(csv_text(path)[0], newline="")))


def csv_text(path: Path) -> tuple[str, str]:
    """A CSV file's text and its encoding."""
    content = path.read_bytes()
    encoding = "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "gb18030"
    return content.decode(encoding), encoding


@cache
def said() -> Reported:
    """What the files say, read plainly."""
    return read_all(PLACE)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[ImportReport], Layers]:
    """The reports of importing everything, and the layers that result."""
    database = tmp_path_factory.mktemp("submissions") / "demo.db"
    plan = (PLACE / "plan.toml").read_text(encoding="utf-8")
    store = Store.create(f"sqlite:///{database.as_posix()}", read_place(PLACE), plan)
    return import_submissions(store, SENT), store.layers()


# ── the files ────────────────────────────────────────────────────────────────


def rebuilt(folder: Path, seed: str) -> dict[str, bytes]:
    """What the script makes in a copy of the place, under some hash seed."""
    (folder / "submissions").mkdir(parents=True)
    for pattern in ("make_*.py", "*.geojson", "plan.toml"):
        for file in PLACE.glob(pattern):
            shutil.copy(file, folder)
    run = subprocess.run(
        [sys.executable, str(folder / "make_submissions.py")],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return {file.name: file.read_bytes() for file in (folder / "submissions").iterdir()}


def members(content: bytes) -> Sequence[tuple[str, object, bytes]]:
    """The files in a workbook with their days; another zlib may pack the same bytes differently."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return [(entry.filename, entry.date_time[0], book.read(entry)) for entry in book.infolist()]


def test_the_script_rebuilds_the_committed_files(tmp_path: Path) -> None:
    made = rebuilt(tmp_path / "once", "1")
    assert made == rebuilt(tmp_path / "twice", "2")
    committed = {file.name: file.read_bytes() for file in SENT.iterdir() if file.is_file() and file.name != "README.md"}
    assert made.keys() == committed.keys()
    for name, content in made.items():
        if name.endswith(".xlsx"):
            assert members(content) == members(committed[name]), name
        else:
            assert content == committed[name], name


def test_the_manifest_lists_every_file_once() -> None:
    listed = [entry.file for entry in read_manifest(SENT).files]
    assert listed == sorted(tables())
    assert {file.suffix for file in SENT.iterdir() if file.is_file()} == {".xlsx", ".csv", ".toml", ".md"}


def test_senders_use_several_kinds_of_file() -> None:
    encodings = {csv_text(path)[1] for path in SENT.glob("*.csv")}
    assert encodings == {"utf-8-sig", "gb18030"}
    entries = read_manifest(SENT).files
    assert len({entry.sender for entry in entries}) >= 18
    assert {entry.layer for entry in entries} == {
        *("stations", "boards", "ledger", "schools", "bases", "associations", "villages", "activities", "figures")
    }
    assert [entry.file for entry in entries if entry.datum == "gcj02"] == ["31_滨湖镇_科普活动站.xlsx"]


# ── invented, and about nobody ───────────────────────────────────────────────


def test_each_file_says_that_it_is_invented() -> None:
    assert "invented" in (SENT / "README.md").read_text(encoding="utf-8")
    assert "虚构" in (SENT / "manifest.toml").read_text(encoding="utf-8").splitlines()[0]
    for path in SENT.glob("*.xlsx"):
        book = openpyxl.load_workbook(path)
        assert [(sheet.title, sheet.sheet_state) for sheet in book.worksheets] == [
            ("数据", "visible"),
            ("说明", "visible"),
        ]
        assert str(book["说明"]["A1"].value).startswith("演示数据，全部虚构"), path.name
        assert (book.properties.creator, book.properties.lastModifiedBy) in {("", ""), (None, None)}
    for path in SENT.glob("*.csv"):
        assert {row[-1] for row in tables()[path.name][1:]} == {"演示，虚构"}, path.name


def test_nobody_is_named() -> None:
    for entry in read_manifest(SENT).files:
        header, *body = tables()[entry.file]
        private = [at for at, text in enumerate(header) if column_of(text, entry.layer)[0] in PRIVATE]
        assert not [row[at] for row in body for at in private if row[at]], entry.file
        text = "\n".join("\t".join(row) for row in body)
        assert not MOBILE.search(text), entry.file
        assert not LANDLINE.search(text), entry.file


def test_no_facility_has_a_real_name() -> None:
    for entry in read_manifest(SENT).files:
        header, *body = tables()[entry.file]
        if entry.layer not in {"ledger", "villages", "figures"}:
            (at,) = [n for n, text in enumerate(header) if column_of(text, entry.layer)[0] == "name"]
            assert not [row[at] for row in body if "演示" not in row[at] and row[at] not in {"无", "0", "-", "/"}]


# ── what it holds ────────────────────────────────────────────────────────────


def test_everything_is_imported_and_one_point_is_astray(imported: tuple[list[ImportReport], Layers]) -> None:
    reports, layers = imported
    assert {report.outcome for report in reports} == {"stored"}
    of_days = {"date-future", "update-before-start"}  # lists that came before the day that they were made for
    odd = [f for report in reports for f in report.faults if f.severity != "note" and f.code not in of_days]
    assert [(fault.severity, fault.code) for fault in odd] == [("warning", "outside-township")]
    for name in ("stations", "boards", "communicators", "organisations", "associations", "schools", "bases", "figures"):
        assert len(layers[name]), name


def test_points_lie_in_the_areas_of_their_units(imported: tuple[list[ImportReport], Layers]) -> None:
    """Those of the list in GCJ-02 too: its offset is some 270 m, the areas are wider than its error."""
    _, layers = imported
    areas = {
        code: area for n in ("townships", "villages") for code, area in layers[n].set_index("code").geometry.items()
    }
    for name in ("stations", "boards", "schools", "bases"):
        table = layers[name]
        at = table[table.geometry.notna()]
        places = zip(at["name"], at["unit_code"], at.geometry, strict=True)
        outside = [called for called, unit, point in places if not areas[unit].buffer(1e-5).covers(point)]
        assert len(outside) == (name == "stations"), outside
        assert len(at) >= len(table) / 2
    assert layers["stations"].geometry.isna().sum() >= 5


def test_the_figures_are_those_that_the_plan_asks_for() -> None:
    plan = tomllib.loads((PLACE / "plan.toml").read_text(encoding="utf-8"))
    wanted = {
        (str(task["no"]), rule[key])
        for task in plan["tasks"]
        for rule in task["rules"]
        for key in ("item", "per")
        if key in rule
    }
    told = {key: facility.facts["value"] for key, facility in said().listed["figures"].items()}
    assert told.keys() <= wanted
    missing = wanted - {key for key, value in told.items() if value is not None}
    assert len(missing) == 4
    assert told["12", "常住人口"] == 607_441


def test_the_population_is_near_that_of_the_census() -> None:
    people = said().people
    assert 0.9 < sum(people.values()) / 607_441 < 1
    assert len(people) == 137


def facts(layer: str) -> list[dict[str, Any]]:
    return [facility.facts for facility in said().listed[layer].values()]


def test_boards_show_every_way_to_be_late() -> None:
    changes = [board["changes"] for board in facts("boards")]
    assert [] in changes
    assert None in changes
    last = Counter(days[-1] for days in changes if days)
    assert last[date(2022, 8, 31)]
    assert last[date(2022, 8, 30)]
    assert [date(2021, 11, 2), date(2022, 1, 5), date(2022, 6, 20), date(2022, 10, 12)] in changes
    assert {board["whole"] for board in facts("boards")} == {True, False}


def test_some_things_come_after_the_day_or_have_ended() -> None:
    for layer in ("stations", "boards", "bases"):
        assert [f for f in facts(layer) if f["starts"] and f["starts"] > AS_OF], layer
    assert [base for base in facts("bases") if base["ends"] and base["ends"] < AS_OF]
    assert {activity["starts"].year for activity in facts("activities")} == {2021, 2022}


def test_none_is_written_in_four_ways_and_some_say_nothing() -> None:
    names = {row[3] for name, rows in tables().items() if "科普活动站" in name or "宣传栏" in name for row in rows[1:]}
    assert {"无", "0", "-", "/"} <= names
    stations = said().listed["stations"].values()
    covered = set().union(*(station.units for station in stations)) | said().none["stations"]
    silent = [
        c for c, v in said().villages.items() if said().townships[v["township_code"]]["in_plan"] and c not in covered
    ]
    assert [code for code in silent if code[:9] + "000" in said().whole["stations"]]
    assert [code for code in silent if code[:9] + "000" not in said().whole["stations"]]


def test_facilities_are_shared_and_stand_in_two_lists() -> None:
    for layer in ("stations", "boards"):
        assert {len(facility.units) for facility in said().listed[layer].values()} == {1, 2, 3}
    listed: Counter[str] = Counter()
    for name, rows in tables().items():
        if "科普活动站" in name:
            listed.update({row[rows[0].index("活动站名称")] for row in rows[1:]})
    assert sum(1 for name, times in listed.items() if times > 1 and "演示" in name) >= 3


def test_villages_of_one_name_are_told_apart() -> None:
    """Both are reported in their own townships."""
    villages = {code: village_key(v["name"]) for code, v in said().villages.items() if code in said().people}
    twice = {name for name, times in Counter(villages.values()).items() if times > 1}
    assert {"新戽村", "下六工村", "幸福村", "东沟村"} <= twice
    boards = set().union(*(board.units for board in said().listed["boards"].values()))
    assert all(code in boards for code, name in villages.items() if name == "新戽村")
