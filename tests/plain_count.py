"""Count the demo's figures slowly and plainly, as POLICY and docs/METHOD.md say them.

A second opinion: plain loops over what `tests.plain_reading` read, nothing of the program.
`count` gives, for each rule, the state of every unit in scope.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.plain_reading import Facility, Reported

    Judge = Callable[[Facility], str]

MET, NOT_MET, UNKNOWN = "met", "not_met", "unknown"
READINGS = ("since_last_change", "largest_interval", "changes_in_year")


@dataclass
class Count:
    """A rule's states by unit, which of the met are met by sharing alone, and the verdict."""

    states: dict[str, str]
    shared: set[str] = field(default_factory=set)
    readings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    state: str = UNKNOWN
    value: float | None = None

    def number(self, state: str) -> int:
        """How many units are in a state."""
        return sum(1 for found in self.states.values() if found == state)


def any_of(states: Sequence[str]) -> str:
    """Met if any is; else unknown if any is; else not met."""
    return MET if MET in states else UNKNOWN if UNKNOWN in states else NOT_MET


def all_of(states: Sequence[str]) -> str:
    """Not met if any is; else unknown if any is; else met."""
    return NOT_MET if NOT_MET in states else UNKNOWN if UNKNOWN in states else MET


def known(value: object) -> str:
    """The state of a yes, a no or a blank."""
    return UNKNOWN if value is None else MET if value else NOT_MET


def months_later(day: date, months: int) -> date:
    """So many calendar months later; the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass
class Demo:
    """What was reported, as of a day."""

    said: Reported
    as_of: date

    @property
    def townships(self) -> list[str]:
        """The townships that the plan names."""
        return sorted(code for code, t in self.said.townships.items() if t["in_plan"])

    @property
    def farming(self) -> list[str]:
        """Towns, townships and the subdistricts that the plan's settings call agricultural."""
        named = self.said.plan["settings"]["agricultural_subdistricts"]
        return [c for c in self.townships if c in named or self.said.townships[c]["kind"] in {"town", "township"}]

    @property
    def villages(self) -> list[str]:
        """The villages of those townships."""
        return sorted(code for code, v in self.said.villages.items() if v["township_code"] in self.townships)

    def there(self, layer: str) -> list[Facility]:
        """What is there on the day: nothing that starts later."""
        found = self.said.listed[layer].values()
        return [f for f in found if not f.facts.get("starts") or f.facts["starts"] <= self.as_of]

    def absent(self, layer: str, unit: str, may: Callable[[Facility], bool] = lambda _: True) -> str:
        """The state of a unit for which nothing is listed; `may` says which facilities could count for it."""
        whole = self.said.whole[layer]
        if unit in self.said.none[layer]:
            return NOT_MET
        listed = self.said.place in whole or unit[:9] + "000" in whole
        return NOT_MET if listed and not any(map(may, self.vague(layer, unit))) else UNKNOWN

    def vague(self, layer: str, unit: str) -> list[Facility]:
        """What doesn't say whom it serves or reached, and so may count for a unit."""
        silent = [f for f in self.there(layer) if f.units == {f.home} and not f.facts.get("nobody")]
        everywhere = [f for f in silent if layer == "activities" and f.home == self.said.place]
        if unit.endswith("000"):
            return everywhere
        near = [f for f in silent if f.home[:9] == unit[:9]]
        town = [f for f in near if f.home.endswith("000")] if layer == "activities" else [f for f in near if f.shared]
        return everywhere + town

    def this_year(self, activity: Facility) -> bool:
        """Whether an activity was in the calendar year up to the day."""
        day: date = activity.facts["starts"]
        return date(self.as_of.year, 1, 1) <= day <= self.as_of


def presence(demo: Demo, layer: str, units: Iterable[str], judge: Judge, *, with_villages: bool = False) -> Count:
    """Units that have a facility which the judge accepts."""
    count = Count({})
    for unit in units:
        at = [
            f
            for f in demo.there(layer)
            if unit in f.units or (with_villages and any(c[:9] == unit[:9] for c in f.units))
        ]
        states = [judge(f) for f in at]
        count.states[unit] = any_of(states) if at else demo.absent(layer, unit, lambda f: judge(f) != NOT_MET)
        if MET in states and all(f.shared for f in at if judge(f) == MET):
            count.shared.add(unit)
    return count


def said_yes(*names: str) -> Judge:
    """A judge that wants all these facts to be a yes."""
    return lambda facility: all_of([known(facility.facts[name]) for name in names])


def board_readings(demo: Demo, board: Facility) -> tuple[str, str, str]:
    """The three readings of "every two months" for one board."""
    said, built, whole = board.facts["changes"], board.facts["starts"], board.facts["whole"]
    if said is None:
        return UNKNOWN, UNKNOWN, UNKNOWN
    changes = [day for day in said if day <= demo.as_of]
    if not whole:
        fresh = bool(changes) and demo.as_of <= months_later(changes[-1], 2)
        complete = bool(changes) and len(changes) == len(said)  # else there may be others before the later one
        return (MET if fresh else NOT_MET if complete else UNKNOWN), UNKNOWN, UNKNOWN
    if not changes and said and not built:  # changed later; what it showed before nobody knows
        return UNKNOWN, UNKNOWN, NOT_MET
    if not changes:  # never changed so far: its content is as old as itself
        young = known(built is not None and demo.as_of <= months_later(built, 2))
        return young, young, NOT_MET
    year_ago = months_later(demo.as_of, -12)
    start = max(year_ago, built) if built else year_ago
    before = [day for day in changes if day <= start]
    steps = [before[-1] if before else start, *(day for day in changes if day > start), demo.as_of]
    short = [later <= months_later(earlier, 2) for earlier, later in pairwise(steps)]
    longest: bool | None = all(short)
    if not longest and not built and not before and all(short[1:]):
        longest = None  # only the time before the first change is too long, and the board may be younger than that
    often = sum(1 for day in changes if day > year_ago) >= 6
    return known(demo.as_of <= months_later(changes[-1], 2)), known(longest), known(often)


def may_be_fresh(demo: Demo, reading: int) -> Callable[[Facility], bool]:
    """Whether a board is not known to be stale under a reading."""
    return lambda board: board_readings(demo, board)[reading] != NOT_MET


def freshness(demo: Demo) -> Count:
    """Villages with a board that was changed in time; the first reading decides, one board is enough."""
    count = Count({})
    for unit in demo.villages:
        boards = [b for b in demo.there("boards") if unit in b.units]
        judged = [board_readings(demo, b) for b in boards]
        count.readings[unit] = tuple(
            any_of([j[n] for j in judged]) if boards else demo.absent("boards", unit, may_be_fresh(demo, n))
            for n in range(3)
        )
        count.states[unit] = count.readings[unit][0]
        fresh = [b for b, j in zip(boards, judged, strict=True) if j[0] == MET]
        if fresh and all(b.shared for b in fresh):
            count.shared.add(unit)
    return count


def own_rows(demo: Demo, layer: str, where: str | None, judge: Judge) -> Count:
    """Schools or bases by their own columns; those out of `where` are not counted."""
    count = Count({})
    for row in demo.there(layer):
        inside = known(row.facts[where]) if where else MET
        if inside != NOT_MET:
            count.states[row.facts["number"]] = all_of([inside, judge(row)])
    return count


def titled(demo: Demo) -> Judge:
    """A judge of bases: of prefecture level or above, and the title not expired."""
    return lambda b: all_of([known(b.facts["level"]), known(not b.facts["ends"] or b.facts["ends"] >= demo.as_of)])


def reach(demo: Demo, threshold: float) -> Count:
    """Villages that an activity of the year reached; the value is their share of the people."""
    count = Count({})
    activities = [a for a in demo.there("activities") if demo.this_year(a)]
    for unit in demo.villages:
        names = {unit, unit[:9] + "000", demo.said.place}
        reached = any(a.home == unit or names & a.facts["named"] for a in activities)
        count.states[unit] = MET if reached else demo.absent("activities", unit, demo.this_year)
    people = demo.said.people
    total = sum(people.get(unit, 0) for unit in count.states)
    met, open_ = (sum(people.get(u, 0) for u, s in count.states.items() if s == wanted) for wanted in (MET, UNKNOWN))
    uncounted = {state for unit, state in count.states.items() if unit not in people}
    count.value = met / total
    if count.value >= threshold and uncounted <= {MET}:
        count.state = MET
    elif (met + open_) / total < threshold and uncounted <= {NOT_MET}:
        count.state = NOT_MET
    return count


def decide(count: Count, threshold: float, *, share: bool, whole: bool = True) -> Count:
    """Give a rule its value and verdict; a count over a list that may grow is never not met."""
    met, best = count.number(MET), count.number(MET) + count.number(UNKNOWN)
    size = len(count.states) if share else 1
    count.value = met / size
    count.state = MET if count.value >= threshold else NOT_MET if whole and best / size < threshold else UNKNOWN
    if share and not whole:  # more rows may come
        count.state = NOT_MET if threshold == 1 and count.number(NOT_MET) else UNKNOWN
    return count


def count_all(said: Reported, as_of: date) -> dict[str, Count]:
    """Count every rule, by its id."""
    demo = Demo(said, as_of)
    rules: dict[str, dict[str, Any]] = {r["id"]: r for task in said.plan["tasks"] for r in task["rules"]}
    towns, farming, villages = demo.townships, demo.farming, demo.villages
    found = {
        "8.township.organisation": presence(demo, "organisations", towns, said_yes("leader", "staff")),
        "8.village.organisation": presence(demo, "organisations", villages, said_yes()),
        "10.school.teacher": own_rows(demo, "schools", None, said_yes("teacher")),
        "11.township.association": presence(demo, "associations", farming, said_yes("registered"), with_villages=True),
        "16.base.count": own_rows(demo, "bases", None, titled(demo)),
        "17.township.station": presence(demo, "stations", towns, said_yes()),
        "17.township.board": presence(demo, "boards", towns, said_yes()),
        "17.township.equipment": presence(demo, "stations", towns, said_yes("equipment")),
        "17.village.station": presence(demo, "stations", villages, said_yes()),
        "17.village.board": presence(demo, "boards", villages, said_yes()),
        "17.village.freshness": freshness(demo),
        "17.village.communicator": presence(demo, "communicators", villages, said_yes()),
        "18.school.lab": own_rows(demo, "schools", "city", said_yes("lab")),
        "30.township.caravan": caravan(demo),
        "30.rural.museum": own_rows(demo, "schools", "rural", said_yes("museum")),
    }
    lists = {"16.base.count": "bases", "10.school.teacher": "schools", "18.school.lab": "schools"}
    lists |= {"30.rural.museum": "schools"}
    for name, count in found.items():
        share = rules[name].get("measure", "share") == "share"
        whole = name not in lists or said.place in said.whole[lists[name]]
        decide(count, rules[name].get("threshold", 1.0), share=share, whole=whole)
    found["23.figure.activities"] = tally(demo, rules["23.figure.activities"]["threshold"])
    found["27.population.reach"] = reach(demo, rules["27.population.reach"]["threshold"])
    return found | {
        name: reported(demo, rule) for name, rule in rules.items() if rule["kind"] in {"figure", "declared"}
    }


def caravan(demo: Demo) -> Count:
    """Agricultural townships where the caravan stopped this year, or that it reached."""
    count = Count({})

    def may(activity: Facility) -> bool:
        return demo.this_year(activity) and activity.facts["caravan"] is not False

    for town in demo.farming:
        here = [a for a in demo.there("activities") if any(unit[:9] == town[:9] for unit in a.units)]
        states = [known(a.facts["caravan"]) for a in here if demo.this_year(a)]
        told = [state for state in states if state != NOT_MET]
        count.states[town] = any_of(told) if told else demo.absent("activities", town, may)
    return count


def tally(demo: Demo, threshold: float) -> Count:
    """How many activities there were this year, in the whole city."""
    number = sum(1 for a in demo.there("activities") if demo.this_year(a))
    whole = demo.said.place in demo.said.whole["activities"]
    state = MET if number >= threshold else NOT_MET if whole else UNKNOWN
    value = float(number) if whole or demo.there("activities") else None  # nothing is known
    return Count({demo.said.place: state}, state=state, value=value)


def reported(demo: Demo, rule: dict[str, Any]) -> Count:
    """A city-wide number (or quotient) against its threshold, or a declaration: 1 done, 0 not."""
    figures = demo.said.listed["figures"]
    told = [figures.get((rule["id"].split(".")[0], rule[key])) for key in ("item", "per") if key in rule]
    numbers: list[Any] = [f.facts["value"] if f and f.facts["starts"] <= demo.as_of else None for f in told]
    count = Count({demo.said.place: UNKNOWN})
    if None not in numbers:
        count.value = numbers[0] / numbers[1] if "per" in rule else numbers[0]
        at_most = rule.get("comparison") == "at_most"
        threshold = rule.get("threshold", 1)
        count.state = known(count.value <= threshold if at_most else count.value >= threshold)
        count.states[demo.said.place] = count.state
    return count
