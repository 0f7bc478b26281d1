"""How it came about: the main figures at the end of each month of the plan, and what changed since the last one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.i18n import date_text
from api.snapshots import Snapshot
from api.texts import TEXTS
from api.views.overview.lines import RuleLine, filled
from api.views.words import Mark, measure, value_text, verdict
from geo.assessment import Assessment, Findings, RuleResult
from geo.differences import Differences, Direction, differences
from geo.reach import share_of_people
from geo.states import MET, NOT_MET, UNKNOWN

MONTHS_SHOWN = 12


@dataclass(frozen=True)
class RuleMove:
    """How many units of a rule got better or worse."""

    id: str
    requirement: str
    better: int
    worse: int


@dataclass(frozen=True)
class TaskMove:
    """A task whose verdict changed."""

    no: int
    title: str
    before: Mark
    after: Mark


@dataclass(frozen=True)
class Since:
    """What changed since the end of the month before; `sentence` says it in one line."""

    day: date
    sentence: str
    tasks: tuple[TaskMove, ...]
    rules: tuple[RuleMove, ...]


def since_last_month(snapshot: Snapshot, township: str | None) -> Since:
    """Compare the day with the last day of the month before it, of the whole place or of a township's units."""
    day = snapshot.as_of.replace(day=1) - timedelta(days=1)
    found = differences(snapshot.months.get(day) or snapshot.judge(day), snapshot.assessment, township=township)
    rules = tuple(move for move in map(_rule_move, found.rules) if move.better or move.worse)
    tasks = () if township else _task_moves(found)
    better, worse = sum(move.better for move in rules), sum(move.worse for move in rules)
    key = "since_changed" if better or worse else "since_same"
    sentence = TEXTS[key].format(date=date_text(day), better=better, worse=worse)
    return Since(day, sentence, tasks, rules)


def _rule_move(change: Any) -> RuleMove:
    moves = [unit.direction for unit in change]
    rule = change.after.rule
    return RuleMove(rule.id, rule.requirement, moves.count(Direction.BETTER), moves.count(Direction.WORSE))


def _task_moves(found: Differences) -> tuple[TaskMove, ...]:
    return tuple(
        TaskMove(task.after.task.no, task.after.task.title, verdict(task.before.state), verdict(task.after.state))
        for task in found.tasks
        if task.before.state != task.after.state
    )


def timeline(snapshot: Snapshot, rules: Iterable[RuleLine], township: str | None) -> dict[str, Any]:
    """What the pages' time line moves through, oldest day first.

    `days`, how they read (`told`), and for each rule by id its `counts` (dedicated, shared, not met, unknown), how
    its value reads (`texts`) and how the counts read (`told`) on each day; of a township's units where one is given.
    """
    months = snapshot.months
    days = sorted(months)
    found: dict[str, Any] = {}
    for rule in rules:
        results = [_result(months[day], rule.id) for day in days]
        counts = [_counts(result.findings, township) for result in results]
        values = [_value(result, own, township) for result, own in zip(results, counts, strict=True)]
        found[rule.id] = {
            "counts": counts,
            "texts": [value_text(result.rule, value) for result, value in zip(results, values, strict=True)],
            "told": [_told(own, counted=rule.measure == "count") for own in counts],
            "fills": [filled(rule, value) for value in values] if rule.of_people or rule.measure == "count" else None,
        }
    states = [[str(task.state) for task in months[day].tasks] for day in days]
    return {
        "days": [day.isoformat() for day in days],
        "told": [date_text(day) for day in days],
        "rules": found,
        "tasks": states if township is None else None,
    }


def trends(months: Mapping[date, Assessment], codes: Sequence[str]) -> dict[str, tuple[float | None, ...]]:
    """Township → share of all its units' requirements that were met, at the end of each of the last months."""
    days = sorted(months)[-MONTHS_SHOWN:]
    shares = [_shares(months[day], codes) for day in days]
    return {code: tuple(share[at] for share in shares) for at, code in enumerate(codes)}


def _shares(assessment: Assessment, codes: Sequence[str]) -> list[float | None]:
    order = {code: at for at, code in enumerate(codes)}
    met, known = (np.zeros(len(codes) + 1, dtype=int) for _ in range(2))  # the last for units of no township
    places: dict[int, NDArray[np.intp]] = {}  # rules of one level share their units
    for result in assessment.rules:
        found, homes = result.findings, result.findings.township_codes
        if id(homes) not in places:
            places[id(homes)] = np.array([order.get(code, len(codes)) for code in homes.tolist()], dtype=np.intp)
        at = places[id(homes)]
        met += np.bincount(at[found.states == MET], minlength=len(met))
        known += np.bincount(at[found.positions()], minlength=len(known))
    return [int(m) / int(k) if k else None for m, k in zip(met[:-1], known[:-1], strict=True)]


def _result(assessment: Assessment, rule: str) -> RuleResult:
    return next(result for result in assessment.rules if result.rule.id == rule)


def _counts(found: Findings, township: str | None) -> list[int]:
    own = np.ones(len(found.codes), dtype=bool) if township is None else found.township_codes == township
    met = (found.states == MET) & own
    return [
        int(np.count_nonzero(met & ~found.shared)),
        int(np.count_nonzero(met & found.shared)),
        int(np.count_nonzero((found.states == NOT_MET) & own)),
        int(np.count_nonzero((found.states == UNKNOWN) & own)),
    ]


def _value(result: RuleResult, counts: Sequence[int], township: str | None) -> float | None:
    """A rule's value, of a township's units where one is given (as `api.views.township` works it out)."""
    if township is None:
        return result.value
    if not sum(counts):
        return None
    if measure(result.rule) == "count":
        return float(sum(counts[:2]))
    if result.rule.kind == "reach":
        found = result.findings
        own = np.flatnonzero((found.township_codes == township) & np.isin(found.states, (MET, NOT_MET, UNKNOWN)))
        people = [found.as_dict(int(at))["population"] for at in own]
        known = np.array([np.nan if n is None else n for n in people], dtype=np.float64)
        return share_of_people(found.states[own], known, result.rule.threshold)[1]
    return sum(counts[:2]) / sum(counts)


def _told(counts: Sequence[int], *, counted: bool) -> str:
    """How counts read, as the macros `counts` and `counted` of the pages say them."""
    dedicated, shared, not_met, unknown = counts
    figures = {"met": dedicated + shared, "in_scope": sum(counts)}
    if not figures["in_scope"]:
        return ""
    parts = [("counted", 1), ("not_counted", not_met)] if counted else [("met_of", 1), ("shared", shared)]
    parts += [("unknown_n", unknown)] if counted else [("not_met_n", not_met), ("unknown_n", unknown)]
    return " · ".join(TEXTS[key].format(n=n, **figures) for key, n in parts if n)
