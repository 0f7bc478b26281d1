"""Lagrangian bounds: let demand points be allocated any number of times, at a price each (Narula et al. 1977).

For prices λ the problem falls apart by site. Opening site j is worth ρ_j = Σ_i min(0, cost_ij - λ_i), the p lowest are
opened, and base + Σ λ_i + Σ ρ_j over them bounds every choice of p sites from below. A subgradient method with
deflected directions (Camerini et al. 1975) raises the bound. Prices between 0 and the ceiling lose nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from geo.siting.allocation import Allocation, Flags, Floats, Indices

_LAST_STEP = 0.005
_SHRINK = 0.7
_PATIENCE = 10
_WORTH_WHILE = 1e-3
"""Of the gap: an ascent that gains less in `_PATIENCE` rounds takes shorter steps."""


@dataclass(frozen=True)
class Bound:
    """The best bound met: its prices λ, the worth ρ of each column, the p columns of least worth.

    `share` says how often each column was among them of late, between 0 and 1.
    """

    value: float
    prices: Floats
    worth: Floats
    chosen: Indices
    share: Floats

    def decisions(self, cutoff: float) -> tuple[Flags, Flags]:
        """Columns that are open, and closed, in every choice of less than the cutoff."""
        m, p = len(self.worth), len(self.chosen)
        inside = np.zeros(m, dtype=bool)
        inside[self.chosen] = True
        if p == m:
            return inside, ~inside
        last, following = self.worth[self.chosen].max(initial=-np.inf), self.worth[~inside].min()
        opened = inside & (self.value - self.worth + following >= cutoff)
        closed = ~inside & (self.value + self.worth - last >= cutoff)
        return opened, closed


@dataclass(frozen=True)
class Ascent:
    """How to climb: rounds, the first step as a share of Polyak's, how much of the old direction is kept."""

    rounds: int
    step: float
    memory: float


def ascend(problem: Allocation, prices: Floats, upper: float, cutoff: float, how: Ascent, deadline: float) -> Bound:
    """Raise the bound until it reaches the cutoff, stops rising, or the time is over."""
    n, m = problem.shape
    scale = problem.ceiling * problem.ceiling
    step, stalled, share, best = how.step, 0, np.zeros(m), None
    direction = np.zeros(n)
    for turn in range(how.rounds):
        value, worth, chosen, excess = _price(problem, prices)
        stalled = 0 if best is None or value > best.value + _WORTH_WHILE * (upper - best.value) else stalled + 1
        if best is None or value > best.value:
            best = Bound(value, prices, worth, chosen, share)
        if best.value >= cutoff or time.perf_counter() > deadline:
            break
        if stalled >= _PATIENCE:
            step, stalled = step * _SHRINK, 0
        share *= how.memory
        share[chosen] += 1 - how.memory
        direction += (excess - direction) * (1 - how.memory if turn else 1)
        uphill = np.where(
            ((prices <= 0) & (direction < 0)) | ((prices >= problem.ceiling) & (direction > 0)), 0, direction
        )
        length = float(scale @ (uphill * uphill))
        if length == 0 or step < _LAST_STEP:
            break
        prices = np.clip(prices + (step * (upper - value) / length) * scale * uphill, 0, problem.ceiling)
    assert best is not None
    return best


def _price(problem: Allocation, prices: Floats) -> tuple[float, Floats, Indices, Floats]:
    """The bound of these prices, the worth of each column, the p lowest, and 1 less how often each row is served."""
    n, m = problem.shape
    margin = np.minimum(problem.cost - prices[problem.row], 0)
    # Of no pairs at all bincount makes whole numbers.
    worth = np.asarray(np.bincount(problem.column, margin, m), dtype=np.float64)
    chosen = np.argpartition(worth, problem.p - 1)[: problem.p]
    on = np.zeros(m)
    on[chosen] = 1
    excess = 1 - np.asarray(np.bincount(problem.row, on[problem.column] * (margin < 0), n), dtype=np.float64)
    return problem.base + float(prices.sum()) + float(worth[chosen].sum()), worth, chosen, excess
