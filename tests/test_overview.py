"""The overview: its rings, months, ranking and its cut to a township are those of assessments made for the purpose."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from api.snapshots import Snapshots
from api.views.overview import overview
from api.views.overview.phases import phase_steps
from geo.assess import assess
from geo.differences import differences
from geo.plans.rules import Phase
from geo.store import Store
from maps.series import month_ends
from tests.support import TOWN
from tests.web_client import DAY, Web, page_of

if TYPE_CHECKING:
    from api.snapshots import Snapshot
    from geo.assessment import Assessment

AS_OF = date.fromisoformat(DAY)


@pytest.fixture(scope="module")
def shot(client: Web) -> Snapshot:
    return Snapshots(lambda: Store.open(client.store.url)).at(AS_OF)


def on(client: Web, day: date) -> Assessment:
    """An assessment of a day, read for this day alone."""
    with client.store.reading() as seen:
        return assess(seen.layers(as_of=day), seen.plan(), as_of=day, place_name=seen.place().name)


def counts(result: dict[str, Any]) -> list[int]:
    units = result["units"]
    return [units["met"] - units["met_shared"], units["met_shared"], units["not_met"], units["unknown"]]


def test_each_month_of_the_time_line_is_that_days_assessment(client: Web, shot: Snapshot) -> None:
    line = overview(shot).timeline
    days = [date.fromisoformat(day) for day in line["days"]]
    assert days == month_ends(shot.plan, AS_OF)
    assert len(days) > 2
    for at, day in enumerate(days):
        facts = on(client, day).to_dict()
        rules = {rule["id"]: rule for task in facts["tasks"] for rule in task["rules"]}
        assert line["tasks"][at] == [task["state"] for task in facts["tasks"]]
        for rule, told in line["rules"].items():
            assert told["counts"][at] == counts(rules[rule])
    assert len({json.dumps([told["counts"][at] for told in line["rules"].values()]) for at in range(len(days))}) > 1


def test_a_township_is_cut_as_the_api_cuts_it(client: Web, shot: Snapshot) -> None:
    view = overview(shot, TOWN)
    facts = client.json("/api/v1/assessment", township=TOWN)
    rules = {rule["id"]: rule for task in facts["tasks"] for rule in task["rules"]}
    for task, line in zip(facts["tasks"], view.tasks, strict=True):
        assert line.mark.key == task["state"]
    for ring in view.rings:
        assert ring.tally.in_scope == rules[ring.id]["units"]["in_scope"]
        assert view.timeline["rules"][ring.id]["counts"][-1] == counts(rules[ring.id])
    assert view.sentences[0].startswith(view.township_name)


def test_a_ring_is_full_only_when_all_are_known_to_be_met(shot: Snapshot) -> None:
    for rule in overview(shot).rings:
        drawn = sum(length for _, length, _ in rule.arcs)
        assert 0 <= drawn <= 100.01
        if rule.measure == "share" and not rule.of_people:
            assert drawn == pytest.approx(100 * (1 - rule.tally.unknown / rule.tally.in_scope), abs=0.05)
            met = sum(length for name, length, _ in rule.arcs if name.startswith("met"))
            assert met == pytest.approx(100 * rule.tally.met / rule.tally.in_scope, abs=0.05)


@pytest.mark.parametrize("township", [None, TOWN])
def test_what_changed_since_last_month_is_the_difference_of_two_days(
    client: Web, shot: Snapshot, township: str | None
) -> None:
    since = overview(shot, township).since
    assert since.day == date(2022, 9, 30)
    found = differences(on(client, since.day), on(client, AS_OF), township=township)
    told = {move.id: (move.better, move.worse) for move in since.rules}
    expected = {}
    for rule in found.rules:
        moves = [unit.direction.value for unit in rule]
        if moves.count("better") or moves.count("worse"):
            expected[rule.id] = moves.count("better"), moves.count("worse")
    assert told == expected
    better, worse = (sum(values) for values in zip(*expected.values(), strict=True)) if expected else (0, 0)
    assert (f"{better}处变好，{worse}处变差" in since.sentence) == bool(expected)


def test_the_trend_ends_with_todays_share(shot: Snapshot) -> None:
    lines = overview(shot).townships
    assert any(line.trend for line in lines)
    for line in lines:
        assert line.trend[-1] == (None if line.tally.share is None else pytest.approx(line.tally.share))
        assert bool(line.spark) == (sum(share is not None for share in line.trend) > 1)


def test_a_chosen_rule_orders_the_ranking_by_its_gaps(client: Web, shot: Snapshot) -> None:
    rule = "1.village.station"
    view = overview(shot, rule=rule)
    assert view.rule is not None
    gaps = [line.tally.not_met for line in view.townships if line.in_plan]
    assert gaps == sorted(gaps, reverse=True)
    facts = {r["id"]: r for task in shot.facts["tasks"] for r in task["rules"]}[rule]
    assert view.total.tally.in_scope == facts["units"]["in_scope"]
    assert client.get("/", rule="1.no.rule").status_code == 404


def test_phases_say_how_many_days_are_left() -> None:
    first = Phase(name="甲", starts_on=date(2022, 1, 1), ends_on=date(2022, 1, 31))
    second = Phase(name="乙", starts_on=date(2022, 1, 20), ends_on=date(2022, 2, 28))
    steps = phase_steps((first, second), date(2022, 1, 31))
    assert [(step.stage, step.note) for step in steps] == [("now", "今天是最后一天"), ("now", "还有28天")]
    steps = phase_steps((first, second), date(2022, 2, 1))
    assert [step.stage for step in steps] == ["past", "now"]
    assert phase_steps((second,), date(2022, 1, 10))[0].note == "10天后开始"


def test_the_page_holds_what_its_script_moves_through(client: Web, shot: Snapshot) -> None:
    page = page_of(client.get("/"))
    assert json.loads(page.one("section", id="time").attributes["data-months"]) == overview(shot).timeline
    rings = {item.attributes["data-rule"] for item in page.find("li", data_measure="")}
    assert rings == {rule.id for rule in overview(shot).rings}


@pytest.mark.parametrize("township", [None, TOWN])
def test_the_last_month_reads_as_the_ring_itself(client: Web, shot: Snapshot, township: str | None) -> None:
    page = page_of(client.get("/", **({"township": township} if township else {})))
    view = overview(shot, township)
    for ring, rule in zip(page.find("span", class_="ring-counts"), view.rings, strict=True):
        told = view.timeline["rules"][rule.id]
        assert "".join(told["told"][-1].split()) == "".join(ring.text.split())
        assert told["texts"][-1] == rule.value_text
        if told["fills"]:
            assert (("met", told["fills"][-1]),) == rule.fills


def test_the_brief_prints_the_same_figures(client: Web, shot: Snapshot) -> None:
    page, view = page_of(client.get("/brief")), overview(shot)
    rows = {row.attributes["data-rule"]: row.text for row in page.find("tr", data_rule="")}
    assert rows.keys() == {rule.id for rule in view.rings}
    for rule in view.rings:
        assert rule.value_text in rows[rule.id]
        assert f"{rule.tally.in_scope}" in rows[rule.id]
