"""A long list as a workbook to work on: one real table, ready to filter, to sort and to print.

Every text is written as a string: nothing that a user wrote is ever computed or becomes a link.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from math import ceil
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
_LINE_HEIGHT: Final = 15
_LOOSE: Final = 1.12
"""How much more room texts take for being broken between words only."""
_MOST_LINES: Final = 26  # a row is at most 409 points high
_A4, _A3 = 9, 8
_RULE: Final = {"border": 1, "border_color": "#C9CED4"}


class Share(float):
    """A number of which 1 is the whole, shown in percent."""


@dataclass(frozen=True)
class ListSheet:
    """A sheet that holds one table.

    `title`: printed above each page. `frozen`: how many columns stay in sight. `widest`: the width of a column, in
    letters, beyond which its texts are broken over lines; `head_width`: the same of its header. `large`: printed on
    A3. `fills`: text of a cell → its colour, as "#rrggbb".
    """

    name: str
    header: Sequence[str]
    rows: Sequence[Row]
    title: str
    frozen: int = 0
    widest: int = _WIDEST
    head_width: int = _WIDEST
    large: bool = False
    fills: Mapping[str, str] = field(default_factory=dict)


def list_book(
    rows: Sequence[Row],
    header: Sequence[str],
    *,
    title: str,
    sheets: tuple[str, str],
    about: Sequence[tuple[str, Any]],
) -> bytes:
    """Return an .xlsx of two sheets: the rows as a table, and what is said `about` them."""
    return lists_book([ListSheet(sheets[0], header, rows, title)], title=title, about=(sheets[1], about))


def lists_book(
    lists: Sequence[ListSheet], *, title: str, about: tuple[str, Sequence[tuple[str, Any]]], day: date | None = None
) -> bytes:
    """Return an .xlsx of a sheet for each list and one that says what they are: its name, and names and values.

    `day` is what the file says of when it was made, so that the same lists give the same bytes; by default now.
    """
    import xlsxwriter

    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, options) as book:
        made = {} if day is None else {"created": datetime.combine(day, time(), UTC)}
        book.set_properties({"title": printable(title), **made})
        formats = _formats(book, {colour for one in lists for colour in one.fills.values()})
        for one in lists:
            _list_sheet(book.add_worksheet(one.name), one, formats)
        _about_sheet(book.add_worksheet(about[0]), title, about[1], formats)
    return content.getvalue()


def _formats(book: Any, colours: set[str]) -> dict[str, Any]:
    """Return the formats of cells by kind, and by colour."""
    cell = {"text_wrap": True, "valign": "top", **_RULE}
    return {
        "text": book.add_format(cell),
        "day": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left", **_RULE}),
        "share": book.add_format({"num_format": "0.00%", "valign": "top", **_RULE}),
        "head": book.add_format({"bold": True, "bg_color": "#E7E9EC", **cell}),
        **{colour: book.add_format({**cell, "bg_color": colour}) for colour in sorted(colours)},
    }


def _list_sheet(sheet: Any, one: ListSheet, formats: Mapping[str, Any]) -> None:
    last = max(1, len(one.rows)), len(one.header) - 1  # a table has at least one row
    columns = [{"header": printable(name), "header_format": formats["head"]} for name in one.header]
    sheet.add_table(0, 0, *last, {"columns": columns, "style": "Table Style Light 1"})
    widths = [_width(one, name) for name in one.header]
    sheet.set_row(0, _height(one.header, widths, _ARROW))
    for at, row in enumerate(one.rows, start=1):
        for column, name in enumerate(one.header):
            _write(sheet, at, column, row[name], formats, formats.get(one.fills.get(row[name], "")))
        sheet.set_row(at, _height([row[name] for name in one.header], widths))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, one.frozen)
    sheet.print_area(0, 0, *last)
    set_page(sheet, one.title)
    sheet.set_paper(_A3 if one.large else _A4)
    sheet.set_margins(left=0.5, right=0.5)


def _width(one: ListSheet, name: str) -> int:
    """Return how wide a column is, in letters."""
    widest = max((text_width(str(row[name])) + 2 for row in one.rows), default=0)
    return max(_LEAST, min(one.widest, widest), min(one.head_width, text_width(name) + _ARROW))


def _height(values: Sequence[Any], widths: Sequence[int], more: int = 0) -> int:
    """Return how high a row is, in points: not every program makes room for texts of several lines by itself."""
    told = zip(values, widths, strict=True)
    lines = max((text_width(str(value)) * _LOOSE + more) / max(1, width - 1) for value, width in told)
    return _LINE_HEIGHT * min(_MOST_LINES, max(1, ceil(lines)))


def _about_sheet(sheet: Any, title: str, about: Sequence[tuple[str, Any]], formats: Mapping[str, Any]) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 80)
    sheet.write_string(0, 0, printable(title), formats["head"])
    for at, (name, value) in enumerate(about, start=1):
        sheet.write_string(at, 0, name, formats["text"])
        _write(sheet, at, 1, value, formats)
    set_page(sheet, title)


def _write(sheet: Any, row: int, column: int, value: object, formats: Mapping[str, Any], format_: Any = None) -> None:
    """Write a day as one, a number as one, and everything else as text."""
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, formats["day"])
    elif isinstance(value, Share):
        sheet.write_number(row, column, value, formats["share"])
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, formats["text"])
    elif value == "":
        sheet.write_blank(row, column, None, formats["text"])
    else:
        sheet.write_string(row, column, printable(str(value))[:_MOST_SIGNS], format_ or formats["text"])
