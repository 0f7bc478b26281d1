"""Photos of units and their facilities: shown on the unit's page to who is logged in, added by who may edit there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from api.deps import Inquiry, Parts
from api.errors import NotAllowed
from api.i18n import gettext as _
from api.snapshots import Snapshot
from api.texts import TEXTS
from api.views.edit import may_change
from api.views.evidence import FileLine, file_line, seen_files, take_uploads
from api.views.links import Links
from api.views.unit import Unit, facilities, find_unit
from api.visitors import Visitor
from geo.errors import InputRefused, UnknownUnit
from geo.store.evidence import Subject, attach

Photos = Mapping[tuple[str, str], tuple[FileLine, ...]]
"""(layer, id of the facility) → its photos; ("", "") → those of the unit itself."""


def photos_of(inquiry: Inquiry, shot: Snapshot, unit: Unit) -> dict[str, Any]:
    """The photos of a unit and of the facilities that its page shows; of facilities no longer there too."""
    there = {(layer.name, str(row["id"])) for layer, row in facilities(shot, unit)}
    found: dict[tuple[str, str], list[FileLine]] = defaultdict(list)
    for file in seen_files(inquiry, shot):
        if file.unit_code is None or (file.withdrawn_on is not None and shot.known_on is None):
            continue
        key = (file.layer or "", file.facility or "")
        if key in there or file.unit_code == unit.code:
            found[key if key in there else ("", "")].append(
                file_line(inquiry.visitor, file, closed=shot.known_on is not None)
            )
    photos: Photos = {key: tuple(lines) for key, lines in found.items()}
    return {"photos": photos}


def add_photos(parts: Parts, visitor: Visitor, code: str, form: FormData) -> Response:
    """Add photos to a unit, or to the facility of an id there. Raises UnknownUnit, NotAllowed, UnreadableFile."""
    day = _day(str(form.get("as_of") or ""))
    shot = parts.snapshots.at(day or date.today())
    unit = find_unit(shot, code)
    if not may_change(visitor, unit):
        raise NotAllowed(TEXTS["other_township"])
    subject = _subject(shot, unit, str(form.get("layer") or ""), str(form.get("id") or ""))
    taken = take_uploads(form.getlist("files"), parts.settings, pictures_only=True)
    if not taken:
        raise InputRefused(_("没有选照片；请返回选好以后再交"))
    with parts.snapshots.store.writing() as store:
        for one in taken:
            attach(store, subject, one, by=visitor.name)
    to = Links(day).unit(code)
    told = f"{to}{'&' if '?' in to else '?'}photos={len(taken)}"
    return RedirectResponse(told, 303, {"Cache-Control": "no-store"})


def _subject(shot: Snapshot, unit: Unit, layer: str, number: str) -> Subject:
    """What the photos belong to: of a school or base its own record, else a facility of the unit, else the unit."""
    home = str(unit.row["unit_code"]) if unit.level in ("school", "base") else unit.code
    if not number and unit.level not in ("school", "base"):
        return Subject(unit_code=home)
    for known, row in facilities(shot, unit):
        if (known.name, str(row["id"])) == (layer, number) and row["unit_code"] == home:
            return Subject(unit_code=home, layer=layer, facility=number)
    raise UnknownUnit(TEXTS["edit_no_record"])


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
