"""A store's memory in the plainest form: a diary of all that was told, read from its first line for each question.

It shares no code with `geo.store`; docs/METHOD.md says what it should answer. It knows stations that their
senders number, reports of none, complete lists, numbers of people and plans; lists of length one hundred at most.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

FACTS = ("area_m2", "equipment", "host", "built_on", "closed_on")


@dataclass(frozen=True)
class Line:
    """A batch: `day` of its report, `recorded` in the office. `undoes`: the batch that it takes back, if it does."""

    number: int
    day: date
    recorded: date
    stations: Sequence[dict[str, Any]] = ()
    none: Sequence[str] = ()
    complete: Sequence[str] = ()
    people: Sequence[tuple[str, int]] = ()
    undoes: int | None = None


@dataclass
class Memory:
    """The diary, and every plan with the day on which it was recorded."""

    lines: list[Line] = field(default_factory=list)
    plans: list[tuple[date, str]] = field(default_factory=list)

    def copy(self) -> Memory:
        """The same in a backup."""
        return Memory(list(self.lines), list(self.plans))

    def undone(self, known_on: date) -> dict[int, int]:
        """Batch → the one that had taken it back by a day."""
        return {line.undoes: line.number for line in self.lines if line.undoes and line.recorded <= known_on}

    def built_upon(self, number: int) -> list[int]:
        """Later batches in force that tell of a facility, or of the people of a unit, that a batch told of."""

        def about(line: Line) -> set[str]:
            return {row["id"] for row in line.stations} | {unit for unit, _ in line.people}

        own = next(line for line in self.lines if line.number == number)
        later = [line for line in self._counting(self.lines[-1].recorded) if line.number > number]
        return sorted(line.number for line in later if about(line) & about(own))

    def plan(self, known_on: date) -> str:
        """The plan in force on a day."""
        return [text for recorded, text in self.plans if recorded <= known_on][-1]

    def complete(self, known_on: date) -> set[tuple[str, int]]:
        """Township and batch of each complete list."""
        return {(code, line.number) for line in self._counting(known_on) for code in line.complete}

    def none(self, day: date | None, known_on: date) -> set[tuple[str, int]]:
        """Unit and batch of each report of none that holds on a day: from its own day on, or if it came first."""
        told = self._counting(known_on)

        def holds(unit: str, since: date) -> bool:
            older = [line for line in told if line.day < since and unit in (*line.none, *_units(line))]
            return day is None or since <= day or not older

        return {(unit, line.number) for line in told for unit in line.none if holds(unit, line.day)}

    def people(self, day: date | None, known_on: date) -> dict[str, int]:
        """Unit → its people: the newest number up to a day, else of the first day after it the last."""
        told = [(line.day, unit, count) for line in self._counting(known_on) for unit, count in line.people]
        found = {}
        for unit in {unit for _, unit, _ in told}:
            own = [(came, count) for came, of, count in told if of == unit]
            heard = [count for came, count in own if day is None or came <= day]
            found[unit] = (heard or [count for came, count in own if came == own[0][0]])[-1]
        return found

    def stations(self, day: date | None, known_on: date) -> tuple[dict[str, tuple[Any, ...]], set[str]]:
        """Id → unit, batch and facts of the stations that are there on a day; and the ids of those that closed."""
        told = self._counting(known_on)
        heard = [line for line in told if day is None or line.day <= day]
        reports = _standing(heard)
        reported = {row["id"] for line in heard for row in line.stations}
        for id_ in {row["id"] for line in told for row in line.stations} - reported:
            reports[id_] = _first(id_, told)
        there, closed = {}, set()
        for id_, rows in reports.items():
            if not rows:
                continue
            later = [] if day is None else _filling(rows, told)
            facts = _told_together([*reversed(later), *rows])
            if day is not None and facts["built_on"] and facts["built_on"] > day:
                continue
            if day is not None and facts["closed_on"] and facts["closed_on"] <= day:
                closed.add(id_)
                continue
            there[id_] = (rows[-1][1]["unit_code"], rows[-1][0].number, *facts.values())
        return there, closed

    def _counting(self, known_on: date) -> list[Line]:
        """Imports that count by what was known on a day, in the order of their days."""
        undone = self.undone(known_on)
        imports = [line for line in self.lines if line.undoes is None and line.recorded <= known_on]
        return sorted((line for line in imports if line.number not in undone), key=_order)


Report = tuple[Line, dict[str, Any]]


def _order(line: Line) -> tuple[date, int]:
    return line.day, line.number


def _units(line: Line) -> list[str]:
    return [row["unit_code"] for row in line.stations]


def _standing(lines: list[Line]) -> dict[str, list[Report]]:
    """Live through the lines: a report adds to what is known of its station, a none ends all that stand in its unit."""
    there: dict[str, list[Report]] = {}
    for line in lines:
        for row in line.stations:
            there.setdefault(row["id"], []).append((line, row))
        for id_, reports in list(there.items()):
            if reports[-1][1]["unit_code"] in line.none:
                del there[id_]
    return there


def _first(id_: str, told: list[Line]) -> list[Report]:
    """Reports of the first day that tells of a station, unless its unit had reported none, or did later that day."""
    reports = [(line, row) for line in told for row in line.stations if row["id"] == id_]
    first = reports[0][0].day

    def denied(line: Line, unit: str) -> bool:
        nones = [other for other in told if unit in other.none and other.day <= first]
        return any(other.day < first or other.number > line.number for other in nones)

    return [(line, row) for line, row in reports if line.day == first and not denied(line, row["unit_code"])]


def _filling(rows: list[Report], told: list[Line]) -> list[Report]:
    """Later reports of a station where it stood, up to the next none, without what can't be true of the days before."""
    (first, _), (last, newest) = rows[0], rows[-1]
    found = []
    for line in told:
        if line.day <= last.day:
            if _order(line) > _order(last) and newest["unit_code"] in line.none:
                break
            continue
        for row in line.stations:
            if row["id"] == newest["id"] and row["unit_code"] == newest["unit_code"]:
                start, end = row["built_on"], row["closed_on"]
                start = None if start and start > first.day else start
                end = None if end and end <= last.day else end
                found.append((line, row | {"built_on": start, "closed_on": end}))
        if newest["unit_code"] in line.none:
            break
    return found


def _told_together(reports: list[Report]) -> dict[str, Any]:
    """Each fact as the last report tells it that tells it; a start told after a closing, and not before it, reopens."""
    facts: dict[str, Any] = dict.fromkeys(FACTS)
    told_at = {}
    for at, (_, row) in enumerate(reports):
        for name in FACTS:
            if row[name] is not None:
                facts[name], told_at[name] = row[name], at
    start, end = facts["built_on"], facts["closed_on"]
    if start and end and start >= end and told_at["built_on"] > told_at["closed_on"]:
        facts["closed_on"] = None
    return facts
