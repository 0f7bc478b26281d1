"""A part of a place: one township, what lies in a box, or both; and layers cut to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import shapely

from geo.admin.codes import township_of
from geo.schema import LAYERS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from geo.layers import Layers
    from geo.schema import Layer

    Marks = NDArray[np.bool_]

Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north, in degrees CGCS2000."""
_WHOLE_PLACE = "000000"


@dataclass(frozen=True)
class Part:
    """A township by its 12-digit code, a box, or what is of both; neither is the whole place.

    A township's rows are those that stand in it and those that serve or reach a unit of it from
    elsewhere. A box holds what touches it; rows without coordinates lie in none, units
    without an area at their point. Reports of none and complete lists come along where
    they tell of a unit that is kept.
    """

    township: str | None = None
    bbox: Box | None = None

    def of(self, layers: Layers) -> Layers:
        """Cut layers to the part."""
        tables = {name: table[self.holds(LAYERS[name], table)] for name, table in layers.tables.items()}
        closed = {name: table[self.holds(LAYERS[name], table)] for name, table in layers.closed.items()}
        units = {code for name in ("townships", "villages") if name in tables for code in tables[name]["code"]}
        ids = {(name, of) for name, table in (*tables.items(), *closed.items()) if "id" in table for of in table["id"]}
        told = [code in units for code in layers.none["unit_code"]]
        whole = [code in units or code.endswith(_WHOLE_PLACE) for code in layers.complete["scope_code"]]
        return replace(
            layers,
            tables=tables,
            closed={name: table for name, table in closed.items() if len(table)},
            none=layers.none[np.array(told, dtype=bool)],
            complete=layers.complete[np.array(whole, dtype=bool)],
            whole_until={of: day for of, day in layers.whole_until.items() if ("boards", of) in ids},
            earlier={key: rows for key, rows in layers.earlier.items() if key in ids},
            told_first={
                name: {code: day for code, day in days.items() if code in units}
                for name, days in layers.told_first.items()
            },
            whole=layers.whole or layers,
            part=self,
        )

    def holds(self, layer: Layer, table: pd.DataFrame) -> Marks:
        """Say which rows of a layer's table are of the part; shape (n,)."""
        found: Marks = np.ones(len(table), dtype=bool)
        if self.township is not None:
            found &= np.fromiter(self._in_township(layer, table), dtype=bool, count=len(table))
        if self.bbox is not None:
            found &= in_box(self.bbox, table["geometry"].to_numpy(), table if layer.role == "base" else None)
        return found

    def _in_township(self, layer: Layer, table: pd.DataFrame) -> list[bool]:
        if layer.role == "base":
            return [code == self.township for code in table["code" if layer.name == "townships" else "township_code"]]
        linked = table[layer.links] if layer.links else [None] * len(table)
        return [
            any(township_of(code) == self.township for code in (unit, *(served or ())))
            for unit, served in zip(table["unit_code"], linked, strict=True)
        ]


def in_box(box: Box, shapes: NDArray[np.object_], points: pd.DataFrame | None = None) -> Marks:
    """Say which shapes touch a box; where there is none, whether the row's point (`lon`, `lat`) does."""
    shapely.prepare(area := shapely.box(*box))
    found = np.asarray(shapely.intersects(area, shapes), dtype=bool)
    if points is not None:
        lon, lat = (points[name].to_numpy(float) for name in ("lon", "lat"))
        inside = (lon >= box[0]) & (lat >= box[1]) & (lon <= box[2]) & (lat <= box[3])
        found |= shapely.is_missing(shapes) & inside
    return found
