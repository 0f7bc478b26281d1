"""The map over time: every day's numbers in the browser are those of that day's assessment."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from maps.layers import board_freshness
from maps.web_map import month_ends, render, time_series
from tests.map_places import AS_OF, Case, changji, hostile, invented
from tests.support import layers_of
from tests.test_web_map import legend_counts

if TYPE_CHECKING:
    from geo.assessment import Assessment
    from tests.browser import OpenPage

pytestmark = pytest.mark.browser
RULE = "17.village.freshness"


@cache
def series() -> dict[date, Assessment]:
    case = changji()
    plan = case.assessment.plan
    return time_series(case.layers, plan, month_ends(plan, AS_OF), case.place.name)


@cache
def html() -> str:
    case = changji()
    return render(case.layers, case.assessment, case.place, series=series())


def three_days() -> tuple[date, date, date]:
    days = sorted(series())
    return days[0], days[len(days) // 2], days[-1]


def states_on(day: date, rule_id: str) -> dict[str, str]:
    found = series()[day].rule(rule_id).to_dict()["findings"]
    return {f["unit_code"]: "met_shared" if f["sharing"] == "shared" else f["state"] for f in found}


SHOWN = (
    "([id, day]) => Object.fromEntries([...kepu.dates.view(id, kepu.dates.list.indexOf(day)).states]"
    ".map(([u, s]) => [kepu.data.units[u].code, kepu.data.palette.states[s].key]))"
)


def test_days_are_the_month_ends_of_the_phases() -> None:
    days = month_ends(changji().assessment.plan, AS_OF)
    assert days[0] == date(2021, 11, 30)
    assert days[-1] == AS_OF
    assert len(days) == 12
    assert month_ends(changji().assessment.plan, date(2022, 3, 10))[-2:] == [date(2022, 2, 28), date(2022, 3, 10)]
    assert month_ends(changji().assessment.plan, date(2030, 1, 1))[-2:] == [date(2023, 3, 31), date(2030, 1, 1)]
    assert month_ends(invented().assessment.plan, AS_OF) == [AS_OF]


def test_counts_on_three_days_are_those_of_the_assessments_for_every_rule(open_page: OpenPage) -> None:
    opened = open_page(html())
    for day in three_days():
        opened.js(f"kepu.state.set({{date: kepu.dates.list.indexOf('{day}')}})")
        for rule in (rule for task in series()[day].to_dict()["tasks"] for rule in task["rules"]):
            opened.page.select_option("#rule", rule["id"])
            shown, counts = legend_counts(opened), rule["units"]
            assert shown["met_dedicated"] + shown.get("met_shared", 0) == counts["met"], (day, rule["id"])
            for state in ("not_met", "unknown", "not_applicable"):
                assert shown[state] == counts[state], (day, rule["id"], state)
            assert opened.js("kepu.list.size()") == counts["not_met"] + counts["unknown"], (day, rule["id"])
            assert opened.js("kepu.state.view().verdict") == rule["state"], (day, rule["id"])
    assert opened.quiet(), opened.messages


def test_every_unit_on_every_day_has_its_state(open_page: OpenPage) -> None:
    opened = open_page(html())
    for day in sorted(series()):
        for result in series()[day].rules:
            shown = opened.page.evaluate(SHOWN, [result.rule.id, day.isoformat()])
            assert shown == states_on(day, result.rule.id), (day, result.rule.id)


def test_the_slider_moves_by_keys_and_writes_the_date(open_page: OpenPage) -> None:
    opened = open_page(html(), link=f"#rule={RULE}")
    slider = opened.page.locator("#time-slider")
    slider.press("Home")
    assert opened.page.locator("#time-now").inner_text() == "2021年11月30日"
    assert "截至 2021-11-30" in opened.page.locator("#as-of").inner_text()
    slider.press("ArrowRight")
    assert opened.page.locator("#time-now").inner_text() == "2021年12月31日"
    assert "date=2021-12-31" in opened.js("location.hash")
    slider.press("End")
    assert "date=" not in opened.js("location.hash")
    opened.page.click("#play")
    opened.page.locator("#time-now", has_text="2021年12月31日").wait_for(timeout=10_000)
    opened.page.click("#play")
    assert not opened.js("kepu.playing")


def test_a_link_brings_back_day_comparison_and_mode(open_page: OpenPage) -> None:
    opened = open_page(html(), link=f"#rule={RULE}&date=2022-08-31&compare=2022-03-31&mode=present")
    assert opened.page.locator("#time-now").inner_text() == "2022年8月31日"
    assert opened.page.locator("#compare").is_visible()
    assert opened.js("document.documentElement.classList.contains('presenting')")
    assert opened.quiet(), opened.messages


def test_a_comparison_counts_and_lists_what_changed(open_page: OpenPage) -> None:
    early, _, late = three_days()
    before, after = states_on(early, RULE), states_on(late, RULE)
    met = {code for code, state in before.items() if state.startswith("met")}
    now_met = {code for code, state in after.items() if state.startswith("met")}
    opened = open_page(html(), link=f"#rule={RULE}&compare={early}")
    for kind, wanted in (("better", now_met - met), ("worse", met - now_met)):
        button = opened.page.locator(f'#compare-counts [data-kind="{kind}"]')
        assert int(button.locator("b").inner_text()) == len(wanted)
        if wanted:
            button.click()
            items = opened.page.locator("#compare-list li").all()
            assert {str(item.get_attribute("data-code")) for item in items} == wanted
    picture = opened.js("kepu.map.scene()._container.toDataURL()")
    opened.page.locator("#swipe").press("End")
    assert opened.js("kepu.map.scene()._container.toDataURL()") != picture
    opened.page.click("#compare-end")
    assert opened.page.locator("#compare").is_hidden()
    assert opened.quiet(), opened.messages


def test_a_card_on_an_earlier_day_shows_its_state_and_no_reason(open_page: OpenPage) -> None:
    early, _, late = three_days()
    before, after = states_on(early, RULE), states_on(late, RULE)
    code = next(code for code in after if before[code] != after[code])
    opened = open_page(html(), link=f"#rule={RULE}&date={early}&unit={code}")
    line = opened.page.locator(f'#card [data-rule="{RULE}"]')
    key = opened.js(f"kepu.data.palette.states[{line.get_attribute('data-state')}].key")
    assert key == before[code]
    assert line.locator(".reason").count() == 0
    assert "2022年10月31日" in opened.page.locator("#card .past").inner_text()


def test_facilities_appear_with_their_day_and_boards_age(open_page: OpenPage) -> None:
    case = changji()
    opened = open_page(html(), link="#layers=boards,activities")
    for day in three_days():
        opened.js(f"kepu.state.set({{date: kepu.dates.list.indexOf('{day}')}})")
        cut = case.layers.on(day)
        entry = opened.page.locator('.layer[data-layer="activities"] label .n')
        assert int(entry.inner_text()) == len(cut["activities"]), day
        wanted = pd.Series(board_freshness(cut["boards"], as_of=day)["freshness"]).value_counts()
        rows = opened.page.locator('.layer[data-layer="boards"] tr').all()
        shown = [int(row.locator(".n").inner_text()) for row in rows]
        assert shown == [int(wanted.get(key, 0)) for key in ("fresh", "due", "overdue", "never", "unknown")], day


def test_what_closed_is_shown_on_the_days_before(open_page: OpenPage) -> None:
    town, village, other = "990101100000", "990101100200", "990101100201"
    stations = [
        {"id": "ZD-1", "unit_code": village, "name": "旧站", "closed_on": date(2022, 8, 31)},
        {"id": "ZD-2", "unit_code": other, "name": "新站", "closed_on": date(2023, 1, 1)},
    ]
    schools = [{"id": "XX-1", "unit_code": town, "name": "旧校", "lab": False, "closed_on": date(2022, 8, 31)}]
    days = [date(2022, 6, 30), date(2022, 8, 30), date(2022, 8, 31), AS_OF]
    layers = layers_of(place=invented().place, stations=stations, schools=schools)
    found = time_series(layers, invented().assessment.plan, days, "测试县")
    place = invented().place
    opened = open_page(render(layers, found[AS_OF], place, series=found), link="#layers=stations,schools")
    for day, count, state in zip(days, (2, 2, 1, 1), ("met", "met", "not_met", "not_met"), strict=True):
        opened.js(f"kepu.state.set({{date: kepu.dates.list.indexOf('{day}')}})")
        assert int(opened.page.locator('.layer[data-layer="stations"] label .n').inner_text()) == count, day
        assert int(opened.page.locator('.layer[data-layer="schools"] label .n').inner_text()) == count - 1, day
        assert opened.page.evaluate(SHOWN, ["17.village.station", f"{day}"])[village] == state
        assert (opened.page.evaluate(SHOWN, ["18.school.lab", f"{day}"]).get("XX-1") == "not_met") == (count == 2)
    number = f"kepu.data.units.findIndex((u) => u.code === '{other}')"
    opened.js(f"kepu.state.set({{date: kepu.dates.last, unit: {number}}})")
    card = opened.page.locator("#card").text_content() or ""
    assert "停用日期" in card
    assert "2023-01-01" in card
    assert opened.quiet(), opened.messages


def test_a_date_switch_is_quick(open_page: OpenPage) -> None:
    opened = open_page(html(), link=f"#rule={RULE}")
    times = opened.js(
        "kepu.dates.list.map((_, i) => { const t = performance.now(); kepu.state.set({date: i});"
        " return performance.now() - t; }).sort((a, b) => a - b)"
    )
    assert times[len(times) // 2] < 150  # 50 ms on a quiet machine; see bench/


def test_a_year_of_days_keeps_the_file_small_and_the_same() -> None:
    case = changji()
    assert len(html().encode()) <= 1_000_000
    assert render(case.layers, case.assessment, case.place, series=series()) == html()
    later = series() | {date(2023, 1, 31): series()[AS_OF]}
    assert render(case.layers, case.assessment, case.place, series=later) == html()


def test_hostile_texts_stay_texts_on_every_day(open_page: OpenPage) -> None:
    case: Case = invented(name=hostile())
    days = [date(2022, 6, 30), date(2022, 8, 31), AS_OF]
    found: Any = time_series(case.layers, case.assessment.plan, days, case.place.name)
    opened = open_page(
        render(case.layers, case.assessment, case.place, series=found), link=f"#rule={RULE}&compare=2022-06-30"
    )
    for kind in ("better", "worse", "other"):
        opened.page.locator(f'#compare-counts [data-kind="{kind}"]').click()
    assert opened.js("window.__pwned") is None
    assert opened.quiet(), opened.messages


def test_one_day_alone_has_no_slider(open_page: OpenPage) -> None:
    case = invented()
    opened = open_page(render(case.layers, case.assessment, case.place, series={AS_OF: case.assessment}))
    assert opened.page.locator("#time").is_hidden()
    assert opened.quiet()
