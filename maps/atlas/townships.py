"""The sheet of a township: its villages and facilities, who serves whom, where it lies, and the tables that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from geo.states import MET, NOT_APPLICABLE, NOT_MET, UNKNOWN, State, state_of
from maps.atlas import legends
from maps.atlas.combined import combined, combined_theme, village_rules
from maps.atlas.requirements import own_table, unit_table
from maps.atlas.sheets import Sheet
from maps.atlas.texts import TEXTS
from maps.atlas.titles import rule_title
from maps.atlas.township_maps import township_map

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from maps.atlas.ground import Ground, Unit
    from maps.atlas.papers import Paper
    from maps.atlas.sheets import Block
    from maps.dossier.edition import Edition

_STATES: Final = (("met", "all_met"), ("not_met", "some_not_met"), ("unknown", "some_unknown"),
                  ("not_applicable", "out_of_scope"))  # fmt: skip


def township_sheets(edition: Edition, ground: Ground, paper: Paper) -> list[Sheet]:
    """Return the sheet of every township, or of the edition's only one, in code order."""
    states = combined(edition.assessment)
    codes = [code for code in ground.townships if edition.township in (None, code)]
    return [township_sheet(edition, ground, paper, code, states) for code in codes]


def township_sheet(edition: Edition, ground: Ground, paper: Paper, code: str, states: Mapping[str, State]) -> Sheet:
    """Return the sheet of one township."""
    unit = ground.townships[code]
    theme = combined_theme(ground, states)
    body, names = township_map(ground, theme, code, paper.map_width, paper.map_height)
    members = ground.members[code]
    side: list[Block] = [_states(members, states), _facilities(ground, code), _lines(edition, ground)]
    side += _own_rules(edition, code) if unit.in_plan else [{"type": "text", "title": "", "text": TEXTS["not_in_plan"]}]
    side += _village_rules(edition, code)
    lost = [one.name for one in (unit, *members) if one.nowhere]
    lost += [one.name for one in _of(ground, code) if one.at is None]
    if lost:
        side.append({"type": "text", "title": TEXTS["nowhere"], "text": "、".join(lost), "boxed": True})
    tables = [unit_table(edition, ground, code), *own_table(edition, code)]
    return Sheet(
        label=f"township-{code}", group=TEXTS["group_townships"], title=TEXTS["township_title"].format(name=unit.name),
        subtitle=TEXTS["township_subtitle"].format(code=code, n=len(members)), body=body, side=side, names=[names],
        tables=[table for table in tables if table.rows],
    )  # fmt: skip


def _of(ground: Ground, code: str) -> list[Any]:
    return [one for facilities in ground.facilities.values() for one in facilities if one.home == code]


def _states(members: Sequence[Unit], states: Mapping[str, State]) -> Block:
    told = [str(states.get(unit.code, State.NOT_APPLICABLE)) for unit in members]
    rows = [{"picture": f"pale-{key}", "text": TEXTS[text], "count": str(told.count(key))} for key, text in _STATES]
    return {"type": "legend", "title": TEXTS["legend_villages"].format(n=len(members)), "rows": rows}


def _facilities(ground: Ground, code: str) -> Block:
    rows = legends.facilities(_of(ground, code))
    rows.append({"picture": "line-service", "text": TEXTS["service_line"]})
    return {"type": "legend", "title": TEXTS["facilities"], "rows": rows, "note": TEXTS["at_unit"]}


def _lines(edition: Edition, ground: Ground) -> Block:
    return {"type": "legend", "title": "", "rows": legends.lines(ground, edition.place.name)}


def _own_rules(edition: Edition, code: str) -> list[Block]:
    """Return the states of the rules on townships."""
    rows = []
    for result in edition.assessment.rules:
        if result.rule.unit != "township":
            continue
        at = [n for n, other in enumerate(result.findings.codes.tolist()) if other == code]
        state = state_of(result.findings.states[at[0]]) if at else State.NOT_APPLICABLE
        picture = legends.state_picture(str(state), area=False)
        rows.append(
            [
                {"text": rule_title(result.rule), "link": f"rule-{result.rule.id}"},
                {"picture": picture, "text": state.label},
            ]
        )
    if not rows:
        return []
    return [{"type": "table", "title": TEXTS["own_rules"], "columns": [TEXTS["col_rule"], TEXTS["col_state"]],
             "widths": [2.6, 1], "rows": rows, "align": "left"}]  # fmt: skip


def _village_rules(edition: Edition, code: str) -> list[Block]:
    """Return the counts of the rules on villages."""
    rows: list[list[Any]] = []
    for result in village_rules(edition.assessment):
        found = result.findings
        states = [
            s for s, home in zip(found.states.tolist(), found.township_codes.tolist(), strict=True) if home == code
        ]
        counts = [
            len(states) - states.count(NOT_APPLICABLE),
            *(states.count(state) for state in (MET, NOT_MET, UNKNOWN)),
        ]
        if counts[0]:
            rows.append([{"text": rule_title(result.rule), "link": f"rule-{result.rule.id}"}, *map(str, counts)])
    if not rows:
        return []
    columns = [TEXTS[name] for name in ("col_rule", "col_n", "col_met", "col_not", "col_unknown")]
    return [
        {
            "type": "table",
            "title": TEXTS["village_rules"],
            "columns": columns,
            "widths": [3.4, 0.8, 0.8, 1.1, 1.1],
            "rows": rows,
        }
    ]
