"""No sheet that is accepted takes more than 512 MiB to read, here or in the process that reads for us."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import zipfile
from datetime import date
from typing import TYPE_CHECKING

import pytest
import xlsxwriter

from geo.errors import UnreadableFile
from geo.files import pages, sheets
from geo.files.sheets import read_tables
from tests.support import COUNTY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MOST = 512
ROWS = 200_000
COLUMNS = "ABCDEFGHIJKLMNO"
PART = "xl/worksheets/sheet1.xml"
MEASURED = """
import re, resource, sys
from pathlib import Path
from geo.files.sheets import read_tables
(table,) = read_tables(Path(sys.argv[1]))
own = int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])  # the other counts our parent in
apart = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(len(table.body), len({cell for row in table.body for cell in row}), own >> 10, apart >> 10)
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded and told in KiB there")


def write(path: Path, lines: Callable[[], Iterator[str]], texts: str | None = None) -> Path:
    """A workbook whose sheet is made of these pieces of XML, and whose shared texts are these."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet().write(0, 0, "a")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    head, _, tail = parts[PART].decode().partition("<sheetData>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            if name == "xl/sharedStrings.xml" and texts is not None:
                content = texts.encode()
            if name != PART:
                archive.writestr(name, content)
        with archive.open(PART, "w", force_zip64=True) as part:
            part.write(f"{head}<sheetData>".encode())
            for line in lines():
                part.write(line.encode())
            part.write(b"</sheetData>" + tail.rpartition("</sheetData>")[2].encode())
    return path


def different_texts() -> Iterator[str]:
    """Rows of cells none of which holds what another holds."""
    yield f'<row r="1">{"".join(f"""<c r="{c}1" t="inlineStr"><is><t>列{c}</t></is></c>""" for c in COLUMNS)}</row>'
    for row in range(2, ROWS + 2):
        cells = (f'<c r="{c}{row}" t="inlineStr"><is><t>文字{row}第{c}</t></is></c>' for c in COLUMNS)
        yield f'<row r="{row}">{"".join(cells)}</row>'


@linux
def test_a_sheet_of_three_million_different_texts(tmp_path: Path) -> None:
    path = write(tmp_path / "满.xlsx", different_texts)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path)], cwd=COUNTY.parents[1], capture_output=True, text=True, check=True
    )
    rows, texts, own, apart = map(int, done.stdout.split())
    assert rows == ROWS
    assert texts == ROWS * len(COLUMNS)
    assert own < MOST
    assert 0 < apart < MOST


def refusal(path: Path) -> tuple[str, str]:
    with pytest.raises(UnreadableFile) as caught:
        read_tables(path)
    (fault,) = caught.value.faults
    return fault.code, fault.line()


@linux
def test_one_long_text_in_very_many_cells_is_refused(tmp_path: Path) -> None:
    """The reader would copy it into each of them: 6 GB from a file of a few hundred KB."""
    text = (
        f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{"长" * 10_000}</t></si></sst>'
    )
    rows = (
        f'<row r="{r}">{"".join(f"""<c r="{c}{r}" t="s"><v>0</v></c>""" for c in "AB")}</row>' for r in range(1, 10**5)
    )
    path = write(tmp_path / "弹.xlsx", lambda: rows, text)
    assert path.stat().st_size < 1_000_000
    code, line = refusal(path)
    assert code == "file-large"
    assert "内存" in line
    assert "拆成几份" in line


def test_sheets_that_are_too_large_only_together_are_refused(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        for name in "甲乙丙":
            sheet = book.add_worksheet(name)
            sheet.write(0, 0, "x")
            sheet.write(149_999, 9, "x")
    code, line = refusal(tmp_path / "a.xlsx")
    assert code == "file-large"
    assert "4500000格" in line


def test_reading_apart_is_bounded_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.xlsx", lambda: iter(['<row r="1"><c r="A1"><v>1</v></c></row>']))
    monkeypatch.setattr("geo.files.sheets.read_here", pages.read_apart)
    assert read_tables(path)
    monkeypatch.setattr(pages, "SECONDS", 0)
    assert refusal(path)[0] == "file-large"


def test_both_ways_of_reading_give_the_same(tmp_path: Path) -> None:
    """Numbers, texts, days, times, spans of time, yes and no, errors, blanks; content that starts further in."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("甲")
        formats = [
            book.add_format({"num_format": f}) for f in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "hh:mm:ss", "[h]:mm:ss")
        ]
        for row in range(2500):
            sheet.write_row(row + 3, 1, [row, row + 0.5, f"字{row % 7}", row % 2 == 0, "", "e"])
            for column, shown in enumerate(formats, start=8):
                sheet.write_number(row + 3, column, 40000 + row / 7 if column < 10 else row / 5000, shown)
        sheet.merge_range(0, 1, 1, 3, "标题")
        sheet.write_formula(2, 1, "=1/0", None, "#DIV/0!")
        book.add_worksheet("空")
        hidden = book.add_worksheet("藏")
        hidden.write(0, 0, "x")
        hidden.hide()
    content = path.read_bytes()
    here, apart = pages.read_here(content), pages.read_apart(content)
    assert here == apart
    assert [[[type(cell) for cell in row] for row in page.rows] for page in here] == [
        [[type(cell) for cell in row] for row in page.rows] for page in apart
    ]
    assert [(page.name, page.hidden) for page in here] == [("甲", False), ("藏", True)]
    assert len({type(cell) for row in here[0].rows for cell in row}) >= 6


@pytest.mark.parametrize("reader", [pages.read_here, pages.read_apart])
def test_what_is_broken_is_told_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: Callable[[bytes], list[pages.Page]]
) -> None:
    path = write(tmp_path / "a.xlsx", lambda: iter(['<row r="1"><c r="A1" t="s"><v>99</v></c></row>']))
    monkeypatch.setattr(sheets, "read_here", reader)
    assert refusal(path)[0] == "file-damaged"


def test_nothing_but_pages_and_days_is_taken_from_the_other_process() -> None:
    told = [pages.Page("甲", hidden=False, merged=[]), [["x", 1.5, date(2022, 5, 3)]], None]
    answer = io.BytesIO(b"".join(map(pickle.dumps, told)))
    assert list(pages._received(answer)) == told[:-1]
    with pytest.raises(ValueError, match="getcwd"):
        list(pages._received(io.BytesIO(pickle.dumps(os.getcwd))))
