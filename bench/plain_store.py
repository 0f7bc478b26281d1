"""What pandas and geopandas do with frames of villages and facilities, to hold the store against (`bench_store`)."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import create_engine

from geo.crs import CGCS2000

if TYPE_CHECKING:
    Frames = dict[str, gpd.GeoDataFrame]

LISTS = ("serves", "updates")
WAYS: dict[str, dict[str, Any]] = {
    "to_sql": {},
    "to_sql(chunksize=10000)": {"chunksize": 10_000},
    "to_sql(method='multi', chunksize=100)": {"method": "multi", "chunksize": 100},
}


def plain(name: str, table: gpd.GeoDataFrame) -> pd.DataFrame:
    """What pandas can write: lists as JSON, shapes as WKB."""
    told = pd.DataFrame(table).assign(geometry=table.geometry.to_wkb())
    for column in LISTS:
        if column in told:
            told[column] = [None if v is None else json.dumps([str(item) for item in v]) for v in told[column]]
    return told


def write_theirs(tables: Frames, url: str, **way: Any) -> None:
    """The same frames by `to_sql`, in one of its ways."""
    engine = create_engine(url)
    for name, table in tables.items():
        plain(name, table).to_sql(name, engine, index=False, **way)
    engine.dispose()


def write_bare(tables: Frames, url: str) -> None:
    """The same by `to_sql` over the driver itself, without SQLAlchemy."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        for name, table in tables.items():
            plain(name, table).to_sql(name, connection, index=False)
        connection.commit()


def write_postgis(tables: Frames, url: str) -> None:
    """The same by `to_postgis`."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    for name, table in tables.items():
        told = table.assign(**{c: plain(name, table)[c] for c in LISTS if c in table})
        told.to_postgis(f"plain_{name}", engine, index=False, chunksize=10_000)
    engine.dispose()


def read_theirs(url: str, town: str) -> int:
    """Whole tables, then the rows of the township and those that serve it."""
    engine = create_engine(url)
    found = 0
    for name in ("villages", "stations", "boards", "communicators"):
        table = pd.read_sql_table(name, engine)
        own = table["township_code"] == town if name == "villages" else table["unit_code"].str[:9] == town[:9]
        if "serves" in table:
            served = [any(code[:9] == town[:9] for code in codes or ()) for codes in table["serves"]]
            own |= np.array(served, dtype=bool)
        kept = table[own].reset_index(drop=True)
        told = gpd.GeoDataFrame(kept, geometry=shapely.from_wkb(kept["geometry"]), crs=CGCS2000)
        found += len(told) if name != "villages" else 0
    return found
