"""Facilities of several reports worked out all at once say the same as one by one, on every day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.months import Month
from geo.store import NewBatch, Store, history
from geo.store.tangles import split
from tests.stored import fresh_store
from tests.support import PLACE, RIVER, TOWN, WILLOW_RIVER, WILLOW_TOWN

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from geo.layers import Layers

Row = dict[str, Any]
MADE = f"XC-{WILLOW_RIVER}-abcdef"
UNITS = st.sampled_from([WILLOW_RIVER, WILLOW_RIVER, WILLOW_RIVER, WILLOW_TOWN])
DAYS = st.integers(1, 4).map(lambda n: date(2022, 2 * n, 1))
NUMBERS: dict[str, list[tuple[str, str | None]]] = {
    "boards": [("A", "甲"), ("A", None), ("B", "乙"), (MADE, None), (f"{MADE}-2", None), (MADE, "丙")],
    "schools": [("A", "甲校"), (f"XX-{WILLOW_RIVER}-abcdef", "乙校"), (f"XX-{WILLOW_TOWN}-abcdee", "乙校")],
    "bases": [("A", "甲"), ("B", None), ("B", "乙")],
    "activities": [("A", "甲"), (f"HD-{PLACE}-abcdef", "乙"), (f"HD-{RIVER}-abcdee", "乙")],
    "figures": [("A", None), ("B", None)],
}
DATE = st.one_of(st.none(), st.dates(date(2021, 12, 20), date(2022, 9, 10)))


def blank(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


FACTS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "boards": {
        "length_m": blank(st.integers(1, 3).map(float)),
        "sharing": blank(st.just("shared")),
        "serves": blank(st.just([TOWN])),
        "built_on": DATE,
        "month_only": st.sampled_from([None, None, False, True]),
        "closed_on": st.one_of(st.none(), st.none(), DATE),
        "updates": blank(st.lists(st.one_of(DATE.filter(bool), st.just(Month(2022, 3, 1))), max_size=2).map(sorted)),
        "last_only": st.booleans(),
        "geometry": blank(st.integers(1, 3).map(lambda n: shapely.Point(100 + n, 30))),
        "datum": st.sampled_from([None, "gcj02"]),
    },
    "schools": {"lab": blank(st.booleans()), "students": blank(st.integers(1, 3)), "closed_on": DATE},
    "bases": {"titled_on": DATE, "expires_on": DATE, "level": blank(st.just("county"))},
    "activities": {"date": st.just(date(2022, 3, 5)), "attendance": blank(st.integers(1, 3))},
    "figures": {"task": st.just(7), "item": st.just("人数"), "value": blank(st.integers(1, 3)), "as_of": DATE},
}


def reports(layer: str) -> st.SearchStrategy[list[Row]]:
    """Lists of a layer, each of one day; a list without records says that a unit has none."""
    record = st.fixed_dictionaries({"who": st.sampled_from(NUMBERS[layer]), "unit": UNITS, **FACTS[layer]})
    told = st.lists(record, max_size=3, unique_by=lambda row: row["who"][0])
    return st.lists(st.fixed_dictionaries({"day": DAYS, "records": told, "unit": UNITS}), min_size=2, max_size=5)


def write(store: Store, layer: str, told: list[Row]) -> None:
    for n, one in enumerate(told):
        source = {"file": f"{n}.xlsx", "sheet": None, "row": 2}
        records = []
        for row in one["records"]:
            facts = {name: value for name, value in row.items() if name not in ("who", "unit")}
            if facts.get("month_only"):
                facts["built_on"] = (facts["built_on"] or one["day"]).replace(day=1)
            if "updates" in facts:
                facts["last_only"] = bool(facts["updates"]) and facts["last_only"]
            number, name = row["who"]
            records.append({"id": number, "name": name, "unit_code": row["unit"], **source, **facts})
        none = [] if records else [{"layer": layer, "unit_code": one["unit"], **source}]
        store.write(NewBatch("a.xlsx", str(n), layer, received_on=one["day"], records={layer: records}, none=none))


def plain(layers: Layers, layer: str) -> tuple[pd.DataFrame, Any, Any]:
    table = pd.DataFrame(layers[layer]).assign(geometry=layers[layer].geometry.to_wkt())
    return table.reset_index(drop=True), dict(layers.earlier), dict(layers.whole_until)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_all_at_once_says_what_one_by_one_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: Any) -> None:
    layer = data.draw(st.sampled_from([*FACTS, "boards", "boards"]))
    store = fresh_store(tmp_path / "k.db")
    write(store, layer, data.draw(reports(layer)))
    whole = store.layers()
    with monkeypatch.context() as patched:
        patched.setattr(history, "split", lambda layer, reports, force: (reports.take(NOBODY),) * 2 + (reports,))
        slow = store.layers()
    for day in (None, date(2022, 1, 1), *(date(2022, 2 * n, 15) for n in range(1, 5))):
        mine, theirs = (plain(found.on(day) if day else found, layer) for found in (whole, slow))
        pd.testing.assert_frame_equal(mine[0], theirs[0])
        assert mine[1:] == theirs[1:]
    store.close()


def test_facilities_of_one_number_stand_in_order_of_their_units(tmp_path: Path) -> None:
    """A number that a list made up may come back in another unit: which list told it first doesn't matter."""
    store = fresh_store(tmp_path / "k.db")
    rows = [{"unit": WILLOW_TOWN, "who": (MADE, None)}, {"unit": WILLOW_RIVER, "who": (f"{MADE}-2", None)}]
    write(store, "boards", [{"day": date(2022, 2, 1), "records": [], "unit": WILLOW_RIVER}])
    write(store, "boards", [{"day": date(2022, 2, 1), "records": rows, "unit": WILLOW_RIVER}])
    known = store.layers()["boards"]
    assert known[["id", "unit_code"]].to_numpy().tolist() == [[MADE, WILLOW_RIVER], [MADE, WILLOW_TOWN]]


NOBODY = pd.array([], dtype="int64").to_numpy(dtype="int64")


def test_most_facilities_are_worked_out_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a none of another unit nor a nameless board elsewhere makes them a case of their own."""
    store = fresh_store(tmp_path / "k.db")
    board: Row = {"unit": WILLOW_RIVER, "length_m": 2.0}
    others = [{"unit": WILLOW_TOWN, "who": (MADE, None)}, {"unit": WILLOW_TOWN, "who": ("C", "丁")}]
    first = [{**board, "who": NUMBERS["boards"][0]}, {**board, "who": NUMBERS["boards"][2]}]
    for month in (2, 4):
        write(store, "boards", [{"day": date(2022, month, 1), "records": [*first, *others], "unit": RIVER}])
    write(store, "boards", [{"day": date(2022, 6, 1), "records": [], "unit": RIVER}])
    seen: dict[str, list[int]] = {}

    def counted(layer: Any, reports: Any, force: Any) -> Any:
        parts = split(layer, reports, force)
        seen[layer.name] = [len(part) for part in parts]
        return parts

    monkeypatch.setattr(history, "split", counted)
    assert len(store.layers()["boards"]) == 4
    assert seen["boards"] == [0, 4, 4]
