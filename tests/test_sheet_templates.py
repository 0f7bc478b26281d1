"""Blank templates: columns, rows, drop-down lists, validation, print, explanation; and the command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

from geo.errors import InputRefused, UnknownLayer
from geo.figure_items import wanted_items
from geo.forms.template_books import EXPLANATION, UNITS
from geo.intake.columns import IMPORTABLE, LEDGER
from geo.schema import layer_named
from geo.words.vocabulary import catalogue, column_of
from tests.command_line import kepu
from tests.forms import blank, book_of, form_of
from tests.stored import fresh_store
from tests.support import HILL, RIVER, county, county_plan

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.worksheet import Worksheet

    from geo.plans.rules import Plan
    from geo.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county, without facilities."""
    return fresh_store(tmp_path / "k.db")


# ── what a template holds ────────────────────────────────────────────────────


@pytest.mark.parametrize("layer", IMPORTABLE)
def test_headers_are_understood_and_every_public_column_is_asked_for(layer: str) -> None:
    entries = blank(layer).entries
    assert [column_of(entry.header, layer)[0] for entry in entries] == [entry.name for entry in entries]
    assert all(entry.what and entry.how for entry in entries)
    known = catalogue()["ledger"] if layer == LEDGER else catalogue()["headers"][layer]
    private = set() if layer == LEDGER else {c.name for c in layer_named(layer).columns if c.private}
    people = {"person", "phone"} if layer == "communicators" else set()
    asked = {entry.name for entry in entries}
    assert set(known) - private - asked <= ({"name"} if layer in ("townships", "villages") else set())
    assert asked & private == people


def test_villages_are_filled_in_township_by_township() -> None:
    rows = blank("stations").rows
    assert len(rows) == len(county().unit_codes)
    assert rows[0] == {"unit_code": RIVER, "township": "河口街道", "village": "本级"}
    assert [row["unit_code"] for row in rows] == sorted(county().unit_codes)
    hill = blank("stations", township=HILL)
    assert {row["township"] for row in hill.rows} == {"白石乡"}
    assert {town for town, _ in hill.units} == {"白石乡"}
    assert len(hill.rows) == 4


def test_which_rows_are_filled_in() -> None:
    assert [row["unit_code"] for row in blank("associations").rows] == sorted(county().townships["code"])
    assert [row["unit_code"] for row in blank("townships").rows] == sorted(county().townships["code"])
    assert [row["unit_code"] for row in blank("villages").rows] == sorted(county().villages["code"])
    assert [row["unit_code"] for row in blank("villages", township=HILL).rows] == [
        code for code in sorted(county().villages["code"]) if code.startswith(HILL[:9])
    ]
    for layer in ("schools", "bases", "activities"):
        assert not blank(layer).rows
        assert "本级" not in {village for _, village in blank(layer).units}


def test_figures_ask_what_the_plan_asks() -> None:
    made = blank("figures")
    plan: Plan = county_plan()
    assert [(row["task"], row["item"], row["unit_of_measure"]) for row in made.rows] == list(
        dict.fromkeys((w.task, w.item, w.measure or "") for w in wanted_items(plan))
    )
    assert [asked.declared for asked in made.asked] == [False, False, False, True]
    sheet = form_of(made)
    by_cell = {str(rule.sqref): rule for rule in rules_of(sheet)}
    assert by_cell["C2"].type == "decimal"
    assert by_cell["C5"].type == "list"
    assert by_cell["C5"].prompt == "有经费管理制度"


def rules_of(sheet: Worksheet) -> list[DataValidation]:
    return list(sheet.data_validations.dataValidation)


def rule_of(sheet: Worksheet, header: str) -> DataValidation:
    """The validation of a column, by its header."""
    letter = next(cell.column_letter for cell in sheet[1] if cell.value == header)
    return next(rule for rule in rules_of(sheet) if str(rule.sqref).startswith(letter))


def test_cells_are_checked_while_they_are_filled_in() -> None:
    sheet = form_of(blank("stations"))
    last = 1 + len(county().unit_codes) + 200
    cases = {
        "设备": ("list", '"有,无"', False),
        "专用/共用": ("list", '"专用,共用"', True),
        "面积（平方米）": ("decimal", "0", True),
        "建成日期": ("date", "18264", True),
        "经度": ("decimal", "73", True),
        "坐标系": ("list", '"CGCS2000,WGS 84,GCJ-02（高德、腾讯）,BD-09（百度）"', True),
        "乡镇（街道）": ("list", f"'{UNITS}'!$D$2:$D$6", True),
    }
    for header, expected in cases.items():
        rule = rule_of(sheet, header)
        assert (rule.type, rule.formula1, bool(rule.showErrorMessage)) == expected, header
        assert str(rule.sqref).endswith(str(last))
        assert rule.prompt
        if rule.showErrorMessage:
            assert rule.error
            assert "请" in rule.error
    village = rule_of(sheet, "村（社区）")
    assert (village.type, bool(village.showErrorMessage)) == ("list", False)
    assert "MATCH($B2" in str(village.formula1)
    ledger = form_of(blank(LEDGER))
    assert rule_of(ledger, "活动站").formula1 == '"有,无,专用,共用"'
    assert rule_of(ledger, "科普组织").formula1 == '"有,无"'
    assert rule_of(form_of(blank("schools")), "市属").formula1 == '"是,否"'
    students = rule_of(form_of(blank("schools")), "学生数（人）")
    assert (students.type, students.formula2) == ("whole", "100000000")


def test_a_chosen_township_offers_its_own_villages() -> None:
    """The list of villages is a stretch of the sheet of units: the rows of one township lie together."""
    made = blank("schools")
    sheet = book_of(made)[UNITS]
    rows = [tuple(cell.value for cell in row[:2]) for row in sheet.iter_rows(min_row=2)]
    assert tuple(rows) == made.units
    towns = [town for town, _ in rows]
    assert towns == sorted(towns, key=towns.index)
    assert [sheet.cell(n, 4).value for n in range(2, 7)] == list(dict.fromkeys(towns))


def test_codes_are_text() -> None:
    sheet = form_of(blank("stations"))
    for letter, header in (("A", "代码"), ("E", "服务单位")):
        assert sheet[f"{letter}1"].value == header
        assert sheet.column_dimensions[letter].number_format == "@"
        assert sheet[f"{letter}2"].number_format == "@"
    assert (sheet["A2"].value, sheet["A2"].data_type) == (RIVER, "s")
    days = next(cell.column_letter for cell in sheet[1] if cell.value == "建成日期")
    assert sheet.column_dimensions[days].number_format == "yyyy-mm-dd"
    dates = form_of(blank("boards"))
    updates = next(cell.column_letter for cell in dates[1] if cell.value == "更换日期")
    assert dates.column_dimensions[updates].number_format == "@"


@pytest.mark.parametrize("layer", IMPORTABLE)
def test_the_form_prints_and_explains_itself(layer: str) -> None:
    made = blank(layer)
    book = book_of(made)
    assert book.sheetnames == [made.label, EXPLANATION, *([UNITS] if made.units else [])]
    assert book.vba_archive is None
    assert book.properties.title == made.title
    assert made.title.startswith("云岭县")
    assert not book.properties.creator
    assert not book.properties.lastModifiedBy
    sheet = book.worksheets[0]
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
    assert sheet.print_title_rows == "$1:$1"
    assert str(sheet.freeze_panes)[1:] == "2"
    assert not sheet.protection.sheet
    told = [[cell.value for cell in row] for row in book[EXPLANATION].iter_rows()]
    top = next(n for n, row in enumerate(told) if row[0] == "栏目")
    assert [row[0] for row in told[top + 1 :]] == [entry.header for entry in made.entries]
    assert all(row[1] in ("必填", "选填") and row[2] and row[3] for row in told[top + 1 :])
    assert all(state.sheet_state == "visible" for state in book.worksheets)


def test_columns_hold_what_is_filled_in() -> None:
    sheet = form_of(blank("stations"))
    for letter, least in (("A", 12), ("B", 14), ("C", 8)):
        assert sheet.column_dimensions[letter].width >= least


# ── the command ──────────────────────────────────────────────────────────────


def test_the_command(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    done = kepu("template", "ledger", "--township", "白石乡", "-o", path, "--store", store.url)
    assert done.code == 0, done.err
    assert "kepu import ledger 台账.xlsx" in done.out
    book = openpyxl.load_workbook(path)
    assert book.properties.title == "云岭县白石乡台账填报表"
    assert {row[1].value for row in book.worksheets[0].iter_rows(min_row=2, max_row=5)} == {"白石乡"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("station", "-o", "a.xlsx"), "没有名为“station”的模板"),
        (("stations", "-o", "a.csv"), "只能写成 .xlsx"),
        (("stations", "-o", "没有/a.xlsx"), "没有文件夹"),
        (("stations", "-o", "a.xlsx", "--township", "某镇"), "没有乡镇"),
        (("figures", "-o", "a.xlsx", "--township", "云岭镇"), "不分乡镇"),
        (("auto", "-o", "a.xlsx"), "没有名为“auto”的模板"),
    ],
)
def test_bad_options(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = kepu("template", *arguments, "--store", store.url)
    assert done.code == 2
    assert told in done.err
    assert len(done.lines) == 1
    assert not (tmp_path / "a.xlsx").exists()


def test_errors_of_the_library() -> None:
    with pytest.raises(UnknownLayer, match="没有名为"):
        blank("nothing")
    with pytest.raises(InputRefused, match="不分乡镇"):
        blank("figures", township=HILL)
