"""Write a blank template as a workbook: the form, its explanation, and the units to choose from.

Nothing is locked, so that rows can be added and columns widened; drop-down lists and
validation hold for the spare rows as well. There are no macros and no links.
"""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING, Any

from geo.tables import set_page, text_width

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.forms.sheet_templates import Template
    from geo.forms.template_columns import Entry

HEADER_ROW = 1
EXPLANATION, UNITS = "填写说明", "可选单位"
"""Names of the sheets beside the form; vocabulary.toml has them too, so that the importer passes over them."""
_TEXT, _DAY = "@", "yyyy-mm-dd"
_FORMATS = dict.fromkeys(("text", "code", "codes", "dates"), _TEXT) | {"date": _DAY, "count": "0"}
_PRINTED_BLANKS = {True: 5, False: 30}
"""How many blank rows are ruled for print, below rows that are filled in and in an empty form."""
_NARROWEST, _WIDEST = 8, 28
_LONGEST_TITLE, _LONGEST_MESSAGE = 32, 255
_TITLE = "这一格填错了"
_BOUNDS: Mapping[str, tuple[str, float, float, str]] = {
    "count": ("integer", 0, 100_000_000, "请填不小于0的整数，不带单位"),
    "number": ("decimal", 0, 1_000_000_000_000, "请填不小于0的数字，不带单位"),
    "lon": ("decimal", 73, 136, "经度请填 73 到 136 之间的小数，如 102.055574"),
    "lat": ("decimal", 3, 54, "纬度请填 3 到 54 之间的小数，如 30.067268"),
}
_FIRST_DAY, _LAST_DAY = date(1950, 1, 1), date(2050, 12, 31)


def template_book(template: Template) -> bytes:
    """Return the workbook (.xlsx) of a template."""
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"title": template.title, "subject": template.label})
        form = book.add_worksheet(template.label)
        _write_form(book, form, template)
        _write_explanation(book, template)
        if template.units:
            _write_units(book, template)
    return content.getvalue()


# -- the form --------------------------------------------------------------------


def _write_form(book: Any, sheet: Any, template: Template) -> None:
    filled = len(template.rows)
    ruled = filled + min(template.spare, _PRINTED_BLANKS[bool(filled)])
    for at, entry in enumerate(template.entries):
        look = {"num_format": _FORMATS.get(entry.kind, "General"), "valign": "vcenter"}
        column, cell = book.add_format(look), book.add_format({**look, "border": 1})
        sheet.set_column(at, at, _column_width(entry, template), column)
        sheet.write_string(0, at, entry.header, book.add_format(_header_look(entry)))
        for row in range(ruled):
            _put(sheet, HEADER_ROW + row, at, template.rows[row].get(entry.name) if row < filled else None, cell)
        _validate(sheet, at, entry, template)
    last = HEADER_ROW + filled + template.spare - 1
    sheet.set_row(0, 32)
    sheet.freeze_panes(HEADER_ROW, sum(e.name in ("unit_code", "township", "village") for e in template.entries))
    sheet.ignore_errors({"number_stored_as_text": f"A1:{_letters(len(template.entries) - 1)}{last + 1}"})
    set_page(sheet, template.title)


def _put(sheet: Any, row: int, column: int, value: str | int | None, look: Any = None) -> None:
    """Write a number as one, text as text whatever it begins with, and a ruled blank."""
    if isinstance(value, int):
        sheet.write_number(row, column, value, look)
    elif value:
        sheet.write_string(row, column, value, look)
    else:
        sheet.write_blank(row, column, None, look)


def _header_look(entry: Entry) -> dict[str, Any]:
    fill = "#F6D9A8" if entry.required else "#E7E9EC"
    return {"bold": True, "bg_color": fill, "border": 1, "text_wrap": True, "align": "center", "valign": "vcenter"}


def _column_width(entry: Entry, template: Template) -> int:
    texts = [entry.header, _shown(entry.example), *(str(row.get(entry.name, "")) for row in template.rows)]
    return min(_WIDEST, max(_NARROWEST, *map(text_width, texts)) + 2)


def _validate(sheet: Any, at: int, entry: Entry, template: Template) -> None:
    """Give a column its prompt, drop-down list and bounds; the values of figures go row by row."""
    if template.asked and entry.name == "value":
        for row, asked in enumerate(template.asked, start=HEADER_ROW):
            rule = _list(("是", "否")) if asked.declared else _bounds("number")
            sheet.data_validation(row, at, row, at, {**rule, **_prompt(entry, asked.requirement)})
        return
    last = HEADER_ROW + len(template.rows) + template.spare - 1
    sheet.data_validation(HEADER_ROW, at, last, at, {**_rule(entry, template), **_prompt(entry, entry.how)})


def _prompt(entry: Entry, text: str) -> dict[str, str]:
    return {
        "input_title": entry.header[:_LONGEST_TITLE],
        "input_message": text[:_LONGEST_MESSAGE],
        "error_title": _TITLE,
    }


def _rule(entry: Entry, template: Template) -> dict[str, Any]:
    if entry.choices:
        return {**_list(entry.choices), "show_error": entry.enforced}
    if entry.kind in ("township", "village") and template.units:
        return _units_rule(entry, template)
    if entry.kind == "date":
        told = "请填 2022-05-03 这样的日期；只知道月份的，写成文字 2022年5月，再点“是”"
        between = {"criteria": "between", "minimum": _FIRST_DAY, "maximum": _LAST_DAY}
        return {"validate": "date", **between, "error_message": told, "error_type": "warning"}
    return _bounds(entry.kind) if entry.kind in _BOUNDS else {"validate": "any"}


def _list(choices: tuple[str, ...]) -> dict[str, Any]:
    return {"validate": "list", "source": list(choices), "error_message": f"请从列表中选：{'、'.join(choices)}"}


def _bounds(kind: str) -> dict[str, Any]:
    number, least, most, told = _BOUNDS[kind]
    return {"validate": number, "criteria": "between", "minimum": least, "maximum": most, "error_message": told}


def _units_rule(entry: Entry, template: Template) -> dict[str, Any]:
    """The townships to choose from, or the villages of the township in the row (others may be written)."""
    if entry.kind == "township":
        last = len(_townships(template)) + 1
        told = "请从列表中选乡镇（街道）"
        return {"validate": "list", "source": f"='{UNITS}'!$D$2:$D${last}", "error_message": told}
    town = f"${_letters([e.name for e in template.entries].index('township'))}{HEADER_ROW + 1}"
    known = f"'{UNITS}'!$A:$A"
    source = f"=OFFSET('{UNITS}'!$B$1,MATCH({town},{known},0)-1,0,COUNTIF({known},{town}),1)"
    return {"validate": "list", "source": source, "show_error": False}


def _letters(column: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(column))


# -- the sheets beside it --------------------------------------------------------


def _write_explanation(book: Any, template: Template) -> None:
    sheet = book.add_worksheet(EXPLANATION)
    wrap = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
    head = book.add_format({"bold": True, "bg_color": "#E7E9EC", "border": 1})
    sheet.write_string(0, 0, f"{template.title}填写说明", book.add_format({"bold": True, "font_size": 14}))
    for at, note in enumerate(template.notes, start=1):
        sheet.merge_range(at, 0, at, 4, f"{at}. {note}", book.add_format({"text_wrap": True, "valign": "top"}))
        sheet.set_row(at, 30)
    top = len(template.notes) + 2
    table = [("栏目", "要不要填", "填什么", "怎么填", "举例")]
    table += [(e.header, "必填" if e.required else "选填", e.what, e.how, _shown(e.example)) for e in template.entries]
    for row, texts in enumerate(table, start=top):
        for at, text in enumerate(texts):
            sheet.write_string(row, at, text, wrap if row > top else head)
    for at, width in enumerate((24, 10, 32, 48, 28)):
        sheet.set_column(at, at, width)
    set_page(sheet, template.title, header_row=top)


def _shown(example: object) -> str:
    return "" if example is None else str(example)


def _townships(template: Template) -> list[str]:
    return list(dict.fromkeys(town for town, _ in template.units))


def _write_units(book: Any, template: Template) -> None:
    """Write the units: townships once for their list, and beside each village its township."""
    sheet = book.add_worksheet(UNITS)
    head = book.add_format({"bold": True, "bg_color": "#E7E9EC", "border": 1})
    for at, (header, values) in enumerate(
        (
            ("可选单位的乡镇", [town for town, _ in template.units]),
            ("可选单位", [village for _, village in template.units]),
            ("", []),
            ("可选的乡镇", _townships(template)),
        )
    ):
        if header:
            sheet.write_string(0, at, header, head)
        for row, value in enumerate(values, start=1):
            _put(sheet, row, at, value)
        sheet.set_column(at, at, max([_NARROWEST, *map(text_width, (header, *values))]) + 2)
    sheet.freeze_panes(1, 0)
    set_page(sheet, template.title)
