"""What got better or worse from one day to another: tasks, rules and units, and by which rows.

States are compared as arrays; only units whose state changed are put into words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.assessment import known_fact
from geo.states import NOT_APPLICABLE, State, state_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from geo.assessment import Assessment, Findings, RuleResult, TaskResult
    from geo.states import States

    Source = dict[str, Any]

_SCOPE_ONLY = "不在评估范围内"


class Direction(StrEnum):
    """Where a change leads. not_met < unknown < met; what enters or leaves the scope is neither."""

    BETTER = "better"
    WORSE = "worse"
    SCOPE = "scope"

    @property
    def label(self) -> str:
        """The Chinese word."""
        return {"better": "变好", "worse": "变差", "scope": "范围变化"}[self.value]

    @classmethod
    def of(cls, before: State, after: State) -> Direction:
        """Return the direction from one state to another, different one."""
        if State.NOT_APPLICABLE in (before, after):
            return cls.SCOPE
        order = (State.NOT_MET, State.UNKNOWN, State.MET)
        return cls.BETTER if order.index(after) > order.index(before) else cls.WORSE


@dataclass(frozen=True)
class UnitChange:
    """A unit whose state changed.

    `added`, `removed`: the evidence rows that only the later or only the earlier finding
    rests on; `kept`: those that both rest on. A state that changes by time alone has only `kept`.
    """

    unit_code: str
    unit_name: str
    township_code: str | None
    before: State
    after: State
    reason_before: str
    reason_after: str
    added: Sequence[Source]
    removed: Sequence[Source]
    kept: Sequence[Source]

    @property
    def direction(self) -> Direction:
        """Whether it got better or worse."""
        return Direction.of(self.before, self.after)

    def to_dict(self) -> dict[str, Any]:
        """Return the change with the names of docs/CONTRACT.md."""
        return {
            "unit_code": self.unit_code,
            "unit_name": self.unit_name,
            "township_code": self.township_code,
            "before": str(self.before),
            "after": str(self.after),
            "direction": str(self.direction),
            "reason_before": self.reason_before,
            "reason_after": self.reason_after,
            "evidence": {"added": list(self.added), "removed": list(self.removed), "kept": list(self.kept)},
        }


@dataclass(frozen=True)
class RuleChange:
    """A rule on both days: its verdicts, and the units that changed, told one by one when asked for."""

    before: RuleResult
    after: RuleResult
    pairs: NDArray[np.intp]
    """Positions of the changed units in the earlier and later findings, -1 where a day has no such unit; (n, 2)."""

    @property
    def id(self) -> str:
        """The rule's id."""
        return self.after.rule.id

    def __len__(self) -> int:
        """How many units changed."""
        return len(self.pairs)

    def __iter__(self) -> Iterator[UnitChange]:
        """Yield the changes in order of the units' codes."""
        earlier, later = self.before.findings, self.after.findings
        return (_unit_change(earlier, int(old), later, int(new)) for old, new in self.pairs)

    def to_dict(self) -> dict[str, Any]:
        """Return the rule's change with the names of docs/CONTRACT.md."""
        return {
            "id": self.id,
            "unit": self.after.rule.unit,
            "requirement": self.after.rule.requirement,
            **_verdicts(self.before, self.after),
            "value_before": self.before.value,
            "value_after": self.after.value,
            "units_before": self.before.counts.as_dict(),
            "units_after": self.after.counts.as_dict(),
            "changes": [change.to_dict() for change in self],
        }


@dataclass(frozen=True)
class TaskChange:
    """A task on both days, with those of its rules of which the verdict, the value or a unit changed."""

    before: TaskResult
    after: TaskResult
    rules: tuple[RuleChange, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the task's change with the names of docs/CONTRACT.md."""
        return {
            "no": self.after.task.no,
            "title": self.after.task.title,
            **_verdicts(self.before, self.after),
            "rules": [rule.to_dict() for rule in self.rules],
        }


@dataclass(frozen=True)
class Differences:
    """What changed between two assessments by one plan; tasks in which nothing did are left out."""

    before: Assessment
    after: Assessment
    tasks: tuple[TaskChange, ...]

    @property
    def days(self) -> tuple[date, date]:
        """The two days."""
        return self.before.as_of, self.after.as_of

    @property
    def rules(self) -> tuple[RuleChange, ...]:
        """Every rule in which something changed, in the order of the tasks."""
        return tuple(rule for task in self.tasks for rule in task.rules)

    def to_dict(self) -> dict[str, Any]:
        """Return the differences with the names of docs/CONTRACT.md."""
        plan = self.after.plan
        return {
            "before": self.before.as_of.isoformat(),
            "after": self.after.as_of.isoformat(),
            **known_fact(self.after.known_on),
            "plan": {"id": plan.plan.id, "sha256": plan.sha256},
            "tasks": [task.to_dict() for task in self.tasks],
        }

    def to_json(self) -> bytes:
        """Return them as JSON, UTF-8."""
        return (json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def differences(
    before: Assessment, after: Assessment, *, rule: str | None = None, township: str | None = None
) -> Differences:
    """Compare two assessments by one plan.

    `rule`: only this one, with its task. `township`: only units of the township of this code;
    verdicts stay the whole place's. Raises UnknownRule, ValueError for assessments by different plans.
    """
    if before.plan.sha256 != after.plan.sha256:
        msg = "assessments by different plans can't be compared"
        raise ValueError(msg)
    if rule is not None:
        after.plan.rule(rule)
    found = []
    for earlier, later in zip(before.tasks, after.tasks, strict=True):
        pairs = [pair for pair in zip(earlier.rules, later.rules, strict=True) if rule in (None, pair[0].rule.id)]
        rules = (RuleChange(old, new, _changed(old.findings, new.findings, township)) for old, new in pairs)
        changed = tuple(
            c for c in rules if len(c) or (c.before.state, c.before.value) != (c.after.state, c.after.value)
        )
        if changed or (pairs and earlier.state != later.state):
            found.append(TaskChange(earlier, later, changed))
    return Differences(before, after, tuple(found))


def _changed(before: Findings, after: Findings, township: str | None) -> NDArray[np.intp]:
    old, new = _matched(before.codes, after.codes)
    at = np.flatnonzero(_states_at(before.states, old) != _states_at(after.states, new))
    if township is not None:
        homes = (after.township_codes[new[i]] if new[i] >= 0 else before.township_codes[old[i]] for i in at)
        at = at[np.array([home == township for home in homes], dtype=bool)]
    return np.stack([old[at], new[at]], axis=1)


def _matched(before: NDArray[np.object_], after: NDArray[np.object_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the positions of all units of both days in order of code; -1 where a day has no such unit."""
    if np.array_equal(before, after):
        same = np.arange(len(after), dtype=np.intp)
        return same, same
    at = [{code: position for position, code in enumerate(codes)} for codes in (before.tolist(), after.tolist())]
    codes = sorted({*at[0], *at[1]})
    old, new = (np.array([known.get(code, -1) for code in codes], dtype=np.intp) for known in at)
    return old, new


def _states_at(states: States, positions: NDArray[np.intp]) -> States:
    return np.append(states, NOT_APPLICABLE)[positions].astype(np.int8)


def _unit_change(before: Findings, old: int, after: Findings, new: int) -> UnitChange:
    whose, at = (after, new) if new >= 0 else (before, old)
    state_before, reason_before, rows_before = _told(before, old)
    state_after, reason_after, rows_after = _told(after, new)
    return UnitChange(
        unit_code=str(whose.codes[at]),
        unit_name=str(whose.names[at]),
        township_code=whose.township_codes[at],
        before=state_before,
        after=state_after,
        reason_before=reason_before,
        reason_after=reason_after,
        added=[row for row in rows_after if row not in rows_before],
        removed=[row for row in rows_before if row not in rows_after],
        kept=[row for row in rows_after if row in rows_before],
    )


def _told(findings: Findings, position: int) -> tuple[State, str, list[Source]]:
    """Return a unit's state, reason and evidence; nothing is told of units out of scope."""
    state = State.NOT_APPLICABLE if position < 0 else state_of(findings.states[position])
    if state is State.NOT_APPLICABLE:
        return state, _SCOPE_ONLY, []
    return state, findings.explain.reason(position), findings.explain.evidence(position)


def _verdicts(before: RuleResult | TaskResult, after: RuleResult | TaskResult) -> dict[str, Any]:
    moved = None if before.state == after.state else str(Direction.of(before.state, after.state))
    return {"before": str(before.state), "after": str(after.state), "direction": moved}
