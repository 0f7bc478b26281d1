"""How a place is parted into windows on a sheet: all of it, and enlargements where its units lie close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from maps.atlas.views import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from maps.atlas.ground import Ground
    from maps.atlas.views import Bounds

    Box = tuple[float, float, float, float]

LETTERS: Final = ("", "A", "B")
_GAP: Final = 3.0
_ROOM: Final = 8.0
"""mm between neighbouring units that names and symbols need."""
_FEWEST: Final = 12
_SHARES: Final = tuple(share / 20 for share in range(19, 4, -1))
_STRIP: Final = (0.22, 0.42)


@dataclass(frozen=True)
class Panel:
    """A window with the letter that it is called by ("" for the whole place), and those that enlarge parts of it."""

    view: View
    letter: str
    inner: tuple[View, ...] = ()

    @property
    def inner_letters(self) -> tuple[str, ...]:
        """What the enlargements in this window are called."""
        first = LETTERS.index(self.letter) + 1
        return LETTERS[first : first + len(self.inner)]

    def enlarged(self, at: tuple[float, float] | None) -> bool:
        """Say whether a point of the ground is shown better in another window."""
        return any(_within(at, view.bounds) for view in self.inner)


def panels(ground: Ground, box: Box) -> list[Panel]:
    """Part a box on paper (left, top, width, height in mm) into one to three windows, the whole place first."""
    whole = extent(ground)
    points = _spots(ground)
    single = View.fit(whole, box, margin=0.03)
    if len(points) < _FEWEST or _spacing(points) * 1000 / single.scale >= _ROOM:
        return [Panel(single, "")]
    strip, rest = _beside(whole, box)
    halves = _halved(rest)
    first = View.fit(whole, strip, margin=0.03)
    one, two = _best(points, [rest], first.scale), _best(points, halves, first.scale)
    boxes = (
        [rest] if _spacing_in(points, one[0], rest) >= _ROOM and len(one) == 1 and _covers(points, one[0]) else halves
    )
    chosen = one if boxes == [rest] else two
    views = [
        View.fit(bounds, each, margin=0.04).within(whole, bounds) for bounds, each in zip(chosen, boxes, strict=True)
    ]
    return [
        Panel(first, "", tuple(views)),
        *(Panel(view, LETTERS[n + 1], tuple(views[n + 1 :])) for n, view in enumerate(views)),
    ]


def extent(ground: Ground) -> Bounds:
    """Return the bounds of all that a place is made of, metres."""
    shapes = [unit.area.bounds for unit in (*ground.townships.values(), *ground.villages.values()) if unit.area]
    shapes += [] if ground.boundary is None else [ground.boundary.bounds]
    shapes += [(*unit.at, *unit.at) for unit in (*ground.townships.values(), *ground.villages.values()) if unit.at]
    if not shapes:
        return 0.0, 0.0, 1000.0, 1000.0
    table = np.array(shapes)
    west, south = table[:, :2].min(axis=0).tolist()
    east, north = table[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def spacing(ground: Ground, panel: Panel) -> float:
    """Return the median distance (mm) to its nearest neighbour of a unit that a window shows best."""
    shown = [unit.at for unit in ground.villages.values() if panel.view.holds(unit.at) and not panel.enlarged(unit.at)]
    points = np.array(shown, dtype=float).reshape(-1, 2)
    return _spacing(points) * 1000 / panel.view.scale if len(points) > 1 else panel.view.width


def _within(at: tuple[float, float] | None, bounds: Bounds) -> bool:
    return at is not None and bounds[0] <= at[0] <= bounds[2] and bounds[1] <= at[1] <= bounds[3]


def _spots(ground: Ground) -> NDArray[np.float64]:
    units = [unit for unit in ground.villages.values() if unit.at is not None]
    planned = [unit for unit in units if unit.in_plan]
    return np.array([unit.at for unit in (planned or units)], dtype=float).reshape(-1, 2)


def _spacing(points: NDArray[np.float64]) -> float:
    tree = shapely.STRtree([shapely.Point(*at) for at in points.tolist()])
    _, away = tree.query_nearest(tree.geometries, exclusive=True, return_distance=True, all_matches=False)
    return float(np.median(away)) if len(away) else 0.0


def _spacing_in(points: NDArray[np.float64], bounds: Bounds, box: Box) -> float:
    view = View.fit(bounds, box)
    return _spacing(points) * 1000 / view.scale


def _covers(points: NDArray[np.float64], bounds: Bounds) -> bool:
    west, south, east, north = bounds
    inside = (points >= [west, south]).all(axis=1) & (points <= [east, north]).all(axis=1)
    return float(inside.mean()) >= 0.7


def _beside(whole: Bounds, box: Box) -> tuple[Box, Box]:
    """Part a box into a strip for the whole place, along the place's longer side, and the rest."""
    left, top, width, height = box
    west, south, east, north = whole
    low, high = _STRIP
    if north - south >= east - west:
        strip = min(max(height * (east - west) / (north - south) * 1.04, low * width), high * width)
        return (left, top, strip, height), (left + strip + _GAP, top, width - strip - _GAP, height)
    strip = min(max(width * (north - south) / (east - west) * 1.04, low * height), high * height)
    return (left, top, width, strip), (left, top + strip + _GAP, width, height - strip - _GAP)


def _halved(box: Box) -> list[Box]:
    left, top, width, height = box
    if height >= width * 0.8:
        half = (height - _GAP) / 2
        return [(left, top, width, half), (left, top + half + _GAP, width, half)]
    half = (width - _GAP) / 2
    return [(left, top, half, height), (left + half + _GAP, top, half, height)]


def _best(points: NDArray[np.float64], boxes: Sequence[Box], scale: float) -> list[Bounds]:
    """Return bounds about the densest spot, one a box from wide to narrow, that enlarge the units most.

    What is best is the mean logarithm of how much larger than at `scale` a unit is seen.
    """
    away = np.abs(points[:, None] - points[None]).max(axis=2)
    middle = int(np.sort(away, axis=1)[:, max(1, len(points) // 5)].argmin())
    order = np.argsort(away[middle], kind="stable")
    found = []
    for share in _SHARES:
        near = points[order[: max(2, round(share * len(points)))]]
        pad = np.maximum((near.max(axis=0) - near.min(axis=0)) * 0.06, 300)
        low, high = near.min(axis=0) - pad, near.max(axis=0) + pad
        found.append((share, (float(low[0]), float(low[1]), float(high[0]), float(high[1]))))
    gains = [[np.log(scale / View.fit(bounds, box).scale) for _, bounds in found] for box in boxes]
    if len(boxes) == 1:
        return [max(zip(found, gains[0], strict=True), key=lambda pair: pair[0][0] * pair[1])[0][1]]
    worth = {
        (i, j): found[j][0] * gains[1][j] + (found[i][0] - found[j][0]) * gains[0][i]
        for i in range(len(found))
        for j in range(i + 1, len(found))
    }
    i, j = max(worth, key=lambda pair: (worth[pair], -pair[0]))
    return [found[i][1], found[j][1]]
