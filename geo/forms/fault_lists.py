"""The sheet 问题清单 in front of a marked copy: every fault of the file, with a link to its cell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo.faults import SEVERITY_LABELS, Fault, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl import Workbook
    from openpyxl.cell import Cell

TITLE = "问题清单"
"""vocabulary.toml has it too, so that the importer passes over the sheet when a copy comes back."""
COLUMNS = ("程度", "文件", "工作表", "行", "列", "原值", "问题", "怎么改", "位置")
_WIDTHS = (7, 26, 16, 7, 18, 22, 48, 40, 24)
_HEADER_ROW = 3
_OPENING = "核对结果："
_LONGEST = 32_000
_COMPUTED = tuple("=+-@＝＋－＠")


@dataclass(frozen=True)
class FaultList:
    """What the list says. `places`: for each fault that is listed the sheet's title and the cell's address, or None."""

    file: str
    faults: Sequence[Fault]
    places: Sequence[tuple[str, str] | None]
    said: str = ""


def put_text(cell: Cell, text: str, *, keep_lines: bool = False) -> None:
    """Write a text that stays one: never a formula, not even once it is edited; no control characters."""
    lines = text.replace("\r\n", "\n").split("\n") if keep_lines else [text]
    clean = "\n".join(map(printable, lines))
    cell.value = clean[:_LONGEST]
    cell.data_type = "s"
    if clean.lstrip().startswith(_COMPUTED):
        cell.quotePrefix = True
    elif keep_lines and clean.isdigit():
        cell.number_format = "@"


def write_fault_list(book: Workbook, told: FaultList) -> None:
    """Put the list in front of a workbook, in place of one from an earlier copy."""
    from openpyxl.styles import Alignment, Font, PatternFill

    if TITLE in book.sheetnames and str(book[TITLE]["A1"].value or "").startswith(_OPENING):
        book.remove(book[TITLE])
    sheet: Any = book.create_sheet(TITLE, 0)
    put_text(sheet["A1"], f"{_OPENING}{told.file}，{_counted(told.faults)}")
    sheet["A1"].font = Font(bold=True, size=14)
    put_text(sheet["A2"], _advice(told))
    for column, (header, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True), start=1):
        cell = sheet.cell(_HEADER_ROW, column, header)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", start_color="FFE7E9EC")
        sheet.column_dimensions[cell.column_letter].width = width
    for row, (fault, place) in enumerate(zip(told.faults, told.places, strict=False), start=_HEADER_ROW + 1):
        _write_fault(sheet, row, fault, place)
        for column in range(1, len(COLUMNS) + 1):  # sheet[row] would look through the whole sheet for its last column
            sheet.cell(row, column).alignment = Alignment(vertical="top", wrap_text=True)
    _set_page(sheet, _HEADER_ROW + max(1, len(told.places)))
    book.active = 0
    for other in book.worksheets:  # sheets selected together would all be edited together
        other.sheet_view.tabSelected = other is sheet


def _counted(faults: Sequence[Fault]) -> str:
    numbers = Counter(fault.severity for fault in faults)
    return "、".join(f"{label}{numbers[severity]}处" for severity, label in SEVERITY_LABELS.items())


def _advice(told: FaultList) -> str:
    left = len(told.faults) - len(told.places)
    more = f"问题太多，另有{left}处没有列出，请先改正这些。" if left else ""
    if told.said:
        return f"{more}{told.said}请按下表在原件上改正后重新报送。"
    return more + (
        "标红的是错误，必须改正；标黄的请核对；标蓝的是说明。把鼠标移到标色的格上可看到问题和改法。"
        "改好后重新报送，清单和批注不用删。图形、控件等可能没有带过来，以原件为准。"
    )


def _write_fault(sheet: Any, row: int, fault: Fault, place: tuple[str, str] | None) -> None:
    from openpyxl.styles import Font
    from openpyxl.worksheet.hyperlink import Hyperlink

    said = fault.as_dict()
    texts = (SEVERITY_LABELS[fault.severity], fault.file, fault.sheet, None, fault.column, said["value"],
             fault.message, fault.advice)  # fmt: skip
    for column, text in enumerate(texts, start=1):
        if text:
            put_text(sheet.cell(row, column), str(text))
    sheet.cell(row, COLUMNS.index("行") + 1, fault.row)
    if place is None:
        return
    title, address = place
    quoted = title.replace("'", "''")
    link = sheet.cell(row, len(COLUMNS))
    put_text(link, f"{title}!{address}")
    link.hyperlink = Hyperlink(ref=link.coordinate, location=f"'{quoted}'!{address}")
    link.font = Font(color="FF0563C1", underline="single")


def _set_page(sheet: Any, last: int) -> None:
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.freeze_panes = sheet.cell(_HEADER_ROW + 1, 1)
    sheet.auto_filter.ref = f"A{_HEADER_ROW}:{sheet.cell(last, len(COLUMNS)).coordinate}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToHeight = 0
    sheet.print_title_rows = f"{_HEADER_ROW}:{_HEADER_ROW}"
