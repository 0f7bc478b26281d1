"""The cheapest fix meets its rules when it is carried out, costs no more than any other, and is always the same."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest

from geo.assess import assess
from geo.errors import InputRefused, UnknownRule
from geo.fixes import Costs, Step, _solve, cheapest_fix, lacking
from geo.scenario import compare
from geo.scenario.measures import Update
from tests.web_client import build

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.assessment import Assessment, RuleResult
    from geo.fixes import Pair
    from geo.layers import Layers
    from geo.plans.rules import Plan

DAY = date(2022, 10, 31)
STATION, FRESH, EQUIPMENT = "1.village.station", "1.village.quarterly", "1.township.equipment"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> tuple[Layers, Plan, Assessment]:
    store = build(tmp_path_factory.mktemp("county"))
    layers, plan = store.layers(as_of=DAY), store.plan()
    return layers, plan, assess(layers, plan, as_of=DAY)


def result(assessment: Assessment, rule: str) -> RuleResult:
    return next(each for task in assessment.tasks for each in task.rules if each.rule.id == rule)


@pytest.mark.parametrize("within", [0.0, 5000.0, 50_000.0])
@pytest.mark.parametrize("rules", [[STATION], [FRESH], [STATION, FRESH, EQUIPMENT]])
def test_carried_out_it_meets_its_rules(
    county: tuple[Layers, Plan, Assessment], rules: list[str], within: float
) -> None:
    layers, plan, before = county
    fix = cheapest_fix(layers, before, rules, within=within)
    assert (fix.status, fix.gap) == ("optimal", 0.0)
    assert fix.cost == pytest.approx(sum(step.measure.cost for step in fix.steps))
    after = compare(layers, plan, fix.scenario("补"), as_of=DAY).after
    for rule in rules:
        assert (str(result(after, rule).state), lacking(result(after, rule))) == ("met", 0)
    mended = {pair for step in fix.steps for pair in step.mends}
    assert all(state_in(after, *pair) == "met" for pair in mended)


def state_in(assessment: Assessment, rule: str, unit: str) -> str:
    findings = result(assessment, rule).findings
    return next(str(found["state"]) for found in findings if found["unit_code"] == unit)


def test_a_longer_way_to_share_never_costs_more(county: tuple[Layers, Plan, Assessment]) -> None:
    layers, _, before = county
    costs = [cheapest_fix(layers, before, [STATION], within=metres).cost for metres in (0, 3000, 30_000, 300_000)]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < costs[0]


def test_rows_in_another_order_give_the_same_fix(county: tuple[Layers, Plan, Assessment]) -> None:
    layers, plan, before = county
    turned = replace(layers, tables={name: table.iloc[::-1] for name, table in layers.tables.items()}, whole=None)
    again = cheapest_fix(turned, assess(turned, plan, as_of=DAY), [STATION, FRESH], within=30_000)
    first = cheapest_fix(layers, before, [STATION, FRESH], within=30_000)
    assert {**again.to_dict(), "seconds": 0} == {**first.to_dict(), "seconds": 0}


def test_without_a_way_it_says_how_many_nothing_reaches(county: tuple[Layers, Plan, Assessment]) -> None:
    layers, _, before = county
    fix = cheapest_fix(layers, before, [STATION], within=0, costs=Costs(build=None))
    assert (fix.status, fix.steps, fix.short) == ("infeasible", (), {STATION: lacking(result(before, STATION))})


def test_a_rule_that_is_met_needs_nothing(county: tuple[Layers, Plan, Assessment]) -> None:
    layers, plan, _ = county
    fixed = cheapest_fix(layers, county[2], [STATION]).scenario("补")
    from geo.scenario import apply

    done, _ = apply(layers, plan, fixed, as_of=DAY)
    fix = cheapest_fix(done, assess(done, plan, as_of=DAY), [STATION])
    assert (fix.status, fix.cost, fix.steps) == ("optimal", 0.0, ())


@pytest.mark.parametrize("rule", ["3.school.lab", "5.figure.budget", "4.population.reach"])
def test_what_no_building_mends_is_refused(county: tuple[Layers, Plan, Assessment], rule: str) -> None:
    with pytest.raises(InputRefused, match="不能靠新建"):
        cheapest_fix(county[0], county[2], [rule])


def test_bad_numbers_and_rules_are_refused(county: tuple[Layers, Plan, Assessment]) -> None:
    layers, _, before = county
    with pytest.raises(InputRefused, match="距离"):
        cheapest_fix(layers, before, [STATION], within=-1)
    with pytest.raises(InputRefused, match="新建"):
        cheapest_fix(layers, before, [STATION], costs=Costs(build=math.nan))
    with pytest.raises(UnknownRule):
        cheapest_fix(layers, before, ["9.no.rule"])


def plain(steps: Sequence[Step], needed: dict[str, int]) -> float:
    """The least cost of all sets of measures that mend enough."""
    best = math.inf
    for size in range(len(steps) + 1):
        for chosen in combinations(steps, size):
            pairs = {pair for step in chosen for pair in step.mends}
            if all(sum(rule == pair[0] for pair in pairs) >= n for rule, n in needed.items()):
                best = min(best, sum(step.measure.cost for step in chosen))
    return best


def test_no_set_of_measures_is_cheaper() -> None:
    dice = np.random.default_rng(17)
    for _ in range(60):
        pairs: list[Pair] = [(rule, f"{unit:012d}") for rule in ("甲", "乙") for unit in range(5)]
        steps = [
            Step(
                Update(kind="update", id=str(n), cost=float(dice.integers(1, 6))),
                {pairs[k]: "" for k in dice.choice(10, dice.integers(1, 5), replace=False)},
            )
            for n in range(8)
        ]
        reached = sorted({pair for step in steps for pair in step.mends})
        needed = {rule: int(dice.integers(0, 1 + sum(p[0] == rule for p in reached))) for rule in ("甲", "乙")}
        chosen, cost, bound, status = _solve(steps, reached, needed, None)
        assert status == "optimal"
        assert cost == pytest.approx(plain(steps, needed))
        assert bound == pytest.approx(cost)
        assert sum(steps[i].measure.cost for i in chosen) == pytest.approx(cost)


@pytest.mark.parametrize("reading", ["since_last_change", "largest_interval", "changes_in_year"])
@pytest.mark.parametrize("boards", ["one", "all"])
@pytest.mark.parametrize("costs", [Costs(), Costs(build=None), Costs(share=None, update=None)])
def test_no_fix_promises_what_the_plans_reading_refuses(
    county: tuple[Layers, Plan, Assessment], reading: str, boards: str, costs: Costs
) -> None:
    layers, plan, _ = county
    settings = plan.settings.model_copy(update={"freshness_reading": reading, "fresh_boards": boards})
    plan = plan.model_copy(update={"settings": settings})
    before = assess(layers, plan, as_of=DAY)
    fix = cheapest_fix(layers, before, [FRESH], within=5000.0, costs=costs)
    after = compare(layers, plan, fix.scenario("补"), as_of=DAY).after
    assert fix.short or lacking(result(after, FRESH)) == 0
    assert all(state_in(after, *pair) == "met" for step in fix.steps for pair in step.mends)
