"""Blank templates for the tests: the county's, opened, and filled in as their explanations say."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import openpyxl

from geo.forms.sheet_templates import Template, make_template
from geo.forms.template_books import template_book
from tests.support import county, county_plan

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    from geo.place import Place

FILLED_ROWS = 3


def blank(layer: str, **options: Any) -> Template:
    """The county's template of a layer."""
    return make_template(county(), county_plan(), layer, **options)


def book_of(template: Template) -> Any:
    return openpyxl.load_workbook(BytesIO(template_book(template)))


def form_of(template: Template) -> Worksheet:
    sheet: Worksheet = book_of(template).worksheets[0]
    return sheet


def fill(path: Path, template: Template, place: Place) -> int:
    """Fill the first rows as the explanation's examples say, and return how many.

    Units of an empty form are chosen from the list; each row is another of its kind, and
    lies where its unit does.
    """
    book = book_of(template)
    sheet = book.worksheets[0]
    at = {entry.name: n for n, entry in enumerate(template.entries, start=1)}
    points = {**seats(place.townships), **seats(place.villages)}
    codes = {names: code for code, names in named_units(place).items()}
    rows = len(template.rows) if template.asked else FILLED_ROWS
    for n in range(rows):
        row = n + 2
        if not template.rows and template.units:
            town, village = template.units[n]
            sheet.cell(row, at["township"], town)
            sheet.cell(row, at["village"], village)
        where = tuple(str(sheet.cell(row, at[name]).value or "") for name in ("township", "village") if name in at)
        for entry in template.entries:
            cell = sheet.cell(row, at[entry.name])
            if cell.value is None and entry.example is not None and entry.name not in ("township", "village"):
                cell.value = f"{entry.example}{n}" if entry.name == "name" else entry.example
        if template.asked:
            sheet.cell(row, at["value"], "是" if template.asked[n].declared else 3)
        elif "lon" in at:
            lon, lat = points[codes.get(where) or codes[where[0], "本级"]]
            for name, value in (("lon", lon), ("lat", lat), ("datum", "CGCS2000")):
                sheet.cell(row, at[name], value)
    book.save(path)
    return rows


def seats(units: Any) -> dict[str, tuple[float, float]]:
    """Code → a point in each unit."""
    points = units.geometry.representative_point()
    return {code: (p.x, p.y) for code, p in zip(units["code"], points, strict=True)}


def named_units(place: Place) -> dict[str, tuple[str, ...]]:
    """Code → (township, village as a template names it)."""
    known = place.gazetteer
    towns: dict[str, tuple[str, ...]] = {code: (name, "本级") for code, name in known.townships.items()}
    return towns | {code: (known.townships[f"{code[:9]}000"], name) for code, name in known.villages.items()}
