"""Places for the tests of the maps: an invented county of any shape, and invented facilities for any place."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from shapely.geometry import MultiPolygon, Point, Polygon, box

from geo.assess import assess
from geo.layers import NONE_COLUMNS, Layers, frame
from geo.place import Place, read_place
from geo.plans.rules import Plan, read_plan
from geo.schema import LAYERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from geo.assessment import Assessment

AS_OF = date(2022, 10, 31)
CHANGJI = Path(__file__).resolve().parent.parent / "data" / "changji"
Shape = Literal["areas", "points", "no boundary", "holes and islands", "nothing"]

HOSTILE = (
    "${window.__pwned=1}",
    "</script><script>window.__pwned=1</script>",
    "<img src=x onerror=window.__pwned=1>",
    "`${window.__pwned=1}`",
    "{{ 7 * 7 }}{% raw %}{# x #}",
    "\u202e右到左\u202c\u200f",
    "'\"><svg onload=window.__pwned=1>",
    "<!--<script>--!>",
    "javascript:window.__pwned=1",
    '=HYPERLINK("x")\\u0027\\',
    "a\u2028b\u2029c",
    "]]>&lt;&amp;\t|",
)

PLAN = """
[plan]
id = "invented"
place = "990101"
title = "测试县方案"
[settings]
scope = "plan"
"""
_RULES = """
8 map | 8.village.organisation | presence | village | layer = "organisations"
11 map | 11.township.association | presence | township | layer = "associations"
12 figure | 12.figure.budget | figure | city | item = "科普经费"
16 map | 16.base.count | rows | base | layer = "bases"; meets = {level = ["prefecture"]}; measure = "count"
17 map | 17.village.station | presence | village | layer = "stations"
17 map | 17.village.board | presence | village | layer = "boards"
17 map | 17.village.freshness | freshness | village | months = 2
17 map | 17.township.station | presence | township | layer = "stations"
18 map | 18.school.lab | rows | school | layer = "schools"; meets = {lab = [true]}; threshold = 0.5
"""


@dataclass(frozen=True)
class Case:
    """What render takes."""

    layers: Layers
    assessment: Assessment
    place: Place


def plan_text(name: Callable[[str], str] = str) -> str:
    """A small plan; ``name`` may spoil its texts."""
    tasks: dict[str, list[str]] = {}
    for line in _RULES.strip().splitlines():
        head, rule_id, kind, unit, rest = (part.strip() for part in line.split(" | "))
        lines = "\n".join(part.strip() for part in rest.split(";"))
        tasks.setdefault(head, []).append(
            f'[[tasks.rules]]\nid = "{rule_id}"\nkind = "{kind}"\nunit = "{unit}"\n'
            f"requirement = {_toml(name('要求 ' + rule_id))}\n{lines}\n"
        )
    out = [PLAN]
    for head, rules in tasks.items():
        no, kind = head.split()
        title = _toml(name(f"任务{no}"))
        out.append(
            f'[[tasks]]\nno = {no}\nsection = "一"\ntitle = {title}\nrequirement = {title}\n'
            f'lead = [{title}]\nkind = "{kind}"\n' + "".join(rules)
        )
    return "\n".join(out)


def _toml(text: str) -> str:
    escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" for c in text)
    return f'"{escaped}"'


def invented(
    *, townships: int = 4, villages: int = 6, shape: Shape = "areas", name: Callable[[str], str] = str
) -> Case:
    """A county on a grid at 100°E 40°N; ``name`` may spoil every text in it."""
    tables = _grid(townships, villages, shape, name)
    boundary = _boundary(townships, shape)
    place = Place(
        code="990101", name=name("测试县"), working_crs="EPSG:4543", townships=tables[0], villages=tables[1],
        names=pd.DataFrame(), boundary=boundary, maker=name("制图人"), demo_note=name("演示数据"),
        sources=({"title": name("来源"), "origin": name("出处"), "licence": name("许可")},),
    )  # fmt: skip
    return case(place, read_plan(plan_text(name)), name=name)


def _grid(townships: int, villages: int, shape: Shape, name: Callable[[str], str]) -> tuple[Any, Any]:
    town_rows: list[dict[str, object]] = []
    rows: list[dict[str, object]] = []
    whole = shape in {"areas", "no boundary"}
    for t in range(townships):
        code, west = f"990101{100 + t:03d}000", 100 + 0.2 * t
        area = box(west, 40, west + 0.2, 40.4)
        at = {"lon": west + 0.1, "lat": 40.2} if shape != "nothing" else {}
        town_area = area if whole else _holed(area) if shape == "holes and islands" else None
        town_rows.append({
            "code": code, "name": name(f"甲{t}镇"), "kind": "town", "in_plan": t != townships - 1,
            "schematic": t % 2 == 0, "geometry": town_area, **at,
        })  # fmt: skip
        for v in range(villages):
            south = 40 + 0.4 * v / villages
            point = {"lon": west + 0.06, "lat": south + 0.2 / villages} if shape != "nothing" else {}
            cell = box(west, south, west + 0.2, south + 0.4 / villages)
            rows.append({
                "code": f"990101{100 + t:03d}{200 + v:03d}", "name": name(f"村{t}-{v}村民委员会"), "kind": "village",
                "township_code": code, "schematic": True, "geometry": cell if whole else None, **point,
            })  # fmt: skip
    return frame(LAYERS["townships"], town_rows), frame(LAYERS["villages"], rows)


def _holed(area: Polygon) -> MultiPolygon:
    west, south, _, north = area.bounds
    hole = box(west + 0.05, south + 0.05, west + 0.1, south + 0.1)
    return MultiPolygon([Polygon(area.exterior, [hole.exterior]), box(west, north + 0.02, west + 0.05, north + 0.06)])


def _boundary(townships: int, shape: Shape) -> Any:
    if shape in {"no boundary", "nothing"}:
        return None
    whole = box(100, 40, 100 + 0.2 * townships, 40.4)
    return _holed(whole) if shape == "holes and islands" else whole


def hostile() -> Callable[[str], str]:
    """Puts the next hostile text before each text."""
    texts = cycle(HOSTILE)
    return lambda text: f"{next(texts)}{text}"


@cache
def changji() -> Case:
    """The real units and plan of the demonstration place with invented facilities."""
    place = read_place(CHANGJI)
    return case(place, read_plan((CHANGJI / "plan.toml").read_text(encoding="utf-8")))


def case(place: Place, plan: Plan, *, name: Callable[[str], str] = str, seed: int = 7) -> Case:
    """A place with invented facilities and its assessment."""
    layers = facilities(place, random.Random(seed), name)
    return Case(layers, assess(layers, plan, as_of=AS_OF, place_name=place.name), place)


def facilities(place: Place, rng: random.Random, name: Callable[[str], str]) -> Layers:
    """Invented facilities: most villages covered, some shared, some reported none, some silent."""
    rows: dict[str, list[dict[str, object]]] = {}
    none: list[dict[str, object]] = []
    villages = place.villages[["code", "township_code", "lon", "lat"]].to_dict("records")
    for number, village in enumerate(villages):
        _at_village(rows, none, {str(k): v for k, v in village.items()}, number, rng, name)
    for number, township in enumerate(place.townships[["code", "lon", "lat"]].to_dict("records")):
        _at_township(rows, {str(k): v for k, v in township.items()}, number, name)
    tables = {layer: frame(LAYERS[layer], table) for layer, table in rows.items()}
    tables |= {"townships": place.townships, "villages": place.villages}
    return Layers(tables=tables, none=pd.DataFrame(none, columns=list(NONE_COLUMNS)))


def _at_village(
    rows: dict[str, list[dict[str, object]]], none: list[dict[str, object]], village: dict[str, Any], number: int,
    rng: random.Random, name: Callable[[str], str],
) -> None:  # fmt: skip
    code = str(village["code"])
    base = {"unit_code": code, "file": name("台账.xlsx"), "sheet": name("站栏员"), "row": number + 2, "batch": 1}
    chance = rng.random()
    if chance < 0.75:
        known = rng.random() < 0.4 and village["lon"] == village["lon"]
        neighbour = code[:-1] + str((int(code[-1]) + 1) % 10)
        rows.setdefault("stations", []).append({
            **base, "id": f"S{number}", "name": name("活动室"), "serves": (neighbour,) if number % 5 == 0 else (),
            "sharing": "shared" if number % 5 == 0 else "dedicated", "host": name("村委会"),
            "equipment": number % 3 > 0, "area_m2": 60.0, "open_hours": name("周一"),
            "geometry": Point(village["lon"] + 0.002, village["lat"] + 0.001) if known else None,
        })  # fmt: skip
    elif chance < 0.88:
        none.append({"layer": "stations", **base})
    if rng.random() < 0.85:
        updates, last_only = next(_UPDATES)(rng)
        rows.setdefault("boards", []).append({
            **base, "id": f"B{number}", "name": name("宣传栏"), "sharing": "dedicated", "length_m": 6.0,
            "updates": updates, "last_only": last_only,
        })  # fmt: skip
    if rng.random() < 0.9:
        rows.setdefault("communicators", []).append({**base, "id": f"C{number}", "count": 1})
        rows.setdefault("organisations", []).append({**base, "id": f"O{number}", "leader": True, "staff": 2})


def _kinds_of_updates() -> Iterator[Callable[[random.Random], tuple[tuple[date, ...] | None, bool]]]:
    def often(rng: random.Random) -> tuple[tuple[date, ...], bool]:
        last = AS_OF - timedelta(days=rng.randint(0, 50))
        return tuple(sorted(last - timedelta(days=55 * k) for k in range(7))), False

    def stale(rng: random.Random) -> tuple[tuple[date, ...], bool]:
        return (AS_OF - timedelta(days=rng.randint(63, 300)),), True

    yield from cycle((often, often, often, stale, lambda _: ((), False), often, lambda _: (None, False)))


_UPDATES = _kinds_of_updates()


def _at_township(
    rows: dict[str, list[dict[str, object]]], township: dict[str, Any], number: int, name: Callable[[str], str]
) -> None:
    code, known = str(township["code"]), township["lon"] == township["lon"]
    base = {"unit_code": code, "file": name("乡镇.csv"), "sheet": None, "row": number + 2, "batch": 2}
    point = Point(township["lon"] + 0.01, township["lat"] - 0.01) if known else None
    rows.setdefault("stations", []).append({**base, "id": f"T{number}", "name": name("站"), "sharing": "dedicated"})
    if number % 3:
        association: dict[str, object] = {**base, "id": f"A{number}", "name": name("协会"), "registered": True}
        rows.setdefault("associations", []).append(association)
    for k in range(3):
        rows.setdefault("schools", []).append({
            **base, "id": f"SCH{number}-{k}", "name": name(f"演示小学{number}-{k}"), "stage": "primary",
            "run_by_city": True, "rural": True, "lab": (True, False, None)[(number + k) % 3],
            "science_teacher": ("full", "none", None)[(number + k) % 3], "geometry": point,
        })  # fmt: skip
    rows.setdefault("bases", []).append({
        **base, "id": f"BASE{number}", "name": name(f"演示基地{number}"), "kind": "education",
        "level": ("prefecture", "county")[number % 2], "geometry": point,
    })  # fmt: skip
    rows.setdefault("activities", []).append({
        **base, "id": f"E{number}", "name": name("大篷车"), "date": pd.Timestamp("2022-06-01"), "venue": name("广场"),
        "kind": "caravan", "reaches": (code,), "attendance": 200,
    })  # fmt: skip
