"""Write the pages of make_wild.py as office software does: .xlsx, .xls, .et, .csv in several encodings."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import xlsxwriter
import xlwt
from make_tables import NOTE
from make_wild_pages import TOWN, VILLAGE

if TYPE_CHECKING:
    from make_tables import Cell
    from make_wild_pages import Page


def written(pages: dict[str, Page], shape: frozenset[str]) -> tuple[str, bytes]:
    """Return (suffix, content) of a file with these sheets."""
    if shape & {"gbk", "utf-16"}:
        (page,) = pages.values()
        return "csv", _as_csv(page, "gb18030" if "gbk" in shape else "utf-16")
    if shape & {"xls", "et"}:
        return ("et" if "et" in shape else "xls"), _as_xls(pages)
    return "xlsx", _as_xlsx(pages, shape)


def _as_csv(page: Page, encoding: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for row in page.rows:
        writer.writerow(["" if c is None else c.isoformat() if isinstance(c, date) else c for c in row])
    return text.getvalue().encode(encoding)


def _as_xls(pages: dict[str, Page]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for name, page in pages.items():
        sheet = book.add_sheet(name)
        spans = {(a, b): (c, d) for a, b, c, d in page.merged}
        for at, row in enumerate(page.rows):
            for column, cell in enumerate(row):
                style = [day] if isinstance(cell, date) else []
                if (at, column) in spans:
                    last_row, last_column = spans[at, column]
                    sheet.write_merge(at, last_row, column, last_column, cell, *style)
                elif cell not in (None, ""):
                    sheet.write(at, column, cell, *style)
    book.add_sheet("说明").write(0, 0, NOTE)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _as_xlsx(pages: dict[str, Page], shape: frozenset[str]) -> bytes:
    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "date_1904": "epoch-1904" in shape}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": next(iter(pages)), "comments": NOTE, "created": datetime(2022, 10, 20)})
        formats = {"day": book.add_format({"num_format": "yyyy-mm-dd"}), "": book.add_format({"text_wrap": True})}
        for name, page in pages.items():
            sheet = book.add_worksheet(name)
            spans = {(a, b): (c, d) for a, b, c, d in page.merged}
            for at, row in enumerate(page.rows):
                for column, cell in enumerate(row):
                    if (at, column) in spans:
                        sheet.merge_range(at, column, *spans[at, column], "", formats["day" if _is_day(cell) else ""])
                    _write(sheet, at, column, cell, formats)
            for at in page.hidden:
                sheet.set_row(at, None, None, {"hidden": True})
            sheet.set_column(0, 20, 14)
        if "hidden-sheet" in shape:
            old = book.add_worksheet("上年旧表")
            old.write_row(0, 0, (TOWN, VILLAGE, "活动站名称"))
            old.write_row(1, 0, ("某镇", "某村", "作废"))
            old.hide()
        book.add_worksheet("说明").write(0, 0, NOTE)
    return out.getvalue()


def _is_day(cell: Cell) -> bool:
    return isinstance(cell, date)


def _write(sheet: Any, at: int, column: int, cell: Cell, formats: dict[str, Any]) -> None:
    if isinstance(cell, date):
        sheet.write_datetime(at, column, datetime(cell.year, cell.month, cell.day), formats["day"])
    elif cell not in (None, ""):
        sheet.write(at, column, cell, formats[""])
