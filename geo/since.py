"""Since when each unit has been in its state without a break.

Told by the assessments of the month ends before the day and of the day itself: the first of the unbroken run
of them, back from the day, in which the state is the same. Where a fact names the very day and fits that run
(a board is overdue from the day after it was due, a title fails from the day after it expired), that day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np

from geo.months import Month
from geo.plans.rules import FreshnessRule, RowsRule
from geo.schema import MONTH_FLAGS
from geo.states import NOT_MET
from geo.upcoming import last_days_of_titles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from geo.assessment import Assessment, RuleResult
    from geo.layers import Layers
    from geo.states import States

_DAY = timedelta(days=1)
_ABSENT = -1


@dataclass(frozen=True)
class Since:
    """The first day of a state.

    `kind`: `day` the very day; `month` the first month end (or the day asked about) on which it was so, after
    one, `after`, on which it was not; `start` it was so on the first day that is looked at already.
    """

    day: date
    kind: Literal["day", "month", "start"]
    after: date | None = None


def since(series: Mapping[date, Assessment], layers: Layers) -> dict[tuple[str, str], Since]:
    """Return (rule, unit) → since when, for every unit in scope of the last assessment.

    `series`: assessments by one plan, by day; `layers`: those of the last one.
    """
    days = sorted(series)
    found = {}
    for at, result in enumerate(series[days[-1]].rules):
        earlier = [series[day].rules[at] for day in days[:-1]]
        first = _first_days(result, earlier)
        facts = _days_told(result, series[days[-1]], layers, first)
        for position in result.findings.positions().tolist():
            run = int(first[position])
            key = result.rule.id, str(result.findings.codes[position])
            found[key] = _since(days, run, facts.get(position))
    return found


def _first_days(result: RuleResult, earlier: Sequence[RuleResult]) -> NDArray[np.intp]:
    """Position of the first day of each unit's unbroken run."""
    codes, now = result.findings.codes, result.findings.states
    first = np.full(len(codes), len(earlier), dtype=np.intp)
    unbroken = np.ones(len(codes), dtype=bool)
    for at in reversed(range(len(earlier))):
        unbroken &= _states_of(earlier[at], codes) == now
        first[unbroken] = at
    return first


def _states_of(result: RuleResult, codes: NDArray[np.object_]) -> States:
    """States of the units of these codes; of those that were not there, none."""
    own = result.findings.codes
    if np.array_equal(own, codes):
        return result.findings.states
    known = dict(zip(own.tolist(), result.findings.states.tolist(), strict=True))
    return np.fromiter((known.get(code, _ABSENT) for code in codes), dtype=np.int8, count=len(codes))


def _since(days: Sequence[date], run: int, told: date | None) -> Since:
    """Of a run that begins with a day's number; `told` is the day that a fact names."""
    after = days[run - 1] if run else None
    if told is not None and told <= days[run] and (after is None or told > after):
        return Since(told, "day")
    return Since(days[run], "month" if run else "start", after)


def _days_told(result: RuleResult, assessment: Assessment, layers: Layers, first: NDArray[np.intp]) -> dict[int, date]:
    """Position → the first day of being not met, as far as facts name one."""
    rule = result.rule
    if isinstance(rule, FreshnessRule) and assessment.plan.settings.freshness_reading == "since_last_change":
        return _overdue(result, layers)
    if isinstance(rule, RowsRule) and rule.layer == "bases" and not assessment.plan.settings.expired_titles:
        return _expired(result, layers[rule.layer], first)
    return {}


def _overdue(result: RuleResult, layers: Layers) -> dict[int, date]:
    """A unit is overdue from the day after its board was due.

    Nobody knows the day where a board's is told as a month, or where another that served the unit has closed.
    """
    vague, left = _vague_boards(layers["boards"]), _left_alone(layers.closed.get("boards"))
    found = {}
    for position in np.flatnonzero(result.findings.states == NOT_MET).tolist():
        extras = result.findings.explain.extras(position)
        if extras["due"] and vague.isdisjoint(extras["facilities"]) and result.findings.codes[position] not in left:
            found[position] = date.fromisoformat(extras["due"]) + _DAY
    return found


def _vague_boards(boards: pd.DataFrame) -> frozenset[str]:
    """Ids of the boards of which some day is told as a month."""
    by_month = np.array([any(type(day) is Month for day in days or ()) for days in boards["updates"]], dtype=bool)
    for flag in MONTH_FLAGS.values():
        if flag in boards:
            by_month |= boards[flag].astype("boolean").fillna(False).to_numpy(bool)
    return frozenset(map(str, boards["id"][by_month]))


def _left_alone(closed: pd.DataFrame | None) -> frozenset[str]:
    """Codes of the units that closed boards served."""
    if closed is None:
        return frozenset()
    return frozenset(closed["unit_code"]) | {code for codes in closed["serves"] for code in codes or ()}


def _expired(result: RuleResult, bases: pd.DataFrame, first: NDArray[np.intp]) -> dict[int, date]:
    """A title fails from the day after its last; one that was never seen to count may have failed before."""
    failing = (result.findings.states == NOT_MET) & (first > 0)
    ends, codes = last_days_of_titles(bases), result.findings.codes
    return {at: ends[codes[at]] + _DAY for at in np.flatnonzero(failing).tolist() if codes[at] in ends}
