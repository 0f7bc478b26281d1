"""What a map shows of its units: which state each has, and the symbols of those that are points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from maps import palette
from maps.atlas import symbols
from maps.layers import drawn_states

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from geo.assessment import RuleResult
    from maps.atlas.ground import Ground
    from maps.atlas.symbols import Look

    Spot = tuple[float, float]

GAPS: Final = frozenset({"not_met", "unknown"})
_LAYERS: Final = {"school": "schools", "base": "bases"}


@dataclass(frozen=True)
class Mark:
    """A unit as a point of the map: where it stands (metres, None for nowhere), how it looks, what it is called."""

    code: str
    name: str
    at: Spot | None
    state: str
    look: Look


@dataclass(frozen=True)
class Theme:
    """States by code of the units that are areas, `unit` saying which they are, and the marks on top.

    `styles`: how each state looks, in the order of the legend.
    """

    unit: str
    states: Mapping[str, palette.StateStyle]
    marks: tuple[Mark, ...]
    styles: tuple[palette.StateStyle, ...]

    def gaps(self) -> Iterator[Mark]:
        """Yield the units that are not met or unknown."""
        return (mark for mark in self.marks if mark.state in GAPS)

    def nowhere(self) -> list[Mark]:
        """Return the units that no map can show."""
        return [mark for mark in self.marks if mark.at is None]


def of_rule(ground: Ground, result: RuleResult) -> Theme:
    """Return what a rule's map shows: areas of townships or villages, or schools and bases as points."""
    found = result.findings
    codes = [str(code) for code in found.codes]
    styles = dict(zip(codes, (palette.STATES[code] for code in drawn_states(found).tolist()), strict=True))
    names = dict(zip(codes, map(str, found.names), strict=True))
    if result.rule.unit in _LAYERS:
        known = {one.id: one for one in ground.facilities[_LAYERS[result.rule.unit]]}
        spots = {code: known[code].at if code in known else None for code in codes}
        areas: dict[str, palette.StateStyle] = {}
    else:
        units = ground.townships if result.rule.unit == "township" else ground.villages
        spots = {code: units[code].at if code in units else None for code in codes}
        names |= {code: units[code].short for code in codes if code in units}
        areas = styles
    marks = tuple(
        Mark(code, names[code], spots[code], style.key, symbols.of_state(style))
        for code, style in styles.items()
        if style.key != "not_applicable" or result.rule.unit in {"township", "village"}
    )
    return Theme(result.rule.unit, areas, marks, legend_styles(sharing=found.dedicated))


def legend_styles(*, sharing: bool) -> tuple[palette.StateStyle, ...]:
    """Return the states in the order of a legend: met, met by sharing where rules tell it, not met, unknown, n/a."""
    order = ("met", "met_shared", "not_met", "unknown", "not_applicable")
    return tuple(palette.STATES[palette.STATE_CODE[key]] for key in order if sharing or key != "met_shared")
