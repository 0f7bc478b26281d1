"""The tables behind the drawings: states, shares, freshness, where a facility is drawn, nothing private."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pandas as pd
import pytest

from geo.freshness import board_states
from geo.layers import frame
from geo.months import Month
from geo.plans.rules import FreshnessRule
from geo.schema import LAYERS
from geo.states import MET, NOT_MET, UNKNOWN
from maps.layers import (
    FACILITY_LAYERS,
    board_freshness,
    facility_table,
    findings,
    township_table,
    village_table,
)
from tests.map_places import AS_OF, changji, invented


def test_findings_are_all_there_once() -> None:
    table = findings(changji().assessment)
    assert len(table) == sum(r.counts.in_scope for r in changji().assessment.rules)
    for rule in changji().assessment.rules:
        states = table.loc[table["rule"] == rule.rule.id, "state"]
        assert int((states == "met_shared").sum()) == rule.counts.met_shared
        assert int(states.isin(["met", "met_shared"]).sum()) == rule.counts.met


def test_village_table_says_the_state_of_every_village_under_every_village_rule() -> None:
    table = village_table(changji().layers, changji().assessment)
    assert list(table["code"]) == list(changji().place.villages["code"])
    assert table.crs == changji().place.villages.crs
    for rule in changji().assessment.rules:
        if rule.rule.unit == "village":
            counts = table[rule.rule.id].value_counts()
            assert counts.get("not_applicable", 0) == rule.counts.not_applicable
            assert counts.get("not_met", 0) == rule.counts.not_met
            assert counts.get("met", 0) + counts.get("met_shared", 0) == rule.counts.met


def test_township_shares_add_up_and_leave_unknown_apart() -> None:
    table = township_table(changji().layers, changji().assessment)
    rule = changji().assessment.rule("17.village.station")
    assert table["17.village.station in_scope"].sum() == rule.counts.in_scope
    assert table["17.village.station met"].sum() == rule.counts.met
    assert table["17.village.station unknown"].sum() == rule.counts.unknown
    outside = table[table["17.village.station in_scope"] == 0]
    assert outside["17.village.station share"].isna().all()
    assert len(outside) == (~changji().place.townships["in_plan"].astype(bool)).sum()


@pytest.mark.parametrize("name", FACILITY_LAYERS)
def test_facilities_are_drawn_where_reported_else_at_their_unit(name: str) -> None:
    layers = changji().layers
    table = facility_table(layers, name, as_of=AS_OF)
    assert len(table) == len(layers[name])
    assert not {c.name for c in LAYERS[name].columns if c.private} & set(table.columns)
    own = layers[name].geometry.notna()
    assert list(table["placed"] == "own") == list(own)
    assert table.loc[own].geometry.geom_equals(layers[name].loc[own].geometry).all()
    units = pd.concat([changji().place.villages, changji().place.townships]).set_index("code")
    at_unit = table[table["placed"] == "unit"]
    assert list(at_unit.geometry.x) == list(at_unit["unit_code"].map(units["lon"]))
    assert list(at_unit.geometry.y) == list(at_unit["unit_code"].map(units["lat"]))


def test_a_unit_without_a_point_leaves_its_facilities_undrawn() -> None:
    case = invented(shape="nothing")
    assert set(facility_table(case.layers, "stations", as_of=AS_OF)["placed"]) == {"none"}


@pytest.mark.parametrize(
    ("updates", "as_of", "state", "due"),
    [
        ((date(2022, 8, 31),), date(2022, 10, 31), "due", date(2022, 10, 31)),
        ((date(2022, 8, 31),), date(2022, 11, 1), "overdue", date(2022, 10, 31)),
        ((date(2021, 12, 31),), date(2022, 2, 28), "due", date(2022, 2, 28)),
        ((date(2021, 12, 31),), date(2022, 3, 1), "overdue", date(2022, 2, 28)),
        ((date(2022, 10, 1),), date(2022, 10, 31), "fresh", date(2022, 12, 1)),
        ((date(2022, 10, 1),), date(2022, 11, 1), "due", date(2022, 12, 1)),
        ((date(2022, 1, 1), date(2023, 1, 1)), date(2022, 1, 2), "fresh", date(2022, 3, 1)),
        ((date(2023, 1, 1),), date(2022, 1, 2), "never", None),
        ((), date(2022, 1, 2), "never", None),
        (None, date(2022, 1, 2), "unknown", None),
    ],
)
def test_boards_fall_due_by_calendar_months(
    updates: tuple[date, ...] | None, as_of: date, state: str, due: date | None
) -> None:
    boards = pd.DataFrame({"updates": pd.Series([updates], dtype=object)})
    result = board_freshness(boards, as_of=as_of)
    assert result["freshness"] == [state]
    assert result["due"] == [due]


@pytest.mark.parametrize("seed", range(4))
def test_a_board_looks_in_time_when_the_rule_on_it_says_so(seed: int) -> None:
    """Days and bare months, in order or cut off: the shade never says more than `geo.freshness`."""
    rng = random.Random(seed)
    rule = FreshnessRule(id="17.village.freshness", requirement="两月更换", kind="freshness", unit="village")
    rows = []
    for _ in range(200):
        days = [AS_OF - timedelta(days=rng.randint(-40, 120)) for _ in range(rng.choice([0, 1, 1, 2, 3]))]
        told = tuple(sorted(Month(day.year, day.month, 1) if rng.random() < 0.4 else day for day in days))
        rows.append({"updates": None if rng.random() < 0.2 else told, "last_only": bool(told) and rng.random() < 0.3})
    boards = frame(LAYERS["boards"], rows)
    judged = board_states(boards, rule, AS_OF).since_last_change
    shades = board_freshness(boards, as_of=AS_OF)["freshness"]
    state = {"fresh": MET, "due": MET, "overdue": NOT_MET, "never": NOT_MET, "unknown": UNKNOWN}
    assert [state[shade] for shade in shades] == judged.tolist()
    assert set(state.values()) == set(judged.tolist())
