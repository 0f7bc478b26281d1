"""PostgreSQL alone: where a store may be made, what is told when it can't be used, and what its tables have."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from geo.errors import StoreError, StoreExists, StoreMissing, StoreUnusable
from geo.store import NewBatch, Store
from geo.store.checking import check_store
from geo.store.engine import connect
from tests.command_line import kepu
from tests.stored import fresh_store, on_postgres
from tests.support import WILLOW_RIVER, county, county_plan_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres import Cluster

STATION = {"id": "a", "unit_code": WILLOW_RIVER, "name": "站", "file": "a.xlsx", "sheet": None, "row": 2}


@pytest.fixture
def here(postgres: Cluster) -> Iterator[Cluster]:
    """The cluster; databases that stand for files are dropped at the end."""
    with on_postgres(postgres):
        yield postgres


@pytest.fixture
def store(here: Cluster, tmp_path: Path) -> Store:
    """A store of the county."""
    return fresh_store(tmp_path / "k.db")


def create(url: str) -> Store:
    return Store.create(url, county(), county_plan_text())


def refused(*arguments: str) -> str:
    """The one line that a command ends with."""
    done = kepu(*arguments)
    assert done.code == 2, (done.out, done.err)
    (line,) = done.lines
    assert line.startswith("错误：")
    assert not [
        word for word in ("Traceback", "geheim", "psycopg", "sqlalche", "SELECT") if word in done.err + done.out
    ]
    return line


# ── where a store may be made ────────────────────────────────────────────────


def test_a_plain_database_gets_postgis_and_takes_one_store(here: Cluster, tmp_path: Path) -> None:
    url = here.fresh(here.name(tmp_path), template="")
    with pytest.raises(StoreMissing, match="kepu init"):
        Store.open(url)
    store = create(url)
    assert store.place().boundary.equals(county().boundary)  # type: ignore[union-attr]
    for address in (url, url.replace("postgresql:", "postgresql+psycopg:")):
        with pytest.raises(StoreExists, match="空的数据库"):
            create(address)
        assert Store.open(address).plan().plan.id == "yunling-2022"


def test_a_schema_of_its_own(here: Cluster, tmp_path: Path) -> None:
    url = here.fresh(here.name(tmp_path))
    here.run("CREATE SCHEMA one", "CREATE SCHEMA two", database=here.name(tmp_path))
    urls = [f"{url}&options=-csearch_path%3D{schema},public" for schema in ("one", "two")]
    stores = [create(address) for address in urls]
    stores[0].write(NewBatch("a.xlsx", "0", "stations", records={"stations": [STATION]}))
    assert [len(Store.open(address).batches()) for address in urls] == [1, 0]
    assert check_store(urls[0]).faults == []
    with pytest.raises(StoreMissing):
        Store.open(url)
    with pytest.raises(StoreUnusable, match="search_path"):
        create(f"{url}&options=-csearch_path%3Dthree")


def test_what_others_keep_is_left_alone(here: Cluster, tmp_path: Path) -> None:
    url = here.fresh(here.name(tmp_path))
    here.run("CREATE TABLE alembic_version (version_num text)", database=here.name(tmp_path))
    with pytest.raises(StoreUnusable, match="不是本程序"):
        Store.open(url)
    with pytest.raises(StoreExists):
        create(url)
    here.run("DROP TABLE alembic_version", "CREATE VIEW v AS SELECT 1", database=here.name(tmp_path))
    with pytest.raises(StoreExists):
        create(url)


def test_a_store_that_fails_in_the_making_leaves_nothing(
    here: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        msg = "no power"
        raise RuntimeError(msg)

    url = here.fresh(here.name(tmp_path), template="")
    monkeypatch.setattr("geo.store.writing.write_place", fail)
    with pytest.raises(RuntimeError):
        create(url)
    monkeypatch.undo()
    create(url)


def test_two_who_make_a_store_at_once(here: Cluster, tmp_path: Path) -> None:
    url, start, said = here.fresh(here.name(tmp_path)), threading.Barrier(2), list[str]()

    def make() -> None:
        start.wait(30)
        try:
            create(url)
            said.append("made")
        except StoreError as error:
            said.append(type(error).__name__)

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(said) == ["StoreExists", "made"]


# ── what is told ─────────────────────────────────────────────────────────────


def test_who_may_not_come_in(here: Cluster, store: Store, tmp_path: Path) -> None:
    name = here.name(tmp_path / "k.db")
    for password in ("geheim-wrong", ""):
        url = here.url(name, user="guest", password=password)
        assert "用户名或密码不对" in refused("history", "--store", url)
    assert "用户名或密码不对" in refused("history", "--store", here.url(name, user="nobody"))
    line = refused("history", "--store", here.url("nowhere", user="guest", password="geheim"))
    assert "nowhere 不存在" in line


def test_who_may_not_write_or_read(here: Cluster, store: Store, tmp_path: Path) -> None:
    url = here.url(here.name(tmp_path / "k.db"), user="guest", password="geheim")
    assert "授权" in refused("history", "--store", url)
    name = here.name(tmp_path / "other.db")
    here.fresh(name)
    assert "授权" in refused("init", "--store", here.url(name, user="guest", password="geheim"))
    here.fresh(name, template="")
    here.run("GRANT ALL ON SCHEMA public TO guest", database=name)
    line = refused("init", "--store", here.url(name, user="guest", password="geheim"))
    assert "请管理员在这个数据库里运行 CREATE EXTENSION postgis;" in line
    here.run("CREATE EXTENSION postgis", database=name)
    assert kepu("init", "--store", here.url(name, user="guest", password="geheim")).code == 0


def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert "连不上" in refused("check", "--store", f"postgresql://u:geheim@127.0.0.1:{port}/k")
    assert "连不上" in refused("check", "--store", "postgresql://u:geheim@no-such-host.invalid/k")
    assert "连不上" in refused("backup", "b.db", "--store", "postgresql://u:geheim@/k?host=/no/such/folder")
    monkeypatch.setattr("geo.store.postgres.CONNECT_S", 2)
    with socket.socket() as silent:  # takes connections and never answers
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        assert "连不上" in refused("history", "--store", f"postgresql://u:geheim@{address}/k?password=geheim")


def test_a_connection_that_breaks(here: Cluster, store: Store, tmp_path: Path) -> None:
    name = here.name(tmp_path / "k.db")
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    with pytest.raises(StoreUnusable) as caught, store.reading() as seen:  # noqa: PT012 - it breaks in between
        here.run(end)
        seen.batches()
    assert "连接断了" in str(caught.value) or "服务停了" in str(caught.value)
    assert store.batches() == []
    here.run(end)  # one that breaks while nobody uses it is replaced
    assert store.batches() == []


def test_a_writer_that_never_ends_is_not_waited_for_without_end(
    here: Cluster, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Store.open(f"{store.url}&options=-clock_timeout%3D30s")
    with store.writing(), closing(connect(store.url).raw_connection()) as raw:
        assert raw.cursor().execute("SHOW lock_timeout").fetchone() == ("30s",)
        monkeypatch.setattr("geo.store.postgres._QUEUE", sa.text("SELECT 1 / 0 * :writers"))
        with pytest.raises(StoreUnusable):
            other.write(NewBatch("a.xlsx", "0", "stations"))


def test_no_message_or_log_holds_what_was_stored(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    row = STATION | {"row": None, "phone": "13900000000", "person": "某人甲"}
    with caplog.at_level(logging.DEBUG), pytest.raises(StoreUnusable) as caught:
        store.write(NewBatch("a.xlsx", "0", "stations", records={"stations": [row]}))
    assert "没有写入任何内容" in str(caught.value)
    chain: BaseException | None = caught.value.__cause__
    assert chain is not None
    assert not [word for word in ("13900000000", "某人甲") if word in caplog.text + str(caught.value)]


@pytest.mark.parametrize("changed", [{"name": "a\0b"}, {"row": 2**40}])
def test_what_the_columns_cannot_hold(store: Store, changed: dict[str, object]) -> None:
    with pytest.raises(StoreUnusable, match="超出"):
        store.write(NewBatch("a.xlsx", "0", "stations", records={"stations": [STATION | changed]}))
    assert store.batches() == []


@pytest.mark.parametrize(
    "url", ["mysql://u:geheim@host/k", "postgresql://u:ge@h:eim@host:port/k", "oracle://u:geheim@h/k"]
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(StoreUnusable) as caught:
        Store.open(url)
    assert not [word for word in ("geheim", "ge@h", "eim") if word in str(caught.value)]


# ── moments and tables ───────────────────────────────────────────────────────


def test_a_reader_sees_one_moment(store: Store) -> None:
    other = Store.open(store.url)
    with store.reading() as seen:
        before = seen.version()
        other.write(NewBatch("a.xlsx", "0", "stations", records={"stations": [STATION]}))
        assert seen.version() == before
        assert seen.batches() == []
        assert len(seen.layers()["stations"]) == 0
    assert store.version() == other.version() != before
    assert len(store.layers()["stations"]) == 1


def test_a_writer_sees_what_the_one_before_left(store: Store) -> None:
    """A snapshot taken while it waited would give both the same number."""
    other, entered, numbers = Store.open(store.url), threading.Event(), list[int]()

    def write() -> None:
        entered.set()
        numbers.append(other.write(NewBatch("b.xlsx", "1", "stations")))

    thread = threading.Thread(target=write)
    with store.writing() as first:
        thread.start()
        entered.wait(30)
        thread.join(0.3)
        assert thread.is_alive()
        numbers.append(first.write(NewBatch("a.xlsx", "0", "stations")))
    thread.join(30)
    assert numbers == [1, 2]


def test_texts_are_sorted_by_code_point_whatever_the_database_does(store: Store) -> None:
    ids = ["乙", "甲", "a", "B", "b", "A", "_", "1"]
    rows = [STATION | {"id": name} for name in ids]
    store.write(NewBatch("a.xlsx", "0", "stations", records={"stations": rows}))
    with connect(store.url).connect() as connection:
        assert connection.scalar(sa.text("SELECT '乙' < '甲'")) is False  # by pinyin, as the database sorts
    assert list(store.layers()["stations"]["id"]) == sorted(ids)


def test_each_text_column_and_each_geometry_is_settled(store: Store) -> None:
    texts = sa.text(
        "SELECT table_name, column_name FROM information_schema.columns JOIN pg_tables ON tablename = table_name"
        " WHERE table_schema = 'public' AND tableowner = 'kepu' AND table_name <> 'spatial_ref_sys'"
        " AND data_type IN ('text', 'character varying') AND collation_name IS DISTINCT FROM 'C'"
    )
    shapes = sa.text(
        "SELECT g.f_table_name, g.srid, am.amname FROM geometry_columns g"
        " LEFT JOIN pg_index i ON i.indrelid = g.f_table_name::regclass AND i.indkey[0] = (SELECT attnum"
        " FROM pg_attribute WHERE attrelid = i.indrelid AND attname = g.f_geometry_column)"
        " LEFT JOIN pg_class c ON c.oid = i.indexrelid LEFT JOIN pg_am am ON am.oid = c.relam"
    )
    with connect(store.url).connect() as connection:
        assert connection.execute(texts).all() == []
        found = connection.execute(shapes).all()
    assert len(found) == 14
    assert {row[1:] for row in found} == {(4490, "gist")}


def test_a_question_about_a_place_uses_the_index(store: Store) -> None:
    store.write(NewBatch("a.xlsx", "0", "stations", records={"stations": [STATION]}))
    many = (
        "INSERT INTO stations (id, unit_code, batch, file, row, geometry)"
        " SELECT n, 'x', 1, 'f', n, ST_SetSRID(ST_Point(100 + n / 1000.0, 30), 4490) FROM generate_series(1, 5000) n"
    )
    with connect(store.url).begin() as connection:
        connection.execute(sa.text(many))
        connection.execute(sa.text("ANALYZE stations"))
        asked = "SELECT id FROM stations WHERE geometry && ST_MakeEnvelope(101, 29, 101.01, 31, 4490)"
        plan = "\n".join(connection.execute(sa.text(f"EXPLAIN {asked}")).scalars())
        assert "ix_stations_geometry" in plan
        assert len(connection.execute(sa.text(asked)).all()) == 11
