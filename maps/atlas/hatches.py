"""Hatchings of areas, so that a grey copy still tells the states apart: those of `maps.palette.Hatch`."""

from __future__ import annotations

from typing import Final

_TILE: Final = 1.8  # mm
_DRAWN: Final = {
    "diagonal": ("M-.5 2.3L2.3 -.5M-.5 .5L.5 -.5M1.3 2.3L2.3 1.3", 0.16),
    "cross": ("M-.2 -.2L2 2M-.2 2L2 -.2", 0.16),
    "level": ("M0 .9H1.8", 0.1),
    "dots": ("M.9 .9h.001", 0.36),
}


def pattern(hatch: str, colour: str) -> tuple[str, str]:
    """Return the id and the SVG definition of a hatching in a colour (#rrggbb), transparent between its lines."""
    path, width = _DRAWN[hatch]
    name = f"h-{hatch}-{colour.removeprefix('#')}"
    return name, (
        f'<pattern id="{name}" width="{_TILE}" height="{_TILE}" patternUnits="userSpaceOnUse">'
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linecap="round"/></pattern>'
    )
