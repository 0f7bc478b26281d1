"""The map's time: assessments of several days, kept as what changed from one day to the next."""

from __future__ import annotations

import calendar
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from geo.assess import assess
from geo.schema import LAYERS
from geo.states import MET, NOT_APPLICABLE, NOT_MET, UNKNOWN
from maps import palette
from maps.layers import board_freshness

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import geopandas as gpd

    from geo.assessment import Assessment, RuleResult
    from geo.layers import Layers
    from geo.rules import Plan

_OUTSIDE: Final = palette.STATE_CODE["not_applicable"]
_DRAWN: Final = {
    MET: palette.STATE_CODE["met"], NOT_MET: palette.STATE_CODE["not_met"],
    UNKNOWN: palette.STATE_CODE["unknown"], NOT_APPLICABLE: _OUTSIDE,
}  # fmt: skip


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


def series_block(
    series: Mapping[date, Assessment], shown: Sequence[Mapping[str, Any]], units: Mapping[tuple[str, str], int],
    facilities: Mapping[str, gpd.GeoDataFrame], *, months: int,
) -> dict[str, Any]:  # fmt: skip
    """The days before the last one, told backwards from it.

    ``series`` ends with the day of the map; ``shown`` are the rules as in the data block, ``units`` the
    positions of units there. A day's changes are ``[gap, state, gap, state, …]`` against the day after it.
    """
    days = sorted(series)
    results = [{result.rule.id: result for result in series[day].rules} for day in days]
    return {
        "dates": [day.isoformat() for day in days],
        "rules": [_rule(rule, [found.get(rule["id"]) for found in results], units) for rule in shown],
        "since": {name: _since(table, LAYERS[name].starts, days) for name, table in facilities.items()},
        "boards": _boards(facilities["boards"], days, months),
    }


def _rule(
    shown: Mapping[str, Any], results: Sequence[RuleResult | None], units: Mapping[tuple[str, str], int]
) -> dict[str, Any]:
    found = [_states(result, shown["unit"], units) for result in results]
    known = [number for number in shown["unitNo"] if number >= 0]
    seen = set(known)
    more = sorted({unit for states in found for unit in states} - seen)
    order = [*known, *more]
    rows = [np.array([states.get(unit, _OUTSIDE) for unit in order], dtype=np.int8) for states in found]
    facts = [_facts(result) for result in results]
    back = list(pairwise(facts))
    out: dict[str, Any] = {
        "changes": _changes(rows),
        "facts": [0 if earlier == later else earlier for earlier, later in back],
    }
    return {**out, "more": more} if more else out


def _states(result: RuleResult | None, kind: str, units: Mapping[tuple[str, str], int]) -> dict[int, int]:
    """Drawn state by unit position, units in scope only."""
    if result is None:
        return {}
    found, out = result.findings, {}
    for at in found.positions().tolist():
        unit = units.get((kind, str(found.codes[at])), -1)
        state = _DRAWN[found.states[at]]
        shared = found.dedicated and bool(found.shared[at]) and state == palette.STATE_CODE["met"]
        out[unit] = palette.STATE_CODE["met_shared"] if shared else state
    out.pop(-1, None)
    return out


def _facts(result: RuleResult | None) -> list[Any]:
    """Counts in the order of the data block, value, state."""
    if result is None:
        return [[0] * 6, None, "unknown"]
    return [list(result.counts.as_dict().values()), result.value, str(result.state)]


def _changes(rows: Sequence[np.ndarray[Any, Any]]) -> list[list[int]]:
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


def _boards(boards: gpd.GeoDataFrame, days: Sequence[date], months: int) -> list[list[int]]:
    return _changes([_board_codes(boards, day, months) for day in days])


def _board_codes(boards: gpd.GeoDataFrame, day: date, months: int) -> np.ndarray[Any, Any]:
    states = board_freshness(boards, as_of=day, months=months)["freshness"]
    return np.array([palette.FRESHNESS_CODE[state] for state in states], dtype=np.int8)
