"""Points in polygons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray


def areas_of(lonlat: ArrayLike, areas: Sequence[Any]) -> NDArray[np.intp]:
    """The first of the areas (shapely polygons) that each point (n, 2) lies in or on the line of; -1 if in none.

    Both are in the same coordinates, degrees as a rule.

    One tree over the points is asked once for each area, which is prepared for its points. Points without coordinates
    (NaN) lie nowhere.
    """
    import shapely

    points = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
    known = np.flatnonzero(np.isfinite(points).all(axis=1))
    tree = shapely.STRtree(np.asarray(shapely.points(points[known]), dtype=object))
    area, point = tree.query(np.asarray(areas, dtype=object), predicate="intersects")
    home = np.full(len(points), len(areas), dtype=np.intp)
    np.minimum.at(home, known[point], area)
    home[home == len(areas)] = -1
    return home
