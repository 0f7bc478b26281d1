"""A round through chosen units, ready to be printed: which places in which order on which day (`geo.tours`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.errors import InputRefused, UnknownUnit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.layers import Layers
    from geo.roads import Mode, Roads


@dataclass(frozen=True)
class Stop:
    """A place of a round. `metres`: from the one before; `from_start`: along the round. Degrees, EPSG:4490."""

    unit_code: str
    name: str
    lonlat: tuple[float, float]
    metres: float = 0.0
    from_start: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "unit_code": self.unit_code,
            "unit_name": self.name,
            "lon": round(self.lonlat[0], 6),
            "lat": round(self.lonlat[1], 6),
            "metres": round(self.metres, 1),
            "from_start": round(self.from_start, 1),
        }


@dataclass(frozen=True)
class Day:
    """One day's round. `metres`: of all of it, the way back included."""

    stops: tuple[Stop, ...]
    metres: float


@dataclass(frozen=True)
class Rounds:
    """All days. `bound`: metres that no such plan is below; `unlocated`: chosen units that have no point."""

    start: Stop
    days: tuple[Day, ...]
    bound: float
    mode: Mode
    roads: bool
    detour: float
    unlocated: tuple[str, ...]

    @property
    def metres(self) -> float:
        """Metres of all days."""
        return float(sum(each.metres for each in self.days))

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "start": {"unit_code": self.start.unit_code, "unit_name": self.start.name},
            "days": [
                {"metres": round(each.metres, 1), "stops": [stop.to_dict() for stop in each.stops]}
                for each in self.days
            ],
            "metres": round(self.metres, 1),
            "bound": round(self.bound, 1),
            "mode": self.mode,
            "roads": self.roads,
            "detour": self.detour,
            "unlocated": list(self.unlocated),
        }


def rounds(
    layers: Layers,
    codes: Sequence[str],
    *,
    start: str | None = None,
    days: int = 1,
    longest: float | None = None,
    roads: Roads | None = None,
    mode: Mode = "drive",
) -> Rounds:
    """Order units (townships and villages by their codes) into rounds that begin and end at `start`.

    `start` is the first of them by default; `longest` in metres. Units without a point are told and left out. Raises
    UnknownUnit, and InputRefused where nothing is left, a start has no point or the days don't suffice.
    """
    from geo.access import ways
    from geo.tours import tour

    table = pd.concat(
        [pd.DataFrame(layers[level])[["code", "name", "lon", "lat"]] for level in ("townships", "villages")]
    )
    units = table.drop_duplicates("code").set_index("code")
    wanted = list(dict.fromkeys([*([start] if start else []), *codes]))
    missing = next((code for code in wanted if code not in units.index), None)
    if missing is not None:
        msg = f"没有代码为“{missing}”的乡镇或村"
        raise UnknownUnit(msg)
    found = units.loc[wanted]
    located = ~found[["lon", "lat"]].isna().any(axis=1).to_numpy(dtype=bool)
    if (start is not None and not located[0]) or located.sum() < 2:
        msg = "出发的地方没有位置" if start is not None and not located[0] else "有位置的地方不到两个，排不成路线"
        raise InputRefused(msg)
    lonlat = found.loc[located, ["lon", "lat"]].to_numpy(float)
    names, at = found["name"].to_numpy(object), np.flatnonzero(located)
    places = [Stop(wanted[i], str(names[i]), (float(x), float(y))) for i, (x, y) in zip(at, lonlat, strict=True)]
    way = ways(lonlat, lonlat, roads, mode=mode)
    metres = way.metres.copy()
    np.fill_diagonal(metres, 0.0)
    told = tour(metres, days=days, longest=longest)
    each = tuple(
        Day(_along(places, metres, stops), length) for stops, length in zip(told.stops, told.metres, strict=True)
    )
    unlocated = tuple(str(name) for name in names[~located])
    return Rounds(places[0], each, told.bound, mode, roads is not None, way.detour, unlocated)


def _along(places: Sequence[Stop], metres: Any, stops: Sequence[int]) -> tuple[Stop, ...]:
    """The places of a round with the metres from the one before, and from the start."""
    found, last, so_far = [], 0, 0.0
    for i in stops:
        leg = float(metres[last, i])
        last, so_far = i, so_far + leg
        found.append(Stop(places[i].unit_code, places[i].name, places[i].lonlat, leg, so_far))
    return tuple(found)
