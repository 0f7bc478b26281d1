"""How many people live in each village: as reported, or shared out from what is known of more than it.

A village whose number nobody reported gets an equal part of what its township's number leaves; a township
without a number gets, of what the place's number leaves, a part by how many of its villages have none. Parts are
whole people and add up. Where the known numbers leave nothing, or no total is known, the rest is unknown:
nothing is invented. Assessments never use an estimate; distances, siting and maps do and say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from geo.layers import Layers
    from geo.place import Place

Basis = Literal["reported", "township", "place", "unknown"]


@dataclass(frozen=True)
class Population:
    """People of villages in code order; arrays of shape (n,).

    `people`: float, NaN where unknown. `basis`: where each number comes from: "reported" by the village, shared
    out from its "township", from the "place", or "unknown".
    """

    codes: NDArray[np.object_]
    people: NDArray[np.float64]
    basis: NDArray[np.object_]

    @property
    def estimated(self) -> NDArray[np.bool_]:
        """Which numbers nobody reported: bool, shape (n,)."""
        shared: NDArray[np.bool_] = (self.basis == "township") | (self.basis == "place")
        return shared

    @property
    def total(self) -> float:
        """All known people, estimated ones included."""
        return float(np.nansum(self.people))


def village_population(layers: Layers, place: Place) -> Population:
    """Return the resident population of every village, with what it rests on."""
    villages = layers["villages"].sort_values("code")
    townships = layers["townships"]
    codes = villages["code"].to_numpy(object)
    people = _numbers(villages["population"])
    basis: NDArray[np.object_] = np.where(np.isnan(people), "unknown", "reported").astype(object)
    home = villages["township_code"].to_numpy(object)
    told = _numbers(townships["population"]).tolist()
    known: dict[str, float] = {
        code: number for code, number in zip(townships["code"], told, strict=True) if not np.isnan(number)
    }
    for code, number in sorted(known.items()):
        _share(people, basis, home == code, number, "township")
    if place.population is not None and not np.isnan(people).all():
        # A township with a number has said all of its people, also those that its villages left out.
        apart = sum(max(number, float(np.nansum(people[home == code]))) for code, number in known.items())
        others = ~np.isin(home, list(known))
        _share(people, basis, others, place.population - apart, "place")
    elif place.population is not None:
        _share(people, basis, np.ones(len(people), dtype=bool), place.population, "place")
    return Population(codes, people, basis)


def _numbers(column: pd.Series) -> NDArray[np.float64]:
    return np.asarray(column.astype("Float64").to_numpy(float, na_value=np.nan), dtype=np.float64)


def _share(
    people: NDArray[np.float64], basis: NDArray[np.object_], part: NDArray[np.bool_], total: float, name: Basis
) -> None:
    """Share out what a total leaves to the villages of a part that have no number, in place."""
    blank = np.flatnonzero(part & np.isnan(people))
    left = int(total - np.nansum(people[part]))
    if not len(blank) or left < len(blank):
        return
    each, more = divmod(left, len(blank))
    people[blank] = each
    people[blank[:more]] += 1  # in code order
    basis[blank] = name
