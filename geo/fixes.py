"""The cheapest fix: which facilities to build or share and which boards to change so that rules are met.

Each measure mends some units under some rules; as many units of each rule must be mended as its threshold still
lacks. The integer program is solved by HiGHS (through scipy) to proven optimality, or to the gap that is told.
Of equally cheap fixes the one with the lowest-numbered measures is taken, units in code order, so that the answer
doesn't go with the order of rows. Distances are geodesic, in metres; costs are in whatever unit they are given in.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from geo.board_outlook import board_outlook
from geo.errors import InputRefused
from geo.plans.rules import FreshnessRule, PresenceRule
from geo.scenario.measures import Add, Scenario, Share, Update
from geo.schema import LAYERS
from geo.sites import facility_sites, unit_sites
from geo.states import MET, NOT_APPLICABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from geo.assessment import Assessment, RuleResult
    from geo.board_outlook import BoardOutlook
    from geo.layers import Layers
    from geo.plans.rules import Rule
    from geo.scenario.measures import Measure
    from geo.sites import Sites

Status = Literal["optimal", "time_limit", "infeasible"]
Pair = tuple[str, str]
"""(rule, unit code)."""


@dataclass(frozen=True)
class Costs:
    """What one measure of a kind costs. None rules a kind out."""

    build: float | None = 10.0
    share: float | None = 1.0
    update: float | None = 0.5


@dataclass(frozen=True)
class Step:
    """A measure of a fix, the pairs of rule and unit that it mends, and why, one Chinese sentence each."""

    measure: Measure
    mends: Mapping[Pair, str]


@dataclass(frozen=True)
class Fix:
    """The cheapest way to meet rules. `needed`: rule → units that its threshold lacks.

    `cost` is proven to be at most `gap` (a share) above the least; `bound` is what no fix can be below. Without
    a way (`status` infeasible) `short` says of each rule how many units no measure reaches.
    """

    needed: Mapping[str, int]
    steps: tuple[Step, ...]
    cost: float
    bound: float
    gap: float
    status: Status
    seconds: float
    within: float
    short: Mapping[str, int] = field(default_factory=dict)

    def scenario(self, name: str) -> Scenario:
        """Return the measures as a scenario."""
        return Scenario(name=name, measures=tuple(step.measure for step in self.steps))

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        plain = ("cost", "bound", "gap", "status", "seconds", "within")
        return {
            **{name: told if isinstance(told := getattr(self, name), str) else _number(told) for name in plain},
            "needed": dict(self.needed),
            "short": dict(self.short),
            "steps": [
                {
                    "measure": step.measure.model_dump(mode="json", exclude_defaults=True),
                    "mends": [{"rule": r, "unit_code": u, "reason": why} for (r, u), why in step.mends.items()],
                }
                for step in self.steps
            ],
        }


def cheapest_fix(
    layers: Layers,
    assessment: Assessment,
    rules: Sequence[str],
    *,
    within: float = 1000.0,
    costs: Costs | None = None,
    time_limit: float | None = None,
) -> Fix:
    """Find the least-cost measures that meet rules.

    Parameters
    ----------
    layers
        As the assessment saw them, cut to its day.
    rules
        Ids of rules of the kinds presence and freshness, judged together: a new board helps both of its rules.
    within
        How far apart, in metres along the ellipsoid, a facility and a village that shares it may be.
    time_limit
        Seconds; the best fix found by then is returned with its gap.

    Units that nobody reported count as gaps: what is built there is known. Raises InputRefused for a rule that
    no building can mend, UnknownRule for one that the plan does not have.
    """
    began, prices = time.perf_counter(), costs or Costs()
    _check(within, prices)
    wanted = [_result(assessment, rule) for rule in rules]
    needed = {result.rule.id: lacking(result) for result in wanted}
    outlooks = {
        result.rule.id: board_outlook(layers, assessment.plan, result.rule, as_of=assessment.as_of)
        for result in wanted
        if isinstance(result.rule, FreshnessRule)
    }
    ground = _Ground(layers, wanted, within, prices, outlooks)
    steps = ground.steps()
    pairs = sorted({pair for step in steps for pair in step.mends})
    reached = {rule: sum(pair[0] == rule for pair in pairs) for rule in needed}
    short = {rule: n - reached[rule] for rule, n in needed.items() if n > reached[rule]}
    if short or not any(needed.values()):
        status: Status = "infeasible" if short else "optimal"
        return Fix(needed, (), 0.0, 0.0, 0.0, status, time.perf_counter() - began, within, short)
    chosen, cost, bound, status = _solve(steps, pairs, needed, time_limit)
    gap = 0.0 if cost <= bound else (cost - bound) / max(cost, 1e-12) if math.isfinite(cost) else math.inf
    took = time.perf_counter() - began
    return Fix(needed, tuple(steps[i] for i in chosen), cost, bound, gap, status, took, within)


def lacking(result: RuleResult) -> int:
    """Return how many more units must be met for a rule's threshold, 0 where it is met."""
    counts, threshold = result.counts, result.rule.threshold
    goal = threshold if getattr(result.rule, "measure", "share") == "count" else threshold * counts.in_scope
    return max(0, math.ceil(goal - 1e-9) - counts.met)


@dataclass(frozen=True)
class _Ground:
    layers: Layers
    results: Sequence[RuleResult]
    within: float
    costs: Costs
    outlooks: Mapping[str, BoardOutlook]

    def steps(self) -> list[Step]:
        """Return every measure that could help, in a fixed order."""
        by_layer: dict[str, list[RuleResult]] = {}
        for result in self.results:
            by_layer.setdefault(result.rule.layer, []).append(result)  # type: ignore[union-attr]
        found: list[Step] = []
        for layer, results in sorted(by_layer.items()):
            for level in ("township", "village"):
                mine = [result for result in results if result.rule.unit == level]
                if mine:
                    found += self._of(layer, level, mine)
        return [step for step in found if step.mends]

    def _of(self, layer: str, level: str, results: Sequence[RuleResult]) -> Iterable[Step]:
        units = unit_sites(self.layers, "villages" if level == "village" else "townships")
        gaps = {result.rule.id: _open(result) for result in results}
        shareable = LAYERS[layer].links == "serves" and level == "village"
        if self.costs.build is not None:
            yield from self._builds(layer, units, gaps, self.costs.build, shareable=shareable)
        if shareable and self.costs.share is not None:
            yield from self._shares(layer, units, results, gaps, self.costs.share)
        if self.costs.update is not None:
            for result in results:
                if isinstance(result.rule, FreshnessRule):
                    yield from self._updates(result, gaps[result.rule.id], self.costs.update)

    def _builds(
        self, layer: str, units: Sites, gaps: Mapping[str, set[str]], cost: float, *, shareable: bool
    ) -> Iterable[Step]:
        anywhere = set().union(*gaps.values())
        at = np.flatnonzero([code in anywhere for code in units.ids])
        near = _near(units, units, at, self.within) if shareable else {}
        for j in at if not shareable else range(len(units)):
            code = str(units.ids[j])
            mends = {
                (rule, code): "新建在本单位"
                for rule, open_ in sorted(gaps.items())
                if code in open_ and self._built(rule, code)
            }
            others = {c: m for c, m in near.get(int(j), {}).items() if c != code}
            if not mends and not others:
                continue
            for rule, open_ in sorted(gaps.items()):
                mends |= {
                    (rule, c): f"共用新建在{units.names[j]}的，相距{metres:.0f}米"
                    for c, metres in sorted(others.items())
                    if c in open_ and self._built(rule, c)
                }
            serves = tuple(sorted({c for _, c in mends} - {code}))
            yield Step(Add(kind="add", layer=layer, unit=code, serves=serves, cost=cost), mends)

    def _shares(
        self,
        layer: str,
        units: Sites,
        results: Sequence[RuleResult],
        gaps: Mapping[str, set[str]],
        cost: float,
    ) -> Iterable[Step]:
        facilities = facility_sites(self.layers, layer)
        anywhere = set().union(*gaps.values())
        at = np.flatnonzero([code in anywhere for code in units.ids])
        near = _near(facilities, units, at, self.within)
        good = {result.rule.id: _met(result) for result in results}
        for e, others in sorted(near.items(), key=lambda pair: str(facilities.ids[pair[0]])):
            home, name = str(facilities.units[e]), facilities.names[e] or facilities.ids[e]
            number = str(facilities.ids[e])
            rules = [rule for rule in sorted(gaps) if rule in self.outlooks or home in good[rule]]
            for code, metres in sorted(others.items()):
                why = f"共用{name}，相距{metres:.0f}米"
                mends = {
                    (rule, code): why
                    for rule in rules
                    if code in gaps[rule] and code != home and self._shared(rule, number, code)
                }
                measure = Share(kind="share", layer=layer, id=number, serves=(code,), cost=cost)
                yield Step(measure, mends)

    def _updates(self, result: RuleResult, open_: set[str], cost: float) -> Iterable[Step]:
        boards = self.layers["boards"].sort_values("id")
        told = (boards[column].tolist() for column in ("id", "name", "unit_code", "serves"))
        for number, name, home, serves in zip(*told, strict=True):
            why = f"更换{name or number}的内容"
            outlook = self.outlooks[result.rule.id]
            mends = {
                (result.rule.id, code): why
                for code in sorted({home, *(serves or ())} & open_)
                if outlook.mended_by_changing(number, code)
            }
            yield Step(Update(kind="update", id=number, cost=cost), mends)

    def _built(self, rule: str, unit: str) -> bool:
        return rule not in self.outlooks or self.outlooks[rule].mended_by_new(unit)

    def _shared(self, rule: str, board: str, unit: str) -> bool:
        return rule not in self.outlooks or self.outlooks[rule].mended_by_sharing(board, unit)


def _solve(
    steps: Sequence[Step], pairs: Sequence[Pair], needed: Mapping[str, int], time_limit: float | None
) -> tuple[list[int], float, float, Status]:
    """Return the measures taken, their cost, its lower bound and how it ended.

    Variables: one for each measure, then one for each pair, which is 1 only if a measure taken mends it.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    n, m = len(steps), len(pairs)
    where = {pair: k for k, pair in enumerate(pairs)}
    mends = [(where[pair], i) for i, step in enumerate(steps) for pair in step.mends]
    rows = [k for k, _ in mends] + list(range(m))
    columns = [i for _, i in mends] + list(range(n, n + m))
    values = [1.0] * len(mends) + [-1.0] * m
    mended = LinearConstraint(coo_array((values, (rows, columns)), shape=(m, n + m)).tocsr(), 0, np.inf)
    counted = np.zeros((len(needed), n + m))
    for r, rule in enumerate(needed):
        counted[r, n:] = [pair[0] == rule for pair in pairs]
    enough = LinearConstraint(counted, np.array(list(needed.values()), dtype=float), np.inf)
    prices = np.zeros(n + m)
    prices[:n] = [step.measure.cost for step in steps]
    options: dict[str, Any] = {"mip_rel_gap": 0.0} | ({} if time_limit is None else {"time_limit": time_limit})
    whole = {"integrality": np.r_[np.ones(n), np.zeros(m)], "bounds": Bounds(0, 1)}
    best = milp(prices, constraints=[mended, enough], options=options, **whole)
    if best.x is None:
        return [], math.inf, 0.0, "time_limit"
    cost = float(prices @ np.round(best.x))
    bound = cost if best.status == 0 else max(0.0, float(best.mip_dual_bound or 0.0))
    if best.status != 0:
        return np.flatnonzero(best.x[:n] > 0.5).tolist(), cost, bound, "time_limit"
    # Of the cheapest, the one whose measures come first.
    order = np.r_[np.arange(1.0, n + 1), np.zeros(m)]
    cheap = LinearConstraint(prices[None, :], -np.inf, cost + 1e-7 * max(1.0, cost))
    first = milp(order, constraints=[mended, enough, cheap], options=options, **whole)
    taken = best.x if first.x is None else first.x
    return np.flatnonzero(taken[:n] > 0.5).tolist(), cost, bound, "optimal"


def _near(places: Sites, units: Sites, at: Any, within: float) -> dict[int, dict[str, float]]:
    """Return place → {unit: metres} for the units at `at` that lie within reach of it."""
    from geo.nearest import distance_matrix

    here = np.flatnonzero(places.located)
    there = np.array([i for i in at if units.located[i]], dtype=np.intp)
    if not len(here) or not len(there):
        return {}
    metres = distance_matrix(places.lonlat[here], units.lonlat[there])
    found: dict[int, dict[str, float]] = {}
    for i, k in np.argwhere(metres <= within).tolist():
        found.setdefault(int(here[i]), {})[str(units.ids[there[k]])] = float(metres[i, k])
    return found


def can_fix(rule: Rule) -> bool:
    """Say whether building, sharing or renewing can mend a rule."""
    return isinstance(rule, PresenceRule | FreshnessRule) and rule.layer not in ("schools", "activities")


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _result(assessment: Assessment, rule_id: str) -> RuleResult:
    rule = assessment.plan.rule(rule_id)
    if not can_fix(rule):
        msg = f"规则“{rule_id}”（{rule.requirement}）不能靠新建、共用或更换来补上；请选活动站、宣传栏、科普员等要求"
        raise InputRefused(msg)
    return next(each for task in assessment.tasks for each in task.rules if each.rule.id == rule_id)


def _open(result: RuleResult) -> set[str]:
    states = result.findings.states
    return {str(code) for code in result.findings.codes[(states != MET) & (states != NOT_APPLICABLE)]}


def _met(result: RuleResult) -> set[str]:
    return {str(code) for code in result.findings.codes[result.findings.states == MET]}


def _check(within: float, costs: Costs) -> None:
    told = {"距离": within, "新建": costs.build, "共用": costs.share, "更换": costs.update}
    for name, value in told.items():
        if value is not None and not (math.isfinite(value) and value >= 0):
            msg = f"{name}“{value}”不能用：要是不小于 0 的数"
            raise InputRefused(msg)
