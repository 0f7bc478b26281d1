"""The layers of a place in memory, and what of them is true on a day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
from geopandas.array import from_shapely
from pandas.api.types import pandas_dtype

from geo import periods
from geo.crs import CGCS2000
from geo.schema import LAYERS, Layer, layer_named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from geo.parts import Part
    from geo.schema import Kind

DTYPES: Mapping[Kind, str] = {
    "text": "object",
    "code": "object",
    "codes": "object",
    "flag": "boolean",
    "count": "Int64",
    "number": "float64",
    "date": "datetime64[s]",
    "dates": "object",
    "choice": "object",
}
SOURCE_DTYPES = {"file": "object", "sheet": "object", "row": "Int64", "batch": "Int64"}
NONE_COLUMNS = ("layer", "unit_code", "file", "sheet", "row", "batch")
COMPLETE_COLUMNS = ("layer", "scope_code", "file", "sheet", "row", "batch")


@dataclass(frozen=True)
class Layers:
    """All layers of a place.

    `tables`: GeoDataFrames by layer name, EPSG:4490; townships and villages have areas
    (or None) and `lon`, `lat` of their seat or point; facilities have points or None.
    `none`: units that reported "none" for a layer. `complete`: lists that their sender
    called complete for a township or the whole place. `as_of`: the day the layers were
    cut to, None when they hold everything. `known_on`: the day by whose end all of it had been recorded, None
    for all that is known now. `whole_until`: board id → the last day up to
    which all its changes are known, where a newer report tells only its last change.
    `earlier`: (layer, id) → file, sheet, row and batch of the older reports of a facility
    that still tell of it; its newest report is in the table. `past`: by layer, what to put in
    place of what newer reports say, for a day before them. `days`: batch → the day of its report.
    `closed`: by layer, where they are cut to a day, the facilities that existed and by then do no more.
    `store_id`: of the store that they were read from, '' for none; `told_first`: by layer and unit that reported
    none, the first day on which anything was told of it.
    """

    tables: Mapping[str, gpd.GeoDataFrame]
    none: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(NONE_COLUMNS)))
    complete: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(COMPLETE_COLUMNS)))
    as_of: date | None = None
    known_on: date | None = None
    whole_until: Mapping[str, date] = field(default_factory=dict)
    earlier: Mapping[tuple[str, str], tuple[tuple[Any, ...], ...]] = field(default_factory=dict)
    past: Mapping[str, Past] = field(default_factory=dict, repr=False)
    days: Mapping[int, date] = field(default_factory=dict, repr=False)
    closed: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict, repr=False)
    store_id: str = ""
    told_first: Mapping[str, Mapping[str, date]] = field(default_factory=dict, repr=False)
    whole: Layers | None = field(default=None, repr=False)
    """Where these are cut to a day or a part: all that they were cut from."""
    part: Part | None = None
    """The part of the place that is asked about; `whole` may hold more than it."""

    def __getitem__(self, name: str) -> gpd.GeoDataFrame:
        """Return a layer's table; an empty one of the right shape where nothing was reported."""
        layer = layer_named(name)
        return self.tables[name] if name in self.tables else frame(layer, [])

    def only(self, names: Collection[str]) -> Layers:
        """Return some of the layers, not cut to a day; of the others nothing is known."""
        whole = self.whole or self
        tables = {name: table for name, table in whole.tables.items() if name in names}
        return replace(whole, tables=tables, past={name: past for name, past in whole.past.items() if name in names})

    def changed(self, older: Layers) -> frozenset[str]:
        """Say which layers, uncut, are others than in older ones that were at hand when these were read."""
        new, old = (self.whole or self).tables, (older.whole or older).tables
        return frozenset(name for name in LAYERS if new.get(name) is not old.get(name))

    def on(self, as_of: date) -> Layers:
        """Return the layers as known and true on a day.

        What starts later, or closed by then, is left out, and later content changes too; a newer report
        takes away nothing of what older ones say of the days before it (`geo.store.force`).
        """
        if self.as_of == as_of:
            return self
        if self.whole is not None:
            return self.whole.on(as_of)
        notes = Notes(dict(self.whole_until), dict(self.earlier))
        tables = dict(self.tables)
        for name, past in self.past.items():
            tables[name] = past.on(as_of, tables[name], notes)
        tables = {name: _begun_by(table, LAYERS[name], as_of) for name, table in tables.items()}
        over = {name: periods.closed(table, LAYERS[name], as_of) for name, table in tables.items()}
        gone = {name: tables[name][marked] for name, marked in over.items() if marked.any()}
        tables |= {name: tables[name][~over[name]] for name in gone}
        if notes.whole_until and "boards" in tables:
            tables["boards"] = _with_whole_lists(tables["boards"], notes.whole_until, as_of)
        none = self.none
        if "since" in none:
            none = none[~(none["since"] > pd.Timestamp(as_of))]
        then = replace(
            self,
            tables=tables,
            none=none,
            as_of=as_of,
            whole_until=notes.whole_until,
            earlier=notes.earlier,
            closed=gone,
            whole=self,
        )
        return self.part.of(then) if self.part else then


@dataclass
class Notes:
    """What of several reports of a facility does not fit into a table: see `Layers`."""

    whole_until: dict[str, date] = field(default_factory=dict)
    earlier: dict[tuple[str, str], tuple[tuple[Any, ...], ...]] = field(default_factory=dict)


class Past(Protocol):
    """What was known of a layer on days before its newest reports."""

    def on(self, day: date, table: gpd.GeoDataFrame, notes: Notes) -> gpd.GeoDataFrame:
        """Return the layer's table with what was known on a day; `notes` are brought up to it."""


def _begun_by(table: gpd.GeoDataFrame, layer: Layer, as_of: date) -> gpd.GeoDataFrame:
    later = periods.not_begun(table, layer, as_of)
    return table[~later] if later.any() else table


def _with_whole_lists(boards: gpd.GeoDataFrame, whole_until: Mapping[str, date], as_of: date) -> gpd.GeoDataFrame:
    """Set `last_only` as true on the day: no change is missing up to the day of the last full list."""
    until = boards["id"].map(whole_until)
    mixed = until.notna()
    last_only = boards["last_only"].copy()
    last_only[mixed] = [day < as_of for day in until[mixed]]
    return boards.assign(last_only=last_only)


def frame(
    layer: Layer, rows: Iterable[Mapping[str, Any]], *, geometry: NDArray[np.object_] | None = None
) -> gpd.GeoDataFrame:
    """Build a layer's table from plain rows, each column in its kind's dtype.

    Absent columns are unknown. `geometry` holds shapely geometries or None, by default those of the rows.
    """
    records = list(rows)
    shapes = np.array([record.get("geometry") for record in records], dtype=object) if geometry is None else geometry
    return framed(layer, {name: [record.get(name) for record in records] for name in _names(layer)}, shapes)


def framed(
    layer: Layer, columns: Mapping[str, Sequence[Any] | NDArray[np.object_]], shapes: NDArray[np.object_]
) -> gpd.GeoDataFrame:
    """Build a layer's table from its columns and shapes, each column in its kind's dtype."""
    index = pd.RangeIndex(len(shapes))  # one for all: many would be held against each other
    data = {name: pd.Series(columns[name], index, dtype) for name, dtype in _dtypes(layer.name).items()}
    data["geometry"] = pd.Series(from_shapely(shapes, crs=CGCS2000), index)
    return gpd.GeoDataFrame(pd.DataFrame(data, index, copy=False), geometry="geometry")


@cache
def _dtypes(name: str) -> Mapping[str, Any]:
    """Return the dtypes of a layer's columns; looked up by their names, they cost more than small columns do."""
    layer = LAYERS[name]
    return {column: pandas_dtype(_dtype(layer, column)) for column in _names(layer)}


def _names(layer: Layer) -> tuple[str, ...]:
    """Return a table's columns beside its shapes."""
    base = ("code", "name", "lon", "lat", "schematic") if layer.role == "base" else ("id", "unit_code", "name")
    own = (c.name for c in layer.columns if not c.private)
    return (*base, *own, *(() if layer.role == "base" else SOURCE_DTYPES))


def _dtype(layer: Layer, name: str) -> str:
    if name in SOURCE_DTYPES:
        return SOURCE_DTYPES[name]
    if name in ("lon", "lat"):
        return "float64"
    if name == "schematic":
        return "bool"
    for column in layer.columns:
        if column.name == name:
            return DTYPES[column.kind]
    return "object"
