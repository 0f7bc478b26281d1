"""Kept scenarios: the list, and some of them held against what is, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.i18n import gettext
from api.snapshots import Snapshot
from api.texts import TEXTS
from api.views.words import number, verdict
from geo.admin.codes import township_of
from geo.assessment import Assessment
from geo.errors import InputRefused
from geo.scenario import Comparison, compare
from geo.scenario.comparing import Reach
from geo.scenario.measures import Scenario
from geo.schema import LAYERS
from geo.store.scenarios import KeptScenario, closed_gaps

MOST_COMPARED: Final = 6
_MOST_UNITS: Final = 40


@dataclass(frozen=True)
class Line:
    """A line of the comparison: what, as it is, and as it would be by each scenario."""

    what: str
    now: str
    then: tuple[str, ...]


@dataclass(frozen=True)
class Flip:
    """A unit that changes under a requirement."""

    direction: str
    word: str
    unit: str
    name: str
    requirement: str
    reason: str


@dataclass(frozen=True)
class Beside:
    """A scenario beside what is: units that change, how many more there are, and whether the visitor may plan it."""

    name: str
    flips: tuple[Flip, ...]
    more: int
    closes: int
    may_plan: bool


def compared(shot: Snapshot, wanted: Sequence[Scenario]) -> list[Comparison]:
    """Assess the day as it is and by each scenario. Raises InputRefused."""
    if len(wanted) > MOST_COMPARED:
        raise InputRefused(TEXTS["scenario_too_many"].format(n=MOST_COMPARED))
    return [compare(shot.layers, shot.plan, each, as_of=shot.as_of, place_name=shot.place.name) for each in wanted]


def comparison_view(shot: Snapshot, found: Sequence[Comparison], township: str | None) -> dict[str, Any]:
    """What the page shows of comparisons; `township`: the only one that the visitor may plan in."""
    return {
        "names": [each.scenario.name for each in found],
        "lines": list(_lines(shot, found)) if found else [],
        "beside": [_beside(shot, each, township) for each in found],
    }


def kept_rows(kept: Iterable[KeptScenario]) -> list[dict[str, Any]]:
    """The list, newest first."""
    return [
        {
            "name": each.scenario.name,
            "measures": len(each.scenario.measures),
            "cost": number(each.scenario.cost),
            "day": each.recorded_on,
            "by": each.recorded_by,
            "planned": each.action == "planned",
        }
        for each in sorted(kept, key=lambda each: -each.number)
    ]


def lies_in(found: Comparison, township: str | None) -> bool:
    """Whether all gaps that a scenario closes lie in a township; None is the whole place."""
    return township is None or all(township_of(unit) == township for _, unit in closed_gaps(found))


def _lines(shot: Snapshot, found: Sequence[Comparison]) -> Iterable[Line]:
    yield Line(TEXTS["scenario_measures"], "", tuple(number(len(each.scenario.measures)) for each in found))
    yield Line(TEXTS["scenario_cost"], "", tuple(number(each.scenario.cost) for each in found))
    before = found[0].before
    now = {task.task.no: task for task in before.tasks}
    for no in sorted({no for each in found for no, _, _ in each.tasks}):
        then = (next(task for task in each.after.tasks if task.task.no == no) for each in found)
        what = f"{TEXTS['scenario_task'].format(no=no)} {now[no].task.title}"
        yield Line(what, verdict(now[no].state).label, tuple(verdict(task.state).label for task in then))
    for rule in [each.id for each in shot.plan.rules if any(each.id == r.id for c in found for r in c.changes.rules)]:
        then_met = tuple(_met(each.after, rule) for each in found)
        yield Line(shot.plan.rule(rule).requirement, _met(before, rule), then_met)
    yield from _reach_lines(shot, found)


def _reach_lines(shot: Snapshot, found: Sequence[Comparison]) -> Iterable[Line]:
    for layer in sorted({old.layer for each in found for old, _ in each.reach}):
        old = next(old for each in found for old, _ in each.reach if old.layer == layer)
        after = [next((new for _, new in each.reach if new.layer == layer), None) for each in found]
        label = gettext(LAYERS[layer].label)
        for key in ("mean", "p90", "worst"):
            then = tuple(TEXTS["scenario_same"] if new is None else _metres(shot, new, key) for new in after)
            yield Line(TEXTS[f"scenario_{key}"].format(layer=label), _metres(shot, old, key), then)


def _met(assessment: Assessment, rule: str) -> str:
    counts = assessment.rule(rule).counts
    return TEXTS["scenario_met"].format(met=counts.met, in_scope=counts.in_scope)


def _metres(shot: Snapshot, reach: Reach, key: str) -> str:
    value = getattr(reach, key)
    if value is None:
        return TEXTS["none_dash"]
    if key == "worst":
        return f"{shot.ground.gazetteer.name_of(value[0])} {number(round(value[1]))}"
    return number(round(value))


def _beside(shot: Snapshot, found: Comparison, township: str | None) -> Beside:
    units = [(rule, unit) for rule in found.changes.rules for unit in rule]
    flips = [_flip(shot, rule.id, unit) for rule, unit in units[:_MOST_UNITS]]
    closes = len(closed_gaps(found))
    more = max(0, len(units) - _MOST_UNITS)
    return Beside(found.scenario.name, tuple(flips), more, closes, bool(closes) and lies_in(found, township))


def _flip(shot: Snapshot, rule: str, unit: Any) -> Flip:
    direction = str(unit.direction.value)
    key = direction if direction in ("better", "worse") else "other"
    reason = unit.reason_after or unit.reason_before
    return Flip(key, TEXTS[f"scenario_{key}"], unit.unit_code, unit.unit_name, shot.plan.rule(rule).requirement, reason)
