"""Whom a facility serves, or an activity reached, is blank: a complete list doesn't say that others have nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.support import (
    BOARD,
    EAST,
    FRESHNESS,
    PLACE,
    RIVER,
    STATION,
    TOWN,
    VILLAGES,
    WILLOW_RIVER,
    WILLOW_TOWN,
    Row,
    finding,
    judged,
    layers_of,
    states,
)  # fmt: skip

REACH: dict[str, Any] = {"id": "27.population.reach", "kind": "reach", "unit": "village", "layer": "activities"}
CARAVAN: dict[str, Any] = {
    "id": "30.township.caravan", "kind": "presence", "unit": "township", "layer": "activities", "period": "year",
    "includes_villages": True, "where": {"kind": ["caravan"]},
}  # fmt: skip
DAY = date(2022, 9, 17)
IN_RIVER = {code for code in VILLAGES if code.startswith(RIVER[:9])}
IN_TOWN = {code for code in VILLAGES if code.startswith(TOWN[:9])}


def unknown(rule: Row, layer: str, row: dict[str, Any], **said: Any) -> set[str]:
    """The units that are unknown beside a list that is complete for the place."""
    said |= {layer: [row], "complete": [(layer, PLACE)]}
    layers = layers_of(**said)
    return {unit for unit, state in states(judged(rule, layers)).items() if state == "unknown"}


@pytest.mark.parametrize(
    ("activity", "expected"),
    [
        ({"unit_code": PLACE, "reaches": None}, set(VILLAGES)),
        ({"unit_code": TOWN, "reaches": None}, IN_TOWN),
        ({"unit_code": WILLOW_TOWN, "reaches": None}, set()),
        ({"unit_code": PLACE, "reaches": ()}, set()),  # a written none
        ({"unit_code": PLACE, "reaches": (TOWN,)}, set()),
        ({"unit_code": PLACE, "reaches": None, "date": date(2021, 9, 17)}, set()),  # not of the year
    ],
)
def test_an_activity_may_have_reached_whom_it_does_not_name(activity: dict[str, Any], expected: set[str]) -> None:
    assert unknown(REACH, "activities", {"date": DAY, **activity}) == expected


def test_a_caravan_that_names_nobody_may_have_been_anywhere() -> None:
    here = {"date": DAY, "kind": "caravan", "reaches": None}
    assert unknown(CARAVAN, "activities", {"unit_code": PLACE, **here}) == {RIVER, EAST, TOWN, "990101200000"}
    assert unknown(CARAVAN, "activities", {"unit_code": RIVER, **here}) == set()
    assert unknown(CARAVAN, "activities", {"unit_code": PLACE, **here, "kind": "lecture"}) == set()


@pytest.mark.parametrize(
    ("station", "expected"),
    [
        ({"sharing": "shared", "serves": None}, IN_RIVER - {WILLOW_RIVER}),
        ({"sharing": "shared", "serves": None, "unit_code": RIVER}, IN_RIVER),
        ({"sharing": "shared", "serves": ()}, set()),
        ({"sharing": "shared", "serves": (WILLOW_TOWN,)}, set()),
        ({"sharing": "dedicated", "serves": None}, set()),
        ({"sharing": None, "serves": None}, set()),
    ],
)
def test_a_shared_station_may_serve_its_township(station: dict[str, Any], expected: set[str]) -> None:
    assert unknown(STATION, "stations", {"unit_code": WILLOW_RIVER, **station}) == expected
    assert unknown(BOARD, "boards", {"unit_code": WILLOW_RIVER, **station}) == expected


def test_one_that_fails_may_serve_whom_it_likes() -> None:
    station = {"unit_code": WILLOW_RIVER, "sharing": "shared", "serves": None, "equipment": False}
    assert unknown({**STATION, "require": ["equipment"]}, "stations", station) == set()
    stale = {"unit_code": WILLOW_RIVER, "sharing": "shared", "serves": None, "updates": (date(2022, 1, 1),)}
    assert unknown(FRESHNESS, "boards", stale) == set()
    assert unknown(FRESHNESS, "boards", {**stale, "updates": (DAY,)}) == IN_RIVER - {WILLOW_RIVER}


def test_a_units_own_word_holds() -> None:
    (other,) = IN_RIVER - {WILLOW_RIVER}
    station = {"unit_code": WILLOW_RIVER, "sharing": "shared", "serves": None}
    assert unknown(STATION, "stations", station, none=[("stations", other)]) == set()


def test_the_reason_and_the_row_are_told() -> None:
    (other,) = IN_RIVER - {WILLOW_RIVER}
    row = {"unit_code": WILLOW_RIVER, "sharing": "shared", "serves": None, "name": "柳树站"}
    found = finding(judged(STATION, layers_of(complete=[("stations", RIVER)], stations=[row])), other)
    assert found["reason"] == "“柳树站”没有填“服务单位”，可能包括该单位"
    assert [(e["file"], e["row"]) for e in found["evidence"]] == [("stations.xlsx", 2)]
