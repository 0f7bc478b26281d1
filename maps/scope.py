"""The map's second scope: what the plan's rules say of the townships and villages that the plan leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from geo.assess import assess

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from numpy.typing import NDArray

    from geo.assessment import Assessment, RuleResult
    from geo.layers import Layers
    from geo.plans.rules import Plan

_SCOPED: Final = frozenset({"township", "village"})


def planned(layers: Layers) -> set[str]:
    """Codes of the townships that the plan names."""
    townships = layers["townships"]
    return set(townships["code"].to_numpy(object)[townships["in_plan"].to_numpy(bool, na_value=False)])


def wider(layers: Layers, assessment: Assessment, days: Iterable[date]) -> dict[date, Assessment]:
    """For each day, the rules on townships and villages with every township of the place in scope.

    Empty where that is the plan's own scope or the plan leaves no township out. The plan's assessment
    stays what counts; this one is only for looking beyond it.
    """
    if assessment.plan.settings.scope == "all" or len(planned(layers)) == len(layers["townships"]):
        return {}
    plan = _widened(assessment.plan)
    return {day: assess(layers.on(day), plan, as_of=day) for day in days}


def _widened(plan: Plan) -> Plan:
    tasks = [
        task.model_copy(update={"rules": tuple(rule for rule in task.rules if rule.unit in _SCOPED)})
        for task in plan.tasks
    ]
    settings = plan.settings.model_copy(update={"scope": "all"})
    return plan.model_copy(update={"tasks": tuple(task for task in tasks if task.rules), "settings": settings})


def outside(result: RuleResult, inside: Collection[str]) -> NDArray[np.intp]:
    """Positions of the findings of a rule of the wider scope that are of units beyond the plan."""
    found = result.findings
    positions = found.positions()
    beyond = [home not in inside for home in found.township_codes[positions].tolist()]
    outer: NDArray[np.intp] = positions[np.array(beyond, dtype=bool)]
    return outer
