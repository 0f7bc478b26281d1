"""A GeoPackage read back as what it was written from: place, plan, layers and what was found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.assess import assess
from geo.assessment import Assessment, Counts, Findings, RuleResult, TaskResult
from geo.layers import COMPLETE_COLUMNS, NONE_COLUMNS, Layers, frame
from geo.months import day_from_iso
from geo.place import NAME_COLUMNS, Place
from geo.plans.rules import Plan
from geo.schema import LAYERS, Layer
from geo.states import MET, NOT_MET, UNKNOWN, State, decide
from maps.dossier.ledger_tables import Source, whole
from maps.package_tables import BEFORE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.plans.rules import Rule

_STATES = {"met": MET, "met_shared": MET, "not_met": NOT_MET, "unknown": UNKNOWN}


@dataclass(frozen=True)
class Package(Source):
    """The tables of a GeoPackage and what they say.

    All of it raises KeyError, ValueError, TypeError or LookupError where tables, columns or values are not as written.
    """

    @property
    def as_of(self) -> date:
        """The day that it speaks of."""
        return date.fromisoformat(str(self.about["as_of"]))

    @property
    def known_on(self) -> date | None:
        """The day by whose end all of it had been recorded."""
        known = self.about["known_on"]
        return date.fromisoformat(known) if known else None

    @cached_property
    def plan(self) -> Plan:
        """The plan that was judged by."""
        return Plan.model_validate_json(str(self.about["plan_json"]))

    @cached_property
    def place(self) -> Place:
        """The place with its units; former names and codes are not kept."""
        about = self.about
        return Place(
            code=str(about["place_code"]),
            name=str(about["place_name"]),
            working_crs=str(about["working_crs"]),
            townships=self.layers["townships"],
            villages=self.layers["villages"],
            names=pd.DataFrame(columns=list(NAME_COLUMNS)),
            maker=about["maker"] or "",
            demo_note=about["demo_note"] or "",
            sources=tuple(json.loads(about["sources_json"] or "[]")),
        )

    @cached_property
    def layers(self) -> Layers:
        """The layers, cut to the day."""
        reports = self.tables["reports"]
        days = {
            int(b): date.fromisoformat(str(d)) for b, d in zip(reports["batch"], reports["reported_on"], strict=True)
        }
        closed = {name: f"closed_{name}" for name in LAYERS}
        return Layers(
            tables={name: _layer(layer, self.tables[name]) for name, layer in LAYERS.items()},
            none=_declared(self.tables["reported_none"], NONE_COLUMNS),
            complete=_declared(self.tables["complete_lists"], COMPLETE_COLUMNS),
            as_of=self.as_of,
            known_on=self.known_on,
            days=days,
            closed={name: _layer(LAYERS[name], self.tables[own]) for name, own in closed.items() if own in self.tables},
        )

    def judged_again(self) -> Assessment:
        """Judge every rule by the layers alone."""
        return assess(self.layers, self.plan, as_of=self.as_of, place_name=self.place.name)

    def told(self, *, before: bool = False) -> Assessment:
        """Return what the findings say, or those of the earlier day: units in scope, counts worked out from them."""
        ending = BEFORE if before else ""
        findings, rules = self.tables[f"findings{ending}"], self.tables[f"rules{ending}"].set_index("规则")
        of_rule = dict(list(findings.groupby("rule")))
        tasks = []
        for task in self.plan.tasks:
            results = tuple(
                _result(rule, of_rule.get(rule.id, findings[:0]), dict(rules.loc[rule.id])) for rule in task.rules
            )
            tasks.append(TaskResult(task, decide(result.state for result in results), results))
        day = date.fromisoformat(str(self.about["before"])) if before else self.as_of
        return Assessment(day, self.plan, tuple(tasks), self.known_on)


def _result(rule: Rule, table: pd.DataFrame, said: Mapping[str, Any]) -> RuleResult:
    states = np.array([_STATES[state] for state in table["state"]], dtype=np.int8)
    shared = (table["state"] == "met_shared").to_numpy(bool)
    told = _Told(
        [str(whole(reason) or "") for reason in table["reason"]],
        [json.loads(sources) for sources in table["sources"]],
    )
    codes, names, homes = (_objects(table[name]) for name in ("unit_code", "unit_name", "township_code"))
    findings = Findings(codes, names, homes, states, shared, told)
    value = said["value"]
    return RuleResult(
        rule, State(said["state"]), None if pd.isna(value) else value, Counts.of(states, shared), findings
    )


def _objects(values: pd.Series) -> NDArray[np.object_]:
    return np.array([whole(value) for value in values], dtype=object)


@dataclass(frozen=True)
class _Told:
    """Reasons and evidence as a table tells them."""

    reasons: list[str]
    sources: list[list[dict[str, Any]]]

    def reason(self, position: int) -> str:
        """Return the sentence."""
        return self.reasons[position]

    def evidence(self, position: int) -> list[dict[str, Any]]:
        """Return the source rows."""
        return self.sources[position]

    def extras(self, position: int) -> dict[str, Any]:
        """Return nothing further."""
        return {}


def _layer(layer: Layer, table: pd.DataFrame) -> gpd.GeoDataFrame:
    return frame(layer, _rows(layer, table))


def _rows(layer: Layer, table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    kinds = {column.name: column.kind for column in layer.columns} | {"row": "count", "batch": "count"}
    for record in table.to_dict("records"):
        row = {str(name): _value(kinds.get(str(name)), value) for name, value in record.items() if name != "geometry"}
        if layer.role == "base" or record.get("placed") == "own":
            row["geometry"] = record.get("geometry")
        yield row


def _value(kind: str | None, value: Any) -> Any:
    """A value as the layers hold it, from how a GeoPackage does."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    match kind:
        case "codes":
            return tuple(code for code in str(value).split("、") if code)
        case "dates":
            return tuple(day_from_iso(text) for text in str(value).split("、") if text)
        case "flag":
            return bool(value)
        case "count":
            return int(value)
    return value


def _declared(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    out = table[list(columns)].astype(object)
    return out.where(out.notna(), None)
