"""p-median and maximal cover against spopt with HiGHS. Prints ratios of one run.

    python bench/bench_siting.py [--large] [--theirs SECONDS]

spopt builds the textbook program and HiGHS solves it, each with a limit of SECONDS (default 120); a ratio with "≥" is
against a run that the limit ended. --large adds n = 500 … 900, whose textbook programs take minutes to build.

Peak memory is of the whole run, spopt's programs included.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from geo.bundled import bundled_place
from geo.nearest import distance_matrix
from geo.place import read_place
from geo.siting import mclp, mclp_curve, p_median, p_median_curve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.siting import Solution

    Floats = NDArray[np.float64]

MEDIANS = ((1000, 200, 15), (100, 100, 5), (100, 100, 33), (200, 200, 10), (300, 300, 30), (400, 400, 40))
LARGE = ((500, 500, 50), (600, 600, 5), (700, 700, 70), (800, 800, 5), (900, 900, 90))
COVERS = ((1000, 200, 15, 80), (1000, 200, 15, 120), (1000, 200, 30, 80))
LIMIT = 60.0
"""Seconds for the large covers."""
CUT_OFFS = ((5000, 1000, 50, 60), (5000, 1000, 20, 100), (5000, 1000, 40, 80), (5000, 1000, 100, 50))


def plane(n: int, m: int) -> tuple[Floats, Floats]:
    """Distances on a square of 1,000 × 1,000 and demand of 1 to 99; points are their own sites if n = m."""
    rng = np.random.default_rng(n + m)
    points = rng.uniform(0, 1000, (n, 2))
    sites = points if n == m else rng.uniform(0, 1000, (m, 2))
    return np.hypot(*(points[:, None] - sites[None]).transpose(2, 0, 1)), rng.integers(1, 100, n).astype(float)


def spopt(
    model: str, distances: Floats, demand: Floats, p: int, limit: float, radius: float = 0
) -> tuple[float, float]:
    """Seconds to build and solve, and the objective."""
    from pulp import HiGHS  # type: ignore[import-untyped]
    from spopt.locate import MCLP, PMedian  # type: ignore[import-untyped]

    solver = HiGHS(msg=False, gapRel=0, timeLimit=limit)
    began = time.perf_counter()
    if model == "p-median":
        problem = PMedian.from_cost_matrix(distances, demand, p)
    else:
        problem = MCLP.from_cost_matrix(distances, demand, radius, p)
    # spopt complains where the limit ended the solver, or works on without its results.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            problem.solve(solver, results=False)
        except RuntimeError:
            return time.perf_counter() - began, float("nan")
    return time.perf_counter() - began, float(problem.problem.objective.value())


def compare(name: str, answer: Solution, theirs: tuple[float, float], limit: float) -> float:
    seconds, objective = theirs
    ended = seconds > limit
    same = "limit reached" if ended else "equal" if np.isclose(objective, answer.objective, rtol=1e-7) else "DIFFERENT"
    ratio = seconds / answer.seconds
    print(
        f"{name}: {answer.status}, {answer.seconds:.3f} s; spopt {seconds:.1f} s, objective {same}, "
        f"ratio {'≥ ' if ended else ''}{ratio:.0f}",
        flush=True,
    )
    return ratio


def curves() -> None:
    villages = read_place(bundled_place()).villages
    points = villages.geometry.representative_point()
    lonlat = np.column_stack([points.x, points.y])
    distances = distance_matrix(lonlat, lonlat)
    demand = np.random.default_rng(1).integers(200, 3000, len(lonlat)).astype(float)
    for radius in (1000, 2000, 3000):
        began = time.perf_counter()
        covers = mclp_curve(distances <= radius, 30, demand=demand)
        print(
            f"curve of cover within {radius} m, p = 1 … 30: {time.perf_counter() - began:.2f} s, "
            f"{sum(point.status == 'optimal' for point in covers)} proven"
        )
    began = time.perf_counter()
    medians = p_median_curve(distances, 30, demand=demand)
    proven = sum(point.status == "optimal" for point in medians)
    print(f"curve of the p-median, p = 1 … 30: {time.perf_counter() - began:.2f} s, {proven} proven", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--theirs", type=float, default=120)
    options = parser.parse_args()
    curves()
    ratios = []
    for n, m, p in MEDIANS + (LARGE if options.large else ()):
        distances, demand = plane(n, m)
        answer = p_median(distances, p, demand=demand)
        theirs = spopt("p-median", distances, demand, p, options.theirs)
        ratios.append(compare(f"p-median {n} × {m}, p = {p}", answer, theirs, options.theirs))
    print(f"p-median, median ratio {np.median(ratios):.0f}")
    ratios = []
    for n, m, p, radius in COVERS:
        distances, demand = plane(n, m)
        answer = mclp(distances <= radius, p, demand=demand)
        theirs = spopt("cover", distances, demand, p, options.theirs, radius)
        ratios.append(compare(f"cover {n} × {m}, p = {p}, cut-off {radius}", answer, theirs, options.theirs))
    print(f"cover, median ratio {np.median(ratios):.0f}")
    for n, m, p, radius in CUT_OFFS:
        distances, demand = plane(n, m)
        answer = mclp(distances <= radius, p, demand=demand, time_limit=LIMIT)
        print(
            f"cover {n} × {m}, p = {p}, within {radius}: {answer.status}, gap {answer.gap:.2%}, {answer.seconds:.2f} s",
            flush=True,
        )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
