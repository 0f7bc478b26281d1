"""Write and read a store of many villages and facilities, ours against plain pandas. Prints ratios of one run.

    python bench/bench_store.py [villages] [postgres]

Each way runs in a process of its own on the same frames, into empty tables. Ours keeps its indexes and its checks;
pandas' tables have none, those of geopandas one of the geometry. Of the ways of `to_sql` the quickest is taken,
as a trial tells. With 620000 villages (1.2 million facilities) it takes about ten minutes; the default, one.
"""

from __future__ import annotations

import multiprocessing
import os
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
from sqlalchemy import delete

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.invented_villages import AS_OF, invented_layers
from bench.plain_store import WAYS, read_theirs, write_bare, write_postgis, write_theirs
from geo.crs import CGCS2000
from geo.store import NewBatch, Store, guards, history, tangles
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

    from tests.postgres import Cluster

    Frames = dict[str, gpd.GeoDataFrame]

VILLAGES = 60_000
TWICE = 50_000
ROUNDS = 3
TRIED = 3_000


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


def write_ours(tables: Frames, url: str) -> None:
    """Put all frames into the tables of a store, in one transaction."""
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


def emptied(url: str) -> str:
    """Take the county's villages out of a store, which leaves its tables as they are when one is made."""
    engine = connect(url)
    with engine.connect() as raw, (connection := raw.execution_options(**{IMMEDIATE: True})).begin():
        guards.take_off(connection)
        connection.execute(delete(base_tables["villages"]))
        guards.put_up(connection)
    engine.dispose()
    return url


def quickest(folder: Path) -> tuple[str, Callable[..., None]]:
    """Name and make the way of `to_sql` that takes the least of the CPU for some rows."""
    spent = {}
    for number, (name, way) in enumerate(WAYS.items()):
        spent[name] = measured(TRIED, partial(write_theirs, **way), store_url(folder / f"tried{number}.db")).cpu
    name = min(spent, key=spent.__getitem__)
    print("tried:", ", ".join(f"{name} {cpu:.2f} s" for name, cpu in spent.items()))
    return name, partial(write_theirs, **WAYS[name])


def write_as_import(tables: Frames, url: str) -> None:
    """The facilities as one batch, with its entry in the audit."""
    records: Any = {name: table for name, table in tables.items() if name != "villages"}
    Store.open(url).write(NewBatch("a", "0", "stations", received_on=AS_OF, records=records))


def read_ours(url: str, town: str) -> int:
    """The layers of one township as of a day."""
    layers = Store.open(url).layers(as_of=AS_OF, township=town)
    return sum(len(layers[name]) for name in ("stations", "boards", "communicators"))


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


def shown(name: str, spent: Measured, rows: int) -> None:
    """Print a line of what a way took."""
    cpu, clock = spent.cpu / rows * 1e6, spent.clock / rows * 1e6
    print(f"{name:>38}: CPU {cpu:6.2f} µs a row, clock {clock:6.2f} µs, {spent.memory:5.0f} MB")


def bench_writing(n: int, folder: Path) -> str:
    """Print how long it takes to write; return the address of the store written."""
    best, way = quickest(folder)
    rows = sum(map(len, frames(n).values()))
    print(f"write {rows:,} rows into SQLite; MB above the frames")
    mine = emptied(fresh_store(folder / "mine.db").url)
    told = measured(n, write_ours, mine)
    shown("ours", told, rows)
    for number, (name, other) in enumerate({best: way, "to_sql, without SQLAlchemy": write_bare}.items()):
        theirs = measured(n, other, store_url(folder / f"theirs{number}.db"))
        shown(name, theirs, rows)
        print(f"{'':>38}  {theirs.cpu / told.cpu:.1f}× of the CPU, {theirs.clock / told.clock:.1f}× of the clock")
    shown("ours as a batch, audited", measured(n, write_as_import, fresh_store(folder / "batch.db").url), rows)
    for part in (n // 4, n // 2):
        spent = measured(part, write_ours, emptied(fresh_store(folder / f"part{part}.db").url))
        shown(f"ours, {part:,} villages", spent, rows * part // n)
    return mine


def bench_postgres(n: int) -> None:
    """Print the same of a PostgreSQL of its own, with the CPU time of the server."""
    rows = sum(map(len, frames(n).values()))
    print(f"write {rows:,} rows into PostGIS; CPU of both sides")
    with running() as cluster:
        told = []
        for name, way in (("ours", write_ours), ("to_postgis", write_postgis)):
            url = cluster.fresh(name)
            Store.create(url, county(), county_plan_text()).close()
            emptied(url)
            before = server_cpu(cluster)
            spent = measured(n, way, url)
            served = server_cpu(cluster) - before
            shown(f"{name} (server {served / rows * 1e6:.2f})", spent._replace(cpu=spent.cpu + served), rows)
            told.append((spent.cpu + served, spent.clock))
        town = str(frames(n)["villages"]["township_code"].iloc[n // 2])
        start = time.perf_counter()
        assert read_ours(cluster.url("ours"), town)
        read = time.perf_counter() - start
    cpu, clock = (theirs / mine for mine, theirs in zip(*told, strict=True))
    print(f"{'':>38}  {cpu:.1f}× of the CPU, {clock:.1f}× of the clock")
    print(f"a township out of PostgreSQL: {read:.2f} s")


def server_cpu(cluster: Cluster) -> float:
    """CPU seconds of a server and of the sessions that it had, once they are over."""
    time.sleep(0.5)
    server = next(cluster.socket.glob(".s.PGSQL.*.lock")).read_text().split()[0]
    ticks = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()[11:15]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


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
