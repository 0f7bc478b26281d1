"""Row rules: schools and bases, each a unit of its own."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest

from tests.support import AS_OF, EAST, HILL, PLACE, RIVER, TOWN, WILLOW_TOWN, Row, finding, judged, layers_of, states

LAB: Row = {
    "id": "18.school.lab", "kind": "rows", "unit": "school", "layer": "schools", "where": {"run_by_city": [True]},
    "meets": {"lab": [True]}, "threshold": 0.5,
}  # fmt: skip
BASES: Row = {
    "id": "16.base.count", "kind": "rows", "unit": "base", "layer": "bases", "measure": "count", "threshold": 2,
    "meets": {"level": ["national", "region", "prefecture"]},
}  # fmt: skip
THREE = (True, None, False)


@pytest.mark.parametrize(("city", "lab"), list(product(THREE, THREE)))
def test_where_and_meets(*, city: bool | None, lab: bool | None) -> None:
    result = judged(LAB, layers_of(schools=[{"unit_code": TOWN, "run_by_city": city, "lab": lab}]))
    expected = {
        (True, True): "met", (True, None): "unknown", (True, False): "not_met",
        (None, True): "unknown", (None, None): "unknown", (None, False): "unknown",
    }.get((city, lab))  # fmt: skip
    assert states(result).get("schools-0") == expected
    assert result.counts.not_applicable == (city is False)


def test_a_school_that_may_be_out_of_scope_does_not_fail_the_rule() -> None:
    """Were the second school not run by the city, all of its schools would have a lab."""
    schools = [{"unit_code": TOWN, "run_by_city": True, "lab": True}, {"unit_code": TOWN, "lab": False}]
    result = judged({**LAB, "threshold": 0.75}, layers_of(schools=schools))
    assert (str(result.state), result.value) == ("unknown", 0.5)


@pytest.mark.parametrize(("setting", "in_scope"), [("flag", 1), ("all", 3)])
def test_which_schools_are_run_by_the_city(setting: str, in_scope: int) -> None:
    schools = [{"unit_code": TOWN, "run_by_city": city, "lab": True} for city in (True, False, False)]
    result = judged(LAB, layers_of(schools=schools), settings={"city_run_schools": setting})
    assert (result.counts.in_scope, result.counts.not_applicable) == (in_scope, 3 - in_scope)


def test_a_choice_of_several_values() -> None:
    rule = {**LAB, "id": "10.school.teacher", "where": {}, "meets": {"science_teacher": ["full", "part"]}}
    schools = [{"unit_code": TOWN, "science_teacher": teacher} for teacher in ("full", "part", "none", None)]
    assert list(states(judged(rule, layers_of(schools=schools))).values()) == ["met", "met", "not_met", "unknown"]


@pytest.mark.parametrize(
    ("unit", "township"), [(TOWN, TOWN), (WILLOW_TOWN, TOWN), (PLACE, None), ("990102100200", None)]
)
def test_a_row_is_its_own_unit(unit: str, township: str | None) -> None:
    schools = [{"unit_code": unit, "id": "S1", "name": "演示小学01", "run_by_city": True, "lab": True}]
    found = finding(judged(LAB, layers_of(schools=schools)), "S1")
    assert (found["unit_name"], found["township_code"], found["facilities"]) == ("演示小学01", township, ["S1"])
    assert found["sharing"] is None
    assert found["evidence"] == [{"file": "schools.xlsx", "sheet": "表1", "row": 2, "batch": 1}]


def test_a_school_without_a_name_is_called_by_its_id() -> None:
    schools = [{"unit_code": TOWN, "id": "S1", "run_by_city": True, "lab": True}]
    assert finding(judged(LAB, layers_of(schools=schools)), "S1")["unit_name"] == "S1"


def test_findings_are_in_order_of_id_whatever_the_order_of_rows() -> None:
    schools = [
        {"unit_code": TOWN, "id": code, "name": code, "run_by_city": True, "lab": code == "S1"}
        for code in ("S3", "S1", "S10", "S2")
    ]
    result = judged(LAB, layers_of(schools=schools))
    assert states(result) == {"S1": "met", "S10": "not_met", "S2": "not_met", "S3": "not_met"}
    assert [f["unit_name"] for f in result.findings] == ["S1", "S10", "S2", "S3"]
    assert [f["evidence"][0]["row"] for f in result.findings] == [3, 4, 5, 2]


# -- bases ---------------------------------------------------------------------------


@pytest.mark.parametrize("above", [True, False])
@pytest.mark.parametrize(
    ("level", "counted", "counted_at_its_own_level"),
    [
        ("national", "met", "not_met"),
        ("region", "met", "not_met"),
        ("prefecture", "met", "met"),
        ("county", "not_met", "not_met"),
        (None, "unknown", "unknown"),
    ],
)
def test_bases_above_the_prefecture(
    level: str | None, counted: str, counted_at_its_own_level: str, *, above: bool
) -> None:
    result = judged(
        BASES, layers_of(bases=[{"unit_code": PLACE, "level": level}]), settings={"bases_above_prefecture": above}
    )
    assert states(result)["bases-0"] == (counted if above else counted_at_its_own_level)


def test_a_plan_that_counts_county_bases_keeps_them_without_the_higher_ones() -> None:
    rule = {**BASES, "meets": {"level": ["national", "region", "prefecture", "county"]}}
    bases = [{"unit_code": PLACE, "level": level} for level in ("national", "prefecture", "county")]
    result = judged(rule, layers_of(bases=bases), settings={"bases_above_prefecture": False})
    assert list(states(result).values()) == ["not_met", "met", "met"]


@pytest.mark.parametrize("count_expired", [False, True])
@pytest.mark.parametrize(
    ("expires", "valid"),
    [(None, True), (date(2022, 10, 30), False), (date(2022, 10, 31), True), (date(2025, 1, 1), True)],
)
def test_expired_titles(expires: date | None, *, valid: bool, count_expired: bool) -> None:
    bases = [{"unit_code": PLACE, "level": "prefecture", "expires_on": expires}]
    result = judged(BASES, layers_of(bases=bases), settings={"expired_titles": count_expired})
    found = finding(result, "bases-0")
    assert found["state"] == ("met" if valid or count_expired else "not_met")
    assert ("到期" in found["reason"]) == (not valid and not count_expired)


def test_a_title_given_later_does_not_count_yet() -> None:
    bases = [{"unit_code": PLACE, "level": "prefecture", "titled_on": day} for day in (AS_OF, date(2022, 11, 1), None)]
    assert list(states(judged(BASES, layers_of(bases=bases)))) == ["bases-0", "bases-2"]


# known to count, may count → the rule where the list is open, and where it is complete
COUNTS = {
    (0, 0): ("unknown", "not_met"), (0, 1): ("unknown", "not_met"), (0, 2): ("unknown", "unknown"),
    (1, 0): ("unknown", "not_met"), (1, 1): ("unknown", "unknown"), (1, 2): ("unknown", "unknown"),
    (2, 0): ("met", "met"), (2, 1): ("met", "met"), (3, 0): ("met", "met"),
}  # fmt: skip


@pytest.mark.parametrize(("known", "possible"), COUNTS)
def test_a_count_over_an_open_or_a_complete_list(known: int, possible: int) -> None:
    levels = ["prefecture"] * known + [None] * possible + ["county"]
    bases = [{"unit_code": PLACE, "level": level} for level in levels]
    whole: list[list[tuple[str, str]]] = [
        [("bases", PLACE)],
        [("bases", code) for code in (RIVER, EAST, TOWN, HILL)],
    ]
    part = [("bases", code) for code in (RIVER, EAST, TOWN)]
    for complete in ([], part):
        result = judged(BASES, layers_of(bases=bases, complete=complete))
        assert (str(result.state), result.value) == (COUNTS[known, possible][0], known)
    for complete in whole:
        result = judged(BASES, layers_of(bases=bases, complete=complete))
        assert (str(result.state), result.value) == (COUNTS[known, possible][1], known)


@pytest.mark.parametrize(
    ("said", "state", "value"),
    [
        ({}, "unknown", None),
        ({"complete": [("bases", PLACE)]}, "not_met", 0.0),
        ({"none": [("bases", PLACE)]}, "not_met", 0.0),
        ({"none": [("bases", TOWN)]}, "unknown", None),
    ],
)
def test_no_base_at_all(said: dict[str, Any], state: str, value: float | None) -> None:
    result = judged(BASES, layers_of(**said))
    assert (str(result.state), result.value) == (state, value)


def test_a_rule_that_speaks_of_none_of_the_schools() -> None:
    schools = [{"unit_code": TOWN, "run_by_city": False, "lab": True}]
    assert str(judged(LAB, layers_of(schools=schools)).state) == "unknown"
    complete = judged(LAB, layers_of(schools=schools, complete=[("schools", PLACE)]))
    assert (str(complete.state), complete.value) == ("not_applicable", None)
    assert list(complete.findings) == []


@pytest.mark.parametrize(
    ("school", "reason"),
    [
        ({"run_by_city": True, "lab": True}, "科技活动室：有"),
        ({"run_by_city": True, "lab": False}, "科技活动室：无"),
        ({"run_by_city": True}, "科技活动室未填报"),
        ({"lab": True}, "市属未填报"),
        ({}, "市属未填报；科技活动室未填报"),
        ({"lab": False}, "市属未填报"),
    ],
)
def test_reason_of_a_school(school: dict[str, Any], reason: str) -> None:
    assert finding(judged(LAB, layers_of(schools=[{"unit_code": TOWN, **school}])), "schools-0")["reason"] == reason


@pytest.mark.parametrize(
    ("base", "reason"),
    [
        ({"level": "prefecture"}, "级别：地州级"),
        ({"level": "county"}, "级别：县市级"),
        ({"level": "region", "expires_on": date(2021, 12, 31)}, "命名已于2021-12-31到期"),
        ({"level": "county", "expires_on": date(2021, 12, 31)}, "级别：县市级；命名已于2021-12-31到期"),
        ({"level": None, "expires_on": date(2021, 12, 31)}, "命名已于2021-12-31到期"),
    ],
)
def test_reason_of_a_base(base: dict[str, Any], reason: str) -> None:
    assert finding(judged(BASES, layers_of(bases=[{"unit_code": PLACE, **base}])), "bases-0")["reason"] == reason
