"""Since when a unit is in its state, and what will not be met soon: by month ends and by the days that facts name."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from geo.assess import assess
from geo.months import Month
from geo.since import Since, since
from geo.upcoming import Coming, upcoming
from tests.support import AS_OF, FRESHNESS, PLACE, STATION, VILLAGES, layers_of, plan_of

if TYPE_CHECKING:
    from geo.layers import Layers
    from geo.plans.rules import Plan

V = VILLAGES[0]
BASES = {"id": "16.base.count", "kind": "rows", "unit": "base", "layer": "bases", "meets": {"level": ["prefecture"]}}
ENDS = [date(2022, 7, 31), date(2022, 8, 31), date(2022, 9, 30), AS_OF]


def told(plan: Plan, layers: Layers, code: str, days: list[date] | None = None) -> Since:
    """Since when a unit is in its state under the plan's only rule."""
    series = {day: assess(layers.on(day), plan, as_of=day) for day in days or ENDS}
    return since(series, layers)[plan.rules[0].id, code]


def board(*updates: date, **more: Any) -> Layers:
    """The layers with one board."""
    return layers_of(boards=[{"unit_code": V, "updates": updates, **more}])


@pytest.mark.parametrize(
    ("changed", "first"),
    [
        (date(2022, 8, 10), Since(date(2022, 10, 11), "day")),  # due on 10 October, overdue from the next day on
        (date(2022, 7, 31), Since(date(2022, 10, 1), "day")),  # due on 30 September, the last day of the month
        (date(2022, 1, 5), Since(date(2022, 3, 6), "day")),  # before the first month end
    ],
)
def test_a_board_is_overdue_from_the_day_after_its_due_day(changed: date, first: Since) -> None:
    plan, layers = plan_of(FRESHNESS), board(changed, built_on=date(2019, 1, 1))
    assert told(plan, layers, V) == first
    for day, state in ((first.day, "not_met"), (date.fromordinal(first.day.toordinal() - 1), "met")):
        found = assess(layers.on(day), plan, as_of=day).rules[0].findings
        assert next(f for f in found if f["unit_code"] == V)["state"] == state


def test_a_break_starts_anew() -> None:
    """Stale in June and again since October: what was before the change does not count."""
    layers = board(date(2022, 3, 1), date(2022, 8, 5), built_on=date(2019, 1, 1))
    assert told(plan_of(FRESHNESS), layers, V) == Since(date(2022, 10, 6), "day")


def test_of_a_month_nobody_knows_the_day() -> None:
    layers = board(Month(2022, 7, 1), built_on=date(2019, 1, 1))
    assert told(plan_of(FRESHNESS), layers, V) == Since(AS_OF, "month", after=date(2022, 9, 30))


def test_a_board_beside_one_that_closed_names_no_day() -> None:
    fresh = {"unit_code": V, "updates": (date(2022, 10, 1),), "closed_on": date(2022, 10, 20)}
    stale = {"unit_code": V, "updates": (date(2022, 8, 10),)}
    layers = layers_of(boards=[fresh, stale])
    series = {day: assess(layers.on(day), plan_of(FRESHNESS), as_of=day) for day in ENDS}
    found = since(series, layers.on(AS_OF))["17.village.freshness", V]
    assert found == Since(AS_OF, "month", after=date(2022, 9, 30))


def test_met_since_the_month_in_which_it_was_built() -> None:
    layers = layers_of(stations=[{"unit_code": V, "built_on": date(2022, 8, 9)}], none=[("stations", V)])
    first = told(plan_of(STATION), layers, V)
    assert first == Since(date(2022, 8, 31), "month", after=date(2022, 7, 31))


def test_not_reported_is_as_old_as_the_first_month_end() -> None:
    assert told(plan_of(STATION), layers_of(), V) == Since(ENDS[0], "start")
    assert told(plan_of(STATION), layers_of(), V, days=[AS_OF]) == Since(AS_OF, "start")


@pytest.mark.parametrize(
    ("level", "first"),
    [("prefecture", Since(date(2022, 9, 16), "day")), ("county", Since(ENDS[0], "start"))],
)
def test_a_title_fails_from_the_day_after_its_last(level: str, first: Since) -> None:
    """One that never counted failed before it expired."""
    layers = layers_of(bases=[{"unit_code": PLACE, "level": level, "expires_on": date(2022, 9, 15)}])
    assert told(plan_of(BASES), layers, "bases-0") == first


def test_what_comes() -> None:
    layers = board(date(2022, 9, 20), built_on=date(2019, 1, 1))
    assessment = assess(layers, plan_of(FRESHNESS), as_of=AS_OF)
    assert upcoming(assessment, layers) == {("17.village.freshness", V): Coming(date(2022, 11, 20), "board")}
    stale = board(date(2022, 8, 10))
    assert upcoming(assess(stale, plan_of(FRESHNESS), as_of=AS_OF), stale) == {}


@pytest.mark.parametrize("end", [AS_OF, date(2022, 12, 1), date(2022, 10, 30), None])
def test_titles_that_come_to_their_end(end: date | None) -> None:
    layers = layers_of(bases=[{"unit_code": PLACE, "level": "prefecture", "expires_on": end}])
    found = upcoming(assess(layers, plan_of(BASES), as_of=AS_OF), layers)
    assert found == ({("16.base.count", "bases-0"): Coming(end, "title")} if end and end >= AS_OF else {})
