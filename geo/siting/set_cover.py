"""Set cover (LSCP): the fewest or cheapest sites that reach every demand point (Toregas et al. 1971).

doi 10.1287/opre.19.6.1363. The problem is reduced, and what falls apart is solved apart, by HiGHS.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from geo.siting.conditioned import Conditioned
from geo.siting.conditions import Conditions
from geo.siting.program import Program, Rows
from geo.siting.question import covers_of, deadline_of, demand_of, in_canonical_order, sites_of
from geo.siting.reductions import parts, reduced
from geo.siting.solution import Clash, Solution

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from geo.siting.allocation import Flags, Floats, Indices


_MOST = 0.5
_FREE = 1e-12
"""Stands for a cost of 0 where gains are divided by costs."""


def lscp(
    covers: ArrayLike,
    *,
    fixed: Sequence[int] = (),
    demand: ArrayLike | None = None,
    conditions: Conditions | None = None,
    time_limit: float | None = None,
) -> Solution:
    """Choose the fewest sites, the fixed ones among them, so that every demand point is within reach of one.

    `covers` is (demand points, candidate sites), true or 1 where a site is within reach. The objective is what the
    sites cost in all, by the conditions' costs, 1 each if there are none; `demand` is only needed for capacities.
    A point is assigned to the lowest-numbered site that covers it. A point that no candidate reaches makes the
    problem infeasible. Raises `SitingRefused` for input that cannot be meant.
    """
    began, deadline = time.perf_counter(), deadline_of(time_limit)
    matrix = covers_of(covers)
    n, m = matrix.shape
    chosen = sites_of(fixed, m, "已定的点")
    conditions = conditions or Conditions()
    checked = conditions.checked((n, m), demand_of(demand, n))
    nowhere = np.flatnonzero(~matrix.any(axis=1))
    if len(nowhere):
        clashes = tuple(Clash("demand", int(i), f"需求点{i}：没有一个候选点够得着") for i in nowhere)
        return Solution.none(n, seconds=time.perf_counter() - began, clashes=clashes)
    if not conditions.bind:
        sites, bound = fewest(matrix, checked.costs, chosen, deadline)
        return _solution(matrix, sites, checked.costs, bound, began)
    return _conditioned(Conditioned(matrix, np.arange(n), checked, None, chosen), began, deadline)


def fewest(covers: Flags, costs: Floats, fixed: Indices, deadline: float = math.inf) -> tuple[Indices, float]:
    """The cheapest sites that cover every row, the fixed ones among them, and a bound on their cost."""
    open_rows = np.flatnonzero(~covers[:, fixed].any(axis=1))
    if len(open_rows):
        open_rows = open_rows[in_canonical_order(np.packbits(covers[open_rows], axis=1))]
    sure, rows, columns = reduced(covers[open_rows], costs)
    chosen = [fixed, sure]
    left = covers[np.ix_(open_rows[rows], columns)]
    slack = 0.0
    for some_rows, some in parts(left):
        part = left[np.ix_(some_rows, some)]
        picked, unproven = _cheapest_cover(part, costs[columns[some]], deadline)
        slack += unproven
        chosen.append(columns[some[picked]])
    sites = np.unique(np.concatenate(chosen))
    return sites, float(costs[sites].sum()) - slack


def _cheapest_cover(covers: Flags, costs: Floats, deadline: float) -> tuple[Indices, float]:
    """The cheapest columns that cover every row, and how much less might do where the time ran out."""
    quickly, bound = greedily(covers, costs), _apart(covers, costs)
    paid = float(costs[quickly].sum())
    if paid <= bound:
        return quickly, 0.0
    outcome = Program(costs, np.ones(len(costs), dtype=bool), [_each_once(covers)]).solve(deadline)
    if outcome.x is not None:
        quickly = np.flatnonzero(outcome.x > _MOST)
        paid = float(costs[quickly].sum())
    if outcome.status == "optimal":
        return quickly, 0.0
    return quickly, paid - (bound if math.isnan(outcome.bound) else max(bound, outcome.bound))


def _apart(covers: Flags, costs: Floats) -> float:
    """A bound from rows that no column covers together: each needs a column of its own."""
    left, bound = covers, 0.0
    while len(left):
        first = left[np.argmin(left.sum(axis=1))]
        bound += float(costs[first].min())
        left = left[~left[:, first].any(axis=1)]
    return bound


def greedily(covers: Flags, costs: Floats) -> Indices:
    """A cover that takes whichever column covers most of what is left for its cost, the first of equals."""
    left, chosen = covers.copy(), []
    while left.any():
        gain = left.sum(axis=0) / np.maximum(costs, _FREE)
        best = int(np.argmax(gain))
        chosen.append(best)
        left = left[~left[:, best]]
    return np.array(sorted(chosen), dtype=np.intp)


def _each_once(covers: Flags) -> Rows:
    row, column = np.nonzero(covers)
    n = len(covers)
    return Rows(row, column, np.ones(len(row)), np.ones(n), np.full(n, np.inf))


def _conditioned(model: Conditioned, began: float, deadline: float) -> Solution:
    program = model.covering()
    outcome = program.solve(deadline)
    if outcome.x is None:
        return model.refused(program, outcome, began, deadline)
    sites, costs = model.sites(outcome.x), model.conditions.costs
    answer = _solution(model.allowed, sites, costs, outcome.bound, began)
    if model.conditions.capacity is None:
        return answer
    return replace(answer, assignment=model.allocation(outcome.x))


def _solution(covers: Flags, sites: Indices, costs: Floats, bound: float, began: float) -> Solution:
    assignment = sites[np.argmax(covers[:, sites], axis=1)]
    seconds = time.perf_counter() - began
    return Solution.of(sites, assignment, float(costs[sites].sum()), bound, seconds=seconds)
