"""The ledgers: what they count, that nothing written in them is computed, and that they open."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from geo.differences import differences
from geo.faults import printable
from geo.schema import LAYERS
from maps.dossier import ledgers
from maps.dossier.ledger_tables import STATE_LABELS
from maps.dossier.ledger_verdicts import COUNTS
from tests.dossiers import HOSTILE, LONG, county_edition, demo_edition, make
from tests.support import TOWN

if TYPE_CHECKING:
    from pathlib import Path

    Books = dict[str, Any]


def opened(files: dict[str, Path]) -> Books:
    return {path.rpartition("_")[2].removesuffix(".xlsx"): openpyxl.load_workbook(file) for path, file in files.items()}


def rows_of(sheet: Any) -> list[dict[str, Any]]:
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    edition = demo_edition()
    return make(ledgers.pieces(edition), edition, tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def books(files: dict[str, Path]) -> Books:
    return opened(files)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Books:
    edition = county_edition()
    return opened(make(ledgers.pieces(edition), edition, tmp_path_factory.mktemp("county")))


def test_every_facility_has_its_row(books: Books) -> None:
    for name in ("stations", "boards", "communicators", "schools", "bases", "activities"):
        layer = LAYERS[name]
        rows = rows_of(books[f"{layer.label}台账"].worksheets[0])
        assert [row["编号"] for row in rows] == [
            str(i)
            for _, i in sorted(
                zip(demo_edition().layers[name]["unit_code"], demo_edition().layers[name]["id"], strict=True)
            )
        ]
        assert [row["序号"] for row in rows] == list(range(1, len(rows) + 1))


def test_counts_are_those_of_the_assessment(books: Books) -> None:
    told = {row["规则"]: row for row in rows_of(books["达标情况"]["规则汇总"])}
    for task in demo_edition().facts["tasks"]:
        for rule in task["rules"]:
            names = ("in_scope", "met", "met_shared", "not_met", "unknown", "not_applicable")
            assert [told[rule["id"]][name] for name in COUNTS] == [rule["units"][name] for name in names]
            value = told[rule["id"]]["数值"]
            assert value == (None if rule["value"] is None else pytest.approx(rule["value"], abs=1e-4))
            assert value is None or value <= rule["value"]


def test_each_village_stands_in_the_matrix_with_its_states(books: Books) -> None:
    sheet = books["达标情况"]["村（社区）"]
    rows = {row["单位代码"]: row for row in rows_of(sheet)}
    assert set(rows) == set(demo_edition().layers["villages"]["code"])
    for rule in (rule for task in demo_edition().facts["tasks"] for rule in task["rules"] if rule["unit"] == "village"):
        head = f"{rule['id']} {rule['requirement']}"
        states = {f["unit_code"]: "met_shared" if f["sharing"] == "shared" else f["state"] for f in rule["findings"]}
        for code, row in rows.items():
            assert row[head] == STATE_LABELS[states.get(code, "not_applicable")]


def test_gaps_and_changes_are_all_there(books: Books) -> None:
    edition = demo_edition()
    wanted = sum(r.counts.not_met + r.counts.unknown for r in edition.assessment.rules)
    assert len(rows_of(books["缺口清单"].worksheets[0])) == wanted
    assert edition.before is not None
    changed = differences(edition.before[0], edition.assessment)
    units = [row for row in rows_of(books["变化情况"].worksheets[0]) if row["对象"] == "单位"]
    assert len(units) == sum(map(len, changed.rules)) > 0


def test_sheets_are_ready_to_work_on(books: Books) -> None:
    for book in books.values():
        *lists, about = book.worksheets
        assert about.title == "说明"
        for sheet in lists:
            (table,) = sheet.tables.values()
            assert table.ref == sheet.dimensions
            assert table.autoFilter is not None
            assert sheet.freeze_panes is not None
            assert sheet.freeze_panes[-1] == "2"
            assert sheet.print_area
            assert sheet.print_title_rows == "$1:$1"
            assert "2022-10-31" in sheet.oddHeader.center.text
            assert all(8 <= column.width <= 60 for column in sheet.column_dimensions.values())


def test_days_are_days_and_numbers_numbers(books: Books) -> None:
    row = next(row for row in rows_of(books["科普活动站（室）台账"].worksheets[0]) if row["建成日期"])
    assert isinstance(row["建成日期"], datetime)
    assert isinstance(row["面积（平方米）"], int | float)
    assert isinstance(row["单位代码"], str)
    assert len(row["单位代码"]) == 12


def test_people_are_counted_and_never_named(books: Books) -> None:
    header = next(books["科普员台账"].worksheets[0].iter_rows(values_only=True))
    assert "人数（人）" in header
    assert not {"名称", "姓名", "责任人", "联系电话"} & set(header)
    for book in books.values():
        for sheet in book.worksheets:
            assert not {"责任人", "联系电话"} & set(next(sheet.iter_rows(values_only=True)))


def test_hostile_names_are_texts(hostile: Books) -> None:
    sheet = hostile["科普活动站（室）台账"].worksheets[0]
    names = [row["名称"] for row in rows_of(sheet)]
    assert set(names) == {printable(name) for name in HOSTILE}
    assert len(LONG) >= 60
    for book in hostile.values():
        for sheet in book.worksheets:
            for row in sheet.iter_rows():
                assert all(cell.data_type != "f" for cell in row)
                assert all(cell.hyperlink is None for cell in row)


def test_same_facts_same_bytes(files: dict[str, Path], tmp_path: Path) -> None:
    edition = demo_edition()
    again = make(ledgers.pieces(edition), edition, tmp_path)
    assert {path: file.read_bytes() for path, file in files.items()} == {p: f.read_bytes() for p, f in again.items()}


def test_only_the_books_whose_rows_changed_have_another_key() -> None:
    edition = county_edition()
    fewer = replace(edition, before=None)
    keys, others = ({p.path: p.key("1") for p in ledgers.pieces(one)} for one in (edition, fewer))
    assert set(keys) - set(others) == {path for path in keys if "变化" in path}


def test_a_public_edition_names_no_row(tmp_path: Path) -> None:
    edition = county_edition(public=True, review_number="测试用编号", entered_by="测试")
    for book in opened(make(ledgers.pieces(edition), edition, tmp_path)).values():
        for sheet in book.worksheets:
            for row in sheet.iter_rows(values_only=True):
                assert not any(".xlsx" in str(cell) for cell in row)


def test_one_township_alone(tmp_path: Path) -> None:
    edition = county_edition(township=TOWN)
    books = opened(make(ledgers.pieces(edition), edition, tmp_path))
    homes = {row["乡镇（街道）"] for row in rows_of(books["达标情况"]["村（社区）"])}
    assert homes == {county_edition().gazetteer.name_of(TOWN)}


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.slow
def test_libreoffice_opens_them_and_reads_the_same(files: dict[str, Path], books: Books, tmp_path: Path) -> None:
    wanted = [file for path, file in files.items() if "达标" in path or "宣传栏" in path]
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
        "--outdir",
        str(tmp_path),
    ]
    subprocess.run([*command, *map(str, wanted)], check=True, capture_output=True, timeout=240)
    for file in wanted:
        name = file.name.rpartition("_")[2].removesuffix(".xlsx")
        for before, after in zip(
            books[name].worksheets, openpyxl.load_workbook(tmp_path / file.name).worksheets, strict=True
        ):
            for row, other in zip(before.iter_rows(values_only=True), after.iter_rows(values_only=True), strict=False):
                assert [_plain(cell) for cell in row] == [_plain(cell) for cell in other][: len(row)]


def _plain(cell: Any) -> Any:
    return cell.date() if isinstance(cell, datetime) else cell
