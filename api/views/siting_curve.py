"""What each further site brings, as a picture: a point for every number of sites, each the best there is."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10
from typing import Final

from api.sitings import Sited
from api.views.words import number

WIDTH, HEIGHT = 780, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 12, 32, 34
_TICKS: Final = 4


@dataclass(frozen=True)
class Dot:
    """A number of sites. `x`, `y`: in the picture; `left`, `width`: of the column to click; `proven`: optimal."""

    count: int
    value: str
    proven: bool
    x: float
    y: float
    left: float
    width: float


@dataclass(frozen=True)
class Curve:
    """The picture. `ticks`: (height, number) of the lines across; `base`: height of the axis."""

    dots: tuple[Dot, ...]
    line: str
    ticks: tuple[tuple[float, str], ...]
    base: float = HEIGHT - _BOTTOM
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    width: int = WIDTH
    height: int = HEIGHT


def curve_of(sited: Sited) -> Curve | None:
    """Draw a curve; None for less than two points."""
    values = [(n, _value(sited, objective), abs(objective - bound) <= 1e-6 * max(1.0, abs(objective)))
              for n, objective, bound in sited.curve]  # fmt: skip
    if len(values) < 2:
        return None
    step = _step(max(value for _, value, _ in values))
    top = step * _TICKS
    column = (WIDTH - _LEFT - _RIGHT) / len(values)

    def height(value: float) -> float:
        return round(HEIGHT - _BOTTOM - value / top * (HEIGHT - _TOP - _BOTTOM), 1)

    dots = tuple(
        Dot(n, number(round(value)), proven, round(_LEFT + (i + 0.5) * column, 1), height(value),
            round(_LEFT + i * column, 1), round(column, 1))
        for i, (n, value, proven) in enumerate(values)
    )  # fmt: skip
    line = " ".join(f"{dot.x},{dot.y}" for dot in dots)
    return Curve(dots, line, tuple((height(step * k), number(step * k)) for k in range(_TICKS + 1)))


def _value(sited: Sited, objective: float) -> float:
    """What is drawn: gaps or people for covers, mean metres for the median, the furthest for the center."""
    if sited.proposal.model == "median":
        return objective / sited.weights if sited.weights else 0.0
    return objective


def _step(most: float) -> float:
    """A round step of which `_TICKS` hold a value."""
    least = max(most, _TICKS) / _TICKS
    power = 10.0 ** floor(log10(least))
    return next(times * power for times in (1, 2, 2.5, 5, 10) if times * power >= least - 1e-9)
