"""The fields of a form for one facility: a widget for each kind of column, filled with what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from api.texts import TEXTS
from api.views.geojson import plain
from geo.admin.gazetteer import Gazetteer
from geo.crs import DATUM_LABELS, from_cgcs2000
from geo.forms.template_columns import Entry, template_columns, template_texts
from geo.schema import MONTH_FLAGS, Column, Layer

POSITION: Final = "经纬度"
_PLACED: Final = ("lon", "lat", "datum")
_LISTS: Final = frozenset({"updates", "last_update"})
_EXPLAINED: Final = frozenset({"dates", "codes"})
_WIDGETS: Final = {
    "flag": "choice", "choice": "choice", "count": "number", "number": "number", "date": "date", "dates": "dates",
    "codes": "units",
}  # fmt: skip


@dataclass(frozen=True)
class FormField:
    """A field: its `header`, as an import understands it, is its name too. `stored`: what is registered now."""

    column: str
    header: str
    widget: str
    what: str
    how: str = ""
    measure: str = ""
    choices: tuple[str, ...] = ()
    free: bool = False
    required: bool = False
    private: bool = False
    stored: str = ""


def form_fields(
    layer: Layer, known: Gazetteer, row: Mapping[str, Any] | None, people: Mapping[str, str]
) -> tuple[FormField, ...]:
    """Return the fields of a layer's form, filled from a stored row and from the people whom its reports name."""
    entries = template_columns(layer.name, units=())
    columns = {column.name: column for column in (*layer.columns, layer.column("name"))}
    own = [entry for entry in entries if entry.name not in _PLACED]
    found = [_field(entry, columns.get(entry.name), layer, known, row, people) for entry in own]
    if any(entry.name in _PLACED for entry in entries):
        where, datum = _position(row)
        found.append(FormField("position", POSITION, "position", "", TEXTS["edit_position_how"], stored=where))
        known_as = next(entry for entry in entries if entry.name == "datum")
        found.append(FormField("datum", known_as.header, "choice", "", choices=known_as.choices, stored=datum))
    named = {field.column for field in found}
    found += [
        FormField(column.name, column.label, "text", "", private=True, stored=people.get(column.name, ""))
        for column in layer.columns
        if column.private and column.name not in named
    ]
    return tuple(found)


def cells_of(fields: tuple[FormField, ...], typed: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed, by header. A list of days that wasn't touched is left out: it tells of no new day."""
    return {
        field.header: text
        for field in fields
        if (text := typed.get(field.header, "")) and not (field.column in _LISTS and text == field.stored)
    }


def _field(
    entry: Entry,
    column: Column | None,
    layer: Layer,
    known: Gazetteer,
    row: Mapping[str, Any] | None,
    people: Mapping[str, str],
) -> FormField:
    private = column is not None and column.private
    stored = people.get(entry.name, "") if private else "" if row is None else _stored(entry, column, known, row)
    return FormField(
        column=entry.name,
        header=entry.header.partition("（")[0] if column is not None and column.measure else entry.header,
        widget=_WIDGETS.get(entry.kind, "text"),
        what=entry.what,
        how=_how(entry),
        measure=(column.measure or "") if column else "",
        choices=entry.choices,
        free=not entry.enforced,
        required=bool(column and column.required),
        private=private,
        stored=stored,
    )


def _how(entry: Entry) -> str:
    """How to write it, where the widget doesn't show it; a form needs no tricks against a spreadsheet's own dates."""
    kinds = template_texts()["kinds"]
    if entry.kind == "date" and entry.how == kinds["date"]:
        return TEXTS["edit_date_how"]
    return "" if entry.enforced and entry.how == kinds.get(entry.kind) and entry.kind not in _EXPLAINED else entry.how


def _stored(entry: Entry, column: Column | None, known: Gazetteer, row: Mapping[str, Any]) -> str:
    """A stored value as somebody would type it; the last of a list that isn't whole stands in its own field."""
    if entry.name in _LISTS:
        return _days(entry.name, row)
    value = row.get(entry.name)
    if isinstance(value, tuple | list):
        return "\n".join(known.full_name(code) for code in value)
    value = plain(value)
    if column is None or value is None or pd.isna(value):
        return ""
    if column.kind == "flag":
        return entry.choices[0 if value else 1]
    if column.kind == "date":
        month_only = plain(row.get(MONTH_FLAGS.get(column.name, "")))
        return str(value)[: 7 if month_only else 10]
    if column.choices:
        return column.choices.get(str(value), str(value))
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _days(name: str, row: Mapping[str, Any]) -> str:
    days, last_only = row.get("updates"), plain(row.get("last_only"))
    if days is None or bool(last_only) != (name == "last_update"):
        return ""
    if not len(days):
        return "无"
    return str(days[-1]) if last_only else TEXTS.chinese["comma"].join(map(str, days))


def _position(row: Mapping[str, Any] | None) -> tuple[str, str]:
    """The point as it came: in the datum that it was reported in."""
    point = None if row is None else row["geometry"]
    if row is None or point is None or point.is_empty:
        return "", ""
    datum = next((known for known in DATUM_LABELS if known == plain(row.get("datum"))), "cgcs2000")
    lon, lat = from_cgcs2000(point.x, point.y, datum)  # type: ignore[arg-type]
    return f"{lon:.7f},{lat:.7f}", DATUM_LABELS[datum]  # type: ignore[index]
