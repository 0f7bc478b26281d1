"""How far people have to go: along roads where there are some, else straight, times a detour factor that is told.

A point reaches the network at the nearest place of the nearest road, on foot; one further than `furthest` metres from
any road is measured straight and marked, never dropped. Distances are metres, times seconds; nothing is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from pyproj import Transformer

from geo.errors import InputRefused
from geo.roads import SPEEDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from geo.roads import Mode, Roads

DETOUR: Final = 1.3
"""How much longer roads are than straight lines, where no roads are given: a usual value, to be set by who knows
the place (on circuity by country: Ballou, Rahardja & Sakai 2002, Transportation Research A 36: 843–848)."""
FURTHEST: Final = 2000.0


@dataclass(frozen=True)
class Ways:
    """From each origin to each destination. `metres`, `seconds`: (n, m) of the quickest way; inf where there is none.

    `straight`: (n, m) bool, measured straight times `detour`, for one of the two is far from any road or there are
    no roads. `to_road`: metres from each origin to its road, NaN without roads.
    """

    metres: NDArray[np.float64]
    seconds: NDArray[np.float64]
    straight: NDArray[np.bool_]
    to_road: NDArray[np.float64]
    detour: float
    mode: Mode

    def nearest(self) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return each origin's nearest destination by time, -1 where it reaches none, and the metres there."""
        if not self.metres.shape[1]:
            return np.full(len(self.metres), -1, dtype=np.intp), np.full(len(self.metres), np.inf)
        at = self.seconds.argmin(axis=1)
        rows = np.arange(len(at))
        none = np.isinf(self.seconds[rows, at])
        return np.where(none, -1, at), np.where(none, np.inf, self.metres[rows, at])


def ways(
    origins: ArrayLike,
    destinations: ArrayLike,
    roads: Roads | None = None,
    *,
    mode: Mode = "walk",
    detour: float = DETOUR,
    furthest: float = FURTHEST,
) -> Ways:
    """Measure from all origins to all destinations, lon/lat degrees (EPSG:4490). Raises InputRefused."""
    from geo.nearest import distance_matrix

    if not (np.isfinite(detour) and detour >= 1):
        msg = f"绕行系数“{detour}”不能用：要是不小于 1 的数"
        raise InputRefused(msg)
    here, there = (np.asarray(points, dtype=np.float64).reshape(-1, 2) for points in (origins, destinations))
    plain = distance_matrix(here, there) * detour
    foot = SPEEDS[mode][""] / 3.6
    if roads is None:
        everywhere = np.ones(plain.shape, dtype=bool)
        return Ways(plain, plain / foot, everywhere, np.full(len(here), np.nan), detour, mode)
    network = _Network(roads, np.vstack([here, there]), mode)
    near = network.snapped <= furthest
    straight = ~(near[: len(here), None] & near[None, len(here) :])
    metres, seconds = network.between(len(here))
    metres, seconds = (np.where(straight, a, b) for a, b in ((plain, metres), (plain / foot, seconds)))
    return Ways(metres, seconds, straight, network.snapped[: len(here)], detour, mode)


class _Network:
    """Roads with points let in where they are nearest to a road."""

    def __init__(self, roads: Roads, lonlat: NDArray[np.float64], mode: Mode) -> None:
        planar = Transformer.from_crs("EPSG:4490", roads.crs, always_xy=True).transform(lonlat[:, 0], lonlat[:, 1])
        took = roads.seconds(mode)
        usable = np.flatnonzero(np.isfinite(took))
        if not len(usable):
            msg = "道路图层里没有这种出行方式可走的路"
            raise InputRefused(msg)
        points = shapely.points(*planar)
        tree = shapely.STRtree(roads.shapes[usable])
        edge = usable[tree.nearest(points)]
        self.snapped: NDArray[np.float64] = shapely.distance(points, roads.shapes[edge])
        share = shapely.line_locate_point(roads.shapes[edge], points, normalized=True)
        self._points, self._nodes = len(lonlat), len(roads.lonlat)
        self._foot = SPEEDS["walk"][""] / 3.6
        self._build(roads, took, usable, edge, share)

    def _build(
        self,
        roads: Roads,
        took: NDArray[np.float64],
        usable: NDArray[np.intp],
        edge: NDArray[np.intp],
        share: NDArray[np.float64],
    ) -> None:
        """Cut each edge where points come in. Point i joins at node n + i and stands at node n + points + i."""
        n, count = self._nodes, self._points
        whole = np.setdiff1d(usable, edge)
        parts = [(roads.ends[whole, 0], roads.ends[whole, 1], roads.metres[whole], took[whole])]
        order = np.lexsort((share, edge))
        for e in np.unique(edge):
            mine = order[edge[order] == e]
            stops = np.r_[roads.ends[e, 0], n + mine, roads.ends[e, 1]]
            cut = np.diff(np.r_[0.0, share[mine], 1.0])
            parts.append((stops[:-1], stops[1:], cut * roads.metres[e], cut * took[e]))
        every = np.arange(count)
        parts.append((n + every, n + count + every, self.snapped, self.snapped / self._foot))
        self._from, self._to, self._metres, self._seconds = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )

    def between(self, origins: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return metres and seconds of the quickest ways from the first points to the others."""
        from scipy.sparse.csgraph import dijkstra

        first = self._nodes + self._points
        destinations = self._points - origins
        turn = destinations < origins  # the search runs from the fewer
        starts = first + (np.arange(origins, self._points) if turn else np.arange(origins))
        ends = first + (np.arange(origins) if turn else np.arange(origins, self._points))
        if not len(starts) or not len(ends):
            return np.empty((origins, destinations)), np.empty((origins, destinations))
        seconds, before = dijkstra(self._graph(), directed=False, indices=starts, return_predecessors=True)
        metres = self._along(seconds, before)
        found = metres[:, ends], seconds[:, ends]
        return (found[0].T, found[1].T) if turn else found

    def _graph(self) -> Any:
        """The quickest of parallel edges; an edge that takes no time keeps a trace of one, for a matrix drops zeros."""
        from scipy.sparse import csr_array

        key = self._key(self._from, self._to)
        order = np.lexsort((self._seconds, key))
        first = order[np.r_[True, key[order][1:] != key[order][:-1]]]
        self._keys, self._lengths = key[first], self._metres[first]
        rows, columns = np.divmod(self._keys, self._size)
        return csr_array((np.maximum(self._seconds[first], 1e-9), (rows, columns)), shape=(self._size,) * 2)

    def _key(self, one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.intp]:
        return np.minimum(one, other) * self._size + np.maximum(one, other)

    @property
    def _size(self) -> int:
        return self._nodes + 2 * self._points

    def _along(self, seconds: NDArray[np.float64], before: NDArray[np.int32]) -> NDArray[np.float64]:
        """Add up the metres of the quickest ways, from each node back to its start, doubling the steps each time."""
        metres = np.empty(seconds.shape)
        nodes = np.arange(self._size)
        for row, back in enumerate(before):
            last = np.where(back < 0, nodes, back).astype(np.intp)
            length = np.where(back < 0, 0.0, self._lengths[self._at(nodes, last, back >= 0)])
            while (further := last[last] != last).any():
                length = np.where(further, length + length[last], length)
                last = last[last]
            metres[row] = np.where(np.isinf(seconds[row]), np.inf, length)
        return metres

    def _at(self, one: NDArray[np.intp], other: NDArray[np.intp], real: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Positions of edges among the kept ones; 0 where there is no edge."""
        found = np.searchsorted(self._keys, self._key(one, other))
        return np.where(real, np.minimum(found, len(self._keys) - 1), 0)


@dataclass(frozen=True)
class Band:
    """A class of distance: `low` < metres ≤ `high` (the first from 0 on), its units and the people in them."""

    low: float
    high: float
    units: int
    people: float
    uncounted: int
    """Units whose people nobody knows."""


def bands(metres: ArrayLike, people: ArrayLike, limits: Sequence[float]) -> list[Band]:
    """Count units and people by how far they have to go; the last band is open. `people` is NaN where unknown."""
    far, who = np.asarray(metres, dtype=np.float64), np.asarray(people, dtype=np.float64)
    edges = [0.0, *sorted(limits), np.inf]
    found = []
    for low, high in pairwise(edges):
        inside = (far > low if low else far >= 0) & (far <= high)
        found.append(
            Band(low, high, int(inside.sum()), float(np.nansum(who[inside])), int(np.isnan(who[inside]).sum()))
        )
    return found
