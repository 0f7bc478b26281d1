"""Works a scenario into layers and a plan; what is handed in stays as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import shapely

from geo.admin.gazetteer import township_of
from geo.errors import InputRefused
from geo.layers import frame
from geo.plans.rules import FreshnessRule, PresenceRule, ReachRule
from geo.scenario.measures import Add, Close, Move, Share, Threshold, Update
from geo.schema import LAYERS

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd

    from geo.layers import Layers
    from geo.plans.rules import Plan
    from geo.scenario.measures import Measure, Scenario

SOURCE: Final = "方案：{name}"
"""What a scenario's rows name as their file: nobody shall take them for a report."""


def apply(layers: Layers, plan: Plan, scenario: Scenario, *, as_of: date) -> tuple[Layers, Plan]:
    """Return layers and plan as they would be on a day if the scenario were carried out.

    Raises InputRefused for a unit, a facility or a rule that there is not.
    """
    work = _Work(layers.on(as_of), plan, scenario, as_of)
    for number, measure in enumerate(scenario.measures, 1):
        work.carry_out(number, measure)
    return replace(work.layers, whole=None, past={}), work.plan


@dataclass
class _Work:
    layers: Layers
    plan: Plan
    scenario: Scenario
    as_of: date

    def carry_out(self, number: int, measure: Measure) -> None:
        match measure:
            case Add():
                self._add(number, measure)
            case Move():
                self._change(number, measure.layer, measure.id, **self._standing(measure.unit, measure.position))
            case Close():
                self._close(number, measure)
            case Share():
                row = self._found(number, measure.layer, measure.id)
                serves = tuple(sorted({*(row["serves"] or ()), *(self._unit(code) for code in measure.serves)}))
                self._change(number, measure.layer, measure.id, serves=serves, sharing="shared")
            case Update():
                row = self._found(number, "boards", measure.id)
                self._change(number, "boards", measure.id, updates=(*(row["updates"] or ()), self.as_of))
            case Threshold():
                self._set_threshold(measure)

    def _add(self, number: int, measure: Add) -> None:
        layer = LAYERS[measure.layer]
        record: dict[str, Any] = {
            **equipped(self.plan, measure.layer, self.as_of),
            "id": f"方案-{number}",
            "name": measure.name or f"{self._name(measure.unit)}{layer.label}（拟建）",
            **self._standing(measure.unit, measure.position),
            "file": SOURCE.format(name=self.scenario.name),
            "row": number,
            "batch": 0,
        }
        if layer.starts:
            record[layer.starts] = self.as_of
        if layer.links:
            record[layer.links] = tuple(sorted(self._unit(code) for code in measure.serves))
            record["sharing"] = "shared" if measure.serves else "dedicated"
        table = self.layers[measure.layer]
        row = frame(layer, [record])
        row.insert(3, "township_code", [township_of(measure.unit)])
        self._put(measure.layer, pd.concat([table, row[list(table.columns)]], ignore_index=True))

    def _close(self, number: int, measure: Close) -> None:
        self._found(number, measure.layer, measure.id)
        table, ends = self.layers[measure.layer], LAYERS[measure.layer].ends
        gone = table["id"] == measure.id
        if ends is not None:
            over = table[gone].assign(**{ends: pd.Timestamp(self.as_of)})
            known = self.layers.closed.get(measure.layer)
            both = over if known is None else pd.concat([known, over], ignore_index=True)
            self.layers = replace(self.layers, closed={**self.layers.closed, measure.layer: both})
        self._put(measure.layer, table[~gone].reset_index(drop=True))

    def _set_threshold(self, measure: Threshold) -> None:
        rule = self.plan.rule(measure.rule)
        if measure.value > 1 and (isinstance(rule, ReachRule) or getattr(rule, "measure", None) == "share"):
            msg = f"规则“{rule.id}”按比例考核，门槛“{measure.value:g}”不能用：写成 0 到 1 的数，如 0.9"
            raise InputRefused(msg)
        tasks = tuple(
            task.model_copy(
                update={
                    "rules": tuple(
                        rule.model_copy(update={"threshold": measure.value}) if rule.id == measure.rule else rule
                        for rule in task.rules
                    )
                }
            )
            for task in self.plan.tasks
        )
        self.plan = self.plan.model_copy(update={"tasks": tasks})

    def _change(self, number: int, layer: str, facility: str, **values: Any) -> None:
        self._found(number, layer, facility)
        table = self.layers[layer].copy()
        (at,) = table.index[table["id"] == facility]
        for column, value in values.items():
            table.at[at, column] = value
        if "unit_code" in values and "township_code" in table:
            table.at[at, "township_code"] = township_of(values["unit_code"])
        self._put(layer, table)

    def _put(self, layer: str, table: gpd.GeoDataFrame) -> None:
        self.layers = replace(self.layers, tables={**self.layers.tables, layer: table})

    def _found(self, number: int, layer: str, facility: str) -> dict[str, Any]:
        table = self.layers[layer]
        rows = table[table["id"] == facility]
        if len(rows) != 1:
            msg = f"第{number}项措施：{LAYERS[layer].label}中没有编号为“{facility}”的，或不止一个"
            raise InputRefused(msg)
        return {str(name): value for name, value in rows.iloc[0].items()}

    def _standing(self, unit: str, position: tuple[float, float] | None) -> dict[str, Any]:
        return {"unit_code": self._unit(unit), "geometry": None if position is None else shapely.Point(position)}

    def _unit(self, code: str) -> str:
        self._name(code)
        return code

    def _name(self, code: str) -> str:
        for level in ("villages", "townships"):
            table = self.layers[level]
            rows = table.loc[table["code"] == code, "name"]
            if len(rows):
                return str(rows.iloc[0])
        msg = f"没有代码为“{code}”的乡镇或村；请核对方案中的代码"
        raise InputRefused(msg)


def equipped(plan: Plan, layer: str, as_of: date) -> dict[str, Any]:
    """Return the values of a new facility that has all that the plan's rules ask of its layer."""
    kinds = {column.name: column.kind for column in LAYERS[layer].columns}
    values: dict[str, Any] = {}
    for rule in plan.rules:
        if isinstance(rule, PresenceRule) and rule.layer == layer:
            values |= {name: _enough(kinds[name]) for name in rule.require}
            values |= {column: accepted[0] for column, accepted in rule.where.items()}
        elif isinstance(rule, FreshnessRule) and layer == "boards":
            values |= {"updates": (as_of,), "last_only": False}
    return values


def _enough(kind: str) -> Any:
    return {"flag": True, "count": 1, "number": 1.0}.get(kind, "有")
