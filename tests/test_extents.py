"""How far cells reach is never told shorter than the reader lays them out, however they say where they stand."""

from __future__ import annotations

import io
import random
import zipfile

import pytest
import python_calamine
import xlsxwriter

from geo.files import workbooks
from geo.files.extents import Glance, exact_extent
from geo.files.workbooks import TooLarge, examine

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PART = "xl/worksheets/sheet1.xml"


def book(rows: str) -> bytes:
    """A workbook whose sheet has these rows, as they are written."""
    content, changed = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(content) as made:
        made.add_worksheet("x").write(0, 0, "a")
    with zipfile.ZipFile(content) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
            new.writestr(name, sheet if name == PART else old.read(name))
    return changed.getvalue()


def random_rows(rng: random.Random) -> str:
    """Rows of cells that say plainly, oddly or not at all where they stand."""
    places = ("", "", ' r="{}{}"', " s='1' r = '{}{}'", ' r="{}{}"')
    found = []
    for _ in range(rng.randrange(1, 5)):
        cells = "".join(
            f"<c{rng.choice(places).format(rng.choice(('A', 'c', 'AB', 'Z', 'bb')), rng.randrange(1, 40))}>"
            f"{rng.choice(('<v>1</v>', '<v>1</v>', '', '<f>1</f>'))}</c>"
            for _ in range(rng.randrange(4))
        )
        number = rng.choice(("", f" r='{rng.randrange(1, 30)}'"))
        found.append(f"<row{number}>{cells}</row>")
    return "".join(found)


def test_no_reader_reaches_further() -> None:
    rng, seen = random.Random(1), 0
    for _ in range(150):
        content = book(random_rows(rng))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entry = archive.getinfo(PART)
            row, column = exact_extent(archive, entry)
            glance = Glance()
            for piece in workbooks._pieces(archive, entry):
                glance.see(piece)
        end = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("x").end
        if end is not None:
            seen += 1
            assert end[0] < row
            assert end[1] < column
            assert not glance.plain or (end[0] < glance.row and end[1] < glance.column)
    assert seen > 80


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="xfd1048576"><v>1</v></c></row>',
        f'<row r="1048576">{"<c><v>1</v></c>" * 9}</row>',
        '<row r="1"><c r="AAAAA9"><v>1</v></c></row>',
        "<row r=\"1\"><c s='0' r = 'XFD1048576'><v>1</v></c></row>",
        '<row r="1"><c r="A1" s="1"/><x:c xmlns:x="' + MAIN + '" r="XFD1048576"><v>1</v></x:c></row>',
        f"<row r='1'><c {' ' * 9000} r='XFD1048576'><v>1</v></c></row>",
    ],
)
def test_a_stray_cell_is_found_however_it_is_written(rows: str) -> None:
    with pytest.raises(TooLarge):
        examine(book(rows))


def test_cells_that_hold_nothing_do_not_count() -> None:
    blanks = "".join(f'<c r="{letter}1048576" s="1"/>' for letter in "ABCDEFGH")
    examine(book(f'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576">{blanks}</row>'))
