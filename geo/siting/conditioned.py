"""The models under conditions, as programs for HiGHS: sites' variables first, then those of pairs or demand points."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from geo.siting.program import Program, Rows, clashes
from geo.siting.solution import Clash, Solution

if TYPE_CHECKING:
    from geo.siting.allocation import Flags, Floats, Indices
    from geo.siting.conditions import Checked
    from geo.siting.program import Outcome


_MOST = 0.5


@dataclass(frozen=True)
class Conditioned:
    """Some pairs of demand points and sites are `allowed`; at most p sites, if p is given.

    `points` are the caller's indices of the demand points, `load` of the conditions is by them.
    """

    allowed: Flags
    points: Indices
    conditions: Checked
    p: int | None
    fixed: Indices

    def covering(self) -> Program:
        """Every demand point has an open site (LSCP), at least cost of sites."""
        if self.conditions.capacity is not None:
            pairs = np.zeros(int(self.allowed.sum()))
            return self._allocated(self.conditions.costs, pairs, everybody=True)
        return self._program(self.conditions.costs, np.zeros(0), [self._covered(slack=False)])

    def feasible(self) -> Program:
        """Every demand point has an open site, at whatever cost."""
        program = self.covering()
        return replace(program, cost=np.zeros(len(program.cost)))

    def most_covered(self, demand: Floats) -> Program:
        """As little demand as can be is left without an open site (MCLP)."""
        none = np.zeros(self.allowed.shape[1])
        if self.conditions.capacity is not None:
            return self._allocated(none, -demand[np.nonzero(self.allowed)[0]], everybody=False)
        return self._program(none, demand, [self._covered(slack=True)])

    def cheapest(self, weighted: Floats) -> Program:
        """Every demand point is allocated to an open site, at least cost of pairs (p-median)."""
        return self._allocated(np.zeros(self.allowed.shape[1]), weighted[self.allowed], everybody=True)

    def sites(self, x: Floats) -> Indices:
        """The open sites of a point."""
        return np.flatnonzero(x[: self.allowed.shape[1]] > _MOST)

    def allocation(self, x: Floats) -> Indices:
        """Which site each demand point is allocated to in a point with variables of pairs, -1 if to none."""
        n, m = self.allowed.shape
        row, column = np.nonzero(self.allowed)
        taken = x[m:] > _MOST
        served = np.full(n, -1, dtype=np.intp)
        served[row[taken]] = column[taken]
        return served

    def refused(self, program: Program, outcome: Outcome, began: float, deadline: float) -> Solution:
        """The answer where no sites were found: which conditions clash, or that the time ran out."""
        found = clashes(program, deadline) if outcome.status == "infeasible" else ()
        seconds = time.perf_counter() - began
        return Solution.none(len(self.allowed), seconds=seconds, clashes=found, bound=outcome.bound)

    def _program(self, sites: Floats, others: Floats, rows: list[Rows], *, whole: bool = False) -> Program:
        integral = np.r_[np.ones(len(sites), dtype=bool), np.full(len(others), whole)]
        return Program(np.r_[sites, others], integral, [self.conditions.rows(self.p, self.fixed), *rows])

    def _covered(self, *, slack: bool) -> Rows:
        """The open sites of each demand point are one or more; with slack, a variable may stand in for them."""
        n, m = self.allowed.shape
        row, column = np.nonzero(self.allowed)
        if slack:
            row, column = np.r_[row, np.arange(n)], np.r_[column, m + np.arange(n)]
        return Rows(row, column, np.ones(len(row)), np.ones(n), np.full(n, np.inf), None if slack else self._reached)

    def _allocated(self, sites: Floats, pairs: Floats, *, everybody: bool) -> Program:
        """One site for each demand point, of those that are open and have capacity left."""
        n, m = self.allowed.shape
        row, column = np.nonzero(self.allowed)
        count = len(row)
        pair, one = m + np.arange(count), np.ones(count)
        lower = np.ones(n) if everybody else np.full(n, -np.inf)
        rows = [
            Rows(row, pair, one, lower, np.ones(n), self._reached if everybody else None),
            Rows(
                np.r_[np.arange(count), np.arange(count)],
                np.r_[pair, column],
                np.r_[one, -one],
                np.full(count, -np.inf),
                np.zeros(count),
            ),
        ]
        if self.conditions.capacity is not None:
            rows.append(self._capacity(row, column, pair, self.conditions.capacity))
        return self._program(sites, pairs, rows, whole=self.conditions.capacity is not None)

    def _capacity(self, row: Indices, column: Indices, pair: Indices, capacity: Floats) -> Rows:
        m = len(capacity)
        return Rows(
            np.r_[column, np.arange(m)],
            np.r_[pair, np.arange(m)],
            np.r_[self.conditions.load[self.points[row]], -capacity],
            np.full(m, -np.inf),
            np.zeros(m),
            lambda site: Clash("capacity", site, f"{site}号点至多服务{capacity[site]:g}"),
        )

    def _reached(self, row: int) -> Clash:
        return Clash("demand", int(self.points[row]), f"需求点{self.points[row]}须有够得着的点")
