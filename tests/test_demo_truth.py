"""The demo's assessment against a slow, separate, plain count of the same files, unit by unit."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import pytest

from geo.assess import assess
from geo.bundled import bundled_place
from geo.place import read_place
from geo.rules import read_plan
from geo.store import Store
from geo.submissions import import_submissions
from tests.plain_count import MET, NOT_MET, READINGS, UNKNOWN, Count, all_of, count_all
from tests.plain_reading import read_all

if TYPE_CHECKING:
    from geo.assessment import Assessment, RuleResult
    from geo.layers import Layers
    from geo.rules import Plan
    from tests.plain_reading import Reported

FOLDER = bundled_place("changji")
PLAN = tomllib.loads((FOLDER / "plan.toml").read_text(encoding="utf-8"))
AS_OF = date(2022, 10, 31)
RULES = [rule["id"] for task in PLAN["tasks"] for rule in task["rules"]]


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Layers:
    """The demo as `kepu demo` makes it: a store with the submissions."""
    database = tmp_path_factory.mktemp("demo") / "demo.db"
    plan_text = (FOLDER / "plan.toml").read_text(encoding="utf-8")
    store = Store.create(f"sqlite:///{database.as_posix()}", read_place(FOLDER), plan_text)
    reports = import_submissions(store, FOLDER / "submissions")
    assert {report.outcome for report in reports} == {"stored"}
    return store.layers()


@cache
def plan() -> Plan:
    return read_plan((FOLDER / "plan.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def assessment(layers: Layers) -> Assessment:
    """The assessment on the demo's day."""
    as_of = read_place(FOLDER).demo_as_of
    assert as_of == AS_OF
    return assess(layers, plan(), as_of=as_of)


@cache
def said() -> Reported:
    return read_all(FOLDER)


@cache
def counted() -> dict[str, Count]:
    return count_all(said(), AS_OF)


def told(result: RuleResult) -> dict[str, str]:
    """Unit → state, with shared told apart, as the program says."""
    return {f["unit_code"]: f["state"] + (" by sharing" if f["sharing"] == "shared" else "") for f in result.findings}


def plainly(count: Count) -> dict[str, str]:
    """The same of a plain count."""
    return {unit: state + (" by sharing" if unit in count.shared else "") for unit, state in count.states.items()}


def test_every_rule_is_counted(assessment: Assessment) -> None:
    assert [result.rule.id for result in assessment.rules] == RULES
    assert counted().keys() == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_every_unit_has_the_state_of_the_plain_count(assessment: Assessment, rule: str) -> None:
    assert told(assessment.rule(rule)) == plainly(counted()[rule])


@pytest.mark.parametrize("rule", RULES)
def test_numbers_and_verdict_are_those_of_the_plain_count(assessment: Assessment, rule: str) -> None:
    result, count = assessment.rule(rule), counted()[rule]
    numbers = result.counts
    assert (numbers.in_scope, numbers.met, numbers.met_shared, numbers.not_met, numbers.unknown) == (
        len(count.states),
        count.number(MET),
        len(count.shared),
        count.number(NOT_MET),
        count.number(UNKNOWN),
    )
    assert result.value == pytest.approx(count.value)
    assert result.state == count.state


def test_the_three_readings_are_those_of_the_plain_count(assessment: Assessment) -> None:
    found = {
        f["unit_code"]: tuple(f["readings"][name] for name in READINGS)
        for f in assessment.rule("17.village.freshness").findings
    }
    assert found == counted()["17.village.freshness"].readings


def test_the_tasks_follow_from_the_plain_count(assessment: Assessment) -> None:
    plain = {task["no"]: all_of([counted()[rule["id"]].state for rule in task["rules"]]) for task in PLAN["tasks"]}
    assert {result.task.no: result.state for result in assessment.tasks} == plain
    assert len(plain) == 31
    assert {MET, NOT_MET, UNKNOWN} == set(plain.values())


@pytest.mark.parametrize("day", [date(2022, n, 1) for n in range(2, 13)] + [date(2023, 2, 28)], ids=str)
def test_so_it_is_on_other_days(layers: Layers, day: date) -> None:
    """What is built, held, titled or changed later does not count yet; what was fresh grows stale."""
    result, count = assess(layers, plan(), as_of=day), count_all(said(), day)
    for rule in RULES:
        assert told(result.rule(rule)) == plainly(count[rule]), rule
        assert result.rule(rule).value == pytest.approx(count[rule].value), rule
        assert result.rule(rule).state == count[rule].state, rule
