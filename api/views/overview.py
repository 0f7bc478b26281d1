"""The overview: where the place stands, its tasks, how well it is covered, and who lags behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from api.snapshots import Snapshot
from api.texts import TEXTS, UNIT_NOUNS
from api.views.tallies import Facts, Tally, findings_of
from api.views.words import Mark, chinese_date, measure, short_name, threshold_text, value_text, verdict
from geo.plans.rules import Phase, Rule
from geo.states import State, decide

COVERAGE_LEVELS: Final = ("village", "township", "school")


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
    value_text: str
    threshold_text: str
    tally: Tally
    of_people: bool
    reason: str


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


@dataclass(frozen=True)
class TownshipLine:
    """One township with all findings of its units, and its share of the main rules."""

    code: str
    name: str
    in_plan: bool
    tally: Tally
    columns: tuple[Tally, ...]


@dataclass(frozen=True)
class Overview:
    """All that the overview says."""

    sentences: tuple[str, ...]
    phase: str
    tasks: tuple[TaskLine, ...]
    task_states: tuple[tuple[Mark, int], ...]
    coverage: tuple[tuple[str, tuple[RuleLine, ...]], ...]
    main_rules: tuple[RuleLine, ...]
    townships: tuple[TownshipLine, ...]
    total: TownshipLine


def overview(snapshot: Snapshot) -> Overview:
    """Compose the overview; every number in it is one of assessment.json or a sum of such."""
    tasks = tuple(_task(task, snapshot) for task in snapshot.facts["tasks"])
    rules = [rule for task in tasks for rule in task.rules]
    # a village that no activity reached is no gap of its own: the plan asks for a share of the people
    main = tuple(rule for rule in rules if rule.unit == "village" and rule.measure == "share" and not rule.of_people)
    states = [task.mark.key for task in tasks]
    return Overview(
        sentences=sentences(snapshot.facts, [rule.id for rule in main]),
        phase=phase_text(snapshot.plan.phases, snapshot.as_of),
        tasks=tasks,
        task_states=tuple((verdict(state), states.count(state)) for state in State if states.count(state)),
        coverage=_coverage(rules),
        main_rules=main,
        townships=_townships(snapshot, main),
        total=_line("", "", True, _with_township(snapshot.facts), main),
    )


def sentences(facts: Facts, main: Sequence[str]) -> tuple[str, ...]:
    """Where the place stands: its tasks, then its villages over the main rules, by id."""
    states = [task["state"] for task in facts["tasks"]]
    known = {state: states.count(state) for state in ("met", "not_met", "unknown")}
    said = TEXTS["sentence_tasks"].format(n=len(states), **known)
    left = states.count("not_applicable")
    if left:
        said += TEXTS["sentence_applicable"].format(n=left)
    villages = joined_states(facts, main)
    counts = {state: villages.count(State(state)) for state in ("met", "not_met", "unknown")}
    if not villages:
        return (said,)
    return said, TEXTS["sentence_villages"].format(n=len(villages), rules=len(main), **counts)


def joined_states(facts: Facts, rules: Sequence[str]) -> list[State]:
    """The state of each unit over some rules of its level: met when all are, not met when any is."""
    parts: dict[str, list[State]] = defaultdict(list)
    for _, rule, found in findings_of(facts):
        if rule["id"] in rules:
            parts[found["unit_code"]].append(State(found["state"]))
    return [decide(states) for states in parts.values()]


def phase_text(phases: Sequence[Phase], day: date) -> str:
    """Which phase the day is in and how long it lasts; phases may overlap: the one that ends last counts."""
    now = [phase for phase in phases if phase.starts_on <= day <= phase.ends_on]
    if now:
        phase = max(now, key=lambda phase: phase.ends_on)
        left = (phase.ends_on - day).days
        text = TEXTS["phase_now" if left else "phase_last_day"]
        return text.format(name=phase.name, date=chinese_date(phase.ends_on), days=left)
    coming = [phase for phase in phases if phase.starts_on > day]
    if coming:
        phase = min(coming, key=lambda phase: phase.starts_on)
        days = (phase.starts_on - day).days
        return TEXTS["phase_next"].format(name=phase.name, date=chinese_date(phase.starts_on), days=days)
    return TEXTS["phase_over"] if phases else ""


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
        mark=verdict(facts["state"]),
        value=facts["value"],
        value_text=value_text(rule, facts["value"]),
        threshold_text=threshold_text(rule),
        tally=counts,
        of_people=rule.kind == "reach",
        reason=found[0]["reason"] if rule.unit == "city" and found else "",
    )


def _task(task: Facts, snapshot: Snapshot) -> TaskLine:
    comma = TEXTS["comma"]
    return TaskLine(
        no=task["no"],
        title=task["title"],
        section=task["section"],
        requirement=task["requirement"],
        kind=TEXTS[f"kind_{task['kind']}"],
        lead=comma.join(task["lead"]),
        cooperating=comma.join(task["cooperating"]),
        mark=verdict(task["state"]),
        rules=tuple(rule_line(rule, snapshot.plan.rule(rule["id"])) for rule in task["rules"]),
    )


def _coverage(rules: Iterable[RuleLine]) -> tuple[tuple[str, tuple[RuleLine, ...]], ...]:
    shares = [rule for rule in rules if rule.measure == "share" and rule.tally.in_scope]
    groups = [(level, tuple(rule for rule in shares if rule.unit == level)) for level in COVERAGE_LEVELS]
    return tuple((TEXTS[f"coverage_group_{level}"], found) for level, found in groups if found)


def _with_township(facts: Facts) -> list[tuple[str, Facts]]:
    """(rule id, finding) of all findings that belong to a township."""
    return [(rule["id"], found) for _, rule, found in findings_of(facts) if found["township_code"]]


def _townships(snapshot: Snapshot, main: Sequence[RuleLine]) -> tuple[TownshipLine, ...]:
    """Townships by gaps; those without any requirement of their own last."""
    own: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    for rule, found in _with_township(snapshot.facts):
        own[found["township_code"]].append((rule, found))
    judged = {found["township_code"] for _, rule, found in findings_of(snapshot.facts) if rule["unit"] != "school"}
    names = snapshot.ground.gazetteer.townships
    lines = [_line(code, names[code], code in judged, own[code], main) for code in sorted(names)]
    return tuple(sorted(lines, key=lambda line: (not line.in_plan, line.tally.order, line.code)))


def _line(
    code: str, name: str, in_plan: bool, found: Sequence[tuple[str, Facts]], main: Sequence[RuleLine]
) -> TownshipLine:
    columns = tuple(Tally.of(finding for rule, finding in found if rule == line.id) for line in main)
    return TownshipLine(code, name, in_plan, Tally.of(finding for _, finding in found), columns)
