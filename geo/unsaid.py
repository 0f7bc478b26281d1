"""Whom a row serves without saying so: a blank in 服务单位 or 覆盖单位 is unknown, and may be anybody near.

An activity that names no unit reached may have reached the villages of its township, or any if it
has none. A facility declared shared without saying with whom may serve the villages of its township.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.units import NO_CODE, of_homes, township_numbers

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.units import Numbers, Units


def unsaid(table: gpd.GeoDataFrame, links: str | None, own: Numbers, place: int) -> Numbers:
    """Return for each row the township or place whose units it may serve without saying so, else NO_CODE.

    `links`: the column that names further units; `own`: each row's own unit.
    """
    if links is None or links not in table:
        return np.full(len(own), NO_CODE, dtype=np.int64)
    homes = township_numbers(own)
    if "sharing" in table:
        near, vague = homes, (table["sharing"] == "shared").to_numpy(bool)
    else:
        near, vague = own, (own == homes) | (own == place)
    return np.where(vague & table[links].isna().to_numpy(bool), near, NO_CODE)


def may_be_served(vague: Numbers, units: Units, townships: Units, place: int) -> NDArray[np.bool_]:
    """Say which townships or villages rows may serve that are vague about these townships or the place; shape (n,)."""
    if place in vague:
        return np.ones(len(units), dtype=bool)
    if units is townships:
        return np.zeros(len(units), dtype=bool)
    return of_homes(np.isin(townships.numbers, vague), units.homes)
