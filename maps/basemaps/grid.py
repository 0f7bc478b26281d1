"""The Web Mercator tile grid (EPSG:3857): tiles of zoom z count from the north-west, 2**z to a side.

Positions are fractions of the world's side, 0…1 eastward and southward. CGCS2000 and WGS 84 degrees
agree within a metre, so both are taken as they are.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Bounds = tuple[float, float, float, float]  # west, south, east, north in degrees

SIDE: Final = 256
_LATITUDE: Final = 85.0511287798


def to_fraction(lon: float, lat: float) -> tuple[float, float]:
    """Where a position lies in the world's square; latitudes beyond it are taken at its edge."""
    sine = math.sin(math.radians(max(-_LATITUDE, min(_LATITUDE, lat))))
    return lon / 360 + 0.5, 0.5 - math.atanh(sine) / (2 * math.pi)


def pixel_degrees(z: int, x: int, y: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude of the centres of a tile's 256 × 256 pixels."""
    steps = (np.arange(SIDE) + 0.5) / SIDE
    lon = ((x + steps) / 2**z - 0.5) * 360
    lat = np.degrees(np.arcsin(np.tanh((0.5 - (y + steps) / 2**z) * 2 * math.pi)))
    return np.meshgrid(lon, lat)


def covering(bounds: Bounds, z: int) -> tuple[range, range]:
    """Columns and rows of the tiles of a zoom that touch bounds."""
    west, north = to_fraction(bounds[0], bounds[3])
    east, south = to_fraction(bounds[2], bounds[1])

    def between(first: float, last: float) -> range:
        return range(max(0, math.floor(first * 2**z)), min(2**z - 1, math.floor(last * 2**z)) + 1)

    return between(west, east), between(north, south)


def widened(bounds: Bounds, share: float) -> Bounds:
    """Bounds with a margin of a share of their longer side, at least a hundredth of a degree."""
    west, south, east, north = bounds
    margin = max(0.01, share * max(east - west, north - south))
    return west - margin, south - margin, east + margin, north + margin


def overlap(a: Bounds, b: Bounds) -> Bounds | None:
    """What two bounds have in common."""
    west, south, east, north = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    return (west, south, east, north) if west < east and south < north else None


def is_bounds(values: Any) -> bool:
    """Say whether four numbers are west, south, east and north on the globe."""
    west, south, east, north = values
    return all(map(math.isfinite, values)) and -180 <= west < east <= 180 and -90 <= south < north <= 90
