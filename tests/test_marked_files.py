"""Marked copies of what is no .xlsx, too large or unreadable, and of hostile text."""

from __future__ import annotations

import importlib
import zipfile
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from geo.faults import Fault
from geo.forms import marked_copies
from geo.forms.fault_lists import TITLE
from geo.forms.marked_copies import marked_copy
from geo.intake.imports import import_file
from tests.command_line import kepu
from tests.marked import FIRST_FAULT, HEADER, ROWS, fault, listed, marked, opened
from tests.stored import fresh_store
from tests.writing import write_book, write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from geo.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county, without facilities."""
    return fresh_store(tmp_path / "k.db")


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
