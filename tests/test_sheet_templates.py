"""Blank templates: what they hold, and that a filled one comes back without a question."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from geo.columns import AUTO, IMPORTABLE, LEDGER
from geo.errors import InputRefused, UnknownLayer
from geo.figure_items import wanted_items
from geo.imports import import_file
from geo.schema import layer_named
from geo.sheet_templates import Template, make_template
from geo.template_books import EXPLANATION, UNITS, template_book
from geo.vocabulary import catalogue, column_of
from tests.command_line import kepu
from tests.demo import demo_store
from tests.stored import fresh_store
from tests.support import HILL, RIVER, WILLOW_RIVER, county, county_plan

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.worksheet import Worksheet

    from geo.place import Place
    from geo.rules import Plan
    from geo.store import Store

FILLED_ROWS = 3


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county, without facilities."""
    return fresh_store(tmp_path / "k.db")


def blank(layer: str, **options: Any) -> Template:
    """The county's template of a layer."""
    return make_template(county(), county_plan(), layer, **options)


def book_of(template: Template) -> Any:
    return openpyxl.load_workbook(BytesIO(template_book(template)))


def form_of(template: Template) -> Worksheet:
    sheet: Worksheet = book_of(template).worksheets[0]
    return sheet


def fill(path: Path, template: Template, place: Place) -> int:
    """Fill the first rows as the explanation's examples say, and return how many.

    Units of an empty form are chosen from the list; each row is another of its kind, and
    lies where its unit does.
    """
    book = book_of(template)
    sheet = book.worksheets[0]
    at = {entry.name: n for n, entry in enumerate(template.entries, start=1)}
    points = {**seats(place.townships), **seats(place.villages)}
    codes = {names: code for code, names in named_units(place).items()}
    rows = len(template.rows) if template.asked else FILLED_ROWS
    for n in range(rows):
        row = n + 2
        if not template.rows and template.units:
            town, village = template.units[n]
            sheet.cell(row, at["township"], town)
            sheet.cell(row, at["village"], village)
        where = tuple(str(sheet.cell(row, at[name]).value or "") for name in ("township", "village") if name in at)
        for entry in template.entries:
            cell = sheet.cell(row, at[entry.name])
            if cell.value is None and entry.example is not None and entry.name not in ("township", "village"):
                cell.value = f"{entry.example}{n}" if entry.name == "name" else entry.example
        if template.asked:
            sheet.cell(row, at["value"], "是" if template.asked[n].declared else 3)
        elif "lon" in at:
            lon, lat = points[codes.get(where) or codes[where[0], "本级"]]
            for name, value in (("lon", lon), ("lat", lat), ("datum", "CGCS2000")):
                sheet.cell(row, at[name], value)
    book.save(path)
    return rows


def seats(units: Any) -> dict[str, tuple[float, float]]:
    """Code → a point in each unit."""
    points = units.geometry.representative_point()
    return {code: (p.x, p.y) for code, p in zip(units["code"], points, strict=True)}


def named_units(place: Place) -> dict[str, tuple[str, ...]]:
    """Code → (township, village as a template names it)."""
    known = place.gazetteer
    towns: dict[str, tuple[str, ...]] = {code: (name, "本级") for code, name in known.townships.items()}
    return towns | {code: (known.townships[f"{code[:9]}000"], name) for code, name in known.villages.items()}


# ── a filled template comes back ─────────────────────────────────────────────


def check(store: Store, path: Path, layer: str, *, read_as: str) -> None:
    """Fill a template, import it, and look the records up."""
    place, plan = store.place(), store.plan()
    made = make_template(place, plan, layer)
    rows = fill(path, made, place)
    report = import_file(store, path, read_as, received_on=date(2026, 11, 24))
    assert report.faults == ()
    assert report.outcome == "stored"
    of = ("stations", "boards", "communicators", "organisations", "associations") if layer == LEDGER else (layer,)
    assert dict(report.records) == dict.fromkeys(of, rows)
    for name in of:
        base = layer_named(name).role == "base"
        stored = store.layers()[name]
        own = stored if base else stored[stored["batch"] == report.batch]
        for entry in made.entries:
            prefix, _, column = entry.name.rpartition(".")
            if prefix in ("", name) and entry.example is not None and column in own and column != "name":
                told = own[column].notna() & own[column].map(lambda value: value != ())
                assert told.sum() >= rows, (name, column)
        if not base:
            assert len(own) == rows


@pytest.mark.parametrize("layer", IMPORTABLE)
def test_a_filled_template_of_the_county_raises_no_question(store: Store, tmp_path: Path, layer: str) -> None:
    check(store, tmp_path / "填好.xlsx", layer, read_as=layer)


@pytest.mark.parametrize("layer", [layer for layer in IMPORTABLE if layer != "townships"])
def test_auto_tells_what_a_template_is(store: Store, tmp_path: Path, layer: str) -> None:
    check(store, tmp_path / "填好.xlsx", layer, read_as=AUTO)


@pytest.mark.parametrize("layer", IMPORTABLE)
def test_a_filled_template_of_the_demo_raises_no_question(tmp_path: Path, layer: str) -> None:
    check(demo_store(tmp_path / "k.db"), tmp_path / "填好.xlsx", layer, read_as=layer)


def test_every_unit_that_is_filled_in_is_understood(tmp_path: Path) -> None:
    store = demo_store(tmp_path / "k.db")
    made = make_template(store.place(), store.plan(), "communicators")
    book = book_of(made)
    column = [entry.name for entry in made.entries].index("count") + 1
    for row in range(2, len(made.rows) + 2):
        book.worksheets[0].cell(row, column, 1)
        book.worksheets[0].cell(row, 1, None)  # by their names alone
    book.save(tmp_path / "填好.xlsx")
    report = import_file(store, tmp_path / "填好.xlsx", "communicators", received_on=date(2026, 11, 24))
    assert report.faults == ()
    stored = store.layers()["communicators"]
    assert list(stored[stored["batch"] == report.batch]["unit_code"]) == sorted(r["unit_code"] for r in made.rows)


def test_records_say_what_was_filled_in(store: Store, tmp_path: Path) -> None:
    book = book_of(blank("stations"))
    sheet = book.worksheets[0]
    at = {cell.value: cell.column for cell in sheet[1]}
    row = next(n for n in range(2, sheet.max_row + 1) if sheet.cell(n, 1).value == WILLOW_RIVER)
    filled = {"活动站名称": "柳树站", "设备": "投影仪2台", "面积（平方米）": 60.5, "建成日期": datetime(2021, 5, 3)}
    for header, value in filled.items():
        sheet.cell(row, at[header], value)
    denied = row + 1
    sheet.cell(denied, at["活动站名称"], "无")
    month = row + 2
    sheet.cell(month, at["活动站名称"], "月站")
    sheet.cell(month, at["建成日期"], "2022年5月")
    book.save(tmp_path / "填好.xlsx")
    report = import_file(store, tmp_path / "填好.xlsx", "stations")
    assert report.faults == ()
    assert dict(report.none) == {"stations": 1}
    stations = store.layers()["stations"].set_index("name")
    (willow, by_month) = (stations.loc[name] for name in ("柳树站", "月站"))
    assert (willow["unit_code"], willow["area_m2"], willow["row"]) == (WILLOW_RIVER, 60.5, row)
    assert bool(willow["equipment"])
    assert willow["built_on"].date() == date(2021, 5, 3)
    assert bool(by_month["month_only"])


@pytest.mark.parametrize("layer", [layer for layer in IMPORTABLE if blank(layer).rows])
def test_an_unfilled_template_says_nothing(store: Store, tmp_path: Path, layer: str) -> None:
    (tmp_path / "空.xlsx").write_bytes(template_book(blank(layer)))
    report = import_file(store, tmp_path / "空.xlsx", layer)
    assert report.faults == ()
    assert not any(report.records.values())
    assert not any(report.none.values())


def test_an_unfilled_figure_leaves_an_older_one_standing(store: Store, tmp_path: Path) -> None:
    fill(tmp_path / "填好.xlsx", blank("figures"), county())
    import_file(store, tmp_path / "填好.xlsx", "figures", received_on=date(2022, 5, 1))
    before = store.layers()["figures"]["value"].tolist()
    (tmp_path / "空.xlsx").write_bytes(template_book(blank("figures")))
    import_file(store, tmp_path / "空.xlsx", "figures", received_on=date(2022, 6, 1))
    assert store.layers()["figures"]["value"].tolist() == before


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
