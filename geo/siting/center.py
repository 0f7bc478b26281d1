"""p-center: the p sites that keep the worst-off demand point nearest (Minieka 1970, doi 10.1137/1012016).

The least radius is one of the costs. Bisection over them asks each time whether p sites can cover every point within
a radius; a bound by prices answers no, a choice of sites answers yes.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from geo.siting.allocation import Allocation
from geo.siting.conditioned import Conditioned
from geo.siting.median import cheapest
from geo.siting.question import costs_of, deadline_of, demand_of, in_canonical_order, number_of, sites_of
from geo.siting.reductions import reduced
from geo.siting.search import Search
from geo.siting.set_cover import greedily
from geo.siting.solution import Clash, Solution

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

    from geo.siting.allocation import Flags, Floats, Indices
    from geo.siting.conditions import Conditions

    Choice = tuple[Indices, float]

_SMALL = 6_000


def p_center(
    cost: ArrayLike,
    p: int,
    *,
    demand: ArrayLike | None = None,
    fixed: Sequence[int] = (),
    conditions: Conditions | None = None,
    time_limit: float | None = None,
) -> Solution:
    """Choose p sites, the fixed ones among them, that minimise the largest cost of a point's cheapest site.

    `cost` is (demand points, candidate sites), not negative, infinite where a site must not serve a point. With a
    `demand` the largest demand × cost is minimised (the weighted p-center); points without demand don't count.
    `time_limit` is in seconds. Sites that the radius doesn't need are placed where they shorten most. Under
    conditions at most p sites are chosen. Raises `SitingRefused` for input that cannot be meant.
    """
    deadline = deadline_of(time_limit)
    matrix = costs_of(cost)
    n, m = matrix.shape
    kept = sites_of(fixed, m, "已定的点")
    number = number_of(p, m, kept)
    weights = demand_of(demand, n)
    points = np.flatnonzero(weights > 0)
    weighted = matrix[points] * weights[points, None]
    if conditions is None:
        return _plain(matrix, points, weighted, number, kept, deadline)
    model = Conditioned(np.isfinite(weighted), points, conditions.checked((n, m), weights), number, kept)
    return _under_conditions(matrix, weighted, model, deadline)


def _plain(matrix: Floats, points: Indices, weighted: Floats, p: int, fixed: Indices, deadline: float) -> Solution:
    began = time.perf_counter()
    nowhere = np.flatnonzero(~np.isfinite(weighted).any(axis=1))
    clashes = tuple(Clash("demand", int(i), f"需求点{i}：没有一个候选点够得着") for i in points[nowhere])
    if clashes:
        return Solution.none(len(matrix), seconds=time.perf_counter() - began, clashes=clashes)
    rows = weighted[in_canonical_order(weighted)]

    def within(radius: float) -> Choice | None:
        sites = covered_by(rows <= radius, p, fixed, deadline)
        return None if sites is None else (sites, float(rows[:, sites].min(axis=1).max()))

    lower, found = bisect(rows, within, deadline)
    if found is None:
        seconds = time.perf_counter() - began
        if time.perf_counter() > deadline:
            return Solution.none(len(matrix), seconds=seconds, bound=lower)
        both = (Clash("count", None, f"共设{p}个点"), Clash("demand", None, "每个需求点都要有够得着的点"))
        return Solution.none(len(matrix), seconds=seconds, clashes=both)
    sites = _filled(rows, found, p)
    radius = float(rows[:, sites].min(axis=1).max())
    seconds = time.perf_counter() - began
    return Solution.of(sites, cheapest(matrix, sites), radius, min(lower, radius), seconds=seconds)


def bisect(weighted: Floats, within: Callable[[float], Choice | None], deadline: float) -> tuple[float, Indices | None]:
    """The least radius for which `within` has sites, or a lower bound on it, and the sites of the least one found.

    `within` gives sites and the radius that they need, None if it is proven that there are none, and raises
    `TimeoutError` if it doesn't know.
    """
    radii = np.unique(weighted[np.isfinite(weighted)])
    low = int(np.searchsorted(radii, weighted.min(axis=1).max()))
    high, best = len(radii), None
    while low < high:
        # The first question is whether there is any choice at all.
        middle = high - 1 if best is None else (low + high) // 2
        try:
            found = None if time.perf_counter() > deadline else within(float(radii[middle]))
        except TimeoutError:
            break
        if found is None and (best is None or time.perf_counter() > deadline):
            break
        if found is None:
            low = middle + 1
        else:
            best, needed = found
            high = min(middle, int(np.searchsorted(radii, needed)))
    return float(radii[min(low, len(radii) - 1)]), best


def covered_by(covers: Flags, p: int, fixed: Indices, deadline: float = math.inf) -> Indices | None:
    """At most p sites, the fixed ones among them, that cover every row; None if it is proven that there are none.

    Raises `TimeoutError` if the deadline passes before that.
    """
    left = covers[~covers[:, fixed].any(axis=1)]
    if not left.any(axis=1).all():
        return None
    sure, rows, columns = reduced(left, np.ones(covers.shape[1]))
    chosen = np.union1d(fixed, sure)
    left = left[np.ix_(rows, columns)]
    if len(chosen) > p or (len(chosen) == p and len(left)):
        return None
    quickly = greedily(left, np.ones(len(columns)))
    some = quickly if len(chosen) + len(quickly) <= p else _exactly(left, p - len(chosen), deadline)
    return None if some is None else np.union1d(chosen, columns[some]).astype(np.intp)


def _exactly(covers: Flags, p: int, deadline: float) -> Indices | None:
    """p columns that cover every row, by search: one row left uncovered is as bad as all."""
    if p >= covers.shape[1]:
        return np.arange(covers.shape[1])

    def worth(sites: Indices) -> float:
        return float(not covers[:, sites].any(axis=1).all())

    found = Search(
        Allocation.covering(covers, np.ones(len(covers)), p), len(covers), worth, deadline, grain=1.0, small=_SMALL
    ).run()
    if found.value and found.bound < found.value:
        raise TimeoutError
    return None if found.value else found.sites


def _filled(weighted: Floats, sites: Indices, p: int) -> Indices:
    """Sites up to p: one more at a time, whichever lowers the sum of costs most, the first of equals."""
    while len(sites) < p:
        paid = weighted[:, sites].min(axis=1)
        gain = np.maximum(paid[:, None] - weighted, 0).sum(axis=0)
        gain[sites] = -1
        sites = np.sort(np.r_[sites, int(np.argmax(gain))])
    return sites


def _under_conditions(matrix: Floats, weighted: Floats, model: Conditioned, deadline: float) -> Solution:
    began = time.perf_counter()
    served = np.zeros(len(weighted), dtype=np.intp)

    def within(radius: float) -> Choice | None:
        narrow = replace(model, allowed=weighted <= radius)
        outcome = narrow.feasible().solve(deadline)
        if outcome.x is None:
            if outcome.status == "time_limit":
                raise TimeoutError
            return None
        sites = narrow.sites(outcome.x)
        capacitated = model.conditions.capacity is not None
        served[:] = narrow.allocation(outcome.x) if capacitated else cheapest(weighted, sites)
        return sites, float(weighted[np.arange(len(weighted)), served].max())

    reachable = bool(model.allowed.any(axis=1).all())
    lower, sites = bisect(weighted, within, deadline) if reachable else (math.nan, None)
    if sites is None:
        program = model.feasible()
        return model.refused(program, program.solve(deadline), began, deadline)
    assignment = cheapest(matrix, sites)
    assignment[model.points] = served
    radius = float(weighted[np.arange(len(weighted)), served].max())
    return Solution.of(sites, assignment, radius, min(lower, radius), seconds=time.perf_counter() - began)
