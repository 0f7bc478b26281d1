"""Rules and tasks with their figures, as the overview shows them; every number is one of assessment.json."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.texts import TEXTS, UNIT_NOUNS
from api.views.tallies import Facts, Tally
from api.views.words import Mark, mark, measure, short_name, threshold_text, value_text, verdict
from geo.plans.rules import Plan, Rule
from geo.states import State


@dataclass(frozen=True)
class RuleLine:
    """One rule with its figures. `of_people`: the value is a share of the population, not of units."""

    id: str
    requirement: str
    short: str
    unit: str
    noun: str
    measure: str
    mark: Mark
    value: float | None
    threshold: float
    value_text: str
    threshold_text: str
    tally: Tally
    of_people: bool
    reason: str

    @property
    def fills(self) -> tuple[tuple[str, float], ...]:
        """The parts of a ring by state, in 0…100, in the order in which they are drawn.

        Of units for a share of them; of the threshold for a number that the place must reach;
        of the people for a share of those.
        """
        if self.measure == "count" or self.of_people:
            return (("met", filled(self, self.value)),)
        whole = self.tally.in_scope or 1
        parts = {"met": self.tally.dedicated, "met-shared": self.tally.met_shared, "not-met": self.tally.not_met}
        return tuple((name, 100 * n / whole) for name, n in parts.items())

    @property
    def arcs(self) -> tuple[tuple[str, float, float], ...]:
        """State, length and start of each part of a ring that is 100 long."""
        found, start = [], 0.0
        for name, length in self.fills:
            if length:
                found.append((name, round(length, 2), round(start, 2)))
            start += length
        return tuple(found)


def filled(rule: RuleLine, value: float | None) -> float:
    """How much of a ring a value fills where the ring doesn't show units, in 0…100."""
    whole = rule.threshold if rule.measure == "count" else 1.0
    return round(100 * min(1.0, (value or 0.0) / whole), 2) if whole else 100.0


@dataclass(frozen=True)
class TaskLine:
    """One task with its rules."""

    no: int
    title: str
    section: str
    requirement: str
    kind: str
    lead: str
    cooperating: str
    mark: Mark
    rules: tuple[RuleLine, ...]


def task_lines(facts: Facts, plan: Plan) -> tuple[TaskLine, ...]:
    """The tasks of an assessment, or of a township's part of it."""
    return tuple(_task(task, plan) for task in facts["tasks"])


def main_rules(rules: Sequence[RuleLine]) -> tuple[RuleLine, ...]:
    """What each village must have; that no activity reached one is no gap of its own: people are counted there."""
    return tuple(rule for rule in rules if rule.unit == "village" and rule.measure == "share" and not rule.of_people)


def ring_rules(rules: Sequence[RuleLine]) -> tuple[RuleLine, ...]:
    """What is drawn as rings: the main rules, then shares of schools, numbers of facilities, people reached."""
    rest = [
        *(rule for rule in rules if rule.unit == "school" and rule.measure == "share"),
        *(rule for rule in rules if rule.unit != "city" and rule.measure == "count"),
        *(rule for rule in rules if rule.of_people),
    ]
    return tuple(rule for rule in (*main_rules(rules), *rest) if rule.tally.in_scope)


def rule_line(facts: Facts, rule: Rule) -> RuleLine:
    """One rule's figures from its part of the assessment."""
    found = facts["findings"]
    units = facts["units"]
    counts = Tally(units["met"], units["met_shared"], units["not_met"], units["unknown"])
    return RuleLine(
        id=rule.id,
        requirement=rule.requirement,
        short=short_name(rule),
        unit=rule.unit,
        noun=UNIT_NOUNS[rule.unit],
        measure=measure(rule),
        mark=_judged(facts["state"]),
        value=facts["value"],
        threshold=rule.threshold,
        value_text=value_text(rule, facts["value"]),
        threshold_text=threshold_text(rule),
        tally=counts,
        of_people=rule.kind == "reach",
        reason=found[0]["reason"] if rule.unit == "city" and found else "",
    )


def _judged(state: str) -> Mark:
    """The mark of a verdict; a requirement of the whole place is none of a single township's."""
    if state == State.NOT_APPLICABLE:
        plain = mark(state)
        return Mark(plain.key, TEXTS["whole_place_only"], plain.glyph)
    return verdict(state)


def _task(task: Facts, plan: Plan) -> TaskLine:
    comma = TEXTS["comma"]
    return TaskLine(
        no=task["no"],
        title=task["title"],
        section=task["section"],
        requirement=task["requirement"],
        kind=TEXTS[f"kind_{task['kind']}"],
        lead=comma.join(task["lead"]),
        cooperating=comma.join(task["cooperating"]),
        mark=_judged(task["state"]),
        rules=tuple(rule_line(rule, plan.rule(rule["id"])) for rule in task["rules"]),
    )
