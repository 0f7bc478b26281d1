"""Presence rules: the whole table of what a unit's rows and its township can say, and every setting."""

from __future__ import annotations

from datetime import date
from itertools import chain, combinations
from typing import Any

import pytest
from shapely.geometry import Point

from tests.support import (
    AS_OF,
    EAST,
    HILL,
    PLACE,
    RIVER,
    STATION,
    TOWN,
    VILLAGE_ZONE,
    VILLAGES,
    WILLOW_RIVER,
    WILLOW_TOWN,
    ZONE,
    Row,
    county,
    finding,
    judged,
    layers_of,
    states,
)

EQUIPPED: Row = {**STATION, "require": ["equipment"]}
HERE, NEXT = VILLAGES[0], VILLAGES[1]  # in the same township
ROW = {"met": True, "unknown": None, "not_met": False}
# rows of a unit → its state where nothing else is said, and where its absence is known
TABLE = {
    (): ("unknown", "not_met"),
    ("met",): ("met", "met"),
    ("unknown",): ("unknown", "unknown"),
    ("not_met",): ("not_met", "not_met"),
    ("met", "unknown"): ("met", "met"),
    ("met", "not_met"): ("met", "met"),
    ("unknown", "not_met"): ("unknown", "unknown"),
    ("met", "unknown", "not_met"): ("met", "met"),
}
SAYINGS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "none": {"none": [("stations", HERE)]},
    "township complete": {"complete": [("stations", RIVER)]},
    "place complete": {"complete": [("stations", PLACE)]},
    "both": {"none": [("stations", HERE)], "complete": [("stations", RIVER)]},
    "none of another layer": {"none": [("boards", HERE)]},
    "none of another unit": {"none": [("stations", NEXT)]},
    "none of its township": {"none": [("stations", RIVER)]},
    "another township complete": {"complete": [("stations", TOWN)]},
    "another list complete": {"complete": [("boards", RIVER)]},
}
ABSENT = {"none", "township complete", "place complete", "both"}


@pytest.mark.parametrize("saying", SAYINGS)
@pytest.mark.parametrize("rows", TABLE, ids="+".join)
def test_truth_table(rows: tuple[str, ...], saying: str) -> None:
    stations = [{"unit_code": HERE, "equipment": ROW[row]} for row in rows]
    result = judged(EQUIPPED, layers_of(stations=stations, **SAYINGS[saying]))
    assert states(result)[HERE] == TABLE[rows][saying in ABSENT]


def test_table_covers_every_combination() -> None:
    kinds = ("met", "unknown", "not_met")
    assert set(TABLE) == set(chain.from_iterable(combinations(kinds, n) for n in range(4)))


@pytest.mark.parametrize(
    ("leader", "staff", "state"),
    [
        (True, 1, "met"), (True, 0, "not_met"), (True, None, "unknown"),
        (False, 1, "not_met"), (False, 0, "not_met"), (False, None, "not_met"),
        (None, 1, "unknown"), (None, 0, "not_met"), (None, None, "unknown"),
    ],
)  # fmt: skip
def test_several_columns_are_all_required(*, leader: bool | None, staff: int | None, state: str) -> None:
    rule = {
        "id": "8.township.organisation", "kind": "presence", "unit": "township", "layer": "organisations",
        "require": ["leader", "staff"],
    }  # fmt: skip
    result = judged(rule, layers_of(organisations=[{"unit_code": TOWN, "leader": leader, "staff": staff}]))
    assert states(result)[TOWN] == state


def test_required_text_is_filled_in_and_a_choice_of_none_is_a_no() -> None:
    rule = {**STATION, "layer": "schools", "require": ["science_teacher"], "unit": "township"}
    for teacher, state in (("full", "met"), ("none", "not_met"), (None, "unknown")):
        rows = [{"unit_code": TOWN, "science_teacher": teacher}]
        assert states(judged(rule, layers_of(schools=rows)))[TOWN] == state
    named = {**STATION, "require": ["host", "built_on", "area_m2"]}
    full = {"unit_code": HERE, "host": "村委会", "built_on": date(2020, 1, 1), "area_m2": 40.0}
    assert states(judged(named, layers_of(stations=[full])))[HERE] == "met"
    assert states(judged(named, layers_of(stations=[{**full, "host": None}])))[HERE] == "unknown"
    assert states(judged(named, layers_of(stations=[{**full, "area_m2": 0.0}])))[HERE] == "not_met"


# -- who serves whom ---------------------------------------------------------------


def test_a_station_serves_its_own_unit_and_the_ones_it_names() -> None:
    result = judged(STATION, layers_of(stations=[{"unit_code": HERE, "serves": (NEXT, WILLOW_TOWN)}]))
    assert [code for code, state in states(result).items() if state == "met"] == [HERE, NEXT, WILLOW_TOWN]
    assert result.counts.met == result.counts.met_shared == 3
    assert finding(result, NEXT)["sharing"] == "shared"
    assert finding(result, NEXT)["reason"] == (
        "共用：科普活动站（室）（服务河口社区居民委员会、柳树村村民委员会、柳树村村民委员会）"
    )


def test_villages_of_one_name_are_told_apart() -> None:
    result = judged(STATION, layers_of(stations=[{"unit_code": WILLOW_TOWN}]))
    assert states(result)[WILLOW_TOWN] == "met"
    assert states(result)[WILLOW_RIVER] == "unknown"
    assert finding(result, WILLOW_RIVER)["unit_name"] == finding(result, WILLOW_TOWN)["unit_name"]


def test_a_township_station_is_not_its_villages_and_the_other_way_round() -> None:
    layers = layers_of(stations=[{"unit_code": TOWN}, {"unit_code": HERE}])
    assert states(judged(STATION, layers))[WILLOW_TOWN] == "unknown"
    by_township = states(judged({**STATION, "unit": "township"}, layers))
    assert (by_township[TOWN], by_township[RIVER]) == ("met", "unknown")


def test_a_station_that_names_itself_or_nobody_known_serves_once() -> None:
    stations: list[Row] = [{"unit_code": HERE, "serves": (HERE,)}, {"unit_code": "990101999999", "serves": ()}]
    result = judged(STATION, layers_of(stations=stations))
    assert result.counts.met == 1
    assert result.counts.met_shared == 0
    assert finding(result, HERE)["facilities"] == ["stations-0"]


@pytest.mark.parametrize(
    ("sharing", "serves", "setting", "found"),
    [
        ("dedicated", (), "declared_or_several", "dedicated"),
        (None, (), "declared_or_several", "dedicated"),
        ("shared", (), "declared_or_several", "shared"),
        ("dedicated", (NEXT,), "declared_or_several", "shared"),
        (None, (NEXT,), "declared_or_several", "shared"),
        ("dedicated", (NEXT,), "declared", "dedicated"),
        (None, (NEXT,), "declared", "dedicated"),
        ("shared", (NEXT,), "declared", "shared"),
        ("shared", (), "declared", "shared"),
        (None, (HERE,), "declared_or_several", "dedicated"),
    ],
)
def test_what_counts_as_shared(sharing: str | None, serves: tuple[str, ...], setting: str, found: str) -> None:
    layers = layers_of(stations=[{"unit_code": HERE, "sharing": sharing, "serves": serves}])
    result = judged(STATION, layers, settings={"shared": setting})
    assert finding(result, HERE)["sharing"] == found
    assert result.counts.met_shared == (found == "shared") * len({HERE, *serves})


def test_a_dedicated_station_beside_a_shared_one_makes_the_unit_dedicated() -> None:
    stations: list[Row] = [{"unit_code": NEXT, "serves": (HERE,)}, {"unit_code": HERE, "name": "自己的站"}]
    result = judged(STATION, layers_of(stations=stations))
    assert finding(result, HERE)["sharing"] == "dedicated"
    assert finding(result, HERE)["reason"] == "专用：自己的站"
    assert finding(result, HERE)["facilities"] == ["stations-0", "stations-1"]
    assert finding(result, NEXT)["sharing"] == "shared"


def test_sharing_is_said_of_units_that_are_met_and_where_a_layer_knows_it() -> None:
    assert finding(judged(STATION, layers_of()), HERE)["sharing"] is None
    rule = {**STATION, "layer": "communicators"}
    assert finding(judged(rule, layers_of(communicators=[{"unit_code": HERE}])), HERE)["sharing"] is None


# -- scope -------------------------------------------------------------------------


def test_scope_is_the_plans_townships_or_all() -> None:
    layers = layers_of(stations=[{"unit_code": VILLAGE_ZONE}])
    planned, everyone = (judged(STATION, layers, settings={"scope": scope}) for scope in ("plan", "all"))
    assert VILLAGE_ZONE not in states(planned)
    assert (planned.counts.in_scope, planned.counts.not_applicable, planned.counts.met) == (9, 1, 0)
    assert (everyone.counts.in_scope, everyone.counts.not_applicable, everyone.counts.met) == (10, 0, 1)


ASSOCIATION: Row = {
    "id": "11.township.association", "kind": "presence", "unit": "township", "layer": "associations",
    "scope": "agricultural", "includes_villages": True, "require": ["registered"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("chosen", "in_scope"),
    [
        (None, [RIVER, TOWN, HILL]),  # the base layer's flag
        ([], [TOWN, HILL]),  # towns and townships are agricultural whatever is chosen
        ([EAST], [EAST, TOWN, HILL]),
        ([RIVER, EAST], [RIVER, EAST, TOWN, HILL]),
    ],
)
def test_agricultural_scope(chosen: list[str] | None, in_scope: list[str]) -> None:
    settings = {} if chosen is None else {"agricultural_subdistricts": chosen}
    result = judged(ASSOCIATION, layers_of(), settings=settings)
    assert list(states(result)) == in_scope
    assert result.counts.not_applicable == 5 - len(in_scope)


def test_a_village_of_an_agricultural_township_is_in_an_agricultural_scope() -> None:
    found = states(judged({**STATION, "scope": "agricultural"}, layers_of()))
    assert set(found) == {code for code in VILLAGES if not code.startswith(EAST[:9])}


def test_out_of_scope_whatever_is_reported() -> None:
    layers = layers_of(
        stations=[{"unit_code": VILLAGE_ZONE}], none=[("stations", ZONE)], complete=[("stations", PLACE)]
    )
    result = judged({**STATION, "unit": "township"}, layers)
    assert ZONE not in states(result)
    assert result.counts.not_applicable == 1


@pytest.mark.parametrize(("includes", "state"), [(True, "met"), (False, "unknown")])
def test_what_villages_have_counts_for_their_township_if_the_rule_says_so(state: str, *, includes: bool) -> None:
    layers = layers_of(associations=[{"unit_code": WILLOW_TOWN, "registered": True}])
    assert states(judged({**ASSOCIATION, "includes_villages": includes}, layers))[TOWN] == state


# -- which rows, and when ----------------------------------------------------------

CARAVAN: Row = {
    "id": "30.township.caravan", "kind": "presence", "unit": "township", "layer": "activities",
    "includes_villages": True, "where": {"kind": ["caravan"]}, "period": "year",
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "day", "state", "state_if_complete"),
    [
        ("caravan", date(2022, 6, 1), "met", "met"),
        ("lecture", date(2022, 6, 1), "unknown", "not_met"),
        (None, date(2022, 6, 1), "unknown", "unknown"),
        ("caravan", date(2021, 12, 31), "unknown", "not_met"),
        ("caravan", date(2022, 1, 1), "met", "met"),
        ("caravan", date(2022, 10, 31), "met", "met"),
        ("caravan", date(2022, 11, 1), "unknown", "not_met"),
        ("caravan", None, "unknown", "unknown"),
        ("lecture", None, "unknown", "not_met"),
        (None, date(2021, 6, 1), "unknown", "not_met"),
        (None, None, "unknown", "unknown"),
    ],
)
def test_where_and_period(kind: str | None, day: date | None, state: str, state_if_complete: str) -> None:
    activity = {"unit_code": WILLOW_TOWN, "kind": kind, "date": day}
    for complete, expected in (((), state), ((("activities", PLACE),), state_if_complete)):
        result = judged(CARAVAN, layers_of(activities=[activity], complete=complete))
        assert states(result)[TOWN] == expected


def test_an_activity_reaches_the_townships_it_names() -> None:
    activity = {"unit_code": PLACE, "kind": "caravan", "date": AS_OF, "reaches": (TOWN, WILLOW_RIVER)}
    found = states(judged(CARAVAN, layers_of(activities=[activity])))
    assert [code for code, state in found.items() if state == "met"] == [RIVER, TOWN]


def test_twelve_months_as_the_year() -> None:
    activity = {"unit_code": TOWN, "kind": "caravan", "date": date(2021, 11, 1)}
    for year, state in (("twelve_months", "met"), ("calendar", "unknown")):
        assert states(judged(CARAVAN, layers_of(activities=[activity]), settings={"year": year}))[TOWN] == state


def test_a_row_that_may_not_be_meant_cannot_fail_a_unit() -> None:
    """Whether the row counts is blank and it would fail: nothing is known of the unit."""
    rule = {**STATION, "where": {"sharing": ["dedicated"]}, "require": ["equipment"]}
    station = {"unit_code": HERE, "equipment": False}
    result = judged(rule, layers_of(stations=[station]))
    assert states(result)[HERE] == "unknown"
    assert finding(result, HERE)["reason"] == "科普活动站（室）：“设备”为“无”，“专用/共用”未填报"
    assert states(judged(rule, layers_of(stations=[{**station, "sharing": "dedicated"}])))[HERE] == "not_met"
    assert states(judged(rule, layers_of(stations=[station], complete=[("stations", RIVER)])))[HERE] == "not_met"


@pytest.mark.parametrize(
    ("built", "state"),
    [(None, "met"), (date(2022, 10, 31), "met"), (date(2022, 11, 1), "unknown"), (date(1998, 2, 28), "met")],
)
def test_a_station_built_later_does_not_exist_yet(built: date | None, state: str) -> None:
    assert states(judged(STATION, layers_of(stations=[{"unit_code": HERE, "built_on": built}])))[HERE] == state


# -- the board at a township's seat ------------------------------------------------

BOARD: Row = {**STATION, "layer": "boards"}


def surveyed() -> list[Row]:
    """The county's villages, their areas taken for official ones."""
    return [{**{str(k): v for k, v in row.items()}, "schematic": False} for row in county().villages.to_dict("records")]


def seat_board(code: str = TOWN, village: str = WILLOW_TOWN) -> dict[str, Any]:
    area = county().villages.set_index("code").geometry[village]
    point = area.representative_point()
    return {"unit_code": code, "name": "镇政府宣传栏", "geometry": Point(point.x, point.y)}


@pytest.mark.parametrize(("serves", "state"), [(True, "met"), (False, "unknown")])
def test_a_board_at_the_seat_serves_its_village_if_the_owner_says_so(state: str, *, serves: bool) -> None:
    settings = {"township_board_serves_village": serves}
    result = judged(BOARD, layers_of(villages=surveyed(), boards=[seat_board()]), settings=settings)
    assert states(result)[WILLOW_TOWN] == state
    assert result.counts.met == serves
    by_township = judged(
        {**BOARD, "unit": "township"}, layers_of(villages=surveyed(), boards=[seat_board()]), settings=settings
    )
    assert states(by_township)[TOWN] == "met"


def test_a_board_at_the_seat_is_shared_with_the_village() -> None:
    for shared, sharing in (("declared_or_several", "shared"), ("declared", "dedicated")):
        settings = {"township_board_serves_village": True, "shared": shared}
        result = judged(BOARD, layers_of(villages=surveyed(), boards=[seat_board()]), settings=settings)
        assert finding(result, WILLOW_TOWN)["sharing"] == sharing
    shown = judged(
        BOARD, layers_of(villages=surveyed(), boards=[seat_board()]), settings={"township_board_serves_village": True}
    )
    assert finding(shown, WILLOW_TOWN)["reason"] == "共用：镇政府宣传栏（服务云岭镇、柳树村村民委员会）"


def test_seats_need_coordinates_and_the_townships_level_and_concern_boards_alone() -> None:
    settings = {"township_board_serves_village": True}
    without = [{**seat_board(), "geometry": None}]
    assert judged(BOARD, layers_of(villages=surveyed(), boards=without), settings=settings).counts.met == 0
    of_a_village = [seat_board(code=VILLAGES[0])]
    assert (
        states(judged(BOARD, layers_of(villages=surveyed(), boards=of_a_village), settings=settings))[WILLOW_TOWN]
        == "unknown"
    )
    assert judged(STATION, layers_of(villages=surveyed(), stations=[seat_board()]), settings=settings).counts.met == 0


def test_an_area_that_was_only_laid_out_says_nothing_of_the_seat() -> None:
    settings = {"township_board_serves_village": True}
    assert judged(BOARD, layers_of(boards=[seat_board()]), settings=settings).counts.met == 0


def test_villages_without_areas_hold_no_seats() -> None:
    villages = county().villages.copy()
    villages["geometry"] = None
    layers = layers_of(boards=[seat_board()])
    tables = {**layers.tables, "villages": villages.set_geometry("geometry", crs=county().villages.crs)}
    result = judged(
        BOARD, type(layers)(tables=tables, none=layers.none), settings={"township_board_serves_village": True}
    )
    assert result.counts.met == 0


# -- reasons and evidence ----------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "reason", "files"),
    [
        ({}, "没有上报科普活动站（室）", []),
        ({"none": [("stations", HERE)]}, "上报无科普活动站（室）", ["none.xlsx"]),
        ({"complete": [("stations", RIVER)]}, "完整清单中没有该单位的科普活动站（室）", ["complete.xlsx"]),
        ({"complete": [("stations", PLACE)]}, "完整清单中没有该单位的科普活动站（室）", ["complete.xlsx"]),
        ({"stations": [{"unit_code": HERE, "name": "甲站", "equipment": True}]}, "专用：甲站", ["stations.xlsx"]),
        ({"stations": [{"unit_code": HERE, "equipment": False}]}, "科普活动站（室）：“设备”为“无”", ["stations.xlsx"]),
        ({"stations": [{"unit_code": HERE}]}, "科普活动站（室）：“设备”未填报", ["stations.xlsx"]),
        (
            {"stations": [{"unit_code": HERE, "name": "甲站", "equipment": True}], "none": [("stations", HERE)]},
            "专用：甲站",
            ["stations.xlsx"],  # a row that says none is no proof of having one
        ),
    ],
)
def test_reason_and_evidence(said: dict[str, Any], reason: str, files: list[str]) -> None:
    found = finding(judged(EQUIPPED, layers_of(**said)), HERE)
    assert found["reason"] == reason
    assert [source["file"] for source in found["evidence"]] == files
    assert all(set(source) == {"file", "sheet", "row", "batch"} for source in found["evidence"])


def test_evidence_is_every_row_of_the_unit_and_the_reason_the_best() -> None:
    stations: list[Row] = [
        {"unit_code": HERE, "name": "乙站", "equipment": None},
        {"unit_code": HERE, "name": "甲站", "equipment": True},
        {"unit_code": NEXT, "name": "邻站", "serves": (HERE,), "equipment": True},
    ]
    found = finding(judged(EQUIPPED, layers_of(stations=stations)), HERE)
    assert found["reason"] == "专用：甲站"
    assert [source["row"] for source in found["evidence"]] == [2, 3, 4]


def test_many_shared_units_are_not_all_listed() -> None:
    layers = layers_of(stations=[{"unit_code": HERE, "name": "中心站", "serves": VILLAGES}])
    assert finding(judged(STATION, layers), HERE)["reason"].endswith("等9个单位）")


def test_a_place_that_has_none_has_none_anywhere() -> None:
    """The one office that keeps a list says "none": no unit has any, until somebody reports one."""
    layers = layers_of(none=[("stations", PLACE)])
    result = judged(STATION, layers)
    assert result.counts.not_met == len(VILLAGES)
    assert finding(result, HERE)["evidence"][0]["file"] == "none.xlsx"
    contradicted = judged(STATION, layers_of(none=[("stations", PLACE)], stations=[{"unit_code": HERE}]))
    assert (contradicted.counts.met, contradicted.counts.unknown) == (1, len(VILLAGES) - 1)
