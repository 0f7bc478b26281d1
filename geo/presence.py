"""Presence rules: a unit has at least one facility that satisfies the conditions.

Met when a facility that serves the unit is known to satisfy them (dedicated if one of
those is not shared); else unknown while one of its facilities may satisfy them; else not
met when one is known to fail, when the unit reported none, or when its township's list is
complete, or when what served it is closed; else unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.assessment import Findings
from geo.closings import Closings
from geo.schema import LAYERS
from geo.states import MET, NOT_APPLICABLE, NOT_MET, UNKNOWN, both
from geo.survey import affirms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.plans.rules import PresenceRule
    from geo.states import States
    from geo.survey import Survey
    from geo.units import Links, Units

_RANK = {MET: 0, UNKNOWN: 1, NOT_MET: 2}
_MOST_NAMES = 4


def presence(survey: Survey, rule: PresenceRule) -> Findings:
    """Judge every unit of the rule's level; units out of scope are not applicable."""
    units = survey.units(rule.unit)
    table = survey.layers[rule.layer]
    links = survey.links(rule.layer, rule.unit, includes_villages=rule.includes_villages)
    matching = survey.matching(rule.layer, rule.where, rule.period)
    parts = {column: affirms(table, column) for column in rule.require}
    rows = both(matching, *parts.values())
    shared = survey.shared(rule.layer)
    over = Closings.of(survey, rule.layer, rule.unit, where=rule.where, includes_villages=rule.includes_villages)
    has_met, has_dedicated = links.any(rows == MET), links.any((rows == MET) & ~shared)
    states = join_rows(
        met=has_met,
        unknown=links.any(rows == UNKNOWN),
        failed=links.any((rows == NOT_MET) & (matching == MET)) | over.units,
        absent=survey.absent(rule.layer, units, rows != NOT_MET),
    )
    in_scope = scope_of(units, rule.scope)
    states[~in_scope] = NOT_APPLICABLE
    return Findings(
        codes=units.codes,
        names=units.names,
        township_codes=units.township_codes,
        states=states,
        shared=has_met & ~has_dedicated,
        explain=_Presence(survey, rule, units, links, rows, matching, parts, over, "sharing" in table),
        dedicated="sharing" in table,
    )


def join_rows(
    *, met: NDArray[np.bool_], unknown: NDArray[np.bool_], failed: NDArray[np.bool_], absent: NDArray[np.bool_]
) -> States:
    """Kleene OR over a unit's rows, marked for each unit by the states that occur among them.

    Without a row that is met or unknown, one that is known to fail makes the unit not met, as
    does "none" or a complete list; a unit of which nothing is known is unknown.
    """
    known = np.where(failed | absent, NOT_MET, UNKNOWN)
    return np.where(met, MET, np.where(unknown, UNKNOWN, known)).astype(np.int8)


def scope_of(units: Units, scope: str) -> NDArray[np.bool_]:
    """Return which units a rule's scope takes in; shape (n,)."""
    return units.in_scope & units.agricultural if scope == "agricultural" else units.in_scope


@dataclass(frozen=True)
class _Presence:
    """Reasons and evidence of a presence rule."""

    survey: Survey
    rule: PresenceRule
    units: Units
    links: Links
    rows: States
    matching: States
    parts: dict[str, States]
    over: Closings
    dedicated: bool

    def _rows_of(self, position: int) -> NDArray[np.intp]:
        """The unit's rows that the rule speaks of, or may speak of."""
        return self._listed.rows_of(position)

    @cached_property
    def _listed(self) -> Links:
        return self.links.where(self.matching != NOT_MET)

    def _best(self, position: int) -> int:
        """The row that speaks for the unit: met before unknown, dedicated before shared, then by name."""
        rows = self._rows_of(position)
        if len(rows) == 1:
            return int(rows[0])
        shared = self.survey.shared(self.rule.layer)
        names, ids = (self.survey.column(self.rule.layer, c) for c in ("name", "id"))
        return int(
            min(
                rows,
                key=lambda r: (_RANK[int(self.rows[r])], bool(shared[r]), str(names[r] or ""), str(ids[r])),
            )
        )

    def reason(self, position: int) -> str:
        """Name the facility that decides, or say how its absence is known."""
        layer = LAYERS[self.rule.layer]
        if not len(self._rows_of(position)):
            return self._absence(position)[0] or f"没有上报{layer.label}"
        row = self._best(position)
        name = self.survey.column(layer.name, "name")[row] or layer.label
        state = int(self.rows[row])
        if state == MET:
            if not self.dedicated:
                return f"有{layer.label}" + (f"：{name}" if name != layer.label else "")
            return self._shared_with(row, name) if self.survey.shared(layer.name)[row] else f"专用：{name}"
        told = [(self._failing(row), "为“无”")] if state == NOT_MET else []
        if state == UNKNOWN or self.matching[row] == UNKNOWN:
            told.append((self._blanks(row), "未填报"))
            told += [([column], what) for column, what in self.survey.doubts(layer.name, row)]
        return f"{name}：" + "，".join(
            "、".join(f"“{layer.column(c).label}”" for c in columns) + what for columns, what in told if columns
        )

    def _failing(self, row: int) -> list[str]:
        return [c for c, states in self.parts.items() if states[row] == NOT_MET]

    def _blanks(self, row: int) -> list[str]:
        """The columns that the rule asks of a row and that are blank."""
        asked = [*self.rule.where, *(["date"] if self.rule.period == "year" else []), *self.rule.require]
        return [c for c in asked if self.survey.column(self.rule.layer, c)[row] is None]

    def _shared_with(self, row: int, name: str) -> str:
        names = self.survey.served_names(self.rule.layer, row)
        shown = "、".join(names[:_MOST_NAMES]) + (f"等{len(names)}个单位" if len(names) > _MOST_NAMES else "")
        return f"共用：{name}（服务{shown}）" if len(names) > 1 else f"共用：{name}"

    def _absence(self, position: int) -> tuple[str, list[dict[str, Any]]]:
        code, township = str(self.units.codes[position]), self.units.township_codes[position]
        said, sources = self.survey.absence(self.rule.layer, code, township, self.rows != NOT_MET)
        closed, proof = self.over.told(position)
        return closed or said, proof or sources

    def evidence(self, position: int) -> list[dict[str, Any]]:
        """Return the rows of the unit's facilities, else those that say it has none."""
        rows = self._rows_of(position)
        return self.survey.sources(self.rule.layer, rows) if len(rows) else self._absence(position)[1]

    def extras(self, position: int) -> dict[str, Any]:
        """Return the ids of the facilities that count for the unit."""
        ids = self.survey.column(self.rule.layer, "id")
        return {"facilities": sorted(str(ids[r]) for r in self._rows_of(position))}
