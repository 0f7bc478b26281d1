"""What an edit comes to, in words: how it was read, and which requirements change their state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.snapshots import Snapshot
from api.texts import TEXTS
from api.views.geojson import plain
from api.views.words import Mark, mark, verdict
from geo.intake.edits import Tried

_MOST: Final = 20
_KILOMETRE: Final = 1000.0


@dataclass(frozen=True)
class Effect:
    """A requirement of a unit whose state changes."""

    task: int
    requirement: str
    unit: str
    before: Mark
    after: Mark


@dataclass(frozen=True)
class Effects:
    """What saving would do. `sentence`: to the records; `more`: how many effects are not listed."""

    sentence: str = ""
    rows: tuple[Effect, ...] = ()
    more: int = 0
    known: bool = False


def effects_of(tried: Tried, shot: Snapshot) -> Effects:
    """Say what saving would do to the records and, where that was rehearsed, to the assessment."""
    if tried.refused:
        return Effects()
    counts = [changes for changes in tried.report.changes.values() if changes.new + changes.changed + changes.same]
    kind = "none" if not counts else "new" if counts[0].new else "changed" if counts[0].changed else "same"
    sentence = TEXTS[f"edit_will_{kind}"]
    if tried.changes is None:
        return Effects(sentence)
    rows: list[Effect] = []
    for task in tried.changes.tasks:
        no = task.after.task.no
        for rule in task.rules:
            said = rule.after.rule.requirement
            rows += [Effect(no, said, u.unit_name, mark(u.before), mark(u.after)) for u in rule]
            if rule.before.state != rule.after.state:
                told = (verdict(str(rule.before.state)), verdict(str(rule.after.state)))
                rows.append(Effect(no, said, shot.place.name, *told))
    return Effects(sentence, tuple(rows[:_MOST]), max(0, len(rows) - _MOST), known=True)


def understood(shot: Snapshot, home: str, record: Mapping[str, Any] | None) -> list[str]:
    """Say how coordinates and units were read, and how far from its unit the facility stands."""
    if record is None:
        return []
    told, point = [], record.get("geometry")
    known = shot.ground.gazetteer
    if point is not None and not point.is_empty:
        text = TEXTS["edit_understood"].format(lon=f"{point.x:.5f}", lat=f"{point.y:.5f}")
        centre = _centre(shot, home)
        if centre is not None:
            away = _distance(centre, (point.x, point.y))
            text += TEXTS["clause"] + TEXTS["edit_distance"].format(unit=known.name_of(home), distance=_length(away))
        told.append(text)
    codes = record.get("serves") or record.get("reaches")
    if codes:
        names = TEXTS["comma"].join(map(known.full_name, codes))
        told.append(TEXTS["edit_serves_read"].format(units=names))
    return told


def _centre(shot: Snapshot, code: str) -> tuple[float, float] | None:
    """The point of a village or of a township's seat."""
    for layer in ("villages", "townships"):
        table = shot.layers[layer]
        found = table.loc[table["code"] == code, ["lon", "lat"]].to_numpy(float)
        if len(found) and plain(found[0][0]) is not None:
            return float(found[0][0]), float(found[0][1])
    return None


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    from pyproj import Geod

    _, _, metres = Geod(ellps="GRS80").inv(*one, *other)
    return float(metres)


def _length(metres: float) -> str:
    if metres < _KILOMETRE:
        return TEXTS["edit_metres"].format(n=round(metres))
    return TEXTS["edit_kilometres"].format(n=f"{metres / _KILOMETRE:.1f}")
