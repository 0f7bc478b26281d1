"""Marked copies for the tests: what is sent, and what a copy says of it."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import openpyxl

from geo.faults import Fault
from geo.forms.fault_lists import COLUMNS, TITLE

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

HEADER: list[Any] = ["乡镇", "村", "活动站名称", "设备", "面积(㎡)", "颜色"]
ROWS: list[list[Any]] = [
    HEADER,
    ["河口街道", "柳树村", "柳树站", "有", 60, "红"],
    ["云岭镇", "查无此村", "二站", "有", 70, ""],
    ["云岭镇", "云岭村", "三站", "无法使用", "很大", ""],
]
FIRST_FAULT = 4


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
