"""Counts of findings by state: of a rule, a township, a unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Tally:
    """How many findings are in each state; `met` includes `met_shared`."""

    met: int = 0
    met_shared: int = 0
    not_met: int = 0
    unknown: int = 0

    @classmethod
    def of(cls, findings: Iterable[Facts]) -> Tally:
        """Count findings."""
        states = Counter((found["state"], found.get("sharing") == "shared") for found in findings)
        return cls(
            met=states["met", False] + states["met", True],
            met_shared=states["met", True],
            not_met=states["not_met", False] + states["not_met", True],
            unknown=states["unknown", False] + states["unknown", True],
        )

    @property
    def in_scope(self) -> int:
        """All that count."""
        return self.met + self.not_met + self.unknown

    @property
    def dedicated(self) -> int:
        """Met by what isn't shared."""
        return self.met - self.met_shared

    @property
    def share(self) -> float | None:
        """Met ÷ in scope; None where nothing is in scope."""
        return self.met / self.in_scope if self.in_scope else None

    @property
    def order(self) -> tuple[int, int]:
        """Sorts the most gaps first."""
        return (-self.not_met, -self.unknown)

    def as_units(self, not_applicable: int = 0) -> dict[str, int]:
        """The counts with the names of assessment.json."""
        return {
            "in_scope": self.in_scope, "met": self.met, "met_shared": self.met_shared, "not_met": self.not_met,
            "unknown": self.unknown, "not_applicable": not_applicable,
        }  # fmt: skip


def rules_of(facts: Facts) -> Iterator[tuple[Facts, Facts]]:
    """Every (task, rule), in the plan's order."""
    for task in facts["tasks"]:
        for rule in task["rules"]:
            yield task, rule


def findings_of(facts: Facts) -> Iterator[tuple[Facts, Facts, Facts]]:
    """Every (task, rule, finding), in the order of the assessment."""
    for task, rule in rules_of(facts):
        for found in rule["findings"]:
            yield task, rule, found
