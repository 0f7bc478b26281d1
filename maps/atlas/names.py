"""Names on a map: blocks of one or several lines, with a row of symbols under them, set where they collide least."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from maps import palette
from maps.atlas import marks
from maps.atlas.labels import Label, place
from maps.atlas.lettering import width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from maps.atlas.drawing import Drawing
    from maps.atlas.labels import Place
    from maps.atlas.symbols import Look

    Box = tuple[float, float, float, float]

LEADING: Final = 1.15
_WHITE: Final = "#ffffff"


@dataclass(frozen=True)
class Name:
    """A name at a point of the paper: `gap` mm off it, `row`: symbols that stand under it, of `radius` mm.

    See `maps.atlas.labels.Label` for weight, may_go and centred.
    """

    text: str
    x: float
    y: float
    size: float
    fill: str = palette.INK
    bold: bool = False
    gap: float = 1.0
    weight: float = 1.0
    may_go: bool = True
    centred: bool = False
    longest: int = 12
    row: Sequence[tuple[Look, int]] = field(default=())
    radius: float = 1.1
    code: str = ""

    @property
    def lines(self) -> list[str]:
        """The name in lines of about the same length, none longer than `longest` signs."""
        rows = -(-len(self.text) // self.longest)
        each = -(-len(self.text) // max(rows, 1))
        return [self.text[at : at + each] for at in range(0, len(self.text), max(each, 1))]

    def label(self) -> Label:
        """Return the block that the name takes."""
        lines = self.lines
        broad = max([width(line, self.size) for line in lines] + [marks.row_width(self.row, self.radius)])
        high = self.size * LEADING * len(lines) + (2.6 * self.radius if self.row else 0.0)
        return Label(self.x, self.y, broad + 0.3, high, self.gap, self.weight, self.may_go, self.centred)


def write(
    drawing: Drawing, names: Sequence[Name], window: Box, *, taken: Sequence[tuple[float, ...]] = ()
) -> list[Box | None]:
    """Write names in a window (left, top, right, bottom in mm); returns the box of each, None for one left out."""
    labels = [name.label() for name in names]
    places = place(labels, window, taken=taken)
    for label, spot in zip(labels, places, strict=True):
        if spot is not None and spot.far:
            _leader(drawing, label, spot)
    boxes: list[Box | None] = []
    for name, label, spot in zip(names, labels, places, strict=True):
        if spot is None:
            boxes.append(None)
            continue
        _block(drawing, name, label, spot)
        boxes.append((spot.left, spot.top, spot.left + label.width, spot.top + label.height))
    return boxes


def _block(drawing: Drawing, name: Name, label: Label, spot: Place) -> None:
    middle = spot.left + label.width / 2
    for n, line in enumerate(name.lines):
        drawing.text(middle, spot.top + name.size * (0.9 + LEADING * n), line, size=name.size, bold=name.bold,
                     halo=_WHITE, fill=name.fill)  # fmt: skip
    if name.row:
        left = middle - marks.row_width(name.row, name.radius) / 2
        marks.draw_row(drawing, name.row, left, spot.top + label.height - 1.3 * name.radius, name.radius)


def _leader(drawing: Drawing, label: Label, spot: Place) -> None:
    x = min(max(label.x, spot.left), spot.left + label.width)
    y = min(max(label.y, spot.top), spot.top + label.height)
    drawing.line(np.array([[label.x, label.y], [x, y]]), line=palette.MUTED, width=0.12)
