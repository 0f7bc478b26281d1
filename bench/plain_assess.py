"""The plain way to the same states: pandas explode, merge and groupby, rule by rule, as one would write it first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from datetime import date

    from geo.layers import Layers

RULES = (
    ("17.village.station", "stations"),
    ("17.village.board", "boards"),
    ("17.village.communicator", "communicators"),
    ("8.village.organisation", "organisations"),
)
FRESHNESS = "17.village.freshness"
READINGS = ("since_last_change", "largest_interval", "changes_in_year")


def plain_states(layers: Layers, as_of: date) -> dict[str, pd.DataFrame]:
    """Rule id → a table with a row for each village in order of code: state (-2…1) and met_shared.

    The freshness rule has a column for each of the three readings as well.
    """
    villages = layers["villages"][["code", "township_code"]].merge(
        layers["townships"][["code", "in_plan"]].rename(columns={"code": "township_code"}), on="township_code"
    )
    villages = villages.sort_values("code").reset_index(drop=True)
    day = pd.Timestamp(as_of)
    found = {}
    for rule, layer in RULES:
        rows = _rows(layers, layer, day)
        met = rows["count"] >= 1 if layer == "communicators" else pd.Series(True, rows.index)
        rows["state"] = np.where(met.isna(), -1, met.fillna(False).astype(int))
        found[rule] = _units(villages, _pairs(rows), layers, layer)
    found[FRESHNESS] = _freshness(villages, layers, day)
    return found


def _rows(layers: Layers, layer: str, day: pd.Timestamp) -> pd.DataFrame:
    table = pd.DataFrame(layers[layer])
    if "built_on" in table:
        table = table[~(table["built_on"] > day)]
    wanted = ["id", "unit_code", "serves", "sharing", "count", "built_on", "updates", "last_only"]
    return table[[name for name in wanted if name in table]].reset_index(drop=True)


def _pairs(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each unit that a facility serves."""
    if "serves" not in rows:
        return rows.assign(shared=False)
    more = rows.explode("serves").dropna(subset=["serves"])
    several = set(more.loc[more["serves"] != more["unit_code"], "id"])
    rows = rows.assign(shared=(rows["sharing"] == "shared") | rows["id"].isin(several))
    more = rows.explode("serves").dropna(subset=["serves"])
    return pd.concat([rows, more.assign(unit_code=more["serves"])])


def _units(villages: pd.DataFrame, pairs: pd.DataFrame, layers: Layers, layer: str) -> pd.DataFrame:
    """Join the states of facilities into those of the villages that they serve."""
    marks = pd.DataFrame(
        {
            "code": pairs["unit_code"],
            "met": pairs["state"] == 1,
            "dedicated": (pairs["state"] == 1) & ~pairs["shared"],
            "open": pairs["state"] == -1,
            "listed": True,
        }
    )
    by_unit = marks.groupby("code").max().reset_index()
    none = layers.none.loc[layers.none["layer"] == layer, ["unit_code"]].drop_duplicates()
    complete = layers.complete.loc[layers.complete["layer"] == layer, ["scope_code"]].drop_duplicates()
    units = (
        villages.merge(by_unit, on="code", how="left")
        .merge(none.assign(none=True), left_on="code", right_on="unit_code", how="left")
        .merge(complete.assign(complete=True), left_on="township_code", right_on="scope_code", how="left")
    )
    flags = (
        units[["met", "dedicated", "open", "listed", "none", "complete"]].astype("boolean").fillna(False).astype(bool)
    )
    absent = flags["listed"] | flags["none"] | flags["complete"]
    state = np.select([~units["in_plan"].astype(bool), flags["met"], flags["open"], absent], [-2, 1, -1, 0], -1)
    return pd.DataFrame({"code": units["code"], "state": state, "met_shared": (state == 1) & ~flags["dedicated"]})


def _freshness(villages: pd.DataFrame, layers: Layers, day: pd.Timestamp) -> pd.DataFrame:
    boards = _rows(layers, "boards", day)
    for name, states in _readings(boards, day).items():
        boards[name] = states
    pairs = _pairs(boards)
    judged = {name: _units(villages, pairs.assign(state=pairs[name]), layers, "boards") for name in READINGS}
    result = judged[READINGS[0]].copy()
    for name in READINGS:
        result[name] = judged[name]["state"]
    return result


def _readings(boards: pd.DataFrame, day: pd.Timestamp) -> dict[str, pd.Series]:
    reported = boards["updates"].notna()
    never = boards["updates"].map(lambda days: days == (), na_action="ignore").fillna(False).astype(bool)
    whole = (reported & ~boards["last_only"].fillna(False).astype(bool)) | never
    two, year_ago = pd.DateOffset(months=2), day - pd.DateOffset(years=1)
    start = boards["built_on"].where(boards["built_on"] > year_ago, year_ago)
    changes = boards[["id", "updates"]].explode("updates").dropna(subset=["updates"])
    changes["day"] = pd.to_datetime(changes["updates"])
    changes = changes[changes["day"] <= day].sort_values(["id", "day"])
    changes = changes.merge(pd.DataFrame({"id": boards["id"], "start": start}), on="id")
    before = changes.groupby("id")["day"].shift()
    unbuilt = changes["id"].map(boards.set_index("id")["built_on"].isna())
    changes["unsure"] = before.isna() & unbuilt  # nobody knows what the first change followed
    before = before.fillna(changes[["start", "day"]].min(axis=1))
    changes["long"] = (changes["day"] > changes["start"]) & (changes["day"] > before + two)
    changes["unsure"] &= changes["long"]
    changes["long"] &= ~changes["unsure"]
    changes["in_year"] = changes["day"] > year_ago
    by_board = changes.groupby("id").agg(
        last=("day", "max"), long=("long", "max"), unsure=("unsure", "max"), times=("in_year", "sum")
    )
    mine = boards[["id"]].merge(by_board, left_on="id", right_index=True, how="left")
    begun = mine["last"].where(~never, boards["built_on"])  # content never changed is as old as the board
    fresh = (begun + two >= day).fillna(False)
    unbroken = fresh & ~mine["long"].astype("boolean").fillna(False).astype(bool)
    open_ = unbroken & mine["unsure"].astype("boolean").fillna(False).astype(bool)
    often = mine["times"].fillna(0) >= 6
    return {
        "since_last_change": fresh.astype(int).where(reported, -1),
        "largest_interval": unbroken.astype(int).where(whole & ~open_, -1),
        "changes_in_year": often.astype(int).where(whole, -1),
    }
