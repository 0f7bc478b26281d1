"""One set of numbers: what every page prints of a rule is what assessment.json says of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import TOWN
from tests.web_client import Page, Web, page_of

if TYPE_CHECKING:
    from collections.abc import Callable

STATES = ("met", "not_met", "unknown")
Counts = dict[str, tuple[int, ...]]


def told(client: Web) -> Counts:
    """Rule → met, not met, unknown by assessment.json; rules on figures have one unit."""
    tasks = client.json("/api/v1/assessment")["tasks"]
    return {rule["id"]: tuple(rule["units"][state] for state in STATES) for task in tasks for rule in task["rules"]}


def of_overview(client: Web) -> Counts:
    return {
        item.attributes["data-rule"]: tuple(int(item.attributes[f"data-{s.replace('_', '-')}"]) for s in STATES)
        for item in page_of(client.get("/")).find("li", data_met="")
    }


def of_gaps(client: Web) -> Counts:
    return {rule: _totals(page_of(client.get("/gaps", rule=rule))) for rule in told(client)}


def of_programs(client: Web) -> Counts:
    """The list for programs has gaps alone: what is met comes by its own state."""
    gaps = [gap for state in STATES for gap in client.json("/api/v1/gaps", state=state, limit="1000")["gaps"]]
    return {r: tuple(sum((g["rule"], g["state"]) == (r, s) for g in gaps) for s in STATES) for r in told(client)}


def of_map(client: Web) -> Counts:
    """The block of facts inside the map: counts are in scope, met, shared, not met, unknown, not applicable."""
    (block,) = Page(client.get("/map").text).find("script", id="kepu-data")
    rules = [rule for task in json.loads(block.text)["tasks"] for rule in task["rules"]]
    return {rule["id"]: tuple(rule["counts"][at] for at in (1, 3, 4)) for rule in rules}


@pytest.mark.parametrize(
    "read", [of_overview, of_gaps, of_programs, of_map], ids=["overview", "gaps", "programs", "map"]
)
def test_every_rule_counts_the_same(client: Web, read: Callable[[Web], Counts]) -> None:
    assert read(client) == told(client)


def test_the_brief_prints_values_and_counts_of_the_assessment(client: Web) -> None:
    rows = page_of(client.get("/brief")).find("tr", data_rule="")
    counts = told(client)
    assert rows
    for row in rows:
        met, not_met, unknown = counts[row.attributes["data-rule"]]
        numbers = set(map(int, re.findall(r"(?<![\d.])\d+(?![\d.%])", row.text)))
        assert {met, met + not_met + unknown} <= numbers or "人" in row.text, row.text


def test_a_townships_page_lists_what_the_gaps_count(client: Web) -> None:
    row = next(
        r for r in page_of(client.get("/")).find("tr", data_township="") if r.attributes["data-township"] == TOWN
    )
    whole = tuple(int(row.attributes[f"data-{s.replace('_', '-')}"]) for s in STATES)
    assert _totals(page_of(client.get("/gaps", township=TOWN))) == whole
    tasks = client.json("/api/v1/assessment")["tasks"]
    found = [f["state"] for t in tasks for r in t["rules"] for f in r["findings"] if f["township_code"] == TOWN]
    assert whole == tuple(found.count(state) for state in STATES)


def test_units_pages_have_the_states_of_the_assessment(client: Web) -> None:
    for unit in (TOWN, "X2", "990101001001"):
        tasks = client.json("/api/v1/assessment")["tasks"]
        states = sorted(f["state"] for t in tasks for r in t["rules"] for f in r["findings"] if f["unit_code"] == unit)
        page = page_of(client.get(f"/units/{unit}"))
        rows = [
            e for e in page.elements if e.tag == "tr" and "data-state" in e.attributes and "data-rule" in e.attributes
        ]
        assert (
            sorted(row.attributes["data-state"] for row in rows if row.attributes.get("data-unit", unit) == unit)
            == states
        )


def test_tasks_have_one_state_on_all_pages(client: Web) -> None:
    states = [(str(task["no"]), task["state"]) for task in client.json("/api/v1/assessment")["tasks"]]
    for path in ("/", "/figures"):
        rows: list[Any] = page_of(client.get(path)).find("tr", data_task="")
        assert sorted((r.attributes["data-task"], r.attributes["data-state"]) for r in rows) == sorted(states), path


def _totals(page: Page) -> tuple[int, ...]:
    told = page.one("p", id="totals").attributes
    return tuple(int(told[f"data-{state.replace('_', '-')}"]) for state in STATES)
