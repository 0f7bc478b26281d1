"""The form for one facility of a unit: opened, checked while typing, its effects shown, saved, or overtaken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal

from fastapi import Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from api.answers import HTML
from api.deps import Parts
from api.errors import NotAllowed
from api.i18n import gettext
from api.snapshots import Snapshot
from api.templating import page
from api.texts import TEXTS
from api.views.edit_effects import Effects, effects_of, understood
from api.views.edit_fields import POSITION, FormField, cells_of, form_fields
from api.views.geojson import rows_of
from api.views.links import Links
from api.views.unit import SHOWN_LAYERS, Unit, find_unit
from api.views.unit_map import unit_map
from api.visitors import Visitor
from geo.errors import UnknownUnit
from geo.faults import Fault
from geo.intake.edits import FILE, Edit, Tried, check, rehearse, save, version_of
from geo.schema import Layer, layer_named
from geo.store.audit import record_view
from geo.store.private import read_people

Step = Literal["open", "check", "preview", "save"]
_LONGEST: Final = 2000
_MOST_FOUND: Final = 12
_IDLE: Final = frozenset({"coordinates-joined", "coordinates-sexagesimal", "axes-turned"})
"""What needs not be told of a form: both numbers are asked for in one field."""
_HEADERS: Final = {"Content-Type": HTML, "Cache-Control": "no-store"}


@dataclass(frozen=True)
class Asked:
    """What a form is about."""

    code: str
    layer: str
    id: str = ""
    none: bool = False
    as_of: date | None = None


@dataclass(frozen=True)
class Desk:
    """A form with what is stored of its facility. `home`: the code of the unit where that stands."""

    asked: Asked
    shot: Snapshot
    unit: Unit
    layer: Layer
    home: str
    number: str
    is_stored: bool
    version: str
    fields: tuple[FormField, ...]

    @property
    def link(self) -> Links:
        """Addresses that keep the day of the page that the form was opened from."""
        return Links(self.asked.as_of)

    @property
    def title(self) -> str:
        """What the form does."""
        kind = "none" if self.asked.none else "change" if self.number else "new"
        return TEXTS[f"edit_title_{kind}"].format(unit=self.unit.name, layer=gettext(self.layer.label))


@dataclass(frozen=True)
class Typed:
    """What came with a form: text by header, the day as written, the version that it was opened on."""

    texts: dict[str, str]
    received: str
    version: str

    @property
    def day(self) -> date | None:
        """The day of reception; None for today. Raises ValueError."""
        day = date.fromisoformat(self.received) if self.received else None
        if day is not None and not date(2000, 1, 1) <= day <= date.today():
            raise ValueError(self.received)
        return day


def layers_of(unit: Unit) -> tuple[str, ...]:
    """Return the layers that are filled in on a unit's page."""
    if unit.level in ("school", "base"):
        return (f"{unit.level}s",)
    return SHOWN_LAYERS if unit.level != "city" else ("bases", "activities")


def may_change(visitor: Visitor, unit: Unit) -> bool:
    """Say whether a visitor may change a unit's records: planners of a township only those of its own."""
    return visitor.may_edit and visitor.township in (None, unit.township_code)


def open_form(parts: Parts, visitor: Visitor, asked: Asked) -> Response:
    """Show a form with what is stored. Raises UnknownUnit, UnknownLayer, NotAllowed."""
    desk = _desk(parts, visitor, asked, shows_people=True)
    if desk.number and not desk.is_stored:
        raise UnknownUnit(TEXTS["edit_no_record"])
    typed = Typed({field.header: field.stored for field in desk.fields}, "", desk.version)
    tried = _tried(parts, visitor, desk, typed, "preview") if asked.none else None
    return _form_page(visitor, desk, typed, tried)


def answer_form(parts: Parts, visitor: Visitor, code: str, form: FormData) -> Response:
    """Answer a form that was sent; whatever goes wrong, what was typed stays in it."""
    step: Step = next((s for s in ("check", "save") if s == form.get("step")), "preview")
    asked = Asked(code, _text(form, "layer"), _text(form, "id"), _text(form, "none") == "1", _day(_text(form, "as_of")))
    desk = _desk(parts, visitor, asked)
    texts = {field.header: _text(form, field.header) for field in desk.fields}
    typed = Typed(texts, _text(form, "received_on"), _text(form, "version"))
    tried = _tried(parts, visitor, desk, typed, step)
    if step == "check":
        shown = page("edit_checked", **_shown(desk, typed, tried), parts_only=True)
        return Response(shown, headers=_HEADERS)
    if tried.stored is not None:
        there = desk.link.unit(code)
        to = f"{there}{'&' if '?' in there else '?'}saved={tried.stored}"
        return RedirectResponse(to, 303, {"Cache-Control": "no-store"})
    if tried.overtaken:
        desk = _desk(parts, visitor, asked, shows_people=True)
    return _form_page(visitor, desk, typed, tried, step)


def found_units(parts: Parts, wanted: str) -> Response:
    """List units whose name holds a text."""
    known, text = parts.snapshots.ground().gazetteer, wanted.strip()
    codes = [*known.townships, *known.villages] if text else []
    found = [name for code in codes if text in (name := known.full_name(code))]
    return Response(page("edit_found", names=found[:_MOST_FOUND], wanted=text), headers=_HEADERS)


def _desk(parts: Parts, visitor: Visitor, asked: Asked, *, shows_people: bool = False) -> Desk:
    shot = parts.snapshots.at(asked.as_of or date.today())
    unit = find_unit(shot, asked.code)
    if not may_change(visitor, unit):
        raise NotAllowed(TEXTS["other_township" if visitor.may_edit else "not_allowed"])
    layer = layer_named(asked.layer)
    if layer.name not in layers_of(unit) or (asked.none and (layer.role != "facility" or layer.own_units)):
        raise UnknownUnit(TEXTS["edit_not_here"])
    own = unit.level in ("school", "base")
    home, number = (str(unit.row["unit_code"]), unit.code) if own else (unit.code, asked.id)
    store = parts.snapshots.store
    with store.reading() as seen:
        version = version_of(seen, layer.name, home, number)
        table = seen.layers()[layer.name] if number else None
    row = None
    if table is not None:
        rows = rows_of(table[(table["id"] == number) & (table["unit_code"] == home)])
        row = rows[0] if rows else None
    people: dict[str, str] = {}
    if row is not None and shows_people and any(column.private for column in layer.columns):
        record_view(store, visitor.name or TEXTS.chinese["edit_owner"], layer.name, home, page=f"/edit/{asked.code}")
        with store.reading() as seen:
            people = read_people(seen.connection, layer.name, number)
    fields = () if asked.none else form_fields(layer, shot.ground.gazetteer, row, people)
    return Desk(asked, shot, unit, layer, home, number, row is not None, version, fields)


def _tried(parts: Parts, visitor: Visitor, desk: Desk, typed: Typed, step: Step) -> Tried:
    """Check, rehearse or save what was typed."""
    edit = Edit(
        desk.layer.name,
        desk.home,
        _none_cells(desk.layer) if desk.asked.none else cells_of(desk.fields, typed.texts),
        desk.number,
        typed.version,
        by=visitor.name,
        only_in=visitor.township,
    )
    store, place = parts.snapshots.store, desk.shot.place
    try:
        edit = replace(edit, received_on=typed.day)
    except ValueError:
        tried = check(store, place, edit)
        wrong = Fault("error", "edit-day", FILE, TEXTS["edit_day_wrong"], column=TEXTS["edit_received"])
        return replace(tried, report=replace(tried.report, outcome="refused", faults=(*tried.report.faults, wrong)))
    if step == "check":
        return check(store, place, edit)
    return save(store, place, edit) if step == "save" else rehearse(store, place, edit, desk.shot.as_of)


def _none_cells(layer: Layer) -> dict[str, str]:
    return {"科普员人数": "0"} if layer.name == "communicators" else {"名称": "无"}


def _form_page(visitor: Visitor, desk: Desk, typed: Typed, tried: Tried | None, step: Step = "open") -> Response:
    overtaken = tried is not None and tried.overtaken
    refused = tried is not None and tried.refused
    typed = replace(typed, version=desk.version) if overtaken else typed
    differing = [f for f in desk.fields if overtaken and f.stored != typed.texts.get(f.header, "")]
    body = page(
        "edit",
        link=desk.link,
        visitor=visitor,
        overtaken=overtaken,
        differing=differing,
        refused=refused and step == "save",
        today=date.today(),
        parts_only=False,
        drawing=unit_map(desk.shot, desk.unit) if any(f.widget == "position" for f in desk.fields) else None,
        **_shown(desk, typed, tried),
    )
    return Response(body, 409 if overtaken else 422 if refused and step == "save" else 200, _HEADERS)


def _shown(desk: Desk, typed: Typed, tried: Tried | None) -> dict[str, Any]:
    """What both the page and its checked part show."""
    faults: dict[str, list[Fault]] = {}
    others: list[Fault] = []
    headers = {field.header for field in desk.fields} | {TEXTS["edit_received"]}
    found = [_for_a_form(f) for f in (tried.report.faults if tried else ()) if f.code not in _IDLE]
    for fault in [*found, *_cleared(desk, typed)]:
        if fault.column in headers:
            faults.setdefault(str(fault.column), []).append(fault)
        else:
            others.append(fault)
    return {
        "desk": desk,
        "typed": typed,
        "tried": tried,
        "faults": faults,
        "others": others,
        "understood": understood(desk.shot, desk.home, tried.record) if tried else [],
        "effects": effects_of(tried, desk.shot) if tried else Effects(),
    }


def _for_a_form(fault: Fault) -> Fault:
    """Say what to do in the form where an import would be called with other options."""
    if fault.code == "datum-assumed":
        return replace(fault, message=TEXTS["edit_datum_assumed"], remedy="", column=POSITION)
    return replace(fault, remedy=TEXTS["edit_contradicts"]) if fault.code == "contradicts-batch" else fault


def _cleared(desk: Desk, typed: Typed) -> list[Fault]:
    """Warn that emptying a field takes nothing away."""
    empty = [f for f in desk.fields if f.stored and not f.private and not typed.texts.get(f.header)]
    told = TEXTS["edit_cleared"]
    return [
        Fault(
            "warning", "edit-cleared", FILE, told.format(value=f.stored.replace("\n", TEXTS["comma"])), column=f.header
        )
        for f in empty
    ]


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    text = value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")[:_LONGEST]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
