"""Units of rules: who is in scope, and which rows of a layer serve whom.

Codes are 12-digit text wherever people see them; joins run on the same digits as int64,
which is several times faster and needs a fraction of the memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.plans.rules import Settings

    Numbers = NDArray[np.int64]

VILLAGE_DIGITS = 1000
NO_CODE = -1


def code_numbers(codes: NDArray[np.object_]) -> Numbers:
    """Return 12-digit codes as integers; NO_CODE where there is none."""
    try:
        return codes.astype(np.int64)
    except (TypeError, ValueError):  # a blank among them
        return np.where(pd.isna(codes), str(NO_CODE), codes).astype(np.int64)


def code_text(number: int) -> str:
    """Return a code number as the 12 digits that people know."""
    return f"{number:012d}"


def township_numbers(numbers: Numbers) -> Numbers:
    """Return the code number of each unit's township (its own, for a township)."""
    return np.where(numbers == NO_CODE, NO_CODE, numbers // VILLAGE_DIGITS * VILLAGE_DIGITS)


@dataclass(frozen=True)
class Units:
    """The units of one level, sorted by code; all arrays have shape (n,).

    `homes`: position of each unit's township among the townships, -1 for none of ours.
    `in_scope`: whether the plan counts the unit. `agricultural`: of towns, townships and
    涉农街道. For schools and bases the codes are their ids, and there is no joining by number.
    """

    codes: NDArray[np.object_]
    names: NDArray[np.object_]
    township_codes: NDArray[np.object_]
    homes: NDArray[np.intp]
    in_scope: NDArray[np.bool_]
    agricultural: NDArray[np.bool_]

    def __len__(self) -> int:
        """How many units there are."""
        return len(self.codes)

    @cached_property
    def numbers(self) -> Numbers:
        """Codes of townships or villages as integers."""
        return code_numbers(self.codes)

    def positions(self, numbers: Numbers) -> NDArray[np.intp]:
        """Return where units of these code numbers stand, -1 for a number that no unit has."""
        at = np.searchsorted(self.numbers, numbers)
        known = np.append(self.numbers, NO_CODE)[at] == numbers
        return np.where(known & (numbers != NO_CODE), at, -1)


def of_homes(flags: NDArray[np.bool_], homes: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Carry flags of townships to units that lie in them; False where `homes` is -1."""
    carried: NDArray[np.bool_] = np.append(flags, False)[homes]
    return carried


def township_units(townships: gpd.GeoDataFrame, settings: Settings) -> Units:
    """Return township-level units; `townships` has the columns of its layer."""
    table = townships.sort_values("code", kind="stable")
    codes = table["code"].to_numpy(object)
    in_plan = table["in_plan"].astype("boolean").fillna(False).to_numpy(bool)
    if settings.agricultural_subdistricts is None:
        agricultural = table["agricultural"].astype("boolean").fillna(False).to_numpy(bool)
    else:
        chosen = table["code"].isin(settings.agricultural_subdistricts)
        agricultural = (table["kind"].isin(["town", "township"]) | chosen).to_numpy(bool)
    return Units(
        codes=codes,
        names=table["name"].to_numpy(object),
        township_codes=codes,
        homes=np.arange(len(table)),
        in_scope=in_plan if settings.scope == "plan" else np.ones(len(table), dtype=bool),
        agricultural=agricultural,
    )


def village_units(villages: gpd.GeoDataFrame, townships: Units) -> Units:
    """Return village-level units; a village is in scope when its township is."""
    township_codes = villages["township_code"].to_numpy(object)
    homes = townships.positions(code_numbers(township_codes))
    units = Units(
        codes=villages["code"].to_numpy(object),
        names=villages["name"].to_numpy(object),
        township_codes=township_codes,
        homes=homes,
        in_scope=of_homes(townships.in_scope, homes),
        agricultural=of_homes(townships.agricultural, homes),
    )
    if np.any(units.numbers[1:] < units.numbers[:-1]):
        return village_units(villages.iloc[np.argsort(units.numbers, kind="stable")], townships)
    return units


def row_units(rows: gpd.GeoDataFrame, townships: Units) -> Units:
    """Return schools or bases as units of their own, in order of id; their ids are the codes.

    One that belongs to the place itself lies in no township; one without a name is called by its id.
    """
    table = rows.sort_values("id", kind="stable")
    homes = townships.positions(township_numbers(code_numbers(table["unit_code"].to_numpy(object))))
    yes = np.ones(len(table), dtype=bool)
    return Units(
        codes=table["id"].to_numpy(object),
        names=table["name"].fillna(table["id"]).to_numpy(object),
        township_codes=np.append(townships.codes, np.array([None]))[homes],
        homes=homes,
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

    def where(self, of_row: NDArray[np.bool_]) -> Links:
        """Return the links of the marked rows only."""
        kept = of_row[self.rows]
        return self if kept.all() else Links(self.rows[kept], self.units[kept], self.n_units)

    @cached_property
    def _by_unit(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows unit by unit, each once and in the order of the layer, and where those of each unit begin."""
        n_rows = int(self.rows.max(initial=0)) + 1
        units, rows = np.divmod(np.unique(self.units * n_rows + self.rows), n_rows)
        return rows, np.searchsorted(units, np.arange(self.n_units + 1))

    def rows_of(self, unit: int) -> NDArray[np.intp]:
        """Return the rows that serve a unit, in the order of the layer."""
        rows, starts = self._by_unit
        return rows[starts[unit] : starts[unit + 1]]


@dataclass(frozen=True)
class Served:
    """The units that a layer's rows say they serve: (row, code number) pairs.

    `own`: each row's own unit, shape (n,). `rows` (ascending), `named`: the further ones,
    shape (m,).
    """

    own: Numbers
    rows: NDArray[np.intp]
    named: Numbers

    @classmethod
    def of(cls, table: gpd.GeoDataFrame, column: str | None) -> Served:
        """Read a layer; `column` is the one that names further units, if there is one."""
        own = code_numbers(table["unit_code"].to_numpy(object))
        if column is None or column not in table:
            return cls(own, np.empty(0, dtype=np.intp), np.empty(0, dtype=np.int64))
        rows, codes = flattened(table[column].to_numpy(object))
        return cls(own, rows, code_numbers(np.array(codes, dtype=object)))

    def and_also(self, rows: NDArray[np.intp], named: Numbers) -> Served:
        """Add further pairs."""
        rows, named = np.concatenate([self.rows, rows]), np.concatenate([self.named, named])
        order = np.argsort(rows, kind="stable")
        return Served(self.own, rows[order], named[order])

    def named_by(self, row: int) -> Numbers:
        """Return the further units of one row."""
        first, last = np.searchsorted(self.rows, [row, row + 1])
        return self.named[first:last]

    def several(self) -> NDArray[np.bool_]:
        """Say for each row whether it names a unit other than its own; shape (n,)."""
        others = np.zeros(len(self.own), dtype=bool)
        others[self.rows[self.named != self.own[self.rows]]] = True
        return others

    def pairs(self) -> tuple[NDArray[np.intp], Numbers]:
        """All (row, code number) pairs, the own units first; shape (n + m,)."""
        return (
            np.concatenate([np.arange(len(self.own)), self.rows]),
            np.concatenate([self.own, self.named]),
        )


def flattened(lists: NDArray[np.object_]) -> tuple[NDArray[np.intp], list[Any]]:
    """Return the items of a column of tuples (or None), in order, and the number of each one's row."""
    filled = np.flatnonzero(~pd.isna(lists))
    sizes = np.fromiter(map(len, lists[filled]), dtype=np.intp, count=len(filled))
    return np.repeat(filled, sizes), list(chain.from_iterable(lists[filled]))


def link(rows: NDArray[np.intp], numbers: Numbers, units: Units, *, includes_villages: bool = False) -> Links:
    """Join (row, code number) pairs to units; pairs naming no such unit fall away.

    `includes_villages`: a village's code counts for its township.
    """
    at = units.positions(township_numbers(numbers) if includes_villages else numbers)
    found = at >= 0
    return Links(rows=rows[found], units=at[found], n_units=len(units))
