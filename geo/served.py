"""Who lives how far from the nearest facility of a layer: villages and people by bands of distance, and the furthest.

Along roads where there are some, else straight times a detour factor (`geo.access`), which the result says. People are
those of `geo.population`; estimated ones are counted and told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from geo.errors import InputRefused
from geo.schema import layer_named
from geo.sites import facility_sites, unit_sites

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.access import Band
    from geo.layers import Layers
    from geo.place import Place
    from geo.roads import Mode, Roads

FURTHEST: Final = 10
"""How many of the villages furthest away are named."""


@dataclass(frozen=True)
class Far:
    """A village, how far it is, and to which facility; metres are None where no road leads to any."""

    unit_code: str
    unit_name: str
    metres: float | None
    facility: str | None


@dataclass(frozen=True)
class Served:
    """Distances of all villages to a layer.

    `unlocated`: villages without a point, left out. `lost`: facilities without one. `estimated`: villages whose people
    are an estimate. `straight`: villages measured straight, for want of a road near them or near what they go to.
    """

    layer: str
    facilities: int
    lost: int
    villages: int
    unlocated: tuple[str, ...]
    bands: tuple[Band, ...]
    estimated: int
    furthest: tuple[Far, ...]
    mode: Mode
    detour: float
    roads: bool
    straight: int

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it; metres to one decimal, an open band's end is None."""
        plain = ("layer", "facilities", "lost", "villages", "estimated", "mode", "detour", "roads", "straight")
        return {
            **{name: getattr(self, name) for name in plain},
            "unlocated": list(self.unlocated),
            "bands": [
                {
                    "low": b.low,
                    "high": _number(b.high),
                    "villages": b.units,
                    "people": b.people,
                    "uncounted": b.uncounted,
                }
                for b in self.bands
            ],
            "furthest": [
                {"unit_code": f.unit_code, "unit_name": f.unit_name, "metres": f.metres, "facility": f.facility}
                for f in self.furthest
            ],
        }


def served(
    layers: Layers,
    place: Place,
    layer: str,
    limits: Sequence[float],
    *,
    roads: Roads | None = None,
    mode: Mode = "walk",
) -> Served:
    """Measure from every village to its nearest facility of a layer. `layers` are cut to a day; `limits` in metres.

    Raises UnknownLayer, and InputRefused for limits that are no distances or where nothing has a place.
    """
    from geo.access import bands, ways
    from geo.population import village_population

    layer_named(layer)
    if not limits or not all(np.isfinite(limit) and limit > 0 for limit in limits):
        msg = "距离档要是大于 0 的数，如 500,1000,2000"
        raise InputRefused(msg)
    villages, found = unit_sites(layers), facility_sites(layers, layer)
    here, there = villages.lonlat[villages.located], found.lonlat[found.located]
    if not len(here) or not len(there):
        msg = "没有可以量的距离：村没有位置，或这类设施一个也没有位置"
        raise InputRefused(msg)
    people = village_population(layers, place)
    way = ways(here, there, roads, mode=mode)
    at, metres = way.nearest()
    names, codes = (column[villages.located] for column in (villages.names, villages.ids))
    far = np.lexsort((codes, -metres))[:FURTHEST].tolist()
    known = found.names[found.located]
    return Served(
        layer=layer,
        facilities=len(found),
        lost=len(found) - len(there),
        villages=len(here),
        unlocated=tuple(str(name) for name in villages.names[~villages.located]),
        bands=tuple(bands(metres, people.people[villages.located], sorted(set(limits)))),
        estimated=int(people.estimated[villages.located].sum()),
        furthest=tuple(
            Far(str(codes[i]), str(names[i]), _number(round(float(metres[i]), 1)), _name(known, int(at[i])))
            for i in far
        ),
        mode=mode,
        detour=way.detour,
        roads=roads is not None,
        straight=int(way.straight[np.arange(len(at)), np.maximum(at, 0)].sum()),
    )


def _name(names: Any, at: int) -> str | None:
    return None if at < 0 or names[at] is None or names[at] != names[at] else str(names[at])


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
