"""Rounds visit every place once, stay within their limits, and are the shortest where that can be counted."""

from __future__ import annotations

from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest

from geo.errors import InputRefused
from geo.tours import MOST_STOPS, least, tour


def points(n: int, seed: int) -> Any:
    """Straight distances between random places."""
    here = np.random.default_rng(seed).uniform(0, 50_000, (n, 2))
    return np.hypot(*(here[:, None] - here[None]).transpose(2, 0, 1))


def length(matrix: Any, stops: tuple[int, ...]) -> float:
    return float(sum(matrix[a, b] for a, b in pairwise((0, *stops, 0))))


@pytest.mark.parametrize("seed", range(6))
def test_no_order_is_shorter(seed: int) -> None:
    matrix = points(8, seed)
    found = tour(matrix)
    assert sorted(found.stops[0]) == list(range(1, 8))
    shortest = min(length(matrix, order) for order in permutations(range(1, 8)))
    assert found.total == pytest.approx(shortest, abs=8)  # the solver counts whole metres
    assert found.metres == (length(matrix, found.stops[0]),)
    assert found.bound <= shortest


def test_days_share_the_places_and_keep_their_limit() -> None:
    matrix = points(30, 1)
    one = tour(matrix)
    longest = one.total / 2
    found = tour(matrix, days=4, longest=longest)
    assert sorted(stop for stops in found.stops for stop in stops) == list(range(1, 30))
    assert 2 <= len(found.stops) <= 4
    assert max(found.metres) <= longest + 30
    assert found.bound <= found.total
    assert tour(matrix, days=4, longest=longest) == found  # the same question, the same answer


def test_ways_may_differ_by_direction() -> None:
    matrix = np.array([[0, 1, 9], [9, 0, 1], [1, 9, 0]], dtype=float)
    found = tour(matrix)
    assert (found.stops, found.total) == (((1, 2),), 3.0)
    assert least(matrix) == 3.0


def test_a_start_alone_and_one_place() -> None:
    assert tour([[0.0]]).stops == ()
    assert tour([[0.0, 5.0], [7.0, 0.0]]).metres == (12.0,)
    assert tour(np.zeros((3, 3))).total == 0.0  # places at one point


@pytest.mark.parametrize(
    ("matrix", "more", "told"),
    [
        ([[0.0, np.inf], [1.0, 0.0]], {}, "到不了"),
        ([[0.0, -1.0], [1.0, 0.0]], {}, "负的"),
        ([[0.0, 1.0]], {}, "方的表"),
        (np.zeros((MOST_STOPS + 2, MOST_STOPS + 2)), {}, "最多"),
        ([[0.0, 1.0], [1.0, 0.0]], {"days": 0}, "天数"),
        ([[0.0, 1.0], [1.0, 0.0]], {"longest": 0}, "里程"),
        ([[0.0, 9000.0], [9000.0, 0.0]], {"longest": 8000.0}, "走不完"),
    ],
)
def test_what_cannot_be_walked_is_refused(matrix: Any, more: dict[str, Any], told: str) -> None:
    with pytest.raises(InputRefused, match=told):
        tour(matrix, **more)


@pytest.mark.parametrize(("metres", "longest"), [([[0, 1e19], [1e19, 0]], None), ([[0, 5], [5, 0]], float("inf"))])
def test_numbers_beyond_any_way_are_refused(metres: Any, longest: float | None) -> None:
    with pytest.raises(InputRefused):
        tour(metres, longest=longest)
