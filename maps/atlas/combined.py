"""All rules on villages taken together: met where every one is, not met where any isn't, else unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from geo.states import State, decide, state_of
from maps import palette
from maps.atlas import symbols
from maps.atlas.themes import Mark, Theme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.assessment import Assessment, RuleResult
    from maps.atlas.ground import Ground

_PALE: Final = 0.5


def village_rules(assessment: Assessment) -> list[RuleResult]:
    """Return the rules on villages, in the plan's order."""
    return [result for result in assessment.rules if result.rule.unit == "village"]


def combined(assessment: Assessment) -> dict[str, State]:
    """Return the state of each village over all rules on villages."""
    found: dict[str, list[State]] = {}
    for result in village_rules(assessment):
        for code, state in zip(result.findings.codes.tolist(), result.findings.states.tolist(), strict=True):
            found.setdefault(str(code), []).append(state_of(state))
    return {code: decide(states) for code, states in found.items()}


def pale(style: palette.StateStyle) -> palette.StateStyle:
    """Return a state's look with a paler area, for maps on which symbols come first."""
    from dataclasses import replace

    channels = [int(style.area[at : at + 2], 16) for at in (1, 3, 5)]
    area = "#" + "".join(f"{round(255 - (255 - channel) * _PALE):02x}" for channel in channels)
    return replace(style, area=area)


def combined_theme(ground: Ground, states: Mapping[str, State]) -> Theme:
    """Return villages by their combined state, paler than on a rule's own map."""
    styles = {
        code: pale(palette.STATES[palette.STATE_CODE[str(states.get(code, State.NOT_APPLICABLE))]])
        for code in ground.villages
    }
    marks = tuple(
        Mark(code, unit.short, unit.at, styles[code].key, symbols.of_state(styles[code]))
        for code, unit in ground.villages.items()
    )
    return Theme("village", styles, marks, tuple(dict.fromkeys(styles.values())))
