"""What each further site brings: the best choice for every number of sites, each proven.

The choices are not nested: the best three sites need not be among the best four. The search for p sites begins with
the sites and prices that the one for p - 1 ended with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.siting.cover import Cover
from geo.siting.median import Median
from geo.siting.question import deadline_of, number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from geo.siting.search import Found
    from geo.siting.solution import Solution


def mclp_curve(
    covers: ArrayLike,
    most: int,
    *,
    demand: ArrayLike | None = None,
    fixed: Sequence[int] = (),
    time_limit: float | None = None,
) -> tuple[Solution, ...]:
    """`mclp` for p = 1 … most, or from the number of fixed sites on; `time_limit` is for all together."""
    return _curve(Cover(covers, demand, fixed), most, time_limit)


def p_median_curve(
    cost: ArrayLike,
    most: int,
    *,
    demand: ArrayLike | None = None,
    fixed: Sequence[int] = (),
    time_limit: float | None = None,
) -> tuple[Solution, ...]:
    """`p_median` for p = 1 … most, or from the number of fixed sites on; `time_limit` is for all together."""
    return _curve(Median(cost, demand, fixed), most, time_limit)


def _curve(question: Cover | Median, most: int, time_limit: float | None) -> tuple[Solution, ...]:
    last, deadline = number_of(most, question.sites, question.fixed), deadline_of(time_limit)
    found: Found | None = None
    points = []
    for p in range(max(1, len(question.fixed)), last + 1):
        answer, found = question.search(p, deadline, found)
        points.append(answer)
    return tuple(points)
