"""The other readings of reach: how far an activity's venue is, and how many people came.

A venue is an activity's own point, or that of the village in which it took place; one of a township or of the whole
place without a point may have been anywhere. Distances are geodesic, metres, on EPSG:4490.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.states import MET, NOT_APPLICABLE, NOT_MET, UNKNOWN, State
from geo.units import code_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.states import States
    from geo.survey import Survey


def village_points(survey: Survey) -> NDArray[np.float64]:
    """Return longitude and latitude of the villages in the survey's order, shape (n, 2); NaN where unknown."""
    table = survey.layers["villages"]
    points = np.full((len(survey.villages), 2), np.nan)
    at = survey.villages.positions(code_numbers(table["code"].to_numpy(object)))
    points[at] = table[["lon", "lat"]].to_numpy(float)
    return points


def venues(survey: Survey, layer: str) -> NDArray[np.float64]:
    """Return longitude and latitude of where each activity took place, shape (m, 2); NaN where nothing tells."""
    table = survey.layers[layer]
    shapes = table.geometry.to_numpy()
    points = np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])
    homes = survey.villages.positions(survey.served(layer).own)
    blank = np.isnan(points).any(axis=1) & (homes >= 0)
    points[blank] = village_points(survey)[homes[blank]]
    return points


def near(survey: Survey, layer: str, matching: States, metres: float) -> States:
    """Judge each village by its distance to the nearest venue: met within `metres`.

    Not met only where the list is known to be whole, every activity that may count has a place and none is so near;
    a village without a point is unknown.
    """
    here, there = village_points(survey), venues(survey, layer)
    placed, known = ~np.isnan(there).any(axis=1), ~np.isnan(here).any(axis=1)
    sure, maybe = (_within(here, there[placed & (matching == state)], metres) for state in (MET, UNKNOWN))
    lost = bool((~placed & (matching != NOT_MET)).any()) or not survey.complete_for_place(layer)
    states = np.where(sure, MET, UNKNOWN).astype(np.int8)
    if not lost:
        states[known & ~sure & ~maybe] = NOT_MET
    return states


def attendance(
    survey: Survey, layer: str, matching: States, states: States, people: NDArray[np.float64], threshold: float
) -> tuple[State, float | None]:
    """Judge attendance ÷ people in scope (0–1, cut at 1); who came twice is counted twice.

    A blank attendance counts nothing and leaves open how many came: it can never make the rule not met. People whom
    nobody counted can only lower the share, so with any of them the rule isn't met for sure.
    """
    in_scope = states != NOT_APPLICABLE
    total = float(np.nansum(people[in_scope]))
    if not total:
        return State.UNKNOWN, None
    came = survey.layers[layer]["attendance"].astype("Float64").to_numpy(float, na_value=np.nan)
    share = float(np.nansum(came[matching == MET])) / total
    value = min(share, 1.0)
    if share >= threshold:
        return (State.UNKNOWN if np.isnan(people[in_scope]).any() else State.MET), value
    told = not (matching == UNKNOWN).any() and not np.isnan(came[matching == MET]).any()
    return (State.NOT_MET if told and survey.complete_for_place(layer) else State.UNKNOWN), value


def _within(here: NDArray[np.float64], there: NDArray[np.float64], metres: float) -> NDArray[np.bool_]:
    from geo.nearest import nearest

    found = np.zeros(len(here), dtype=bool)
    known = ~np.isnan(here).any(axis=1)
    if len(there) and known.any():
        found[known] = nearest(here[known], there)[1][:, 0] <= metres
    return found
