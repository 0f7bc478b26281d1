"""Tours through chosen places: a science caravan's round, an inspector's spot checks.

The order is found by PyVRP (hybrid genetic search, a fixed number of iterations and seed, so the same question has
the same answer); it is very good but not proven shortest, and says so by `bound`: no tour is shorter than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from geo.errors import InputRefused

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

MOST_STOPS: Final = 500
_FURTHEST: Final = 1e9
"""Metres; more than any way on earth, and whole numbers of them add up without overflow."""
_ITERATIONS: Final = 600
_PER_STOP: Final = 12


@dataclass(frozen=True)
class Tour:
    """Rounds that start and end at the first place, one a day. `stops`: positions of places, without the start.

    `metres`: of each round. `bound`: metres that all rounds together cannot be below.
    """

    stops: tuple[tuple[int, ...], ...]
    metres: tuple[float, ...]
    bound: float

    @property
    def total(self) -> float:
        """Metres of all rounds."""
        return float(sum(self.metres))


def tour(metres: ArrayLike, *, days: int = 1, longest: float | None = None) -> Tour:
    """Find short rounds from the first place through all others.

    Parameters
    ----------
    metres
        How far it is from each place to each other, shape (n, n), finite and not negative; it need not be symmetric.
    days
        At most so many rounds.
    longest
        Metres that no round may exceed; None for no limit.

    Raises InputRefused for places that cannot be reached, too many of them, or where `days` rounds of at most
    `longest` metres don't suffice.
    """
    matrix = _checked(metres, days, longest)
    n = len(matrix)
    if n == 1:
        return Tour((), (), 0.0)
    rounds = _solve(np.rint(matrix).astype(np.int64), days, longest)
    if rounds is None:
        msg = f"{days}天每天不超过{(longest or 0) / 1000:.0f}公里走不完这{n - 1}个地方：请增加天数，或放宽每天的里程"
        raise InputRefused(msg)
    lengths = tuple(float(sum(matrix[a, b] for a, b in zip((0, *r), (*r, 0), strict=True))) for r in rounds)
    return Tour(tuple(rounds), lengths, least(matrix))


def least(matrix: NDArray[np.float64]) -> float:
    """Return metres that no set of rounds through all places is below: the cheapest ways out of all places.

    Each is left once, and the last place of a round is left for the start.
    """
    ways = matrix.copy()
    np.fill_diagonal(ways, np.inf)
    out = float(ways[1:].min(axis=1).sum() + ways[0].min())
    back = float(ways[:, 1:].min(axis=0).sum() + ways[:, 0].min())
    return max(out, back)


def _solve(whole: NDArray[np.int64], days: int, longest: float | None) -> list[tuple[int, ...]] | None:
    from pyvrp import Model
    from pyvrp.stop import MaxIterations

    model = Model()
    places = [model.add_location(x=0, y=0) for _ in range(len(whole))]
    depot = model.add_depot(places[0])
    for place in places[1:]:
        model.add_client(place)
    limits: dict[str, Any] = {} if longest is None else {"max_distance": int(longest)}
    model.add_vehicle_type(num_available=days, start_depot=depot, end_depot=depot, **limits)
    for i, here in enumerate(places):
        for j, there in enumerate(places):
            if i != j:
                model.add_edge(here, there, distance=int(whole[i, j]))
    stop = MaxIterations(_ITERATIONS + _PER_STOP * len(whole))
    result = model.solve(stop, seed=1, collect_stats=False, display=False)
    if not result.is_feasible():
        return None
    visits = (tuple(stop.idx + 1 for stop in route if stop.is_client()) for route in result.best.routes())
    return sorted(_forwards(stops, whole) for stops in visits if stops)


def _forwards(stops: tuple[int, ...], whole: NDArray[np.int64]) -> tuple[int, ...]:
    """Return a round in the direction that is shorter, or starts at the place named first."""
    back = stops[::-1]
    there, again = (sum(whole[a, b] for a, b in zip((0, *way), (*way, 0), strict=True)) for way in (stops, back))
    return min((there, stops), (again, back))[1]


def _checked(metres: ArrayLike, days: int, longest: float | None) -> NDArray[np.float64]:
    matrix = np.asarray(metres, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not len(matrix):
        msg = "路程要是一张方的表：从每个地方到每个地方"
        raise InputRefused(msg)
    if not np.isfinite(matrix).all() or (matrix < 0).any() or (matrix > _FURTHEST).any():
        msg = "有的地方到不了，或路程是负的或太远：请去掉没有位置的地方"
        raise InputRefused(msg)
    if len(matrix) - 1 > MOST_STOPS:
        msg = f"一次最多走{MOST_STOPS}个地方，选了{len(matrix) - 1}个"
        raise InputRefused(msg)
    if days < 1 or (longest is not None and not 0 < longest < np.inf):
        msg = "天数至少是 1，每天的里程要大于 0"
        raise InputRefused(msg)
    return matrix
