"""Reach: which villages the year's activities reached, and how many people live there, within bounds."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.reach import share_of_people
from geo.states import MET, NOT_APPLICABLE, NOT_MET, UNKNOWN, State
from tests.support import (
    EAST,
    HILL,
    PLACE,
    RIVER,
    TOWN,
    VILLAGES,
    WILLOW_TOWN,
    Row,
    county,
    finding,
    judged,
    layers_of,
    states,
)  # fmt: skip

REACH: Row = {"id": "27.population.reach", "kind": "reach", "threshold": 0.8}
YEAR = date(2022, 6, 1)
NOBODY_KNOWN = "990101200202"  # its population is not known


def activity(**columns: Any) -> dict[str, Any]:
    return {"unit_code": PLACE, "date": YEAR, **columns}


def reached(*activities: Row, **said: Any) -> list[str]:
    found = states(judged(REACH, layers_of(activities=activities, **said)))
    return [code for code, state in found.items() if state == "met"]


@pytest.mark.parametrize(
    ("row", "villages"),
    [
        ({"unit_code": VILLAGES[0]}, [VILLAGES[0]]),  # it took place there
        ({"unit_code": TOWN}, []),  # at the township's seat: no village is named
        ({"unit_code": PLACE}, []),
        ({"reaches": (VILLAGES[0], WILLOW_TOWN)}, [VILLAGES[0], WILLOW_TOWN]),
        ({"reaches": (TOWN,)}, [c for c in VILLAGES if c.startswith(TOWN[:9])]),
        ({"reaches": (TOWN, WILLOW_TOWN)}, [c for c in VILLAGES if c.startswith(TOWN[:9])]),
        ({"reaches": (PLACE,)}, list(VILLAGES)),
        ({"unit_code": VILLAGES[0], "reaches": (HILL,)}, [VILLAGES[0], *VILLAGES[-3:]]),
        ({"reaches": ("990101400000", "990199999999")}, []),  # out of the plan, and nowhere
        ({"reaches": (TOWN,), "date": date(2021, 12, 31)}, []),
        ({"reaches": (TOWN,), "date": date(2022, 11, 1)}, []),
    ],
)
def test_who_is_reached(row: dict[str, Any], villages: list[str]) -> None:
    assert reached(activity(**row)) == villages


def test_an_activity_without_a_date_may_have_reached() -> None:
    layers = layers_of(activities=[activity(reaches=(TOWN,), date=None)], complete=[("activities", PLACE)])
    result = judged(REACH, layers)
    assert states(result)[WILLOW_TOWN] == "unknown"
    assert states(result)[VILLAGES[0]] == "not_met"
    assert "没有报全" in finding(result, WILLOW_TOWN)["reason"]


def test_where() -> None:
    rule = {**REACH, "where": {"kind": ["lecture"]}}
    layers = layers_of(
        activities=[activity(reaches=(kind_code,), kind=kind) for kind_code, kind in
                    ((TOWN, "lecture"), (HILL, "caravan"), (EAST, None))],
        complete=[("activities", PLACE)],
    )  # fmt: skip
    found = states(judged(rule, layers))
    assert found[WILLOW_TOWN] == "met"
    assert found[VILLAGES[-1]] == "not_met"
    assert found["990101002001"] == "unknown"


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({}, "unknown"),
        ({"complete": [("activities", PLACE)]}, "not_met"),
        ({"complete": [("activities", RIVER)]}, "not_met"),
        ({"complete": [("activities", TOWN)]}, "unknown"),
        ({"none": [("activities", VILLAGES[0])]}, "not_met"),
        ({"none": [("activities", PLACE)]}, "not_met"),
    ],
)
def test_not_reached(said: dict[str, Any], state: str) -> None:
    assert states(judged(REACH, layers_of(**said)))[VILLAGES[0]] == state


def test_value_is_the_share_of_people_whose_number_is_known() -> None:
    people = county().villages.set_index("code")["population"]
    result = judged(REACH, layers_of(activities=[activity(reaches=(EAST, RIVER))]))
    expected = people[list(VILLAGES[:4])].sum() / people[list(VILLAGES)].dropna().sum()
    assert result.value == pytest.approx(expected)
    assert str(result.state) == "unknown"  # one village's number is not known
    assert finding(result, NOBODY_KNOWN)["population"] is None
    assert finding(result, VILLAGES[0])["population"] == people[VILLAGES[0]]


def test_registered_population() -> None:
    people = county().villages.set_index("code")["registered_population"]
    result = judged(REACH, layers_of(activities=[activity(reaches=(TOWN,))]), settings={"population": "registered"})
    assert finding(result, NOBODY_KNOWN)["population"] == people[NOBODY_KNOWN]
    assert result.value == pytest.approx(4300 / people[list(VILLAGES)].dropna().sum())


def test_reasons_and_evidence() -> None:
    layers = layers_of(activities=[activity(reaches=(TOWN,)), activity(unit_code=WILLOW_TOWN)])
    found = finding(judged(REACH, layers), WILLOW_TOWN)
    assert found["reason"] == "年度内有2次活动覆盖，人口1500人"
    assert found["facilities"] == ["activities-0", "activities-1"]
    assert [source["row"] for source in found["evidence"]] == [2, 3]
    unreached = finding(judged(REACH, layers), NOBODY_KNOWN)
    assert unreached["reason"] == "没有上报覆盖该单位的活动，人口未填报"
    assert unreached["evidence"] == []
    complete = judged(REACH, layers_of(complete=[("activities", PLACE)]))
    assert finding(complete, VILLAGES[0])["reason"] == "完整清单中没有该单位的科普活动，人口4200人"
    assert finding(complete, VILLAGES[0])["evidence"][0]["file"] == "complete.xlsx"


# -- bounds --------------------------------------------------------------------------


def verdict(people: list[tuple[int, float | None]], threshold: float) -> tuple[str, float | None]:
    states_, numbers = zip(*people, strict=True)
    counted = np.array([np.nan if n is None else n for n in numbers], dtype=np.float64)
    state, value = share_of_people(np.array(states_, dtype=np.int8), counted, threshold)
    return str(state), value


@pytest.mark.parametrize(
    ("people", "state", "value"),
    [
        ([(MET, 80), (NOT_MET, 20)], "met", 0.8),
        ([(MET, 79), (NOT_MET, 21)], "not_met", 0.79),
        ([(MET, 80), (UNKNOWN, 20)], "met", 0.8),
        ([(MET, 60), (UNKNOWN, 20), (NOT_MET, 20)], "unknown", 0.6),
        ([(MET, 60), (UNKNOWN, 19), (NOT_MET, 21)], "not_met", 0.6),
        ([(UNKNOWN, 100)], "unknown", 0.0),
        # people whose number is unknown: only where they cannot change the verdict
        ([(MET, 80), (NOT_MET, 20), (MET, None)], "met", 0.8),
        ([(MET, 80), (NOT_MET, 20), (NOT_MET, None)], "unknown", 0.8),
        ([(MET, 80), (NOT_MET, 20), (UNKNOWN, None)], "unknown", 0.8),
        ([(MET, 50), (NOT_MET, 50), (NOT_MET, None)], "not_met", 0.5),
        ([(MET, 50), (NOT_MET, 50), (MET, None)], "unknown", 0.5),
        ([(MET, 50), (NOT_MET, 50), (UNKNOWN, None)], "unknown", 0.5),
        # nobody's number is known
        ([(MET, None), (MET, None)], "unknown", None),
        ([(NOT_MET, None)], "unknown", None),
        ([(MET, 0)], "unknown", None),
        # out of scope
        ([(MET, 80), (NOT_MET, 20), (NOT_APPLICABLE, 1000)], "met", 0.8),
        ([(MET, 80), (NOT_MET, 20), (NOT_APPLICABLE, None)], "met", 0.8),
    ],
)
def test_share_of_people(people: list[tuple[int, float | None]], state: str, value: float | None) -> None:
    assert verdict(people, 0.8) == (state, value)


PEOPLE = st.lists(
    st.tuples(st.sampled_from([MET, NOT_MET, UNKNOWN]), st.none() | st.integers(0, 5)), min_size=1, max_size=5
)


@given(PEOPLE, st.sampled_from([0.2, 0.5, 0.8, 1.0]))
def test_a_verdict_holds_whatever_the_unknowns_are(people: list[tuple[int, float | None]], threshold: float) -> None:
    state, _ = verdict(people, threshold)
    if state == "unknown":
        return
    choices = [
        product([MET, NOT_MET] if s == UNKNOWN else [s], [0, 1, 3, 1000] if n is None else [n]) for s, n in people
    ]
    for completed in product(*choices):
        known, _ = verdict(list(completed), threshold)
        assert known in (state, str(State.UNKNOWN) if not any(n for _, n in completed) else state)


@given(PEOPLE, st.sampled_from([0.2, 0.5, 0.8, 1.0]))
def test_an_unknown_verdict_could_go_both_ways(people: list[tuple[int, float | None]], threshold: float) -> None:
    """The bounds are as tight as can be, once anybody is known to live there."""
    state, value = verdict(people, threshold)
    if state != "unknown" or value is None:
        return
    choices = [
        product([MET, NOT_MET] if s == UNKNOWN else [s], [0, 1_000_000] if n is None else [n]) for s, n in people
    ]
    verdicts = {verdict(list(completed), threshold)[0] for completed in product(*choices)}
    assert verdicts == {"met", "not_met"}


# ── the other readings ───────────────────────────────────────────────────────

WHOLE = [("activities", PLACE)]


def rows_of(table: Any) -> list[Row]:
    found: list[Row] = table.to_dict("records")
    return found


def placed(*homes: tuple[str, float, float]) -> Any:
    """The county's villages, those named at a point."""
    table = county().villages.copy()
    for code, lon, lat in homes:
        table.loc[table["code"] == code, ["lon", "lat"]] = lon, lat
    return table


def by_distance(metres: float, *activities: Row, villages: Any, whole: bool = True) -> dict[str, Any]:
    layers = layers_of(activities=activities, complete=WHOLE if whole else [], villages=rows_of(villages))
    result = judged(REACH, layers, settings={"reach_reading": "distance", "reach_metres": metres})
    return {code: finding(result, code) for code in states(result)}


def test_a_village_is_reached_within_a_distance_of_the_venue() -> None:
    home, other = VILLAGES[0], VILLAGES[1]
    villages = placed((home, 102.0, 30.0), (other, 102.01, 30.0))  # 965 m apart
    held = activity(unit_code=home)
    found = by_distance(1000, held, villages=villages)
    assert (found[home]["state"], found[other]["state"]) == ("met", "met")
    assert "相距965米，在1000米以内" in found[other]["reason"]
    found = by_distance(900, held, villages=villages)
    assert (found[home]["state"], found[other]["state"]) == ("met", "not_met")
    assert "在900米以外" in found[other]["reason"]
    assert by_distance(900, held, villages=villages, whole=False)[other]["state"] == "unknown"
    assert by_distance(900, held, activity(unit_code=TOWN), villages=villages)[other]["state"] == "unknown"
    nowhere = placed((home, 102.0, 30.0), (other, float("nan"), float("nan")))
    assert by_distance(900, held, villages=nowhere)[other]["state"] == "unknown"


def test_attendance_is_held_against_the_people() -> None:
    base = county().villages.copy()
    base["population"] = 100
    every = 100 * len(base[base["code"].isin(VILLAGES)])

    def judge(*numbers: float | None, whole: bool = True) -> tuple[str, float | None]:
        layers = layers_of(
            activities=[activity(attendance=number) for number in numbers],
            complete=WHOLE if whole else [],
            villages=rows_of(base),
        )
        result = judged(REACH, layers, settings={"reach_reading": "attendance"})
        return str(result.state), result.value

    state, value = judge(every * 0.9)
    assert state == "met"
    assert value == pytest.approx(0.9)
    assert judge(every, every) == ("met", 1.0)
    assert judge(every / 2)[0] == "not_met"
    assert judge(every / 2, None)[0] == "unknown"
    assert judge(every / 2, whole=False)[0] == "unknown"
    base.loc[base["code"] == VILLAGES[0], "population"] = None
    assert judge(every)[0] == "unknown"
    assert judge(every / 2)[0] == "not_met"
