"""A window of the ground on paper: which part, how large, at which scale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    Points = NDArray[np.float64]
    Bounds = tuple[float, float, float, float]

_STEPS: Final = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0, 10.0)
_DETAIL: Final = 0.05
"""mm on paper below which a line's bends are left out."""


def round_scale(least: float) -> float:
    """Return the smallest round scale denominator that is not below `least`."""
    unit = 10.0 ** floor(log10(max(least, 1.0)))
    return next(step * unit for step in _STEPS if step * unit >= least * (1 - 1e-9))


@dataclass(frozen=True)
class View:
    """A rectangle on paper (mm, from the top left corner) about a point of the ground (metres, working CRS)."""

    left: float
    top: float
    width: float
    height: float
    x: float
    y: float
    scale: float

    @classmethod
    def fit(cls, bounds: Bounds, box: tuple[float, float, float, float], *, margin: float = 0.06) -> View:
        """Show bounds (metres) in a box on paper (left, top, width, height in mm), at a round scale."""
        west, south, east, north = bounds
        left, top, width, height = box
        room = 1 - 2 * margin
        least = max((east - west) / (width * room), (north - south) / (height * room), 1.0) * 1000
        return cls(left, top, width, height, (west + east) / 2, (south + north) / 2, round_scale(least))

    def within(self, whole: Bounds, kept: Bounds) -> View:
        """Return the window moved so that it shows less beyond `whole`, with `kept` still in it."""
        west, south, east, north = self.bounds
        x = self.x - _excess(west, east, whole[0], whole[2], kept[0], kept[2])
        y = self.y - _excess(south, north, whole[1], whole[3], kept[1], kept[3])
        return replace(self, x=x, y=y)

    @property
    def bounds(self) -> Bounds:
        """What of the ground is in the window, metres."""
        half_width, half_height = (self.width * self.scale / 2000, self.height * self.scale / 2000)
        return self.x - half_width, self.y - half_height, self.x + half_width, self.y + half_height

    def paper(self, ground: Points) -> Points:
        """Turn points of the ground (n, 2; metres) into mm on paper."""
        factor = 1000 / self.scale
        middle = np.array([self.left + self.width / 2, self.top + self.height / 2])
        out: Points = middle + (np.asarray(ground, dtype=float) - [self.x, self.y]) * [factor, -factor]
        return out

    def point(self, at: tuple[float, float]) -> tuple[float, float]:
        """Turn one point of the ground into mm on paper."""
        x, y = self.paper(np.array([at]))[0].tolist()
        return x, y

    def holds(self, at: tuple[float, float] | None, *, margin: float = 0.0) -> bool:
        """Say whether a point of the ground lies in the window, `margin` mm within its edge."""
        if at is None:
            return False
        x, y = self.point(at)
        inside_x = self.left + margin <= x <= self.left + self.width - margin
        return inside_x and self.top + margin <= y <= self.top + self.height - margin

    def rings(self, geometry: BaseGeometry | None) -> list[Points]:
        """Return the rings of an area as closed lines on paper, cut to the window and a bit beyond."""
        shown = self._cut(geometry)
        rings = shapely.get_rings(shapely.get_parts([part for part in _flat(shown) if part.geom_type == "Polygon"]))
        return [self.paper(shapely.get_coordinates(ring)) for ring in rings]

    def lines(self, geometry: BaseGeometry | None) -> list[Points]:
        """Return the lines of a geometry on paper, cut to the window and a bit beyond."""
        parts = [part for part in _flat(self._cut(geometry)) if "Line" in part.geom_type]
        return [self.paper(shapely.get_coordinates(part)) for part in parts]

    def _cut(self, geometry: BaseGeometry | None) -> Any:
        if geometry is None or geometry.is_empty:
            return None
        beyond = 4 * self.scale / 1000
        west, south, east, north = self.bounds
        cut = shapely.clip_by_rect(geometry, west - beyond, south - beyond, east + beyond, north + beyond)
        return shapely.simplify(cut, _DETAIL * self.scale / 1000)

    def bar(self, longest: float) -> tuple[float, float]:
        """Return a round length of the ground (metres) for a scale bar of at most `longest` mm, and its mm."""
        metres = longest * self.scale / 1000
        unit = 10.0 ** floor(log10(metres))
        length = next(step * unit for step in (5, 4, 2, 1) if step * unit <= metres * (1 + 1e-9))
        return length, length * 1000 / self.scale


def _excess(low: float, high: float, from_: float, to: float, kept_from: float, kept_to: float) -> float:
    """Return by how much to move a window down (or, negative, up) so that it ends where the whole does."""
    if high > to:
        return max(0.0, min(high - to, high - kept_to))
    if low < from_:
        return min(0.0, max(low - from_, low - kept_from))
    return 0.0


def degrees_between(low: float, high: float, fewest: int) -> tuple[list[float], float]:
    """Return round degrees in a range, at least `fewest` where it can be, and the step between them."""
    steps = [1 / 3600 * n for n in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000)]
    step = next((s for s in reversed(steps) if (high - low) / s >= fewest), steps[0])
    return [step * n for n in range(ceil(low / step), floor(high / step) + 1)], step


def _flat(geometry: Any) -> list[Any]:
    if geometry is None or geometry.is_empty:
        return []
    parts = shapely.get_parts([geometry])
    while any("Collection" in part.geom_type or part.geom_type.startswith("Multi") for part in parts):
        parts = shapely.get_parts(parts)
    return list(parts)
