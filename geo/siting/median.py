"""p-median: the p sites from which the demand travels least in all (Hakimi 1964, doi 10.1287/opre.12.3.450)."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from geo.siting.allocation import Allocation
from geo.siting.conditioned import Conditioned
from geo.siting.question import costs_of, deadline_of, demand_of, grain_of, in_canonical_order, number_of, sites_of
from geo.siting.search import Search
from geo.siting.solution import Clash, Solution

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from geo.siting.allocation import Floats, Indices
    from geo.siting.conditions import Conditions
    from geo.siting.search import Found

_SMALL = 2_000
_DEPTH = 3
_LEAST_DEPTH = 10
"""How many of its nearest sites a demand point is looked at with: 3 m / p, at least 10."""


def p_median(
    cost: ArrayLike,
    p: int,
    *,
    demand: ArrayLike | None = None,
    fixed: Sequence[int] = (),
    conditions: Conditions | None = None,
    time_limit: float | None = None,
) -> Solution:
    """Choose p sites, the fixed ones among them, that minimise Σ demand × cost of each point's cheapest site.

    `cost` is (demand points, candidate sites), not negative, infinite where a site must not serve a point; `demand`
    is 1 each if not given; `time_limit` is in seconds. Each point is assigned to its cheapest site, the first of
    equals. Of several best choices one is taken in which no site could give way to a lower-numbered one. Under
    conditions at most p sites are chosen; with capacities a point may have to go further than to its cheapest site.
    Raises `SitingRefused` for input that cannot be meant.
    """
    question = Median(cost, demand, fixed)
    number = number_of(p, question.sites, question.fixed)
    if conditions is None:
        return question.answer(number, deadline_of(time_limit))
    return question.conditioned(number, conditions, deadline_of(time_limit))


class Median:
    """A checked question, which can be asked for several p."""

    def __init__(self, cost: ArrayLike, demand: ArrayLike | None, fixed: Sequence[int]) -> None:
        self.cost = costs_of(cost)
        n, m = self.cost.shape
        self.sites, self.fixed = m, sites_of(fixed, m, "已定的点")
        self.demand = weights = demand_of(demand, n)
        weighted = self.cost[weights > 0] * weights[weights > 0, None]
        finite = np.where(np.isfinite(weighted), weighted, -1).max(axis=1)
        self.unreachable = np.flatnonzero(weights > 0)[finite < 0]
        # Dearer than any allowed choice, so that none that leaves a point unserved can be best.
        self.penalty = math.inf if np.isfinite(weighted).all() else 2 * float(finite.sum()) + 1
        weighted = np.minimum(weighted, self.penalty)
        self.weighted = weighted[in_canonical_order(weighted)]
        self.grain = grain_of(self.weighted)

    def answer(self, p: int, deadline: float = math.inf, before: Found | None = None) -> Solution:
        """The best p sites; `before` is what was found for one site fewer."""
        return self.search(p, deadline, before)[0]

    def search(self, p: int, deadline: float = math.inf, before: Found | None = None) -> tuple[Solution, Found | None]:
        """The answer, and what the search for one more site can begin with."""
        began = time.perf_counter()
        if len(self.unreachable):
            clashes = tuple(Clash("demand", int(i), f"需求点{i}：没有一个候选点够得着") for i in self.unreachable)
            return Solution.none(len(self.cost), seconds=time.perf_counter() - began, clashes=clashes), None
        found = Search(
            self._allocation(p),
            len(self.weighted),
            self._worth,
            deadline,
            self.grain,
            () if before is None else (before.sites,),
            None if before is None else before.prices,
            _SMALL,
            self._exact,
        ).run()
        return self._solution(p, found, began), found

    def conditioned(self, p: int, conditions: Conditions, deadline: float) -> Solution:
        """The best sites under conditions, at most p."""
        began = time.perf_counter()
        checked = conditions.checked(self.cost.shape, self.demand)
        points = np.flatnonzero(self.demand > 0)
        cost = self.cost[points]
        model = Conditioned(np.isfinite(cost), points, checked, p, self.fixed)
        program = model.cheapest(cost * self.demand[points, None])
        outcome = program.solve(deadline)
        if outcome.x is None:
            return model.refused(program, outcome, began, deadline)
        sites = model.sites(outcome.x)
        assignment = cheapest(self.cost, sites)
        if checked.capacity is not None:
            assignment[points] = model.allocation(outcome.x)
        paid = self.cost[points, assignment[points]] * self.demand[points]
        seconds = time.perf_counter() - began
        return Solution.of(sites, assignment, float(np.sort(paid).sum()), outcome.bound, seconds=seconds)

    def _allocation(self, p: int) -> Allocation:
        m = self.weighted.shape[1]
        depth = max(_LEAST_DEPTH, _DEPTH * m // p)
        ceiling = np.partition(self.weighted, depth, axis=1)[:, depth] if depth < m else self.weighted.max(axis=1)
        if len(self.fixed):
            ceiling = np.minimum(ceiling, self.weighted[:, self.fixed].min(axis=1))
        taken = np.zeros(m, dtype=bool)
        taken[self.fixed] = True
        return Allocation.of(self.weighted, ceiling, p).decided(taken, ~taken & taken)

    def _exact(self, opened: Indices, sites: Indices, p: int, limits: Floats) -> Allocation:
        """Choosing p of some sites where others are open, with all pairs below the limits."""
        there = np.r_[self.fixed, opened]
        cost = self.weighted[:, sites]
        ceiling = self.weighted[:, there].min(axis=1) if len(there) else cost.max(axis=1)
        problem = replace(Allocation.of(cost, ceiling, p), sites=sites)
        return problem.below(limits[problem.rows])

    def _worth(self, sites: Indices) -> float:
        chosen = np.sort(np.r_[self.fixed, sites])
        return float(self.weighted[:, chosen].min(axis=1).sum())

    def _solution(self, p: int, found: Found, began: float) -> Solution:
        seconds = time.perf_counter() - began
        if found.value >= self.penalty:
            if found.bound < self.penalty:
                return Solution.none(len(self.cost), seconds=seconds, bound=found.bound)
            clash = Clash("count", None, f"共设{p}个点")
            rest = Clash("demand", None, "每个需求点都要有够得着的点")
            return Solution.none(len(self.cost), seconds=seconds, clashes=(clash, rest))
        sites = np.sort(np.r_[self.fixed, found.sites])
        return Solution.of(sites, cheapest(self.cost, sites), found.value, found.bound, seconds=seconds)


def cheapest(cost: Floats, sites: Indices) -> Indices:
    """For each row the cheapest of the sites, the first of equals; -1 where all are out of reach."""
    paid = cost[:, sites]
    served = sites[np.argmin(paid, axis=1)]
    return np.where(np.isfinite(paid.min(axis=1)), served, -1)
