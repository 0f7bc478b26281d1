"""Row rules: schools and bases, judged by their own columns.

A row outside the rule's `where` is not applicable; one whose `where` column is blank is
unknown, whatever else it says, for it may be one that the rule does not speak of. A blank
in `meets` makes a row unknown unless another column fails it. A title holds through its last day, and
one without a last day holds on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.assessment import Findings
from geo.schema import LAYERS
from geo.states import MET, NOT_APPLICABLE, NOT_MET, UNKNOWN, both
from geo.survey import accepts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo.plans.rules import RowsRule, Settings
    from geo.states import States
    from geo.survey import Survey

    Accepted = Mapping[str, tuple[str | bool, ...]]


ABOVE_PREFECTURE = ("national", "region")


def rows(survey: Survey, rule: RowsRule) -> Findings:
    """Judge every row of the rule's layer."""
    table = survey.layers[rule.layer]
    units = survey.units(rule.unit)
    where, meets = _as_settled(rule, survey.settings)
    matching = survey.matching(rule.layer, where)
    parts = {column: accepts(table, column, accepted) for column, accepted in meets.items()}
    expired = _expired(table, survey)
    if expired is not None:
        parts["expires_on"] = np.where(expired, NOT_MET, MET).astype(np.int8)
    states = np.select([matching == NOT_MET, matching == UNKNOWN], [NOT_APPLICABLE, UNKNOWN], both(*parts.values()))
    states = states.astype(np.int8)
    order = np.argsort(table["id"].to_numpy(object), kind="stable")  # as `row_units` puts them
    return Findings(
        codes=units.codes,
        names=units.names,
        township_codes=units.township_codes,
        states=states[order],
        shared=np.zeros(len(order), dtype=bool),
        explain=_Rows(survey, rule, order, states, {**_blanks(survey, rule, where), **parts}),
    )


def _as_settled(rule: RowsRule, settings: Settings) -> tuple[Accepted, Accepted]:
    where, meets = dict(rule.where), dict(rule.meets)
    if settings.city_run_schools == "all":
        where.pop("run_by_city", None)
    if "level" in meets and not settings.bases_above_prefecture:
        meets["level"] = tuple(level for level in meets["level"] if level not in ABOVE_PREFECTURE)
    return where, meets


def _expired(table: pd.DataFrame, survey: Survey) -> NDArray[np.bool_] | None:
    if "expires_on" not in table or survey.settings.expired_titles:
        return None
    return (table["expires_on"] < pd.Timestamp(survey.as_of)).to_numpy(bool)


def _blanks(survey: Survey, rule: RowsRule, where: Accepted) -> dict[str, States]:
    """The columns of `where`, as far as they are blank: they make a row unknown."""
    table = survey.layers[rule.layer]
    return {c: np.where(table[c].isna(), UNKNOWN, MET).astype(np.int8) for c in where}


@dataclass(frozen=True)
class _Rows:
    """Reasons and evidence of a row rule; `order` maps positions to rows, `states` and `parts` are by row."""

    survey: Survey
    rule: RowsRule
    order: NDArray[np.intp]
    states: States
    parts: dict[str, States]

    def reason(self, position: int) -> str:
        """Name the columns that decide, with what they say."""
        row = int(self.order[position])
        decisive = int(self.states[row])
        told = [self._told(c, row) for c, states in self.parts.items() if states[row] == decisive]
        if decisive == MET:
            told = [self._told(c, row) for c in self.rule.meets]
        if decisive == UNKNOWN:
            layer = LAYERS[self.rule.layer]
            told += [f"{layer.column(c).label}{what}" for c, what in self.survey.doubts(layer.name, row)]
        return "；".join(told)

    def _told(self, name: str, row: int) -> str:
        column = LAYERS[self.rule.layer].column(name)
        value = self.survey.column(self.rule.layer, name)[row]
        if value is None:
            return f"{column.label}未填报"
        if name == "expires_on":
            return f"命名已于{pd.Timestamp(value).date().isoformat()}到期"
        if column.kind == "flag":
            return f"{column.label}：{'有' if value else '无'}"
        return f"{column.label}：{column.choices.get(str(value), str(value))}"

    def evidence(self, position: int) -> list[dict[str, Any]]:
        """Return the row itself."""
        return self.survey.sources(self.rule.layer, [int(self.order[position])])

    def extras(self, position: int) -> dict[str, Any]:
        """Return the row's id, so that maps find it as they find other facilities."""
        return {"facilities": [str(self.survey.column(self.rule.layer, "id")[self.order[position]])]}
