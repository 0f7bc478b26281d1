"""The ground of a map: land, areas by state, lines of villages, townships and the place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from maps import palette

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from maps.atlas.drawing import Drawing
    from maps.atlas.ground import Ground
    from maps.atlas.views import View

VILLAGE_LINE: Final = ("#8a94a0", 0.12, "1 0.7")
TOWNSHIP_LINE: Final = ("#3b4654", 0.3, "2.4 0.9")
PLACE_LINE: Final = ("#1f2a37", 0.55, "3.6 0.9 0.5 0.9")
_BEYOND: Final = "#eceff2"


def areas(drawing: Drawing, ground: Ground, view: View, unit: str, states: Mapping[str, palette.StateStyle]) -> None:
    """Fill land, then townships or villages by their state, with its hatching."""
    for code in ground.townships:
        drawing.area(view.rings(ground.outline(code)), fill=palette.LAND)
    units = ground.townships if unit == "township" else ground.villages
    for code, style in states.items():
        if code in units:
            area = ground.outline(code) if unit == "township" else units[code].area
            drawing.area(view.rings(area), fill=style.area, hatch=style.hatch, line=_hatch_line(style), width=0.0)


def _hatch_line(style: palette.StateStyle) -> str:
    return style.line if style.hatch != "level" else "#b3bbc4"


def lines(drawing: Drawing, ground: Ground, view: View, *, villages: bool = True) -> None:
    """Draw the lines of villages, townships and the place; those that are laid out dashed."""
    kinds = [(ground.village_lines, VILLAGE_LINE)] if villages else []
    for shape, (colour, width, dash) in (*kinds, (ground.township_lines, TOWNSHIP_LINE)):
        for line in view.lines(shape):
            drawing.line(line, line=colour, width=width, dash=dash if ground.schematic else "")
    if ground.boundary is not None:
        colour, width, dash = PLACE_LINE
        drawing.area(view.rings(ground.boundary), line="#ffffff", width=2 * width)
        drawing.area(view.rings(ground.boundary), line=colour, width=width, dash=dash)


def veil(drawing: Drawing, ground: Ground, view: View, besides: Collection[str]) -> None:
    """Lay a pale veil over the townships other than `besides`, so that neighbours stay faint."""
    for code in ground.townships:
        if code not in besides:
            drawing.area(view.rings(ground.outline(code)), fill=_BEYOND)
