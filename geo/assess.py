"""Assess a place: every rule of a plan against the layers, as of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from geo.assessment import Assessment, Counts, Findings, RuleResult, TaskResult
from geo.errors import PlanError
from geo.figures import declared, figure, tally
from geo.freshness import freshness
from geo.presence import presence
from geo.reach import reach
from geo.rules import (
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
from geo.shares import rows
from geo.states import State, decide
from geo.survey import Survey

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from geo.layers import Layers
    from geo.rules import Plan
    from geo.store import Store

PLACE_CODE_DIGITS = 12


def assess(layers: Layers, plan: Plan, *, as_of: date, place_name: str = "全市") -> Assessment:
    """Judge every task of the plan.

    Parameters
    ----------
    layers
        The layers of the place (EPSG:4490); cut to `as_of` here if they are not yet.
    plan
        A checked plan (`geo.rules.read_plan`).
    as_of
        The day that is asked about; what starts or changes later does not count.
    place_name
        What findings of city-wide rules call the place.

    Returns
    -------
    An assessment in which in_scope = met + not_met + unknown for each rule. Layers in any
    order of rows give the same assessment.
    """
    code = plan.plan.place.ljust(PLACE_CODE_DIGITS, "0")
    survey = Survey(layers.on(as_of), plan.settings, as_of, code)
    results = []
    for task in plan.tasks:
        judged = tuple(_judge(survey, rule, place_name) for rule in task.rules)
        results.append(TaskResult(task=task, state=decide(r.state for r in judged), rules=judged))
    return Assessment(as_of=as_of, plan=plan, tasks=tuple(results))


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


def verdict(findings: Findings, threshold: float, measure: str, *, complete: bool = True) -> tuple[State, float | None]:
    """Decide a rule from its units, and its value on the threshold's scale.

    share: met ÷ in scope; count: how many are met. Met only when known to be; not met as
    soon as the unknowns could no longer save it; else unknown. A count over a list that
    is not `complete` may always grow, so it is never not met.
    """
    counts = Counts.of(findings.states, findings.shared)
    if not counts.in_scope and measure == "count" and complete and not counts.not_applicable:
        return State.NOT_MET if threshold > 0 else State.MET, 0.0
    if not counts.in_scope:
        if counts.not_applicable and complete:
            return State.NOT_APPLICABLE, None
        return State.UNKNOWN, None
    if measure == "count":
        value = float(counts.met)
        best = counts.met + counts.unknown if complete else float("inf")
    else:
        value = counts.met / counts.in_scope
        best = (counts.met + counts.unknown) / counts.in_scope
    if value >= threshold:
        return State.MET, value
    return (State.NOT_MET if best < threshold else State.UNKNOWN), value


def assess_store(store: Store, *, as_of: date, plan_file: Path | None = None) -> Assessment:
    """Assess what a store holds as of a day, by its own plan or by one in a file.

    Raises PlanError if the file is no plan for this place.
    """
    place = store.place()
    if plan_file is None:
        plan = store.plan()
    else:
        try:
            text = plan_file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            msg = f"读不到方案文件 {plan_file.name}，或它不是 UTF-8 文本"
            raise PlanError(msg) from None
        plan = read_plan(text, file=plan_file.name, units=place.unit_codes)
    return assess(store.layers(as_of=as_of), plan, as_of=as_of, place_name=place.name)
