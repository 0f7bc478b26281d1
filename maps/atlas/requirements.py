"""Tables of units × requirements: what each unit meets, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.schema import LAYERS
from geo.states import State, state_of
from maps import palette
from maps.atlas import legends
from maps.atlas.sheets import Table
from maps.atlas.texts import TEXTS
from maps.atlas.titles import rule_title
from maps.layers import drawn_states

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.assessment import RuleResult
    from maps.atlas.ground import Facility, Ground
    from maps.dossier.edition import Edition


def unit_table(edition: Edition, ground: Ground, township: str) -> Table:
    """Return a township's villages × the rules on villages, with what stands in each."""
    members = ground.members[township]
    rules = [result for result in edition.assessment.rules if result.rule.unit == "village"]
    cells = [_cells(result, {unit.code for unit in members}) for result in rules]
    away = {"text": TEXTS["out_of_scope"], "muted": True}
    rows = [
        [{"text": unit.name, "bold": True}, unit.code, *(column.get(unit.code, away) for column in cells),
         _standing(ground.by_unit.get(unit.code, ()))]
        for unit in members
    ]  # fmt: skip
    columns = [TEXTS["col_village"], TEXTS["col_code"], *(_head(result) for result in rules), TEXTS["col_facilities"]]
    return Table(TEXTS["table_title"].format(name=ground.townships[township].name), columns,
                 [1.5, 1.05, *(1.7 for _ in rules), 1.6], rows)  # fmt: skip


def own_table(edition: Edition, township: str) -> list[Table]:
    """Return a township's schools and its bases × the rules on them."""
    out = []
    for unit, layer in (("school", "schools"), ("base", "bases")):
        rules = [result for result in edition.assessment.rules if result.rule.unit == unit]
        held = [
            (str(code), str(name))
            for result in rules[:1]
            for code, name, home in zip(
                result.findings.codes, result.findings.names, result.findings.township_codes, strict=True
            )
            if home == township
        ]
        cells = [_cells(result, {code for code, _ in held}) for result in rules]
        rows = [[{"text": name, "bold": True}, *(column.get(code, "—") for column in cells)] for code, name in held]
        label = LAYERS[layer].label
        out.append(Table(TEXTS["own_table_title"].format(name=edition.gazetteer.name_of(township), layer=label),
                         [label, *(_head(result) for result in rules)], [1.2, *(1 for _ in rules)], rows))  # fmt: skip
    return out


def _head(result: RuleResult) -> str:
    return rule_title(result.rule).removeprefix(TEXTS["col_village"])


def _cells(result: RuleResult, codes: set[str]) -> dict[str, dict[str, Any]]:
    """Return for each unit its state and the reason of it."""
    found = result.findings
    drawn = drawn_states(found).tolist()
    out = {}
    for at, code in enumerate(found.codes.tolist()):
        if code not in codes:
            continue
        state = state_of(found.states[at])
        style = palette.STATES[drawn[at]]
        if state is State.NOT_APPLICABLE:
            out[code] = {"text": TEXTS["out_of_scope"], "muted": True}
        else:
            out[code] = {"picture": legends.state_picture(style.key, area=False), "text": state.label,
                         "more": found.explain.reason(at)}  # fmt: skip
    return out


def _standing(facilities: tuple[Facility, ...]) -> str:
    counted: Mapping[str, int] = {
        style.layer: sum(one.layer == style.layer for one in facilities) for style in palette.FACILITIES
    }
    return "、".join(
        LAYERS[layer].label.partition("（")[0] + (f" {count}" if count > 1 else "")
        for layer, count in counted.items()
        if count
    )
