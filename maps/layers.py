"""Plain tables of what is drawn, one row per unit or facility: the same for screen, paper and GeoPackage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import CGCS2000
from geo.months import add_months
from geo.schema import LAYERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from geo.assessment import Assessment
    from geo.layers import Layers

FACILITY_LAYERS: Final = tuple(name for name, layer in LAYERS.items() if layer.role in {"facility", "event"})
DUE_SOON_DAYS: Final = 30


def shown_state(finding: Mapping[str, Any]) -> str:
    """The state as drawn: the four of the assessment, and "met_shared" apart from "met"."""
    state = str(finding["state"])
    return "met_shared" if state == "met" and finding.get("sharing") == "shared" else state


def findings(assessment: Assessment | Mapping[str, Any]) -> pd.DataFrame:
    """Every finding as one row: rule, unit, state as drawn, reason, last change, due, first evidence.

    Order is that of the assessment. Takes an Assessment or its dict.
    """
    rows = [
        {
            "task": task["no"],
            "rule": rule["id"],
            "unit": rule["unit"],
            "unit_code": finding["unit_code"],
            "unit_name": finding["unit_name"],
            "township_code": finding.get("township_code"),
            "state": shown_state(finding),
            "reason": finding.get("reason") or "",
            "last_change": finding.get("last_change"),
            "due": finding.get("due"),
            **_first_evidence(finding),
        }
        for task, rule, finding in _each(as_dict(assessment))
    ]
    columns = ["task", "rule", "unit", "unit_code", "unit_name", "township_code", "state", "reason",
               "last_change", "due", "file", "sheet", "row", "batch"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def village_table(layers: Layers, assessment: Assessment | Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Villages with one column of drawn states per village rule; EPSG:4490, areas or points.

    A village out of a rule's scope is "not_applicable".
    """
    return _with_states(layers["villages"], as_dict(assessment), unit="village")


def township_table(layers: Layers, assessment: Assessment | Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Townships with the states of township rules and, for each rule on smaller units, its shares.

    Share columns of rule R: ``R in_scope``, ``R met``, ``R unknown``, ``R share`` (0…1, NA where
    nothing is in scope). EPSG:4490.
    """
    facts = as_dict(assessment)
    table = _with_states(layers["townships"], facts, unit="township")
    new: dict[str, Any] = {}
    for rule in _rules(facts):
        if rule["unit"] in {"village", "school", "base"}:
            shares = township_shares(rule).reindex(table["code"])
            for column in ("in_scope", "met", "unknown"):
                new[f"{rule['id']} {column}"] = shares[column].fillna(0).astype(int).to_numpy()
            new[f"{rule['id']} share"] = shares["share"].to_numpy()
    return _joined(table, new)


def township_shares(rule: Mapping[str, Any]) -> pd.DataFrame:
    """in_scope, met, unknown and share met of one rule, by township code."""
    frame = pd.DataFrame(
        [(finding.get("township_code"), finding["state"]) for finding in rule["findings"]],
        columns=["township_code", "state"],
    )
    grouped = frame.groupby("township_code", sort=True)["state"]
    out = pd.DataFrame(
        {
            "in_scope": grouped.size(),
            "met": grouped.agg(lambda states: int((states == "met").sum())),
            "unknown": grouped.agg(lambda states: int((states == "unknown").sum())),
        }
    )
    return out.assign(share=out["met"] / out["in_scope"])


def facility_table(layers: Layers, name: str, *, as_of: date, months: int = 2) -> gpd.GeoDataFrame:
    """A facility layer as drawn: a point for every row that can have one, and how it came by it.

    ``placed`` is "own" (reported coordinates), "unit" (drawn at its unit's point) or "none".
    Boards also get ``last_change``, ``due`` (dates) and ``freshness`` (see maps.palette.FRESHNESS);
    content is due ``months`` calendar months after the last change. EPSG:4490; no private columns.
    """
    table = layers[name]
    private = [column.name for column in LAYERS[name].columns if column.private]
    table = table.drop(columns=[column for column in private if column in table])
    own = table.geometry.notna() & ~table.geometry.is_empty
    geometry = table.geometry.where(own, _unit_points(layers, table))
    placed = own.map({True: "own", False: "unit"}).where(geometry.notna(), "none")
    new = table.set_geometry(geometry).assign(placed=placed, township_code=_townships_of(layers, table))
    return new.assign(**board_freshness(new, as_of=as_of, months=months)) if name == "boards" else new


def board_freshness(boards: pd.DataFrame, *, as_of: date, months: int = 2) -> dict[str, list[Any]]:
    """Columns last_change, due and freshness of boards on a day.

    Two months are calendar months: changed on 31 August, due by 31 October; due that day is still fresh.
    """
    last: list[date | None] = []
    due: list[date | None] = []
    state: list[str] = []
    flags = boards["last_only"] if "last_only" in boards else pd.Series(False, index=boards.index)
    only_last = flags.astype("boolean").fillna(value=False)
    for updates, last_only in zip(boards["updates"], only_last, strict=True):
        known = None if updates is None else [day for day in updates if day <= as_of]
        if last_only and updates and not known:
            known = None  # changed later; nobody told what was before
        newest = max(known) if known else None
        limit = None if newest is None else add_months(np.array([newest], dtype="datetime64[D]"), months)[0].item()
        last.append(newest)
        due.append(limit)
        state.append(_freshness(known, limit, as_of))
    return {"last_change": last, "due": due, "freshness": state}


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dicts by column name."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def as_dict(assessment: Assessment | Mapping[str, Any]) -> Mapping[str, Any]:
    """The assessment in the form of assessment.json."""
    from collections.abc import Mapping as MappingType

    return assessment if isinstance(assessment, MappingType) else assessment.to_dict()


def _freshness(known: list[date] | None, due: date | None, as_of: date) -> str:
    if known is None:
        return "unknown"
    if due is None:
        return "never"
    left = (due - as_of).days
    return "overdue" if left < 0 else "due" if left <= DUE_SOON_DAYS else "fresh"


def _rules(facts: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for task in facts["tasks"]:
        yield from task["rules"]


def _each(facts: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]]:
    for task in facts["tasks"]:
        for rule in task["rules"]:
            for finding in rule["findings"]:
                yield task, rule, finding


def _first_evidence(finding: Mapping[str, Any]) -> dict[str, Any]:
    evidence = finding.get("evidence") or [{}]
    return {key: evidence[0].get(key) for key in ("file", "sheet", "row", "batch")}


def _with_states(table: gpd.GeoDataFrame, facts: Mapping[str, Any], *, unit: str) -> gpd.GeoDataFrame:
    new = {
        rule["id"]: table["code"]
        .map({finding["unit_code"]: shown_state(finding) for finding in rule["findings"]})
        .fillna("not_applicable")
        .to_numpy()
        for rule in _rules(facts)
        if rule["unit"] == unit
    }
    return _joined(table, new)


def _joined(table: gpd.GeoDataFrame, new: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Columns added in one go, the geometry last."""
    geometry = table.geometry
    plain = pd.DataFrame(table.drop(columns=geometry.name))
    wide = pd.concat([plain, pd.DataFrame(dict(new), index=table.index)], axis=1)
    return gpd.GeoDataFrame(wide, geometry=geometry, crs=table.crs)


def _unit_points(layers: Layers, table: pd.DataFrame) -> gpd.GeoSeries:
    """The point of each row's unit, None where the unit has none."""
    units = pd.concat([pd.DataFrame(layers[name])[["code", "lon", "lat"]] for name in ("townships", "villages")])
    units = units.drop_duplicates("code").set_index("code").reindex(table["unit_code"])
    lon, lat = units["lon"].to_numpy(float), units["lat"].to_numpy(float)
    points = np.atleast_1d(np.asarray(shapely.points(np.column_stack([lon, lat])), dtype=object))
    points[np.isnan(lon) | np.isnan(lat)] = None
    return gpd.GeoSeries(points, index=table.index, crs=CGCS2000)


def _townships_of(layers: Layers, table: pd.DataFrame) -> pd.Series:
    villages, townships = layers["villages"], layers["townships"]
    of = dict(zip(villages["code"], villages["township_code"], strict=True))
    of |= {code: code for code in townships["code"]}
    return table["unit_code"].map(of)
