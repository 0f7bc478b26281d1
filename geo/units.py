"""Units of rules: who is in scope, and which rows of a layer serve whom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.rules import Settings

TOWNSHIP_DIGITS = 9


@dataclass(frozen=True)
class Units:
    """The units of one level, sorted by code; all arrays have shape (n,).

    `in_scope`: whether the plan counts the unit. `agricultural`: of towns, townships and
    涉农街道. For schools and bases the codes are their ids.
    """

    codes: NDArray[np.object_]
    names: NDArray[np.object_]
    township_codes: NDArray[np.object_]
    in_scope: NDArray[np.bool_]
    agricultural: NDArray[np.bool_]

    def __len__(self) -> int:
        """How many units there are."""
        return len(self.codes)

    @cached_property
    def index(self) -> pd.Index:
        """Codes as an index, for joins."""
        return pd.Index(self.codes, dtype=object)

    @cached_property
    def township_numbers(self) -> NDArray[np.intp]:
        """Positions of each unit's township among the distinct township codes."""
        return self._townships[0]

    @cached_property
    def township_index(self) -> pd.Index:
        """The distinct township codes, as numbered by `township_numbers`."""
        return self._townships[1]

    @cached_property
    def _townships(self) -> tuple[NDArray[np.intp], pd.Index]:
        numbers, distinct = pd.factorize(self.township_codes)
        return numbers, pd.Index(distinct, dtype=object)


def township_units(townships: gpd.GeoDataFrame, settings: Settings) -> Units:
    """Return township-level units; `townships` has the columns of its layer."""
    table = townships.sort_values("code", kind="stable")
    codes = table["code"].to_numpy(object)
    in_plan = table["in_plan"].astype("boolean").fillna(False).to_numpy(bool)
    if settings.agricultural_subdistricts is None:
        agricultural = table["agricultural"].astype("boolean").fillna(False).to_numpy(bool)
    else:
        agricultural = table["kind"].isin(["town", "township"]).to_numpy(bool) | np.isin(
            codes.astype(str), settings.agricultural_subdistricts
        )
    return Units(
        codes=codes,
        names=table["name"].to_numpy(object),
        township_codes=codes,
        in_scope=in_plan if settings.scope == "plan" else np.ones(len(table), dtype=bool),
        agricultural=agricultural,
    )


def village_units(villages: gpd.GeoDataFrame, townships: Units) -> Units:
    """Return village-level units; a village is in scope when its township is."""
    codes = villages["code"].to_numpy(object)
    if not pd.Index(codes).is_monotonic_increasing:
        villages = villages.sort_values("code", kind="stable")
        codes = villages["code"].to_numpy(object)
    township_codes = villages["township_code"].to_numpy(object)
    at = townships.index.get_indexer(pd.Index(township_codes, dtype=object))
    found = at >= 0
    return Units(
        codes=codes,
        names=villages["name"].to_numpy(object),
        township_codes=township_codes,
        in_scope=found & townships.in_scope[at],
        agricultural=found & townships.agricultural[at],
    )


def row_units(rows: gpd.GeoDataFrame) -> Units:
    """Return schools or bases as units of their own; their ids are the codes."""
    yes = np.ones(len(rows), dtype=bool)
    own = rows["unit_code"].to_numpy(object)
    townships = np.array([f"{c[:TOWNSHIP_DIGITS]}000" if isinstance(c, str) else None for c in own], dtype=object)
    return Units(
        codes=rows["id"].to_numpy(object),
        names=rows["name"].to_numpy(object),
        township_codes=townships,
        in_scope=yes,
        agricultural=yes,
    )


@dataclass(frozen=True)
class Links:
    """Which row serves which unit: pairs of positions, each array of shape (m,)."""

    rows: NDArray[np.intp]
    units: NDArray[np.intp]
    n_units: int

    def any(self, of_row: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say for each unit whether any of its rows is marked; shape (n_units,)."""
        marked = np.zeros(self.n_units, dtype=bool)
        marked[self.units[of_row[self.rows]]] = True
        return marked

    @cached_property
    def _by_unit(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        order = np.argsort(self.units, kind="stable")
        starts = np.searchsorted(self.units[order], np.arange(self.n_units + 1))
        return self.rows[order], starts

    def rows_of(self, unit: int) -> NDArray[np.intp]:
        """Return the rows that serve a unit, in the order of the layer."""
        rows, starts = self._by_unit
        return np.unique(rows[starts[unit] : starts[unit + 1]])


def pairs(table: gpd.GeoDataFrame, column: str | None) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """List (row, unit code) of a layer: each row's own unit, then the ones it names in `column`.

    Two arrays of shape (m,).
    """
    n = len(table)
    own = table["unit_code"].to_numpy(object)
    rows = np.arange(n, dtype=np.intp)
    if column is None or column not in table:
        return rows, own
    lists = [value if isinstance(value, tuple | list) else () for value in table[column].to_numpy(object)]
    sizes = np.fromiter(map(len, lists), dtype=np.intp, count=n)
    named = np.empty(int(sizes.sum()), dtype=object)
    named[:] = list(chain.from_iterable(lists))
    return np.concatenate([rows, np.repeat(rows, sizes)]), np.concatenate([own, named])


def link(rows: NDArray[np.intp], codes: NDArray[np.object_], units: Units, *, includes_villages: bool = False) -> Links:
    """Join (row, unit code) pairs to units by code; pairs naming no such unit fall away.

    `includes_villages`: a village's code counts for its township.
    """
    wanted = codes
    if includes_villages:
        wanted = np.array([f"{c[:TOWNSHIP_DIGITS]}000" if isinstance(c, str) else c for c in codes], dtype=object)
    at = units.index.get_indexer(pd.Index(wanted, dtype=object))
    found = at >= 0
    return Links(rows=rows[found], units=at[found], n_units=len(units))
