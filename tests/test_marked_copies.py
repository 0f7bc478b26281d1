"""Marked copies: the sender's own workbook comes back with each fault at its cell and in a list."""

from __future__ import annotations

import hashlib
import json
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation
from PIL import Image as Picture

from geo.errors import InputRefused
from geo.forms.fault_lists import COLUMNS, TITLE
from geo.forms.marked_copies import AUTHOR, FILLS, marked_copy, write_marked_copy
from geo.intake.imports import import_file
from tests.command_line import kepu
from tests.marked import FIRST_FAULT, HEADER, ROWS, colour, fault, listed, marked, opened
from tests.stored import contents, fresh_store
from tests.support import county
from tests.writing import write_book, write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from geo.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county, without facilities."""
    return fresh_store(tmp_path / "k.db")


# ── a file that is refused goes back with its faults ─────────────────────────


def test_faults_stand_at_their_cells_and_in_the_list(store: Store, tmp_path: Path) -> None:
    path = write_book(tmp_path / "站.xlsx", {"一": ROWS, "备忘": [["随便写的"], ["几句话"]]})
    before, stored = hashlib.sha256(path.read_bytes()).hexdigest(), contents(store)
    done = kepu("import", "stations", path, "--report", tmp_path / "退回.xlsx", "--store", store.url)
    assert done.code == 2
    assert contents(store) == stored
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    book = openpyxl.load_workbook(tmp_path / "退回.xlsx")
    assert book.sheetnames == [TITLE, "一", "备忘"]
    sheet = book["一"]
    assert [[cell.value or "" for cell in row] for row in sheet.iter_rows()] == ROWS
    comments = marked(sheet)
    assert set(comments) == {"F1", "B3", "D4", "E4"}
    assert comments["B3"].startswith("问题：云岭镇没有这个村（社区）")
    assert "\n怎么改：请改正名称或填代码" in comments["B3"]
    assert [colour(sheet[at]) for at in ("B3", "D4", "E4", "F1", "A1", "B2")] == [
        *[FILLS["error"]] * 3, FILLS["warning"], "", "",
    ]  # fmt: skip
    assert not marked(book["备忘"])
    rows = listed(book)
    assert [row["程度"] for row in rows].count("错误") == 3
    by_place = {row["位置"]: row for row in rows}
    assert (by_place["一!E4"]["行"], by_place["一!E4"]["列"], by_place["一!E4"]["原值"]) == (4, "面积(㎡)", "很大")
    note = next(row for row in rows if row["程度"] == "说明")
    assert (note["工作表"], note["位置"]) == ("备忘", None)


def test_the_list_leads_to_each_cell(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "老张的 '表'"
    book.worksheets[0].append(["乡镇", "村"])
    book.worksheets[0].append(["甲", "乙"])
    book.save(tmp_path / "a.xlsx")
    place = {"sheet": "老张的 '表'", "row": 2, "column": "村", "value": "乙"}
    copy = opened(marked_copy(tmp_path / "a.xlsx", [fault(**place)]))
    link = copy[TITLE].cell(FIRST_FAULT, len(COLUMNS))
    assert link.hyperlink.location == "'老张的 ''表'''!B2"
    assert link.hyperlink.target is None
    assert copy.active.title == TITLE
    assert [sheet.sheet_view.tabSelected for sheet in copy.worksheets] == [True, False]
    assert copy[TITLE].page_setup.orientation == "landscape"


def test_the_worst_fault_gives_the_colour(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", ROWS)
    said = [
        fault("note", row=2, column="村"),
        fault("warning", row=2, column="村"),
        fault("note", row=3, column="设备"),
    ]
    sheet = opened(marked_copy(path, said))["Sheet1"]
    assert (colour(sheet["B2"]), colour(sheet["D3"])) == (FILLS["warning"], FILLS["note"])
    assert sheet["B2"].comment.text == "问题：说得不对\n怎么改：请改"
    assert sheet["B2"].comment.author == AUTHOR


def test_a_fault_of_a_row_is_told_at_its_first_filled_cell(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", [HEADER, [None, None, "站"]])
    sheet = opened(marked_copy(path, [fault(row=2)]))["Sheet1"]
    assert marked(sheet) == {"C2": "这一行：问题：说得不对\n怎么改：请改"}


def test_tables_are_those_that_the_import_found(tmp_path: Path) -> None:
    """A row that names a unit is no header, though its other words may be headers."""
    rows = [HEADER, ["云岭镇", "学校", "社区", "设备", "长度", ""], ["云岭镇", "云岭村", "三站", "坏", 60, ""]]
    path = write_book(tmp_path / "a.xlsx", rows)
    said = [fault(row=3, column="设备", value="坏")]
    sheet = opened(marked_copy(path, said, is_unit=county().gazetteer.is_name))["Sheet1"]
    assert list(marked(sheet)) == ["D3"]


def test_faults_without_a_cell_stand_in_the_list_alone(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", ROWS)
    said = [fault(sheet=None), fault(), fault(sheet="没有"), fault(row=99)]
    book = opened(marked_copy(path, said))
    assert not marked(book["Sheet1"])
    assert [row["位置"] for row in listed(book)] == [None] * 4


def test_the_table_may_start_lower_and_stand_beside_another(store: Store, tmp_path: Path) -> None:
    two: list[Any] = ["乡镇", "村", "活动站名称", "面积", None, "乡镇", "村", "活动站名称", "面积"]
    rows: list[list[Any]] = [
        ["2022年科普活动站统计表"],
        two,
        ["云岭镇", "云岭村", "站一", 5, None, "云岭镇", "柳树村", "站二", "老大"],
    ]
    path = write_book(tmp_path / "a.xlsx", rows)
    report = import_file(store, path, "stations")
    assert report.outcome == "refused"
    sheet = opened(marked_copy(path, report.faults))["Sheet1"]
    assert {at for at, cell in marked(sheet).items() if "应为数字" in cell} == {"I3"}


# ── what is kept of the sender's workbook ────────────────────────────────────


def rich_book(path: Path) -> Path:
    """A workbook with all that a township's may hold."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Sheet1"
    sheet.append(["乡镇", "村", "面积", "合计"])
    for n in range(3):
        sheet.append(["云岭镇", f"村{n}", n, f"=SUM(C2:C{n + 2})"])
    sheet.merge_cells("A2:A4")
    sheet["B2"].font = Font(bold=True, color="FF0000FF")
    sheet["B2"].comment = Comment("已和村里核对过", "填表人")
    sheet.column_dimensions["B"].width = 33
    sheet.freeze_panes = "A2"
    sheet.data_validations.append(DataValidation(type="list", formula1='"1,2"', sqref="C2:C4"))
    sheet.conditional_formatting.add("C2:C4", Rule("cellIs", operator="lessThan", formula=["1"]))
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=3, min_row=1, max_row=4), titles_from_data=True)
    sheet.add_chart(chart, "F2")
    picture = BytesIO()
    Picture.new("RGB", (8, 8), "red").save(picture, "PNG")
    sheet.add_image(Image(picture), "F20")
    hidden = book.create_sheet("藏")
    hidden.sheet_state = "hidden"
    hidden["A1"] = "藏着的"
    book.save(path)
    return path


def test_formats_formulas_and_comments_are_kept(tmp_path: Path) -> None:
    path = rich_book(tmp_path / "a.xlsx")
    book = opened(
        marked_copy(path, [fault(row=2, column="村"), fault(row=3, column="乡镇"), fault(row=3, column="面积")])
    )
    sheet = book["Sheet1"]
    assert sheet["D3"].value == "=SUM(C2:C3)"
    assert sheet["D3"].data_type == "f"
    assert [str(span) for span in sheet.merged_cells.ranges] == ["A2:A4"]
    assert (sheet["B2"].font.b, sheet["B2"].font.color.rgb) == (True, "FF0000FF")
    assert sheet.column_dimensions["B"].width == 33
    assert sheet.freeze_panes == "A2"
    assert [str(rule.sqref) for rule in sheet.data_validations.dataValidation] == ["C2:C4"]
    assert len(list(sheet.conditional_formatting)) == 1
    assert sheet["B2"].comment.text == "已和村里核对过\n————\n问题：说得不对\n怎么改：请改"
    assert sheet["A2"].comment.text == "第3行：问题：说得不对\n怎么改：请改"
    assert colour(sheet["A2"]) == FILLS["error"]
    assert book["藏"].sheet_state == "hidden"
    assert book["藏"]["A1"].value == "藏着的"


def test_pictures_and_charts_are_kept(tmp_path: Path) -> None:
    """As far as openpyxl knows them; docs/INTAKE.md says what it drops."""
    path = rich_book(tmp_path / "a.xlsx")
    with zipfile.ZipFile(BytesIO(marked_copy(path, [fault(row=2, column="村")]))) as archive:
        names = archive.namelist()
    assert any(name.startswith("xl/charts/chart") for name in names)
    assert any(name.startswith("xl/media/image") for name in names)


def test_macros_do_not_come_along(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsm", ROWS)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    with zipfile.ZipFile(BytesIO(marked_copy(path, [fault(row=2, column="村")]))) as archive:
        assert not [name for name in archive.namelist() if "vba" in name.lower()]
        assert b"macroEnabled" not in archive.read("[Content_Types].xml")


@pytest.mark.parametrize("layer", ["stations", "auto"])
def test_a_copy_that_comes_back_is_read_and_marked_afresh(store: Store, tmp_path: Path, layer: str) -> None:
    first = write_book(tmp_path / "a.xlsx", [row[:5] for row in ROWS])
    write_marked_copy(tmp_path / "b.xlsx", first, import_file(store, first, layer).faults)
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    sheet = book["Sheet1"]
    sheet["B3"], sheet["D4"] = "云岭村", "有"
    book.save(tmp_path / "b.xlsx")
    report = import_file(store, tmp_path / "b.xlsx", layer)
    assert [(f.row, f.column) for f in report.faults] == [(4, "面积(㎡)")]
    again = opened(marked_copy(tmp_path / "b.xlsx", report.faults))
    assert again.sheetnames == [TITLE, "Sheet1"]
    assert set(marked(again["Sheet1"])) == {"E4"}
    assert colour(again["Sheet1"]["B3"]) == ""
    assert len(listed(again)) == 1
    sheet["E4"] = 80
    book.save(tmp_path / "b.xlsx")
    mended = import_file(store, tmp_path / "b.xlsx", layer)
    assert (mended.outcome, mended.faults) == ("stored", ())


def test_the_sender_s_own_comment_outlives_our_marks(tmp_path: Path) -> None:
    path = rich_book(tmp_path / "a.xlsx")
    (tmp_path / "b.xlsx").write_bytes(marked_copy(path, [fault(row=2, column="村")]))
    again = opened(marked_copy(tmp_path / "b.xlsx", []))
    assert marked(again["Sheet1"]) == {"B2": "已和村里核对过"}


# ── the command ──────────────────────────────────────────────────────────────


def test_reports_as_json_text_and_table(store: Store, tmp_path: Path) -> None:
    good = write_book(tmp_path / "好.xlsx", [HEADER[:5], ROWS[1][:5]])
    bad = write_book(tmp_path / "坏.xlsx", [HEADER[:5], ROWS[2][:5]])
    for name in ("r.json", "r.txt", "r.csv", "r.xlsx"):
        done = kepu("import", "stations", good, bad, "--report", tmp_path / name, "--store", store.url)
        assert done.code == 2
    told = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert [entry["outcome"] for entry in told["files"]] == ["stored", "refused"]
    assert told["files"][1]["faults"][0]["code"] == "village-unknown"
    lines = (tmp_path / "r.txt").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "好.xlsx：没有变化，科普活动站（室）1条"
    assert lines[-1].startswith("错误：坏.xlsx · 工作表“Sheet1” · 第2行")
    table = openpyxl.load_workbook(tmp_path / "r.xlsx").worksheets[0]
    assert [cell.value for cell in table[1]][:3] == ["程度", "文件", "工作表"]


def test_a_folder_gets_a_copy_of_each_faulty_file(store: Store, tmp_path: Path) -> None:
    (tmp_path / "来文").mkdir()
    (tmp_path / "退回").mkdir()
    good = write_book(tmp_path / "好.xlsx", [HEADER[:5], ROWS[1][:5]])
    bad = write_book(tmp_path / "坏.xlsx", [HEADER[:5], ROWS[2][:5]])
    also = write_csv(tmp_path / "来文" / "坏.csv", [HEADER[:5], ROWS[2][:5]])
    done = kepu("import", "stations", good, bad, also, "--report", tmp_path / "退回", "--store", store.url)
    assert done.code == 2
    assert sorted(path.name for path in (tmp_path / "退回").iterdir()) == ["坏_标注+.xlsx", "坏_标注.xlsx"]


def test_the_original_is_never_overwritten(store: Store, tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", ROWS)
    before = path.read_bytes()
    done = kepu("import", "stations", path, "--report", path, "--store", store.url)
    assert done.code == 2
    assert "不能覆盖原件" in done.err
    with pytest.raises(InputRefused, match="不能覆盖原件"):
        write_marked_copy(path, path, [])
    second = write_book(tmp_path / "a_标注.xlsx", ROWS)
    kept = second.read_bytes()
    kepu("import", "stations", path, second, "--report", tmp_path, "--store", store.url)
    assert path.read_bytes() == before
    assert second.read_bytes() == kept
