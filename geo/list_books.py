"""A long list as a workbook to work on: one real table, ready to filter, to sort and to print.

Every text is written as a string: nothing that a user wrote is ever computed or becomes a link.
"""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from geo.faults import printable
from geo.tables import set_page, text_width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = Mapping[str, Any]

_WIDEST: Final = 44
_LEAST: Final = 8
_MOST_SIGNS: Final = 32_000
_ARROW: Final = 4
"""Columns that the button of a filter takes."""


def list_book(
    rows: Sequence[Row],
    header: Sequence[str],
    *,
    title: str,
    sheets: tuple[str, str],
    about: Sequence[tuple[str, Any]],
) -> bytes:
    """Return an .xlsx of two sheets: the rows as a table, and what is said `about` them."""
    import xlsxwriter

    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"title": printable(title)})
        formats = {
            "text": book.add_format({"text_wrap": True, "valign": "top"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"}),
            "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
        }
        _list_sheet(book.add_worksheet(sheets[0]), rows, header, title, formats)
        _about_sheet(book.add_worksheet(sheets[1]), title, about, formats)
    return content.getvalue()


def _list_sheet(sheet: Any, rows: Sequence[Row], header: Sequence[str], title: str, formats: Mapping[str, Any]) -> None:
    last = max(1, len(rows)), len(header) - 1  # a table has at least one row
    columns = [{"header": name, "header_format": formats["head"]} for name in header]
    sheet.add_table(0, 0, *last, {"columns": columns, "style": "Table Style Light 1"})
    for column, name in enumerate(header):
        widest = text_width(name) + _ARROW
        for at, row in enumerate(rows, start=1):
            _write(sheet, at, column, row[name], formats)
            widest = max(widest, text_width(str(row[name])) + 2)
        sheet.set_column(column, column, min(_WIDEST, max(_LEAST, widest)))
    sheet.freeze_panes(1, 0)
    sheet.print_area(0, 0, *last)
    set_page(sheet, title)


def _about_sheet(sheet: Any, title: str, about: Sequence[tuple[str, Any]], formats: Mapping[str, Any]) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 80)
    sheet.write_string(0, 0, printable(title), formats["head"])
    for at, (name, value) in enumerate(about, start=1):
        sheet.write_string(at, 0, name, formats["text"])
        _write(sheet, at, 1, value, formats)
    set_page(sheet, title)


def _write(sheet: Any, row: int, column: int, value: object, formats: Mapping[str, Any]) -> None:
    """Write a day as one, a number as one, and everything else as text."""
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, formats["day"])
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, formats["text"])
    else:
        sheet.write_string(row, column, printable(str(value))[:_MOST_SIGNS], formats["text"])
