"""Which schools, and which activities, of several lists are one: by name, where one list tells less than the other.

A school is known by its name within its township; an activity by its name and day. Lists differ
in how closely they tell where and when: a month is one with a day of it, no unit or a township
with a village of it. What one list tells apart (two rows) is never joined, nor what fits several.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geo.admin.gazetteer import township_of
from geo.words.vocabulary import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    Record = dict[str, Any]

NAMED = frozenset({"schools", "activities"})
"""The layers whose rows are joined by name."""
_MADE = re.compile(r"(XX|HD)-\d{12}-[0-9a-f]{6}(-\d+)?")


def name_key(layer: str, row: Record) -> str:
    """Return what rows that may be one have in common; the id where its sender gave one, or there is no name."""
    if not row["name"] or not _MADE.fullmatch(row["id"]):
        return str(row["id"])
    name = plain(str(row["name"]))
    if layer == "schools":
        return f"{township_of(row['unit_code'])} {name}"
    return f"{str(row['date'])[:7]} {name}"


def holds(outer: str, inner: str) -> bool:
    """Say whether a unit is another one, or the township or place that it lies in."""
    return outer == inner or outer.endswith("000000") or (outer.endswith("000") and outer[:9] == inner[:9])


def joined_by_name(layer: str, rows: Iterable[Record], order: Callable[[Record], Any]) -> list[Record]:
    """Return the rows with one id for each school or activity: that of its oldest report."""
    groups: dict[str, dict[str, list[Record]]] = {}
    for row in rows:
        groups.setdefault(name_key(layer, row), {}).setdefault(row["id"], []).append(row)
    kept: list[Record] = []
    for group in groups.values():
        if len(group) == 1:
            kept += next(iter(group.values()))
        else:
            kept += _joined(layer, list(group.values()), order)
    return kept


@dataclass
class _One:
    """A school or activity as far as it was told: the closest unit, the closest day, and the lists that tell of it."""

    unit: str
    day: date | None
    vague: bool
    lists: set[Any]
    rows: list[Record] = field(default_factory=list)

    @property
    def closeness(self) -> tuple[bool, bool, bool]:
        """Sort the closest told first."""
        return self.unit.endswith("000000"), self.unit.endswith("000"), self.vague

    def may_be(self, other: _One, *, anywhere: bool) -> bool:
        """Say whether two are one, as far as place, day and lists tell."""
        near = anywhere or holds(self.unit, other.unit) or holds(other.unit, self.unit)
        return near and (self.vague or other.vague or self.day == other.day) and not self.lists & other.lists

    def take(self, other: _One) -> None:
        """Join another one."""
        self.unit = other.unit if holds(self.unit, other.unit) else self.unit
        self.day, self.vague = (other.day, other.vague) if self.vague else (self.day, self.vague)
        self.lists |= other.lists
        self.rows += other.rows


def _joined(layer: str, groups: list[list[Record]], order: Callable[[Record], Any]) -> list[Record]:
    told = [_one(rows, order) for rows in groups]
    found: list[_One] = []
    for one in sorted(told, key=lambda one: (one.closeness, min((order(r), r["id"]) for r in one.rows))):
        fitting = [known for known in found if known.may_be(one, anywhere=layer == "schools")]
        if fitting and (len(fitting) == 1 or len({known.unit for known in fitting}) == 1):
            fitting[0].take(one)
        else:
            found.append(one)
    kept: list[Record] = []
    for one in found:
        first = min((order(row), row["id"]) for row in one.rows)[1]
        kept += [row if row["id"] == first else {**row, "id": first} for row in one.rows]
    return kept


def _one(rows: list[Record], order: Callable[[Record], Any]) -> _One:
    exact = [row for row in rows if not row.get("month_only")] or rows
    closest = min((row["unit_code"] for row in rows), key=lambda unit: (unit.endswith("000000"), unit.endswith("000")))
    day, vague = exact[0].get("date"), bool(exact[0].get("month_only"))
    return _One(closest, day, vague, {order(row) for row in rows}, list(rows))
