"""Points in areas: inside, on a line, nowhere."""

from __future__ import annotations

import numpy as np
import shapely

from geo.joins import areas_of


def test_each_point_is_in_the_first_area_that_has_it() -> None:
    west, east = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    hole = shapely.Polygon([(5, 0), (9, 0), (9, 4), (5, 4)], [[(6, 1), (8, 1), (8, 3), (6, 3)]])
    points = [(0.5, 0.5), (1, 0.5), (1.5, 0.5), (3, 3), (7, 2), (5.5, 2), (np.nan, 1), (2, 1)]
    assert areas_of(points, [west, east, hole]).tolist() == [0, 0, 1, -1, -1, 2, -1, 1]
    assert areas_of(points, [east, west]).tolist()[1] == 0
    assert areas_of([], [west]).shape == (0,)
    assert areas_of(points, []).tolist() == [-1] * 8


def test_it_agrees_with_asking_every_pair() -> None:
    rng = np.random.default_rng(1)
    corners = shapely.multipoints(rng.uniform(0, 10, (40, 2)))
    areas = list(shapely.get_parts(shapely.voronoi_polygons(corners)))
    points = rng.uniform(-1, 11, (500, 2))
    inside = shapely.intersects(np.array(areas)[None, :], np.array(shapely.points(points))[:, None])
    expected = np.where(inside.any(axis=1), inside.argmax(axis=1), -1)
    np.testing.assert_array_equal(areas_of(points, areas), expected)
