"""Where units and facilities are, for measuring: lon/lat degrees, CGCS2000 (EPSG:4490)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.layers import Layers

Placed = Literal["own", "unit", "none"]


@dataclass(frozen=True)
class Sites:
    """Points with their codes or ids. `lonlat`: float, shape (n, 2), NaN where nothing tells.

    `placed`: "own" coordinates, those of the "unit" the facility stands in, or "none". `units`: of each, its unit.
    """

    ids: NDArray[np.object_]
    names: NDArray[np.object_]
    units: NDArray[np.object_]
    lonlat: NDArray[np.float64]
    placed: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def located(self) -> NDArray[np.bool_]:
        """Which of them have a place."""
        known: NDArray[np.bool_] = self.placed != "none"
        return known


def unit_sites(layers: Layers, level: Literal["townships", "villages"] = "villages") -> Sites:
    """Return the points of all units of a level, in code order."""
    table = layers[level].sort_values("code")
    codes = table["code"].to_numpy(object)
    lonlat = table[["lon", "lat"]].to_numpy(float)
    placed = np.where(np.isnan(lonlat).any(axis=1), "none", "own").astype(object)
    return Sites(codes, table["name"].to_numpy(object), codes, lonlat, placed)


def facility_sites(layers: Layers, layer: str) -> Sites:
    """Return where a layer's facilities stand, in their order; without coordinates, at their unit's point."""
    table = layers[layer]
    points = table.geometry.to_numpy()
    own = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    units = pd.concat([pd.DataFrame(layers[name])[["code", "lon", "lat"]] for name in ("townships", "villages")])
    home = units.drop_duplicates("code").set_index("code").reindex(table["unit_code"])[["lon", "lat"]].to_numpy(float)
    blank = np.asarray(np.isnan(own).any(axis=1), dtype=bool)
    lonlat = np.where(blank[:, None], home, own)
    placed = np.where(np.isnan(lonlat).any(axis=1), "none", np.where(blank, "unit", "own")).astype(object)
    names = table["name"].to_numpy(object)
    return Sites(table["id"].to_numpy(object), names, table["unit_code"].to_numpy(object), lonlat, placed)
