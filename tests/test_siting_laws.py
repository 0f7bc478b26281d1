"""Laws of siting that hold whatever the numbers are."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.siting import lscp, mclp, mclp_curve, p_center, p_median, p_median_curve

seeds = st.integers(0, 10_000)


def plane(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances between 30 points and 12 sites, some of them twice, and a demand that may be 0."""
    rng = np.random.default_rng(seed)
    points, sites = rng.integers(0, 12, (30, 2)), rng.integers(0, 12, (12, 2))
    demand = rng.integers(0, 9, 30).astype(float)
    demand[0] = 1
    return np.hypot(*(points[:, None] - sites[None]).transpose(2, 0, 1)), demand


@given(seeds, st.integers(0, 2))
@settings(max_examples=6)
def test_more_sites_are_never_worse_and_the_curve_is_the_models_own(seed: int, kept: int) -> None:
    distances, demand = plane(seed)
    fixed = list(range(kept))
    medians = p_median_curve(distances, 12, demand=demand, fixed=fixed)
    covers = mclp_curve(distances <= 3, 12, demand=demand, fixed=fixed) if (distances <= 3).any() else ()
    for curve, sign in ((medians, 1), (covers, -1)):
        objectives = [sign * point.objective for point in curve]
        assert objectives == sorted(objectives, reverse=True)
        assert all(point.status == "optimal" for point in curve)
    for p, point in enumerate(medians, start=max(1, kept)):
        alone = p_median(distances, p, demand=demand, fixed=fixed)
        assert np.isclose(point.objective, alone.objective, rtol=1e-9)
        assert set(fixed) <= set(point.sites.tolist())
        assert len(point.sites) == p


@given(seeds, st.integers(1, 6))
@settings(max_examples=6)
def test_cover_grows_with_the_distance(seed: int, p: int) -> None:
    distances, demand = plane(seed)
    radii = [radius for radius in (1, 2, 4, 7, 20) if (distances <= radius).any()]
    covered = [mclp(distances <= radius, p, demand=demand).objective for radius in radii]
    assert covered == sorted(covered)
    assert covered[-1] == demand.sum()
    fewest = [answer.objective for radius in radii if (answer := lscp(distances <= radius)).status == "optimal"]
    assert fewest == sorted(fewest, reverse=True)


@given(seeds, st.integers(1, 6))
@settings(max_examples=6)
def test_the_models_agree_with_each_other(seed: int, p: int) -> None:
    """Within the p-center's radius p sites reach everybody, and within less they don't."""
    distances, _ = plane(seed)
    radius = p_center(distances, p).objective
    assert lscp(distances <= radius).objective <= p
    closer = lscp(distances < radius) if (distances < radius).any() else None
    assert closer is None or closer.status == "infeasible" or closer.objective > p
    assert mclp(distances <= radius, p).objective == len(distances)
    assert p_median(distances, p).objective <= radius * len(distances)


@given(seeds, st.integers(1, 5), st.floats(0.001, 0.02))
@settings(max_examples=6)
def test_a_bound_is_never_beaten(seed: int, p: int, limit: float) -> None:
    distances, demand = plane(seed)
    hurried = p_median(distances, p, demand=demand, time_limit=limit)
    best = p_median(distances, p, demand=demand)
    assert hurried.bound <= best.objective * (1 + 1e-9)
    assert best.objective <= hurried.objective * (1 + 1e-9)
