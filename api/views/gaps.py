"""Gaps: every finding that is not met or not known, as programs ask for them; readers get `api.views.gap_list`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from api.snapshots import Snapshot
from api.views.tallies import Facts, Tally, findings_of
from geo.tables import GAP_STATES

FilterState = Literal["not_met", "unknown", "met"]


@dataclass(frozen=True)
class GapFilter:
    """What to list; None lets all pass. Without a state, both kinds of gaps."""

    township: str | None = None
    rule: str | None = None
    state: FilterState | None = None

    @property
    def states(self) -> tuple[str, ...]:
        """The states to list."""
        return GAP_STATES if self.state is None else (self.state,)

    def passes(self, rule: Facts, found: Facts) -> bool:
        """Whether a finding is to be listed."""
        return (
            found["state"] in self.states
            and self.rule in (None, rule["id"])
            and self.township in (None, found["township_code"])
        )


def gaps(snapshot: Snapshot, wanted: GapFilter) -> list[dict[str, Any]]:
    """The findings that pass, not met before unknown within the plan's order of rules."""
    if wanted.rule is not None:
        snapshot.plan.rule(wanted.rule)
    name_of = snapshot.ground.gazetteer.name_of
    rows = [
        row_of(task, rule, found, name_of(found["township_code"]) if found["township_code"] else None)
        for task, rule, found in findings_of(snapshot.facts)
        if wanted.passes(rule, found)
    ]
    order = {rule.id: number for number, rule in enumerate(snapshot.plan.rules)}
    return sorted(rows, key=lambda row: (order[row["rule"]], wanted.states.index(row["state"])))


def row_of(task: Facts, rule: Facts, found: Facts, township_name: str | None) -> dict[str, Any]:
    """A finding with what it is a finding of."""
    return {
        "task": task["no"],
        "task_title": task["title"],
        "rule": rule["id"],
        "requirement": rule["requirement"],
        "unit": rule["unit"],
        "unit_code": found["unit_code"],
        "unit_name": found["unit_name"],
        "township_code": found["township_code"],
        "township_name": township_name,
        "state": found["state"],
        "sharing": found["sharing"],
        "reason": found["reason"],
        "last_change": found.get("last_change"),
        "due": found.get("due"),
        "evidence": found["evidence"],
    }


def gaps_json(snapshot: Snapshot, wanted: GapFilter) -> dict[str, Any]:
    """The answer of /api/v1/gaps."""
    rows = gaps(snapshot, wanted)
    counts = Tally.of(rows)
    return {
        **snapshot.days,
        "plan": snapshot.facts["plan"],
        "filters": {"township": wanted.township, "rule": wanted.rule, "state": wanted.state},
        "counts": {"total": len(rows), "met": counts.met, "not_met": counts.not_met, "unknown": counts.unknown},
        "gaps": rows,
    }
