"""What is asked of siting and what it answers, as plain values; `geo.proposals` works the one out of the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from geo.errors import InputRefused
from geo.scenario.measures import Add, Scenario

Model = Literal["cover", "cover-all", "median", "center"]
"""cover: as many gaps as N sites can (MCLP); cover-all: the fewest sites for all gaps (LSCP); median and center: N
sites beside those that stand, for the shortest ways on average and for whoever has it furthest."""
Weight = Literal["units", "people"]
Candidates = Literal["villages", "schools"]


@dataclass(frozen=True)
class NewSite:
    """A proposed site. `serves`: (unit code, name, metres) of the gaps it closes, or the villages it is nearest to."""

    unit_code: str
    name: str
    township_code: str
    lonlat: tuple[float, float]
    serves: tuple[tuple[str, str, float], ...]
    people: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "unit_code": self.unit_code,
            "name": self.name,
            "township_code": self.township_code,
            "lon": round(self.lonlat[0], 6),
            "lat": round(self.lonlat[1], 6),
            "serves": [{"unit_code": c, "unit_name": n, "metres": round(m, 1)} for c, n, m in self.serves],
            "people": self.people,
        }


@dataclass(frozen=True)
class Proposal:
    """Where to build. `gaps`: how many villages the rule lacks; `left`: (code, name) of those that stay without.

    `objective`, `bound`, `gap`, `status`, `seconds`: as in `geo.siting.Solution`. `clashes`: why there is no answer.
    `estimated`: units whose people are an estimate (`geo.population`).
    """

    rule: str
    layer: str
    model: Model
    within: float
    weight: Weight
    sites: tuple[NewSite, ...]
    gaps: int
    left: tuple[tuple[str, str], ...]
    met_before: int
    in_scope: int
    objective: float | None
    bound: float | None
    gap: float | None
    status: str
    seconds: float
    clashes: tuple[str, ...]
    unlocated: tuple[str, ...]
    estimated: int
    straight: bool

    @property
    def met_after(self) -> int:
        """Return how many villages would be met."""
        return self.met_before + self.gaps - len(self.left)

    def scenario(self, name: str) -> Scenario:
        """Return it as measures: a new facility at each site, shared with the villages within reach that it serves."""
        return Scenario(
            name=name,
            measures=tuple(
                Add(
                    kind="add",
                    layer=self.layer,
                    unit=site.unit_code,
                    position=site.lonlat,
                    serves=tuple(sorted({c for c, _, m in site.serves if m <= self.within} - {site.unit_code})),
                )
                for site in self.sites
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        plain = (
            *("rule", "layer", "model", "within", "weight", "gaps", "met_before", "met_after", "in_scope"),
            *("objective", "bound", "gap", "status", "seconds", "straight", "estimated"),
        )
        return {
            **{name: getattr(self, name) for name in plain},
            "sites": [site.to_dict() for site in self.sites],
            "left": [{"unit_code": code, "unit_name": name} for code, name in self.left],
            "clashes": list(self.clashes),
            "unlocated": list(self.unlocated),
        }


@dataclass(frozen=True)
class Question:
    """What is asked. `count`: of new sites, None for cover-all. `most_each`: at most so many in one township."""

    rule: str
    model: Model = "cover"
    count: int | None = None
    within: float = 1000.0
    weight: Weight = "units"
    candidates: Candidates = "villages"
    most_each: int | None = None
    time_limit: float | None = 60.0

    def __post_init__(self) -> None:
        """Refuse a distance that is none."""
        if not (np.isfinite(self.within) and self.within >= 0):
            msg = f"距离“{self.within}”不能用：要是不小于 0 的数"
            raise InputRefused(msg)
