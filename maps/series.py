"""The map's time: assessments of several days, kept as what changed from one day to the next."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from geo import periods
from geo.assess import assess
from geo.schema import LAYERS
from maps import palette
from maps.layers import FACILITY_LAYERS, board_codes, drawn_states

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from geo.assessment import Assessment, RuleResult
    from geo.layers import Layers
    from geo.plans.rules import Plan
    from geo.schema import Layer

_OUTSIDE: Final = palette.STATE_CODE["not_applicable"]


def month_ends(plan: Plan, as_of: date) -> list[date]:
    """The last days of the months of the plan's phases, up to ``as_of``, and ``as_of`` itself.

    A plan without phases gives ``as_of`` alone, as does a day before its first phase.
    """
    days = {as_of}
    if plan.phases:
        day = min(phase.starts_on for phase in plan.phases)
        end = min(max(phase.ends_on for phase in plan.phases), as_of)
        while day <= end:
            last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
            if last <= as_of:
                days.add(last)
            day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return sorted(days)


def time_series(layers: Layers, plan: Plan, dates: Iterable[date], place_name: str = "全市") -> dict[date, Assessment]:
    """An assessment for each day. ``layers`` must hold everything, not be cut to an earlier day."""
    return {day: assess(layers.on(day), plan, as_of=day, place_name=place_name) for day in sorted(set(dates))}


def month_by_month(layers: Layers, assessment: Assessment, place_name: str = "全市") -> dict[date, Assessment]:
    """The assessment with those of the month ends of the plan before it, for ``render(series=…)``.

    ``layers`` may be cut to the assessment's day: what was true earlier is in them.
    """
    earlier = month_ends(assessment.plan, assessment.as_of)[:-1]
    return {**time_series(layers, assessment.plan, earlier, place_name), assessment.as_of: assessment}


def with_closed(layers: Layers, first: date) -> Layers:
    """The layers with what closed after ``first`` and by their own day put back, in order of id."""
    tables = dict(layers.tables)
    for name, gone in layers.closed.items():
        back = gone[~periods.closed(gone, LAYERS[name], first)]
        if len(back):
            tables[name] = pd.concat([tables[name], back]).sort_values("id", kind="stable", ignore_index=True)
    return replace(layers, tables=tables)


def series_block(
    series: Mapping[date, Assessment], shown: Sequence[Mapping[str, Any]], units: Mapping[str, Mapping[str, int]],
    layers: Layers, *, months: int,
) -> dict[str, Any]:  # fmt: skip
    """The days before the last one, told backwards from it.

    ``series`` ends with the day of the map, to which ``layers`` are cut; ``shown`` are the rules as in the data
    block, ``units`` the positions of units there by kind and code. A day's changes are
    ``[gap, state, gap, state, …]`` against the day after it. ``since`` and ``until`` tell of each row the first
    day on which it exists and the first on which it does no more.
    """
    days = sorted(series)
    results = [{result.rule.id: result for result in series[day].rules} for day in days]
    return {
        "dates": [day.isoformat() for day in days],
        "rules": [rule_changes(rule, [found.get(rule["id"]) for found in results], units) for rule in shown],
        "since": {name: _since(layers[name], LAYERS[name].starts, days) for name in FACILITY_LAYERS},
        "until": {name: _until(layers[name], LAYERS[name], days) for name in FACILITY_LAYERS},
        "boards": _changes([board_codes(layers["boards"], as_of=day, months=months)[1] for day in days]),
    }


def rule_changes(
    shown: Mapping[str, Any], results: Sequence[RuleResult | None], units: Mapping[str, Mapping[str, int]]
) -> dict[str, Any]:
    """How a rule's units changed from day to day, its facts on each day, and units (``more``) only of earlier days."""
    numbers = units[shown["unit"]]
    found = [_states(result, numbers) for result in results]
    known = [number for number in shown["unitNo"] if number >= 0]
    seen = np.unique([number for states in found for number in np.flatnonzero(states != _OUTSIDE).tolist()])
    more = np.setdiff1d(seen, known).tolist()
    order = np.array([*known, *more], dtype=np.intp)
    facts = [_facts(result) for result in results]
    out: dict[str, Any] = {
        "changes": _changes([states[order] for states in found]),
        "facts": [0 if earlier == later else earlier for earlier, later in pairwise(facts)],
    }
    return {**out, "more": more} if more else out


def _states(result: RuleResult | None, numbers: Mapping[str, int]) -> NDArray[np.int8]:
    """Drawn state by position of the unit; those out of scope, and all others, are not applicable."""
    states = np.full(max(numbers.values(), default=-1) + 2, _OUTSIDE, dtype=np.int8)  # the last for units of no layer
    if result is not None:
        states[[numbers.get(code, -1) for code in result.findings.codes.tolist()]] = drawn_states(result.findings)
        states[-1] = _OUTSIDE
    return states


def _facts(result: RuleResult | None) -> list[Any]:
    """Counts in the order of the data block, value, state."""
    if result is None:
        return [[0] * 6, None, "unknown"]
    return [list(result.counts.as_dict().values()), result.value, str(result.state)]


def _changes(rows: Sequence[NDArray[np.int8]]) -> list[list[int]]:
    """For each day but the last, how it differs from the day after: gaps between positions, and states."""
    out = []
    for earlier, later in pairwise(rows):
        at = np.flatnonzero(earlier != later)
        gaps = np.diff(at, prepend=0)
        out.append([int(value) for pair in zip(gaps, earlier[at], strict=True) for value in pair])
    return out


def _since(table: pd.DataFrame, starts: str | None, days: Sequence[date]) -> list[int] | None:
    """Position of the first day on which each row exists; None where all do from the first day on."""
    if starts is None or starts not in table or not len(table):
        return None
    begun = pd.to_datetime(table[starts]).to_numpy().astype("datetime64[D]")
    first = np.searchsorted(np.array(days, dtype="datetime64[D]"), begun)
    first[np.isnat(begun)] = 0
    return [int(value) for value in first] if first.any() else None


def _until(table: pd.DataFrame, layer: Layer, days: Sequence[date]) -> list[int] | None:
    """Position of the first day on which each row exists no more, one beyond the last for none; None where all do."""
    if not periods.has_closings(table, layer):
        return None
    over = periods.last_days(table, str(layer.ends)).to_numpy().astype("datetime64[D]")
    first = np.searchsorted(np.array(days, dtype="datetime64[D]"), over)
    first[np.isnat(over)] = len(days)
    return [int(value) for value in first] if (first < len(days)).any() else None
