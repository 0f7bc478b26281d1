"""A part of the place read by index is the whole read and cut, whatever moved, is shared or looks alike."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from geo.parts import Part
from geo.schema import LAYERS
from geo.store import NewBatch, Store
from geo.store.choosing import chosen_base, chosen_none, chosen_records
from geo.store.engine import connect
from geo.store.tables import base_tables, record_tables, reported_none
from tests.stored import fresh_store
from tests.support import (
    EAST,
    PLACE,
    RIVER,
    STATION,
    TOWN,
    VILLAGE_ZONE,
    WILLOW_RIVER,
    WILLOW_TOWN,
    finding,
    judged,
)  # fmt: skip

if TYPE_CHECKING:
    from pathlib import Path

    from geo.layers import Layers

Row = dict[str, Any]
UNITS = st.sampled_from([WILLOW_RIVER, WILLOW_TOWN, RIVER, "990101001001", VILLAGE_ZONE])
DAYS = st.integers(1, 3).map(lambda n: date(2022, 2 * n, 1))
HERE = (102.0, 30.1, 102.08, 30.2)
POINTS = st.sampled_from([None, shapely.Point(102.05, 30.18), shapely.Point(103.5, 31.0)])
IDS = ["A", "B", f"XC-{WILLOW_RIVER}-abcdef", f"XC-{WILLOW_RIVER}-abcdef-2", f"XC-{WILLOW_TOWN}-abcdee"]


def blank(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


FACTS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "boards": {"serves": blank(st.lists(UNITS, max_size=2)), "length_m": blank(st.just(2.0))},
    "schools": {"lab": blank(st.booleans())},
    "bases": {"level": blank(st.just("county"))},
    "activities": {"date": st.sampled_from([date(2022, 1, 5), date(2022, 1, 6), date(2022, 3, 5)]),
                   "reaches": blank(st.lists(UNITS, max_size=2))},
}  # fmt: skip
PREFIX = {"boards": "XC", "schools": "XX", "bases": "JD", "activities": "HD"}


def batches(layer: str) -> st.SearchStrategy[list[Row]]:
    """Lists of a layer, each of one day; without records, it says that a unit has none."""
    number = st.sampled_from(IDS).map(lambda of: of.replace("XC", PREFIX[layer]))
    names = st.sampled_from([None, "甲", "乙"])
    record = st.fixed_dictionaries(
        {"id": number, "name": names, "unit_code": UNITS, "geometry": POINTS, **FACTS[layer]}
    )
    told = st.lists(record, max_size=4, unique_by=lambda row: row["id"])
    complete = st.sampled_from([None, None, RIVER, TOWN, PLACE])
    one = st.fixed_dictionaries({"day": DAYS, "records": told, "unit": UNITS, "complete": complete})
    return st.lists(one, min_size=1, max_size=5)


def write(store: Store, layer: str, told: list[Row]) -> None:
    for n, one in enumerate(told):
        source = {"file": f"{n}.xlsx", "sheet": None, "row": 2}
        records = {layer: [row | source for row in one["records"]]}
        none = [] if one["records"] else [{"layer": layer, "unit_code": one["unit"], **source}]
        whole = [{"layer": layer, "scope_code": one["complete"], **source}] if one["complete"] else []
        batch = NewBatch("a.xlsx", str(n), layer, received_on=one["day"], records=records, none=none, complete=whole)
        store.write(batch)
    people = {
        "id": "DW-1",
        "unit_code": WILLOW_RIVER,
        "name": None,
        "population": 7,
        "row": 2,
        "file": "p",
        "sheet": None,
    }
    store.write(NewBatch("p", "p", "villages", received_on=date(2022, 3, 1), records={"villages": [people]}))


def bare(table: Any) -> pd.DataFrame:
    told = pd.DataFrame(table).assign(geometry=table.geometry.to_wkt())
    return told.reset_index(drop=True)


def same(mine: Layers, theirs: Layers) -> None:
    """Stop unless both hold the same, whatever the rows' labels are."""
    assert mine.as_of == theirs.as_of
    for field in dataclasses.fields(mine):
        one, other = getattr(mine, field.name), getattr(theirs, field.name)
        if field.name in ("tables", "closed"):
            assert one.keys() == other.keys()
            for name in one:
                pd.testing.assert_frame_equal(bare(one[name]), bare(other[name]))
        elif field.name in ("none", "complete"):
            here, there = (table.reset_index(drop=True).astype(object) for table in (one, other))
            pd.testing.assert_frame_equal(here, there)
        elif field.name not in ("past", "whole", "part"):
            assert one == other, field.name


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_part_is_the_whole_cut(tmp_path: Path, backend: str, data: Any) -> None:
    layer = data.draw(st.sampled_from(["boards", "boards", *FACTS]))
    store = fresh_store(tmp_path / "k.db")
    write(store, layer, data.draw(batches(layer)))
    if data.draw(st.booleans()):
        store.undo(1)
    whole = store.layers()
    part = data.draw(st.sampled_from([Part(RIVER), Part(RIVER), Part(TOWN), Part(bbox=HERE), Part(RIVER, HERE)]))
    mine = store.layers(township=part.township, bbox=part.bbox)
    same(mine, part.of(whole))
    for day in (date(2022, 2, 15), date(2022, 4, 1)):
        same(mine.on(day), part.of(whole.on(day)))
    same(mine.on(day).on(date(2022, 2, 15)), mine.on(date(2022, 2, 15)))
    store.close()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county with a station in one township that serves a village of another."""
    made = fresh_store(tmp_path / "k.db")
    source = {"file": "a.xlsx", "sheet": None, "row": 2}
    station = {"id": "ZD-1", "unit_code": WILLOW_TOWN, "name": "站", "serves": [WILLOW_RIVER], "sharing": "shared"}
    made.write(
        NewBatch("a.xlsx", "0", "stations", received_on=date(2022, 3, 1), records={"stations": [station | source]})
    )
    return made


def test_a_township_is_judged_by_its_part_as_by_the_whole(store: Store) -> None:
    day = date(2022, 10, 31)
    part = store.layers(township=RIVER, as_of=day)
    assert list(part["stations"]["unit_code"]) == [WILLOW_TOWN]
    assert set(part["townships"]["code"]) == {RIVER}
    mine, whole = (finding(judged(STATION, layers), WILLOW_RIVER) for layers in (part, store.layers()))
    assert {**mine, "reason": ""} == {**whole, "reason": ""}  # what lies outside has no name in a part
    assert mine["state"] == "met"
    assert not len(store.layers(township=EAST)["stations"])


def test_a_township_is_found_by_index(store: Store) -> None:
    part = Part(RIVER)
    with connect(store.url).connect() as connection:
        asked = [(reported_none, chosen_none(part, ()))]
        asked += [(base_tables[name], chosen_base(connection, name, part)) for name in base_tables]
        asked += [(record_tables[n], chosen_records(connection, LAYERS[n], part, ())) for n in ("stations", "boards")]
        seen: list[str] = []
        for table, conditions in asked:
            for condition in conditions:
                seen += plan(connection, select(table).where(condition))
        assert len(seen) == 4
        assert all("SEARCH" in step and "INDEX" in step for step in seen)


def test_what_serves_a_township_is_sought_among_the_shared_alone(store: Store) -> None:
    """The query is the one that the program runs, taken as it goes to the database."""
    from sqlalchemy import event

    engine = connect(store.url)
    said: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda c, cursor, text, values, *_: said.append((text, values)))
    with engine.connect() as connection:
        chosen_records(connection, LAYERS["stations"], Part(RIVER), ())
        steps = [
            " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values))
            for text, values in list(said)
            if text.startswith("SELECT")
        ]
    assert len(steps) == 3
    assert any("ix_stations_links" in step for step in steps)
    assert not any("SCAN stations" in step and "INDEX" not in step for step in steps)
    engine.dispose()


def plan(connection: Any, query: Any) -> list[str]:
    text = query.compile(connection, compile_kwargs={"literal_binds": True})
    return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
