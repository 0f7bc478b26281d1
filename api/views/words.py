"""How states, shares, numbers, days and sources read on a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.i18n import gettext
from api.texts import TEXTS
from geo import percentages
from geo.plans.rules import DeclaredRule, FigureRule, FreshnessRule, PresenceRule, ReachRule, RowsRule, Rule, TallyRule
from geo.schema import LAYERS, Column
from geo.states import State
from maps.layers import shown_state
from maps.palette import STATE_CODE, STATES
from maps.texts import cell_text

_SHORT: Final = 3
_HAVING: Final = frozenset({"equipment", "lab", "science_museum", "leader"})


@dataclass(frozen=True)
class Mark:
    """A state as drawn: `key` names its colour, `glyph` its shape, `label` says it."""

    key: str
    label: str
    glyph: str


def mark(state: str, sharing: str | None = None) -> Mark:
    """The mark of a state; met through a shared facility looks different from met."""
    key = shown_state({"state": state, "sharing": sharing})
    style = STATES[STATE_CODE[key]]
    plain = state != "met" or sharing is None
    return Mark(key, gettext(State(state).label if plain else style.label), style.glyph)


def verdict(state: str) -> Mark:
    """The mark of a rule or a task: where reports are missing it is yet to be judged."""
    known = mark(state)
    return Mark(known.key, TEXTS["undecided"], known.glyph) if state == State.UNKNOWN else known


def percent(share: float | None) -> str:
    """A share in 0…1 as a percentage (`geo.percentages`); a dash where there is none."""
    if share is None:
        return TEXTS["none_dash"]
    return percentages.percent(share)


def number(value: float | None) -> str:
    """A number with at most two decimals; thousands apart."""
    return TEXTS["none_dash"] if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")


def cell(column: Column, value: Any) -> str | None:
    """A cell as people read it; None where nothing was reported. Yes and no read as the column asks."""
    text = cell_text(column, value)
    if text is None:
        return None
    if column.kind == "flag":
        return TEXTS[f"{'have' if column.name in _HAVING else 'is'}_{'yes' if value else 'no'}"]
    if column.measure and text.endswith(column.measure):
        return text.removesuffix(column.measure) + gettext(column.measure)
    return gettext(text) if column.choices or column.kind == "dates" else text


def evidence(source: Mapping[str, Any]) -> str:
    """Where a fact stands: file, sheet, row and batch."""
    parts = [str(source.get("file") or TEXTS["none_dash"])]
    known = [key for key in ("sheet", "row", "batch") if source.get(key) is not None]
    parts += [TEXTS[f"in_{key}"].format(**{key: source[key]}) for key in known]
    return "".join(parts)


def measure(rule: Rule) -> str:
    """How a rule's value reads: share, count, number or declared."""
    if isinstance(rule, DeclaredRule):
        return "declared"
    if isinstance(rule, FigureRule | TallyRule):
        return "number"
    return str(getattr(rule, "measure", "share"))


def value_text(rule: Rule, value: float | None) -> str:
    """A rule's value."""
    if value is None:
        return TEXTS["no_value"]
    match measure(rule):
        case "share":
            return percent(value)
        case "declared":
            return TEXTS["declared_yes" if value >= 1 else "declared_no"]
    return number(value)


def threshold_text(rule: Rule) -> str:
    """What a rule asks for, on the scale of its value."""
    match measure(rule):
        case "share":
            return TEXTS["threshold_share"].format(threshold=percent(rule.threshold))
        case "declared":
            return TEXTS["threshold_declared"]
    most = isinstance(rule, FigureRule) and rule.comparison == "at_most"
    return TEXTS["threshold_most" if most else "threshold_count"].format(threshold=number(rule.threshold))


def short_name(rule: Rule) -> str:
    """A few characters for the head of a narrow column."""
    return gettext(_short_name(rule))


def _short_name(rule: Rule) -> str:
    if isinstance(rule, FreshnessRule):
        return LAYERS[rule.layer].column("updates").label.removesuffix("日期")
    if isinstance(rule, PresenceRule):
        layer = LAYERS[rule.layer]
        flags = [layer.column(name) for name in rule.require]
        asked = "、".join(column.label for column in flags if column.kind == "flag")
        label = layer.label.split("(")[0]
        if kinds := [
            layer.column("kind").choices[kind] for kind in rule.where.get("kind", ()) if isinstance(kind, str)
        ]:
            return "、".join(kinds)
        return asked or (label.removeprefix("科普") if len(label) > _SHORT else label)
    if isinstance(rule, RowsRule):
        layer = LAYERS[rule.layer]
        own = rule.measure == "count" and rule.unit == "base"  # it counts the bases themselves
        return layer.label if own else layer.column(next(iter(rule.meets))).label
    if isinstance(rule, ReachRule):
        return TEXTS.chinese["short_reach"]
    return rule.requirement
