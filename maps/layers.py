"""Plain tables of what is drawn, one row per unit or facility: the same for screen, paper and GeoPackage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import CGCS2000
from geo.freshness import board_states
from geo.months import add_months, days_of
from geo.plans.rules import FreshnessRule
from geo.schema import LAYERS
from geo.states import MET, NOT_APPLICABLE, NOT_MET, UNKNOWN
from geo.units import flattened
from maps import palette

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from numpy.typing import NDArray

    from geo.assessment import Assessment, Findings
    from geo.layers import Layers
    from geo.months import Days

FACILITY_LAYERS: Final = tuple(name for name, layer in LAYERS.items() if layer.role in {"facility", "event"})
DUE_SOON_DAYS: Final = 30
PLACED: Final = ("unit", "own", "none")
"""How a facility came by its place: its unit's point, its own coordinates, not at all."""

_CODE: Final = palette.FRESHNESS_CODE
_DRAWN: Final = np.zeros(4, dtype=np.int8)  # by int8 state; negative ones count from the end
_DRAWN[[MET, NOT_MET, UNKNOWN, NOT_APPLICABLE]] = [
    palette.STATE_CODE[key] for key in ("met", "not_met", "unknown", "not_applicable")
]


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
    lon, lat, placed = placement(table.geometry.to_numpy(), *_unit_positions(layers, table["unit_code"]))
    points = np.asarray(shapely.points(lon, lat), dtype=object)
    points[placed == PLACED.index("none")] = None
    new = table.set_geometry(gpd.GeoSeries(points, index=table.index, crs=CGCS2000)).assign(
        placed=np.array(PLACED, dtype=object)[placed], township_code=_townships_of(layers, table)
    )
    return new.assign(**board_freshness(new, as_of=as_of, months=months)) if name == "boards" else new


def placement(
    geometry: NDArray[np.object_], unit_lon: NDArray[np.float64], unit_lat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int8]]:
    """Where facilities are drawn, lon/lat degrees (NaN for nowhere), and how each came by it: position in PLACED.

    ``geometry``: points or None. ``unit_lon``, ``unit_lat``: where the unit of each stands, NaN where unknown.
    """
    lon, lat = shapely.get_x(geometry), shapely.get_y(geometry)
    own = ~np.isnan(lon)
    lon, lat = np.where(own, lon, unit_lon), np.where(own, lat, unit_lat)
    nowhere = np.isnan(lon) | np.isnan(lat)
    return lon, lat, np.where(nowhere, 2, own).astype(np.int8)


def board_freshness(boards: pd.DataFrame, *, as_of: date, months: int = 2) -> dict[str, list[Any]]:
    """Columns last_change, due and freshness of boards on a day.

    Two months are calendar months: changed on 31 August, due by 31 October; due that day is still fresh.
    """
    last, codes = board_codes(boards, as_of=as_of, months=months)
    return {
        "last_change": last.tolist(),
        "due": add_months(last, months).tolist(),
        "freshness": [palette.FRESHNESS[code].key for code in codes.tolist()],
    }


def board_codes(boards: pd.DataFrame, *, as_of: date, months: int = 2) -> tuple[Days, NDArray[np.int8]]:
    """The last change of each board up to a day (NaT for none), and its freshness as its code in maps.palette."""
    updates = boards["updates"].to_numpy(object)
    day = np.datetime64(as_of, "D")
    board, dates = flattened(updates)
    days = days_of(dates)
    past = days <= day
    order = np.argsort(days[past], kind="stable")
    last = np.full(len(updates), np.datetime64("NaT", "D"))
    last[board[past][order]] = days[past][order]  # in order, so the last one stays
    reported = ~pd.isna(updates)
    left = (add_months(last, months) - day).astype(np.int64)
    dated = np.select([left < 0, left <= DUE_SOON_DAYS], [_CODE["overdue"], _CODE["due"]], _CODE["fresh"])
    undated = np.where(reported, _CODE["never"], _CODE["unknown"])
    codes = np.where(np.isnat(last), undated, dated).astype(np.int8)
    if {"last_only", "built_on"} <= set(boards):
        codes[_undecided(boards, as_of, months)] = _CODE["unknown"]
    return last, codes


def _undecided(boards: pd.DataFrame, as_of: date, months: int) -> NDArray[np.bool_]:
    """Boards of which too little is told to say whether they are in time, as the rule on them has it."""
    rule = FreshnessRule(id="0.map.boards", requirement="—", kind="freshness", unit="village", months=months)
    undecided: NDArray[np.bool_] = board_states(gpd.GeoDataFrame(boards), rule, as_of).since_last_change == UNKNOWN
    return undecided


def drawn_states(findings: Findings) -> NDArray[np.int8]:
    """The state of every unit of a rule as its code in maps.palette, shape (n,); shared apart from met."""
    states = _DRAWN[findings.states]
    if findings.dedicated:
        states[findings.shared & (findings.states == MET)] = palette.STATE_CODE["met_shared"]
    return states


def as_dict(assessment: Assessment | Mapping[str, Any]) -> Mapping[str, Any]:
    """The assessment in the form of assessment.json."""
    from collections.abc import Mapping as MappingType

    return assessment if isinstance(assessment, MappingType) else assessment.to_dict()


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


def _unit_positions(layers: Layers, codes: pd.Series) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The lon and lat of each code's unit, NaN where no unit has it or the unit has no point."""
    units = pd.concat([pd.DataFrame(layers[name])[["code", "lon", "lat"]] for name in ("townships", "villages")])
    units = units.drop_duplicates("code").set_index("code").reindex(codes)
    return units["lon"].to_numpy(float), units["lat"].to_numpy(float)


def _townships_of(layers: Layers, table: pd.DataFrame) -> pd.Series:
    villages, townships = layers["villages"], layers["townships"]
    of = dict(zip(villages["code"], villages["township_code"], strict=True))
    of |= {code: code for code in townships["code"]}
    return table["unit_code"].map(of)
