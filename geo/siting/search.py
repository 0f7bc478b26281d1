"""Branch and bound over Lagrangian bounds: the best p sites of an allocation, proven.

At every node the bound decides most sites (variable fixing by reduced costs), which leaves a smaller problem to bound
again; what is left is split on the site about which the bound is least sure. Nothing depends on threads or on the
clock, unless the time runs out.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from geo.siting.dual import Ascent, ascend
from geo.siting.interchange import TINY, greedy, interchange, lowest_numbered
from geo.siting.remainder import solved

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from geo.siting.allocation import Allocation, Floats, Indices

_ROOT = (Ascent(150, 1.0, 0.85), Ascent(150, 0.5, 0.85))
_NODE = Ascent(40, 0.2, 0.7)
_ROOT_TURNS = 6
_POLISHED_NODES = 200
_GRAIN_SLACK = 1e-4
_DEEPER = 4
"""Below the root there are many problems to solve, so only smaller ones are handed over."""
_MUCH = 0.2
"""Of the sites: if so many were decided, the smaller problem is bounded again before it is split."""
_CLOSER = 0.95
"""The root is bounded again while that leaves less than this of the gap."""


@dataclass(frozen=True)
class Found:
    """The best sites known, what they cost, and a bound on what any sites cost; prices of the root, by caller's row."""

    sites: Indices
    value: float
    bound: float
    prices: Floats | None


@dataclass(frozen=True)
class _Node:
    problem: Allocation
    prices: Floats
    opened: Indices
    bound: float
    limits: Floats
    """What each of the caller's rows pays less than in any better choice."""


@dataclass
class Search:
    """Find the best p sites. `worth` gives the true total of sites, which the allocation bounds from below.

    `points` is how many rows the caller has. With `grain` > 0 every total is a multiple of it. `starts` are choices to
    begin with; `prices` of an earlier search of nearly the same problem, by the caller's rows, make the first bound
    better. What is left of no more than `small` pairs is handed to HiGHS, which is quicker there than splitting
    further. If the allocation is a relaxation, `exact` gives the exact problem of choosing p of some sites where others
    are open, without the pairs of at least a limit.
    """

    problem: Allocation
    points: int
    worth: Callable[[Indices], float]
    deadline: float = math.inf
    grain: float = 0.0
    starts: Sequence[Indices] = ()
    prices: Floats | None = None
    small: int = 0
    exact: Callable[[Indices, Indices, int, Floats], Allocation] | None = None
    _best: Indices = field(init=False, default_factory=lambda: np.zeros(0, dtype=np.intp))
    _value: float = field(init=False, default=math.inf)
    _visited: int = field(init=False, default=0)
    _root_prices: Floats | None = field(init=False, default=None)

    def run(self) -> Found:
        """Search until the best sites are proven or the deadline has passed."""
        root = self.problem
        for start in (None, *self.starts):
            first = None if start is None else np.flatnonzero(np.isin(root.sites, start))
            self._try(root.sites[interchange(root, greedy(root, first))])
        stack = [
            _Node(root, self._first_prices(), np.zeros(0, dtype=np.intp), -math.inf, np.full(self.points, math.inf))
        ]
        while stack and (not self._visited or time.perf_counter() < self.deadline):
            node = stack.pop()
            if node.bound < self._cutoff:
                stack += self._visit(node)
                self._visited += 1
        bound = min([self._value, *(node.bound for node in stack)])
        places = np.flatnonzero(np.isin(root.sites, self._best))
        chosen = lowest_numbered(root, places, self.worth, self._value)
        return Found(np.sort(root.sites[chosen]), self._value, bound, self._root_prices)

    @property
    def _cutoff(self) -> float:
        """A bound from which on nothing better can be found."""
        return self._value - max(TINY * abs(self._value), self.grain * (1 - _GRAIN_SLACK))

    def _try(self, sites: Indices) -> None:
        value = self.worth(sites)
        if value < self._value:
            self._best, self._value = sites, value

    def _first_prices(self) -> Floats:
        """Prices between what each row pays with the best sites known and what it would without its own."""
        root = self.problem
        if self.prices is not None:
            return np.minimum(self.prices[root.rows], root.ceiling)
        paid, without, _ = root.two_cheapest(np.flatnonzero(np.isin(root.sites, self._best)))
        return (paid + without) / 2

    def _visit(self, node: _Node) -> list[_Node]:
        """Bound a node, decide what the bound decides, and split what is left: the more promising part last."""
        problem, prices, opened, limits, gap = node.problem, node.prices, node.opened, node.limits.copy(), math.inf
        for turn in count():
            if problem.p == 0 or problem.shape[1] <= problem.p:
                if problem.p in (0, problem.shape[1]):
                    self._try(np.r_[opened, problem.sites[: problem.p]])
                return []
            how = _NODE if self._visited else _ROOT[min(turn, 1)]
            found = ascend(problem, prices, self._value, self._cutoff, how, self.deadline)
            if self._visited < _POLISHED_NODES:
                self._try(np.r_[opened, problem.sites[interchange(problem, found.chosen)]])
            if self._root_prices is None:
                self._root_prices = self._spread(problem, found.prices)
            if found.value >= self._cutoff:
                return []
            on, off = found.decisions(self._cutoff)
            opened = np.r_[opened, problem.sites[on]]
            limit = found.prices + (self._cutoff - found.value)
            limits[problem.rows] = np.minimum(limits[problem.rows], limit)
            smaller = problem.below(limit).decided(on, off)
            prices = np.minimum(found.prices[np.isin(problem.rows, smaller.rows)], smaller.ceiling)
            share = found.share[~(on | off)]
            decided, problem = 1 - smaller.shape[1] / problem.shape[1], smaller
            before, gap = gap, self._value - found.value
            if not problem.shape[1] > problem.p > 0:
                continue
            left = _Node(problem, prices, opened, max(node.bound, found.value), limits)
            if (rest := self._rest(left)) is not None:
                return self._hand_over(left, rest)
            again = not self._visited and turn < _ROOT_TURNS and gap < _CLOSER * before
            if not (again or decided > _MUCH):
                return self._split(left, share)
        raise AssertionError

    def _rest(self, node: _Node) -> Allocation | None:
        """What is left to decide, exactly, if it is small."""
        small = self.small // (_DEEPER if self._visited else 1)
        if len(node.problem.row) > small:
            return None
        if self.exact is None:
            return node.problem
        rest = self.exact(node.opened, node.problem.sites, node.problem.p, node.limits)
        return rest if len(rest.row) <= small else None

    def _hand_over(self, node: _Node, rest: Allocation) -> list[_Node]:
        """Have HiGHS solve what is left."""
        columns, outcome = solved(rest, self.deadline)
        if len(columns):
            self._try(np.r_[node.opened, rest.sites[columns]])
        if outcome.status != "time_limit":
            return []
        return [node if math.isnan(outcome.bound) else replace(node, bound=max(node.bound, outcome.bound))]

    def _split(self, node: _Node, share: Floats) -> list[_Node]:
        doubtful = np.zeros(len(share), dtype=bool)
        doubtful[np.argmin(np.abs(share - 0.5))] = True
        parts = []
        for on, off in ((~doubtful & doubtful, doubtful), (doubtful, ~doubtful & doubtful)):
            part = node.problem.decided(on, off)
            prices = np.minimum(node.prices[np.isin(node.problem.rows, part.rows)], part.ceiling)
            parts.append(_Node(part, prices, np.r_[node.opened, node.problem.sites[on]], node.bound, node.limits))
        return parts

    def _spread(self, problem: Allocation, prices: Floats) -> Floats:
        """Prices by the caller's rows."""
        everywhere = np.zeros(self.points)
        everywhere[problem.rows] = prices
        return everywhere
