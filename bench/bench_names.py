"""Resolve the units of 620,000 rows, ours against rapidfuzz one by one. Prints ratios of one run.

    python bench/bench_names.py [rows]

Both ways are given the same names and the same rows; rapidfuzz is asked as people ask it, for the best
of all names for each row, and, kinder than that, for the best of the township's own. Of a long list it
is asked about a sample of the rows, and the time a row is compared. Ours must find every unit.

- a county: 160 villages in 10 townships, each row one of some spellings of one of them, as in a
  year's files of an office;
- a country: as many villages as rows, each row another one, so that nothing is met twice.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from geo.admin.gazetteer import Gazetteer, township_of
from geo.intake.resolve import Resolver

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Row = tuple[str, str]

ROWS = 620_000
PER_TOWNSHIP = 16
TOWNSHIPS_A_COUNTY = 10
SAMPLE = {"county": 20_000, "country": 40}
SIGNS = "东西南北上下大小新老李王张赵陈杨林柳桥河湖山石沙泉沟湾岭坪坝庙井堡营桃杏梅松竹云龙凤金银玉宝福祥和平安"
ENDINGS = ("村", "村委会", "村村民委员会", "村村委会")
OFFICES = ("", "人民政府")


def invented(villages: int) -> Gazetteer:
    """A place of villages and townships with names of two to four signs, no name twice in a township."""
    rng = np.random.default_rng(1)
    homes = -(-villages // PER_TOWNSHIP)
    towns = {f"{110000 + t // 800:06d}{100 + t % 800:03d}000": f"{_name(rng, t)}镇" for t in range(homes)}
    members = {
        f"{town[:9]}{201 + v:03d}": f"{_name(rng, v)}村村委会"
        for t, town in enumerate(towns)
        for v in range(min(PER_TOWNSHIP, villages - t * PER_TOWNSHIP))
    }
    return Gazetteer.of(
        code="110000",
        name="某地",
        townships=pd.DataFrame({"code": list(towns), "name": list(towns.values())}),
        villages=pd.DataFrame({"code": list(members), "name": list(members.values())}),
        names=pd.DataFrame(columns=["code", "name", "scheme", "other_code"], dtype=object),
    )


def _name(rng: np.random.Generator, number: int) -> str:
    """A name of three signs or more that differs for different numbers."""
    first, second = divmod(number, len(SIGNS))
    more = "" if first < len(SIGNS) else _name(rng, first)
    start = "".join(SIGNS[sign] for sign in rng.integers(len(SIGNS), size=2))
    return start + SIGNS[first % len(SIGNS)] + SIGNS[second] + more


def written(place: Gazetteer, codes: Sequence[str]) -> list[Row]:
    """A township's and a village's name for each code, in one of the official spellings."""
    rng = np.random.default_rng(2)
    how = rng.integers(len(ENDINGS), size=len(codes)).tolist()
    office = rng.integers(len(OFFICES), size=len(codes)).tolist()
    rows = []
    for code, ending, seat in zip(codes, how, office, strict=True):
        town, bare = place.townships[township_of(code)], place.villages[code].removesuffix("村村委会")
        rows.append((town + OFFICES[seat], bare + ENDINGS[ending]))
    return rows


def ours(place: Gazetteer, rows: Sequence[Row]) -> list[str]:
    """Our way, as an import takes it row by row, from a resolver that knows nothing yet."""
    unit = Resolver(place).unit
    return [unit(code=None, township=town, village=name, blank_village="ask").code for town, name in rows]


def fuzzy(place: Gazetteer, rows: Sequence[Row], scorer: Callable[..., float] = fuzz.WRatio) -> list[str]:
    """rapidfuzz, one row after the other, over the names of all villages with their townships."""
    choices = {code: place.full_name(code) for code in place.villages}
    found = (process.extractOne(town + name, choices, scorer=scorer) for town, name in rows)
    return [str(best[2]) for best in found if best]


def fuzzy_fast(place: Gazetteer, rows: Sequence[Row]) -> list[str]:
    """The same with rapidfuzz's fastest scorer in place of its default."""
    return fuzzy(place, rows, fuzz.ratio)


def fuzzy_inside(place: Gazetteer, rows: Sequence[Row]) -> list[str]:
    """The same over the villages of the township alone, which is looked up by its exact name."""
    homes = {name: code for code, name in place.townships.items()}
    homes |= {f"{name}人民政府": code for name, code in homes.items()}
    inside: dict[str, dict[str, str]] = {}
    for code, name in place.villages.items():
        inside.setdefault(township_of(code), {})[code] = name
    found = (process.extractOne(name, inside[homes[town]], scorer=fuzz.ratio) for town, name in rows)
    return [str(best[2]) for best in found]


def seconds_a_row(way: Callable[[Gazetteer, Sequence[Row]], list[str]], place: Gazetteer, rows: Sequence[Row],
                  codes: Sequence[str]) -> tuple[float, float]:  # fmt: skip
    """Seconds a row, and the share of the rows whose unit was found."""
    start = time.perf_counter()
    found = way(place, rows)
    spent = time.perf_counter() - start
    return spent / len(rows), sum(map(str.__eq__, found, codes)) / len(rows)


def compare(name: str, place: Gazetteer, rows: Sequence[Row], codes: Sequence[str]) -> None:
    """Print how long each way takes for a row, and our gain."""
    seconds_a_row(ours, place, rows[:1000], codes[:1000])  # indexes are made once for a place
    mine, right = seconds_a_row(ours, place, rows, codes)
    if right < 1:
        msg = f"{name}: ours finds only {right:.1%}"
        raise SystemExit(msg)
    print(f"{name}: {len(place.villages):,} villages, {len(rows):,} rows in {mine * len(rows):.2f} s")
    print(f"  {'ours':31}{mine * 1e6:11.2f} µs a row, 100.0% right")
    picked = np.random.default_rng(3).permutation(len(rows))[: SAMPLE[name]].tolist()
    some, wanted = [rows[n] for n in picked], [codes[n] for n in picked]
    for label, way in (("all names", fuzzy), ("all names, ratio", fuzzy_fast), ("own township, ratio", fuzzy_inside)):
        if name == "country" and way is fuzzy_inside:
            some, wanted = list(rows[: SAMPLE["county"]]), list(codes[: SAMPLE["county"]])
        theirs, right = seconds_a_row(way, place, some, wanted)
        print(f"  rapidfuzz, {label:20}{theirs * 1e6:11.2f} µs a row, {right:6.1%} right: {theirs / mine:9,.1f}×")


def main(n: int) -> None:
    county = invented(PER_TOWNSHIP * TOWNSHIPS_A_COUNTY)
    codes = np.random.default_rng(4).choice(np.array(list(county.villages), dtype=object), n).tolist()
    compare("county", county, written(county, codes), codes)
    country = invented(n)
    codes = list(country.villages)
    compare("country", country, written(country, codes), codes)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else ROWS)
