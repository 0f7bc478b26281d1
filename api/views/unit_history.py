"""What a unit's page says beside its state: which rows of which files told of it, and what may be filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api.deps import Inquiry
from api.i18n import gettext
from api.snapshots import Snapshot
from api.texts import TEXTS
from api.views.edit import layers_of, may_change
from api.views.photos import photos_of
from api.views.unit import Unit, facilities, find_unit
from api.views.unit_map import unit_map
from api.views.words import evidence
from api.visitors import Kind
from geo.admin.gazetteer import township_of
from geo.schema import LAYERS, Layer
from geo.store.unit_reports import UnitReport


@dataclass(frozen=True)
class HistoryLine:
    """A row of a file that told of the unit; `undone`: the batch that took it back."""

    batch: int
    layer: str
    name: str
    told: str
    source: str
    reported: str
    recorded: str
    by: str
    undone: int | None


@dataclass(frozen=True)
class Fillable:
    """A layer that may be filled in here; `none`: the unit may also report that it has none."""

    layer: Layer
    none: bool


def unit_extras(inquiry: Inquiry, shot: Snapshot, code: str) -> dict[str, Any]:
    """Return the history of a unit's records, and what the visitor may change."""
    unit = find_unit(shot, code)
    edits = may_change(inquiry.visitor, unit) and shot.known_on is None
    saved = inquiry.request.query_params.get("saved", "")
    return {
        "drawing": unit_map(shot, unit),
        "history": _history(inquiry, shot, unit),
        "fillable": _fillable(shot, unit) if edits else (),
        "edits": edits,
        **photos_of(inquiry, shot, unit),
        "photo_limit": inquiry.parts.settings.evidence_mb,
        "saved": int(saved) if saved.isascii() and saved.isdigit() and len(saved) < 9 else None,
    }


def _history(inquiry: Inquiry, shot: Snapshot, unit: Unit) -> tuple[HistoryLine, ...]:
    """Tell the newest first. Who holds a link only learns no names of users."""
    known = shot.ground.gazetteer
    scopes = (township_of(unit.code), known.place_code) if known.known(unit.code) else ()
    named = inquiry.visitor.kind not in (Kind.SHARE, Kind.TOWNSHIP_SHARE)
    with inquiry.parts.snapshots.store.reading() as seen:
        reports = seen.reports_of(unit.code, scopes, known_on=shot.known_on)
    return tuple(_line(report, named=named) for report in reports)


def _line(report: UnitReport, *, named: bool) -> HistoryLine:
    told = TEXTS[f"told_{report.told}"]
    if report.told_code:
        told += TEXTS["told_code"].format(code=report.told_code)
    return HistoryLine(
        batch=report.batch,
        layer=gettext(LAYERS[report.layer].label),
        name=report.name or "",
        told=told,
        source=evidence({"file": report.file, "sheet": report.sheet, "row": report.row}),
        reported=(report.reported_on or report.recorded_on).isoformat(),
        recorded=report.recorded_on.isoformat(),
        by=report.recorded_by if named else "",
        undone=report.undone_by,
    )


def _fillable(shot: Snapshot, unit: Unit) -> tuple[Fillable, ...]:
    if unit.level in ("school", "base"):
        return ()
    there = {layer.name for layer, row in facilities(shot, unit) if row["unit_code"] == unit.code}
    layers = [LAYERS[name] for name in layers_of(unit)]
    return tuple(
        Fillable(layer, layer.role == "facility" and not layer.own_units and layer.name not in there)
        for layer in layers
    )
