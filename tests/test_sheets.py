"""Files as they come: told apart by content, refused in one clear line."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from geo.errors import UnreadableFile
from geo.files.sheets import decode, read_tables
from tests.writing import csv_text, write_book, write_csv

if TYPE_CHECKING:
    from pathlib import Path

HEADER: list[Any] = ["乡镇", "村", "面积"]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refusal(path: Path) -> tuple[str, str]:
    """(code, line) of the one fault for which a file is refused."""
    with pytest.raises(UnreadableFile) as caught:
        read_tables(path)
    (fault,) = caught.value.faults
    assert fault.file == path.name
    assert fault.severity == "error"
    assert "\n" not in fault.line()
    return fault.code, fault.line()


def test_cells_keep_their_types_and_rows_their_numbers(tmp_path: Path) -> None:
    rows: list[Any] = [
        HEADER,
        ["三山镇", "一村", 60.5],
        [None],
        ["三山镇", "二村", date(2022, 5, 3)],
        ["", " "],
        ["四", True, 652301],
    ]
    (table,) = read_tables(write_book(tmp_path / "a.xlsx", rows))
    assert table.header == ("乡镇", "村", "面积")
    assert table.sheet == "Sheet1"
    found = dict(table.rows())
    assert list(found) == [2, 4, 6]
    assert found[2] == ("三山镇", "一村", 60.5)
    assert found[4][2] == date(2022, 5, 3)
    assert found[6][1:] == (True, 652301)


def test_content_that_starts_elsewhere_keeps_its_row_numbers(tmp_path: Path) -> None:
    (table,) = read_tables(write_book(tmp_path / "a.xlsx", [[], [], HEADER, ["镇", "村", 1]]))
    assert (table.header, table.header_row) == (tuple(HEADER), 3)
    assert [number for number, _ in table.rows()] == [4]


def test_every_visible_sheet_is_read(tmp_path: Path) -> None:
    tables = read_tables(write_book(tmp_path / "a.xlsx", {"一": [HEADER], "空": [], "二": [HEADER, ["镇", "村", 1]]}))
    assert [table.sheet for table in tables] == ["一", "二"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_encodings(tmp_path: Path, encoding: str) -> None:
    rows = [HEADER, ["三山镇", "㙍䶮村", "60"]]
    (table,) = read_tables(write_csv(tmp_path / "a.csv", rows, encoding=encoding))
    assert table.header == ("乡镇", "村", "面积")
    assert table.body == (("三山镇", "㙍䶮村", "60"),)
    assert table.sheet is None


def test_quoted_line_breaks_and_blank_lines_count_as_spreadsheets_do(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('乡镇,村,面积\r\n甲,"上\n下",1\r\n\r\n乙,村,2\r\n'.encode())
    (table,) = read_tables(path)
    assert [(number, cells[0]) for number, cells in table.rows()] == [(2, "甲"), (4, "乙")]


def test_tabs(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("乡镇\t村\n甲\t乙,丙\n", encoding="utf-8")
    assert read_tables(path)[0].body == (("甲", "乙,丙"),)


def test_missing_directory_and_empty(tmp_path: Path) -> None:
    assert refusal(tmp_path / "没有.xlsx")[0] == "file-missing"
    folder = tmp_path / "夹.xlsx"
    folder.mkdir()
    assert refusal(folder)[0] == "file-directory"
    for name in ("空.xlsx", "空.csv"):
        (tmp_path / name).write_bytes(b"")
        assert refusal(tmp_path / name)[0] == "file-empty"
    assert refusal(write_book(tmp_path / "无内容.xlsx", []))[0] == "file-empty"
    (tmp_path / "空行.csv").write_text("\n,,\n \n", encoding="utf-8")
    assert refusal(tmp_path / "空行.csv")[0] == "file-empty"


def test_not_what_the_name_says(tmp_path: Path) -> None:
    text = csv_text([HEADER]).encode()
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256))
    book = write_book(tmp_path / "真.xlsx", [HEADER]).read_bytes()
    for name, content, code in (
        ("文本.xlsx", text, "file-content"),
        ("图.xlsx", png, "file-content"),
        ("图.csv", png, "file-encoding"),
        ("图.png", png, "file-suffix"),
        ("表.csv", book, "file-content"),
        ("表.pdf", book, "file-suffix"),
        ("无扩展名", text, "file-suffix"),
        ("半截.xlsx", book[: len(book) // 2], "file-damaged"),
        ("乱.xls", OLE + bytes(4096), "file-damaged"),
        ("半.csv", '乡镇,"村\n甲,乙'.encode(), "file-csv"),
        ("坏.csv", b"\xef\xbb\xbf\xff\xfe\xfa", "file-encoding"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        assert refusal(path)[0] == code, name


def test_an_archive_that_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "文档.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert refusal(path)[0] == "file-content"


def test_password(tmp_path: Path) -> None:
    """An encrypted workbook is an OLE container whose directory names the stream EncryptedPackage."""
    path = tmp_path / "密.xlsx"
    path.write_bytes(OLE + bytes(1016) + "EncryptedPackage".encode("utf-16-le") + bytes(1024))
    code, line = refusal(path)
    assert code == "file-password"
    assert "密码" in line


def test_a_stray_cell_at_the_end_of_the_sheet_does_not_eat_the_memory(tmp_path: Path) -> None:
    """The reader would lay out half a terabyte; the process would be killed."""
    path = tmp_path / "大.xlsx"
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write(1048575, 16383, "x")
    code, line = refusal(path)
    assert code == "file-large"
    assert "1048576" in line


def test_formatting_without_content_is_no_content(tmp_path: Path) -> None:
    path = tmp_path / "格式.xlsx"
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ["甲", "乙", 1])
        for column in range(40):
            sheet.write_blank(1048575, column, None, book.add_format({"bold": True}))
    (table,) = read_tables(path)
    assert [number for number, _ in table.rows()] == [2]


def test_an_archive_that_unpacks_to_very_much(tmp_path: Path) -> None:
    path = tmp_path / "弹.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/big.xml", "w", force_zip64=True) as part:
            for _ in range(450):
                part.write(bytes(1_000_000))
    assert refusal(path)[0] == "file-large"


@given(st.binary(max_size=400))
def test_any_bytes_are_text_or_refused(content: bytes) -> None:
    with suppress(UnreadableFile):
        text = decode(content, "a.csv")
        assert "\x00" not in text or content.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"))


def test_a_picture_of_a_table_is_no_table(tmp_path: Path) -> None:
    Image.new("RGB", (300, 200)).save(tmp_path / "a.png")
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        book.add_worksheet().insert_image(0, 0, str(tmp_path / "a.png"))
    code, line = refusal(tmp_path / "a.xlsx")
    assert code == "file-picture"
    assert "只有图片" in line


def test_a_workbook_with_entities_is_refused_before_they_are_expanded(tmp_path: Path) -> None:
    write_book(tmp_path / "a.xlsx", [HEADER, ["三工镇", "一村", 1]])
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "ha">{laughs}]><sst><si><t>&l9;</t></si></sst>'
    with zipfile.ZipFile(tmp_path / "a.xlsx") as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, bomb if name.endswith("sharedStrings.xml") else old.read(name))
    assert refusal(tmp_path / "b.xlsx")[0] == "file-content"
