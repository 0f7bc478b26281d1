"""Maximal cover (MCLP): the p sites that cover the most demand (Church and ReVelle 1974, doi 10.1007/BF01942293)."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np

from geo.siting.allocation import Allocation
from geo.siting.conditioned import Conditioned
from geo.siting.question import covers_of, deadline_of, demand_of, grain_of, in_canonical_order, number_of, sites_of
from geo.siting.search import Search
from geo.siting.solution import Solution

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from geo.siting.allocation import Flags, Floats, Indices
    from geo.siting.conditions import Conditions
    from geo.siting.search import Found

_SMALL = 6_000


def mclp(
    covers: ArrayLike,
    p: int,
    *,
    demand: ArrayLike | None = None,
    fixed: Sequence[int] = (),
    conditions: Conditions | None = None,
    time_limit: float | None = None,
) -> Solution:
    """Choose p sites, the fixed ones among them, that maximise the demand within reach of one.

    `covers` is (demand points, candidate sites), true or 1 where a site is within reach; `demand` is 1 each if not
    given; `time_limit` is in seconds. A point is assigned to the lowest-numbered site that covers it, -1 if none does.
    Of several best choices one is taken in which no site could give way to a lower-numbered one. Under conditions at
    most p sites are chosen; with capacities a point counts if one site serves it as a whole. Raises `SitingRefused`
    for input that cannot be meant.
    """
    question = Cover(covers, demand, fixed)
    number = number_of(p, question.sites, question.fixed)
    if conditions is None:
        return question.answer(number, deadline_of(time_limit))
    return question.conditioned(number, conditions, deadline_of(time_limit))


class Cover:
    """A checked question, which can be asked for several p. Demand points that the same sites cover are one."""

    def __init__(self, covers: ArrayLike, demand: ArrayLike | None, fixed: Sequence[int]) -> None:
        self.covers = covers_of(covers)
        n, m = self.covers.shape
        self.sites, self.fixed = m, sites_of(fixed, m, "已定的点")
        self.demand = demand_of(demand, n)
        self.total = float(np.sort(self.demand).sum())
        left = np.flatnonzero(~self.covers[:, self.fixed].any(axis=1) & self.covers.any(axis=1) & (self.demand > 0))
        self.distinct, self.lost = _merged(self.covers[left], self.demand[left])
        self.by_site = np.ascontiguousarray(self.distinct.T)
        self.grain = grain_of(self.lost)

    def answer(self, p: int, deadline: float = math.inf) -> Solution:
        """The best p sites."""
        return self.search(p, deadline)[0]

    def search(self, p: int, deadline: float = math.inf, before: Found | None = None) -> tuple[Solution, Found]:
        """The answer, and what the search for one more site can begin with: `before` of that one."""
        began = time.perf_counter()
        taken = np.zeros(self.covers.shape[1], dtype=bool)
        taken[self.fixed] = True
        problem = Allocation.covering(self.distinct, self.lost, p).decided(taken, np.zeros_like(taken))
        starts, prices = ((), None) if before is None else ((before.sites,), before.prices)
        found = Search(problem, len(self.lost), self._uncovered, deadline, self.grain, starts, prices, _SMALL).run()
        sites = np.sort(np.r_[self.fixed, found.sites])
        assignment = self._covering(sites)
        return self._solution(sites, assignment, found.bound - found.value, time.perf_counter() - began), found

    def conditioned(self, p: int, conditions: Conditions, deadline: float) -> Solution:
        """The best sites under conditions, at most p."""
        began = time.perf_counter()
        checked = conditions.checked(self.covers.shape, self.demand)
        points = np.flatnonzero(self.demand > 0)
        model = Conditioned(self.covers[points], points, checked, p, self.fixed)
        program = model.most_covered(self.demand[points])
        outcome = program.solve(deadline)
        if outcome.x is None:
            return model.refused(program, outcome, began, deadline)
        sites = model.sites(outcome.x)
        assignment = self._covering(sites)
        if checked.capacity is not None:
            assignment[points] = model.allocation(outcome.x)
        return self._solution(sites, assignment, outcome.bound - outcome.objective, time.perf_counter() - began)

    def _uncovered(self, sites: Indices) -> float:
        return float(self.lost[~self.by_site[sites].any(axis=0)].sum())

    def _covering(self, sites: Indices) -> Indices:
        covered = self.covers[:, sites]
        first = sites[np.argmax(covered, axis=1)] if len(sites) else np.zeros(len(covered), dtype=np.intp)
        return np.where(covered.any(axis=1), first, -1)

    def _solution(self, sites: Indices, assignment: Indices, slack: float, seconds: float) -> Solution:
        """Slack is by how much less demand might be left uncovered."""
        covered = self.total - float(np.sort(self.demand[assignment < 0]).sum())
        bound = covered - min(slack, 0.0)
        return Solution.of(sites, assignment, covered, bound, seconds=seconds)


def _merged(covers: Flags, demand: Floats) -> tuple[Flags, Floats]:
    """Each distinct row once with the demand of all like it, in an order that depends on their contents alone."""
    if not len(covers):
        return covers, demand
    order = np.argsort(demand, kind="stable")
    order = order[in_canonical_order(np.packbits(covers[order], axis=1))]
    rows, demand = covers[order], demand[order]
    first = np.r_[True, (rows[1:] != rows[:-1]).any(axis=1)]
    return rows[first], np.add.reduceat(demand, np.flatnonzero(first))
