"""The models of location against spopt, which builds the textbook programs: equal objectives.

The only file that imports spopt: that alone takes seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from geo.siting import lscp, mclp, p_center, p_median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def plane(seed: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    points, sites = rng.uniform(0, 10, (40, 2)), rng.uniform(0, 10, (20, 2))
    return np.hypot(*(points[:, None] - sites[None]).transpose(2, 0, 1)), rng.integers(1, 50, 40).astype(float)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("fixed", [[], [2, 7]])
def test_the_models_agree_with_spopt(seed: int, fixed: list[int]) -> None:
    from pulp import HiGHS  # type: ignore[import-untyped]
    from spopt.locate import LSCP, MCLP, PCenter, PMedian  # type: ignore[import-untyped]

    distances, demand = plane(seed)
    p, radius = 5, float(distances.min(axis=1).max()) * 1.2
    kept = np.isin(np.arange(20), fixed).astype(int) if fixed else None
    solver = HiGHS(msg=False, gapRel=0)

    median = PMedian.from_cost_matrix(distances, demand, p, predefined_facilities_arr=kept).solve(solver)
    assert p_median(distances, p, demand=demand, fixed=fixed).objective == pytest.approx(
        median.problem.objective.value()
    )
    center = PCenter.from_cost_matrix(distances, p, predefined_facilities_arr=kept).solve(solver)
    assert p_center(distances, p, fixed=fixed).objective == pytest.approx(center.problem.objective.value())
    cover = MCLP.from_cost_matrix(distances, demand, radius / 2, p, predefined_facilities_arr=kept).solve(solver)
    ours = mclp(distances <= radius / 2, p, demand=demand, fixed=fixed)
    assert ours.objective == pytest.approx(cover.problem.objective.value())
    fewest = LSCP.from_cost_matrix(distances, radius, predefined_facilities_arr=kept).solve(solver)
    assert lscp(distances <= radius, fixed=fixed).objective == pytest.approx(fewest.problem.objective.value())
