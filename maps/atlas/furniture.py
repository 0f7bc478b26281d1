"""What every map on paper carries in its window: frame, graticule, scale bar, numeric scale and north."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from maps import palette
from maps.atlas.drawing import HAIRLINE
from maps.atlas.lettering import width
from maps.atlas.views import degrees_between

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pyproj import Transformer

    from maps.atlas.drawing import Drawing
    from maps.atlas.views import View

    Box = tuple[float, float, float, float]
    Points = NDArray[np.float64]

_WHITE: Final = "#ffffff"
_KILOMETRE: Final = 1000
SCALE_BOX: Final = (44.0, 9.6)
"""mm that a scale bar of 36 mm takes."""
NORTH_BOX: Final = (13.0, 14.0)


def frame(drawing: Drawing, view: View, *, pen: float = 0.25) -> None:
    """Draw the neat line of a window."""
    drawing.box(view.left, view.top, view.width, view.height, line=palette.INK, pen=pen)


def scale_text(scale: float) -> str:
    """Return a numeric scale: 1∶50 000."""
    return f"1∶{scale:,.0f}".replace(",", " ")


def scale_bar(
    drawing: Drawing, view: View, box: Box, *, longest: float, note: str = "", size: float = 2.3
) -> None:  # fmt: skip
    """Draw numeric scale and scale bar into a box of the paper (mm), with a `note` (示意) beside the number."""
    left, top, right, bottom = box
    metres, length = view.bar(longest)
    told, unit = (metres / 1000, "千米") if metres >= _KILOMETRE else (metres, "米")
    drawing.box(left, top, right - left, bottom - top, fill=_WHITE)
    x, bar = left + 1.2, top + 1.75 * size
    head = scale_text(view.scale)
    drawing.text(x, top + 1.25 * size, head, size=size, fill=palette.INK, anchor="start")
    if note:
        drawing.text(x + width(head, size) + 2, top + 1.25 * size, note, size=size, fill=palette.MUTED, anchor="start")
    for part, fill in ((0, palette.INK), (1, _WHITE)):
        drawing.box(x + part * length / 2, bar, length / 2, 0.8, pen=0.15, line=palette.INK, fill=fill)
    drawing.text(x, bar + 0.8 + 1.05 * size, "0", size=size, fill=palette.INK, anchor="start")
    end = f"{told:g} {unit}"
    half = width(end, size) / 2
    drawing.text(min(x + length, right - half - 0.3), bar + 0.8 + 1.05 * size, end, size=size, fill=palette.INK)


def north_arrow(drawing: Drawing, x: float, y: float, *, size: float = 7.0, turn: float = 0.0) -> None:
    """Draw an arrow to true north about (x, y), `size` mm high; `turn`: degrees of true north east of the grid's."""
    radians = np.deg2rad(turn)
    sine, cosine = float(np.sin(radians)), float(np.cos(radians))

    def turned(points: list[tuple[float, float]]) -> Points:
        return np.array([(x + size * (a * cosine - b * sine), y + size * (a * sine + b * cosine)) for a, b in points])

    drawing.circle(x, y - 0.1 * size, 0.72 * size, fill=_WHITE)
    drawing.area([turned([(0, -0.5), (0, 0.3), (-0.24, 0.5), (0, -0.5)])], fill=palette.INK, line=palette.INK)
    drawing.area([turned([(0, -0.5), (0.24, 0.5), (0, 0.3), (0, -0.5)])], fill=_WHITE, line=palette.INK)
    at = turned([(0, -0.58)])[0]
    drawing.text(float(at[0]), float(at[1]), "北", size=size * 0.36, fill=palette.INK, bold=True)


def corner(view: View, points: Sequence[tuple[float, float]], size: tuple[float, float], taken: Sequence[Box]) -> Box:
    """Return the box of `size` mm in the corner of a window that hides the fewest points and is not taken."""
    wide, high = size
    right, bottom = view.left + view.width, view.top + view.height
    corners = (
        (view.left, bottom - high),
        (right - wide, bottom - high),
        (right - wide, view.top),
        (view.left, view.top),
    )

    def hidden(at: tuple[float, float]) -> int:
        left, top = at
        crossed = sum(left < b[2] and b[0] < left + wide and top < b[3] and b[1] < top + high for b in taken)
        return 1000 * crossed + sum(left <= x <= left + wide and top <= y <= top + high for x, y in points)

    left, top = min(corners, key=hidden)
    return left, top, left + wide, top + high


def furnish(
    drawing: Drawing, view: View, to_metres: Transformer, points: Sequence[tuple[float, float]], taken: Sequence[Box],
    *, note: str,
) -> list[Box]:  # fmt: skip
    """Draw scale and north in the corners that hide the fewest points; returns `taken` with their boxes."""
    scale = corner(view, points, SCALE_BOX, taken)
    scale_bar(drawing, view, scale, longest=36, note=note)
    north = corner(view, points, NORTH_BOX, [*taken, scale])
    x, y = (north[0] + north[2]) / 2, (north[1] + north[3]) / 2 + 1.5
    north_arrow(drawing, x, y, size=8, turn=convergence(view, to_metres))
    return [*taken, scale, north]


def convergence(view: View, to_metres: Transformer) -> float:
    """Return by how many degrees true north lies clockwise of the grid's north in the middle of a window."""
    lon, lat = to_metres.transform(view.x, view.y, direction="INVERSE")
    x, y = to_metres.transform([lon, lon], [lat, lat + 0.01])
    return float(np.degrees(np.arctan2(x[1] - x[0], y[1] - y[0])))


def graticule(drawing: Drawing, view: View, to_metres: Transformer, *, fewest: int = 2, size: float = 1.9) -> None:
    """Draw meridians and parallels (CGCS2000) as fine lines, their degrees written inside the neat line."""
    west, south, east, north = view.bounds
    corners_x, corners_y = np.array([west, west, east, east]), np.array([south, north, south, north])
    lon, lat = to_metres.transform(corners_x, corners_y, direction="INVERSE")
    lons, lon_step = degrees_between(float(lon.min()), float(lon.max()), fewest)
    lats, lat_step = degrees_between(float(lat.min()), float(lat.max()), fewest)
    step = min(lon_step, lat_step)
    along = np.linspace(-0.2, 1.2, 25)
    with drawing.inside(view.left, view.top, view.width, view.height):
        for degree in lons:
            line = _line(view, to_metres, np.full(25, degree), lat.min() + along * (lat.max() - lat.min()))
            _draw_degree(drawing, view, line, degree_text(degree, step) + "E", size, upright=True)
        for degree in lats:
            line = _line(view, to_metres, lon.min() + along * (lon.max() - lon.min()), np.full(25, degree))
            _draw_degree(drawing, view, line, degree_text(degree, step) + "N", size, upright=False)


def degree_text(degree: float, step: float) -> str:
    """Return an angle in degrees, with minutes and seconds where the step has them."""
    seconds = round(degree * 3600)
    text = f"{seconds // 3600}°"
    if step * 3600 % 3600:
        text += f"{seconds % 3600 // 60:02d}′"
    if round(step * 3600) % 60:
        text += f"{seconds % 60:02d}″"
    return text


def _line(view: View, to_metres: Transformer, lon: object, lat: object) -> Points:
    return view.paper(np.column_stack(to_metres.transform(lon, lat)))


def _draw_degree(
    drawing: Drawing, view: View, line: Points, text: str, size: float, *,
    upright: bool,
) -> None:  # fmt: skip
    drawing.line(line, line=palette.ACCENT, width=HAIRLINE * 0.7, dash="1.2 0.8")
    wide = width(text, size)
    if upright:
        x = float(np.interp(view.top + 1, line[::-1, 1], line[::-1, 0]))
        if view.left + wide / 2 < x < view.left + view.width - wide / 2:
            drawing.text(x, view.top + size + 0.3, text, size=size, fill=palette.ACCENT, halo=_WHITE)
    else:
        y = float(np.interp(view.left + 1, line[:, 0], line[:, 1]))
        if view.top + 2 * size < y < view.top + view.height - size:
            drawing.text(view.left + 0.5, y + size * 0.36, text, size=size, fill=palette.ACCENT, anchor="start",
                         halo=_WHITE)  # fmt: skip
