"""Facilities on paper: at their own points, spread where they stand on each other, or as a row at their unit's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from maps import palette
from maps.atlas import symbols

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from maps.atlas.drawing import Drawing
    from maps.atlas.ground import Facility, Ground
    from maps.atlas.views import View

    Spot = tuple[float, float]

_GOLDEN: Final = 2.399963
_ORDER: Final = tuple(style.layer for style in palette.FACILITIES)


def spread(points: Sequence[Spot], apart: float) -> list[Spot]:
    """Move points (mm) as little as needed so that no two are nearer than `apart`, the first ones least."""
    out: list[Spot] = []
    for x, y in points:
        placed = np.array(out).reshape(-1, 2)
        for turn in range(400):
            reach = 0.42 * apart * turn**0.5
            at = (x + reach * np.cos(turn * _GOLDEN), y + reach * np.sin(turn * _GOLDEN))
            if not len(placed) or np.hypot(*(placed - at).T).min() >= apart:
                break
        out.append((float(at[0]), float(at[1])))
    return out


def row_of(facilities: Iterable[Facility]) -> list[tuple[symbols.Look, int]]:
    """Return one symbol for each kind and state of facilities, in the order of the palette, and how many they are."""
    counted: dict[tuple[int, int], int] = {}
    for facility in facilities:
        key = (_ORDER.index(facility.layer), facility.state)
        counted[key] = counted.get(key, 0) + 1
    return [(symbols.of_facility(_ORDER[n], state), counted[n, state]) for n, state in sorted(counted)]


def row_width(row: Sequence[tuple[symbols.Look, int]], radius: float) -> float:
    """Return how many mm a row of symbols takes."""
    return sum(2.9 * radius + (1.4 * radius if count > 1 else 0) for _, count in row)


def draw_row(drawing: Drawing, row: Sequence[tuple[symbols.Look, int]], x: float, y: float, radius: float) -> None:
    """Draw a row of symbols from the left end x about the middle line y; several of a kind with their number."""
    for look, count in row:
        symbols.draw(drawing, look, x + 1.4 * radius, y, radius)
        x += 2.9 * radius
        if count > 1:
            size = 1.9 * radius
            drawing.text(x, y + size * 0.36, str(count), size=size, fill=palette.INK, halo="#ffffff")
            x += 1.4 * radius


def draw_services(drawing: Drawing, ground: Ground, view: View, facilities: Iterable[Facility]) -> None:
    """Draw a line from each shared facility to every unit that it serves besides its own."""
    for facility in facilities:
        if facility.at is None:
            continue
        for code in facility.serves:
            unit = ground.unit(code)
            if unit is None or unit.at is None or code == facility.unit:
                continue
            line = view.paper(np.array([facility.at, unit.at]))
            drawing.line(line, line="#ffffff", width=0.7)
            drawing.line(line, line=palette.ACCENT, width=0.3, dash="1.4 0.7")
