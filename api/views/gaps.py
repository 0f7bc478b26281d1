"""Gaps: every finding that is not met or not known, as rows to filter, page and download."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from api.snapshots import Snapshot
from api.views.tallies import Facts, Tally, findings_of
from api.views.words import mark
from geo.tables import GAP_COLUMNS, GAP_STATES, csv_bytes, gap_rows

PAGE_ROWS: Final = 100

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
        _row(task, rule, found, name_of(found["township_code"]) if found["township_code"] else None)
        for task, rule, found in findings_of(snapshot.facts)
        if wanted.passes(rule, found)
    ]
    order = {rule.id: number for number, rule in enumerate(snapshot.plan.rules)}
    return sorted(rows, key=lambda row: (order[row["rule"]], wanted.states.index(row["state"])))


def _row(task: Facts, rule: Facts, found: Facts, township_name: str | None) -> dict[str, Any]:
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


@dataclass(frozen=True)
class GapsPage:
    """One page of the list; `pages` is at least 1."""

    rows: Sequence[dict[str, Any]]
    tally: Tally
    page: int
    pages: int


def gaps_page(snapshot: Snapshot, wanted: GapFilter, page: int) -> GapsPage:
    """A page of rows, each with its `mark`; past the end, the last page."""
    rows = gaps(snapshot, wanted)
    pages = max(1, -(-len(rows) // PAGE_ROWS))
    page = min(page, pages)
    shown = rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    marked = [{**row, "mark": mark(row["state"], row["sharing"])} for row in shown]
    return GapsPage(marked, Tally.of(rows), page, pages)


def gaps_csv(snapshot: Snapshot, wanted: GapFilter) -> bytes:
    """The list as CSV: the same file as `kepu gaps -o`."""
    rows = gap_rows(
        snapshot.assessment,
        snapshot.ground.gazetteer,
        township=wanted.township,
        rule=wanted.rule,
        states=wanted.states,
    )
    return csv_bytes(rows, header=GAP_COLUMNS)
