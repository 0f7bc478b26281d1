"""Fifty people at work on the pages for a minute: no 5xx, no lost update, no lock error.

python bench/load_web.py [--seconds 60] [--people 50] [--workers 4] [--store FILE]

A server of several workers (`kepu serve`) over a store of its own, the demo's unless a file is named (it is copied).
Everybody logs in by password, then reads (overview, gaps, units, with ETags as browsers do), adds facilities, takes
gaps on, imports lists, and counts up one record that all count up. What was acknowledged must be in the store
afterwards; the counted record must hold as many as were acknowledged, for a save over a version that its sender didn't
see is refused (409). The audit must hold, and the server's log must be empty. Prints requests a second and percentiles;
exit code 1 where a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from statistics import quantiles

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.load_web_people import Person, Tally
from bench.load_web_server import counted, name_of, prepared, serving


async def at_work(address: str, people: int, seconds: float, units: list[str], record: str) -> Tally:
    """Let people work for some seconds."""
    tally, until = Tally(), time.monotonic() + seconds
    limits = httpx.Limits(max_connections=2)
    clients = [httpx.AsyncClient(base_url=address, timeout=60, limits=limits) for _ in range(people)]
    everybody = [
        Person(name_of(number), client, units, tally, record, random.Random(number))
        for number, client in enumerate(clients)
    ]
    try:
        await asyncio.gather(*(person.work(until) for person in everybody))
    finally:
        for client in clients:
            await client.aclose()
    return tally


def lost(url: str, tally: Tally) -> list[str]:
    """What was acknowledged and isn't in the store; what the audit finds."""
    from geo.store import Store
    from geo.store.gap_tasks import read_tasks
    from geo.store.verifying import verify

    with closing(Store.open(url)) as store:
        stations = set(store.layers()["stations"]["name"])
        with store.reading() as seen:
            taken = {row.who for row in read_tasks(seen.connection)}
            found = [finding.told for finding in verify(seen.connection).findings]
        there = (
            (tally.stations, stations),
            (tally.imported, {batch.file.removesuffix(".csv") for batch in store.batches()}),
            (tally.taken, taken),
        )
        found += [f"acknowledged and lost: {name}" for told, stored in there for name in sorted(told - stored)]
        stands, wanted = counted(store)["area_m2"], 1 + tally.counted
        if stands != wanted:
            found.append(f"counted up {tally.counted} times, but {stands} stands there instead of {wanted}")
        return found


def report(tally: Tally, seconds: float) -> None:
    """Print requests a second and percentiles."""
    total = sum(tally.statuses.values())
    told = ", ".join(f"{status}: {number}" for status, number in sorted(tally.statuses.items()))
    print(f"{total} requests, {total / seconds:.0f} a second; {told}")
    print(f"{'':16} {'n':>6} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'max ms':>8}")
    for what, times in sorted(tally.seconds.items()):
        cuts = quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
        ms = [1000 * value for value in (cuts[49], cuts[94], cuts[98], max(times))]
        print(f"{what:16} {len(times):6} " + " ".join(f"{value:8.0f}" for value in ms))
    wrote = len(tally.stations), len(tally.taken), len(tally.imported), tally.counted
    print("acknowledged: {} facilities, {} gaps taken, {} imports, {} counted up;".format(*wrote), end=" ")
    print(f"{tally.overtaken} saves refused because somebody else was faster")


def main(words: list[str] | None = None) -> int:
    """Run it; 0 where every promise held."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seconds", type=float, default=60)
    asked.add_argument("--people", type=int, default=50)
    asked.add_argument("--workers", type=int, default=4)
    asked.add_argument("--store", type=Path, help="a store to copy, instead of the demo's")
    given = asked.parse_args(words)
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        url, units, record = prepared(folder, given.store, given.people)
        with serving(url, given.workers, folder / "log") as address:
            begun = time.monotonic()
            tally = asyncio.run(at_work(address, given.people, given.seconds, units, record))
            took = time.monotonic() - begun
        report(tally, took)
        log = [line for line in (folder / "log").read_text(encoding="utf-8").splitlines() if "没有用户" not in line]
        broken = tally.broken + lost(url, tally) + [f"log: {line}" for line in log]
    for line, number in Counter(broken).most_common(40):
        print(f"BROKEN {number} × {line}")
    print("every promise held" if not broken else f"{len(broken)} broken promises")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
