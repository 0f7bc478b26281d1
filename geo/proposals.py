"""Where to build for a rule of the plan: the siting models asked about a place's own villages and facilities.

Demand are the villages in scope that the rule finds not met or not reported; a new facility stands in a village, or at
another place that is named, and serves those within reach of it. Distances are geodesic metres, or ways along roads.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.errors import InputRefused
from geo.plans.rules import FreshnessRule, PresenceRule
from geo.proposed import Candidates, Model, NewSite, Proposal, Question, Weight
from geo.schema import LAYERS
from geo.sites import Sites, facility_sites, unit_sites
from geo.states import MET, NOT_APPLICABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo.assessment import Assessment, RuleResult
    from geo.layers import Layers
    from geo.place import Place
    from geo.plans.rules import Rule
    from geo.roads import Mode, Roads
    from geo.siting import Clash, Solution

__all__ = [
    "Candidates", "Ground", "Model", "NewSite", "Proposal", "Question", "Weight", "can_site", "curve", "propose",
]  # fmt: skip


def propose(
    layers: Layers,
    assessment: Assessment,
    place: Place,
    question: Question,
    *,
    roads: Roads | None = None,
    mode: Mode = "walk",
) -> Proposal:
    """Answer where to build for a rule.

    `layers` are cut to the assessment's day. With `roads`, distances are ways along them (`geo.access`). Raises
    InputRefused for a rule that no building can mend, UnknownRule, and SitingRefused for more sites than candidates.
    """
    return Ground(layers, assessment, place, question, roads=roads, mode=mode).answer(question)


def can_site(rule: Rule) -> bool:
    """Say whether `propose` can be asked about a rule: facilities of villages, reported one by one."""
    return isinstance(rule, PresenceRule | FreshnessRule) and rule.unit == "village" and rule.layer != "activities"


def curve(
    layers: Layers, assessment: Assessment, place: Place, question: Question, most: int
) -> list[tuple[int, float, float]]:
    """Return (number of sites, objective, bound) for 1 to `most` sites: each point is the best there is."""
    return Ground(layers, assessment, place, question).curve(question, most)


class Ground:
    """A rule's demand and candidates, and how far they are from each other."""

    def __init__(
        self,
        layers: Layers,
        assessment: Assessment,
        place: Place,
        question: Question,
        *,
        roads: Roads | None = None,
        mode: Mode = "walk",
    ) -> None:
        self.result = _result(assessment, question.rule)
        self.layer: str = self.result.rule.layer  # type: ignore[union-attr]
        self.homes = dict(zip(layers["villages"]["code"], layers["villages"]["township_code"], strict=True))
        self.roads, self.mode = roads, mode
        villages = unit_sites(layers)
        states = dict(zip(self.result.findings.codes, self.result.findings.states, strict=True))
        state = np.array([states.get(code, NOT_APPLICABLE) for code in villages.ids])
        whole = question.model in ("median", "center")
        wanted = state != NOT_APPLICABLE if whole else (state != NOT_APPLICABLE) & (state != MET)
        self.open = {str(code) for code in villages.ids[(state != NOT_APPLICABLE) & (state != MET)]}
        self.unlocated = tuple(str(name) for name in villages.names[wanted & ~villages.located])
        self.demand = _take(villages, wanted & villages.located)
        self.candidates = _candidates(layers, question.candidates, villages)
        self.standing = facility_sites(layers, self.layer) if whole else _take(self.candidates, np.zeros(0, dtype=int))
        self.standing = _take(self.standing, self.standing.located)
        self.people, self.estimated = self._people(layers, place)
        self.metres = self._metres()

    def answer(self, question: Question) -> Proposal:
        """Return the proposal for a question about this ground."""
        solution = self.solve(question, question.count)
        serves = self._serves(question, solution)
        fixed = len(self.standing)
        sites = tuple(self._site(int(j) - fixed, serves.get(int(j), ())) for j in solution.sites if j >= fixed)
        closed = {code for site in sites for code, _, _ in site.serves if self._covers(question, site, code)}
        names = dict(zip(self.demand.ids, self.demand.names, strict=True))
        left = tuple((code, str(names.get(code, code))) for code in sorted(self.open - closed))
        return Proposal(
            rule=question.rule,
            layer=self.layer,
            model=question.model,
            within=question.within,
            weight=question.weight,
            sites=sites,
            gaps=len(self.open),
            left=left,
            met_before=self.result.counts.met,
            in_scope=self.result.counts.in_scope,
            objective=_number(solution.objective),
            bound=_number(solution.bound),
            gap=_number(solution.gap),
            status=solution.status,
            seconds=solution.seconds,
            clashes=tuple(self._words(clash) for clash in solution.clashes),
            unlocated=self.unlocated,
            estimated=int(self.estimated.sum()) if question.weight == "people" else 0,
            straight=self.roads is None,
        )

    def _words(self, clash: Clash) -> str:
        """A clash in the place's own names."""
        if clash.kind == "demand" and isinstance(clash.subject, int):
            return f"{self.demand.names[clash.subject]}：没有一个候选点够得着"
        return clash.words

    def solve(self, question: Question, count: int | None) -> Solution:
        """Ask the model of a question for so many sites."""
        from geo import siting

        fixed = tuple(range(len(self.standing)))
        weights = np.where(np.isnan(self.people), 0.0, self.people) if question.weight == "people" else None
        groups = (*[""] * len(fixed), *(self.homes.get(code, code) for code in self.candidates.units))
        limits = None if question.most_each is None else dict.fromkeys(set(groups) - {""}, question.most_each)
        conditions = None if limits is None else siting.Conditions(groups=groups, at_most=limits)
        common: dict[str, Any] = {"conditions": conditions, "time_limit": question.time_limit}
        if question.model == "cover-all":
            return siting.lscp(self.metres <= question.within, **common)
        if count is None or count < 1:
            msg = "请说明新建几个：至少 1 个"
            raise InputRefused(msg)
        if question.model == "cover":
            return siting.mclp(self.metres <= question.within, count, demand=weights, **common)
        model = siting.p_median if question.model == "median" else siting.p_center
        return model(self.metres, len(fixed) + count, demand=weights, fixed=fixed, **common)

    def curve(self, question: Question, most: int, *, seconds: float | None = None) -> list[tuple[int, float, float]]:
        """Return (number of sites, objective, bound) for 1 to `most` sites, as far as it gets in so many seconds."""
        found, began = [], time.perf_counter()
        for count in range(1, min(most, len(self.candidates)) + 1):
            solution = self.solve(question, count)
            if solution.status == "infeasible" or not np.isfinite(solution.objective):
                break
            found.append((count, solution.objective, solution.bound))
            if seconds is not None and time.perf_counter() - began > seconds:
                break
        return found

    def _serves(self, question: Question, solution: Solution) -> dict[int, tuple[tuple[str, str, float], ...]]:
        """Return site → what it serves: for covers each gap's nearest chosen site, else as the model assigned."""
        if not len(solution.sites):
            return {}
        if question.model in ("cover", "cover-all"):
            near = solution.sites[self.metres[:, solution.sites].argmin(axis=1)]
            near = np.where(self.metres[np.arange(len(near)), near] <= question.within, near, -1)
        else:
            near = solution.assignment
        found: dict[int, list[tuple[str, str, float]]] = {}
        for i, j in enumerate(near.tolist()):
            if j >= 0:
                code, name = str(self.demand.ids[i]), str(self.demand.names[i])
                found.setdefault(j, []).append((code, name, float(self.metres[i, j])))
        return {j: tuple(sorted(served)) for j, served in found.items()}

    def _covers(self, question: Question, site: NewSite, code: str) -> bool:
        metres = next(m for c, _, m in site.serves if c == code)
        return code in self.open and (metres <= question.within or code == site.unit_code)

    def _site(self, j: int, serves: Sequence[tuple[str, str, float]]) -> NewSite:
        unit = str(self.candidates.units[j])
        at = {code: k for k, code in enumerate(self.demand.ids)}
        people = np.array([self.people[at[code]] for code, _, _ in serves], dtype=float)
        known = None if not len(people) or np.isnan(people).all() else float(np.nansum(people))
        lon, lat = self.candidates.lonlat[j].tolist()
        home = str(self.homes.get(unit, unit))
        return NewSite(unit, str(self.candidates.names[j]), home, (lon, lat), tuple(serves), known)

    def _people(self, layers: Layers, place: Place) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        from geo.population import village_population

        found = village_population(layers, place)
        at = {code: k for k, code in enumerate(found.codes)}
        rows = np.array([at[code] for code in self.demand.ids], dtype=np.intp)
        return found.people[rows], found.estimated[rows]

    def _metres(self) -> NDArray[np.float64]:
        """From each demand point to each column: what stands, then the candidates. 0 within one's own village."""
        from geo.access import ways
        from geo.nearest import distance_matrix

        columns = np.vstack([self.standing.lonlat, self.candidates.lonlat])
        if self.roads is None:
            metres = distance_matrix(self.demand.lonlat, columns)
        else:
            metres = ways(self.demand.lonlat, columns, self.roads, mode=self.mode).metres
        own = self.demand.ids[:, None] == np.concatenate([self.standing.units, self.candidates.units])[None]
        if LAYERS[self.layer].links != "serves":  # nobody else's: a village is served by its own alone
            return np.where(own, 0.0, np.inf)
        return np.where(own, 0.0, metres)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _candidates(layers: Layers, kind: Candidates, villages: Sites) -> Sites:
    if kind == "villages":
        return _take(villages, villages.located)
    schools = facility_sites(layers, "schools")
    return _take(schools, schools.located)


def _take(sites: Sites, rows: NDArray[Any]) -> Sites:
    return Sites(sites.ids[rows], sites.names[rows], sites.units[rows], sites.lonlat[rows], sites.placed[rows])


def _result(assessment: Assessment, rule_id: str) -> RuleResult:
    rule = assessment.plan.rule(rule_id)
    if not can_site(rule):
        msg = f"规则“{rule_id}”（{rule.requirement}）不是逐村设施的要求，不能选址；请选活动站、宣传栏、科普员等逐村要求"
        raise InputRefused(msg)
    return next(each for task in assessment.tasks for each in task.rules if each.rule.id == rule_id)
