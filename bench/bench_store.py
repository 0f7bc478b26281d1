"""Write and read a store of many villages and facilities, ours against plain pandas. Prints ratios of one run.

    python bench/bench_store.py [villages] [postgres]

Each way runs in a process of its own on the same frames; seconds are of the CPU. Ours keeps its indexes and
its checks; pandas' tables have none. With 620000 villages (1.2 million facilities) it takes about a quarter
of an hour; the default, two minutes.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import tempfile
import time
from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import create_engine

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.invented_villages import AS_OF, invented_layers
from geo.crs import CGCS2000
from geo.store import NewBatch, Store, history, tangles
from geo.store.bulk import insert_rows
from geo.store.engine import IMMEDIATE, connect
from geo.store.recording import moment_of, open_batch
from geo.store.tables import base_tables, record_tables
from tests.demo import demo_store
from tests.postgres import running
from tests.stored import fresh_store, store_url
from tests.support import county, county_plan_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Frames = dict[str, gpd.GeoDataFrame]

VILLAGES = 60_000
TWICE = 50_000
LISTS = ("serves", "updates")
ROUNDS = 3


def frames(n: int) -> Frames:
    """Villages and about two facilities for each, with ids and coordinates as lists have them."""
    layers, rng = invented_layers(n), np.random.default_rng(2)
    found = {"villages": layers["villages"], "stations": layers["stations"], "boards": layers["boards"]}
    found["communicators"] = layers["communicators"].head(n // 4)
    for name, table in found.items():
        lon, lat = rng.uniform(80, 120, len(table)), rng.uniform(25, 45, len(table))
        table = table.set_geometry(gpd.GeoSeries(shapely.points(lon, lat), crs=CGCS2000, index=table.index))
        if name == "villages":
            table = table.assign(lon=lon, lat=lat)
        else:
            made = zip(table["unit_code"], rng.integers(0, 16**6, len(table)), strict=True)
            table = table.assign(id=[f"XX-{unit}-{number:06x}" for unit, number in made]).drop(columns="batch")
        found[name] = table
    return found


def plain(name: str, table: gpd.GeoDataFrame) -> pd.DataFrame:
    """What pandas can write: lists as JSON, shapes as WKB."""
    told = pd.DataFrame(table).assign(geometry=table.geometry.to_wkb())
    for column in LISTS:
        if column in told:
            told[column] = [None if v is None else json.dumps([str(item) for item in v]) for v in told[column]]
    return told


def write_ours(tables: Frames, url: str) -> None:
    """Put all frames into the tables of a store, in one transaction; villages beside the county's."""
    engine = connect(url)
    with engine.connect() as raw, (connection := raw.execution_options(**{IMMEDIATE: True})).begin():
        moment, rows = moment_of(connection), sum(map(len, tables.values()))
        told = {"file": "a", "sha256": "0", "layer": "stations", "sender": "", "datum": "auto", "records": rows}
        number = open_batch(connection, moment, "", kind="import", received_on=None, reported_on=AS_OF, **told)
        for name, table in tables.items():
            if name == "villages":
                insert_rows(connection, base_tables[name], table)
            else:
                insert_rows(connection, record_tables[name], table, batch=number)
    engine.dispose()


def write_theirs(tables: Frames, url: str) -> None:
    """The same frames by `to_sql`, or `to_postgis`."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    for name, table in tables.items():
        if url.startswith("sqlite"):
            plain(name, table).to_sql(name, engine, index=False, chunksize=10_000)
        else:
            told = table.assign(**{c: plain(name, table)[c] for c in LISTS if c in table})
            told.to_postgis(f"plain_{name}", engine, index=False, chunksize=10_000)
    engine.dispose()


def write_as_import(tables: Frames, url: str) -> None:
    """The facilities as one batch, with its entry in the audit."""
    records: Any = {name: table for name, table in tables.items() if name != "villages"}
    Store.open(url).write(NewBatch("a", "0", "stations", received_on=AS_OF, records=records))


def read_ours(url: str, town: str) -> int:
    """The layers of one township as of a day."""
    layers = Store.open(url).layers(as_of=AS_OF, township=town)
    return sum(len(layers[name]) for name in ("stations", "boards", "communicators"))


def read_theirs(url: str, town: str) -> int:
    """Whole tables, then the rows of the township and those that serve it."""
    engine = create_engine(url)
    found = 0
    for name in ("villages", "stations", "boards", "communicators"):
        table = pd.read_sql_table(name, engine)
        own = table["township_code"] == town if name == "villages" else table["unit_code"].str[:9] == town[:9]
        if "serves" in table:
            served = [any(code[:9] == town[:9] for code in codes or ()) for codes in table["serves"]]
            own |= np.array(served, dtype=bool)
        kept = table[own].reset_index(drop=True)
        told = gpd.GeoDataFrame(kept, geometry=shapely.from_wkb(kept["geometry"]), crs=CGCS2000)
        found += len(told) if name != "villages" else 0
    return found


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds, the least of some rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


class Measured(NamedTuple):
    """CPU seconds, seconds of the clock, and megabytes that it took above what was held before."""

    cpu: float
    clock: float
    memory: float


def _measured(n: int, way: Callable[[Frames, str], None], url: str) -> Measured:
    tables = frames(n)
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    held = _memory("VmRSS")
    clock, cpu = time.perf_counter(), time.process_time()
    way(tables, url)
    return Measured(time.process_time() - cpu, time.perf_counter() - clock, _memory("VmHWM") - held)


def _memory(what: str) -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(what))
    return int(line.split()[1]) / 1024


def measured(n: int, way: Callable[[Frames, str], None], url: str) -> Measured:
    """Go one way in a process that made the frames."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (n, way, url))


def bench_writing(n: int, folder: Path) -> str:
    """Print how long it takes to write; return the address of the store written."""
    rows = sum(map(len, frames(n).values()))
    print(f"write {rows:,} rows (SQLite): CPU µs a row, MB above the frames")
    told: dict[str, Measured] = {}
    for name, way in (("ours", write_ours), ("pandas.to_sql", write_theirs), ("as a batch, audited", write_as_import)):
        path = folder / f"{len(told)}.db"
        if way is not write_theirs:
            fresh_store(path).close()
        told[name] = measured(n, way, store_url(path))
        print(f"{name:>20}: {told[name].cpu / rows * 1e6:6.2f} µs, {told[name].memory:5.0f} MB")
    print(f"{'ratio':>20}: {told['pandas.to_sql'].cpu / told['ours'].cpu:.1f}×")
    for part in (n // 4, n // 2):
        fresh_store(folder / f"part{part}.db").close()
        spent = measured(part, write_ours, store_url(folder / f"part{part}.db"))
        print(f"{f'ours, {part:,} villages':>20}: {spent.cpu / rows * n / part * 1e6:6.2f} µs")
    return store_url(folder / "0.db")


def bench_postgres(n: int) -> None:
    """Print the same of a PostgreSQL of its own, in seconds of the clock: most of the work is the server's."""
    rows = sum(map(len, frames(n).values()))
    with running() as cluster:
        told = []
        for name, way in (("ours", write_ours), ("theirs", write_theirs)):
            url = cluster.fresh(name)
            Store.create(url, county(), county_plan_text()).close()
            told.append(measured(n, way, url).clock)
        town = str(frames(n)["villages"]["township_code"].iloc[n // 2])
        start = time.perf_counter()
        assert read_ours(cluster.url("ours"), town)
        read = time.perf_counter() - start
    mine, theirs = (spent / rows * 1e6 for spent in told)
    print(f"PostgreSQL: ours {mine:.1f} µs a row, to_postgis {theirs:.1f} µs, {theirs / mine:.1f}×")
    print(f"a township out of PostgreSQL: {read:.2f} s")


def bench_parts(n: int, url: str) -> None:
    """Print how long it takes to read one township."""
    town = str(frames(n)["villages"]["township_code"].iloc[n // 2])
    mine, theirs = read_ours(url, town), read_theirs(url, town)
    assert mine, town
    assert mine == theirs, (mine, theirs)
    one = seconds(partial(read_ours, url, town))
    start = time.process_time()
    read_theirs(url, town)
    other = time.process_time() - start
    print(f"one township of {n:,} villages: ours {one * 1e3:.0f} ms, pandas {other * 1e3:.0f} ms, {other / one:.0f}×")


def bench_city(folder: Path) -> None:
    """Print how long it takes to read the whole demonstration place."""
    store = demo_store(folder / "demo.db")
    print(f"the demonstration's place: {seconds(lambda: store.layers(as_of=AS_OF)) * 1e3:.0f} ms")


@contextmanager
def one_by_one() -> Iterator[None]:
    """Look at all reports as if each could be taken for another."""
    original = tangles.split
    nobody = np.array([], dtype=np.intp)

    def all_tangled(layer: Any, reports: Any, force: Any) -> Any:
        return reports.take(nobody), reports.take(nobody), reports

    setattr(history, "split", all_tangled)  # noqa: B010
    yield
    setattr(history, "split", original)  # noqa: B010


def bench_past(n: int, folder: Path) -> None:
    """Print how long it takes to say what was known on an earlier day of boards that were reported twice."""
    store = fresh_store(folder / "past.db")
    for number, day in enumerate((date(2022, 8, 1), date(2022, 10, 1))):
        said = pd.DataFrame(
            {
                "id": [f"XC-{at // 900:09d}{at % 900 + 100}-{at * 7919 % 16**6:06x}" for at in range(n)],
                "unit_code": [f"{at // 900:09d}{at % 900 + 100}" for at in range(n)],
                "name": "栏", "length_m": [float(at % 9) if number or at % 2 else None for at in range(n)],
                "updates": [(day - timedelta(40), day - timedelta(3))] * n, "last_only": False,
                "file": f"{number}.xlsx", "row": np.arange(n) + 2,
            }
        )  # fmt: skip
        store.write(NewBatch("a", str(number), "boards", received_on=day, records={"boards": said}))
    spent = []
    for looking in (nullcontext(), one_by_one()):
        with looking:
            layers = store.layers()
        start = time.process_time()
        layers.on(date(2022, 9, 1))
        spent.append(time.process_time() - start)
    once, each = spent
    print(f"an earlier day of {n:,} boards reported twice: {once:.2f} s, one by one {each:.2f} s, {each / once:.1f}×")


def main(arguments: list[str]) -> None:
    """Print all."""
    n = int(arguments[0]) if arguments else VILLAGES
    with tempfile.TemporaryDirectory() as folder:
        url = bench_writing(n, Path(folder))
        bench_parts(n, url)
        bench_past(TWICE, Path(folder))
        bench_city(Path(folder))
    if "postgres" in arguments:
        bench_postgres(n)


if __name__ == "__main__":
    main(sys.argv[1:])
