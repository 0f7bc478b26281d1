"""The result of an assessment: states by rule and unit, kept as arrays, told as JSON.

A finding's reason and evidence are worked out only when somebody reads them, so that
an assessment of 620,000 villages costs arrays and not objects.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from geo.states import MET, NOT_APPLICABLE, NOT_MET, UNKNOWN, State, state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from numpy.typing import NDArray

    from geo.plans.rules import Plan, Rule, Task
    from geo.states import States


class Explain(Protocol):
    """Tells why a unit has its state."""

    def reason(self, position: int) -> str:
        """Return one Chinese sentence for the unit at `position`."""

    def evidence(self, position: int) -> list[dict[str, Any]]:
        """Return the source rows that the state rests on: file, sheet, row, batch."""

    def extras(self, position: int) -> dict[str, Any]:
        """Return further facts of the kind of rule (facilities, readings, due date)."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many units are in each state; in_scope = met + not_met + unknown."""

    in_scope: int
    met: int
    met_shared: int
    not_met: int
    unknown: int
    not_applicable: int

    @classmethod
    def of(cls, states: States, shared: NDArray[np.bool_]) -> Counts:
        """Count int8 states; `shared` marks the units that are met only by sharing."""
        met = int(np.count_nonzero(states == MET))
        not_met = int(np.count_nonzero(states == NOT_MET))
        unknown = int(np.count_nonzero(states == UNKNOWN))
        return cls(
            in_scope=met + not_met + unknown,
            met=met,
            met_shared=int(np.count_nonzero((states == MET) & shared)),
            not_met=not_met,
            unknown=unknown,
            not_applicable=int(np.count_nonzero(states == NOT_APPLICABLE)),
        )

    def as_dict(self) -> dict[str, int]:
        """Return the counts with the names of assessment.json."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True)
class Findings:
    """The state of every unit of a rule, unit by unit in code order.

    `codes`, `names`, `township_codes`: object arrays of str, shape (n,).
    `states`: int8, shape (n,). `shared`: bool, met only through a shared facility.
    `dedicated`: whether the rule tells dedicated from shared at all.
    """

    codes: NDArray[np.object_]
    names: NDArray[np.object_]
    township_codes: NDArray[np.object_]
    states: States
    shared: NDArray[np.bool_]
    explain: Explain = field(repr=False)
    dedicated: bool = False

    def positions(self) -> NDArray[np.intp]:
        """Positions of the units in scope."""
        return np.flatnonzero(self.states != NOT_APPLICABLE)

    def as_dict(self, position: int) -> dict[str, Any]:
        """Return one unit's finding with the names of assessment.json."""
        state = state_of(self.states[position])
        sharing = None
        if self.dedicated and state is State.MET:
            sharing = "shared" if self.shared[position] else "dedicated"
        return {
            "unit_code": str(self.codes[position]),
            "unit_name": str(self.names[position]),
            "township_code": self.township_codes[position],
            "state": str(state),
            "sharing": sharing,
            "reason": self.explain.reason(position),
            "evidence": self.explain.evidence(position),
            **self.explain.extras(position),
        }

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the findings of the units in scope, in code order."""
        return (self.as_dict(int(i)) for i in self.positions())


@dataclass(frozen=True)
class RuleResult:
    """A rule's verdict. `value` is on the scale of the threshold; None when nothing is known."""

    rule: Rule
    state: State
    value: float | None
    counts: Counts
    findings: Findings

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The rule as in assessment.json, worked out once. Shared: never change it."""
        return self.to_dict()

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as in assessment.json."""
        return {
            "id": self.rule.id,
            "unit": self.rule.unit,
            "requirement": self.rule.requirement,
            "threshold": self.rule.threshold,
            "value": self.value,
            "state": str(self.state),
            "units": self.counts.as_dict(),
            "findings": list(self.findings),
        }


@dataclass(frozen=True)
class TaskResult:
    """A task's verdict with those of its rules."""

    task: Task
    state: State
    rules: tuple[RuleResult, ...]

    def to_dict(self, told: Callable[[RuleResult], dict[str, Any]] = RuleResult.to_dict) -> dict[str, Any]:
        """Return the task as in assessment.json, its rules as they are `told`."""
        return {
            "no": self.task.no,
            "title": self.task.title,
            "section": self.task.section,
            "requirement": self.task.requirement,
            "kind": self.task.kind,
            "lead": list(self.task.lead),
            "cooperating": list(self.task.cooperating),
            "state": str(self.state),
            "rules": [told(result) for result in self.rules],
        }


def known_fact(known_on: date | None) -> dict[str, str]:
    """Return what a document says of the day by whose end all was recorded: nothing where none was asked for."""
    return {} if known_on is None else {"known_on": known_on.isoformat()}


@dataclass(frozen=True)
class Assessment:
    """All tasks of a plan as of a day; `known_on`: by what had been recorded by the end of that day, None for now."""

    as_of: date
    plan: Plan
    tasks: tuple[TaskResult, ...]
    known_on: date | None = None

    @property
    def rules(self) -> tuple[RuleResult, ...]:
        """Every rule's result, in the order of the tasks."""
        return tuple(result for task in self.tasks for result in task.rules)

    def rule(self, rule_id: str) -> RuleResult:
        """Return a rule's result; UnknownRule if the plan has no such rule."""
        self.plan.rule(rule_id)
        return next(result for result in self.rules if result.rule.id == rule_id)

    def to_dict(self, told: Callable[[RuleResult], dict[str, Any]] = RuleResult.to_dict) -> dict[str, Any]:
        """Return the assessment as in assessment.json (see docs/CONTRACT.md), its rules as they are `told`."""
        return {
            "as_of": self.as_of.isoformat(),
            **known_fact(self.known_on),
            "plan": {"id": self.plan.plan.id, "sha256": self.plan.sha256},
            "tasks": [task.to_dict(told) for task in self.tasks],
        }

    def to_json(self) -> bytes:
        """Return assessment.json, UTF-8. The same store, plan and date give the same bytes."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)
        return (text + "\n").encode()
