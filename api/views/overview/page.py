"""All that the overview says, of the whole place or of one township."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.i18n import joined
from api.snapshots import Snapshot
from api.texts import TEXTS
from api.views.overview.lines import RuleLine, TaskLine, main_rules, ring_rules, task_lines
from api.views.overview.months import Since, since_last_month, timeline
from api.views.overview.phases import PhaseStep, phase_steps, phase_text
from api.views.overview.ranking import TownshipLine, ranking, total
from api.views.tallies import Facts, findings_of
from api.views.township import of_township
from api.views.words import Mark
from geo.states import State, decide

COVERAGE_LEVELS: Final = ("village", "township", "school")


@dataclass(frozen=True)
class Overview:
    """All that the overview says. `township` is the one it is cut to, `rule` the one that the map shows."""

    township: str | None
    township_name: str
    rule: RuleLine | None
    sentences: tuple[str, ...]
    since: Since
    phase: str
    phases: tuple[PhaseStep, ...]
    tasks: tuple[TaskLine, ...]
    task_states: tuple[tuple[Mark, int], ...]
    rings: tuple[RuleLine, ...]
    coverage: tuple[tuple[str, tuple[RuleLine, ...]], ...]
    main_rules: tuple[RuleLine, ...]
    townships: tuple[TownshipLine, ...]
    total: TownshipLine
    timeline: dict[str, Any]


def overview(snapshot: Snapshot, township: str | None = None, rule: str | None = None) -> Overview:
    """Compose the overview; every number in it is one of assessment.json or a sum of such. Raises UnknownRule."""
    facts = snapshot.facts if township is None else of_township(snapshot, township)
    tasks = task_lines(facts, snapshot.plan)
    rules = [line for task in tasks for line in task.rules]
    main, rings = main_rules(rules), ring_rules(rules)
    chosen = snapshot.plan.rule(rule).id if rule is not None else None
    states = [task.mark.key for task in tasks]
    return Overview(
        township=township,
        township_name=snapshot.ground.gazetteer.townships[township] if township else "",
        rule=next((line for line in rules if line.id == chosen), None),
        sentences=sentences(facts, [line.id for line in main]),
        since=since_last_month(snapshot, township),
        phase=phase_text(snapshot.plan.phases, snapshot.as_of),
        phases=phase_steps(snapshot.plan.phases, snapshot.as_of),
        tasks=tasks,
        task_states=tuple(
            (next(task.mark for task in tasks if task.mark.key == state), states.count(state))
            for state in State
            if states.count(state)
        ),
        rings=rings,
        coverage=_coverage(rules),
        main_rules=main,
        townships=ranking(snapshot, main, chosen),
        total=total(snapshot, main, chosen),
        timeline=timeline(snapshot, rings, township),
    )


def sentences(facts: Facts, main: Sequence[str]) -> tuple[str, ...]:
    """Where the place stands: its tasks, then its villages over the main rules, by id."""
    states = [task["state"] for task in facts["tasks"]]
    known = {state: states.count(state) for state in ("met", "not_met", "unknown")}
    left = states.count("not_applicable")
    if "township" in facts:
        text = TEXTS["sentence_township"].format(name=facts["township"]["name"], n=len(states) - left, **known)
    else:
        text = TEXTS["sentence_tasks"].format(n=len(states), **known)
        text = joined((text, TEXTS["sentence_applicable"].format(n=left))) if left else text
    villages = joined_states(facts, main)
    counts = {state: villages.count(State(state)) for state in ("met", "not_met", "unknown")}
    if not villages:
        return (text,)
    return text, TEXTS["sentence_villages"].format(n=len(villages), rules=len(main), **counts)


def joined_states(facts: Facts, rules: Sequence[str]) -> list[State]:
    """The state of each unit over some rules of its level: met when all are, not met when any is."""
    parts: dict[str, list[State]] = defaultdict(list)
    for _, rule, found in findings_of(facts):
        if rule["id"] in rules:
            parts[found["unit_code"]].append(State(found["state"]))
    return [decide(states) for states in parts.values()]


def _coverage(rules: Iterable[RuleLine]) -> tuple[tuple[str, tuple[RuleLine, ...]], ...]:
    shares = [rule for rule in rules if rule.measure == "share" and rule.tally.in_scope]
    groups = [(level, tuple(rule for rule in shares if rule.unit == level)) for level in COVERAGE_LEVELS]
    return tuple((TEXTS[f"coverage_group_{level}"], found) for level, found in groups if found)
