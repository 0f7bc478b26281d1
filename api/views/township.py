"""The assessment of one township: the same rules over its units alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from api.snapshots import Snapshot
from api.views.tallies import Facts, Tally
from api.views.words import measure
from geo.assess import share_verdict
from geo.plans.rules import Rule
from geo.reach import share_of_people
from geo.states import MET, NOT_MET, UNKNOWN, State, decide

_CODES = {"met": MET, "not_met": NOT_MET, "unknown": UNKNOWN}


def of_township(snapshot: Snapshot, code: str) -> dict[str, Any]:
    """The assessment cut to a township's findings, counts and values made anew from them.

    A rule that asks for a number or a yes of the whole place can't be judged for a
    township: it is not applicable, and so is a task that has no other rules.
    """
    return {
        **snapshot.days,
        "plan": snapshot.facts["plan"],
        "township": {"code": code, "name": snapshot.ground.gazetteer.townships[code]},
        "tasks": [_task(task, snapshot, code) for task in snapshot.facts["tasks"]],
    }


def _task(task: Facts, snapshot: Snapshot, code: str) -> dict[str, Any]:
    rules = [_rule(rule, snapshot.plan.rule(rule["id"]), snapshot, code) for rule in task["rules"]]
    state = decide(State(rule["state"]) for rule in rules)
    return {**task, "state": str(state), "rules": rules}


def _rule(facts: Facts, rule: Rule, snapshot: Snapshot, code: str) -> dict[str, Any]:
    found = [finding for finding in facts["findings"] if finding["township_code"] == code]
    if rule.kind == "reach" and snapshot.plan.settings.reach_reading == "attendance":  # of the whole place alone
        state, value = State.NOT_APPLICABLE, None
    else:
        state, value = _judge(rule, found, listed=rule.kind != "rows" or _list_is_whole(snapshot, rule.layer, code))
    return {**facts, "state": str(state), "value": value, "units": Tally.of(found).as_units(), "findings": found}


def _list_is_whole(snapshot: Snapshot, layer: str, code: str) -> bool:
    """Say whether a list of schools or bases is complete for the township, or for the whole place."""
    said = snapshot.layers.complete
    return bool({code, snapshot.place.code.ljust(len(code), "0")} & set(said.loc[said["layer"] == layer, "scope_code"]))


def _judge(rule: Rule, found: list[Facts], *, listed: bool) -> tuple[State, float | None]:
    """Judge a share over a township's units, as geo.assess does over all."""
    if measure(rule) != "share" or not found:
        value = float(Tally.of(found).met) if measure(rule) == "count" and found else None
        return State.NOT_APPLICABLE, value
    if rule.kind == "reach":
        states = np.array([_CODES[finding["state"]] for finding in found], dtype=np.int8)
        people = np.array([np.nan if f["population"] is None else f["population"] for f in found], dtype=np.float64)
        return share_of_people(states, people, rule.threshold)
    tally = Tally.of(found)
    return share_verdict(
        met=tally.met, not_met=tally.not_met, unknown=tally.unknown, threshold=rule.threshold, listed=listed
    )
