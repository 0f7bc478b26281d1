"""Another county, with units, plan and thresholds of its own, needs no change of code."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from geo.assess import assess
from geo.plans.rules import read_plan
from geo.tables import gap_rows
from tests.support import (
    AS_OF,
    EAST,
    HILL,
    PLACE,
    RIVER,
    TOWN,
    VILLAGES,
    WILLOW_RIVER,
    WILLOW_TOWN,
    county,
    county_plan,
    county_plan_text,
    finding,
    layers_of,
    states,
)

if TYPE_CHECKING:
    from geo.assessment import Assessment


def submissions() -> dict[str, Any]:
    """What the county's townships and offices sent: one list for each layer."""
    stations: list[dict[str, Any]] = [{"unit_code": code, "name": "站", "equipment": True} for code in VILLAGES[:-2]]
    stations += [{"unit_code": VILLAGES[-1], "name": "合用站", "serves": (VILLAGES[-2],), "equipment": None}]
    stations += [{"unit_code": code, "name": "乡镇站", "equipment": True} for code in (RIVER, EAST, TOWN)]
    boards = [{"unit_code": code, "updates": (date(2022, 7, 31),), "last_only": True} for code in VILLAGES]
    boards[0]["updates"] = (date(2022, 7, 30),)
    return {
        "stations": stations,
        "boards": boards,
        "associations": [
            {"unit_code": code, "registered": True} for code in (RIVER, WILLOW_TOWN, HILL, EAST)
        ],
        "schools": [
            {"unit_code": TOWN, "id": f"S{n}", "name": f"演示学校{n}", "run_by_city": n < 4, "lab": n == 1}
            for n in range(6)
        ],
        "bases": [{"unit_code": PLACE, "level": "county"}, {"unit_code": TOWN, "level": "region"}],
        "activities": [
            {"unit_code": PLACE, "date": date(2021, 11, 1), "kind": "lecture", "reaches": (EAST, RIVER)},
            {"unit_code": WILLOW_TOWN, "date": date(2022, 5, 1), "kind": "caravan"},
            {"unit_code": PLACE, "date": date(2021, 10, 31), "kind": "lecture", "reaches": (PLACE,)},
        ],
        "figures": [
            {"unit_code": PLACE, "task": 5, "item": "科普经费", "value": 26_700.0},
            {"unit_code": PLACE, "task": 5, "item": "常住人口", "value": 26_700.0},
            {"unit_code": PLACE, "task": 5, "item": "投诉件数", "value": 3.0},
            {"unit_code": PLACE, "task": 5, "item": "经费管理制度", "value": 1.0, "evidence": "某文件"},
        ],
        "none": [("stations", HILL)],
        "complete": [("schools", PLACE), ("bases", PLACE), ("activities", PLACE)],
    }  # fmt: skip


def county_assessment() -> Assessment:
    return assess(layers_of(**submissions()), county_plan(), as_of=AS_OF, place_name=county().name)


def test_the_place_is_its_own() -> None:
    place = county()
    assert (place.code, place.name, place.working_crs) == ("990101", "云岭县", "EPSG:4543")
    assert len(place.townships) == 5
    names = list(place.villages["name"])
    assert names.count("柳树村村民委员会") == 2
    assert place.boundary is not None
    assert place.villages.union_all().symmetric_difference(place.boundary).area < 1e-9
    assert place.gazetteer.find_village("柳树村", RIVER) == {WILLOW_RIVER}
    assert place.gazetteer.find_village("柳树村", TOWN) == {WILLOW_TOWN}


@pytest.mark.parametrize(
    ("rule", "state", "value", "counts"),
    [
        # in scope, met, of these shared, not met, unknown, not applicable
        ("1.village.station", "met", 1.0, (9, 9, 2, 0, 0, 1)),
        ("1.village.quarterly", "not_met", 8 / 9, (9, 8, 0, 1, 0, 1)),
        ("1.township.equipment", "not_met", 0.75, (4, 3, 0, 1, 0, 1)),
        ("2.township.association", "met", 1.0, (3, 3, 0, 0, 0, 2)),
        ("3.school.lab", "not_met", 0.25, (4, 1, 0, 3, 0, 2)),
        ("3.base.count", "met", 2.0, (2, 2, 0, 0, 0, 0)),
        ("4.population.reach", "unknown", 19_000 / 23_700, (9, 5, 0, 4, 0, 1)),
        ("4.figure.activities", "not_met", 2.0, (1, 0, 0, 1, 0, 0)),
        ("5.figure.budget", "met", 1.0, (1, 1, 0, 0, 0, 0)),
        ("5.figure.complaints", "not_met", 3.0, (1, 0, 0, 1, 0, 0)),
        ("5.declared.rules", "met", 1.0, (1, 1, 0, 0, 0, 0)),
    ],
)
def test_rules(rule: str, state: str, value: float, counts: tuple[int, ...]) -> None:
    result = county_assessment().rule(rule)
    assert (str(result.state), tuple(result.counts.as_dict().values())) == (state, counts)
    assert result.value == pytest.approx(value)


def test_every_rule_of_the_county_is_looked_at() -> None:
    marks = {mark.args[1][k][0] for mark in test_rules.pytestmark for k in range(len(mark.args[1]))}  # type: ignore[attr-defined]
    assert marks == {rule.id for rule in county_plan().rules}


def test_tasks() -> None:
    result = county_assessment()
    assert [(task.task.no, str(task.state)) for task in result.tasks] == [
        (1, "not_met"), (2, "met"), (3, "not_met"), (4, "not_met"), (5, "not_met"),
    ]  # fmt: skip


def test_a_quarter_is_three_calendar_months() -> None:
    result = county_assessment().rule("1.village.quarterly")
    assert states(result)[VILLAGES[0]] == "not_met"
    assert finding(result, VILLAGES[1])["due"] == "2022-10-31"


def test_gaps_name_the_countys_units() -> None:
    rows = gap_rows(county_assessment(), county().gazetteer, rule="1.township.equipment")
    assert [(row["乡镇（街道）"], row["单位"], row["状态"]) for row in rows] == [("白石乡", "白石乡", "未达标")]


def test_nothing_of_another_place_is_in_the_result() -> None:
    told = county_assessment().to_json().decode()
    assert "652301" not in told
    codes = {f["unit_code"] for task in json.loads(told)["tasks"] for rule in task["rules"] for f in rule["findings"]}
    assert all(code.startswith(("990101", "S", "bases-")) for code in codes)


def test_the_same_reports_under_another_owners_settings() -> None:
    """The owner's decisions are settings of the plan: other settings, other results, the same code."""
    text = county_plan_text().replace('scope = "plan"', 'scope = "all"').replace('"twelve_months"', '"calendar"')
    text = text.replace('agricultural_subdistricts = ["990101001000"]', f'agricultural_subdistricts = ["{EAST}"]')
    other = read_plan(text, units=county().unit_codes)
    result = assess(layers_of(**submissions()), other, as_of=AS_OF)
    assert result.rule("1.village.station").counts.in_scope == 10
    assert list(states(result.rule("2.township.association"))) == [EAST, TOWN, HILL]
    assert result.rule("4.figure.activities").value == 1.0
    assert result.plan.sha256 != county_plan().sha256
