"""Assess a place: every rule of a plan against the layers, as of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from geo.assessment import Assessment, Counts, Findings, RuleResult, TaskResult
from geo.errors import PlanError
from geo.figures import declared, figure, tally
from geo.freshness import freshness
from geo.plans.rules import (
    DeclaredRule,
    FigureRule,
    FreshnessRule,
    PresenceRule,
    ReachRule,
    RowsRule,
    Rule,
    TallyRule,
    read_plan,
)
from geo.presence import presence
from geo.reach import reach
from geo.schema import LAYERS
from geo.shares import rows
from geo.states import State, decide
from geo.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from geo.layers import Layers
    from geo.plans.rules import Plan
    from geo.store import Store

PLACE_CODE_DIGITS = 12
BASE_LAYERS = frozenset(name for name, layer in LAYERS.items() if layer.role == "base")


def assess(layers: Layers, plan: Plan, *, as_of: date, place_name: str = "全市") -> Assessment:
    """Judge every task of the plan.

    Parameters
    ----------
    layers
        The layers of the place (EPSG:4490); cut to `as_of` here if they are not yet.
    plan
        A checked plan (`geo.plans.rules.read_plan`).
    as_of
        The day that is asked about; what starts or changes later does not count.
    place_name
        What findings of city-wide rules call the place.

    Returns
    -------
    An assessment in which in_scope = met + not_met + unknown for each rule. Layers in any
    order of rows give the same assessment.
    """
    survey = _survey(layers, plan, as_of)
    return _joined(plan, as_of, layers.known_on, lambda rule: _judge(survey, rule, place_name))


def reassess(before: Assessment, older: Layers, layers: Layers, plan: Plan, *, place_name: str = "全市") -> Assessment:
    """Judge again, for the same day, only the rules of layers that changed.

    The same as `assess` of the new layers, where `before` is that of the older ones, by the same plan, and the new ones
    were read with the older ones at hand (`Layers.changed`).
    """
    changed, day = layers.changed(older), before.as_of
    if changed & BASE_LAYERS or plan.sha256 != before.plan.sha256 or layers.known_on != before.known_on:
        return assess(layers, plan, as_of=day, place_name=place_name)
    due = [rule for task in plan.tasks for rule in task.rules if reads(rule) & changed]
    survey = _survey(layers.only(BASE_LAYERS.union(*map(reads, due))), plan, day)
    news = {rule.id: _judge(survey, rule, place_name) for rule in due}
    known = {result.rule.id: result for result in before.rules} | news
    return _joined(plan, day, layers.known_on, lambda rule: known[rule.id])


def reads(rule: Rule) -> frozenset[str]:
    """Return the layers that a rule is judged by, beside the base layers."""
    own = "figures" if isinstance(rule, FigureRule | DeclaredRule) else rule.layer
    units = {"school": "schools", "base": "bases"}.get(rule.unit)
    return frozenset({own, units} - {None})  # type: ignore[arg-type]  # mypy keeps the None


def _survey(layers: Layers, plan: Plan, as_of: date) -> Survey:
    return Survey(layers.on(as_of), plan.settings, as_of, plan.plan.place.ljust(PLACE_CODE_DIGITS, "0"))


def _joined(plan: Plan, as_of: date, known_on: date | None, judge: Callable[[Rule], RuleResult]) -> Assessment:
    results = []
    for task in plan.tasks:
        judged = tuple(map(judge, task.rules))
        results.append(TaskResult(task=task, state=decide(r.state for r in judged), rules=judged))
    return Assessment(as_of=as_of, plan=plan, tasks=tuple(results), known_on=known_on)


def _judge(survey: Survey, rule: Rule, place_name: str) -> RuleResult:
    match rule:
        case PresenceRule():
            findings = presence(survey, rule)
            state, value = verdict(findings, rule.threshold, rule.measure)
        case FreshnessRule():
            findings = freshness(survey, rule)
            state, value = verdict(findings, rule.threshold, rule.measure)
        case RowsRule():
            findings = rows(survey, rule)
            complete = survey.complete_for_place(rule.layer)
            state, value = verdict(findings, rule.threshold, rule.measure, complete=complete)
        case ReachRule():
            findings, state, value = reach(survey, rule)
        case TallyRule():
            findings, state, value = tally(survey, rule, place_name)
        case FigureRule():
            findings, state, value = figure(survey, rule, place_name)
        case DeclaredRule():
            findings, state, value = declared(survey, rule, place_name)
        case _:
            assert_never(rule)
    counts = Counts.of(findings.states, findings.shared)
    return RuleResult(rule=rule, state=state, value=value, counts=counts, findings=findings)


def verdict(
    findings: Findings, threshold: float, measure: str, *, complete: bool | None = None
) -> tuple[State, float | None]:
    """Decide a rule from its units, and its value on the threshold's scale.

    share: met ÷ in scope; count: how many are met. Met only when known to be; not met as
    soon as the unknowns could no longer save it; else unknown.

    `complete`: for units that are themselves rows of a list, whether that list is whole;
    None where the units are known without one. A list that is not whole may hold any
    number of further rows of any state: a share of it is settled only by one row that fails
    where all must be met, a count only by being reached.
    """
    counts = Counts.of(findings.states, findings.shared)
    if measure == "count":
        return _count(counts, threshold, complete=complete)
    if not counts.in_scope:
        return _of_nobody(counts, complete=complete), None
    return share_verdict(
        met=counts.met,
        not_met=counts.not_met,
        unknown=counts.unknown,
        threshold=threshold,
        listed=complete is not False,
    )


def share_verdict(*, met: int, not_met: int, unknown: int, threshold: float, listed: bool) -> tuple[State, float]:
    """Decide a share of units that are all `listed`, or of which further ones may be missing."""
    in_scope = met + not_met + unknown
    if not listed:
        return (State.NOT_MET if threshold >= 1 and not_met else State.UNKNOWN), met / in_scope
    return _settled(met / in_scope, (met + unknown) / in_scope, threshold), met / in_scope


def _count(counts: Counts, threshold: float, *, complete: bool | None) -> tuple[State, float | None]:
    if not counts.in_scope and not complete:
        return _of_nobody(counts, complete=complete), None
    best = float("inf") if complete is False else float(counts.met + counts.unknown)
    return _settled(float(counts.met), best, threshold), float(counts.met)


def _of_nobody(counts: Counts, *, complete: bool | None) -> State:
    """Decide a rule that no known unit falls under: it applies to nobody only where all units are known."""
    known = complete if complete is not None else counts.not_applicable > 0
    return State.NOT_APPLICABLE if known else State.UNKNOWN


def _settled(value: float, best: float, threshold: float) -> State:
    """Decide by what is reached and what could be reached at best."""
    if value >= threshold:
        return State.MET
    return State.NOT_MET if best < threshold else State.UNKNOWN


def assess_store(
    store: Store, *, as_of: date, known_on: date | None = None, plan_file: Path | None = None
) -> Assessment:
    """Assess what a store holds as of a day, by its own plan or by one in a file.

    `known_on`: only what had been recorded by the end of that day, its plan too. Raises NothingKnown if
    the store was made later, or the day lies ahead; PlanError if the file is no plan for this place.
    """
    place, plan = store.place(), store.plan(known_on=known_on)
    if plan_file is not None:
        try:
            text = plan_file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            msg = f"读不到方案文件 {plan_file.name}，或它不是 UTF-8 文本"
            raise PlanError(msg) from None
        plan = read_plan(text, file=plan_file.name, units=place.unit_codes)
    return assess(store.layers(as_of=as_of, known_on=known_on), plan, as_of=as_of, place_name=place.name)
