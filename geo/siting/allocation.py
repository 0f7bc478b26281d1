"""The problem that p-median and maximal cover share: allocate each demand point to its cheapest open site.

    minimise  base + Σ_i min(ceiling_i, min over open j of cost_ij)     over p open sites

Only pairs cheaper than a demand point's ceiling are kept, as three parallel arrays. For maximal cover a covered pair
costs 0 and the ceiling is the demand that is lost; for p-median the ceiling cuts each list after its nearest sites,
which makes the problem a relaxation (it is exact wherever one of them is open). Opening or closing a site leaves a
smaller problem of the same kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.intp]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Allocation:
    """p more sites are to be chosen of `sites` (the caller's indices); `rows` are the caller's demand points."""

    row: Indices
    column: Indices
    cost: Floats
    ceiling: Floats
    sites: Indices
    rows: Indices
    p: int
    base: float = 0.0

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.ceiling), len(self.sites)

    @classmethod
    def of(cls, cost: Floats, ceiling: Floats, p: int) -> Allocation:
        """The pairs of a matrix (n, m) that cost less than the ceiling (n) of their row."""
        row, column = np.nonzero(cost < ceiling[:, None])
        n, m = cost.shape
        return cls(row, column, cost[row, column], ceiling, np.arange(m), np.arange(n), p)._without(np.ones(m, bool))

    @classmethod
    def covering(cls, covers: Flags, lost: Floats, p: int) -> Allocation:
        """Covered pairs are free, a row (n) without any loses its demand."""
        row, column = np.nonzero(covers)
        n, m = covers.shape
        left = cls(row, column, np.zeros(len(row)), lost, np.arange(m), np.arange(n), p)
        return left._without(np.ones(m, bool))

    def decided(self, opened: Flags, closed: Flags) -> Allocation:
        """The problem that is left once some sites are open and others are out of the question."""
        ceiling = self.ceiling
        if opened.any():
            ceiling = ceiling.copy()
            on = opened[self.column]
            np.minimum.at(ceiling, self.row[on], self.cost[on])
        left = Allocation(self.row, self.column, self.cost, ceiling, self.sites, self.rows, self.p, self.base)
        return left._without(~(opened | closed), int(opened.sum()))

    def below(self, limit: Floats) -> Allocation:
        """Without the pairs of at least the limit (n) of their row; to be served by none of the rest costs as much as
        the cheapest of them.
        """
        far = self.cost >= limit[self.row]
        if not far.any():
            return self
        ceiling = self.ceiling.copy()
        np.minimum.at(ceiling, self.row[far], self.cost[far])
        left = Allocation(self.row, self.column, self.cost, ceiling, self.sites, self.rows, self.p, self.base)
        return left._without(np.ones(len(self.sites), dtype=bool))

    def _without(self, keep: Flags, opened: int = 0) -> Allocation:
        alive = keep[self.column] & (self.cost < self.ceiling[self.row])
        row, column = self.row[alive], self.column[alive]
        used = np.zeros(len(self.ceiling), dtype=bool)
        used[row] = True
        return Allocation(
            (np.cumsum(used) - 1)[row],
            (np.cumsum(keep) - 1)[column],
            self.cost[alive],
            self.ceiling[used],
            self.sites[keep],
            self.rows[used],
            self.p - opened,
            self.base + float(self.ceiling[~used].sum()),
        )

    def two_cheapest(self, chosen: Indices) -> tuple[Floats, Floats, Indices]:
        """What each row costs with the chosen columns, what it costs without its site, and the site's place.

        The place is an index into `chosen`, -1 where the ceiling is cheaper.
        """
        n, m = self.shape
        place = np.full(m, -1)
        place[chosen] = np.arange(len(chosen))
        pairs = np.flatnonzero(place[self.column] >= 0)
        pairs = pairs[np.lexsort((place[self.column[pairs]], self.cost[pairs], self.row[pairs]))]
        row = self.row[pairs]
        first = np.diff(row, prepend=-1) != 0
        second = ~first
        second[1:] &= first[:-1]
        cheapest, next_best, of = self.ceiling.copy(), self.ceiling.copy(), np.full(n, -1)
        cheapest[row[first]], of[row[first]] = self.cost[pairs[first]], place[self.column[pairs[first]]]
        next_best[row[second]] = self.cost[pairs[second]]
        return cheapest, next_best, of
