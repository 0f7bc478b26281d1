"""A drawing on paper: millimetres, y downwards, written as SVG with its texts as text.

The same calls give the same bytes: nothing in the file but what was drawn.
"""

from __future__ import annotations

from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any, Final, Literal

from maps.atlas.hatches import pattern
from maps.atlas.lettering import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    Points = NDArray[np.float64]

Anchor = Literal["start", "middle", "end"]
HAIRLINE: Final = 0.12
"""mm; the thinnest line that an office printer keeps."""


class Drawing:
    """A sheet of `width` × `height` mm that collects what is drawn on it, the last on top."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._parts: list[str] = []
        self._definitions: dict[str, str] = {}

    def area(
        self, rings: Iterable[Points], *, fill: str = "none", hatch: str = "none", line: str = "none",
        width: float = HAIRLINE, dash: str = "",
    ) -> None:  # fmt: skip
        """Fill closed rings by the even-odd rule; `hatch` (see maps.palette) lies over the fill in `line`'s colour."""
        data = "".join(_ring(ring) for ring in rings)
        if not data:
            return
        if hatch != "none":
            self._put("path", d=data, fill=fill, fill_rule="evenodd")
            name, markup = pattern(hatch, line)
            self._definitions[name] = markup
            fill = f"url(#{name})"
        self._put("path", d=data, fill=fill, fill_rule="evenodd", **_pen(line, width, dash))

    def line(self, points: Points, *, line: str, width: float = HAIRLINE, dash: str = "", cap: str = "butt") -> None:
        """Draw an open line."""
        self._put("path", d="M" + _coordinates(points), fill="none", stroke_linecap=cap, **_pen(line, width, dash))

    def box(
        self, x: float, y: float, width: float, height: float, *,
        fill: str = "none", line: str = "none", pen: float = HAIRLINE,
    ) -> None:  # fmt: skip
        """Draw a rectangle."""
        self._put("rect", x=_n(x), y=_n(y), width=_n(width), height=_n(height), fill=fill, **_pen(line, pen, ""))

    def circle(
        self, x: float, y: float, radius: float, *, fill: str, line: str = "none", width: float = HAIRLINE
    ) -> None:
        """Draw a disc."""
        self._put("circle", cx=_n(x), cy=_n(y), r=_n(radius), fill=fill, **_pen(line, width, ""))

    def shape(self, path: str, x: float, y: float, size: float, *, fill: str, line: str, width: float) -> None:
        """Draw the path of a symbol, given in units of `size` mm about (0, 0), at a point."""
        at = f"translate({_n(x)} {_n(y)}) scale({_n(size)})"
        self._put("path", d=path, transform=at, fill=fill, **_pen(line, width / size, ""))

    def text(
        self, x: float, y: float, text: str, *, size: float, fill: str, anchor: Anchor = "middle",
        bold: bool = False, halo: str = "none",
    ) -> None:  # fmt: skip
        """Write one line of `size` mm, its baseline at y; `halo` is the colour that parts it from the ground."""
        more: dict[str, Any] = {"font_weight": "bold"} if bold else {}
        if halo != "none":
            more |= {"stroke": halo, "stroke_width": _n(size / 4), "stroke_linejoin": "round", "paint_order": "stroke"}
        self._put("text", printable(text), x=_n(x), y=_n(y), font_size=_n(size), fill=fill, text_anchor=anchor, **more)

    @contextmanager
    def inside(self, x: float, y: float, width: float, height: float) -> Iterator[None]:
        """Cut off at a rectangle what is drawn meanwhile."""
        name = f"c{_n(x)}-{_n(y)}-{_n(width)}-{_n(height)}".replace(".", "_")
        box = f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"/>'
        self._definitions[name] = f'<clipPath id="{name}">{box}</clipPath>'
        self._parts.append(f'<g clip-path="url(#{name})">')
        yield
        self._parts.append("</g>")

    def svg(self, font: str) -> bytes:
        """Return the drawing as SVG, its texts in the family `font`."""
        width, height = _n(self.width), _n(self.height)
        return "\n".join((
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
            f'viewBox="0 0 {width} {height}" font-family="{escape(font)}">',
            f"<defs>{''.join(self._definitions.values())}</defs>" if self._definitions else "",
            *self._parts,
            "</svg>\n",
        )).encode()  # fmt: skip

    def _put(self, tag: str, content: str = "", **attributes: object) -> None:
        told = " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
        self._parts.append(f"<{tag} {told}>{escape(content)}</{tag}>" if content else f"<{tag} {told}/>")


def _pen(line: str, width: float, dash: str) -> dict[str, str]:
    if line == "none":
        return {}
    pen = {"stroke": line, "stroke_width": f"{width:.3f}", "stroke_linejoin": "round"}
    return pen | {"stroke_dasharray": dash} if dash else pen


def _ring(ring: Points) -> str:
    return f"M{_coordinates(ring[:-1])}Z"


def _coordinates(points: Points) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points.tolist())


def _n(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if value else "0"
