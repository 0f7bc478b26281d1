"""Invented villages by the hundred thousand, with facilities as real lists have them, for bench_assess.

About one facility a village; a tenth of the stations and boards serve two or three villages, a tenth of
the villages report nothing, a twentieth report none, a fifth of the townships call their lists complete.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.crs import CGCS2000
from geo.layers import COMPLETE_COLUMNS, NONE_COLUMNS, Layers, frame
from geo.schema import LAYERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

AS_OF = date(2022, 10, 31)
PER_TOWNSHIP = 15
LISTED = ("stations", "boards", "communicators", "organisations")


def invented_layers(n: int, *, seed: int = 1) -> Layers:
    """Layers of `n` villages in about n / 15 townships, as a store hands them out."""
    rng = np.random.default_rng(seed)
    homes = np.arange(n) // PER_TOWNSHIP
    towns = np.array([f"{110000 + t // 800:06d}{100 + t % 800:03d}000" for t in range(homes[-1] + 1)], dtype=object)
    codes = np.array(
        [f"{towns[home][:9]}{200 + v % PER_TOWNSHIP:03d}" for v, home in enumerate(homes.tolist())], dtype=object
    )
    fate = {layer: rng.choice(3, n, p=[0.85, 0.05, 0.10]) for layer in LISTED}  # listed, none, silent
    tables = {
        "townships": _base("townships", towns, kind="town", in_plan=rng.random(len(towns)) < 0.97),
        "villages": _base("villages", codes, kind="village", township_code=towns[homes]),
    }
    for layer in LISTED:
        tables[layer] = _facilities(layer, codes, np.flatnonzero(fate[layer] == 0), rng)
    none = [(layer, code, "台账.xlsx", "表1", 2, 1) for layer in LISTED for code in codes[fate[layer] == 1]]
    complete = [(layer, c, "台账.xlsx", "表1", 1, 1) for layer in LISTED for c in towns[rng.random(len(towns)) < 0.2]]
    return Layers(
        tables=tables,
        none=pd.DataFrame(none, columns=list(NONE_COLUMNS)),
        complete=pd.DataFrame(complete, columns=list(COMPLETE_COLUMNS)),
    )


def _table(layer: str, n: int, columns: dict[str, Any]) -> gpd.GeoDataFrame:
    """A layer's table with columns in the dtypes of its kind; absent ones blank."""
    shape = frame(LAYERS[layer], [])
    names = [str(name) for name in shape if name != "geometry"]
    data = {name: pd.Series(columns.get(name, [None] * n), dtype=shape[name].dtype) for name in names}
    return gpd.GeoDataFrame(data, geometry=gpd.GeoSeries(np.full(n, None), crs=CGCS2000), crs=CGCS2000)


def _base(layer: str, codes: NDArray[np.object_], **columns: Any) -> gpd.GeoDataFrame:
    n = len(codes)
    facts = {k: np.full(n, v) if isinstance(v, str) else v for k, v in columns.items()}
    return _table(layer, n, {"code": codes, "name": codes, "schematic": np.ones(n, dtype=bool), **facts})


def _facilities(
    layer: str, codes: NDArray[np.object_], at: NDArray[np.intp], rng: np.random.Generator
) -> gpd.GeoDataFrame:
    n = len(at)
    at = at[np.sort(rng.permutation(n))]
    columns: dict[str, Any] = {
        "id": [f"{layer}-{v}" for v in at.tolist()],
        "unit_code": codes[at],
        "name": [f"设施{v}" for v in at.tolist()],
        "file": np.full(n, "台账.xlsx"),
        "sheet": np.full(n, "表1"),
        "row": np.arange(n) + 2,
        "batch": np.ones(n, dtype=int),
    }
    if layer in ("stations", "boards"):
        columns |= _sharing(codes, at, rng)
    if layer == "boards":
        columns |= _updates(n, rng)
    if layer == "communicators":
        columns["count"] = pd.array(rng.choice(np.array([1, 2, 0, None]), n, p=[0.8, 0.1, 0.05, 0.05]), dtype="Int64")
    return _table(layer, n, columns)


def _sharing(codes: NDArray[np.object_], at: NDArray[np.intp], rng: np.random.Generator) -> dict[str, Any]:
    """A tenth serve one or two villages after their own as well."""
    more = rng.choice(3, len(at), p=[0.9, 0.06, 0.04])
    serves = [tuple(codes[v + 1 : v + 1 + k]) for v, k in zip(at.tolist(), more.tolist(), strict=True)]
    return {
        "serves": serves,
        "sharing": np.where(more > 0, "shared", rng.choice(np.array(["dedicated", None]), len(at))),
    }


def _updates(n: int, rng: np.random.Generator) -> dict[str, Any]:
    """About four changes each, some boards with the last date only, never changed, or nothing reported."""
    last = rng.integers(0, 120, n)
    gaps = rng.integers(40, 80, n)
    known = rng.choice(4, n, p=[0.86, 0.08, 0.02, 0.04])  # all dates, the last one, never, blank
    days = [AS_OF - timedelta(days=k) for k in range(500)]
    updates: list[tuple[date, ...] | None] = []
    for back, gap, how, times in zip(last.tolist(), gaps.tolist(), known.tolist(), rng.integers(2, 7, n), strict=True):
        dates = tuple(days[back + gap * k] for k in range(int(times) - 1, -1, -1) if back + gap * k < len(days))
        updates.append((dates, dates[-1:], (), None)[how])
    built = pd.Timestamp(AS_OF) - pd.to_timedelta(rng.integers(30, 2500, n), unit="D")
    return {
        "updates": updates,
        "last_only": known == 1,
        "built_on": pd.Series(built).where(rng.random(n) < 0.7).astype("datetime64[s]"),
    }
