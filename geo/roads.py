"""A road network out of any lines: cleaned, noded where lines meet, lengths along the ellipsoid.

Lines that cross are taken for a junction, for few road layers tell bridges from crossings; ends that miss each
other by less than `tolerance` metres are joined. Planar work is done in the place's own projected CRS.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import shapely
from pyproj import Geod, Transformer

from geo.crs import CGCS2000
from geo.errors import InputRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

Mode = Literal["walk", "cycle", "drive"]
SPEEDS: Final[Mapping[Mode, Mapping[str, float]]] = MappingProxyType({
    "walk": MappingProxyType({"": 4.5}),
    "cycle": MappingProxyType({"": 14.0}),
    "drive": MappingProxyType({
        "motorway": 100.0, "trunk": 70.0, "primary": 60.0, "secondary": 50.0, "tertiary": 40.0,
        "residential": 25.0, "unclassified": 30.0, "service": 15.0, "track": 15.0, "": 30.0,
    }),
})  # fmt: skip
"""Kilometres an hour by class of road; "" for any other."""
NO_WALKING: Final = frozenset({"motorway"})
"""Classes that only cars may use."""
_GEOD: Final = Geod(ellps="GRS80")


@dataclass(frozen=True)
class Cleaning:
    """What became of the lines: how many came, parts that were empty or had no length, pieces after noding, and
    `components`: networks that are not connected with each other."""

    lines: int
    dropped: int
    edges: int
    nodes: int
    components: int


@dataclass(frozen=True)
class Roads:
    """Nodes and edges. `lonlat`: (n, 2) degrees, EPSG:4490; `ends`: (m, 2) positions of nodes; `metres`: (m,)
    along the ellipsoid; `classes`: (m,) as the file names them, "" for none; `shapes`: the edges in `crs`, metres."""

    crs: str
    lonlat: NDArray[np.float64]
    ends: NDArray[np.intp]
    metres: NDArray[np.float64]
    classes: NDArray[np.object_]
    shapes: NDArray[np.object_] = field(repr=False)
    cleaning: Cleaning

    def seconds(self, mode: Mode) -> NDArray[np.float64]:
        """Return how long each edge takes, shape (m,); inf where the mode may not go."""
        speeds = SPEEDS[mode]
        kmh = np.array([speeds.get(name, speeds[""]) for name in self.classes], dtype=float)
        took = self.metres / (kmh / 3.6)
        if mode != "drive":
            took[np.isin(self.classes, list(NO_WALKING))] = np.inf
        return took


def build_roads(
    lines: Sequence[shapely.Geometry | None], *, crs: str, classes: Sequence[str] | None = None, tolerance: float = 0.5
) -> Roads:
    """Make a network of lines in degrees (EPSG:4490). Raises InputRefused where no line is left.

    `crs`: the projected CRS of the place, metres. `classes`: of each line.
    """
    given = np.asarray(lines, dtype=object)
    parts, of = shapely.get_parts(given[~shapely.is_missing(given)], return_index=True)
    names = np.asarray(classes if classes is not None else [""] * len(given), dtype=object)
    names = np.array([name or "" for name in names[~shapely.is_missing(given)][of]], dtype=object)
    usable = (shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING) & (shapely.length(parts) > 0)
    if not usable.any():
        msg = "道路图层里没有可用的线：请选有道路中心线的文件"
        raise InputRefused(msg)
    planar = moved(parts[usable], CGCS2000, crs)
    snapped = shapely.set_precision(planar, tolerance)
    pieces = shapely.get_parts(shapely.node(shapely.multilinestrings(snapped[~shapely.is_empty(snapped)])))
    pieces = pieces[shapely.length(pieces) > 0]
    if not len(pieces):
        msg = "道路图层的线不在经纬度范围内，或都短得没有长度：请核对文件的坐标系"
        raise InputRefused(msg)
    at = shapely.STRtree(planar).nearest(shapely.line_interpolate_point(pieces, 0.5, normalized=True))
    degrees = moved(pieces, crs, CGCS2000)
    first, last = (shapely.get_coordinates(shapely.get_point(pieces, i)) for i in (0, -1))
    nodes, ends = np.unique(np.round(np.vstack([first, last]), 3), axis=0, return_inverse=True)
    pairs = ends.reshape(2, -1).T.astype(np.intp)
    back = Transformer.from_crs(crs, CGCS2000, always_xy=True).transform(nodes[:, 0], nodes[:, 1])
    joined = _components(len(nodes), pairs)
    told = Cleaning(len(given), int((~usable).sum()), len(pieces), len(nodes), joined)
    return Roads(crs, np.column_stack(back), pairs, lengths(degrees), names[usable][at], pieces, told)


def moved(shapes: NDArray[np.object_], source: str, target: str) -> NDArray[np.object_]:
    """Return shapes in another CRS, longitude or easting first."""
    change = Transformer.from_crs(source, target, always_xy=True)
    return shapely.transform(shapes, lambda xy: np.column_stack(change.transform(xy[:, 0], xy[:, 1])))


def lengths(lines: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the metres along the ellipsoid of lines in degrees, shape (n,)."""
    lonlat, of = shapely.get_coordinates(lines, return_index=True)
    same = of[1:] == of[:-1]
    here, there = lonlat[:-1][same], lonlat[1:][same]
    metres = _GEOD.inv(here[:, 0], here[:, 1], there[:, 0], there[:, 1])[2] if len(here) else np.empty(0)
    return np.bincount(of[1:][same], weights=metres, minlength=len(lines)).astype(np.float64)


def _components(nodes: int, ends: NDArray[np.intp]) -> int:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    return int(connected_components(graph, directed=False)[0])
