"""Point symbols of states and facilities on paper, shaped as the web map's: paths about (0, 0), one unit a radius."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin
from typing import TYPE_CHECKING, Final

from maps import palette

if TYPE_CHECKING:
    from maps.atlas.drawing import Drawing


def _star(corners: int, inner: float) -> str:
    turns = [(inner if i % 2 else 1.35, i * pi / corners) for i in range(2 * corners)]
    return "M" + " ".join(f"{r * sin(t):.3f},{-r * cos(t):.3f}" for r, t in turns) + "Z"


def _disc(x: float, y: float, r: float) -> str:
    return f"M{x - r:.2f} {y:.2f}a{r:.2f} {r:.2f} 0 1 0 {2 * r:.2f} 0a{r:.2f} {r:.2f} 0 1 0 {-2 * r:.2f} 0Z"


SHAPES: Final = {
    "disc": _disc(0, 0, 1),
    "half": _disc(0, 0, 1),
    "diamond": "M0 -1.3L1.3 0L0 1.3L-1.3 0Z",
    "square": "M-.9 -.9H.9V.9H-.9Z",
    "dot": _disc(0, 0, 0.45),
    "house": "M0 -1.2L1.1 -.2V1H-1.1V-.2Z",
    "board": "M-1.3 -.9H1.3V.6H-1.3ZM-.7 .6V1.2M.7 .6V1.2",
    "person": f"M-1 1A1 1 0 0 1 1 1Z{_disc(0, -0.55, 0.55)}",
    "flag": "M-.8 1.2V-1.2L1.2 -.5L-.8 .2",
    "star": _star(5, 0.58),
    "triangle": "M0 -1.2L1.2 1H-1.2Z",
    "cross": "M-.4 -1.2H.4V-.4H1.2V.4H.4V1.2H-.4V.4H-1.2V-.4H-.4Z",
    "hexagon": "M" + " ".join(f"{1.15 * sin(i * pi / 3):.3f},{1.15 * cos(i * pi / 3):.3f}" for i in range(6)) + "Z",
}
_ON: Final = {"board": (0, -0.15), "house": (0, 0.2), "flag": (-0.2, -0.5), "person": (0, 0.6), "triangle": (0, 0.45)}
"""Where a mark stands on a shape: its middle."""


@dataclass(frozen=True)
class Look:
    """How one symbol is drawn: shape, colours, and the mark on it that holds without colour."""

    shape: str
    fill: str
    line: str
    mark: str = ""
    ink: str = palette.INK


def of_state(style: palette.StateStyle) -> Look:
    """Return the symbol of a unit's state; an unknown one bears a question mark."""
    return Look(style.glyph, style.fill, style.line, style.mark or ("?" if style.glyph == "square" else ""), style.line)


def of_facility(layer: str, state: int) -> Look:
    """Return the symbol of a facility: a board by the code of its freshness, others 0 yes or plain, 1 no, 2 unknown."""
    own = next(style for style in palette.FACILITIES if style.layer == layer)
    if layer == "boards":
        fresh = palette.FRESHNESS[state]
        return Look(own.shape, fresh.fill, fresh.line, fresh.mark, "#ffffff" if fresh.mark in "!×" else fresh.line)
    if state == 0:
        return Look(own.shape, own.fill, "#ffffff")
    red = palette.STATES[palette.STATE_CODE["not_met"]].fill
    mark, line = ("×", red) if state == 1 else ("?", palette.MUTED)
    return Look(own.shape, "#ffffff", line, mark, line)


def draw(drawing: Drawing, look: Look, x: float, y: float, radius: float) -> None:
    """Draw a symbol about a point; `radius` in mm."""
    width = max(0.12, radius * 0.14)
    if look.shape == "diamond":  # red on red ground: parted from it by a white rim
        drawing.shape(SHAPES["diamond"], x, y, radius, fill="#ffffff", line="#ffffff", width=radius * 0.7)
    fill = "#ffffff" if look.shape == "half" else look.line if look.shape == "dot" else look.fill
    drawing.shape(SHAPES[look.shape], x, y, radius, fill=fill, line=look.line, width=width)
    if look.shape == "half":
        drawing.shape("M0 -1A1 1 0 0 0 0 1Z", x, y, radius, fill=look.line, line="none", width=0)
    if look.mark:
        right, down = _ON.get(look.shape, (0, 0))
        size = radius * 1.5
        drawing.text(
            x + right * radius, y + down * radius + size * 0.36, look.mark, size=size, fill=look.ink, bold=True
        )
