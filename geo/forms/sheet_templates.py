"""Blank templates: which columns a layer's has, what is filled in beforehand, and what may be chosen.

`geo.forms.template_books` writes them as workbooks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from geo.admin.gazetteer import township_of
from geo.errors import InputRefused, UnknownLayer
from geo.forms.template_columns import Entry, template_columns, template_texts
from geo.intake.columns import IMPORTABLE, LEDGER, label_of
from geo.schema import layer_named
from geo.words.vocabulary import unit_name_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo.admin.gazetteer import Gazetteer
    from geo.place import Place
    from geo.plans.rules import Plan

    Filled = dict[str, str | int]

_SPARE_ROWS = 200
_OTHERS_NAMED = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """What the plan asks of a figure's row: its requirement, and whether it is a yes or no."""

    requirement: str
    declared: bool


@dataclass(frozen=True, slots=True)
class Template:
    """A blank template. `rows` are filled in by column; `spare`: how many blank ones may follow them.

    `units`: the (township, village) pairs to choose from. `asked`: of figures, row by row.
    """

    layer: str
    label: str
    title: str
    entries: tuple[Entry, ...]
    rows: tuple[Filled, ...]
    spare: int
    notes: tuple[str, ...]
    units: tuple[tuple[str, str], ...] = ()
    asked: tuple[Asked, ...] = ()


def make_template(place: Place, plan: Plan, layer: str, *, township: str | None = None) -> Template:
    """Return the template of a layer or `ledger`, for the whole place or one township (its 12-digit code).

    Raises UnknownLayer, and InputRefused for the figures of one township: they are the place's.
    """
    if layer not in IMPORTABLE:
        msg = f"没有名为“{layer}”的模板；可用：{'、'.join(IMPORTABLE)}"
        raise UnknownLayer(msg)
    known, way = place.gazetteer, _way(layer)
    if way == "figures" and township is not None:
        msg = "全市（县）指标不分乡镇；请去掉 --township"
        raise InputRefused(msg)
    asked = dict(_figures(plan)) if way == "figures" else {}
    towns = [code for code in sorted(known.townships) if township in (None, code)]
    units = {code: names for code, names in _units(known, towns) if code not in known.townships or way == "villages"}
    rows = _rows(known, towns, layer, way) if not asked else _figure_rows(asked)
    columns = template_columns(layer, units=_unit_columns(layer, way))
    spare = 0 if way in ("fixed", "figures") else _SPARE_ROWS
    where = place.name if township is None else f"{place.name}{known.name_of(township)}"
    return Template(
        layer=layer,
        label=label_of(layer),
        title=f"{where}{label_of(layer)}填报表",
        entries=tuple(_with_examples(columns, rows, list(units.values()))),
        rows=tuple(rows),
        spare=spare,
        notes=(template_texts()["notes"][way], *template_texts()["notes"]["general"]),
        units=tuple(units.values()) if spare else (),
        asked=tuple(asked.values()),
    )


def _way(layer: str) -> str:
    """Say what a template is filled in with: `villages` or `townships` (more may follow), all units of a base
    layer (`fixed`), the plan's `figures`, or nothing (`empty`)."""
    if layer == LEDGER:
        return "villages"
    known = layer_named(layer)
    if known.role in ("base", "figure"):
        return "fixed" if known.role == "base" else "figures"
    if known.blank_village == "ask":
        return "villages"
    return "townships" if known.blank_village == "township" and not known.own_units else "empty"


def _unit_columns(layer: str, way: str) -> tuple[str, ...]:
    if way == "figures":
        return ()
    names = ("township",) if layer == "townships" else ("township", "village")
    return names if way == "empty" else ("unit_code", *names)


def _units(known: Gazetteer, towns: list[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield (code, (township, village)): each township at its own level, then its villages."""
    for town in towns:
        yield town, (known.townships[town], _own_level())
        for code in sorted(known.villages):
            if township_of(code) == town:
                yield code, (known.townships[town], known.villages[code])


def _rows(known: Gazetteer, towns: list[str], layer: str, way: str) -> list[Filled]:
    if way == "empty":
        return []
    of_townships = way == "townships" or layer == "townships"
    return [
        {"unit_code": code, "township": town, "village": "" if of_townships else village}
        for code, (town, village) in _units(known, towns)
        if way == "villages" or (code in known.townships) == of_townships
    ]


def _figures(plan: Plan) -> Iterator[tuple[tuple[int, str, str], Asked]]:
    """Yield (task, item, unit of measure) of each item that the plan asks for, and its requirement."""
    for rule in plan.rules:
        task = int(rule.id.split(".")[0])
        if rule.kind == "declared":
            yield (task, rule.item, ""), Asked(rule.requirement, declared=True)
        elif rule.kind == "figure":
            yield (task, rule.item, rule.measure or ""), Asked(rule.requirement, declared=False)
            if rule.per:
                yield (task, rule.per, rule.per_measure or ""), Asked(rule.requirement, declared=False)


def _figure_rows(asked: dict[tuple[int, str, str], Asked]) -> list[Filled]:
    return [{"task": task, "item": item, "unit_of_measure": measure} for task, item, measure in asked]


def _with_examples(entries: tuple[Entry, ...], rows: list[Filled], units: list[tuple[str, str]]) -> Iterator[Entry]:
    """Give the columns that name units, and those already filled in, examples of this place."""
    villages = [(town, village) for town, village in units if village != _own_level()]
    first: Filled = dict(zip(("township", "village"), villages[0], strict=True)) if villages else {}
    first |= rows[0] if rows else {}
    others = "、".join(map("".join, villages[1 : 1 + _OTHERS_NAMED]))
    for entry in entries:
        named = others if entry.kind == "codes" else first.get(entry.name)
        yield entry if entry.example is not None or not named else replace(entry, example=named)


def _own_level() -> str:
    return unit_name_parts("own_level")[0]
