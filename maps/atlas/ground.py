"""What all sheets of an edition draw from: units, facilities and boundary in metres of the place's working CRS."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from geo.crs import CGCS2000
from geo.schema import LAYERS
from maps import palette
from maps.layers import FACILITY_LAYERS, facility_table
from maps.scope import planned
from maps.unit_columns import short_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from numpy.typing import NDArray
    from pyproj import Transformer
    from shapely.geometry.base import BaseGeometry

    from geo.layers import Layers
    from geo.place import Place
    from geo.plans.rules import Plan
    from maps.dossier.edition import Edition

    Spot = tuple[float, float]

_FLAGS: Final = {"schools": "lab", "associations": "registered", "organisations": "leader"}


@dataclass(frozen=True)
class Unit:
    """A township or village: its area and its point, each None where nobody told; metres."""

    code: str
    name: str
    short: str
    home: str
    area: BaseGeometry | None
    at: Spot | None
    schematic: bool
    in_plan: bool

    @property
    def nowhere(self) -> bool:
        """Say whether no map can show it."""
        return self.at is None and self.area is None


@dataclass(frozen=True)
class Facility:
    """A facility as drawn: `at` in metres (None for nowhere), `own` point or its unit's, `state` of its symbol."""

    layer: str
    id: str
    name: str
    unit: str
    home: str | None
    at: Spot | None
    own: bool
    state: int
    serves: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ground:
    """Units and facilities of a place on one day, by code; geometries in `crs`, metres, x east and y north."""

    crs: str
    townships: Mapping[str, Unit]
    villages: Mapping[str, Unit]
    facilities: Mapping[str, tuple[Facility, ...]]
    boundary: BaseGeometry | None
    to_metres: Transformer = field(repr=False)

    @cached_property
    def by_unit(self) -> Mapping[str, tuple[Facility, ...]]:
        """The facilities that belong to each unit."""
        found: dict[str, list[Facility]] = {}
        for facilities in self.facilities.values():
            for facility in facilities:
                found.setdefault(facility.unit, []).append(facility)
        return {code: tuple(own) for code, own in found.items()}

    @cached_property
    def servers(self) -> Mapping[str, tuple[Facility, ...]]:
        """The facilities of other units that serve each unit (shared stations and boards)."""
        found: dict[str, list[Facility]] = {}
        for layer in ("stations", "boards"):
            for facility in self.facilities.get(layer, ()):
                for code in facility.serves:
                    if code != facility.unit:
                        found.setdefault(code, []).append(facility)
        return {code: tuple(own) for code, own in found.items()}

    @cached_property
    def members(self) -> Mapping[str, tuple[Unit, ...]]:
        """The villages of each township, in code order."""
        found: dict[str, list[Unit]] = {code: [] for code in self.townships}
        for unit in self.villages.values():
            found.setdefault(unit.home, []).append(unit)
        return {code: tuple(units) for code, units in found.items()}

    @cached_property
    def outlines(self) -> Mapping[str, BaseGeometry | None]:
        """Each township's area, or that of its villages together where it has none of its own."""
        return {code: self._outline(code) for code in self.townships}

    @cached_property
    def township_lines(self) -> BaseGeometry:
        """The lines between townships, each once."""
        return _seams(self.outlines.values())

    @cached_property
    def village_lines(self) -> BaseGeometry:
        """The lines between villages, each once, without those that are lines of townships too."""
        return shapely.difference(_seams(unit.area for unit in self.villages.values()), self.township_lines)

    @property
    def schematic(self) -> bool:
        """Say whether any line or point of a unit is laid out and not surveyed."""
        return any(unit.schematic for unit in (*self.townships.values(), *self.villages.values()))

    def unit(self, code: str) -> Unit | None:
        """Return a township or village."""
        return self.townships.get(code) or self.villages.get(code)

    def outline(self, township: str) -> BaseGeometry | None:
        """Return a township's area (see `outlines`); None for a code that is none."""
        return self.outlines.get(township)

    def _outline(self, township: str) -> BaseGeometry | None:
        own = self.townships[township].area
        parts = [unit.area for unit in self.members[township] if unit.area is not None]
        return own if own is not None or not parts else shapely.union_all(parts)


def read_ground(place: Place, layers: Layers, plan: Plan, as_of: date) -> Ground:
    """Project a place's units and facilities of a day."""
    from pyproj import Transformer

    to_metres = Transformer.from_crs(CGCS2000, place.working_crs, always_xy=True)
    inside = planned(layers) if plan.settings.scope == "plan" else set(layers["townships"]["code"])
    months = next((rule.months for rule in plan.rules if rule.kind == "freshness"), 2)
    units = {name: _units(layers[name], to_metres, inside) for name in ("townships", "villages")}
    facilities = {
        name: _facilities(name, facility_table(layers, name, as_of=as_of, months=months), to_metres)
        for name in FACILITY_LAYERS
    }
    boundary = None if place.boundary is None else _project(np.array([place.boundary]), to_metres)[0]
    return Ground(place.working_crs, units["townships"], units["villages"], facilities, boundary, to_metres)


_KEPT: Final[list[tuple[Any, Ground]]] = []


def ground_of(edition: Edition, *, before: bool = False) -> Ground:
    """Return the ground of an edition's day, or of the day `before`; kept for the last edition that was asked about."""
    assessment, layers = edition.before if before and edition.before else (edition.assessment, edition.layers)
    for of, ground in _KEPT:
        if of is layers:
            return ground
    ground = read_ground(edition.place, layers, assessment.plan, assessment.as_of)
    _KEPT[:] = [*_KEPT[-1:], (layers, ground)]
    return ground


def _project(shapes: NDArray[np.object_], to_metres: Transformer) -> NDArray[np.object_]:
    def metres(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(to_metres.transform(points[:, 0], points[:, 1]))

    return np.asarray(shapely.transform(shapely.force_2d(shapes), metres), dtype=object)


def _spots(lon: NDArray[np.float64], lat: NDArray[np.float64], to_metres: Transformer) -> list[Spot | None]:
    x, y = to_metres.transform(lon, lat)
    return [(a, b) if np.isfinite(a) and np.isfinite(b) else None for a, b in zip(x.tolist(), y.tolist(), strict=True)]


def _units(table: Any, to_metres: Transformer, inside: set[str]) -> dict[str, Unit]:
    areas = _project(table.geometry.to_numpy(), to_metres)
    spots = _spots(table["lon"].to_numpy(float), table["lat"].to_numpy(float), to_metres)
    homes = table["township_code"] if "township_code" in table else table["code"]
    short = table["short_name"] if "short_name" in table else [None] * len(table)
    rows = zip(table["code"], table["name"], short, homes, areas, spots, table["schematic"], strict=True)
    return {
        code: Unit(code, name or code, called or short_name(name or code), home, _polygon(area), at or _inner(area),
                   bool(schematic), home in inside)
        for code, name, called, home, area, at, schematic in rows
    }  # fmt: skip


def _seams(areas: Iterable[BaseGeometry | None]) -> BaseGeometry:
    rings = shapely.boundary([area for area in areas if area is not None])
    return shapely.line_merge(shapely.union_all(rings, grid_size=0.5))


def _polygon(area: BaseGeometry | None) -> BaseGeometry | None:
    return area if area is not None and not area.is_empty and "Polygon" in area.geom_type else None


def _inner(area: BaseGeometry | None) -> Spot | None:
    if area is None or area.is_empty:
        return None
    point = area.representative_point()
    return float(point.x), float(point.y)


def _facilities(layer: str, table: Any, to_metres: Transformer) -> tuple[Facility, ...]:
    geometry = table.geometry.to_numpy()
    spots = _spots(shapely.get_x(geometry), shapely.get_y(geometry), to_metres)
    links = LAYERS[layer].links
    linked = table[links].tolist() if links else [None] * len(table)
    rows = zip(table["id"], table["name"], table["unit_code"], table["township_code"], spots, table["placed"],
               _looks(layer, table), linked, strict=True)  # fmt: skip
    return tuple(
        Facility(layer, str(key), name if isinstance(name, str) and name else LAYERS[layer].label, unit,
                 home if isinstance(home, str) else None, at, placed == "own", state,
                 tuple(codes) if isinstance(codes, tuple) else ())
        for key, name, unit, home, at, placed, state, codes in rows
    )  # fmt: skip


def _looks(layer: str, table: Any) -> list[int]:
    if layer == "boards":
        return [palette.FRESHNESS_CODE[key] for key in table["freshness"]]
    if layer not in _FLAGS:
        return [0] * len(table)
    told = table[_FLAGS[layer]]
    return [2 if pd.isna(value) else 0 if value else 1 for value in told.tolist()]
