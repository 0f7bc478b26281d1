"""The store: transactions, superseding and undo, many writers, and what never leaves it."""

from __future__ import annotations

import multiprocessing
import sqlite3
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import PlanError, StoreExists, StoreMissing, StoreUnusable
from geo.schema import LAYERS
from geo.store import NewBatch, Store, bulk, writing
from geo.store.engine import connect
from tests.stored import fresh_store, schema_differences, store_url
from tests.support import RIVER, TOWN, WILLOW_RIVER, WILLOW_TOWN, county, county_plan_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("backend")
Row = dict[str, Any]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county, without facilities."""
    return fresh_store(tmp_path / "库 1.db")


def station(record_id: str, unit: str = WILLOW_RIVER, **values: Any) -> Row:
    return {"id": record_id, "unit_code": unit, "name": record_id, "file": "a.xlsx", "sheet": None, "row": 2} | values


def bring(store: Store, *records: Row, none: tuple[str, ...] = (), file: str = "a.xlsx") -> int:
    said = [{"layer": "stations", "unit_code": unit, "file": file, "sheet": None, "row": 9} for unit in none]
    return store.write(NewBatch(file=file, sha256="0", layer="stations", records={"stations": records}, none=said))


def in_force(store: Store) -> dict[str, int]:
    """id → batch of the stations in force."""
    table = store.layers()["stations"]
    return dict(zip(table["id"], table["batch"], strict=True))


# ── opening ──────────────────────────────────────────────────────────────────


def test_place_and_plan_come_back_as_they_went_in(store: Store) -> None:
    place = store.place()
    assert place.boundary is not None
    assert place.boundary.equals(county().boundary)
    for name in ("townships", "villages"):
        before, after = getattr(county(), name), getattr(place, name)
        assert after.crs == before.crs
        assert after.drop(columns="geometry").equals(before.drop(columns="geometry"))
        assert after.geometry.geom_equals(before.geometry).all()
    assert place.names.equals(county().names)
    assert (place.demo_as_of, place.population, place.maker) == (county().demo_as_of, 26700, "测试")
    assert store.plan().plan.id == "yunling-2022"


@pytest.mark.sqlite
def test_stores_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing, match="没有数据库"):
        Store.open(store_url(tmp_path / "没有.db"))
    assert not (tmp_path / "没有.db").exists()
    (tmp_path / "文本.db").write_text("这不是数据库，只是一些文字。" * 100, encoding="utf-8")
    (tmp_path / "空.db").write_bytes(b"")
    with sqlite3.connect(tmp_path / "别人的.db") as other:
        other.execute("CREATE TABLE t (a)")
    other.close()
    for name in ("文本.db", "空.db", "别人的.db"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(StoreUnusable):
            Store.open(store_url(tmp_path / name))
        assert (tmp_path / name).read_bytes() == before


@pytest.mark.sqlite
@pytest.mark.parametrize("url", ["kepu.db", "", "nosuch://x", "sqlite://", "://"])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises((StoreUnusable, StoreMissing)):
        Store.open(url)


@pytest.mark.sqlite
def test_a_password_is_never_printed() -> None:
    with pytest.raises(StoreUnusable) as caught:
        Store.open("nosuch://someone:s3cret@host/kepu")
    assert "s3cret" not in str(caught.value)


@pytest.mark.sqlite
def test_a_store_in_a_folder_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="路径"):
        Store.create(store_url(tmp_path / "无" / "k.db"), county(), county_plan_text())


def test_a_second_store_is_not_put_over_the_first(store: Store) -> None:
    with pytest.raises(StoreExists):
        Store.create(store.url, county(), county_plan_text())


@pytest.mark.sqlite
def test_a_faulty_plan_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(PlanError):
        Store.create(store_url(tmp_path / "k.db"), county(), "[plan]\n")
    assert not (tmp_path / "k.db").exists()


def test_a_store_of_a_newer_program(store: Store) -> None:
    with connect(store.url).begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnusable, match="更新版本"):
        Store.open(store.url)


def test_migrations_make_the_tables_that_the_program_reads(store: Store) -> None:
    with connect(store.url).connect() as connection:
        assert schema_differences(connection) == []


# ── one transaction ──────────────────────────────────────────────────────────


def test_a_failure_in_the_middle_stores_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(store, station("a"))
    before = store.version(), in_force(store), store.batches()
    original = bulk.insert_rows

    def failing(connection: Any, table: Any, rows: Any, **same: Any) -> Any:
        if table.name == "reported_none":
            msg = "power cut"
            raise RuntimeError(msg)
        return original(connection, table, rows, **same)

    monkeypatch.setattr(writing, "insert_rows", failing)
    with pytest.raises(RuntimeError, match="power cut"):
        bring(store, station("a", area_m2=5.0), station("b"), none=(WILLOW_TOWN,))
    monkeypatch.undo()
    assert (store.version(), in_force(store), store.batches()) == before


def test_a_record_that_the_database_refuses_takes_its_batch_along(store: Store) -> None:
    with pytest.raises(StoreUnusable):
        bring(store, station("a"), station("b", row=None))
    assert not store.batches()
    assert not in_force(store)


def test_version_changes_with_every_write(store: Store) -> None:
    seen = [store.version(), store.version()]
    assert seen[0] == seen[1]
    seen = [store.version()]
    for change in (
        lambda: bring(store, station("a")),
        lambda: bring(store),
        lambda: store.undo(1),
        lambda: store.replace_plan(county_plan_text() + "\n"),
    ):
        change()
        seen.append(store.version())
    assert len(set(seen)) == len(seen)


def _write_many(url: str, writer: int, count: int, failed: Any) -> None:
    try:
        store = Store.open(url)
        for n in range(count):
            bring(store, station(f"{writer}-{n}"), station("everybody's", area_m2=float(n)))
            store.version()
    except Exception as error:  # whatever it is, the parent must hear of it
        failed.put(f"{writer}: {error}")


def test_many_writers_queue_and_none_fails(store: Store) -> None:
    context = multiprocessing.get_context("spawn")
    failed = context.Queue()
    writers = [context.Process(target=_write_many, args=(store.url, n, 15, failed)) for n in range(4)]
    for process in writers:
        process.start()
    for process in writers:
        process.join(timeout=120)
        assert process.exitcode == 0
    assert failed.empty()
    assert [batch.batch for batch in store.batches()] == list(range(1, 61))
    found = in_force(store)
    assert len(found) == 61
    assert found["everybody's"] == 60


# ── superseding and undo ─────────────────────────────────────────────────────


def test_a_newer_report_of_a_facility_supersedes_the_older(store: Store) -> None:
    bring(store, station("a", area_m2=1.0), station("b"))
    bring(store, station("a", area_m2=2.0))
    assert in_force(store) == {"a": 2, "b": 1}
    store.undo(2)
    assert in_force(store) == {"a": 1, "b": 1}


def test_undoing_the_middle_of_a_chain_does_not_wake_the_oldest(store: Store) -> None:
    for _ in range(3):
        bring(store, station("a"))
    store.undo(2)
    assert in_force(store) == {"a": 3}
    store.undo(3)
    assert in_force(store) == {"a": 1}
    store.undo(1)
    assert in_force(store) == {}


def test_a_newer_none_supersedes_the_unit_s_older_facilities(store: Store) -> None:
    bring(store, station("a"), station("b", unit=WILLOW_TOWN))
    bring(store, none=(WILLOW_RIVER,))
    assert in_force(store) == {"b": 1}
    bring(store, station("a"))
    assert in_force(store) == {"a": 3, "b": 1}
    store.undo(2)
    assert in_force(store) == {"a": 3, "b": 1}
    store.undo(3)
    assert in_force(store) == {"a": 1, "b": 1}


def _expected(history: list[tuple[frozenset[str], frozenset[str]]], undone: set[int]) -> dict[str, int]:
    """What must be in force, worked out from the start: each batch reports ids of one unit each, or none of it."""
    found: dict[str, int] = {}
    for number, (ids, none) in enumerate(history, start=1):
        if number not in undone:
            found = {name: batch for name, batch in found.items() if name not in none}
            found |= dict.fromkeys(ids, number)
    return found


UNITS = {"a": WILLOW_RIVER, "b": WILLOW_TOWN, "c": TOWN}
BATCH = st.tuples(st.frozensets(st.sampled_from(sorted(UNITS))), st.frozensets(st.sampled_from(sorted(UNITS))))


@pytest.mark.sqlite
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(BATCH, min_size=1, max_size=5), st.data())
def test_undo_in_any_order_gives_what_the_rest_would_have_given(
    tmp_path: Path, batches: list[Any], data: st.DataObject
) -> None:
    history = [(ids, none - ids) for ids, none in batches]
    store = fresh_store(tmp_path / "k.db")
    for ids, none in history:
        bring(store, *(station(name, UNITS[name]) for name in sorted(ids)), none=tuple(UNITS[n] for n in sorted(none)))
    order = data.draw(st.permutations(range(1, len(history) + 1)))
    undone: set[int] = set()
    assert in_force(store) == _expected(history, undone)
    for number in order:
        store.undo(number)
        undone.add(number)
        assert in_force(store) == _expected(history, undone)


@pytest.mark.parametrize("order", list(permutations((1, 2))))
def test_none_and_complete_lists_go_with_their_batch(store: Store, order: tuple[int, int]) -> None:
    for unit in (RIVER, TOWN):
        said = {"layer": "boards", "file": "a.xlsx", "sheet": None, "row": 1}
        store.write(
            NewBatch("a.xlsx", "0", "boards", none=[said | {"unit_code": unit}], complete=[said | {"scope_code": unit}])
        )
    for left, number in zip((1, 0), order, strict=True):
        store.undo(number)
        layers = store.layers()
        assert len(layers.none) == len(layers.complete) == left


def test_undo_is_a_batch_that_can_not_be_undone(store: Store) -> None:
    bring(store, station("a"))
    number = store.undo(1)
    assert [(b.batch, b.kind, b.undone_by) for b in store.batches()] == [(1, "import", number), (2, "undo", None)]
    for wanted in (1, number, 99, 0, -1):
        with pytest.raises(StoreUnusable, match="撤销"):
            store.undo(wanted)
    assert len(store.batches()) == 2


# ── what comes out ───────────────────────────────────────────────────────────


def test_private_columns_are_stored_and_never_leave(store: Store) -> None:
    bring(store, station("a", person="某人甲", phone="13900000000"))
    with connect(store.url).connect() as connection:
        assert connection.execute(sa.text("SELECT person, phone FROM stations")).one() == ("某人甲", "13900000000")
    private = {column.name for layer in LAYERS.values() for column in layer.columns if column.private}
    assert private == {"person", "phone"}
    for layer in LAYERS:
        assert not private & set(store.layers()[layer].columns)
    assert "某人甲" not in store.layers()["stations"].to_json()


HOSTILE = "${x}</script><img onerror=alert(1)>`\u202e' OR 1=1; DROP TABLE stations;--\n=1+1 \U0001f4a1 㙍"


def test_hostile_text_survives_as_it_is(store: Store) -> None:
    bring(store, station("a", name=HOSTILE, host=HOSTILE), file=HOSTILE)
    table = store.layers()["stations"]
    assert list(table["name"]) == list(table["host"]) == [HOSTILE]
    assert store.batches()[0].file == HOSTILE


def test_the_newest_population_wins(store: Store) -> None:
    def report(unit: str, population: int) -> None:
        row = station(f"DW-{unit}", unit, population=population)
        store.write(NewBatch("a.xlsx", "0", "villages", records={"villages": [row]}))

    before = store.layers()["villages"].set_index("code")["population"]
    report(WILLOW_RIVER, 5)
    report(WILLOW_RIVER, 6)
    after = store.layers()["villages"].set_index("code")["population"]
    assert after[WILLOW_RIVER] == 6
    assert after.drop(WILLOW_RIVER).equals(before.drop(WILLOW_RIVER))
    store.undo(2)
    assert store.layers()["villages"].set_index("code")["population"][WILLOW_RIVER] == 5


@pytest.mark.parametrize("change", [lambda store: store.undo(1), lambda store: bring(store, station("b"))])
def test_two_open_stores_see_each_other(store: Store, change: Callable[[Store], int]) -> None:
    bring(store, station("a"))
    other = Store.open(store.url)
    before = other.version()
    change(store)
    assert other.version() != before


@pytest.mark.sqlite
def test_a_store_that_cannot_be_filled_is_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        msg = "disk full"
        raise OSError(msg)

    monkeypatch.setattr(writing, "write_place", fail)
    path = tmp_path / "half.db"
    with pytest.raises(OSError, match="disk full"):
        Store.create(store_url(path), county(), county_plan_text())
    assert not path.exists()
