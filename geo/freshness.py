"""Freshness rules: boards whose content changes every so many calendar months.

The plan says "every two months" and leaves three readings open; all are computed:

since_last_change  the last change is at most `months` months before the day
largest_interval   in the twelve months before the day (or since the board was built) no
                   interval is longer than `months`. Intervals run from the last change
                   before those twelve months (or their first day, or the day the board
                   was built) through every change to the day itself
changes_in_year    at least `changes_in_year` changes in those twelve months

A board of which only the last date is reported is unknown under the last two, and under
the first as well when that date lies after the day. The content of a board reported as
never changed is as old as the board: it fails the first two once it has stood longer
than `months`, or if nobody says when it was built, and always fails the last. Dates after
the day do not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.assessment import Findings
from geo.months import add_months
from geo.presence import join_rows, scope_of
from geo.schema import LAYERS
from geo.states import MET, NOT_APPLICABLE, NOT_MET, UNKNOWN, state_of
from geo.units import flattened

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.months import Days
    from geo.rules import FreshnessRule
    from geo.states import States
    from geo.survey import Survey
    from geo.units import Links, Units

READINGS = ("since_last_change", "largest_interval", "changes_in_year")
NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class BoardStates:
    """The readings of each board, shape (n,): int8 states.

    `last_change`: NaT where none is known. `content_since`: the last change, or the day it was
    built for a board that is known never to have been changed; NaT where neither is known.
    """

    since_last_change: States
    largest_interval: States
    changes_in_year: States
    last_change: Days
    content_since: Days

    def reading(self, name: str) -> States:
        """Return one reading by its name in the plan."""
        states: States = getattr(self, name)
        return states


@dataclass(frozen=True)
class _Changes:
    """All changes up to the day, board by board and in order: flat arrays of shape (m,).

    `cut`: whether a board has changes after the day as well, shape (n,).
    """

    board: NDArray[np.intp]
    day: Days
    cut: NDArray[np.bool_]

    @classmethod
    def of(cls, updates: NDArray[np.object_], day: np.datetime64) -> _Changes:
        """Read a column of tuples of dates; None means that nothing was reported."""
        board, dates = flattened(updates)
        ordinals = np.fromiter(map(date.toordinal, dates), dtype=np.int64, count=len(dates))
        del dates
        ordinals -= _EPOCH
        days: Days = ordinals.view("datetime64[D]")
        cut = np.zeros(len(updates), dtype=bool)
        later = days > day
        if later.any():
            cut[board[later]] = True
            board, days = board[~later], days[~later]
        if np.any((board[1:] == board[:-1]) & (days[1:] < days[:-1])):
            order = np.lexsort((days, board))
            board, days = board[order], days[order]
        return cls(board=board, day=days, cut=cut)

    def last(self) -> Days:
        """Return each board's last change, NaT where it has none."""
        last = np.full(len(self.cut), NEVER)
        last[self.board] = self.day  # in order, so the last one stays
        return last

    def previous(self) -> Days:
        """Return the change before each change, NaT for a board's first."""
        before = np.full(len(self.day), NEVER)
        same = self.board[1:] == self.board[:-1]
        before[1:][same] = self.day[:-1][same]
        return before

    def boards_where(self, marked: NDArray[np.bool_], times: int = 1) -> NDArray[np.bool_]:
        """Say for each board whether at least so many of its changes are marked; shape (n,)."""
        return np.bincount(self.board[marked], minlength=len(self.cut)) >= times


_EPOCH = 719163  # date(1970, 1, 1).toordinal()


def board_states(boards: gpd.GeoDataFrame, rule: FreshnessRule, as_of: date) -> BoardStates:
    """Judge each board under the three readings; `boards` has the columns of its layer."""
    day = np.datetime64(as_of, "D")
    year_ago = add_months(np.array([day]), -12)[0]
    updates = boards["updates"].to_numpy(object)
    changes = _Changes.of(updates, day)
    last = changes.last()
    last_only = boards["last_only"].astype("boolean").fillna(False).to_numpy(bool) & (changes.cut | ~np.isnat(last))
    reported = ~pd.isna(updates)
    whole = reported & ~last_only
    built = boards["built_on"].to_numpy().astype("datetime64[D]")
    since = np.where(np.isnat(last) & whole, built, last)
    fresh = _within(since, day, rule.months)
    start = np.where(np.isnat(built) | (built < year_ago), year_ago, built)
    broken = changes.boards_where(_too_long(changes, start, rule.months))
    often = changes.boards_where(changes.day > year_ago, rule.changes_in_year)
    return BoardStates(
        since_last_change=_as_states(fresh, whole | (last_only & ~changes.cut)),
        largest_interval=_as_states(fresh & ~broken, whole),
        changes_in_year=_as_states(often, whole),
        last_change=last,
        content_since=since,
    )


def _as_states(holds: NDArray[np.bool_], known: NDArray[np.bool_]) -> States:
    return np.where(known, np.where(holds, MET, NOT_MET), UNKNOWN).astype(np.int8)


def _within(earlier: Days, later: Days | np.datetime64, months: int) -> NDArray[np.bool_]:
    """Say whether `later` is due within so many months of `earlier`; never for NaT."""
    holds: NDArray[np.bool_] = later <= add_months(earlier, months)
    return holds


def _too_long(changes: _Changes, start: Days, months: int) -> NDArray[np.bool_]:
    """Say for each change whether it ends too long an interval within the time since its board's `start`."""
    begins = changes.previous()
    first = np.isnat(begins)
    begins[first] = np.minimum(start[changes.board[first]], changes.day[first])
    counted: NDArray[np.bool_] = changes.day > start[changes.board]
    return counted & ~_within(begins, changes.day, months)


def freshness(survey: Survey, rule: FreshnessRule) -> Findings:
    """Judge every unit by its boards; one fresh board is enough unless the settings say all must be."""
    units = survey.units(rule.unit)
    links = survey.links(rule.layer, rule.unit)
    boards = board_states(survey.layers[rule.layer], rule, survey.as_of)
    absent = survey.reported_none(rule.layer, units) | survey.complete(rule.layer, units)
    readings = {name: _of_units(survey, links, boards.reading(name), absent) for name in READINGS}
    states = readings[survey.settings.freshness_reading].copy()
    deciding = boards.reading(survey.settings.freshness_reading)
    shared = survey.shared(rule.layer)
    dedicated = links.any((deciding == MET) & ~shared)
    states[~scope_of(units, rule.scope)] = NOT_APPLICABLE
    return Findings(
        codes=units.codes,
        names=units.names,
        township_codes=units.township_codes,
        states=states,
        shared=(states == MET) & ~dedicated,
        explain=_Freshness(survey, rule, units, links, boards, readings),
        dedicated=True,
    )


def _of_units(survey: Survey, links: Links, boards: States, absent: NDArray[np.bool_]) -> States:
    met, unknown, failed = (links.any(boards == state) for state in (MET, UNKNOWN, NOT_MET))
    if survey.settings.fresh_boards == "all":
        met, unknown = met & ~unknown & ~failed, unknown & ~failed
    return join_rows(met=met, unknown=unknown, failed=failed, absent=absent)


@dataclass(frozen=True)
class _Freshness:
    """Reasons and evidence of a freshness rule."""

    survey: Survey
    rule: FreshnessRule
    units: Units
    links: Links
    boards: BoardStates
    readings: dict[str, States]

    def _deciding(self, position: int) -> int | None:
        """The board that speaks for the unit: the freshest (or the stalest where all must be fresh)."""
        rows = self.links.rows_of(position)
        if not len(rows):
            return None
        states = self.boards.reading(self.survey.settings.freshness_reading)
        ids = self.survey.column("boards", "id")
        everyone = self.survey.settings.fresh_boards == "all"
        rank = {MET: 0, UNKNOWN: 1, NOT_MET: 2} if not everyone else {NOT_MET: 0, UNKNOWN: 1, MET: 2}
        sign = 1 if everyone else -1
        since = self.boards.content_since
        return int(
            min(
                rows,
                key=lambda r: (
                    rank[int(states[r])],
                    sign * (0 if np.isnat(since[r]) else int(since[r].astype(np.int64))),
                    str(ids[r]),
                ),
            )
        )

    def _dates(self, board: int | None) -> tuple[date | None, date | None]:
        """The board's last change and the day by which it is or was due next."""
        if board is None:
            return None, None
        due = add_months(self.boards.content_since[board : board + 1], self.rule.months)[0].item()
        return self.boards.last_change[board].item(), due

    def reason(self, position: int) -> str:
        """Say when the deciding board was last changed and when the next change is or was due."""
        label = LAYERS["boards"].label
        board = self._deciding(position)
        if board is None:
            code = str(self.units.codes[position])
            if self.survey.none_sources("boards", code):
                return f"上报无{label}"
            complete = self.survey.complete_sources("boards", self.units.township_codes[position])
            return f"完整清单中没有该单位的{label}" if complete else f"没有上报{label}"
        return f"{self.survey.column('boards', 'name')[board] or label}：{self._told(board)}"

    def _told(self, board: int) -> str:
        last, due = self._dates(board)
        verdict = _VERDICTS[self.survey.settings.freshness_reading][self.readings_of(board)]
        if last and due:
            return f"最近更换{last.isoformat()}，最迟{due.isoformat()}更换{verdict}"
        if due:
            built = self.boards.content_since[board].item()
            return f"{built.isoformat()}建成后尚未更换，最迟{due.isoformat()}更换{verdict}"
        if self.boards.since_last_change[board] == NOT_MET:
            return "上报从未更换"
        only_later = self.survey.column("boards", "updates")[board]
        return "只报了评估日以后的更换日期" if only_later else "更换日期未填报"

    def readings_of(self, board: int) -> int:
        """The deciding reading's state of one board."""
        return int(self.boards.reading(self.survey.settings.freshness_reading)[board])

    def evidence(self, position: int) -> list[dict[str, Any]]:
        """Return the rows of the unit's boards, else those that say it has none."""
        rows = self.links.rows_of(position)
        if len(rows):
            return self.survey.sources("boards", rows)
        none = self.survey.none_sources("boards", str(self.units.codes[position]))
        return none or self.survey.complete_sources("boards", self.units.township_codes[position])

    def extras(self, position: int) -> dict[str, Any]:
        """Return the three readings, the last change, when the next is due, and the boards."""
        last, due = self._dates(self._deciding(position))
        ids = self.survey.column("boards", "id")
        return {
            "readings": {name: str(state_of(states[position])) for name, states in self.readings.items()},
            "last_change": last.isoformat() if last else None,
            "due": due.isoformat() if due else None,
            "facilities": sorted(str(ids[r]) for r in self.links.rows_of(position)),
        }


_VERDICTS = {
    "since_last_change": {MET: "", NOT_MET: "，已逾期", UNKNOWN: ""},
    "largest_interval": {MET: "", NOT_MET: "，年内有间隔过长", UNKNOWN: "，只报了最近一次，间隔未知"},
    "changes_in_year": {MET: "", NOT_MET: "，年内更换次数不足", UNKNOWN: "，只报了最近一次，次数未知"},
}
