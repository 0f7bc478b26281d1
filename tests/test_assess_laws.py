"""Laws that hold for whatever is reported: counts add up, more is never worse, unknown is never met."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from geo.assess import assess, verdict
from geo.layers import Layers
from geo.states import MET, NOT_APPLICABLE, NOT_MET, UNKNOWN
from tests.support import (
    AS_OF,
    BOARD,
    EAST,
    FRESHNESS,
    HILL,
    PLACE,
    RIVER,
    STATION,
    TOWN,
    VILLAGE_ZONE,
    VILLAGES,
    ZONE,
    Row,
    county,
    layers_of,
    plan_of,
)  # fmt: skip
from tests.test_assess import findings

if TYPE_CHECKING:
    from geo.plans.rules import Plan

law = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

TOWNSHIPS = (RIVER, EAST, TOWN, HILL, ZONE)
HAMLETS = (*VILLAGES, VILLAGE_ZONE)
RULES: tuple[Row, ...] = (
    {**STATION, "threshold": 0.5},
    {**STATION, "id": "17.village.equipment", "require": ["equipment"]},
    BOARD,
    FRESHNESS,
    {**STATION, "id": "17.township.station", "unit": "township"},
    {**BOARD, "id": "17.township.board", "unit": "township"},
    {**STATION, "id": "17.village.communicator", "layer": "communicators", "require": ["count"]},
    {"id": "8.township.organisation", "kind": "presence", "unit": "township", "layer": "organisations",
     "require": ["leader", "staff"]},
    {"id": "11.township.association", "kind": "presence", "unit": "township", "layer": "associations",
     "scope": "agricultural", "includes_villages": True, "require": ["registered"]},
    {"id": "30.township.caravan", "kind": "presence", "unit": "township", "layer": "activities", "measure": "count",
     "scope": "agricultural", "includes_villages": True, "where": {"kind": ["caravan"]}, "period": "year",
     "threshold": 2},
    {"id": "18.school.lab", "kind": "rows", "unit": "school", "layer": "schools", "where": {"run_by_city": [True]},
     "meets": {"lab": [True]}, "threshold": 0.5},
    {"id": "30.rural.museum", "kind": "rows", "unit": "school", "layer": "schools", "where": {"rural": [True]},
     "meets": {"science_museum": [True]}, "measure": "count"},
    {"id": "16.base.count", "kind": "rows", "unit": "base", "layer": "bases", "measure": "count", "threshold": 2,
     "meets": {"level": ["national", "region", "prefecture"]}},
    {"id": "27.population.reach", "kind": "reach", "threshold": 0.8},
    {"id": "23.figure.activities", "kind": "tally", "layer": "activities", "threshold": 3},
    {"id": "7.figure.staff", "kind": "figure", "item": "人数", "threshold": 5},
    {"id": "12.figure.budget", "kind": "figure", "item": "经费", "per": "人口", "threshold": 2},
    {"id": "1.declared.reform", "kind": "declared", "item": "方案"},
)  # fmt: skip

# -- whatever may be reported ----------------------------------------------------------

YES_NO = st.sampled_from([True, False, None])
DAYS = st.dates(date(2021, 6, 1), date(2022, 12, 31))
UNITS = st.sampled_from((*HAMLETS, *TOWNSHIPS))
SERVES = st.lists(UNITS, max_size=2).map(tuple)
BUILT = st.none() | st.dates(date(2020, 1, 1), date(2022, 12, 31))
UPDATES = st.none() | st.lists(DAYS, max_size=7, unique=True).map(lambda days: tuple(sorted(days)))


def some(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.fixed_dictionaries({"unit_code": UNITS, **columns}), max_size=6)


def one_date_only(board: dict[str, Any]) -> dict[str, Any]:
    """A board of which only the last date is told has one date."""
    if board["last_only"] and board["updates"]:
        board["updates"] = board["updates"][-1:]
    return board


REPORTS = st.fixed_dictionaries(
    {
        "stations": some(
            serves=SERVES, sharing=st.sampled_from(["shared", "dedicated", None]), equipment=YES_NO, built_on=BUILT
        ),
        "boards": some(serves=SERVES, updates=UPDATES, last_only=st.booleans(), built_on=BUILT).map(
            lambda boards: [one_date_only(board) for board in boards]
        ),
        "communicators": some(count=st.sampled_from([0, 1, 2, None])),
        "organisations": some(leader=YES_NO, staff=st.sampled_from([0, 1, None])),
        "associations": some(registered=YES_NO),
        "schools": some(run_by_city=YES_NO, lab=YES_NO, rural=YES_NO, science_museum=YES_NO),
        "bases": some(level=st.sampled_from(["national", "prefecture", "county", None]), expires_on=st.none() | DAYS),
        "activities": some(
            date=st.none() | DAYS,
            kind=st.sampled_from(["caravan", "lecture", None]),
            reaches=st.lists(st.sampled_from((*HAMLETS, *TOWNSHIPS, PLACE)), max_size=3).map(tuple),
        ),
        "figures": st.lists(
            st.fixed_dictionaries(
                {
                    "unit_code": st.just(PLACE),
                    "task": st.sampled_from([1, 7, 12]),
                    "item": st.sampled_from(["人数", "经费", "人口", "方案"]),
                    "value": st.sampled_from([None, 0.0, 1.0, 5.0, 100.0]),
                    "as_of": st.none() | DAYS,
                }
            ),
            max_size=6,
        ),
    }
)
LISTED = st.sampled_from(
    ["stations", "boards", "communicators", "organisations", "associations", "schools", "bases", "activities"]
)
NONE = st.lists(st.tuples(LISTED, st.sampled_from((*HAMLETS, *TOWNSHIPS, PLACE))), max_size=8)
COMPLETE = st.lists(st.tuples(LISTED, st.sampled_from((*TOWNSHIPS, PLACE))), max_size=6)
SETTINGS = st.fixed_dictionaries(
    {
        "scope": st.sampled_from(["plan", "all"]),
        "township_board_serves_village": st.booleans(),
        "shared": st.sampled_from(["declared_or_several", "declared"]),
        "freshness_reading": st.sampled_from(["since_last_change", "largest_interval", "changes_in_year"]),
        "fresh_boards": st.sampled_from(["one", "all"]),
        "city_run_schools": st.sampled_from(["flag", "all"]),
        "bases_above_prefecture": st.booleans(),
        "expired_titles": st.booleans(),
        "population": st.sampled_from(["resident", "registered"]),
        "reach_reading": st.sampled_from(["units", "distance", "attendance"]),
        "year": st.sampled_from(["calendar", "twelve_months"]),
    },
    optional={"agricultural_subdistricts": st.lists(st.sampled_from([RIVER, EAST]), unique=True)},
)
PLANS = SETTINGS.map(lambda chosen: plan_of(*RULES, settings=chosen))

Reports = dict[str, Any]
Said = list[tuple[str, str]]
Told = dict[str, Any]


def told(reports: Reports, none: Said, complete: Said, plan: Plan) -> Told:
    layers = layers_of(none=none, complete=complete, **reports)
    result: Told = json.loads(assess(layers, plan, as_of=AS_OF).to_json())
    return result


def rules_of(told: Told) -> dict[str, Told]:
    return {rule["id"]: rule for task in told["tasks"] for rule in task["rules"]}


# -- counts add up ---------------------------------------------------------------------

ALL = {"village": len(HAMLETS), "township": len(TOWNSHIPS), "city": 1}


@law
@given(REPORTS, NONE, COMPLETE, PLANS)
def test_counts_add_up_and_unknown_is_never_met(reports: Reports, none: Said, complete: Said, plan: Plan) -> None:
    result = assess(layers_of(none=none, complete=complete, **reports), plan, as_of=AS_OF)
    for task in result.tasks:
        assert (str(task.state) == "met") == all(str(r.state) in ("met", "not_applicable") for r in task.rules) or all(
            str(r.state) == "not_applicable" for r in task.rules
        )
    for rule in result.rules:
        counts, found = rule.counts, list(rule.findings)
        assert counts.in_scope == counts.met + counts.not_met + counts.unknown == len(found)
        assert counts.met_shared <= counts.met
        total = ALL.get(rule.rule.unit)
        assert total in (None, counts.in_scope + counts.not_applicable)
        for state in ("met", "not_met", "unknown"):
            assert getattr(counts, state) == sum(f["state"] == state for f in found)
        assert counts.met_shared == sum(f["sharing"] == "shared" for f in found)
        assert [f["unit_code"] for f in found] == sorted({f["unit_code"] for f in found})
        if getattr(rule.rule, "measure", "") == "share" and counts.in_scope:
            assert rule.value == counts.met / counts.in_scope
            reached = counts.met >= rule.rule.threshold * counts.in_scope
            listed = rule.rule.kind != "rows" or (rule.rule.layer, PLACE) in {tuple(said) for said in complete}
            assert (str(rule.state) == "met") == (reached and listed) or not listed
            assert listed or str(rule.state) != "met"
        if str(rule.state) == "met" and rule.rule.kind != "figure":
            assert rule.value is not None
            assert rule.value >= rule.rule.threshold
        for f in found:
            assert f["reason"]
            assert f["state"] == "unknown" or f["evidence"]


# -- order and repetition ----------------------------------------------------------------


def shuffled(layers: Layers, seed: int) -> Layers:
    def mixed(table: Any) -> Any:
        return table.sample(frac=1, random_state=seed)

    tables = {name: mixed(table) for name, table in layers.tables.items()}
    return Layers(tables=tables, none=mixed(layers.none), complete=mixed(layers.complete))


@law
@given(REPORTS, NONE, COMPLETE, PLANS, st.integers(0, 1000))
def test_order_of_rows_never_matters(reports: Reports, none: Said, complete: Said, plan: Plan, seed: int) -> None:
    layers = layers_of(none=none, complete=complete, **reports)
    once = assess(layers, plan, as_of=AS_OF).to_json()
    assert assess(layers, plan, as_of=AS_OF).to_json() == once
    assert assess(shuffled(layers, seed), plan, as_of=AS_OF).to_json() == once


def test_order_matters_neither_with_equal_names_nor_equal_rows() -> None:
    """Ties are broken by what a row says, never by where it stands."""
    same: Row = {"unit_code": VILLAGES[0], "name": "站", "serves": (VILLAGES[1],)}
    figures = [
        {"unit_code": PLACE, "task": 7, "item": "人数", "value": v, "row": 2, "file": "a.xlsx"} for v in (4.0, 6.0)
    ]
    point = county().villages.geometry.iloc[5].representative_point()
    boards = [{"unit_code": TOWN, "updates": (AS_OF,), "geometry": Point(point.x, point.y)}] * 2
    layers = layers_of(stations=[same] * 3, figures=figures, boards=boards)
    plan = plan_of(*RULES, settings={"township_board_serves_village": True})
    assert len({assess(shuffled(layers, seed), plan, as_of=AS_OF).to_json() for seed in range(8)}) == 1


# -- more is never worse -------------------------------------------------------------------

WORSE = {"not_met": 0, "unknown": 1, "met": 2}
CHANGES = tuple(AS_OF - timedelta(days=50 * k) for k in range(10, -1, -1))
SATISFYING: dict[str, dict[str, Any]] = {
    "stations": {"equipment": True},
    "boards": {"updates": CHANGES, "last_only": False, "built_on": date(2021, 1, 1)},
    "communicators": {"count": 1},
    "organisations": {"leader": True, "staff": 2},
    "associations": {"registered": True},
    "schools": {"run_by_city": True, "lab": True, "rural": True, "science_museum": True},
    "bases": {"level": "prefecture"},
    "activities": {"date": date(2022, 6, 1), "kind": "caravan"},
}


@law
@given(REPORTS, NONE, COMPLETE, PLANS, LISTED, UNITS, SERVES)
def test_one_more_is_never_worse(
    reports: Reports, none: Said, complete: Said, plan: Plan, layer: str, unit: str, serves: tuple[str, ...]
) -> None:
    row = {"unit_code": unit, **SATISFYING[layer]}
    if layer in ("stations", "boards"):
        row["serves"] = serves
    before = told(reports, none, complete, plan)
    after = told({**reports, layer: [*reports[layer], row]}, none, complete, plan)
    for task, now in zip(before["tasks"], after["tasks"], strict=True):
        if "not_applicable" not in (task["state"], now["state"]):
            assert WORSE[now["state"]] >= WORSE[task["state"]]
    later = rules_of(after)
    for rule in rules_of(before).values():
        now = later[rule["id"]]
        if "not_applicable" not in (rule["state"], now["state"]):
            assert WORSE[now["state"]] >= WORSE[rule["state"]], rule["id"]
        found = {f["unit_code"]: f["state"] for f in now["findings"]}
        for f in rule["findings"]:
            assert WORSE[found[f["unit_code"]]] >= WORSE[f["state"]], (rule["id"], f)


# -- a verdict does not change when blanks are filled ----------------------------------------

BLANKS: dict[str, dict[str, list[Any]]] = {
    "stations": {"equipment": [True, False]},
    "boards": {"updates": [(), (date(2022, 10, 1),), CHANGES]},
    "communicators": {"count": [0, 1]},
    "organisations": {"leader": [True, False], "staff": [0, 1]},
    "associations": {"registered": [True, False]},
    "schools": {c: [True, False] for c in ("run_by_city", "lab", "rural", "science_museum")},
    "bases": {"level": ["national", "county"]},
    "activities": {"date": [date(2022, 5, 1), date(2021, 7, 1)], "kind": ["caravan", "lecture"]},
}


@law
@given(REPORTS, NONE, COMPLETE, PLANS, st.data())
def test_filling_blanks_never_turns_a_verdict(
    reports: Reports, none: Said, complete: Said, plan: Plan, data: st.DataObject
) -> None:
    filled: Reports = {}
    for layer, rows in reports.items():
        filled[layer] = [dict(row) for row in rows]
        for row in filled[layer]:
            for column, values in BLANKS.get(layer, {}).items():
                if row[column] is None:
                    row[column] = data.draw(st.sampled_from(values))
            if layer == "boards" and row["last_only"] and row["updates"] and data.draw(st.booleans()):
                last = row["updates"][-1]
                row["updates"] = tuple(last - timedelta(days=gap) for gap in (300, 200, 100, 0))
                row["last_only"] = False
    before, after = told(reports, none, complete, plan), rules_of(told(filled, none, complete, plan))
    for rule in rules_of(before).values():
        now = after[rule["id"]]
        if rule["state"] in ("met", "not_met") and now["state"] != "not_applicable":
            assert now["state"] == rule["state"], rule["id"]
        found = {f["unit_code"]: f["state"] for f in now["findings"]}
        for f in rule["findings"]:
            if f["state"] != "unknown":
                assert found[f["unit_code"]] == f["state"], (rule["id"], f)


@given(
    st.lists(st.sampled_from([MET, NOT_MET, UNKNOWN, NOT_APPLICABLE]), min_size=1, max_size=30),
    st.sampled_from([0.2, 0.5, 0.83, 1.0]),
    st.integers(0, 6),
    st.data(),
)
def test_a_verdict_holds_whatever_the_unknowns_turn_out_to_be(
    states: list[int], share: float, count: int, data: st.DataObject
) -> None:
    completed = [data.draw(st.sampled_from([MET, NOT_MET])) if state == UNKNOWN else state for state in states]
    for measure, threshold in (("share", share), ("count", float(count))):
        for complete in (True, False, None):
            state, value = verdict(findings(*states), threshold, measure, complete=complete)
            known, _ = verdict(findings(*completed), threshold, measure, complete=complete)
            assert state == known or str(state) == "unknown"
            best = [MET if state == UNKNOWN else state for state in states]
            assert value is None or value <= (verdict(findings(*best), threshold, measure)[1] or 0)


@given(
    st.lists(st.sampled_from([MET, NOT_MET, UNKNOWN]), min_size=1, max_size=30), st.sampled_from([0.2, 0.5, 0.83, 1.0])
)
def test_an_unknown_verdict_could_still_go_both_ways(states: list[int], threshold: float) -> None:
    if str(verdict(findings(*states), threshold, "share")[0]) == "unknown":
        for filling, state in ((MET, "met"), (NOT_MET, "not_met")):
            completed = [filling if s == UNKNOWN else s for s in states]
            assert str(verdict(findings(*completed), threshold, "share")[0]) == state


# -- a day earlier knows less ------------------------------------------------------------------


@law
@given(REPORTS, NONE, COMPLETE, PLANS, DAYS)
def test_what_starts_later_is_as_if_it_were_not_there(
    reports: Reports, none: Said, complete: Said, plan: Plan, day: date
) -> None:
    starts = {"stations": "built_on", "boards": "built_on", "activities": "date", "figures": "as_of"}
    layers = layers_of(none=none, complete=complete, **reports)
    tables = dict(layers.tables)
    for layer, column in starts.items():
        tables[layer] = tables[layer][~(tables[layer][column] > pd.Timestamp(day))]
    less = Layers(tables=tables, none=layers.none, complete=layers.complete)
    assert assess(less, plan, as_of=day).to_json() == assess(layers, plan, as_of=day).to_json()


def test_units_in_scope_do_not_depend_on_reports() -> None:
    plan = plan_of(*RULES)
    empty = assess(layers_of(), plan, as_of=AS_OF)
    full = assess(layers_of(stations=[{"unit_code": c} for c in HAMLETS]), plan, as_of=AS_OF)
    for rule in empty.rules:
        same = full.rule(rule.rule.id).findings.states
        assert np.array_equal(rule.findings.states == NOT_APPLICABLE, same == NOT_APPLICABLE)
