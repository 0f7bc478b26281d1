"""Reach: the share of the population living in units that the year's activities reached.

A village is reached when an activity of the period took place in it or names it, its
township or the whole place among the units reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.assessment import Findings
from geo.presence import join_rows, scope_of
from geo.states import MET, NOT_APPLICABLE, NOT_MET, UNKNOWN, State
from geo.units import Links, pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.rules import ReachRule
    from geo.survey import Survey
    from geo.units import Units


def reach(survey: Survey, rule: ReachRule) -> tuple[Findings, State, float | None]:
    """Judge every village, and the share of the population in those reached (0–1)."""
    units = survey.villages
    matching = survey.matching(rule.layer, rule.where, rule.period)
    links = _links(survey, units)
    absent = survey.reported_none(rule.layer, units) | survey.complete(rule.layer, units)
    reached = links.any(matching == MET)
    states = join_rows(
        met=reached, unknown=links.any(matching == UNKNOWN), listed=np.zeros(len(units), dtype=bool), absent=absent
    )
    states[~scope_of(units, rule.scope)] = NOT_APPLICABLE
    people = _population(survey)
    findings = Findings(
        codes=units.codes,
        names=units.names,
        township_codes=units.township_codes,
        states=states,
        shared=np.zeros(len(units), dtype=bool),
        explain=_Reach(survey, rule, units, links, matching != NOT_MET, people),
    )
    state, value = share_of_people(states, people, rule.threshold)
    return findings, state, value


def share_of_people(
    states: NDArray[np.int8], people: NDArray[np.float64], threshold: float
) -> tuple[State, float | None]:
    """Decide whether enough people live in units that are met.

    `people` is NaN where unknown. Bounds: the share is met when it holds whatever the
    unknown states and the unknown numbers are, not met when it fails whatever they are.
    """
    in_scope = states != NOT_APPLICABLE
    counted = in_scope & ~np.isnan(people)
    total = float(people[counted].sum())
    if not total:
        return State.UNKNOWN, None
    met = float(people[counted & (states == MET)].sum())
    open_ = float(people[counted & (states == UNKNOWN)].sum())
    uncounted = states[in_scope & np.isnan(people)]
    value = met / total
    # units without a number can only pull the share down where not known to be met, up where not known not to be
    if value >= threshold and np.all(uncounted == MET):
        return State.MET, value
    if (met + open_) / total < threshold and np.all(uncounted == NOT_MET):
        return State.NOT_MET, value
    return State.UNKNOWN, value


def _population(survey: Survey) -> NDArray[np.float64]:
    column = "population" if survey.settings.population == "resident" else "registered_population"
    villages = survey.layers["villages"]
    by_code = pd.Series(villages[column].astype("Float64").to_numpy(float, na_value=np.nan), villages["code"])
    return np.asarray(by_code.reindex(survey.villages.codes), dtype=np.float64)


def _links(survey: Survey, units: Units) -> Links:
    """Join activities to villages: their own, the ones named, and all of a township or place named."""
    activities = survey.layers["activities"]
    rows, codes = pairs(activities, "reaches")
    at = units.index.get_indexer(pd.Index(codes, dtype=object))
    named = np.arange(len(rows)) >= len(activities)  # the first ones are the rows' own units
    township = np.where(named, units.township_index.get_indexer(pd.Index(codes, dtype=object)), -1)
    members = np.argsort(units.township_numbers, kind="stable")
    starts = np.searchsorted(units.township_numbers[members], np.arange(len(units.township_index) + 1))
    more_rows, more_units = [rows[at >= 0]], [at[at >= 0]]
    for row, number in zip(rows[township >= 0], township[township >= 0], strict=True):
        villages = members[starts[number] : starts[number + 1]]
        more_rows.append(np.full(len(villages), row))
        more_units.append(villages)
    for row in rows[named & (codes == survey.place_code)]:
        more_rows.append(np.full(len(units), row))
        more_units.append(np.arange(len(units)))
    return Links(rows=np.concatenate(more_rows), units=np.concatenate(more_units), n_units=len(units))


@dataclass(frozen=True)
class _Reach:
    """Reasons and evidence of a reach rule."""

    survey: Survey
    rule: ReachRule
    units: Units
    links: Links
    listed: NDArray[np.bool_]
    people: NDArray[np.float64]

    def _rows_of(self, position: int) -> NDArray[np.intp]:
        found = self.links.rows_of(position)
        return found[self.listed[found]]

    def reason(self, position: int) -> str:
        """Count the activities that reached the unit, and say how many people live there."""
        count = len(self._rows_of(position))
        people = self.people[position]
        living = "人口未填报" if np.isnan(people) else f"人口{int(people)}人"
        if count:
            return f"年度内有{count}次活动覆盖,{living}"
        complete = self.survey.complete_sources(self.rule.layer, self.units.township_codes[position])
        return f"{'活动清单完整,其中没有覆盖该单位的活动' if complete else '没有上报覆盖该单位的活动'},{living}"

    def evidence(self, position: int) -> list[dict[str, Any]]:
        """Return the rows of the activities, else the complete list that lacks the unit."""
        rows = self._rows_of(position)
        if len(rows):
            return self.survey.sources(self.rule.layer, rows)
        return self.survey.complete_sources(self.rule.layer, self.units.township_codes[position])

    def extras(self, position: int) -> dict[str, Any]:
        """Return the activities' ids and the unit's population."""
        ids, people = self.survey.column(self.rule.layer, "id"), self.people[position]
        return {
            "facilities": sorted(str(ids[r]) for r in self._rows_of(position)),
            "population": None if np.isnan(people) else int(people),
        }
