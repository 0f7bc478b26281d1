"""People of villages: reported numbers stay, the rest adds up to what is known of more, nothing is invented."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from geo.layers import Layers
from geo.population import village_population
from tests.support import county

if TYPE_CHECKING:
    from geo.place import Place

COUNTY = county()
VILLAGES = len(COUNTY.villages)
NUMBER = st.one_of(st.none(), st.integers(0, 500))


def told(villages: list[int | None], townships: list[int | None], total: int | None) -> tuple[Layers, Place]:
    tables: dict[str, Any] = {}
    for name, numbers in (("villages", villages), ("townships", townships)):
        table = getattr(COUNTY, name).sort_values("code", ignore_index=True)
        tables[name] = table.assign(population=pd.array(numbers, dtype="Int64"))
    return Layers(tables), replace(COUNTY, population=total)


def test_what_a_township_leaves_is_shared_equally() -> None:
    table = COUNTY.villages.sort_values("code", ignore_index=True)
    home = table["township_code"].iloc[0]
    mine = np.flatnonzero(table["township_code"] == home)
    villages: list[int | None] = [None] * VILLAGES
    villages[mine[0]] = 100
    townships = [100 + 10 * (len(mine) - 1) + 1 if code == home else None for code in sorted(COUNTY.townships["code"])]
    found = village_population(*told(villages, townships, None))
    assert found.people[mine].tolist() == [100, 11, *[10] * (len(mine) - 2)]
    assert found.basis[mine].tolist() == ["reported", *["township"] * (len(mine) - 1)]
    others = np.setdiff1d(np.arange(VILLAGES), mine)
    assert np.isnan(found.people[others]).all()
    assert set(found.basis[others]) == {"unknown"}


def test_numbers_that_contradict_each_other_leave_the_rest_unknown() -> None:
    found = village_population(*told([1000] + [None] * (VILLAGES - 1), [None] * len(COUNTY.townships), 1000))
    assert found.basis.tolist() == ["reported"] + ["unknown"] * (VILLAGES - 1)


@given(
    st.lists(NUMBER, min_size=VILLAGES, max_size=VILLAGES),
    st.lists(
        st.one_of(st.none(), st.integers(0, 5000)), min_size=len(COUNTY.townships), max_size=len(COUNTY.townships)
    ),
    st.one_of(st.none(), st.integers(0, 50_000)),
)
def test_reported_numbers_stay_and_totals_are_kept(
    villages: list[int | None], townships: list[int | None], total: int | None
) -> None:
    layers, place = told(villages, townships, total)
    found = village_population(layers, place)
    reported = np.array([number is not None for number in villages])
    assert found.people[reported].tolist() == [number for number in villages if number is not None]
    assert (found.basis[reported] == "reported").all()
    assert not found.estimated[reported].any()
    assert (np.isnan(found.people) == (found.basis == "unknown")).all()
    homes = layers["villages"]["township_code"].to_numpy(object)
    for code, number in zip(layers["townships"]["code"], townships, strict=True):
        if (found.basis[homes == code] == "township").any():
            assert found.people[homes == code].sum() == number
    if total is not None and (found.basis == "place").any():
        assert found.total <= total
