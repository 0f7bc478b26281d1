"""Draw who has what in the demo: stations, boards, communicators, organisations, all invented.

Used by make_submissions.py, which writes it down as each sender would.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from shapely.geometry import Point, shape

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

HERE = Path(__file__).parent
AS_OF = date(2022, 10, 31)

GOOD, FAIR, POOR, SILENT = "good", "fair", "poor", "silent"
HAS = {GOOD: 0.97, FAIR: 0.88, POOR: 0.5, SILENT: 0.0}
FRESH = {GOOD: 0.9, FAIR: 0.72, POOR: 0.3, SILENT: 0.0}
# township (9 digits): how well covered, and how it reports: lists (complete or not) or one ledger
PROFILES = {
    "652301001": (GOOD, "complete"),
    "652301002": (GOOD, "complete"),
    "652301003": (FAIR, "partial"),
    "652301004": (FAIR, "complete"),
    "652301005": (POOR, "partial"),
    "652301006": (GOOD, "ledger"),
    "652301100": (SILENT, "silent"),
    "652301101": (GOOD, "complete"),
    "652301102": (FAIR, "partial"),
    "652301103": (GOOD, "complete"),
    "652301104": (FAIR, "complete"),
    "652301105": (FAIR, "ledger"),
    "652301106": (FAIR, "partial"),
    "652301107": (GOOD, "complete"),
    "652301202": (FAIR, "ledger"),
    "652301203": (POOR, "partial"),
}
NONE_WORDS = ("无", "0", "-", "/")
YES, NO = ("有", "√", "是"), ("无", "×", "否")


@dataclass
class Unit:
    """A township (with its villages) or a village, as in the base layers; degrees, CGCS2000."""

    code: str
    name: str
    lon: float
    lat: float
    area: BaseGeometry
    villages: list[Unit] = field(default_factory=list)


@dataclass
class Facility:
    """A station or board: where, for whom, and what is told of it. `where` is the unit's code."""

    where: str
    name: str
    serves: list[str]
    shared: bool
    point: tuple[float, float] | None
    built: date
    size: float
    equipment: str = ""
    updates: list[date] | str = ""
    last_only: bool = False


@dataclass
class Truth:
    """All that the senders know. `none`: units that say so; who is in no list has not reported."""

    stations: list[Facility] = field(default_factory=list)
    boards: list[Facility] = field(default_factory=list)
    none_stations: set[str] = field(default_factory=set)
    none_boards: set[str] = field(default_factory=set)
    people: dict[str, str] = field(default_factory=dict)
    organisations: dict[str, str] = field(default_factory=dict)


def townships() -> list[Unit]:
    """Read the plan's townships with their villages from the base layers."""
    towns = {}
    for feature in json.loads((HERE / "townships.geojson").read_text(encoding="utf-8"))["features"]:
        p = feature["properties"]
        if p["in_plan"]:
            towns[p["code"]] = Unit(p["code"], p["name"], p["lon"], p["lat"], shape(feature["geometry"]))
    for feature in json.loads((HERE / "villages.geojson").read_text(encoding="utf-8"))["features"]:
        p = feature["properties"]
        if p["township_code"] in towns:
            area = shape(feature["geometry"])
            towns[p["township_code"]].villages.append(Unit(p["code"], p["name"], p["lon"], p["lat"], area))
    return [towns[code] for code in sorted(towns)]


def short(name: str) -> str:
    """A village's everyday name (庙工村村委会 → 庙工村)."""
    for ending in ("居民委员会", "居委会"):
        name = name.removesuffix(ending)
    return name.removesuffix("村委会") if name.endswith("村村委会") else name


def near(rng: random.Random, unit: Unit) -> tuple[float, float] | None:
    """A point by the unit's own, inside its area; sometimes nobody noted one."""
    if rng.random() < 0.12:
        return None
    for _ in range(20):
        lon, lat = unit.lon + rng.uniform(-0.003, 0.003), unit.lat + rng.uniform(-0.002, 0.002)
        if unit.area.contains(Point(lon, lat)):
            return round(lon, 6), round(lat, 6)
    return unit.lon, unit.lat


def past_day(rng: random.Random, first: int, last: int) -> date:
    """A day between two numbers of days before the as-of date."""
    return AS_OF - timedelta(days=rng.randint(first, last))


def changes(rng: random.Random, *, fresh: bool) -> list[date]:
    """Dates of content changes: every 40 to 58 days if fresh, else thinning out since spring."""
    day = past_day(rng, 3, 55) if fresh else past_day(rng, 75, 260)
    found = [day]
    while found[-1] > date(2021, 9, 1):
        found.append(found[-1] - timedelta(days=rng.randint(40, 58) if fresh else rng.randint(50, 120)))
    return sorted(found)


def facility(rng: random.Random, unit: Unit, name: str, partners: Sequence[Unit]) -> Facility:
    """A facility at a unit, shared with its partners if there are any."""
    return Facility(
        where=unit.code,
        name=name,
        serves=[p.code for p in partners],
        shared=bool(partners) or rng.random() < 0.06,
        point=near(rng, unit),
        built=date(rng.randint(2015, 2021), rng.randint(1, 12), rng.randint(1, 28)),
        size=rng.choice((20, 30, 35, 40, 60, 80, 120)),
        equipment=rng.choice(("有", "有", "投影仪、展板", "科普图书角")),
    )


def truth(rng: random.Random, towns: Sequence[Unit]) -> Truth:
    """Draw who has what."""
    found = Truth()
    for town in towns:
        profile, way = PROFILES[town.code[:9]]
        seats(rng, found, town, profile)
        if profile == SILENT:
            continue
        for kind, rows, none in (
            ("活动站", found.stations, found.none_stations),
            ("宣传栏", found.boards, found.none_boards),
        ):
            spread(rng, town, kind, rows, none)
        for village in town.villages:
            has = rng.random() < HAS[profile] + 0.02
            found.people[village.code] = str(rng.randint(1, 3)) if has else rng.choice((*NONE_WORDS, ""))
            organised = rng.random() < HAS[profile] + 0.03
            found.organisations[village.code] = rng.choice(YES) if organised else rng.choice((*NO, ""))
        if way == "ledger":
            for village in town.villages[-1:]:
                found.people[village.code] = ""
    special_cases(found, towns)
    return found


def seats(rng: random.Random, found: Truth, town: Unit, profile: str) -> None:
    """Township-level station and board; a poor one has no equipment, a silent one names a station only."""
    station = facility(rng, town, f"{short(town.name)}演示科普活动中心", ())
    station.shared = False
    station.equipment = {GOOD: "有", FAIR: "有", POOR: "无", SILENT: ""}[profile]
    found.stations.append(station)
    if profile in (GOOD, FAIR):
        board = facility(rng, town, f"{short(town.name)}演示科普画廊", ())
        board.shared, board.updates = False, changes(rng, fresh=profile == GOOD)
        found.boards.append(board)
    elif profile == POOR and town.code.startswith("6523012"):
        found.none_boards.add(town.code)


def spread(rng: random.Random, town: Unit, kind: str, rows: list[Facility], none: set[str]) -> None:
    """One facility a village, now and then one for two or three neighbours."""
    profile, way = PROFILES[town.code[:9]]
    waiting = list(town.villages)
    while waiting:
        village = waiting.pop(0)
        if rng.random() >= HAS[profile]:
            if way in ("partial", "ledger") and rng.random() < 0.55:
                none.add(village.code)
            continue
        partners = [waiting.pop(0) for _ in range(rng.randint(1, 2)) if waiting] if rng.random() < 0.14 else []
        made = facility(rng, village, f"{short(village.name)}演示科普{kind}", partners)
        if kind == "宣传栏":
            describe_changes(rng, made, fresh=rng.random() < FRESH[profile])
        rows.append(made)


def describe_changes(rng: random.Random, board: Facility, *, fresh: bool) -> None:
    """Most senders list all dates, some only the last, a few say never or leave it blank."""
    board.updates = changes(rng, fresh=fresh)
    draw = rng.random()
    board.last_only = draw < 0.3
    if not fresh and draw > 0.9:
        board.updates = "无"
    elif draw > 0.96:
        board.updates = ""


def of_villages(rows: Sequence[Facility], township: str) -> list[Facility]:
    """The facilities of a township's villages, without its own level's."""
    return [f for f in rows if f.where.startswith(township) and not f.where.endswith("000")]


def special_cases(found: Truth, towns: Sequence[Unit]) -> None:
    """The edges that an inspector tries: the last day, the day after, a long gap, and what is not built yet."""
    edges = of_villages(found.boards, "652301101")
    edges[0].updates, edges[0].last_only = [date(2022, 8, 31)], True  # due on the as-of date itself: met
    edges[1].updates, edges[1].last_only = [date(2022, 8, 30)], True  # due the day before: overdue
    edges[2].updates = [date(2021, 11, 2), date(2022, 1, 5), date(2022, 6, 20), date(2022, 10, 12)]
    edges[2].last_only = False  # fresh now, but half a year without a change
    late = of_villages(found.boards, "652301104")[0]
    late.built, late.updates = date(2022, 12, 8), ""  # comes after the as-of date
    of_villages(found.stations, "652301104")[-1].built = date(2022, 12, 1)
    astray = next(s for s in of_villages(found.stations, "652301004") if s.point)
    elsewhere = next(t for t in towns if t.code.startswith("652301105"))
    astray.point = (elsewhere.lon, elsewhere.lat)  # the seat of another township: a warning
