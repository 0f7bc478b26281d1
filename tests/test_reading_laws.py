"""What a long list is read quickly by changes nothing: memory of alike cells, and points located all at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.intake import rows
from geo.intake.normalise import Normaliser
from geo.intake.positions import Positions
from geo.intake.table_positions import Judge
from tests.messy_lists import COLUMNS, UNITS, messy_list
from tests.support import county

if TYPE_CHECKING:
    from geo.crs import Datum
    from geo.intake.harvest import Harvest

LISTS = 25


def told(harvest: Harvest) -> dict[str, Any]:
    """All of a harvest, faults in their order."""
    found = dict(vars(harvest))
    records = {layer: [{**r, "geometry": str(r.get("geometry"))} for r in rs] for layer, rs in harvest.records.items()}
    return {**found, "records": records, "faults": list(harvest.faults), "townships": dict(harvest.townships)}


def read(layer: str, seed: int) -> dict[str, Any]:
    return told(Normaliser(county(), reported_on=date(2023, 1, 1)).read([messy_list(layer, seed)], layer))


@pytest.mark.parametrize("layer", COLUMNS)
def test_a_list_is_read_as_by_a_reader_without_memory(layer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = [read(layer, seed) for seed in range(LISTS)]
    monkeypatch.setattr(rows, "_REMEMBERED", 0)
    monkeypatch.setattr(Judge, "_located", lambda *_: iter(()))
    plain = [read(layer, seed) for seed in range(LISTS)]
    assert sum(len(one["faults"]) for one in quick) > LISTS
    assert sum(len(one["records"].get(layer, ())) for one in quick) > LISTS
    for one, other in zip(quick, plain, strict=True):
        assert one == other


near = st.tuples(st.sampled_from(UNITS), st.floats(-0.4, 0.4), st.floats(-0.4, 0.4)).map(
    lambda told: (float(told[0][3]) + told[1], float(told[0][4]) + told[2])
)
number = st.one_of(st.floats(), st.sampled_from([0.0, 2022.0, -87.3, 30.0, 105.0, 500_000.0, 3_300_000.0]))
spots = st.lists(st.one_of(near, near, st.tuples(number, number)), max_size=12)
PLACES = [Positions(county()), Positions(replace(county(), boundary=None))]


@pytest.mark.parametrize("positions", PLACES, ids=["outline", "villages"])
@given(spots=spots, datum=st.sampled_from(["cgcs2000", "wgs84", "gcj02", "bd09"]), units=st.randoms())
def test_points_are_located_together_as_one_by_one(
    positions: Positions, spots: list[tuple[float, float]], datum: Datum, units: Any
) -> None:
    codes = [units.choice(UNITS)[0] for _ in spots]
    together = positions.locate_all(np.array(spots, dtype=float).reshape(-1, 2), datum, codes)
    alone = [positions.locate(*spot, datum, code) for spot, code in zip(spots, codes, strict=True)]
    assert [odd for _, odd in together] == [odd for _, odd in alone]
    assert [shapely.to_wkb(point) for point, _ in together] == [shapely.to_wkb(point) for point, _ in alone]
