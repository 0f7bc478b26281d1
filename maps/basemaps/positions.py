"""Where a picture lies: its world file and coordinate system, or bounds in degrees."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from maps.basemaps.grid import is_bounds
from maps.basemaps.texts import TEXTS
from maps.errors import BasemapRefused

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pyproj import CRS

    from maps.basemaps.grid import Bounds

_SAME_DATUM: Final = ("cgcs2000", "china 2000", "world geodetic system 1984", "wgs 1984", "wgs 84")
_DEGREES: Final = 400.0  # no longitude or latitude is as large
_EDGE_POINTS: Final = 33


@dataclass(frozen=True)
class Position:
    """An affine of six numbers (x and y of the first pixel's centre last) in a coordinate system; None: degrees."""

    affine: tuple[float, float, float, float, float, float]
    crs: CRS | None

    def pixels(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[Any, Any]:
        """Column and row of positions, counted from the first pixel's centre; infinite where there is none."""
        x, y = (lon, lat) if self.crs is None else _transformer(self.crs).transform(lon, lat)
        a, d, b, e, c, f = self.affine
        x, y, size = x - c, y - f, a * e - b * d
        return (e * x - b * y) / size, (a * y - d * x) / size

    def degrees(self, column: NDArray[np.float64], row: NDArray[np.float64]) -> tuple[Any, Any]:
        """Longitude and latitude of pixels."""
        a, d, b, e, c, f = self.affine
        x, y = a * column + b * row + c, d * column + e * row + f
        return (x, y) if self.crs is None else _transformer(self.crs).transform(x, y, direction="INVERSE")

    def bounds(self, width: int, height: int) -> Bounds | None:
        """Degrees that a picture covers, measured along its edges; None where they make no sense."""
        steps = np.linspace(0, 1, _EDGE_POINTS)
        along, up = steps * width - 0.5, steps * height - 0.5
        column = np.concatenate([along, along, np.full_like(up, -0.5), np.full_like(up, width - 0.5)])
        row = np.concatenate([np.full_like(along, -0.5), np.full_like(along, height - 0.5), up, up])
        lon, lat = self.degrees(column, row)
        found = tuple(float(value) for value in (np.min(lon), np.min(lat), np.max(lon), np.max(lat)))
        return (found[0], found[1], found[2], found[3]) if is_bounds(found) else None


def position_of(path: Path, size: tuple[int, int], *, bounds: Bounds | None, crs: str | None) -> Position:
    """The position of a picture: bounds in degrees if given, else its world file. Raises BasemapRefused."""
    width, height = size
    if bounds is not None:
        west, south, east, north = bounds
        x, y = (east - west) / width, (south - north) / height
        return Position((x, 0, 0, y, west + x / 2, north + y / 2), None)
    affine = _world_file(path)
    found = _crs(path, crs)
    reach = (affine[4], affine[5], affine[0] * width, affine[3] * height)
    if found is None and max(map(abs, reach)) > _DEGREES:
        raise BasemapRefused(TEXTS["no_crs"].format(name=path.name))
    return Position(affine, None if found is None or found.is_geographic else found)


def _world_file(path: Path) -> tuple[float, float, float, float, float, float]:
    ending = path.suffix.lower().lstrip(".")
    wanted = [f"{ending[0]}{ending[-1]}w", f"{ending}w", "wld"]
    beside = {other.name.lower(): other for other in path.parent.glob("*") if other.stem.lower() == path.stem.lower()}
    file = next((beside[name] for end in wanted if (name := f"{path.stem}.{end}".lower()) in beside), None)
    if file is None:
        raise BasemapRefused(TEXTS["no_position"].format(name=path.name, wanted=f".{wanted[0]}、.wld"))
    try:
        a, d, b, e, c, f = (float(part) for part in file.read_text(encoding="ascii")[:1000].split())
    except ValueError as error:
        raise BasemapRefused(TEXTS["world_file"].format(name=file.name)) from error
    if not all(map(math.isfinite, (a, d, b, e, c, f))) or not a * e - b * d:
        raise BasemapRefused(TEXTS["world_file"].format(name=file.name))
    return a, d, b, e, c, f


def _crs(path: Path, named: str | None) -> CRS | None:
    """The coordinate system that was named or stands in a .prj file beside. Raises BasemapRefused."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    beside = path.with_suffix(".prj")
    text = named or (beside.read_text(encoding="utf-8", errors="replace")[:10_000] if beside.is_file() else "")
    if not text:
        return None
    try:
        crs = CRS.from_user_input(text)
    except CRSError as error:
        raise BasemapRefused(TEXTS["crs"].format(name=path.name, crs=text[:40])) from error
    geodetic = crs.geodetic_crs
    datum = "" if geodetic is None or geodetic.datum is None else geodetic.datum.name.lower().replace("_", " ")
    if not any(word in datum for word in _SAME_DATUM):
        raise BasemapRefused(TEXTS["crs_datum"].format(name=path.name, crs=named or crs.name))
    return crs


def _transformer(crs: CRS) -> Any:
    """From the system's own degrees, so that no datum shift comes in."""
    from pyproj import Transformer

    return Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
