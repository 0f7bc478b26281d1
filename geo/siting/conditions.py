"""What a choice of sites must keep beside its number: money, townships, pairs, capacity."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from geo.siting.program import Rows
from geo.siting.question import refuse, sites_of, vector
from geo.siting.solution import Clash

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike

    from geo.siting.allocation import Floats, Indices


@dataclass(frozen=True)
class Conditions:
    """Conditions on a choice of sites. Sites are columns; what is not given does not bind.

    costs      what opening each site costs, 0 for those that stand (default 1 each)
    budget     the most that all open sites may cost
    groups     the group (township) of each site
    at_most    the most open sites of each group: one number for all, or one by group
    at_least   likewise the fewest
    apart      pairs of sites that must not both be open
    closed     sites that must not be open
    capacity   the most demand that each site can serve; every demand point is then served by one site as a whole
    load       what each demand point takes of the capacity (default its demand)
    """

    costs: ArrayLike | None = None
    budget: float | None = None
    groups: Sequence[Hashable] | None = None
    at_most: int | Mapping[Hashable, int] | None = None
    at_least: int | Mapping[Hashable, int] | None = None
    apart: Sequence[tuple[int, int]] = ()
    closed: Sequence[int] = ()
    capacity: ArrayLike | None = None
    load: ArrayLike | None = None

    @property
    def bind(self) -> bool:
        """Whether anything but costs is given."""
        numbers = (self.budget, self.groups, self.at_most, self.at_least, self.capacity)
        return bool(self.apart or len(self.closed)) or any(given is not None for given in numbers)

    def checked(self, shape: tuple[int, ...], demand: Floats) -> Checked:
        """The conditions as arrays. Raises `SitingRefused` for what cannot be meant."""
        points, sites = shape
        if self.groups is None and (self.at_most is not None or self.at_least is not None):
            msg = "按组限定设点数，须说明每个候选点属于哪一组。"
            raise refuse(msg)
        if self.groups is not None and len(self.groups) != sites:
            msg = f"分组应为每个候选点一组（{sites}个），而不是{len(self.groups)}个。"
            raise refuse(msg)
        if self.budget is not None and not self.budget >= 0:
            msg = f"预算应为不小于0的数，而不是{self.budget}。"
            raise refuse(msg)
        pairs = [tuple(sites_of(list(pair), sites, "不能同设的两点").tolist()) for pair in self.apart]
        if any(len(pair) != 2 for pair in pairs):
            msg = "不能同设的应为两个不同的候选点。"
            raise refuse(msg)
        given = self.capacity is not None
        return Checked(
            costs=np.ones(sites) if self.costs is None else vector(self.costs, sites, "设点费用", "候选点"),
            budget=self.budget,
            groups={group: self._members(group) for group in dict.fromkeys(self.groups or ())},
            least=self._numbers(self.at_least, "至少"),
            most=self._numbers(self.at_most, "至多"),
            apart=sorted({(pair[0], pair[1]) for pair in pairs}),
            closed=sites_of(self.closed, sites, "不设的点"),
            capacity=vector(self.capacity, sites, "容量", "候选点") if self.capacity is not None else None,
            load=demand if self.load is None or not given else vector(self.load, points, "用量", "需求点"),
        )

    def _members(self, group: Hashable) -> Indices:
        return np.array([column for column, other in enumerate(self.groups or ()) if other == group], dtype=np.intp)

    def _numbers(self, limits: int | Mapping[Hashable, int] | None, what: str) -> dict[Hashable, int]:
        if limits is None:
            return {}
        known = dict.fromkeys(self.groups or ())
        by_group = dict.fromkeys(known, limits) if isinstance(limits, int) else dict(limits)
        for group, number in by_group.items():
            if group not in known and (number > 0 or what == "至多"):
                msg = f"没有属于{group}组的候选点。"
                raise refuse(msg)
            if number < 0:
                msg = f"{group}组{what}设{number}个点：应为不小于0的整数。"
                raise refuse(msg)
        return by_group


@dataclass(frozen=True)
class Checked:
    """Conditions as arrays, and as rows over the sites' variables, which come first in every program."""

    costs: Floats
    budget: float | None
    groups: dict[Hashable, Indices]
    least: dict[Hashable, int]
    most: dict[Hashable, int]
    apart: list[tuple[int, int]]
    closed: Indices
    capacity: Floats | None
    load: Floats = field(repr=False)

    def rows(self, p: int | None, fixed: Indices) -> Rows:
        """One row for each condition on the sites alone."""
        told = list(self._told(p, fixed))
        lengths = [len(columns) for columns, *_ in told]
        nothing: list[Floats] = [np.zeros(0)]
        return Rows(
            np.repeat(np.arange(len(told)), lengths),
            np.concatenate([columns for columns, *_ in told] or nothing).astype(np.intp),
            np.concatenate([values for _, values, *_ in told] or nothing),
            np.array([lower for _, _, lower, _, _ in told]),
            np.array([upper for *_, upper, _ in told]),
            lambda i: told[i][4],
        )

    def _told(self, p: int | None, fixed: Indices) -> Iterator[tuple[Indices, Floats, float, float, Clash]]:
        everywhere, one = np.arange(len(self.costs)), np.ones(1)
        for site in fixed.tolist():
            yield np.array([site]), one, 1, np.inf, Clash("fixed", site, f"{site}号点已定")
        for site in self.closed.tolist():
            yield np.array([site]), one, -np.inf, 0, Clash("closed", site, f"{site}号点不设")
        for a, b in self.apart:
            yield np.array([a, b]), np.ones(2), -np.inf, 1, Clash("apart", (a, b), f"{a}号点与{b}号点不能同设")
        for group, number in self.most.items():
            members = self.groups[group]
            clash = Clash("at_most", group, f"{group}至多设{number}个点")
            yield members, np.ones(len(members)), -np.inf, number, clash
        for group, number in self.least.items():
            if number:
                members = self.groups[group]
                clash = Clash("at_least", group, f"{group}至少设{number}个点")
                yield members, np.ones(len(members)), number, np.inf, clash
        if self.budget is not None:
            yield everywhere, self.costs, -np.inf, self.budget, Clash("budget", None, f"总费用至多{self.budget:g}")
        if p is not None:
            yield everywhere, np.ones(len(everywhere)), -np.inf, p, Clash("count", None, f"至多设{p}个点")
