"""Reach: the share of the population living in units that the year's activities reached.

Here as the units that activities name; the plan may choose another reading (`geo.reach_readings`).

A village is reached when an activity of the period took place in it or names it, its
township or the whole place among the units reached. One that names nobody, of no unit or of
a township as a whole, may have reached any village there: none of them is known to be missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.assessment import Findings
from geo.presence import join_rows, scope_of
from geo.reach_readings import attendance, near, venues, village_points
from geo.states import MET, NOT_APPLICABLE, NOT_MET, UNKNOWN, State
from geo.units import Links, code_numbers, link, of_homes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.plans.rules import ReachRule
    from geo.states import States
    from geo.survey import Survey
    from geo.units import Units


def reach(survey: Survey, rule: ReachRule) -> tuple[Findings, State, float | None]:
    """Judge every village, and the share of the population in those reached (0–1)."""
    units = survey.villages
    matching = survey.matching(rule.layer, rule.where, rule.period)
    reached = _Reached.of(survey, rule.layer)
    states = join_rows(
        met=reached.any(matching == MET),
        unknown=reached.any(matching == UNKNOWN),
        failed=np.zeros(len(units), dtype=bool),
        absent=survey.absent(rule.layer, units, matching != NOT_MET),
    )
    reading = survey.settings.reach_reading
    if reading == "distance":
        states = near(survey, rule.layer, matching, survey.settings.reach_metres)
    states[~scope_of(units, rule.scope)] = NOT_APPLICABLE
    people = _population(survey)
    findings = Findings(
        codes=units.codes,
        names=units.names,
        township_codes=units.township_codes,
        states=states,
        shared=np.zeros(len(units), dtype=bool),
        explain=(_Near if reading == "distance" else _Reach)(survey, rule, units, reached, matching, people),
    )
    if reading == "attendance":
        return findings, *attendance(survey, rule.layer, matching, states, people, rule.threshold)
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
    # units without a number can only pull the share down where not known to be met, up where not known not to be,
    # and never up to the whole while people are known to be left out
    if value >= threshold and np.all(uncounted == MET):
        return State.MET, value
    if (met + open_) / total < threshold and (threshold >= 1 or np.all(uncounted == NOT_MET)):
        return State.NOT_MET, value
    return State.UNKNOWN, value


def _population(survey: Survey) -> NDArray[np.float64]:
    column = "population" if survey.settings.population == "resident" else "registered_population"
    villages = survey.layers["villages"]
    people = np.full(len(villages), np.nan)
    at = survey.villages.positions(code_numbers(villages["code"].to_numpy(object)))
    people[at] = villages[column].astype("Float64").to_numpy(float, na_value=np.nan)
    return people


@dataclass(frozen=True)
class _Reached:
    """Which activities reached which villages: named one by one, by township, or as the whole place."""

    villages: Links
    townships: Links
    homes: NDArray[np.intp]
    """Of each village, the position of its township."""
    everywhere: NDArray[np.bool_]
    """Whether an activity names the whole place; shape (number of activities,)."""

    @classmethod
    def of(cls, survey: Survey, layer: str) -> _Reached:
        units, served = survey.villages, survey.served(layer)
        everywhere = np.zeros(len(served.own), dtype=bool)
        everywhere[served.rows[served.named == int(survey.place_code)]] = True
        named = link(served.rows, served.named, survey.townships)  # its own township alone is not reached as a whole
        return cls(survey.links(layer, "village"), named, units.homes, everywhere)

    def any(self, of_row: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say for each village whether a marked activity reached it."""
        if (of_row & self.everywhere).any():
            return np.ones(self.villages.n_units, dtype=bool)
        return self.villages.any(of_row) | of_homes(self.townships.any(of_row), self.homes)

    def rows_of(self, position: int) -> NDArray[np.intp]:
        """Return the activities that reached a village, in the order of the layer."""
        home = int(self.homes[position])
        by_township = self.townships.rows_of(home) if home >= 0 else self.villages.rows[:0]
        rows = [self.villages.rows_of(position), by_township, np.flatnonzero(self.everywhere)]
        return np.unique(np.concatenate(rows))


@dataclass(frozen=True)
class _Reach:
    """Reasons and evidence of a reach rule."""

    survey: Survey
    rule: ReachRule
    units: Units
    reached: _Reached
    matching: States
    people: NDArray[np.float64]

    def _rows_of(self, position: int) -> NDArray[np.intp]:
        found = self.reached.rows_of(position)
        listed: NDArray[np.intp] = found[self.matching[found] != NOT_MET]
        return listed

    def reason(self, position: int) -> str:
        """Count the activities that reached the unit, and say how many people live there."""
        rows = self._rows_of(position)
        count = int(np.count_nonzero(self.matching[rows] == MET))
        people = self.people[position]
        living = "人口未填报" if np.isnan(people) else f"人口{int(people)}人"
        if count:
            return f"年度内有{count}次活动覆盖，{living}"
        if len(rows):
            return f"有{len(rows)}次活动的日期或形式没有报全，{living}"
        return f"{self._absence(position)[0] or '没有上报覆盖该单位的活动'}，{living}"

    def _absence(self, position: int) -> tuple[str, list[dict[str, Any]]]:
        code, township = str(self.units.codes[position]), self.units.township_codes[position]
        return self.survey.absence(self.rule.layer, code, township, self.matching != NOT_MET)

    def evidence(self, position: int) -> list[dict[str, Any]]:
        """Return the rows of the activities, else those that say there were none."""
        rows = self._rows_of(position)
        return self.survey.sources(self.rule.layer, rows) if len(rows) else self._absence(position)[1]

    def extras(self, position: int) -> dict[str, Any]:
        """Return the activities' ids and the unit's population."""
        ids, people = self.survey.column(self.rule.layer, "id"), self.people[position]
        return {
            "facilities": sorted(str(ids[r]) for r in self._rows_of(position)),
            "population": None if np.isnan(people) else int(people),
        }


@dataclass(frozen=True)
class _Near(_Reach):
    """The same where the distance to a venue decides: its rows are those within reach."""

    @cached_property
    def _places(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return village_points(self.survey), venues(self.survey, self.rule.layer)

    def _metres(self, position: int) -> NDArray[np.float64]:
        from geo.nearest import distance_matrix

        here, there = self._places
        metres = np.full(len(there), np.nan)
        placed = ~np.isnan(there).any(axis=1)
        if placed.any() and not np.isnan(here[position]).any():
            metres[placed] = distance_matrix(here[position][None], there[placed])[0]
        return metres

    def _rows_of(self, position: int) -> NDArray[np.intp]:
        near_enough = self._metres(position) <= self.survey.settings.reach_metres
        return np.flatnonzero(near_enough & (self.matching != NOT_MET))

    def reason(self, position: int) -> str:
        """Say how far the nearest venue is, and how many people live in the unit."""
        people, limit = self.people[position], self.survey.settings.reach_metres
        living = "人口未填报" if np.isnan(people) else f"人口{int(people)}人"
        metres = self._metres(position)[self.matching == MET]
        known = metres[~np.isnan(metres)]
        if np.isnan(self._places[0][position]).any():
            return f"没有位置，不知道离活动地点多远，{living}"
        if not len(known):
            return f"没有上报有位置的活动，{living}"
        verdict = "以内" if known.min() <= limit else "以外"
        return f"年度内最近的活动地点相距{known.min():.0f}米，在{limit:g}米{verdict}，{living}"
