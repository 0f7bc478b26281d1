"""The body of a township's map: villages, facilities at their places, services, and where it lies in the place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from maps import palette
from maps.atlas import furniture, grounds, marks, symbols
from maps.atlas.bodies import township_names, written
from maps.atlas.drawing import Drawing
from maps.atlas.names import Name
from maps.atlas.panels import Panel, extent
from maps.atlas.texts import TEXTS
from maps.atlas.views import View

if TYPE_CHECKING:
    from maps.atlas.ground import Facility, Ground
    from maps.atlas.themes import Theme
    from maps.atlas.views import Bounds

    Box = tuple[float, float, float, float]
    Boxes = list[Box]
    Written = list[tuple[str, Box]]

_SYMBOL: Final = 1.65
_LETTERS: Final = 2.9
_SMALL: Final = 2.1
_NAMED: Final = frozenset({"schools", "bases"})


def township_map(ground: Ground, theme: Theme, code: str, width: float, height: float) -> tuple[Drawing, Written]:
    """Draw a township in `width` × `height` mm; returns what is written on it too."""
    drawing = Drawing(width, height)
    own = [one for each in ground.facilities.values() for one in each if one.home == code]
    view = View.fit(_bounds(ground, code, own), (0, 0, width, height), margin=0.05)
    with drawing.inside(0, 0, width, height):
        drawing.box(0, 0, width, height, fill="#ffffff")
        grounds.areas(
            drawing, ground, view, theme.unit, {unit.code: theme.states[unit.code] for unit in ground.members[code]}
        )
        grounds.veil(drawing, ground, view, {code})
        grounds.lines(drawing, ground, view)
        drawing.area(
            view.rings(ground.outline(code)), line=palette.INK, width=0.6, dash="3 1" if ground.schematic else ""
        )
    furniture.graticule(drawing, view, ground.to_metres)
    with drawing.inside(0, 0, width, height):
        marks.draw_services(drawing, ground, view, _serving(ground, code, own))
        spots = _draw_placed(drawing, view, [one for one in own if one.own])
        taken = _furnish(drawing, ground, view, code, [spot for _, spot in spots])
        boxes = _names(drawing, ground, view, code, own, spots, taken)
    furniture.frame(drawing, view)
    return drawing, boxes


def _bounds(ground: Ground, code: str, own: list[Facility]) -> Bounds:
    outline = ground.outline(code)
    bounds = [] if outline is None else [outline.bounds]
    spots = [one.at for one in (ground.townships[code], *ground.members[code], *(own if outline is None else ()))]
    bounds += [(*at, *at) for at in spots if at is not None]
    if not bounds:
        return extent(ground)
    table = np.array(bounds)
    west, south = (table[:, :2].min(axis=0) - 150).tolist()
    east, north = (table[:, 2:].max(axis=0) + 150).tolist()
    return west, south, east, north


def _serving(ground: Ground, code: str, own: list[Facility]) -> list[Facility]:
    """Return the facilities of the township that serve several units, and those of others that serve its villages."""
    others = [one for unit in ground.members[code] for one in ground.servers.get(unit.code, ()) if one.home != code]
    return list({(one.layer, one.id): one for one in (*own, *others) if one.layer in {"stations", "boards"}}.values())


def _draw_placed(drawing: Drawing, view: View, placed: list[Facility]) -> list[tuple[Facility, tuple[float, float]]]:
    inside = [one for one in placed if view.holds(one.at, margin=1)]
    spots = marks.spread([view.point(one.at) for one in inside if one.at is not None], 2.5 * _SYMBOL)
    for one, (x, y) in zip(inside, spots, strict=True):
        symbols.draw(drawing, symbols.of_facility(one.layer, one.state), x, y, _SYMBOL)
    return list(zip(inside, spots, strict=True))


def _furnish(drawing: Drawing, ground: Ground, view: View, code: str, spots: list[tuple[float, float]]) -> Boxes:
    """Draw inset, scale and north in the corners that hide the fewest villages and facilities."""
    points = [view.point(unit.at) for unit in ground.members[code] if unit.at is not None] + spots
    west, south, east, north = extent(ground)
    shape = (east - west) / max(north - south, 1.0)
    wide = min(58.0, max(26.0, 62.0 * shape))
    high = min(62.0, wide / shape)
    boxes = [furniture.corner(view, points, (wide, high), [])]
    _inset(drawing, ground, code, boxes[0])
    note = TEXTS["schematic"] if ground.schematic else ""
    return furniture.furnish(drawing, view, ground.to_metres, points, boxes, note=note)


def _inset(drawing: Drawing, ground: Ground, code: str, box: Box) -> None:
    """Show the place small with the township in it."""
    left, top, right, bottom = box
    view = View.fit(extent(ground), (left, top, right - left, bottom - top), margin=0.04)
    drawing.box(left, top, right - left, bottom - top, fill="#ffffff")
    for other in ground.townships:
        fill = palette.ACCENT if other == code else "#e3e7ec"
        drawing.area(view.rings(ground.outline(other)), fill=fill, line="#ffffff", width=0.1)
    if ground.boundary is not None:
        drawing.area(view.rings(ground.boundary), line=palette.MUTED, width=0.25)
    unit = ground.townships[code]
    if unit.at is not None:
        drawing.circle(*view.point(unit.at), 0.9, fill="none", line=palette.STATES[3].fill, width=0.35)
    furniture.frame(drawing, view, pen=0.2)


def _names(
    drawing: Drawing, ground: Ground, view: View, code: str, own: list[Facility],
    spots: list[tuple[Facility, tuple[float, float]]], taken: Boxes,
) -> Written:  # fmt: skip
    """Write villages with what has no place of its own, the township's seat, schools, bases and faint neighbours."""
    rest: dict[str, list[Facility]] = {}
    for one in own:
        if not one.own:
            rest.setdefault(one.unit, []).append(one)
    names: list[Name] = []
    for unit in (*ground.members[code], ground.townships[code]):
        if unit.at is None:
            continue
        x, y = view.point(unit.at)
        town = unit.code == code
        _point(drawing, x, y, town=town)
        row = marks.row_of(rest.get(unit.code, ()))
        look = (_LETTERS * 1.3, palette.ACCENT, 1.5, 9) if town else (_LETTERS, palette.INK, 0.9, 8)
        size, fill, gap, weight = look
        names.append(Name(unit.short, x, y, size, fill, bold=True, gap=gap, weight=weight, may_go=False, row=row,
                          radius=1.4, longest=12, code=unit.code))  # fmt: skip
    names += [
        Name(one.name, x, y, _SMALL, fill="#3b4f6b", gap=_SYMBOL + 0.4, weight=1, longest=10)
        for one, (x, y) in spots
        if one.layer in _NAMED
    ]
    names += [
        Name(
            name.text,
            name.x,
            name.y,
            name.size,
            fill=palette.LINE,
            bold=False,
            weight=0.5,
            centred=True,
            longest=8,
            code=name.code,
        )
        for name in township_names(ground, Panel(view, ""), letters=2.6, besides={code})
    ]
    window = (0.8, 0.8, view.width - 0.8, view.height - 0.8)
    broad = 1.3 * _SYMBOL
    symbols_at = [(x - broad, y - _SYMBOL, x + broad, y + _SYMBOL) for _, (x, y) in spots]
    points = [(name.x - 0.8, name.y - 0.8, name.x + 0.8, name.y + 0.8) for name in names if not name.may_go]
    return written(drawing, names, window, [*taken, *symbols_at, *points])


def _point(drawing: Drawing, x: float, y: float, *, town: bool) -> None:
    if town:
        drawing.circle(x, y, 1.3, fill="#ffffff", line=palette.ACCENT, width=0.35)
    drawing.circle(x, y, 0.65, fill=palette.ACCENT if town else palette.INK, line="#ffffff", width=0.1)
