"""After a write only what it told of is read and judged again: the same, day by day, as if all were."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from pandas.testing import assert_frame_equal
from shapely import Point

from api.snapshots import Snapshots
from geo.assess import assess, reads, reassess
from geo.plans.rules import read_plan
from geo.schema import LAYERS
from geo.store import NewBatch, Store, clock
from geo.store.copying import copy_store
from geo.store.files import sqlite_url
from tests.stored import fresh_store
from tests.support import EAST, RIVER, TOWN, VILLAGES, WILLOW_RIVER, WILLOW_TOWN, county_plan_text

if TYPE_CHECKING:
    from pathlib import Path

    from geo.layers import Layers

Row = dict[str, Any]
DAY = date(2022, 10, 31)
DAYS = (date(2022, 3, 31), date(2022, 6, 30), DAY)
JUNE, OCTOBER = date(2022, 6, 15), date(2022, 10, 20)
SOURCE = {"file": "a.xlsx", "sheet": None, "row": 2}

WRITES: list[tuple[str, dict[str, Any]]] = [
    ("stations", {"id": "ZD-1", "unit_code": VILLAGES[0], "name": "站", "built_on": date(2020, 1, 1)}),
    ("boards", {"id": "LP-1", "unit_code": VILLAGES[0], "updates": (date(2022, 5, 1),), "last_only": True}),
    ("stations", {"id": "ZD-1", "unit_code": VILLAGES[0], "name": "站", "sharing": "shared", "serves": (VILLAGES[2],)}),
    ("boards", {"id": "LP-1", "unit_code": VILLAGES[0], "updates": (date(2022, 5, 1), date(2022, 9, 1))}),
    ("boards", {"id": "LP-2", "unit_code": TOWN, "name": "街栏", "geometry": Point(102.05, 30.06)}),
    ("schools", {"id": "X-1", "unit_code": TOWN, "name": "一小", "run_by_city": True, "lab": False}),
    ("schools", {"id": "X-1", "unit_code": TOWN, "name": "一小", "run_by_city": True, "lab": True}),
    ("bases", {"id": "J-1", "unit_code": TOWN, "name": "基地", "kind": "education", "titled_on": date(2020, 1, 1)}),
    ("associations", {"id": "H-1", "unit_code": TOWN, "name": "协会", "registered": True}),
    ("activities", {"id": "A-1", "unit_code": TOWN, "date": date(2022, 5, 1), "kind": "lecture",
                    "reaches": (WILLOW_TOWN,)}),
    ("figures", {"id": "F-1", "unit_code": "990101000000", "task": 5, "item": "投诉件数", "value": 1.0,
                 "unit_of_measure": "件"}),
    ("communicators", {"id": "K-1", "unit_code": VILLAGES[1], "name": "员", "count": 1}),
    ("villages", {"id": VILLAGES[1], "unit_code": VILLAGES[1], "population": 1234}),
    ("stations", {"id": "ZD-2", "unit_code": EAST, "name": "闭", "built_on": date(2020, 1, 1),
                  "closed_on": date(2022, 8, 1)}),
]  # fmt: skip


@pytest.fixture
def store(backend: str, tmp_path: Path) -> Store:
    assert backend
    return fresh_store(tmp_path / "k.db")


def bring(store: Store, layer: str, row: Row, came: date = OCTOBER) -> int:
    return store.write(NewBatch("a.xlsx", "0", layer, received_on=came, records={layer: [SOURCE | row]}))


def everything(store: Store) -> Any:
    """One write after another: rows of every layer, none, a complete list, what is taken back, several at once."""
    for number, (layer, row) in enumerate(WRITES):
        came = JUNE if number % 3 == 0 else OCTOBER
        yield layer, bring(store, layer, row, came)
    none = {"layer": "stations", "unit_code": WILLOW_RIVER, **SOURCE}
    yield "none", store.write(NewBatch("a.xlsx", "0", "stations", received_on=OCTOBER, none=[none]))
    whole = {"layer": "boards", "scope_code": TOWN, **SOURCE}
    yield "complete", store.write(NewBatch("a.xlsx", "0", "boards", received_on=OCTOBER, complete=[whole]))
    for number in (3, 1, 13):
        yield f"undone {number}", store.undo(number)
    for layer, row in WRITES[:3]:
        bring(store, layer, row | {"unit_code": RIVER, "id": f"{row['id']}b"})
    yield "several", 0
    store.replace_plan(county_plan_text().replace("threshold = 0.9", "threshold = 0.8"))
    yield "plan", 0


def same(found: Layers, plain: Layers) -> None:
    """Two readings say the same."""
    assert list(found.tables) == list(plain.tables)
    for name, table in plain.tables.items():
        assert_frame_equal(found.tables[name], table)
    for one, other in ((found.none, plain.none), (found.complete, plain.complete)):
        assert_frame_equal(one, other)
    for name in ("whole_until", "earlier", "days", "told_first", "store_id", "known_on", "part"):
        assert getattr(found, name) == getattr(plain, name), name
    assert found.closed.keys() == plain.closed.keys()


def test_what_is_read_again_is_as_if_all_were(store: Store) -> None:
    older, touched = store.layers(), set[str]()
    for what, _ in everything(store):
        with store.reading() as seen:
            found = seen.layers(older=older)
        plain = store.layers()
        same(found, plain)
        for day in DAYS:
            same(found.on(day), plain.on(day))
        touched |= found.changed(older)
        assert found.changed(older) < set(LAYERS), what
        older = found
    assert touched == {layer for layer, _ in WRITES}


@pytest.mark.sqlite
def test_every_month_is_as_if_all_were_judged(store: Store) -> None:
    snapshots = Snapshots(lambda: store)
    for what, _ in everything(store):
        shot, plain = snapshots.at(DAY), store.layers()
        assert len(shot.months) == 8
        for day, judged in shot.months.items():
            expected = assess(plain, shot.plan, as_of=day, place_name=shot.place.name)
            assert judged.to_json() == expected.to_json(), (what, day)
        assert shot.facts == shot.assessment.to_dict(), what


@pytest.mark.sqlite
def test_only_rules_of_what_changed_are_judged(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, older = read_plan(county_plan_text()), store.layers()
    before = assess(older, plan, as_of=DAY)
    bring(store, "schools", WRITES[5][1])
    with store.reading() as seen:
        layers = seen.layers(older=older)
    assert layers.changed(older) == {"schools"}
    after = reassess(before, older, layers, plan)
    for old, new in zip(before.rules, after.rules, strict=True):
        assert (new is old) == ("schools" not in reads(new.rule)), new.rule.id
    assert {name for rule in plan.rules for name in reads(rule)} <= set(LAYERS)


@pytest.mark.sqlite
def test_nothing_is_taken_from_layers_that_may_be_others(store: Store, tmp_path: Path) -> None:
    bring(store, "stations", WRITES[0][1])
    whole, cut = store.layers(), store.layers(as_of=DAY)
    copy = sqlite_url(tmp_path / "copy.db")
    copy_store(store.url, copy)
    elsewhere = Store.open(copy)
    for older in (cut, store.layers(township=TOWN), elsewhere.layers()):
        with store.reading() as seen:
            found = seen.layers(older=older)
        same(found, whole)
        assert found.changed(older) == set(LAYERS)
    elsewhere.close()
    with store.reading() as seen:  # nor for a part, or a day of knowledge
        assert seen.layers(township=TOWN, older=whole).changed(whole) == set(LAYERS)
        assert seen.layers(known_on=clock.today(), older=whole).changed(whole) == set(LAYERS)


@pytest.mark.sqlite
def test_another_plan_is_judged_whole(store: Store) -> None:
    layers = store.layers()
    before = assess(layers, read_plan(county_plan_text()), as_of=DAY)
    other = read_plan(county_plan_text().replace("threshold = 0.9", "threshold = 0.1"))
    assert reassess(before, layers, layers, other).to_json() == assess(layers, other, as_of=DAY).to_json()
