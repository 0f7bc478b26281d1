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

from geo import periods
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
from geo.unsaid import may_be_served, unsaid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.layers import Layers
    from geo.plans.rules import Period, Settings
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
    _unsaid: dict[str, Numbers] = field(default_factory=dict, repr=False)
    _absent: dict[str, NDArray[np.bool_]] = field(default_factory=dict, repr=False)
    _columns: dict[tuple[str, str], NDArray[np.object_]] = field(default_factory=dict, repr=False)
    _origins: dict[str, list[NDArray[np.object_]]] = field(default_factory=dict, repr=False)

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
        """Add, for township-level boards that have coordinates, the village whose area holds them.

        Areas that were only laid out (示意) say nothing about who lives where, and are passed over.
        """
        boards, villages = self.layers["boards"], self.layers["villages"]
        villages = villages[~villages["schematic"].to_numpy(bool)]
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

    def absent(self, layer: str, units: Units, counting: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say which units are known to have nothing beside what is listed for them; shape (n,).

        By their own word, or by a complete list none of whose rows that are `counting` (shape
        (number of rows,)) may serve them without saying so.
        """
        missing = self.complete(layer, units)
        vague = self.unsaid(layer)[counting]
        if (vague != NO_CODE).any():
            missing &= ~may_be_served(vague, units, self.townships, int(self.place_code))
        return self.reported_none(layer, units) | missing

    def unsaid(self, layer: str) -> Numbers:
        """Return for each row the township or place whose units it may serve without saying so, else NO_CODE."""
        if layer not in self._unsaid:
            own, links = self.served(layer).own, LAYERS[layer].links
            self._unsaid[layer] = unsaid(self.layers[layer], links, own, int(self.place_code))
        return self._unsaid[layer]

    def absence(
        self, layer: str, code: str, township_code: str | None, counting: NDArray[np.bool_]
    ) -> tuple[str, list[Source]]:
        """Tell in words how it is known that a unit has nothing of a layer, and by which rows; "", [] if it isn't.

        Or by which rows that are `counting` it can't be known.
        """
        label = LAYERS[layer].label
        if none := self.none_sources(layer, code):
            return f"上报无{label}", none
        complete = self.complete_sources(layer, township_code)
        if complete and (rows := self._unsaid_of(layer, code, township_code, counting)):
            column = LAYERS[layer].column(str(LAYERS[layer].links)).label
            name = self.column(layer, "name")[rows[0]] or label
            several = f"等{len(rows)}处" if len(rows) > 1 else ""
            return f"“{name}”{several}没有填“{column}”，可能包括该单位", self.sources(layer, rows)
        if complete:
            return f"完整清单中没有该单位的{label}", complete
        return "", []

    def _unsaid_of(self, layer: str, code: str, township_code: str | None, counting: NDArray[np.bool_]) -> list[int]:
        """Return the rows that may serve a unit without saying so."""
        scopes = [int(self.place_code), *([int(township_code)] if township_code and township_code != code else [])]
        return np.flatnonzero(counting & np.isin(self.unsaid(layer), scopes)).tolist()

    def complete_for_place(self, layer: str) -> bool:
        """Say whether a list is known to be whole: for the place, or for each township in scope."""
        scopes = self._complete_scopes(layer)
        wanted = set(self.townships.codes[self.townships.in_scope])
        return self.place_code in scopes or (bool(wanted) and wanted <= scopes)

    def _complete_scopes(self, layer: str) -> set[str]:
        scopes = self._scopes.get(layer, set())
        return scopes | {self.place_code} if self._place_has_none(layer) else scopes

    def _place_has_none(self, layer: str) -> bool:
        return layer in self._none_anywhere

    @cached_property
    def _none_anywhere(self) -> set[str]:
        """Layers of which the place as a whole reported none, and nobody contradicts it."""
        place = int(self.place_code)
        return {layer for layer, numbers in self._none_numbers.items() if place in numbers and self.layers[layer].empty}

    @cached_property
    def _scopes(self) -> dict[str, set[str]]:
        """Layer → codes of the townships (or the place) whose list was called complete."""
        return {layer: set(codes) for layer, codes in _by_layer(self.layers.complete, "scope_code").items()}

    @cached_property
    def _none_numbers(self) -> dict[str, Numbers]:
        """Layer → code numbers of the units that reported none."""
        return {layer: code_numbers(codes) for layer, codes in _by_layer(self.layers.none, "unit_code").items()}

    def matching(self, layer: str, where: Mapping[str, Sequence[str | bool]], period: Period = "ever") -> States:
        """Say for each row whether it is one the rule speaks of; unknown where a column that tells is blank."""
        table = self.layers[layer]
        parts = [np.full(len(table), MET, dtype=np.int8)]
        parts += [accepts(table, column, accepted) for column, accepted in where.items()]
        if period == "year":
            parts.append(self._of_the_year(layer))
        if self.maybe_absent(layer).any():
            parts.append(np.where(self.maybe_absent(layer), UNKNOWN, MET).astype(np.int8))
        return both(*parts)

    def _of_the_year(self, layer: str) -> States:
        """Say for each row whether its date lies in the year that ends on the day."""
        table = self.layers[layer]
        day, last = table["date"], periods.last_days(table, "date")
        first = pd.Timestamp(start_of_period(self.as_of, self.settings.year))
        over = (day > pd.Timestamp(self.as_of)).to_numpy(bool)
        inside, maybe = ((end >= first).to_numpy(bool) & ~over for end in (day, last))
        return np.where(day.isna() | (maybe & ~inside), UNKNOWN, np.where(inside, MET, NOT_MET)).astype(np.int8)

    def maybe_later(self, layer: str) -> NDArray[np.bool_]:
        """Say which rows may start only after the day: their month is known, their day isn't; shape (n,)."""
        return periods.maybe_not_begun(self.layers[layer], LAYERS[layer], self.as_of)

    def maybe_closed(self, layer: str) -> NDArray[np.bool_]:
        """Say which rows may exist no more on the day: their month of closing is known, its day isn't; shape (n,)."""
        return periods.maybe_closed(self.layers[layer], LAYERS[layer], self.as_of)

    def maybe_absent(self, layer: str) -> NDArray[np.bool_]:
        """Say which rows may not exist on the day, not yet or no more; shape (n,)."""
        if layer not in self._absent:
            self._absent[layer] = self.maybe_later(layer) | self.maybe_closed(layer)
        return self._absent[layer]

    def doubts(self, layer: str, row: int) -> list[tuple[str, str]]:
        """Return (column, what of it can't be told) of the months that leave open whether a row exists on the day."""
        starts, ends = LAYERS[layer].starts, LAYERS[layer].ends
        found = [(starts, "已有")] if self.maybe_later(layer)[row] else []
        found += [(ends, "已停用")] if self.maybe_closed(layer)[row] else []
        return [(column, f"只报到月份，评估日是否{what}不能确定") for column, what in found if column]

    def column(self, layer: str, name: str) -> NDArray[np.object_]:
        """Return a column as an object array, blanks as None; shape (n,)."""
        key = (layer, name)
        if key not in self._columns:
            self._columns[key] = _plain(self.layers[layer][name])
        return self._columns[key]

    def sources(self, layer: str, rows: Iterable[int]) -> list[Source]:
        """Return file, sheet, row and batch of some rows and of their older reports, without repeats, in order."""
        if layer not in self._origins:
            self._origins[layer] = [self.column(layer, name) for name in SOURCE_COLUMNS]
        files, sheets, numbers, batches = self._origins[layer]
        wanted = list(rows)
        found = [(files[row], sheets[row], numbers[row], batches[row]) for row in wanted]
        if self.layers.earlier:
            ids = self.column(layer, "id")
            found += [source for row in wanted for source in self.layers.earlier.get((layer, ids[row]), ())]
        return in_source_order(found)

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
    ordered = list(set(found))
    if len(ordered) > 1:
        ordered.sort(key=lambda s: (s[0] or "", s[1] or "", s[2] or 0, s[3] or 0))
    return [
        {
            "file": file,
            "sheet": sheet,
            "row": None if row is None else int(row),
            "batch": None if batch is None else int(batch),
        }
        for file, sheet, row, batch in ordered
    ]


def _by_layer(table: pd.DataFrame, column: str) -> dict[str, NDArray[np.object_]]:
    """Layer → a column of its rows. Without `groupby`, which costs a millisecond however small the table is."""
    layers, values = table["layer"].to_numpy(object), table[column].to_numpy(object)
    return {layer: values[layers == layer] for layer in dict.fromkeys(layers.tolist())}


def _plain(values: pd.Series) -> NDArray[np.object_]:
    """A column as an object array, blanks as None."""
    plain: NDArray[np.object_] = values.to_numpy(object, copy=True)
    plain[pd.isna(plain)] = None
    return plain


def _sources_by(table: pd.DataFrame, column: str) -> dict[tuple[str, str], list[Source]]:
    found: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    columns = [_plain(table[name]).tolist() for name in ("layer", column, *SOURCE_COLUMNS)]
    for layer, code, *source in zip(*columns, strict=True):
        found.setdefault((layer, code), []).append(tuple(source))
    return {key: in_source_order(values) for key, values in found.items()}
