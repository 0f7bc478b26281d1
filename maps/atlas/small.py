"""One village on a few square centimetres: its area, its facilities, who serves it, where it lies in its township."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from maps import palette
from maps.atlas import furniture, marks, symbols
from maps.atlas.drawing import Drawing
from maps.atlas.ground import ground_of
from maps.atlas.names import Name, write
from maps.atlas.texts import TEXTS
from maps.atlas.views import View
from maps.print.fonts import fonts

if TYPE_CHECKING:
    from maps.atlas.ground import Facility, Ground, Unit
    from maps.atlas.views import Bounds
    from maps.dossier.edition import Edition

WIDTH: Final = 80.0
HEIGHT: Final = 60.0
_INSET: Final = (WIDTH - 22.0, 0.0, 22.0, 19.0)
_SCALE: Final = (0.0, HEIGHT - 7.8, 27.0, HEIGHT)
_LETTERS: Final = 2.1
_SYMBOL: Final = 1.05
_TINT: Final = "#fbe3c2"


def unit_map(edition: Edition, code: str) -> bytes:
    """Return the map of a village or township as SVG, 80 × 60 mm; a unit without a place says so.

    Raises KeyError for a code that the place hasn't got.
    """
    ground = ground_of(edition)
    unit = ground.unit(code)
    if unit is None:
        raise KeyError(code)
    drawing = Drawing(WIDTH, HEIGHT)
    view = View.fit(_around(ground, unit), (0, 0, WIDTH, HEIGHT), margin=0.14)
    with drawing.inside(0, 0, WIDTH, HEIGHT):
        drawing.box(0, 0, WIDTH, HEIGHT, fill=palette.LAND)
        _units(drawing, ground, view, unit)
        _facilities(drawing, ground, view, unit)
        note = TEXTS["schematic"] if ground.schematic else ""
        furniture.scale_bar(drawing, view, _SCALE, longest=20, note=note, size=1.9)
    _inset(drawing, ground, unit)
    furniture.frame(drawing, view, pen=0.2)
    return drawing.svg(fonts().sans)


def _around(ground: Ground, unit: Unit) -> Bounds:
    """Return what a unit's map has to show: its area, its facilities and what serves it."""
    bounds = [unit.area.bounds] if unit.area is not None else []
    spots = [unit.at, *(facility.at for facility in (*ground.by_unit.get(unit.code, ()), *_servers(ground, unit)))]
    bounds += [(*spot, *spot) for spot in spots if spot is not None]
    outline = ground.outline(unit.home)
    if not bounds and outline is not None:
        bounds = [outline.bounds]
    if not bounds:
        bounds = [ground.boundary.bounds] if ground.boundary is not None else [(0.0, 0.0, 1000.0, 1000.0)]
    table = np.array(bounds)
    low, high = table[:, :2].min(axis=0), table[:, 2:].max(axis=0)
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, 400)
    west, south = (middle - half).tolist()
    east, north = (middle + half).tolist()
    return west, south, east, north


def _servers(ground: Ground, unit: Unit) -> tuple[Facility, ...]:
    return ground.servers.get(unit.code, ())


def _units(drawing: Drawing, ground: Ground, view: View, unit: Unit) -> None:
    members = ground.members.get(unit.home, ())
    dash = "1 0.6" if ground.schematic else ""
    for other in members:
        own = other.code == unit.code
        drawing.area(view.rings(other.area), fill=_TINT if own else "#ffffff", line=palette.LINE, dash=dash)
    drawing.area(view.rings(ground.outline(unit.home)), line=palette.INK, width=0.4, dash="2.4 0.8" if dash else "")
    if unit.code in ground.villages:
        drawing.area(view.rings(unit.area), line=palette.ACCENT, width=0.5)


def _facilities(drawing: Drawing, ground: Ground, view: View, unit: Unit) -> None:
    own, servers = ground.by_unit.get(unit.code, ()), _servers(ground, unit)
    marks.draw_services(drawing, ground, view, [*own, *servers])
    placed = [one for one in (*own, *servers) if one.at is not None and one.own]
    spots = marks.spread([view.point(one.at) for one in placed if one.at is not None], 2.6 * _SYMBOL)
    for one, (x, y) in zip(placed, spots, strict=True):
        symbols.draw(drawing, symbols.of_facility(one.layer, one.state), x, y, _SYMBOL)
    taken = [(x - 1.3, y - 1.3, x + 1.3, y + 1.3) for x, y in spots]
    row = marks.row_of(one for one in own if not one.own)
    _names(drawing, ground, view, unit, row, taken)


def _names(
    drawing: Drawing, ground: Ground, view: View, unit: Unit, row: list[tuple[symbols.Look, int]],
    taken: list[tuple[float, float, float, float]],
) -> None:  # fmt: skip
    """Write the unit's name with what stands at its point, and fainter those of its neighbours."""
    left, top, wide, high = _INSET
    serving = {one.unit for one in ground.servers.get(unit.code, ())}
    others = {one.code: one for one in ground.members.get(unit.home, ())}
    others |= {code: found for code in sorted(serving) if (found := ground.unit(code))}
    names = []
    for one in (unit, *(other for code, other in others.items() if code != unit.code)):
        if one.at is None or not view.holds(one.at):
            continue
        x, y = view.point(one.at)
        if one is unit:
            drawing.circle(x, y, 0.7, fill=palette.ACCENT, line="#ffffff")
            names.append(Name(one.short, x, y, _LETTERS * 1.25, bold=True, weight=9, may_go=False, row=row,
                              radius=_SYMBOL, code=one.code))  # fmt: skip
        else:
            drawing.circle(x, y, 0.4, fill=palette.MUTED, line="#ffffff")
            names.append(Name(one.short, x, y, _LETTERS * 0.9, fill=palette.MUTED, code=one.code))
    furnished = [(left, top, left + wide, top + high), _SCALE]
    write(drawing, names, (0.3, 0.3, WIDTH - 0.3, HEIGHT - 0.3), taken=[*taken, *furnished])


def _inset(drawing: Drawing, ground: Ground, unit: Unit) -> None:
    """Show the township small, with the unit in it."""
    left, top, wide, high = _INSET
    drawing.box(left, top, wide, high, fill="#ffffff", line=palette.INK, pen=0.15)
    outline = ground.outline(unit.home)
    if unit.nowhere:
        drawing.text(WIDTH / 2, HEIGHT / 2, f"{unit.short}：{TEXTS['nowhere']}", size=2.8, fill=palette.INK, bold=True,
                     halo="#ffffff")  # fmt: skip
    if outline is None:
        drawing.text(left + wide / 2, top + high / 2, TEXTS["nowhere"], size=1.9, fill=palette.MUTED)
        return
    view = View.fit(outline.bounds, (left, top + 2.6, wide, high - 2.6), margin=0.05)
    with drawing.inside(left, top, wide, high):
        drawing.area(view.rings(outline), fill=palette.GROUND, line=palette.MUTED, width=0.2)
        drawing.area(view.rings(unit.area if unit.code in ground.villages else None), fill=palette.ACCENT)
        if unit.at is not None:
            drawing.circle(*view.point(unit.at), 0.5, fill=palette.ACCENT, line="#ffffff")
        home = ground.townships.get(unit.home)
        drawing.text(left + wide / 2, top + 2.3, (home.short if home else "")[:10], size=1.9, fill=palette.INK)
