"""What a scenario changes: units and tasks that flip, what it costs, how far people have to go before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.assess import assess
from geo.differences import differences
from geo.scenario.applying import apply
from geo.scenario.measures import Threshold, Update
from geo.sites import facility_sites, unit_sites

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from geo.assessment import Assessment
    from geo.differences import Differences
    from geo.layers import Layers
    from geo.plans.rules import Plan
    from geo.scenario.measures import Scenario

_FAR = 90


@dataclass(frozen=True)
class Reach:
    """How far villages have to the nearest facility of a layer, metres along the ellipsoid, straight.

    `worst`: the township whose villages have it furthest on average, and that average. Villages
    without a point are left out and counted in `unlocated`.
    """

    layer: str
    villages: int
    unlocated: int
    mean: float | None
    median: float | None
    p90: float | None
    furthest: float | None
    worst: tuple[str, float] | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it; metres to one decimal."""
        worst = None if self.worst is None else {"township_code": self.worst[0], "mean": round(self.worst[1], 1)}
        numbers = {name: getattr(self, name) for name in ("mean", "median", "p90", "furthest")}
        rounded = {name: None if value is None else round(value, 1) for name, value in numbers.items()}
        return {"layer": self.layer, "villages": self.villages, "unlocated": self.unlocated, **rounded, "worst": worst}


@dataclass(frozen=True)
class Comparison:
    """A scenario held against what is. `reach`: (layer's before, after) of each layer that the measures touch."""

    scenario: Scenario
    before: Assessment
    after: Assessment
    changes: Differences
    reach: tuple[tuple[Reach, Reach], ...]

    @property
    def tasks(self) -> list[tuple[int, str, str]]:
        """Return (number, state before, state after) of the tasks that flip."""
        pairs = zip(self.before.tasks, self.after.tasks, strict=True)
        return [(old.task.no, str(old.state), str(new.state)) for old, new in pairs if old.state != new.state]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "scenario": self.scenario.to_dict(),
            "as_of": self.before.as_of.isoformat(),
            "scenario_as_of": self.after.as_of.isoformat(),
            "cost": self.scenario.cost,
            "tasks": [{"no": no, "before": before, "after": after} for no, before, after in self.tasks],
            "changes": self.changes.to_dict(),
            "reach": [{"before": old.to_dict(), "after": new.to_dict()} for old, new in self.reach],
        }


def compare(layers: Layers, plan: Plan, scenario: Scenario, *, as_of: date, place_name: str = "全市") -> Comparison:
    """Assess a place as it is on a day, and as it would be by a scenario. Raises InputRefused."""
    then = scenario.as_of or as_of
    changed, its_plan = apply(layers, plan, scenario, as_of=then)
    before = assess(layers, plan, as_of=as_of, place_name=place_name)
    after = assess(changed, its_plan, as_of=then, place_name=place_name)
    touched = {measure.layer for measure in scenario.measures if not isinstance(measure, Threshold | Update)}
    now = layers.on(as_of)
    pairs = tuple((reach_of(now, layer), reach_of(changed, layer)) for layer in sorted(touched))
    return Comparison(scenario, before, after, differences(before, after), pairs)


def reach_of(layers: Layers, layer: str) -> Reach:
    """Return how far villages have to the nearest facility of a layer."""
    from geo.nearest import nearest

    villages, facilities = unit_sites(layers), facility_sites(layers, layer)
    here, there = villages.lonlat[villages.located], facilities.lonlat[facilities.located]
    unlocated = len(villages) - len(here)
    if not len(here) or not len(there):
        return Reach(layer, len(villages), unlocated, None, None, None, None, None)
    metres = nearest(here, there)[1][:, 0]
    homes = layers["villages"].sort_values("code")["township_code"].to_numpy(object)[villages.located]
    return Reach(
        layer,
        len(villages),
        unlocated,
        float(metres.mean()),
        float(np.median(metres)),
        float(np.percentile(metres, _FAR)),
        float(metres.max()),
        _worst(homes, metres),
    )


def _worst(homes: NDArray[np.object_], metres: NDArray[np.float64]) -> tuple[str, float]:
    means = {code: float(metres[homes == code].mean()) for code in sorted(set(homes))}
    return max(means.items(), key=lambda pair: (pair[1], pair[0]))
