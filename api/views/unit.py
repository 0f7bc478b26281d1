"""A unit's whole file: what is asked of it, how it stands, why, and what stands there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final, Literal

import pandas as pd

from api.i18n import gettext
from api.snapshots import Snapshot
from api.texts import LEVELS, TEXTS
from api.views.gap_list import since_note, since_text
from api.views.geojson import plain, properties, rows_of
from api.views.tallies import Facts, Tally, findings_of
from api.views.words import Mark, cell, evidence, mark
from geo.crs import APPROXIMATE
from geo.errors import UnknownUnit
from geo.schema import LAYERS, Layer

Level = Literal["city", "township", "village", "school", "base"]
LAYER_OF: Final[dict[Level, str]] = {
    "township": "townships", "village": "villages", "school": "schools", "base": "bases",
}  # fmt: skip
SHOWN_LAYERS: Final = tuple(name for name, layer in LAYERS.items() if layer.role in {"facility", "event"})
_READINGS: Final = ("since_last_change", "largest_interval", "changes_in_year")


@dataclass(frozen=True)
class Unit:
    """Which unit it is. `row` is its row in its layer; the whole place has none."""

    level: Level
    code: str
    name: str
    township_code: str | None
    row: dict[str, Any]


def find_unit(snapshot: Snapshot, code: str) -> Unit:
    """Look a code or id up: the place, townships, villages, schools, bases. Raises UnknownUnit."""
    gazetteer = snapshot.ground.gazetteer
    if code == gazetteer.place_code:
        return Unit("city", code, snapshot.place.name, None, {})
    for level, layer in LAYER_OF.items():
        table = snapshot.layers[layer]
        key = "code" if LAYERS[layer].role == "base" else "id"
        at = (table[key] == code).to_numpy(bool).nonzero()[0]
        if len(at):
            row = rows_of(table.iloc[at[:1]])[0]
            home = code if level == "township" else row["township_code"]
            return Unit(level, code, str(plain(row["name"]) or code), home, row)
    became = TEXTS["comma"].join(change.told() for change in gazetteer.life_of(code))
    msg = TEXTS["unknown_unit"].format(code=code) + (TEXTS["became"].format(changes=became) if became else "")
    raise UnknownUnit(msg)


def unit_json(snapshot: Snapshot, code: str, township: str | None) -> dict[str, Any]:
    """The answer of /api/v1/units/{code}. With a township, units elsewhere are unknown."""
    unit = find_unit(snapshot, code)
    if township not in (None, unit.township_code):
        msg = TEXTS["unknown_unit"].format(code=code)
        raise UnknownUnit(msg)
    rows = requirements(snapshot, unit)
    return {
        **snapshot.days,
        "plan": snapshot.facts["plan"],
        "unit": {
            "code": unit.code,
            "name": unit.name,
            "level": unit.level,
            "township_code": unit.township_code,
            "township_name": _township_name(snapshot, unit),
            "properties": properties(LAYERS[LAYER_OF[unit.level]], unit.row) if unit.row else {},
        },
        "counts": Tally.of(rows).as_units(),
        "requirements": rows,
        "facilities": [
            {"layer": layer.name, **properties(layer, row)} for layer, row in facilities(snapshot, unit)
        ],
    }  # fmt: skip


def requirements(snapshot: Snapshot, unit: Unit) -> list[dict[str, Any]]:
    """The unit's findings with task and requirement, in the plan's order."""
    return [
        {
            "task": task["no"],
            "task_title": task["title"],
            "rule": rule["id"],
            "requirement": rule["requirement"],
            **{key: value for key, value in found.items() if key not in {"unit_code", "unit_name", "township_code"}},
        }
        for task, rule, found in findings_of(snapshot.facts)
        if rule["unit"] == unit.level and found["unit_code"] == unit.code
    ]


def facilities(snapshot: Snapshot, unit: Unit) -> list[tuple[Layer, dict[str, Any]]]:
    """Rows that stand in the unit or name it as served or reached; for schools and bases the row itself."""
    if unit.level in ("school", "base"):
        return [(LAYERS[LAYER_OF[unit.level]], unit.row)]
    found = []
    for name in SHOWN_LAYERS:
        layer = LAYERS[name]
        rows = rows_of(snapshot.layers[name])
        found += [(layer, row) for row in rows if unit.code in (row["unit_code"], *linked(layer, row))]
    return found


def linked(layer: Layer, row: dict[str, Any]) -> tuple[str, ...]:
    """The further units that a facility serves or reaches."""
    return tuple(row.get(layer.links) or ()) if layer.links else ()


@dataclass(frozen=True)
class FacilityCard:
    """A facility as a page shows it: labels and values in Chinese."""

    layer: str
    name: str
    elsewhere: str
    shared: tuple[tuple[str, str], ...]
    shared_as: str
    edit: tuple[str, str, str]
    """The unit, the layer and the id by which its form is opened."""
    position: str
    facts: tuple[tuple[str, str], ...]
    source: str


@dataclass(frozen=True)
class MemberLine:
    """A village or school of a township, with its counts."""

    code: str
    name: str
    tally: Tally
    mark: Mark


@dataclass(frozen=True)
class UnitPage:
    """All that a unit's page says."""

    unit: Unit
    level: str
    township_name: str | None
    facts: tuple[tuple[str, str], ...]
    tally: Tally
    requirements: tuple[dict[str, Any], ...]
    facilities: tuple[FacilityCard, ...]
    villages: tuple[MemberLine, ...]
    schools: tuple[MemberLine, ...]


def unit_page(snapshot: Snapshot, code: str) -> UnitPage:
    """Compose a unit's page. Raises UnknownUnit."""
    unit = find_unit(snapshot, code)
    rows = requirements(snapshot, unit)
    is_township = unit.level == "township"
    return UnitPage(
        unit=unit,
        level=LEVELS[unit.level],
        township_name=_township_name(snapshot, unit),
        facts=(*_facts(unit), *_past(snapshot, unit)),
        tally=Tally.of(rows),
        requirements=tuple(_shown(snapshot, unit, row) for row in rows),
        facilities=tuple(_card(snapshot, unit, layer, row) for layer, row in facilities(snapshot, unit)),
        villages=_members(snapshot, unit, "village") if is_township else (),
        schools=_members(snapshot, unit, "school") if is_township else (),
    )


def _township_name(snapshot: Snapshot, unit: Unit) -> str | None:
    return snapshot.ground.gazetteer.name_of(unit.township_code) if unit.township_code else None


def _shown(snapshot: Snapshot, unit: Unit, row: Facts) -> dict[str, Any]:
    readings = row.get("readings") or {}
    told = [(TEXTS[f"reading_{name}"], mark(readings[name])) for name in _READINGS if name in readings]
    since = snapshot.since.get((row["rule"], unit.code))
    held = {"since": since_text(since) if since else "", "since_note": since_note(since) if since else ""}
    return {**row, **held, "mark": mark(row["state"], row["sharing"]), "readings": told}


def _facts(unit: Unit) -> list[tuple[str, str]]:
    """What is known of the unit itself, besides its name."""
    row, told = unit.row, [(TEXTS["code"], unit.code)]
    if not row:
        return told
    layer = LAYERS[LAYER_OF[unit.level]]
    skipped = {"township_code", "in_plan"}
    for column in layer.public_columns:
        text = cell(column, row.get(column.name)) if column.name not in skipped else None
        if text is not None:
            told.append((gettext(column.label), text))
    if unit.level == "township":
        told.append((TEXTS["in_plan"], TEXTS["in_plan_yes" if row.get("in_plan") is True else "in_plan_no"]))
    lon, lat = plain(row.get("lon")), plain(row.get("lat"))
    if lon is not None and lat is not None:
        note = TEXTS["position_schematic"] if row.get("schematic") else ""
        told.append((TEXTS["position"], TEXTS["position_value"].format(lon=f"{lon:.5f}", lat=f"{lat:.5f}") + note))
    return told


def _past(snapshot: Snapshot, unit: Unit) -> list[tuple[str, str]]:
    """How the unit changed through the years, one line each, with where that is told."""
    changes = snapshot.ground.gazetteer.life_of(unit.code)
    return [(TEXTS["unit_change"], change.told() + TEXTS["aside"].format(text=change.source)) for change in changes]


def _card(snapshot: Snapshot, unit: Unit, layer: Layer, row: dict[str, Any]) -> FacilityCard:
    name_of = snapshot.ground.gazetteer.name_of
    facts = []
    for column in layer.public_columns:
        value = row.get(column.name)
        if column.derived or column.name == layer.links:
            continue
        text = cell(column, value)
        if text is not None:
            facts.append((gettext(column.label), text))
    own = row["unit_code"]
    here = own == unit.code or unit.level in ("school", "base")
    return FacilityCard(
        layer=gettext(layer.label),
        name=str(plain(row["name"]) or gettext(layer.label)),
        elsewhere="" if here else name_of(own),
        shared=tuple((code, name_of(code)) for code in linked(layer, row) if code != unit.code),
        shared_as=TEXTS[f"shared_{layer.links or 'serves'}"],
        edit=(unit.code if here else own, layer.name, row["id"]),
        position=_position(row),
        facts=tuple(facts),
        source=evidence({key: plain(row.get(key)) for key in ("file", "sheet", "row", "batch")}),
    )


def _position(row: dict[str, Any]) -> str:
    """Say whether a facility has coordinates of its own, and whether they were converted from an offset datum."""
    geometry, datum = row["geometry"], plain(row.get("datum"))
    if geometry is None or geometry.is_empty:
        return TEXTS["no_point"]
    if datum in APPROXIMATE:
        known_as = LAYERS["stations"].column("datum").choices[datum]
        return TEXTS["approximate_point"].format(datum=gettext(known_as))
    return TEXTS["own_point"]


def _members(snapshot: Snapshot, unit: Unit, level: Level) -> tuple[MemberLine, ...]:
    """The villages or schools of a township, most gaps first; those without requirements too."""
    found: dict[str, list[Facts]] = defaultdict(list)
    for _, rule, finding in findings_of(snapshot.facts):
        if rule["unit"] == level and finding["township_code"] == unit.code:
            found[finding["unit_code"]].append(finding)
    table = snapshot.layers[LAYER_OF[level]]
    own = table[table["township_code"] == unit.code]
    key = "code" if level == "village" else "id"
    lines = []
    for code, name in zip(own[key], own["name"], strict=True):
        tally = Tally.of(found[code])
        lines.append(MemberLine(code, code if pd.isna(name) else str(name), tally, mark(_joined(tally))))
    return tuple(sorted(lines, key=lambda line: (line.tally.order, line.code)))


def _joined(tally: Tally) -> str:
    if not tally.in_scope:
        return "not_applicable"
    return "not_met" if tally.not_met else "unknown" if tally.unknown else "met"
