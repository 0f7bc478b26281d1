"""What changed between two days: against a plain comparison of two assessment.json, and case by case."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from geo.assess import assess
from geo.differences import Direction, differences
from geo.errors import UnknownRule
from geo.states import State
from tests.demo import demo_assessment
from tests.support import BOARD, FRESHNESS, STATION, WILLOW_RIVER, WILLOW_TOWN, assessed, layers_of, plan_of

if TYPE_CHECKING:
    from geo.assessment import Assessment
    from geo.differences import Differences, UnitChange

EARLY, LATE = date(2022, 6, 30), date(2022, 10, 31)


def plainly(before: Assessment, after: Assessment) -> dict[tuple[str, str], tuple[Any, ...]]:
    """(Rule, unit) → states and evidence that only one day has, from what both assessments say of themselves."""
    told: list[dict[tuple[str, str], dict[str, Any]]] = [
        {
            (rule["id"], found["unit_code"]): found
            for task in assessment.to_dict()["tasks"]
            for rule in task["rules"]
            for found in rule["findings"]
        }
        for assessment in (before, after)
    ]
    nothing: dict[str, Any] = {"state": "not_applicable", "evidence": []}
    found = {}
    for key in told[0].keys() | told[1].keys():
        old, new = (side.get(key, nothing) for side in told)
        if old["state"] != new["state"]:
            rows = [{json.dumps(row, sort_keys=True) for row in side["evidence"]} for side in (old, new)]
            found[key] = (old["state"], new["state"], rows[1] - rows[0], rows[0] - rows[1])
    return found


def as_told(changed: Differences) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {
        (rule["id"], unit["unit_code"]): (
            unit["before"],
            unit["after"],
            *({json.dumps(row, sort_keys=True) for row in unit["evidence"][what]} for what in ("added", "removed")),
        )
        for task in json.loads(changed.to_json())["tasks"]
        for rule in task["rules"]
        for unit in rule["changes"]
    }


@pytest.mark.parametrize("early", [date(2021, 12, 31), EARLY, date(2022, 9, 30), LATE])
def test_the_demo_against_a_plain_comparison(early: date) -> None:
    before, after = demo_assessment(early), demo_assessment(LATE)
    changed = differences(before, after)
    assert as_told(changed) == plainly(before, after)
    verdicts = {
        (t.after.task.no, t.before.state, t.after.state) for t in changed.tasks if t.before.state != t.after.state
    }
    assert verdicts == {
        (new.task.no, old.state, new.state)
        for old, new in zip(before.tasks, after.tasks, strict=True)
        if old.state != new.state
    }
    moved = [rule for rule in changed.rules if rule.before.state != rule.after.state]
    assert len(moved) == sum(a.state != b.state for a, b in zip(before.rules, after.rules, strict=True))
    assert bool(changed.tasks) == (early != LATE)
    assert differences(after, before).to_json() == differences(after, before).to_json()


def test_backwards_everything_is_the_other_way_round() -> None:
    before, after = demo_assessment(EARLY), demo_assessment(LATE)
    there, back = as_told(differences(before, after)), as_told(differences(after, before))
    assert {key: (new, old, gone, come) for key, (old, new, come, gone) in there.items()} == back


def only(changed: Differences) -> UnitChange:
    (rule,) = changed.rules
    (unit,) = rule
    return unit


def compared(rule: dict[str, Any], **rows: Any) -> Differences:
    layers, plan = layers_of(**rows), plan_of(rule)
    return differences(assess(layers, plan, as_of=EARLY), assess(layers, plan, as_of=LATE))


def test_a_station_that_is_built() -> None:
    station = {"unit_code": WILLOW_RIVER, "built_on": date(2022, 8, 1)}
    change = only(compared(dict(STATION), stations=[station]))
    assert (change.unit_code, change.before, change.after) == (WILLOW_RIVER, State.UNKNOWN, State.MET)
    assert change.direction is Direction.BETTER
    assert [row["file"] for row in change.added] == ["stations.xlsx"]
    assert (change.removed, change.kept) == ([], [])
    assert change.reason_before != change.reason_after


def test_a_board_that_time_alone_makes_stale() -> None:
    board = {"unit_code": WILLOW_RIVER, "updates": (date(2022, 6, 20),), "last_only": True}
    change = only(compared(dict(FRESHNESS), boards=[board]))
    assert (change.before, change.after) == (State.MET, State.NOT_MET)
    assert change.direction is Direction.WORSE
    assert (change.added, change.removed) == ([], [])
    assert len(change.kept) == 1


def test_a_base_that_did_not_exist_comes_into_scope() -> None:
    base = {"id": "JD-1", "name": "基地", "unit_code": WILLOW_RIVER, "kind": "education", "titled_on": date(2022, 8, 1)}
    older = base | {"id": "JD-0", "titled_on": date(2020, 1, 1)}
    layers = layers_of(bases=[base, older])
    told = {"kind": "rows", "unit": "base", "layer": "bases", "measure": "count", "threshold": 5}
    plan = plan_of({"id": "16.base.count", **told, "meets": {"kind": ["education"]}})
    changed = differences(assess(layers, plan, as_of=EARLY), assess(layers, plan, as_of=LATE))
    change = only(changed)
    assert (change.unit_code, change.unit_name) == ("JD-1", "基地")
    assert (change.before, change.direction) == (State.NOT_APPLICABLE, Direction.SCOPE)
    assert change.reason_before == "不在评估范围内"
    back = only(differences(assess(layers, plan, as_of=LATE), assess(layers, plan, as_of=EARLY)))
    assert (back.after, back.added) == (State.NOT_APPLICABLE, [])


def test_filters() -> None:
    stations = [{"unit_code": code, "built_on": date(2022, 8, 1)} for code in (WILLOW_RIVER, WILLOW_TOWN)]
    boards = [{"unit_code": WILLOW_TOWN, "built_on": date(2022, 8, 1)}]
    layers = layers_of(stations=stations, boards=boards)
    before, after = (assessed([STATION, BOARD], layers, as_of=day) for day in (EARLY, LATE))
    everything = as_told(differences(before, after))
    assert len(everything) == 3
    in_town = as_told(differences(before, after, township=f"{WILLOW_TOWN[:9]}000"))
    assert in_town == {key: told for key, told in everything.items() if key[1] == WILLOW_TOWN}
    boards_only = as_told(differences(before, after, rule="17.village.board"))
    assert boards_only == {key: told for key, told in everything.items() if key[0] == "17.village.board"}
    assert as_told(differences(before, after, township="990101400000")) == {}
    with pytest.raises(UnknownRule):
        differences(before, after, rule="99.no.rule")
    with pytest.raises(ValueError, match="different plans"):
        differences(before, assessed([STATION], layers, as_of=LATE))


def test_only_what_changed_is_worded(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = demo_assessment(EARLY), demo_assessment(LATE)
    asked: list[int] = []
    for result in (*before.rules, *after.rules):
        kind = type(result.findings.explain)
        original = kind.reason
        if getattr(original, "counted", False):
            continue

        def reason(self: Any, position: int, _original: Any = original) -> str:
            asked.append(position)
            return str(_original(self, position))

        reason.counted = True  # type: ignore[attr-defined]
        monkeypatch.setattr(kind, "reason", reason)
    changed = differences(before, after)
    assert asked == []
    units = sum(map(len, changed.rules))
    changed.to_json()
    assert units <= len(asked) <= 2 * units
    assert units < sum(np.count_nonzero(rule.findings.states != -2) for rule in after.rules) / 2
