"""The projected forms of CGCS2000: Gauss-Krüger zones, with and without the zone's number before the easting.

EPSG 4513–4533 are the 3-degree zones 25–45 with the number, 4534–4554 the same by central
meridian (75°E–135°E) without it; 4491–4501 the 6-degree zones 13–23 with it. Without it a
6-degree zone is the 3-degree zone of its meridian.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LON, _LAT = (72.0, 136.0), (3.0, 54.5)
_EAST, _NORTH = (150_000.0, 850_000.0), (1_000_000.0, 6_100_000.0)
_ZONE = 1_000_000.0
_THREE, _SIX = range(25, 46), range(13, 24)
_FIRST_THREE, _FIRST_PLAIN, _FIRST_SIX = 4513, 4534, 4491


@dataclass(frozen=True)
class Grids:
    """The projected CRSs that numbers may be in, the place's own first, and what people call them."""

    codes: tuple[str, ...]
    label: str


def which_form(first: float, second: float) -> str:
    """Say whether a pair is `degrees`, `plane` metres or metres with a zone (`zoned`), or "… swapped".

    A pair that is none in China is "". Latitudes and longitudes, eastings and northings never overlap there.
    """
    for turned, one, other in (("", first, second), (" swapped", second, first)):
        if is_longitude(one) and is_latitude(other):
            return f"degrees{turned}"
        if is_northing(other):
            if _within(one, _EAST):
                return f"plane{turned}"
            if is_easting(one):
                return f"zoned{turned}"
    return ""


def is_longitude(value: float) -> bool:
    """Say whether a number may be a longitude in China."""
    return _within(value, _LON)


def is_latitude(value: float) -> bool:
    """Say whether a number may be a latitude in China."""
    return _within(value, _LAT)


def is_easting(value: float) -> bool:
    """Say whether a number may be an easting in China, with a zone's number before it or not."""
    zoned = math.isfinite(value) and int(value // _ZONE) in (*_THREE, *_SIX) and _within(value % _ZONE, _EAST)
    return _within(value, _EAST) or zoned


def is_northing(value: float) -> bool:
    """Say whether a number may be a northing in China."""
    return _within(value, _NORTH)


def grids_of(own: str, example: Sequence[float] | None = None) -> Grids:
    """Return the projected CRSs that a pair (easting, northing) may be in; without one, just the CRS named.

    `own`: the place's working CRS, tried first where no zone is told.
    """
    if example is None:
        return Grids((own,), _label(own))
    zone = int(example[0] // _ZONE)
    if zone in _THREE:
        code = f"EPSG:{_FIRST_THREE + zone - _THREE[0]}"
    elif zone in _SIX:
        code = f"EPSG:{_FIRST_SIX + zone - _SIX[0]}"
    else:
        plain = [f"EPSG:{_FIRST_PLAIN + n}" for n in range(len(_THREE))]
        return Grids(tuple(dict.fromkeys([own, *plain])) if _has_no_zone(own) else tuple(plain), _label(own))
    return Grids((code,), _label(code))


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


@lru_cache(maxsize=200)
def _facts(code: str) -> tuple[float, float]:
    """Return the central meridian and the false easting."""
    from pyproj import CRS

    operation = CRS.from_user_input(code).coordinate_operation
    values = {parameter.name: parameter.value for parameter in operation.params} if operation else {}
    return float(values.get("Longitude of natural origin", math.nan)), float(values.get("False easting", 0.0))


def _has_no_zone(code: str) -> bool:
    return _facts(code)[1] < _ZONE


def _label(code: str) -> str:
    from pyproj import CRS

    name = CRS.from_user_input(code).name
    if "CGCS2000" not in name:
        return name
    meridian, easting = _facts(code)
    zone = int(easting // _ZONE)
    told = f"带号{zone}" if zone else "不带带号"
    width = "六度带" if zone in _SIX else "三度带"
    return f"CGCS2000 {width}投影，中央经线{meridian:g}°E，{told}"
