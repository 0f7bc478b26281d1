"""Known points: where facilities that are already stored stand, and villages whose point is official."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geo.intake.identity import given_id
from geo.schema import LAYERS
from geo.words.vocabulary import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from geo.place import Place

    Point = tuple[float, float]


ASSUMED = "assumed"
"""Ends what is noted of the datum of a batch that has coordinates of which it was assumed."""


class Known(NamedTuple):
    """A facility in the store that has coordinates of its own."""

    layer: str
    id: str
    unit_code: str
    name: str | None
    lon: float
    lat: float
    file: str = ""
    assumed: bool = False
    """Whether its datum was nobody's word and no finding: such a point proves nothing."""


@dataclass(frozen=True)
class Landmarks:
    """Points to hold a list against, in degrees of CGCS2000.

    A facility is known again by the id that a sender gave it, by its name in its unit, or, a
    school or a base, by its name alone where only one has it.
    """

    by_id: Mapping[tuple[str, str], Point] = field(default_factory=dict)
    by_name: Mapping[tuple[str, str], Point] = field(default_factory=dict)
    by_unit: Mapping[str, tuple[tuple[str, Point], ...]] = field(default_factory=dict)
    """Unit code → name and point of what is known in it."""

    @classmethod
    def of(cls, place: Place, known: Iterable[Known] = ()) -> Landmarks:
        """Gather the points of stored facilities and of a place's villages that aren't schematic."""
        by_id: dict[tuple[str, str], Point] = {}
        by_name: defaultdict[tuple[str, str], set[Point]] = defaultdict(set)
        by_unit: defaultdict[str, list[tuple[str, Point]]] = defaultdict(list)
        for one in known:
            point, name = (one.lon, one.lat), plain(one.name or "")
            by_id[one.layer, one.id] = point
            by_unit[one.unit_code].append((name, point))
            if name and name != plain(LAYERS[one.layer].label):
                by_name[one.unit_code, name].add(point)
                if LAYERS[one.layer].own_units:
                    by_name[one.layer, name].add(point)
        villages = place.villages
        for code, lon, lat in villages.loc[~villages["schematic"], ["code", "lon", "lat"]].itertuples(index=False):
            if np.isfinite(lon) and np.isfinite(lat):
                by_unit[code].append(("", (lon, lat)))
        alone = {key: next(iter(points)) for key, points in by_name.items() if len(points) == 1}
        return cls(by_id, alone, {code: tuple(points) for code, points in by_unit.items()})

    def same(self, layer: str, unit: str | None, record: Mapping[str, Any]) -> Point | None:
        """Return where the very facility is known to stand. `record`: its `id` and `name`."""
        name = plain(str(record.get("name") or ""))
        keys = ((layer, given_id(record)), (unit, name), (layer, name))
        tables: tuple[Mapping[Any, Point], ...] = (self.by_id, self.by_name, self.by_name)
        return next((table[key] for table, key in zip(tables, keys, strict=True) if key[1] and key in table), None)

    def near(self, unit: str | None, name: str) -> NDArray[np.float64] | None:
        """Return the mean point of what else is known in a unit."""
        told = plain(name)
        others = [point for other, point in self.by_unit.get(unit or "", ()) if not other or other != told]
        return np.mean(others, axis=0) if others else None
