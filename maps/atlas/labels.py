"""Where labels stand so that they read: each beside its point, off other labels and symbols.

Point-feature label placement over fixed candidate positions by discrete gradient descent (Christensen, Marks
& Shieber, ACM Trans. Graph. 14(3), 1995): every label in turn takes the position that costs least against
where all the others stand, until none moves. The same labels give the same places.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Boxes = NDArray[np.float64]

_ROUNDS: Final = 12
_CROSSED: Final = 15.0
"""What it costs to lie wholly over another label, against 1 for a leader line."""
_TOUCH: Final = 1e-6  # mm²
_FAR: Final = (0.8, 1.8, 3.0, 4.4, 6.0)
"""Further rings of positions, in label heights, reached by a leader line."""


@dataclass(frozen=True)
class Label:
    """A block of `width` × `height` mm that belongs to (x, y); `gap`: radius of the symbol it keeps off.

    `weight`: which of two labels stays where both can't. `may_go`: whether it may be left out.
    `centred`: the name of an area, best written over its point.
    """

    x: float
    y: float
    width: float
    height: float
    gap: float = 1.0
    weight: float = 1.0
    may_go: bool = True
    centred: bool = False


@dataclass(frozen=True)
class Place:
    """Where a label's block stands: left, top (mm); `far`: a leader line is needed; None of it: left out."""

    left: float
    top: float
    far: bool


def place(
    labels: Sequence[Label], window: tuple[float, float, float, float], *, taken: Sequence[tuple[float, ...]] = ()
) -> list[Place | None]:
    """Place labels in a window (left, top, right, bottom in mm); `taken`: boxes of symbols and furniture to keep off.

    None for a label that finds no room; of those that may not go, all are placed.
    """
    if not labels:
        return []
    boxes, costs = _candidates(labels, window)
    reach = np.concatenate([boxes[..., :2].min(axis=1), boxes[..., 2:].max(axis=1)], axis=1)
    _keep_off(boxes, costs, np.array(taken, dtype=float).reshape(-1, 4), reach)
    chosen = _descend(boxes, costs, labels, _near(reach, reach))
    left_out = _left_out(boxes, chosen, labels, window)
    return [
        None
        if n in left_out
        else Place(float(boxes[n, chosen[n], 0]), float(boxes[n, chosen[n], 1]), bool(chosen[n] >= _NEAR))
        for n in range(len(labels))
    ]


def overlap_share(boxes: Boxes) -> float:
    """Return the share of boxes (n, 4: left, top, right, bottom) that overlap another; 0 for none."""
    if len(boxes) < 2:
        return 0.0
    areas = _overlaps(boxes, boxes)
    np.fill_diagonal(areas, 0)
    return float((areas > _TOUCH).any(axis=1).mean())


_AROUND: Final = ((0, 0), (1, 0), (0, -1), (0, 1), (-1, 0), (1, -1), (1, 1), (-1, -1), (-1, 1))
"""Over it, then right, above, below, left, the corners: the order of preference of printed maps (Imhof 1975)."""
_NEAR: Final = len(_AROUND)


def _candidates(
    labels: Sequence[Label], window: tuple[float, float, float, float]
) -> tuple[Boxes, NDArray[np.float64]]:
    """Return boxes (n, k, 4) and what each costs by itself (n, k)."""
    at = np.array([[label.x, label.y] for label in labels])
    size = np.array([[label.width, label.height] for label in labels])
    gap = np.array([label.gap for label in labels])
    centred = np.array([label.centred for label in labels])
    middles, costs = [], []
    for rank, (right, down) in enumerate(_AROUND):
        slack = np.where(right and down, 0.72, 1.0)
        shift = np.column_stack([right * (size[:, 0] / 2 + gap * slack), down * (size[:, 1] / 2 + gap * slack)])
        middles.append(at + shift)
        costs.append(0.05 * rank)
    for ring, reach in enumerate(_FAR):
        for turn in range(12):
            angle = turn * np.pi / 6
            away = gap[:, None] + size[:, 1:] * reach
            way = np.column_stack([np.cos(angle) * (away[:, 0] + size[:, 0] / 2), np.sin(angle) * away[:, 0]])
            middles.append(at + way)
            costs.append(1.0 + 0.7 * ring + 0.01 * turn)
    middle = np.stack(middles, axis=1)
    boxes = np.concatenate([middle - size[:, None] / 2, middle + size[:, None] / 2], axis=2)
    own = np.broadcast_to(np.array(costs), boxes.shape[:2]).copy()
    left, top, right_, bottom = window
    out = (boxes[..., 0] < left) | (boxes[..., 1] < top) | (boxes[..., 2] > right_) | (boxes[..., 3] > bottom)
    own += 1000.0 * out
    own[~centred, 0] += 1000.0
    return boxes, own


def _keep_off(boxes: Boxes, costs: NDArray[np.float64], taken: Boxes, reach: Boxes) -> None:
    """Add to the costs what it costs to lie over what is taken."""
    for n, near in enumerate(_near(reach, taken)):
        met = _overlaps(boxes[n], taken[near])
        costs[n] += 4.0 * (met / _area(boxes[n])[:, None]).sum(axis=1) + 0.9 * (met > _TOUCH).sum(axis=1)


def _near(reach: Boxes, others: Boxes) -> list[NDArray[np.intp]]:
    """Return for each box the positions of the others that it overlaps or touches, in their order."""
    tree = shapely.STRtree([shapely.box(*box) for box in others.tolist()])
    one, other = tree.query([shapely.box(*box) for box in reach.tolist()])
    order = np.lexsort((other, one))
    return np.split(other[order], np.searchsorted(one[order], np.arange(1, len(reach))))


def _descend(
    boxes: Boxes, costs: NDArray[np.float64], labels: Sequence[Label], near: Sequence[NDArray[np.intp]]
) -> NDArray[np.intp]:
    chosen: NDArray[np.intp] = costs.argmin(axis=1)
    others = [found[found != n] for n, found in enumerate(near)]
    order = sorted(range(len(labels)), key=lambda n: (-labels[n].weight, n))
    for _ in range(_ROUNDS):
        moved = False
        for n in order:
            met = _overlaps(boxes[n], boxes[others[n], chosen[others[n]]])
            crossed = _CROSSED * (met / _area(boxes[n])[:, None]).sum(axis=1) + (met > _TOUCH).sum(axis=1)
            best = int((costs[n] + crossed).argmin())
            moved |= best != chosen[n]
            chosen[n] = best
        if not moved:
            break
    return chosen


def _left_out(
    boxes: Boxes, chosen: NDArray[np.intp], labels: Sequence[Label], window: tuple[float, float, float, float]
) -> set[int]:
    """Return the labels to leave out so that no two of the rest overlap, the lightest and worst placed first."""
    now = boxes[np.arange(len(labels)), chosen]
    met = _overlaps(now, now) > _TOUCH
    np.fill_diagonal(met, val=False)
    left, top, right, bottom = window
    beyond = (now[:, 0] < left) | (now[:, 1] < top) | (now[:, 2] > right) | (now[:, 3] > bottom)
    gone = {n for n in np.flatnonzero(beyond).tolist() if labels[n].may_go}
    met[:, list(gone)] = met[list(gone)] = False
    while met.any():
        crossed = met.sum(axis=1)
        able = [n for n in np.flatnonzero(crossed).tolist() if labels[n].may_go]
        if not able:
            break
        worst = max(able, key=lambda n: (-labels[n].weight, crossed[n], n))
        gone.add(worst)
        met[worst] = met[:, worst] = False
    return gone


def _overlaps(one: Boxes, other: Boxes) -> NDArray[np.float64]:
    """Return the areas (n, m) in which boxes of two lists overlap."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    sides = np.clip(high - low, 0, None)
    out: NDArray[np.float64] = sides[..., 0] * sides[..., 1]
    return out


def _area(boxes: Boxes) -> NDArray[np.float64]:
    out: NDArray[np.float64] = (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
    return out
