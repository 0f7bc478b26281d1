"""The body of a map of the whole place: one to three windows with areas, symbols, names and furniture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from maps import palette
from maps.atlas import furniture, grounds, marks, symbols
from maps.atlas.drawing import Drawing
from maps.atlas.names import Name, write
from maps.atlas.panels import panels, spacing
from maps.atlas.texts import TEXTS
from maps.atlas.themes import GAPS
from maps.geometry import label_point

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from maps.atlas.ground import Ground
    from maps.atlas.panels import Panel
    from maps.atlas.themes import Mark, Theme

    Box = tuple[float, float, float, float]
    Boxes = list[Box]
    Written = list[tuple[str, Box]]

VILLAGE_LETTERS: Final = 1.9
TOWNSHIP_LETTERS: Final = 2.8
_FEW: Final = 25
RING: Final = 3.0
"""mm between units from which on all are named."""
_TOWNSHIP_INK: Final = "#2b3f63"


def place_map(ground: Ground, theme: Theme, width: float, height: float) -> tuple[Drawing, list[Written]]:
    """Draw a theme on the whole place in `width` × `height` mm; returns what is written in each window too."""
    drawing = Drawing(width, height)
    return drawing, [draw_panel(drawing, ground, theme, panel) for panel in panels(ground, (0, 0, width, height))]


def draw_panel(
    drawing: Drawing, ground: Ground, theme: Theme, panel: Panel, *, only: Collection[str] | None = None
) -> Written:
    """Draw one window; returns the code of each unit that is named there and the box of its name.

    `only`: the units to ring and to name, in place of all.
    """
    view = panel.view
    close = spacing(ground, panel)
    with drawing.inside(view.left, view.top, view.width, view.height):
        drawing.box(view.left, view.top, view.width, view.height, fill="#ffffff")
        grounds.areas(drawing, ground, view, theme.unit, theme.states)
        grounds.lines(drawing, ground, view, villages=theme.unit != "township")
    furniture.graticule(drawing, view, ground.to_metres)
    with drawing.inside(view.left, view.top, view.width, view.height):
        _frames(drawing, panel)
        taken = _furnish(drawing, ground, theme, panel)
        radius = min(max(close * 0.17, 0.75), 1.5) * (1.25 if theme.unit == "township" else 1.0)
        shown = _symbols(drawing, theme, panel, radius)
        taken += _boxes(shown, radius)
        if only is not None:
            shown = [pair for pair in shown if pair[0].code in only]
            _ring(drawing, shown, radius)
        names = _names(
            drawing, ground, theme, panel, shown, taken, close=close if only is None else RING, radius=radius
        )
    furniture.frame(drawing, view)
    return names


def _frames(drawing: Drawing, panel: Panel) -> None:
    """Draw where the enlargements lie."""
    for view, letter in zip(panel.inner, panel.inner_letters, strict=True):
        west, south, east, north = view.bounds
        (left, top), (right, bottom) = panel.view.point((west, north)), panel.view.point((east, south))
        drawing.box(left, top, right - left, bottom - top, line=palette.ACCENT, pen=0.35)
        drawing.text(left + 0.6, top - 0.6, letter, size=3.0, fill=palette.ACCENT, anchor="start", bold=True,
                     halo="#ffffff")  # fmt: skip


def _furnish(drawing: Drawing, ground: Ground, theme: Theme, panel: Panel) -> Boxes:
    """Draw letter, scale and north; returns their boxes."""
    view = panel.view
    spots = [unit.at for unit in ground.villages.values()] + [mark.at for mark in theme.marks]
    points = [view.point(at) for at in spots if at is not None and view.holds(at)]
    boxes: Boxes = []
    if panel.letter:
        boxes.append((view.left, view.top, view.left + 9, view.top + 7))
        drawing.box(view.left, view.top, 9, 7, fill="#ffffff", line=palette.INK, pen=0.2)
        drawing.text(view.left + 4.5, view.top + 5.2, panel.letter, size=4.6, fill=palette.ACCENT, bold=True)
    note = TEXTS["schematic"] if ground.schematic else ""
    return furniture.furnish(drawing, view, ground.to_metres, points, boxes, note=note)


def _symbols(drawing: Drawing, theme: Theme, panel: Panel, radius: float) -> list[tuple[Mark, tuple[float, float]]]:
    """Draw the marks of a window, those that are gaps on top; returns them with where they stand."""
    view = panel.view
    seen = [mark for mark in theme.marks if view.holds(mark.at, margin=0.5) and not panel.enlarged(mark.at)]
    seen.sort(key=lambda mark: mark.state not in GAPS)
    spots = [view.point(mark.at) for mark in seen if mark.at is not None]
    if theme.unit not in {"township", "village"}:
        spots = marks.spread(spots, 2.1 * radius)
    pairs = list(zip(seen, spots, strict=True))
    for mark, (x, y) in reversed(pairs):
        symbols.draw(drawing, mark.look, x, y, radius if mark.state != "not_applicable" else radius * 0.7)
    return pairs


def _ring(drawing: Drawing, shown: Sequence[tuple[Mark, tuple[float, float]]], radius: float) -> None:
    for _, (x, y) in shown:
        drawing.circle(x, y, 1.7 * radius, fill="none", line="#ffffff", width=0.9)
        drawing.circle(x, y, 1.7 * radius, fill="none", line=palette.ACCENT, width=0.45)


def _boxes(shown: Sequence[tuple[Mark, tuple[float, float]]], radius: float) -> Boxes:
    return [(x - radius, y - radius, x + radius, y + radius) for _, (x, y) in shown]


def _names(
    drawing: Drawing, ground: Ground, theme: Theme, panel: Panel, shown: Sequence[tuple[Mark, tuple[float, float]]],
    taken: Boxes, *, close: float, radius: float,
) -> Written:  # fmt: skip
    view = panel.view
    window = (view.left + 0.5, view.top + 0.5, view.left + view.width - 0.5, view.top + view.height - 0.5)
    town = theme.unit == "township"
    size = 2.4 if town or len(shown) <= _FEW else VILLAGE_LETTERS
    names = township_names(ground, panel, letters=TOWNSHIP_LETTERS, besides=ground.townships if town else ())
    for mark, (x, y) in shown:
        gap = mark.state in GAPS
        wanted = 2 * RING if mark.state == "not_applicable" else RING
        if not gap and close < wanted and not town:
            continue
        names.append(Name(
            mark.name, x, y, size, gap=radius + 0.25,
            weight=3.0 if gap else 1.0, bold=town,
            fill=palette.INK if gap or town else "#465364", longest=10, code=mark.code,
        ))  # fmt: skip
    return written(drawing, names, window, taken)


def written(drawing: Drawing, names: Sequence[Name], window: Box, taken: Boxes) -> Written:
    """Write names; returns the code and the box of those that found room."""
    boxes = write(drawing, names, window, taken=taken)
    return [(name.code, box) for name, box in zip(names, boxes, strict=True) if box is not None]


def township_names(ground: Ground, panel: Panel, *, letters: float, besides: Collection[str] = ()) -> list[Name]:
    """Return the names of the townships, but `besides`, whose middle a window shows."""
    names = []
    for code, unit in ground.townships.items():
        if code in besides:
            continue
        at = label_point(ground.outline(code), fallback=unit.at)
        if at is None or not panel.view.holds(at, margin=2) or panel.enlarged(at):
            continue
        x, y = panel.view.point(at)
        names.append(Name(unit.short, x, y, letters, fill=_TOWNSHIP_INK, bold=True, gap=0.5, weight=6.0, centred=True,
                          longest=8, code=code))  # fmt: skip
    return names
