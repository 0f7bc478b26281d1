"""Freshness rules: boards whose content changes every so many calendar months.

The plan says "every two months" and leaves three readings open; all are computed:

since_last_change  the last change is at most `months` months before the day
largest_interval   in the twelve months before the day (or since the board was built) no
                   interval is longer than `months`. Intervals run from the last change
                   before those twelve months (or the day the board was built, or the
                   first of those months where it was built before them) through every
                   change to the day itself. Where nobody says when the board was built,
                   the interval to its first change is unknown
changes_in_year    at least `changes_in_year` changes in those twelve months

A board of which only the last date is reported is unknown under the last two, and under
the first as well when that date lies after the day. The content of a board reported as
never changed is as old as the board: it fails the first two once it has stood longer
than `months`, or if nobody says when it was built, and always fails the last. Dates after
the day do not count; how old the content of a board was before its first change is unknown
where nobody says when it was built.

A change of which only the month is told may have been on any day of it; a reading holds
where it holds for every such day, fails where it fails for every one, and is else unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.assessment import Findings
from geo.closings import Closings
from geo.months import Month, add_months
from geo.presence import join_rows, scope_of
from geo.schema import LAYERS
from geo.states import MET, NOT_APPLICABLE, NOT_MET, UNKNOWN, state_of
from geo.units import flattened

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.months import Days
    from geo.plans.rules import FreshnessRule
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

    def unknown_where(self, marked: NDArray[np.bool_]) -> BoardStates:
        """Return the readings with the marked boards unknown."""
        since, interval, often = (np.where(marked, UNKNOWN, self.reading(n)).astype(np.int8) for n in READINGS)
        return BoardStates(since, interval, often, self.last_change, self.content_since)


@dataclass(frozen=True)
class _Changes:
    """All changes up to the day, board by board and in order: flat arrays of shape (m,).

    `day`: the change, or the first day on which it may have been; `last_day`: the last such
    day, no later than the day that is asked about. `sure`: whether it was by that day.
    `cut`: whether a board has changes after the day as well, shape (n,).
    """

    board: NDArray[np.intp]
    day: Days
    last_day: Days
    sure: NDArray[np.bool_]
    cut: NDArray[np.bool_]

    @classmethod
    def of(cls, updates: NDArray[np.object_], day: np.datetime64) -> _Changes:
        """Read a column of tuples of dates; None means that nothing was reported."""
        board, dates = flattened(updates)
        ordinals = np.fromiter(map(date.toordinal, dates), dtype=np.int64, count=len(dates))
        ordinals -= _EPOCH
        days: Days = ordinals.view("datetime64[D]")
        last_days = _last_days(days, dates) if Month in set(map(type, dates)) else days
        del dates
        cut = np.zeros(len(updates), dtype=bool)
        later = days > day
        if later.any():
            cut[board[later]] = True
            board, days, last_days = _taken(~later, board, days, last_days)
        if np.any((board[1:] == board[:-1]) & (days[1:] < days[:-1])):
            order = np.lexsort((days, board))
            board, days, last_days = _taken(order, board, days, last_days)
        sure = last_days <= day
        return cls(board, days, days if sure.all() and last_days is days else np.minimum(last_days, day), sure, cut)

    @property
    def vague(self) -> bool:
        """Whether of some change only the month is known."""
        return self.last_day is not self.day

    def last(self) -> tuple[Days, Days]:
        """Return the first and the last day that each board's last change may have been; NaT where it has none."""
        first = np.full(len(self.cut), NEVER)
        first[self.board[self.sure]] = self.day[self.sure]  # in order, so the last one stays
        if not self.vague:
            return first, first
        last = np.full(len(self.cut), NEVER)
        np.fmax.at(last, self.board, self.last_day)
        return first, last

    def intervals(self, start: Days, months: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Say for each change whether it surely, and whether it possibly, ends too long an interval.

        Intervals count within the time since each board's `start` (shape (n,)); the first
        one begins there.
        """
        begins = start[self.board]
        surely = self._too_long(self.last_day, self.day, begins, months)
        return surely, self._too_long(self.day, self.last_day, begins, months) if self.vague else surely

    def _too_long(self, before: Days, after: Days, start: Days, months: int) -> NDArray[np.bool_]:
        begins = np.minimum(start, after)
        follows = ~self.first
        begins[follows] = before[np.flatnonzero(follows) - 1]
        counted: NDArray[np.bool_] = after > start
        return counted & ~_within(begins, after, months)

    @cached_property
    def first(self) -> NDArray[np.bool_]:
        """Say of each change whether it is its board's first; shape (m,)."""
        return np.append(True, self.board[1:] != self.board[:-1])[: len(self.board)]

    def boards_where(self, marked: NDArray[np.bool_], times: int = 1) -> NDArray[np.bool_]:
        """Say for each board whether at least so many of its changes are marked; shape (n,)."""
        return np.bincount(self.board[marked], minlength=len(self.cut)) >= times


def _taken(
    which: NDArray[Any], board: NDArray[np.intp], days: Days, last_days: Days
) -> tuple[NDArray[np.intp], Days, Days]:
    taken = days[which]
    return board[which], taken, taken if last_days is days else last_days[which]


def _last_days(days: Days, dates: Sequence[date]) -> Days:
    """The last day that each change may have been: of a month told alone, its end."""
    vague = np.fromiter((type(day) is Month for day in dates), dtype=bool, count=len(dates))
    ends = (days.astype("datetime64[M]") + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    return np.where(vague, ends, days)


_EPOCH = 719163  # date(1970, 1, 1).toordinal()


def board_states(boards: gpd.GeoDataFrame, rule: FreshnessRule, as_of: date) -> BoardStates:
    """Judge each board under the three readings; `boards` has the columns of its layer."""
    day = np.datetime64(as_of, "D")
    year_ago = add_months(np.array([day]), -12)[0]
    updates = boards["updates"].to_numpy(object)
    changes = _Changes.of(updates, day)
    last, last_at_best = changes.last()
    flagged = boards["last_only"].astype("boolean").fillna(False).to_numpy(bool)
    last_only = flagged & (changes.cut | ~np.isnat(last_at_best))
    whole = ~pd.isna(updates) & ~last_only
    built = boards["built_on"].to_numpy().astype("datetime64[D]")
    since, at_best = (np.where(np.isnat(change) & whole, built, change) for change in (last, last_at_best))
    unknown_start = np.isnat(built)
    fresh, may_be_fresh = (_within(content, day, rule.months) for content in (since, at_best))
    may_be_fresh |= changes.cut & np.isnat(at_best)  # it was changed later, and how old it was by the day nobody says
    start = np.where(unknown_start | (built < year_ago), year_ago, built)
    surely, maybe = changes.intervals(start, rule.months)
    surely = surely & ~(changes.first & unknown_start[changes.board])  # nobody knows what it followed
    often = changes.boards_where((changes.day > year_ago) & changes.sure, rule.changes_in_year)
    may_be_often = changes.boards_where(changes.last_day > year_ago, rule.changes_in_year)
    return BoardStates(
        since_last_change=_as_states(fresh, may_be_fresh, whole | (last_only & (~changes.cut | fresh))),
        largest_interval=_as_states(
            fresh & ~changes.boards_where(maybe), may_be_fresh & ~changes.boards_where(surely), whole
        ),
        changes_in_year=_as_states(often, may_be_often, whole),
        last_change=last,
        content_since=since,
    )


def _as_states(holds: NDArray[np.bool_], may_hold: NDArray[np.bool_], known: NDArray[np.bool_]) -> States:
    return np.where(known & holds, MET, np.where(known & ~may_hold, NOT_MET, UNKNOWN)).astype(np.int8)


def _within(earlier: Days, later: Days | np.datetime64, months: int) -> NDArray[np.bool_]:
    """Say whether `later` is due within so many months of `earlier`; never for NaT."""
    holds: NDArray[np.bool_] = later <= add_months(earlier, months)
    return holds


def judged_boards(survey: Survey, rule: FreshnessRule) -> BoardStates:
    """Judge each board; one that may not be there yet, or any more, is unknown."""
    boards = board_states(survey.layers[rule.layer], rule, survey.as_of)
    doubtful = survey.maybe_absent(rule.layer)
    return boards.unknown_where(doubtful) if doubtful.any() else boards


def freshness(survey: Survey, rule: FreshnessRule) -> Findings:
    """Judge every unit by its boards; one fresh board is enough unless the settings say all must be."""
    units = survey.units(rule.unit)
    links = survey.links(rule.layer, rule.unit)
    boards = judged_boards(survey, rule)
    over = Closings.of(survey, rule.layer, rule.unit)
    readings = {name: _of_units(survey, rule, links, boards.reading(name), over) for name in READINGS}
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
        explain=_Freshness(survey, rule, units, links, boards, readings, over),
        dedicated=True,
    )


def _of_units(survey: Survey, rule: FreshnessRule, links: Links, boards: States, over: Closings) -> States:
    absent = survey.absent(rule.layer, survey.units(rule.unit), boards != NOT_MET)
    met, unknown, failed = (links.any(boards == state) for state in (MET, UNKNOWN, NOT_MET))
    if survey.settings.fresh_boards == "all":
        met, unknown = met & ~unknown & ~failed, unknown & ~failed
    return join_rows(met=met, unknown=unknown, failed=failed | over.units, absent=absent)


@dataclass(frozen=True)
class _Freshness:
    """Reasons and evidence of a freshness rule."""

    survey: Survey
    rule: FreshnessRule
    units: Units
    links: Links
    boards: BoardStates
    readings: dict[str, States]
    over: Closings

    def _deciding(self, position: int) -> int | None:
        """The board that speaks for the unit: the freshest (or the stalest where all must be fresh)."""
        rows = self.links.rows_of(position)
        if len(rows) <= 1:
            return int(rows[0]) if len(rows) else None
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
        return self.boards.last_change[board].item(), self._due[board].item()

    @cached_property
    def _due(self) -> Days:
        return add_months(self.boards.content_since, self.rule.months)

    def reason(self, position: int) -> str:
        """Say when the deciding board was last changed and when the next change is or was due."""
        label = LAYERS["boards"].label
        board = self._deciding(position)
        if board is None:
            return self._absence(position)[0] or f"没有上报{label}"
        return f"{self.survey.column('boards', 'name')[board] or label}：{self._told(board)}"

    def _told(self, board: int) -> str:
        if self.survey.maybe_absent("boards")[board]:
            return "，".join(f"“{LAYERS['boards'].column(c).label}”{w}" for c, w in self.survey.doubts("boards", board))
        last, due = self._dates(board)
        verdict = self._verdict(board)
        if last and due:
            changes = self.survey.column("boards", "updates")[board]
            told = next(day for day in changes if day == last)  # a month, where only that is told
            return f"最近更换{told.isoformat()}，最迟{due.isoformat()}更换{verdict}"
        if due:
            built = self.boards.content_since[board].item()
            return f"{built.isoformat()}建成后尚未更换，最迟{due.isoformat()}更换{verdict}"
        if self.boards.since_last_change[board] == NOT_MET:
            return "上报从未更换"
        only_later = self.survey.column("boards", "updates")[board]
        return "只报了评估日以后的更换日期" if only_later else "更换日期未填报"

    def _verdict(self, board: int) -> str:
        """What the deciding reading says of a board, or why it cannot be told."""
        reading = self.survey.settings.freshness_reading
        state = int(self.boards.reading(reading)[board])
        if state != UNKNOWN:
            return _VERDICTS[reading] if state == NOT_MET else ""
        changes = self.survey.column("boards", "updates")[board] or ()
        if self.survey.column("boards", "last_only")[board]:
            return _ONLY_LAST[reading]
        if any(isinstance(day, Month) for day in changes):
            return "，更换日期只报到月份，不能确定"
        return "，首次更换以前的间隔未知"

    def _absence(self, position: int) -> tuple[str, list[dict[str, Any]]]:
        code, township = str(self.units.codes[position]), self.units.township_codes[position]
        boards = self.boards.reading(self.survey.settings.freshness_reading)
        said, sources = self.survey.absence("boards", code, township, boards != NOT_MET)
        closed, proof = self.over.told(position)
        return closed or said, proof or sources

    def evidence(self, position: int) -> list[dict[str, Any]]:
        """Return the rows of the unit's boards, else those that say it has none."""
        rows = self.links.rows_of(position)
        return self.survey.sources("boards", rows) if len(rows) else self._absence(position)[1]

    def extras(self, position: int) -> dict[str, Any]:
        """Return the three readings, the last change, when the next is due, and the boards."""
        last, due = self._dates(self._deciding(position))
        ids = self.survey.column("boards", "id")
        return {
            "readings": {name: state_of(states[position]).value for name, states in self.readings.items()},
            "last_change": last.isoformat() if last else None,
            "due": due.isoformat() if due else None,
            "facilities": sorted(str(ids[r]) for r in self.links.rows_of(position)),
        }


_VERDICTS = {
    "since_last_change": "，已逾期",
    "largest_interval": "，年内有间隔过长",
    "changes_in_year": "，年内更换次数不足",
}
_ONLY_LAST = {
    "since_last_change": "",
    "largest_interval": "，只报了最近一次，间隔未知",
    "changes_in_year": "，只报了最近一次，次数未知",
}
