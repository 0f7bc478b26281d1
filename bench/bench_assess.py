"""Assess 620,000 invented villages by five rules, ours against plain pandas. Prints ratios of one run.

    python bench/bench_assess.py [villages]

Both ways start from the same layers in memory and must give the same states, readings and shared
units. Peak memory is what a forked child needs above one that only holds the layers (its
ru_maxrss), so this runs on Linux.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.invented_villages import AS_OF, invented_layers
from bench.plain_assess import FRESHNESS, READINGS, RULES, plain_states
from geo.assess import assess
from geo.layers import Layers
from geo.plans.rules import Plan, read_plan
from tests.map_places import changji

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo.assessment import Assessment

VILLAGES = 620_000
SMALLER = (62_000, 155_000)
ROUNDS = 3
MEGABYTE = 1024  # ru_maxrss is in kilobytes

PLAN = """
[plan]
id = "bench"
place = "110000"
title = "bench"
"""
TASK = '[[tasks]]\nno = {no}\nsection = "一"\ntitle = "t"\nrequirement = "r"\nlead = ["l"]\nkind = "map"\n'
RULE = '[[tasks.rules]]\nid = "{id}"\nkind = "{kind}"\nunit = "village"\nrequirement = "r"\n'


def bench_plan() -> Plan:
    """The five rules as a plan."""
    text = PLAN
    for no in (8, 17):
        text += TASK.format(no=no)
        for rule, layer in RULES:
            if rule.startswith(f"{no}."):
                text += RULE.format(id=rule, kind="presence") + f'layer = "{layer}"\n'
                text += 'require = ["count"]\n' if layer == "communicators" else ""
    return read_plan(text + RULE.format(id=FRESHNESS, kind="freshness"))


def ours(layers: Layers) -> Assessment:
    """Our way, from fresh layers: nothing is kept from an earlier call."""
    again = Layers(tables=layers.tables, none=layers.none, complete=layers.complete)
    return assess(again, bench_plan(), as_of=AS_OF)


def check_same(assessment: Assessment, plain: dict[str, Any]) -> None:
    """Stop unless both ways agree on every village."""
    for rule, table in plain.items():
        findings = assessment.rule(rule).findings
        assert np.array_equal(findings.codes, table["code"].to_numpy(object)), rule
        assert np.array_equal(findings.states, table["state"].to_numpy()), rule
        assert np.array_equal(findings.shared & (findings.states == 1), table["met_shared"].to_numpy()), rule
    readings = assessment.rule(FRESHNESS).findings.explain.readings  # type: ignore[attr-defined]
    within = plain[FRESHNESS]["state"].to_numpy() != -2
    for name in READINGS:
        assert np.array_equal(readings[name][within], plain[FRESHNESS][name].to_numpy()[within]), name


def best(work: Callable[[], object]) -> float:
    """The least of some rounds, in seconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def high_water_mark(way: str) -> int:
    """Go one way in this process, a fork of the one that holds LAYERS, and return its ru_maxrss."""
    if way == "ours":
        ours(LAYERS[0])
    elif way == "plain":
        plain_states(LAYERS[0], AS_OF)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


LAYERS: list[Layers] = []


def memory(layers: Layers) -> tuple[float, float]:
    """Peak megabytes of a child process above one that only holds the layers: ours, plain."""
    LAYERS[:] = [layers]
    marks = []
    for way in ("hold", "ours", "plain"):
        with multiprocessing.get_context("fork").Pool(1) as pool:
            marks.append(pool.apply(high_water_mark, (way,)) / MEGABYTE)
    return marks[1] - marks[0], marks[2] - marks[0]


def demo_size() -> tuple[float, float]:
    """Seconds to assess all 31 tasks over the demonstration place's units, and to tell it as JSON."""
    case = changji()
    plan, layers = case.assessment.plan, case.layers
    assessed = best(lambda: assess(layers, plan, as_of=AS_OF))
    return assessed, best(case.assessment.to_json)


def main(n: int) -> None:
    layers = invented_layers(n)
    mine, theirs = memory(layers)
    print(f"peak memory above the layers of {n:,} villages: ours {mine:.0f} MB, plain {theirs:.0f} MB")
    print("villages: ours s, plain pandas s, ratio; ours µs a village")
    for size in (*(s for s in SMALLER if s < n), n):
        some = layers if size == n else invented_layers(size)
        check_same(ours(some), plain_states(some, AS_OF))
        mine, theirs = best(partial(ours, some)), best(partial(plain_states, some, AS_OF))
        print(f"{size:>9,}: {mine:6.3f} {theirs:7.3f} {theirs / mine:5.1f}×; {mine / size * 1e6:5.2f}")
    assessed, told = demo_size()
    print(f"a place of 167 villages, 31 tasks: assess {assessed * 1e3:.0f} ms, to_json {told * 1e3:.0f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else VILLAGES)
