"""The models of location against trying everything, on hundreds of small random questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from geo.errors import SitingRefused
from geo.siting import Conditions, lscp, mclp, p_center, p_median
from tests.siting_cases import case, least_cover, least_radius, least_total, most_covered

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo.siting import Solution
    from tests.siting_cases import Case

SEEDS = range(300)


def check(answer: Solution, best: float, asked: Case, *, p: int | None = None) -> None:
    if not np.isfinite(best):
        assert answer.status == "infeasible"
        assert answer.clashes
        return
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(best, rel=1e-9)
    assert (answer.bound, answer.gap) == (answer.objective, 0)
    assert np.isin(asked.fixed, answer.sites).all()
    assert (np.diff(answer.sites) > 0).all()
    assert p is None or len(answer.sites) == p


def test_p_median() -> None:
    for asked in map(case, SEEDS):
        answer = p_median(asked.cost, asked.p, demand=asked.demand, fixed=asked.fixed)
        check(answer, least_total(asked), asked, p=asked.p)
        if answer.status == "optimal":
            served = answer.assignment >= 0
            assert served[asked.demand > 0].all()
            paid = asked.cost[np.flatnonzero(served), answer.assignment[served]]
            assert (paid * asked.demand[served]).sum() == pytest.approx(answer.objective)
            assert np.isin(answer.assignment[served], answer.sites).all()


def test_p_center() -> None:
    for asked in map(case, SEEDS):
        answer = p_center(asked.cost, asked.p, demand=asked.demand, fixed=asked.fixed)
        check(answer, least_radius(asked), asked, p=asked.p)


def test_mclp() -> None:
    for asked in map(case, SEEDS):
        answer = mclp(asked.covers, asked.p, demand=asked.demand, fixed=asked.fixed)
        check(answer, most_covered(asked), asked, p=asked.p)
        served = answer.assignment >= 0
        assert asked.demand[served].sum() == pytest.approx(answer.objective)
        assert asked.covers[np.flatnonzero(served), answer.assignment[served]].all()
        assert not asked.covers[~served][:, answer.sites].any()


def test_lscp() -> None:
    for seed in SEEDS:
        asked = case(seed)
        m = asked.covers.shape[1]
        check(lscp(asked.covers, fixed=asked.fixed), least_cover(asked, np.ones(m)), asked)
        costs = np.random.default_rng(seed).integers(0, 5, m).astype(float)
        answer = lscp(asked.covers, fixed=asked.fixed, conditions=Conditions(costs=costs))
        check(answer, least_cover(asked, costs), asked)


def plane(n: int, m: int, seed: int = 1) -> tuple[np.ndarray[tuple[int, int]], np.ndarray[tuple[int]]]:
    """Distances on a square of 1,000 × 1,000, and a demand between 1 and 99."""
    rng = np.random.default_rng(seed)
    points, sites = rng.uniform(0, 1000, (n, 2)), rng.uniform(0, 1000, (m, 2))
    distances = np.hypot(*(points[:, None] - sites[None]).transpose(2, 0, 1))
    return distances, rng.integers(1, 100, n).astype(float)


def test_the_order_of_demand_points_decides_nothing() -> None:
    """Distances to whole tens: ties everywhere."""
    distances, demand = plane(60, 25)
    coarse = np.round(distances / 100) * 100
    order = np.random.default_rng(2).permutation(60)
    models: list[Callable[[np.ndarray, np.ndarray], Solution]] = [
        lambda cost, weights: p_median(cost, 4, demand=weights),
        lambda cost, weights: p_center(cost, 4),
        lambda cost, weights: mclp(cost <= 200, 4, demand=weights),
        lambda cost, weights: lscp(cost <= 300),
    ]
    for model in models:
        answer, again = model(coarse, demand), model(coarse[order], demand[order])
        assert answer.sites.tolist() == again.sites.tolist()
        assert answer.assignment[order].tolist() == again.assignment.tolist()


def test_of_equals_the_lowest_numbered_is_taken() -> None:
    alike = np.ones((5, 6))
    assert p_median(alike, 2).sites.tolist() == [0, 1]
    assert mclp(alike, 3).sites.tolist() == [0, 1, 2]
    assert lscp(alike).sites.tolist() == [0]
    assert p_center(alike, 1).sites.tolist() == [0]
    assert p_median(alike, 3, fixed=[4]).sites.tolist() == [0, 1, 4]


def test_a_time_limit_gives_the_best_found_and_its_gap() -> None:
    distances, demand = plane(400, 400)
    answer = p_median(distances, 20, demand=demand, time_limit=0.02)
    whole = p_median(distances, 20, demand=demand)
    assert answer.status == "time_limit"
    assert answer.bound <= whole.objective <= answer.objective
    assert answer.gap == pytest.approx((answer.objective - answer.bound) / answer.objective)
    assert len(answer.sites) == 20
    covered = mclp(distances <= 80, 20, demand=demand, time_limit=0.005)
    assert covered.objective <= covered.bound


def test_nothing_is_written_to_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    """A command writes JSON there; the solver greets if it may."""
    distances, _ = plane(30, 30)
    lscp(distances <= 150, conditions=Conditions(budget=1))
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: p_median(np.ones((3, 2)), 3), "候选点只有2个"),
        (lambda: p_median(np.ones((3, 2)), 0), "不小于1的整数"),
        (lambda: p_median(np.ones((3, 2)), True), "整数"),
        (lambda: p_median(np.ones((3, 2)), 1, fixed=[0, 1]), "已定的点就有2个"),
        (lambda: p_median(np.ones((3, 2)), 1, fixed=[2]), "0到1"),
        (lambda: p_median(np.ones((3, 2)), 1, fixed=[0.5]), "序号"),  # type: ignore[list-item]
        (lambda: p_median([[1, np.nan]], 1), "空值"),
        (lambda: p_median([[1], [-1]], 1), "负数：第1行"),
        (lambda: p_median([[np.inf, np.inf]], 1), "够得着"),
        (lambda: p_median(np.ones(3), 1), "形状"),
        (lambda: p_median(np.ones((0, 3)), 1), "形状"),
        (lambda: p_median([["远"]], 1), "数字"),
        (lambda: p_median(np.ones((2, 2)), 1, demand=[0, 0]), "都是0"),
        (lambda: p_median(np.ones((2, 2)), 1, demand=[1, -1]), "需求量应为不小于0的数：序号1"),
        (lambda: p_median(np.ones((2, 2)), 1, demand=[1, np.nan]), "序号1"),
        (lambda: p_median(np.ones((2, 2)), 1, demand=[1]), "每个需求点一个数"),
        (lambda: p_median(np.ones((2, 2)), 1, time_limit=0), "时限"),
        (lambda: p_center(np.ones((2, 2)), 5), "候选点只有2个"),
        (lambda: mclp(np.zeros((2, 2)), 1), "够得着"),
        (lambda: mclp([[0.5, 1]], 1), "0和1"),
        (lambda: lscp([[np.nan, 1]]), "0和1"),
        (lambda: lscp(np.zeros((2, 2))), "够得着"),
    ],
)
def test_what_cannot_be_meant_is_refused(ask: Callable[[], object], said: str) -> None:
    with pytest.raises(SitingRefused, match=said):
        ask()


def test_points_that_nobody_can_reach_are_named() -> None:
    for answer in (
        lscp([[1, 0], [0, 0], [0, 1]]),
        p_median(np.array([[1, 2], [np.inf, np.inf], [1, 2]]), 1),
        p_center(np.array([[1, 2], [np.inf, np.inf], [1, 2]]), 1),
    ):
        assert answer.status == "infeasible"
        assert [(clash.kind, clash.subject) for clash in answer.clashes] == [("demand", 1)]
        assert "需求点1" in answer.clashes[0].words
        assert answer.sites.size == 0
        assert answer.assignment.tolist() == [-1, -1, -1]
    assert mclp([[1, 0], [0, 0], [0, 1]], 2).objective == 2


def test_too_few_sites_to_reach_all() -> None:
    apart = np.where(np.eye(3, dtype=bool), 1.0, np.inf)
    for answer in (p_median(apart, 2), p_center(apart, 2)):
        assert {clash.kind for clash in answer.clashes} == {"count", "demand"}
