"""Good choices of sites, quickly: greedy, then interchange (Teitz and Bart 1968, doi 10.1287/opre.16.5.955)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo.siting.allocation import Allocation, Floats, Indices

TINY = 1e-9
"""Of a total: differences below it are rounding."""


def greedy(problem: Allocation, first: Indices | None = None) -> Indices:
    """p columns: those given, then one at a time whichever lowers the total most, the first of equals."""
    chosen = [] if first is None else [int(column) for column in first[: problem.p]]
    paid = problem.ceiling.copy()
    on = np.isin(problem.column, chosen)
    np.minimum.at(paid, problem.row[on], problem.cost[on])
    order = np.argsort(problem.column, kind="stable")
    starts = np.searchsorted(problem.column[order], np.arange(problem.shape[1] + 1))
    while len(chosen) < problem.p:
        saved = np.maximum(paid[problem.row] - problem.cost, 0)
        gain = np.bincount(problem.column, saved, problem.shape[1])
        gain[chosen] = -1
        best = int(np.argmax(gain))
        chosen.append(best)
        pairs = order[starts[best] : starts[best + 1]]
        paid[problem.row[pairs]] = np.minimum(paid[problem.row[pairs]], problem.cost[pairs])
    return np.array(chosen, dtype=np.intp)


def interchange(problem: Allocation, chosen: Indices) -> Indices:
    """Exchange one site for another while that lowers the total, always by the best exchange."""
    chosen = chosen.copy()
    while len(chosen) and problem.shape[1] > len(chosen):
        total, change = changes(problem, chosen)
        out, into = divmod(int(np.argmin(change)), problem.shape[1])
        if change[out, into] >= -TINY * total:
            break
        chosen[out] = into
    return chosen


def changes(problem: Allocation, chosen: Indices) -> tuple[float, Floats]:
    """The total of the chosen columns, and how it changes if one (axis 0) gives way to a column (axis 1).

    Evaluated for all exchanges at once (Resende and Werneck 2007, doi 10.1007/s10479-006-0154-0): what the new site
    saves, what the old one is missed for, and a correction where the new one takes over from the old. Infinite for
    columns that are chosen already.
    """
    (_, m), p = problem.shape, len(chosen)
    paid, without, of = problem.two_cheapest(chosen)
    saved = np.bincount(problem.column, np.maximum(paid[problem.row] - problem.cost, 0), m)
    missed = np.bincount(of[of >= 0], (without - paid)[of >= 0], p)
    pairs = np.flatnonzero((of[problem.row] >= 0) & (problem.cost < without[problem.row]))
    row = problem.row[pairs]
    taken = without[row] - np.maximum(problem.cost[pairs], paid[row])
    correction = np.bincount(of[row] * m + problem.column[pairs], taken, p * m).reshape(p, m)
    # Of no pairs at all bincount makes whole numbers.
    change = np.asarray(missed[:, None] - saved[None, :] - correction, dtype=np.float64)
    change[:, chosen] = np.inf
    return float(paid.sum()) + problem.base, change


def lowest_numbered(problem: Allocation, chosen: Indices, worth: Callable[[Indices], float], best: float) -> Indices:
    """Exchange sites for lower-numbered ones while the true worth of the sites stays what it is.

    So no site of the answer could give way to a lower-numbered one alone: one rule for ties, the same on every run.
    """
    chosen = np.sort(chosen)
    tolerance = TINY * abs(best)
    while len(chosen):
        total, change = changes(problem, chosen)
        out, into = np.nonzero((total + change <= best + tolerance) & (np.arange(problem.shape[1]) < chosen[:, None]))
        for place, column in sorted(zip(out.tolist(), into.tolist(), strict=True), key=lambda pair: pair[::-1]):
            tried = np.sort(np.r_[np.delete(chosen, place), column])
            if worth(problem.sites[tried]) <= best + tolerance:
                chosen = tried
                break
        else:
            break
    return chosen
