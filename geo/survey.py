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
from geo.states import MET, NOT_MET, UNKNOWN, both
from geo.units import (
    NO_CODE,
    Links,
    Served,
    Units,
    code_numbers,
    code_text,
    link,
    of_homes,
    row_units,
    township_units,
    village_units,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.layers import Layers
    from geo.rules import Period, Settings
    from geo.states import States
    from geo.units import Numbers

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
    _served: dict[str, Served] = field(default_factory=dict, repr=False)
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
        return row_units(self.layers["schools" if level == "school" else "bases"], self.townships)

    def served(self, layer: str) -> Served:
        """Return which units each row of a layer serves: its own, the ones it names, a seat's village."""
        if layer not in self._served:
            served = Served.of(self.layers[layer], LAYERS[layer].links)
            if layer == "boards" and self.settings.township_board_serves_village:
                served = self._with_seats(served)
            self._served[layer] = served
        return self._served[layer]

    def _with_seats(self, served: Served) -> Served:
        """Add, for township-level boards that have coordinates, the village whose area holds them."""
        boards, villages = self.layers["boards"], self.layers["villages"]
        rows = np.flatnonzero((self.townships.positions(served.own) >= 0) & boards.geometry.notna().to_numpy(bool))
        hits, areas = villages.sindex.query(boards.geometry.to_numpy()[rows], predicate="within")
        return served.and_also(rows[hits], code_numbers(villages["code"].to_numpy(object)[areas]))

    def served_names(self, layer: str, row: int) -> list[str]:
        """Return the names of the units that a row serves, its own included, in order of code."""
        served = self.served(layer)
        numbers = {int(served.own[row]), *served.named_by(row).tolist()} - {NO_CODE}
        return [self.name_of(code_text(number)) for number in sorted(numbers)]

    def links(self, layer: str, level: str, *, includes_villages: bool = False) -> Links:
        """Join a layer's rows to the units that they serve."""
        key = (layer, level, includes_villages)
        if key not in self._links:
            rows, numbers = self.served(layer).pairs()
            self._links[key] = link(rows, numbers, self.units(level), includes_villages=includes_villages)
        return self._links[key]

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
        return declared if self.settings.shared == "declared" else declared | self.served(layer).several()

    def reported_none(self, layer: str, units: Units) -> NDArray[np.bool_]:
        """Say which townships or villages reported that they have nothing of a layer; shape (n,)."""
        marked = np.zeros(len(units), dtype=bool)
        at = units.positions(self._none_numbers.get(layer, np.empty(0, dtype=np.int64)))
        marked[at[at >= 0]] = True
        return marked

    def complete(self, layer: str, units: Units) -> NDArray[np.bool_]:
        """Say which units lie in a township (or place) whose list was called complete; shape (n,)."""
        scopes = self._complete_scopes(layer)
        if self.place_code in scopes:
            return np.ones(len(units), dtype=bool)
        covered = np.isin(self.townships.numbers, [int(code) for code in scopes])
        return of_homes(covered, units.homes)

    def complete_for_place(self, layer: str) -> bool:
        """Say whether a list is known to be whole: for the place, or for each township in scope."""
        scopes = self._complete_scopes(layer)
        wanted = set(self.townships.codes[self.townships.in_scope])
        return self.place_code in scopes or (bool(wanted) and wanted <= scopes)

    def _complete_scopes(self, layer: str) -> set[str]:
        scopes = self._scopes.get(layer, set())
        return scopes | {self.place_code} if self._place_has_none(layer) else scopes

    def _place_has_none(self, layer: str) -> bool:
        """Say whether the place as a whole reported none, and nobody contradicts it."""
        return self.layers[layer].empty and int(self.place_code) in self._none_numbers.get(layer, ())

    @cached_property
    def _scopes(self) -> dict[str, set[str]]:
        """Layer → codes of the townships (or the place) whose list was called complete."""
        by_layer = self.layers.complete.groupby("layer")["scope_code"]
        return {str(layer): set(codes.to_numpy(object)) for layer, codes in by_layer}

    @cached_property
    def _none_numbers(self) -> dict[str, Numbers]:
        """Layer → code numbers of the units that reported none."""
        by_layer = self.layers.none.groupby("layer")["unit_code"]
        return {str(layer): code_numbers(codes.to_numpy(object)) for layer, codes in by_layer}

    def matching(self, layer: str, where: Mapping[str, Sequence[str | bool]], period: Period = "ever") -> States:
        """Say for each row whether it is one the rule speaks of; unknown where a column that tells is blank."""
        table = self.layers[layer]
        parts = [np.full(len(table), MET, dtype=np.int8)]
        parts += [accepts(table, column, accepted) for column, accepted in where.items()]
        if period == "year":
            day = table["date"]
            first = pd.Timestamp(start_of_period(self.as_of, self.settings.year))
            inside = ((day >= first) & (day <= pd.Timestamp(self.as_of))).to_numpy(bool)
            parts.append(np.where(day.isna(), UNKNOWN, np.where(inside, MET, NOT_MET)).astype(np.int8))
        return both(*parts)

    def column(self, layer: str, name: str) -> NDArray[np.object_]:
        """Return a column as an object array, blanks as None; shape (n,)."""
        key = (layer, name)
        if key not in self._columns:
            values = self.layers[layer][name].to_numpy(object, copy=True)
            values[pd.isna(values)] = None
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
        if self._place_has_none(layer):
            found = found + self.none_sources(layer, self.place_code)
        return found + self._complete.get((layer, township_code or ""), [])

    def all_complete_sources(self, layer: str) -> list[Source]:
        """Return the lists that make a layer complete for the place: its own, else those of all townships."""
        whole = self.complete_sources(layer, None)
        each = [self._complete.get((layer, code), []) for code in self.townships.codes[self.townships.in_scope]]
        return whole or [source for sources in each for source in sources]

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
