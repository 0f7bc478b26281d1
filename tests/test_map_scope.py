"""The switch between the plan's units and all: counts, list and days are those of an assessment of that scope."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from geo.assess import assess
from maps.scope import wider
from maps.web_map import render
from tests.map_places import AS_OF, changji, invented
from tests.test_map_time import SHOWN, series, three_days
from tests.test_web_map import legend_counts

if TYPE_CHECKING:
    from datetime import date

    from geo.assessment import Assessment
    from geo.plans.rules import Plan
    from tests.browser import OpenPage

pytestmark = pytest.mark.browser
RULE = "17.village.freshness"


def scoped(plan: Plan, scope: str) -> Plan:
    return plan.model_copy(update={"settings": plan.settings.model_copy(update={"scope": scope})})


@cache
def of_all(day: date) -> Assessment:
    """The whole plan judged with every township in scope, on a path of its own."""
    case = changji()
    return assess(case.layers.on(day), scoped(case.assessment.plan, "all"), as_of=day, place_name=case.place.name)


@cache
def html() -> str:
    case = changji()
    return render(case.layers, case.assessment, case.place, series=series())


def test_every_rule_counts_and_lists_all_units_and_the_plans_again(open_page: OpenPage) -> None:
    opened = open_page(html())
    for scope, assessment in (("all", of_all(AS_OF)), ("plan", changji().assessment)):
        opened.page.click(f"#scope-{scope}")
        for rule in assessment.rules:
            opened.page.select_option("#rule", rule.rule.id)
            shown, counts = legend_counts(opened), rule.counts
            assert shown["met_dedicated"] + shown.get("met_shared", 0) == counts.met, (scope, rule.rule.id)
            for state in ("not_met", "unknown", "not_applicable"):
                assert shown[state] == getattr(counts, state), (scope, rule.rule.id, state)
            assert opened.js("kepu.list.size()") == counts.not_met + counts.unknown, (scope, rule.rule.id)
            assert opened.js("kepu.state.view().verdict") == str(rule.state), (scope, rule.rule.id)
            assert opened.js("kepu.state.view().value") == pytest.approx(rule.value), (scope, rule.rule.id)
    assert opened.quiet(), opened.messages


def test_every_unit_has_its_state_on_three_days(open_page: OpenPage) -> None:
    opened = open_page(html(), link="#scope=all")
    for day in three_days():
        opened.js(f"kepu.state.set({{date: kepu.dates.list.indexOf('{day}')}})")
        for result in of_all(day).rules:
            found = result.to_dict()["findings"]
            wanted = {f["unit_code"]: "met_shared" if f["sharing"] == "shared" else f["state"] for f in found}
            assert opened.page.evaluate(SHOWN, [result.rule.id, day.isoformat()]) == wanted, (day, result.rule.id)
            counts = opened.js(f"kepu.state.viewOf('{result.rule.id}').counts")
            assert counts["inScope"] == result.counts.in_scope, (day, result.rule.id)
            assert counts["unknown"] == result.counts.unknown, (day, result.rule.id)


def test_the_page_says_that_the_plan_counts_fewer(open_page: OpenPage) -> None:
    townships = changji().layers["townships"]
    planned, there = int(townships["in_plan"].sum()), len(townships)
    opened = open_page(html())
    assert opened.page.locator("#scope-note").is_hidden()
    assert opened.page.locator("#scope-plan").get_attribute("aria-pressed") == "true"
    assert [int(n) for n in re.findall(r"\d+", opened.page.locator("#scope").inner_text())] == [planned, there]
    opened.page.focus("#scope-all")
    opened.page.keyboard.press("Enter")
    note = opened.page.locator("#scope-note").inner_text()
    assert f"全部 {there} 个" in note
    assert f"方案只考核其中 {planned} 个" in note
    assert "scope=all" in opened.js("location.hash")
    whole = opened.js("kepu.map.leaflet().getBounds().contains(kepu.world.bounds(kepu.world.whole))")
    assert whole, "what was left out is in sight"
    again = open_page(html(), link="#scope=all")
    assert again.page.locator("#scope-all").get_attribute("aria-pressed") == "true"


def test_a_card_beyond_the_plan_says_so_and_opens_its_requirements(open_page: OpenPage) -> None:
    villages, townships = changji().place.villages, changji().place.townships
    out = set(townships.loc[~townships["in_plan"].astype(bool), "code"])
    code = villages.loc[villages["township_code"].isin(out), "code"].iloc[0]
    opened = open_page(html(), link=f"#unit={code}")
    card = opened.page.locator("#card")
    assert "方案外" in card.inner_text()
    assert card.locator(".requirement").count() == 0
    card.get_by_role("button", name="按全部单位看这里的状态").click()
    rules = {r.rule.id for r in of_all(AS_OF).rules if r.rule.unit == "village"}
    assert {str(e.get_attribute("data-rule")) for e in card.locator(".requirement").all()} == rules
    opened.page.keyboard.press("Escape")
    opened.page.select_option("#filter-township", str(villages.set_index("code").loc[code, "township_code"]))
    assert "方案外" in opened.page.locator(".gap").first.inner_text()
    assert opened.js("kepu.list.text()").split("\n")[1].split("\t")[2].endswith("（方案外）")
    assert opened.quiet(), opened.messages


def test_no_switch_where_the_plan_leaves_nobody_out(open_page: OpenPage) -> None:
    case = invented()
    everyone = assess(case.layers, scoped(case.assessment.plan, "all"), as_of=AS_OF)
    assert wider(case.layers, everyone, [AS_OF]) == {}
    opened = open_page(render(case.layers, everyone, case.place), link="#scope=all")
    assert opened.page.locator("#scope").is_hidden()
    assert opened.page.locator("#scope-note").is_hidden()
    assert opened.quiet(), opened.messages


def test_the_file_stays_small() -> None:
    assert len(html().encode()) <= 1_000_000
