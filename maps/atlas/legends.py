"""Legends: a small picture and its words for each sign of a map, with the counts that the map shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from maps import palette
from maps.atlas import grounds, symbols
from maps.atlas.combined import pale
from maps.atlas.drawing import Drawing
from maps.atlas.texts import TEXTS
from maps.print.fonts import fonts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geo.assessment import Counts
    from maps.atlas.ground import Facility, Ground
    from maps.atlas.themes import Theme

    Row = dict[str, Any]

_SIZE: Final = (9.0, 4.8)
_BLUE: Final = palette.ACCENT


def states(theme: Theme, counts: Counts) -> list[Row]:
    """Return the legend of a rule's states: all of them, each with its count."""
    told = counts.as_dict() | {"met": counts.met - counts.met_shared if len(theme.styles) > 4 else counts.met}
    rows = []
    for style in theme.styles:
        label = style.label
        if style.key == "met" and len(theme.styles) == 4:
            label = TEXTS["col_met"]
        if style.key == "not_applicable":
            label = TEXTS["out_of_scope"]
        rows.append({"picture": state_picture(style.key, area=bool(theme.states)), "text": label,
                     "count": str(told[style.key])})  # fmt: skip
    return rows


def state_picture(key: str, *, area: bool) -> str:
    """Return the name of a state's legend picture (see `pictures`)."""
    return f"{'area' if area else 'mark'}-{key}"


def lines(ground: Ground, place: str, *, villages: bool = True) -> list[Row]:
    """Return the legend of the lines, with or without those of villages; those that are laid out say so."""
    note = f"（{TEXTS['schematic']}）" if ground.schematic else ""
    rows = [
        ("place", TEXTS["boundary"].format(place=place), ground.boundary is not None),
        ("township", TEXTS["township_line"] + note, True),
        ("village", TEXTS["village_line"] + note, villages),
    ]
    return [{"picture": f"line-{name}", "text": text} for name, text, drawn in rows if drawn]


def facilities(shown: Iterable[Facility]) -> list[Row]:
    """Return the legend of the facilities that a map shows, by layer and state, each with its count."""
    counted: dict[tuple[int, int], int] = {}
    layers = [style.layer for style in palette.FACILITIES]
    for one in shown:
        key = (layers.index(one.layer), one.state)
        counted[key] = counted.get(key, 0) + 1
    return [
        {"picture": f"facility-{layers[n]}-{state}", "text": _facility_text(layers[n], state), "count": str(count)}
        for (n, state), count in sorted(counted.items())
    ]


def _facility_text(layer: str, state: int) -> str:
    label = next(style.label for style in palette.FACILITIES if style.layer == layer)
    if layer == "boards":
        return f"{label}：{palette.FRESHNESS[state].label}"
    words = {"schools": "科技活动室", "associations": "民政登记", "organisations": "分管领导"}
    if layer not in words:
        return label
    return f"{label}：{('有' + words[layer], '没有' + words[layer], words[layer] + '未上报')[state]}"


def pictures() -> Mapping[str, bytes]:
    """Return every picture that legends and tables place, by name, as SVG."""
    out = {}
    for style in palette.STATES:
        for area in (True, False):
            drawing = Drawing(*_SIZE)
            if area:
                drawing.area([_edge()], fill=style.area, hatch=style.hatch, line=style.line, width=0.15)
            symbols.draw(drawing, symbols.of_state(style), _SIZE[0] / 2, _SIZE[1] / 2, 1.3)
            out[state_picture(style.key, area=area)] = drawing
    for key in ("met", "not_met", "unknown", "not_applicable"):
        style = pale(palette.STATES[palette.STATE_CODE[key]])
        out[f"pale-{key}"] = Drawing(*_SIZE)
        out[f"pale-{key}"].area([_edge()], fill=style.area, hatch=style.hatch, line=style.line, width=0.15)
    for number, share in enumerate(palette.SHARES):
        drawing = Drawing(*_SIZE)
        drawing.area([_edge()], fill=share.fill, line=palette.MUTED, width=0.15)
        out[f"share-{number}"] = drawing
    out |= {f"line-{name}": _line(*look) for name, look in {
        "place": grounds.PLACE_LINE, "township": grounds.TOWNSHIP_LINE, "village": grounds.VILLAGE_LINE,
        "service": (_BLUE, 0.3, "1.4 0.7"),
    }.items()}  # fmt: skip
    for facility in palette.FACILITIES:
        for state in range(len(palette.FRESHNESS) if facility.layer == "boards" else 3):
            drawing = Drawing(*_SIZE)
            symbols.draw(drawing, symbols.of_facility(facility.layer, state), _SIZE[0] / 2, _SIZE[1] / 2, 1.5)
            out[f"facility-{facility.layer}-{state}"] = drawing
    out["ring"] = Drawing(*_SIZE)
    out["ring"].circle(_SIZE[0] / 2, _SIZE[1] / 2, 1.9, fill="none", line=palette.ACCENT, width=0.45)
    return {name: drawing.svg(fonts().sans) for name, drawing in out.items()}


def _edge() -> Any:
    wide, high = _SIZE
    return np.array([[0.2, 0.2], [wide - 0.2, 0.2], [wide - 0.2, high - 0.2], [0.2, high - 0.2], [0.2, 0.2]])


def _line(colour: str, width: float, dash: str) -> Drawing:
    drawing = Drawing(*_SIZE)
    drawing.line(np.array([[0.2, _SIZE[1] / 2], [_SIZE[0] - 0.2, _SIZE[1] / 2]]), line=colour, width=width, dash=dash)
    return drawing
