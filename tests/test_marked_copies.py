"""Marked copies: the sender's own workbook comes back with each fault at its cell and in a list."""

from __future__ import annotations

import hashlib
import importlib
import json
import zipfile
from datetime import date
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

from geo import marked_copies
from geo.errors import InputRefused
from geo.fault_lists import COLUMNS, TITLE
from geo.faults import Fault
from geo.imports import import_file
from geo.marked_copies import AUTHOR, FILLS, marked_copy, write_marked_copy
from tests.command_line import kepu
from tests.stored import contents, fresh_store
from tests.writing import write_book, write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    from geo.store import Store

HEADER: list[Any] = ["乡镇", "村", "活动站名称", "设备", "面积(㎡)", "颜色"]
ROWS: list[list[Any]] = [
    HEADER,
    ["河口街道", "柳树村", "柳树站", "有", 60, "红"],
    ["云岭镇", "查无此村", "二站", "有", 70, ""],
    ["云岭镇", "云岭村", "三站", "无法使用", "很大", ""],
]
FIRST_FAULT = 4


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county, without facilities."""
    return fresh_store(tmp_path / "k.db")


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(BytesIO(content))


def fault(severity: Any = "error", **place: Any) -> Fault:
    return Fault(severity, "test", "a.xlsx", "说得不对", "请改", **{"sheet": "Sheet1", **place})


def colour(cell: Any) -> str:
    return str(cell.fill.start_color.rgb) if cell.fill.fill_type else ""


def listed(book: Any) -> list[dict[str, Any]]:
    """The list's rows by column."""
    rows = [[cell.value for cell in row] for row in book[TITLE].iter_rows(min_row=FIRST_FAULT)]
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def marked(sheet: Worksheet) -> dict[str, str]:
    """Address → comment of the cells that carry one."""
    return {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}


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


# ── other files ──────────────────────────────────────────────────────────────


def test_csv_becomes_a_workbook(store: Store, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "站.csv", [["代码", *HEADER[:5]], ["990101001201", *ROWS[1][:5]], ["", *ROWS[2][:5]]],
                     encoding="gb18030")  # fmt: skip
    done = kepu("import", "stations", path, "--report", tmp_path / "退回.xlsx", "--store", store.url)
    assert done.code == 2
    book = openpyxl.load_workbook(tmp_path / "退回.xlsx")
    assert book.sheetnames == [TITLE, "站"]
    sheet = book["站"]
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["A2"].number_format) == ("990101001201", "s", "@")
    assert set(marked(sheet)) == {"C3"}
    assert "格式没有保留" in book[TITLE]["A2"].value


def test_xls_becomes_a_workbook(tmp_path: Path) -> None:
    xlwt: Any = importlib.import_module("xlwt")
    old = xlwt.Workbook(encoding="utf-8")
    sheet = old.add_sheet("站")
    sheet.write_merge(0, 0, 0, 2, "活动站统计表")
    for column, text in enumerate(["乡镇", "村", "活动站名称", "建成日期", "面积"]):
        sheet.write(1, column, text)
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for column, value in enumerate(["云岭镇", "云岭村", "=1+1", date(2021, 5, 3), 60.5]):
        sheet.write(2, column, value, *([day] if column == 3 else []))
    old.save(str(tmp_path / "a.xls"))
    book = opened(marked_copy(tmp_path / "a.xls", [fault(sheet="站", row=3, column="村", value="云岭村")]))
    copy = book["站"]
    assert [str(span) for span in copy.merged_cells.ranges] == ["A1:C1"]
    values = [cell.value for cell in copy[3]]
    assert [*values[:3], values[3].date(), values[4]] == ["云岭镇", "云岭村", "=1+1", date(2021, 5, 3), 60.5]
    assert copy["C3"].data_type == "s"
    assert set(marked(copy)) == {"B3"}


def test_what_openpyxl_cannot_open_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_book(tmp_path / "a.xlsx", ROWS)
    monkeypatch.setattr(openpyxl, "load_workbook", _fails)
    content = marked_copy(path, [fault(row=3, column="村")])
    monkeypatch.undo()
    sheet = opened(content)["Sheet1"]
    assert [[cell.value or "" for cell in row] for row in sheet.iter_rows()] == ROWS
    assert set(marked(sheet)) == {"B3"}


def _fails(*_: object, **__: object) -> None:
    msg = "Value must be one of"
    raise ValueError(msg)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"no table at all"])
def test_an_unreadable_file_gives_the_list_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    book = opened(marked_copy(path, [fault(sheet=None)]))
    assert book.sheetnames == [TITLE]
    assert "读不出来" in book[TITLE]["A2"].value
    assert len(listed(book)) == 1


def test_a_huge_file_gives_the_list_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marked_copies, "_MOST_BYTES", 100)
    monkeypatch.setattr(marked_copies, "_MOST_CELLS", 3)
    for path in (write_book(tmp_path / "a.xlsx", ROWS), write_csv(tmp_path / "a.csv", ROWS)):
        book = opened(marked_copy(path, [fault(row=2, column="村")]))
        assert book.sheetnames == [TITLE]
        assert "太大" in book[TITLE]["A2"].value


def test_only_the_first_faults_of_very_many_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marked_copies, "_MOST_FAULTS", 2)
    path = write_book(tmp_path / "a.xlsx", ROWS)
    book = opened(marked_copy(path, [fault(row=n, column="村") for n in (2, 3, 4)]))
    assert len(listed(book)) == 2
    assert "另有1处没有列出" in book[TITLE]["A2"].value
    assert "错误3处" in book[TITLE]["A1"].value


# ── hostile text ─────────────────────────────────────────────────────────────

HOSTILE = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", '=HYPERLINK("http://x")', "\t=1", "＝1+1"]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_never_becomes_a_formula(tmp_path: Path, text: str) -> None:
    bad = Fault("error", "x", f"{text}.xlsx", text, text, sheet="Sheet1", row=2, column=text, value=text)
    for path in (write_book(tmp_path / "a.xlsx", [[text, "村"], [text, "b"]]),
                 write_csv(tmp_path / "a.csv", [[text, "村"], [text, "b"]])):  # fmt: skip
        content = marked_copy(path, [bad, fault(sheet=None, row=2, column=text)], shown_as=f"{text}.xlsx")
        book = opened(content)
        assert not [c.coordinate for s in book.worksheets for row in s.iter_rows() for c in row if c.data_type == "f"]
        with zipfile.ZipFile(BytesIO(content)) as archive:
            sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        assert not any(b"<f>" in sheet or b"<f " in sheet for sheet in sheets)
        assert str(book.worksheets[1]["A2"].value).replace("\t", " ") == text.replace("\t", " ")
        cells = [cell for row in book[TITLE].iter_rows(min_row=FIRST_FAULT) for cell in row]
        risky = [c for c in cells if str(c.value or "").strip().startswith(tuple("=+-@＝"))]
        assert len(risky) >= 4
        assert all(cell.quotePrefix for cell in risky)


def test_control_characters_are_cleaned(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [["乡镇", "村"], ["甲\x0b\x1b[31m", "第一行\n第二行\u202e"]])
    bad = Fault("error", "x", "a\x00.csv", "坏\x08了\n伪造", "改\u202e", row=2, column="村", value="\x01=1")
    book = opened(marked_copy(path, [bad]))
    sheet = book.worksheets[1]
    assert (sheet["A2"].value, sheet["B2"].value) == ("甲  [31m", "第一行\n第二行 ")
    assert sheet["B2"].comment.text == "问题：坏 了 伪造\n怎么改：改 "
    assert listed(book)[0]["原值"] == " =1"


def test_a_formula_of_the_sender_is_not_worked_out_or_changed(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Sheet1"
    book.worksheets[0].append(["乡镇", "村"])
    book.worksheets[0].append(["=A1", "村"])
    book.save(tmp_path / "a.xlsx")
    sheet = opened(marked_copy(tmp_path / "a.xlsx", [fault(row=2, column="乡镇")]))["Sheet1"]
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=A1", "f")
    assert sheet["A2"].comment is not None


def test_people_are_not_repeated(store: Store, tmp_path: Path) -> None:
    rows = [[*HEADER[:3], "责任人", "联系电话", "面积"], ["云岭镇", "云岭村", "站", "某某某", "00000000000", "很大"]]
    path = write_book(tmp_path / "a.xlsx", rows)
    book = opened(marked_copy(path, import_file(store, path, "stations").faults))
    told = [str(cell.value) for row in book[TITLE].iter_rows() for cell in row] + [*marked(book["Sheet1"]).values()]
    assert not [text for text in told if "某某某" in text or "00000000000" in text]


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
