"""From findings to rules to tasks to assessment.json, whose every name docs/CONTRACT.md explains."""

from __future__ import annotations

import json
import re
import time
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from geo.assess import assess, assess_store, verdict
from geo.assessment import Assessment, Counts, Findings
from geo.errors import PlanError, UnknownRule
from geo.states import MET, NOT_APPLICABLE, NOT_MET, UNKNOWN
from geo.store import Store
from geo.tables import gap_rows
from tests.map_places import changji
from tests.support import (
    AS_OF,
    BOARD,
    FRESHNESS,
    PLACE,
    STATION,
    VILLAGES,
    assessed,
    county,
    county_plan,
    county_plan_text,
    layers_of,
    plan_of,
    plan_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

DOC = Path(__file__).resolve().parent.parent / "docs" / "CONTRACT.md"


class _Silent:
    """Findings of which only the states matter."""

    def reason(self, position: int) -> str:
        return str(position)

    def evidence(self, position: int) -> list[dict[str, Any]]:
        return [{"row": position}]

    def extras(self, position: int) -> dict[str, Any]:
        return {}


def findings(*states: int) -> Findings:
    n = len(states)
    codes = np.array([str(k) for k in range(n)], dtype=object)
    return Findings(codes, codes, codes, np.array(states, dtype=np.int8), np.zeros(n, dtype=bool), _Silent())


def units(met: int = 0, not_met: int = 0, unknown: int = 0, out: int = 0) -> Findings:
    return findings(*[MET] * met, *[NOT_MET] * not_met, *[UNKNOWN] * unknown, *[NOT_APPLICABLE] * out)


@pytest.mark.parametrize(
    ("found", "threshold", "state", "value"),
    [
        (units(met=4), 1.0, "met", 1.0),
        (units(met=4, unknown=1), 1.0, "unknown", 0.8),
        (units(met=4, not_met=1), 1.0, "not_met", 0.8),
        (units(met=4, not_met=1, unknown=1), 1.0, "not_met", 4 / 6),
        (units(unknown=3), 1.0, "unknown", 0.0),
        (units(not_met=3), 1.0, "not_met", 0.0),
        (units(met=1, not_met=1), 0.5, "met", 0.5),
        (units(met=1, not_met=2), 0.5, "not_met", 1 / 3),
        (units(met=1, not_met=2, unknown=1), 0.5, "unknown", 0.25),
        (units(met=1, not_met=3, unknown=1), 0.5, "not_met", 0.2),
        (units(met=1, unknown=1), 0.5, "met", 0.5),
        (units(met=83, not_met=17), 0.83, "met", 0.83),
        (units(met=82, not_met=17, unknown=1), 0.83, "unknown", 0.82),
        (units(met=1, out=9), 1.0, "met", 1.0),
        (units(out=9), 1.0, "not_applicable", None),
        (units(), 1.0, "unknown", None),
    ],
)
def test_share(found: Findings, threshold: float, state: str, value: float | None) -> None:
    assert verdict(found, threshold, "share") == (state, value)


@pytest.mark.parametrize(
    ("found", "threshold", "state", "value"),
    [
        (units(met=4), 1.0, "unknown", 1.0),  # the next school may have none
        (units(met=4, not_met=1), 1.0, "not_met", 0.8),
        (units(met=4, not_met=1, unknown=9), 1.0, "not_met", 4 / 14),
        (units(met=9, not_met=1), 0.5, "unknown", 0.9),
        (units(not_met=9), 0.5, "unknown", 0.0),
        (units(unknown=2), 1.0, "unknown", 0.0),
        (units(out=9), 1.0, "unknown", None),
        (units(), 1.0, "unknown", None),
    ],
)
def test_share_of_a_list_that_may_grow(found: Findings, threshold: float, state: str, value: float | None) -> None:
    assert verdict(found, threshold, "share", complete=False) == (state, value)
    whole = verdict(found, threshold, "share", complete=True)
    assert state == "unknown" or whole[0] == state


@pytest.mark.parametrize(
    ("found", "threshold", "complete", "state", "value"),
    [
        (units(met=5), 5, True, "met", 5.0),
        (units(met=5, not_met=9, unknown=9), 5, False, "met", 5.0),
        (units(met=4, unknown=1), 5, True, "unknown", 4.0),
        (units(met=4, not_met=9), 5, True, "not_met", 4.0),
        (units(met=4, not_met=9), 5, False, "unknown", 4.0),
        (units(unknown=4), 5, True, "not_met", 0.0),
        (units(), 5, True, "not_met", 0.0),
        (units(), 0, True, "met", 0.0),
        (units(), 5, False, "unknown", None),
        (units(out=3), 5, True, "not_met", 0.0),
        (units(out=3), 0, True, "met", 0.0),
        (units(out=3), 5, None, "not_applicable", None),
        (units(met=3, unknown=1), 5, None, "not_met", 3.0),
        (units(out=3), 5, False, "unknown", None),
    ],
)
def test_count(found: Findings, threshold: float, *, complete: bool | None, state: str, value: float | None) -> None:
    assert verdict(found, threshold, "count", complete=complete) == (state, value)


def test_counts() -> None:
    states = np.array([MET, MET, NOT_MET, UNKNOWN, NOT_APPLICABLE, NOT_APPLICABLE, UNKNOWN], dtype=np.int8)
    shared = np.array([True, False, True, False, True, False, False])
    assert Counts.of(states, shared) == Counts(5, 2, 1, 1, 2, 2)


def test_findings_hold_units_in_scope_only_in_order() -> None:
    found = findings(NOT_APPLICABLE, MET, UNKNOWN, NOT_APPLICABLE, NOT_MET)
    assert [(f["unit_code"], f["state"]) for f in found] == [("1", "met"), ("2", "unknown"), ("4", "not_met")]


@pytest.mark.parametrize(
    ("station", "board", "task"),
    [
        ("met", "met", "met"), ("met", "unknown", "unknown"), ("met", "not_met", "not_met"),
        ("unknown", "unknown", "unknown"), ("unknown", "not_met", "not_met"), ("not_met", "not_met", "not_met"),
    ],
)  # fmt: skip
def test_a_task_is_its_rules(station: str, board: str, task: str) -> None:
    said: dict[str, Any] = {"none": []}
    for layer, state in (("stations", station), ("boards", board)):
        if state == "met":
            said[layer] = [{"unit_code": VILLAGES[0], "serves": VILLAGES}]
        if state == "not_met":
            said["none"].append((layer, VILLAGES[0]))
    result = assessed([STATION, BOARD], layers_of(**said))
    assert [str(rule.state) for rule in result.rules] == [station, board]
    assert str(result.tasks[0].state) == task


def test_rules_by_id() -> None:
    result = assessed([STATION, BOARD], layers_of())
    assert result.rule(str(BOARD["id"])) is result.rules[1]
    with pytest.raises(UnknownRule):
        result.rule("1.village.nothing")


def test_layers_are_cut_to_the_day_once() -> None:
    layers = layers_of(stations=[{"unit_code": VILLAGES[0], "built_on": date(2022, 9, 1)}])
    plan = plan_of(STATION)
    for day, met in ((date(2022, 8, 31), 0), (date(2022, 9, 1), 1)):
        assert assess(layers, plan, as_of=day).rules[0].counts.met == met
        assert assess(layers.on(day), plan, as_of=day).to_json() == assess(layers, plan, as_of=day).to_json()


def test_an_empty_place_is_unknown_everywhere() -> None:
    result = assess(layers_of(), county_plan(), as_of=AS_OF)
    assert {str(task.state) for task in result.tasks} == {"unknown"}
    assert all(rule.counts.met == rule.counts.not_met == 0 for rule in result.rules)
    json.loads(result.to_json())


def test_a_place_without_units() -> None:
    base = county()
    layers = layers_of(townships=[], villages=[])
    assert len(base.villages) > 0
    result = assess(layers, county_plan(), as_of=AS_OF)
    assert {str(task.state) for task in result.tasks} == {"unknown"}


def test_villages_whose_township_is_none_of_ours_are_out_of_scope() -> None:
    village = {"code": "990102100200", "name": "外村", "township_code": "990102100000"}
    result = assessed([STATION], layers_of(villages=[village], stations=[{"unit_code": village["code"]}]))
    assert (result.rules[0].counts.in_scope, result.rules[0].counts.not_applicable) == (0, 1)


# -- the contract --------------------------------------------------------------------


def full() -> Assessment:
    """The county with something of every layer."""
    here, day = VILLAGES[0], date(2022, 6, 1)
    layers = layers_of(
        stations=[{"unit_code": here, "serves": (VILLAGES[1],), "equipment": True}],
        boards=[{"unit_code": here, "updates": (date(2022, 10, 1),)}],
        associations=[{"unit_code": here, "registered": True}],
        schools=[{"unit_code": here, "run_by_city": True, "lab": True}],
        bases=[{"unit_code": PLACE, "level": "county"}],
        activities=[{"unit_code": here, "date": day, "kind": "lecture", "reaches": (VILLAGES[2],)}],
        figures=[{"unit_code": PLACE, "task": 5, "item": "科普经费", "value": 1e9, "as_of": day}],
        none=[("stations", VILLAGES[3])],
        complete=[("boards", PLACE)],
    )
    return assess(layers, county_plan(), as_of=AS_OF, place_name="云岭县")


TOP = ["as_of", "plan", "tasks"]
TASK = ["no", "title", "section", "requirement", "kind", "lead", "cooperating", "state", "rules"]
RULE = ["id", "unit", "requirement", "threshold", "value", "state", "units", "findings"]
UNITS = ["in_scope", "met", "met_shared", "not_met", "unknown", "not_applicable"]
FINDING = ["unit_code", "unit_name", "township_code", "state", "sharing", "reason", "evidence"]
EXTRAS = {
    "presence": ["facilities"],
    "freshness": ["readings", "last_change", "due", "facilities"],
    "rows": ["facilities"],
    "reach": ["facilities", "population"],
    "tally": [],
    "figure": [],
    "declared": [],
}
EVIDENCE = ["file", "sheet", "row", "batch"]
READINGS = ["since_last_change", "largest_interval", "changes_in_year"]


def test_keys_of_the_contract() -> None:
    told = json.loads(full().to_json())
    assert list(told) == TOP
    assert list(told["plan"]) == ["id", "sha256"]
    kinds = {rule.id: rule.kind for rule in county_plan().rules}
    assert set(kinds.values()) == set(EXTRAS)
    for task in told["tasks"]:
        assert list(task) == TASK
        for rule in task["rules"]:
            assert list(rule) == RULE
            assert list(rule["units"]) == UNITS
            assert rule["findings"]
            for found in rule["findings"]:
                assert list(found) == FINDING + EXTRAS[kinds[rule["id"]]]
                assert list(found.get("readings", READINGS)) == READINGS
                assert all(list(source) == EVIDENCE for source in found["evidence"])


def test_values_of_the_contract() -> None:
    result = full()
    told = result.to_dict()
    assert told["as_of"] == "2022-10-31"
    assert told["plan"] == {"id": "yunling-2022", "sha256": county_plan().sha256}
    assert json.loads(result.to_json()) == told
    rules = {rule["id"]: rule for task in told["tasks"] for rule in task["rules"]}
    station = rules["1.village.station"]
    assert station["threshold"] == 0.9
    assert station["value"] == 2 / 9
    assert station["units"] == {
        "in_scope": 9, "met": 2, "met_shared": 2, "not_met": 1, "unknown": 6, "not_applicable": 1,
    }  # fmt: skip
    assert station["state"] == "not_met"  # eight of nine would still be too few
    city = rules["5.figure.budget"]["findings"]
    assert [(f["unit_code"], f["unit_name"], f["township_code"]) for f in city] == [(PLACE, "云岭县", None)]


def every_finding(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for task in told["tasks"]:
        for rule in task["rules"]:
            yield from rule["findings"]


def test_bytes_are_strict_json_with_chinese_as_it_is() -> None:
    text = full().to_json()
    assert text == full().to_json()
    assert text.endswith(b"\n")
    assert "科普活动站".encode() in text
    json.loads(text, parse_constant=lambda name: pytest.fail(name))


def test_an_infinite_number_does_not_reach_the_file() -> None:
    figures = [{"unit_code": PLACE, "task": 5, "item": item, "value": value} for item, value in
               (("科普经费", 1e308), ("常住人口", 1e-308), ("投诉件数", float("nan")))]  # fmt: skip
    result = assess(layers_of(figures=figures), county_plan(), as_of=AS_OF)
    json.loads(result.to_json(), parse_constant=lambda name: pytest.fail(name))


def test_the_document_names_every_field_and_column() -> None:
    named = set(re.findall(r"`([\w.]+)`", DOC.read_text(encoding="utf-8")))
    fields = [
        *TOP,
        "plan.id",
        "plan.sha256",
        *TASK,
        *RULE,
        *UNITS,
        *FINDING,
        *EVIDENCE,
        *READINGS,
        *chain.from_iterable(EXTRAS.values()),
    ]
    assert set(fields) <= named
    assert {"met", "not_met", "unknown", "not_applicable", "dedicated", "shared"} <= named
    assert {"map", "figure", "declared", "township", "village", "school", "base", "city"} <= named


def test_the_document_lists_the_columns_of_gaps_in_order() -> None:
    rows = gap_rows(full(), county().gazetteer)
    section = DOC.read_text(encoding="utf-8").split("## gaps.csv")[1].split("\n## ")[0]
    listed = re.findall(r"^\| (\S+) \|", section, re.MULTILINE)
    assert listed[1:] == list(rows[0])
    assert {row["状态"] for row in rows} == {"未达标", "未上报"}


def test_demo_size_takes_milliseconds() -> None:
    """All tasks over the demonstration place after load, in processor time; `make bench` prints the wall clock's."""
    case = changji()
    times = []
    for _ in range(5):
        start = time.process_time()
        result = assess(case.layers, case.assessment.plan, as_of=AS_OF)
        times.append(time.process_time() - start)
    assert len(result.tasks) == 31
    assert min(times) < 0.05
    assert sum(1 for _ in every_finding(result.to_dict())) == sum(rule.counts.in_scope for rule in result.rules)


# -- from a store --------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.create(f"sqlite:///{(tmp_path / 'kepu.db').as_posix()}", county(), county_plan_text())
    yield made
    made.close()


def test_a_store_is_assessed_by_its_own_plan_or_one_in_a_file(store: Store, tmp_path: Path) -> None:
    own = assess_store(store, as_of=AS_OF)
    assert own.plan == county_plan()
    assert own.to_json() == assess(layers_of(), county_plan(), as_of=AS_OF, place_name="云岭县").to_json()
    other = tmp_path / "other.toml"
    other.write_text(plan_text(FRESHNESS), encoding="utf-8")
    assert [rule.rule.id for rule in assess_store(store, as_of=AS_OF, plan_file=other).rules] == [FRESHNESS["id"]]


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"x = 1", plan_text(STATION, place="652301").encode()])
def test_a_file_that_is_no_plan_for_this_place(store: Store, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "plan.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(PlanError, match=r"plan\.toml"):
        assess_store(store, as_of=AS_OF, plan_file=file)
