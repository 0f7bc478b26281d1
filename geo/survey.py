"""What was reported about a place as of a day: the ground that rules stand on.

A `Survey` joins layers to units once and keeps the joins, so that several rules over
one layer share them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.months import start_of_period
from geo.schema import LAYERS, SOURCE_COLUMNS
from geo.states import MET, NOT_MET, UNKNOWN
from geo.units import Links, Units, link, pairs, row_units, township_units, village_units

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.layers import Layers
    from geo.rules import Period, Settings
    from geo.states import States

    Source = dict[str, Any]


@dataclass(frozen=True)
class Survey:
    """Layers cut to a day, the settings to read them by, and cached joins.

    `place_code`: 12-digit code of the whole place; lists complete for it are complete
    for every township.
    """

    layers: Layers
    settings: Settings
    as_of: date
    place_code: str
    _links: dict[tuple[str, str, bool], Links] = field(default_factory=dict, repr=False)
    _shared: dict[str, NDArray[np.bool_]] = field(default_factory=dict, repr=False)
    _columns: dict[tuple[str, str], NDArray[np.object_]] = field(default_factory=dict, repr=False)

    @cached_property
    def townships(self) -> Units:
        """Township-level units."""
        return township_units(self.layers["townships"], self.settings)

    @cached_property
    def villages(self) -> Units:
        """Village-level units."""
        return village_units(self.layers["villages"], self.townships)

    def units(self, level: str) -> Units:
        """Return the units of a level: township, village, school or base."""
        if level == "township":
            return self.townships
        if level == "village":
            return self.villages
        return row_units(self.layers["schools" if level == "school" else "bases"])

    def links(self, layer: str, level: str, *, includes_villages: bool = False) -> Links:
        """Join a layer's rows to the units that they serve."""
        key = (layer, level, includes_villages)
        if key not in self._links:
            rows, codes = pairs(self.layers[layer], LAYERS[layer].links)
            if layer == "boards" and level == "village" and self.settings.township_board_serves_village:
                more_rows, more_codes = self._boards_at_seats()
                rows, codes = np.concatenate([rows, more_rows]), np.concatenate([codes, more_codes])
            self._links[key] = link(rows, codes, self.units(level), includes_villages=includes_villages)
        return self._links[key]

    def _boards_at_seats(self) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
        """Pair township-level boards that have coordinates with the village whose area holds them."""
        boards, villages = self.layers["boards"], self.layers["villages"]
        own = boards["unit_code"].to_numpy(object)
        at_township = self.townships.index.get_indexer(pd.Index(own, dtype=object)) >= 0
        rows = np.flatnonzero(at_township & boards.geometry.notna().to_numpy(bool))
        points = boards.geometry.to_numpy()[rows]
        hits, areas = villages.sindex.query(points, predicate="within")
        return rows[hits], villages["code"].to_numpy(object)[areas]

    def shared(self, layer: str) -> NDArray[np.bool_]:
        """Say for each row whether it is shared (declared so, or serving several units); shape (n,)."""
        if layer not in self._shared:
            self._shared[layer] = self._find_shared(layer)
        return self._shared[layer]

    def _find_shared(self, layer: str) -> NDArray[np.bool_]:
        table = self.layers[layer]
        if "sharing" not in table:
            return np.zeros(len(table), dtype=bool)
        declared: NDArray[np.bool_] = (table["sharing"] == "shared").to_numpy(bool)
        if self.settings.shared == "declared":
            return declared
        own, lists = table["unit_code"].to_numpy(object), table["serves"].to_numpy(object)
        several = [bool(codes) and any(code != at for code in codes) for at, codes in zip(own, lists, strict=True)]
        shared: NDArray[np.bool_] = declared | np.array(several, dtype=bool)
        return shared

    def reported_none(self, layer: str, units: Units) -> NDArray[np.bool_]:
        """Say which units reported that they have nothing of a layer; shape (n,)."""
        table = self.layers.none
        codes: list[str] = list(table.loc[table["layer"] == layer, "unit_code"]) if len(table) else []
        marked = np.zeros(len(units), dtype=bool)
        at = units.index.get_indexer(pd.Index(codes, dtype=object))
        marked[at[at >= 0]] = True
        return marked

    def complete(self, layer: str, units: Units) -> NDArray[np.bool_]:
        """Say which units lie in a township (or place) whose list was called complete; shape (n,)."""
        scopes = self._complete_scopes(layer)
        if self.place_code in scopes:
            return np.ones(len(units), dtype=bool)
        covered = np.array([code in scopes for code in units.township_index], dtype=bool)
        return covered[units.township_numbers] if len(covered) else np.zeros(len(units), dtype=bool)

    def complete_for_place(self, layer: str) -> bool:
        """Say whether the list is known to be whole: for the place, or for each township in scope."""
        scopes = self._complete_scopes(layer)
        return self.place_code in scopes or set(self.townships.codes[self.townships.in_scope]) <= scopes

    def _complete_scopes(self, layer: str) -> set[str]:
        table = self.layers.complete
        return set(table.loc[table["layer"] == layer, "scope_code"]) if len(table) else set()

    def matching(self, layer: str, where: Mapping[str, Sequence[str | bool]], period: Period = "ever") -> States:
        """Say for each row whether it is one the rule speaks of; unknown where its column is blank."""
        table = self.layers[layer]
        states = np.full(len(table), MET, dtype=np.int8)
        for column, accepted in where.items():
            found = accepts(table, column, accepted)
            states = np.minimum(states, np.where(found == UNKNOWN, UNKNOWN, found)).astype(np.int8)
            states[found == NOT_MET] = NOT_MET
        if period == "year":
            first = pd.Timestamp(start_of_period(self.as_of, self.settings.year))
            inside = (table["date"] >= first) & (table["date"] <= pd.Timestamp(self.as_of))
            states[~inside.to_numpy(bool)] = NOT_MET
        return states

    def column(self, layer: str, name: str) -> NDArray[np.object_]:
        """Return a column as an object array, blanks as None; shape (n,)."""
        key = (layer, name)
        if key not in self._columns:
            values = self.layers[layer][name].to_numpy(object, copy=True)
            blank = np.array([not isinstance(v, tuple | list) and pd.isna(v) for v in values], dtype=bool)
            values[blank] = None
            self._columns[key] = values
        return self._columns[key]

    def sources(self, layer: str, rows: Iterable[int]) -> list[Source]:
        """Return file, sheet, row and batch of some rows, without repeats, in order."""
        columns = [self.column(layer, name) for name in SOURCE_COLUMNS]
        return in_source_order([tuple(column[row] for column in columns) for row in rows])

    def none_sources(self, layer: str, code: str) -> list[Source]:
        """Return the rows that reported none for a unit."""
        return self._none.get((layer, code), [])

    def complete_sources(self, layer: str, township_code: str | None) -> list[Source]:
        """Return the lists called complete for a township or the place; the row is the header's."""
        found = self._complete.get((layer, self.place_code), [])
        return found + self._complete.get((layer, township_code or ""), [])

    def name_of(self, code: str) -> str:
        """Return a unit's name; the code itself where no unit has it."""
        return self._names.get(code, code)

    @cached_property
    def _none(self) -> dict[tuple[str, str], list[Source]]:
        return _sources_by(self.layers.none, "unit_code")

    @cached_property
    def _complete(self) -> dict[tuple[str, str], list[Source]]:
        return _sources_by(self.layers.complete, "scope_code")

    @cached_property
    def _names(self) -> dict[str, str]:
        both_levels = (self.townships, self.villages)
        return {str(c): str(n) for units in both_levels for c, n in zip(units.codes, units.names, strict=True)}


def accepts(table: gpd.GeoDataFrame, column: str, accepted: Sequence[str | bool]) -> States:
    """Say for each row whether a column has one of the accepted values; unknown where blank."""
    values = table[column]
    blank = values.isna().to_numpy(bool)
    fits = values.isin(list(accepted)).fillna(False).to_numpy(bool)
    return np.where(blank, UNKNOWN, np.where(fits, MET, NOT_MET)).astype(np.int8)


def affirms(table: gpd.GeoDataFrame, column: str) -> States:
    """Say for each row whether a column is a yes, a number of at least 1, or filled in; unknown where blank."""
    values = table[column]
    blank = values.isna().to_numpy(bool)
    if pd.api.types.is_bool_dtype(values.dtype):
        fits = values.fillna(False).to_numpy(bool)
    elif pd.api.types.is_numeric_dtype(values.dtype):
        fits = values.fillna(0).to_numpy(float) >= 1
    else:
        fits = ~values.isin(["none"]).to_numpy(bool)
    return np.where(blank, UNKNOWN, np.where(fits, MET, NOT_MET)).astype(np.int8)


def in_source_order(found: Iterable[tuple[Any, ...]]) -> list[Source]:
    """Turn (file, sheet, row, batch) into evidence entries, without repeats, in order."""
    ordered = sorted(set(found), key=lambda s: (s[0] or "", s[1] or "", s[2] or 0, s[3] or 0))
    return [
        {
            "file": file,
            "sheet": sheet,
            "row": None if row is None else int(row),
            "batch": None if batch is None else int(batch),
        }
        for file, sheet, row, batch in ordered
    ]


def _sources_by(table: pd.DataFrame, column: str) -> dict[tuple[str, str], list[Source]]:
    found: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    if len(table):
        plain = table.astype(object).where(table.notna(), None)
        for values in plain[["layer", column, *SOURCE_COLUMNS]].itertuples(index=False, name=None):
            found.setdefault((values[0], values[1]), []).append(values[2:])
    return {key: in_source_order(values) for key, values in found.items()}
