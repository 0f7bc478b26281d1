"""Quotas, budgets, pairs and capacities, against trying everything; and what clashes where nothing is possible."""

from __future__ import annotations

from itertools import chain, product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from geo.errors import SitingRefused
from geo.siting import Conditions, lscp, mclp, p_center, p_median
from tests.siting_cases import case, choices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from tests.siting_cases import Case

    Floats = NDArray[np.float64]


def conditions(seed: int, m: int) -> Conditions:
    rng = np.random.default_rng(seed)
    towns = rng.integers(0, 3, m).tolist()
    return Conditions(
        costs=rng.integers(1, 5, m),
        budget=float(rng.integers(2, 14)) if seed % 2 else None,
        groups=towns,
        at_most=int(rng.integers(1, 4)) if seed % 3 == 0 else None,
        at_least={towns[0]: 1} if seed % 3 == 1 else None,
        apart=[(0, m - 1)] if m > 1 and seed % 5 == 0 else (),
        closed=[int(rng.integers(m))] if seed % 7 == 0 else (),
    )


def kept(given: Conditions, sites: list[int]) -> bool:
    towns = [given.groups[site] for site in sites] if given.groups else []
    costs = np.asarray(given.costs)
    return (
        not set(given.closed) & set(sites)
        and not any({*pair} <= set(sites) for pair in given.apart)
        and (given.budget is None or costs[sites].sum() <= given.budget)
        and (not isinstance(given.at_most, int) or max(map(towns.count, towns), default=0) <= given.at_most)
        and (not isinstance(given.at_least, dict) or all(towns.count(t) >= n for t, n in given.at_least.items()))
    )


def possible(asked: Case, given: Conditions, most: int) -> Iterator[list[int]]:
    m = asked.cost.shape[1]
    for sites in chain.from_iterable(choices(m, p).tolist() for p in range(1, most + 1)):
        if set(asked.fixed) <= set(sites) and kept(given, sites):
            yield sites


def best(asked: Case, given: Conditions, most: int, worth: Callable[[list[int]], float]) -> float:
    return min(map(worth, possible(asked, given, most)), default=np.inf)


def test_quotas_budgets_and_pairs() -> None:
    for seed in range(1, 80):
        asked = case(seed)
        m, there = asked.cost.shape[1], asked.demand > 0
        given = conditions(seed, m)
        weighted = asked.cost[there] * asked.demand[there, None]

        def total(sites: list[int], weighted: Floats = weighted) -> float:
            return float(weighted[:, sites].min(axis=1).sum())

        def radius(sites: list[int], weighted: Floats = weighted) -> float:
            return float(weighted[:, sites].min(axis=1).max())

        def price(sites: list[int], asked: Case = asked, given: Conditions = given) -> float:
            whole = asked.covers[:, sites].any(axis=1).all()
            return float(np.asarray(given.costs)[sites].sum()) if whole else np.inf

        fixed = asked.fixed
        for answer, expected in (
            (
                p_median(asked.cost, asked.p, demand=asked.demand, fixed=fixed, conditions=given),
                best(asked, given, asked.p, total),
            ),
            (
                p_center(asked.cost, asked.p, demand=asked.demand, fixed=fixed, conditions=given),
                best(asked, given, asked.p, radius),
            ),
            (lscp(asked.covers, fixed=fixed, conditions=given), best(asked, given, m, price)),
        ):
            assert answer.status == ("optimal" if np.isfinite(expected) else "infeasible"), seed
            assert not np.isfinite(expected) or answer.objective == pytest.approx(expected, rel=1e-7), seed
            assert bool(answer.clashes) == (answer.status == "infeasible")


def test_capacities_serve_each_point_by_one_site() -> None:
    for seed in range(1, 25):
        rng = np.random.default_rng(seed)
        cost, demand = rng.integers(0, 20, (4, 3)).astype(float), rng.integers(1, 4, 4).astype(float)
        capacity = rng.integers(1, 8, 3).astype(float)
        every = np.array(list(product(range(3), repeat=4)))
        load = np.stack([(demand * (every == site)).sum(axis=1) for site in range(3)], axis=1)
        fits = every[(load <= capacity).all(axis=1)]
        paid = (cost[np.arange(4), fits] * demand).sum(axis=1).min(initial=np.inf)
        answer = p_median(cost, 3, demand=demand, conditions=Conditions(capacity=capacity))
        if np.isfinite(paid):
            assert answer.objective == pytest.approx(paid)
            taken = np.bincount(answer.assignment, demand, 3)
            assert (taken <= capacity).all()
        else:
            assert "capacity" in {clash.kind for clash in answer.clashes}
        covered = mclp(cost < 15, 3, demand=demand, conditions=Conditions(capacity=capacity))
        served = covered.assignment >= 0
        assert demand[served].sum() == covered.objective <= min(demand.sum(), capacity.sum())


def test_what_clashes_is_named_and_none_of_it_can_be_left_out() -> None:
    covers = np.eye(4, dtype=bool)
    given = Conditions(costs=[3, 3, 3, 3], budget=10, groups=["东镇", "东镇", "西镇", "西镇"], at_most=2)
    answer = lscp(covers, conditions=given)
    assert answer.status == "infeasible"
    kinds = [clash.kind for clash in answer.clashes]
    assert sorted(kinds) == ["budget", *["demand"] * 4]
    assert "总费用至多10" in [clash.words for clash in answer.clashes]
    quota = mclp(covers, 2, conditions=Conditions(groups=given.groups, at_least=2))
    assert {(clash.kind, clash.subject) for clash in quota.clashes} == {
        ("count", None),
        ("at_least", "东镇"),
        ("at_least", "西镇"),
    }
    near = lscp(covers, fixed=[0, 1], conditions=Conditions(apart=[(0, 1), (2, 3)]))
    assert {(clash.kind, clash.subject) for clash in near.clashes} <= {
        ("apart", (0, 1)),
        ("apart", (2, 3)),
        *(("fixed", site) for site in (0, 1)),
        *(("demand", point) for point in range(4)),
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Conditions(costs=[1, -1]), "设点费用应为不小于0的数"),
        (Conditions(costs=[1]), "每个候选点一个数"),
        (Conditions(budget=-1), "预算"),
        (Conditions(at_most=1), "属于哪一组"),
        (Conditions(groups=["东镇"]), "每个候选点一组"),
        (Conditions(groups=["东镇", "西镇"], at_least={"北镇": 1}), "没有属于北镇组的候选点"),
        (Conditions(groups=["东镇", "西镇"], at_most=-1), "不小于0的整数"),
        (Conditions(apart=[(0, 0)]), "两个不同的"),
        (Conditions(closed=[7]), "0到1"),
        (Conditions(capacity=[1, np.nan]), "容量"),
    ],
)
def test_conditions_that_cannot_be_meant_are_refused(given: Conditions, said: str) -> None:
    with pytest.raises(SitingRefused, match=said):
        mclp(np.ones((3, 2)), 1, conditions=given)
