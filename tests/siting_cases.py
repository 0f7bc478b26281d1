"""Small random questions of siting, and their answers by trying everything."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Case:
    """Demand points × sites: costs (some infinite), who covers whom, demand (some 0), fixed sites among p."""

    cost: Floats
    covers: NDArray[np.bool_]
    demand: Floats
    p: int
    fixed: list[int]


def case(seed: int) -> Case:
    """Whole numbers with many ties in two of three cases, reals in the third."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 15)), int(rng.integers(1, 10))
    p = int(rng.integers(1, m + 1))
    cost = rng.uniform(0, 1, (n, m)) if seed % 3 == 0 else rng.integers(0, (4, 60)[seed % 2], (n, m)).astype(float)
    if seed % 4 == 0:
        cost[rng.random((n, m)) < 0.3] = np.inf
        cost[0, 0] = 1
    covers = rng.random((n, m)) < 0.35
    covers[0, 0] = True
    demand = rng.integers(0, 4, n).astype(float) if seed % 2 else rng.uniform(0, 2, n)
    demand[0] = 1
    fixed = rng.choice(m, int(rng.integers(0, min(p, 2) + 1)), replace=False).tolist() if seed % 5 < 2 else []
    return Case(cost, covers, demand, p, fixed)


@cache
def choices(m: int, p: int) -> Indices:
    """All choices of p of m sites, one a row."""
    return np.array(list(combinations(range(m), p)), dtype=np.intp).reshape(-1, p)


def allowed(case: Case, p: int) -> Indices:
    """All choices of p sites with the fixed ones."""
    every = choices(case.cost.shape[1], p)
    keeps = np.array([np.isin(case.fixed, choice).all() for choice in every], dtype=bool)
    return np.asarray(every[keeps])


def least_total(case: Case) -> float:
    """The p-median by trying everything; infinite where nothing serves everybody."""
    there = case.demand > 0
    weighted = case.cost[there] * case.demand[there, None]
    return float(weighted[:, allowed(case, case.p)].min(axis=2).sum(axis=0).min())


def least_radius(case: Case) -> float:
    """The weighted p-center."""
    there = case.demand > 0
    weighted = case.cost[there] * case.demand[there, None]
    return float(weighted[:, allowed(case, case.p)].min(axis=2).max(axis=0).min())


def most_covered(case: Case) -> float:
    """Maximal cover."""
    covered = case.covers[:, allowed(case, case.p)].any(axis=2)
    return float((covered * case.demand[:, None]).sum(axis=0).max())


def least_cover(case: Case, costs: Floats) -> float:
    """The cheapest set cover; infinite where some point has no site."""
    best = np.inf
    for p in range(max(1, len(case.fixed)), case.cost.shape[1] + 1):
        every = allowed(case, p)
        whole = case.covers[:, every].any(axis=2).all(axis=0)
        best = min(best, costs[every[whole]].sum(axis=1).min(initial=np.inf))
    return float(best)
