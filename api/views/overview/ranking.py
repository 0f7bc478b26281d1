"""Townships by their gaps, each with its figures over the main rules and how they moved from month to month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.snapshots import Snapshot
from api.views.overview.lines import RuleLine
from api.views.overview.months import trends
from api.views.tallies import Facts, Tally, findings_of

_WIDTH, _HEIGHT = 60.0, 16.0


@dataclass(frozen=True)
class TownshipLine:
    """One township with all findings of its units, its share of the main rules, and its share met by month."""

    code: str
    name: str
    in_plan: bool
    tally: Tally
    columns: tuple[Tally, ...]
    trend: tuple[float | None, ...] = ()

    @property
    def spark(self) -> str:
        """The points of a line of its trend, 60 wide and 16 high; empty with fewer than two months."""
        known = [(at, share) for at, share in enumerate(self.trend) if share is not None]
        if len(known) < 2:
            return ""
        step = _WIDTH / (len(self.trend) - 1)
        return " ".join(f"{at * step:.1f},{_HEIGHT - share * _HEIGHT:.1f}" for at, share in known)

    @property
    def moved(self) -> float | None:
        """By how much its share met changed since the month before."""
        known = [share for share in self.trend[-2:] if share is not None]
        return known[1] - known[0] if len(known) == 2 else None


def ranking(snapshot: Snapshot, main: Sequence[RuleLine], by: str | None) -> tuple[TownshipLine, ...]:
    """Townships by gaps, those of one rule where one is chosen; those that must meet nothing themselves last."""
    own: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    for rule, found in _with_township(snapshot.facts):
        if by in (None, rule):
            own[found["township_code"]].append((rule, found))
    judged = {found["township_code"] for _, rule, found in findings_of(snapshot.facts) if rule["unit"] != "school"}
    names = snapshot.ground.gazetteer.townships
    codes = sorted(names)
    moved = trends(snapshot.months, codes)
    lines = [_line(code, names[code], code in judged, own[code], main, moved[code]) for code in codes]
    return tuple(sorted(lines, key=lambda line: (not line.in_plan, line.tally.order, line.code)))


def total(snapshot: Snapshot, main: Sequence[RuleLine], by: str | None) -> TownshipLine:
    """The sum of all townships."""
    found = [(rule, finding) for rule, finding in _with_township(snapshot.facts) if by in (None, rule)]
    return _line("", "", True, found, main, ())


def _with_township(facts: Facts) -> list[tuple[str, Facts]]:
    """(rule id, finding) of all findings that belong to a township."""
    return [(rule["id"], found) for _, rule, found in findings_of(facts) if found["township_code"]]


def _line(
    code: str,
    name: str,
    in_plan: bool,
    found: Sequence[tuple[str, Facts]],
    main: Sequence[RuleLine],
    trend: tuple[float | None, ...],
) -> TownshipLine:
    columns = tuple(Tally.of(finding for rule, finding in found if rule == line.id) for line in main)
    return TownshipLine(code, name, in_plan, Tally.of(finding for _, finding in found), columns, trend)
