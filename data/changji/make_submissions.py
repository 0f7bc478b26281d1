"""Make the demo submissions: what 16 townships and the city's offices would send by 2022-10-31.

Everything is invented, and says so in each file. One seed, so the same bytes each time:

    python data/changji/make_submissions.py [FOLDER]

The truth is drawn first (`truth`), then written as each sender would write it (`write_*`):
lists or ledgers, codes or names, xlsx or csv, whole lists or gaps.
"""

from __future__ import annotations

import csv
import io
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from shapely.geometry import Point, shape

from geo.crs import from_cgcs2000

HERE = Path(__file__).parent
AS_OF = date(2022, 10, 31)
SEED = 20221031
NOTE = "演示数据，全部虚构，仅供程序演示：设施、学校、活动和数字均不真实，不得引用。"

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
GCJ02_TOWNSHIP = "652301106"  # its station list was read off Amap
CSV_TOWNSHIPS = {"652301103": "gb18030", "652301107": "utf-8-sig", "652301003": "utf-8-sig"}
CODE_TOWNSHIPS = {"652301001", "652301101", "652301104", "652301003"}
WRITTEN_NAMES = {"652301202": "阿什里乡", "652301001": "宁边路", "652301103": "二六工镇人民政府"}
NONE_WORDS = ("无", "0", "-", "/")
YES, NO = ("有", "√", "是"), ("无", "×", "否")


@dataclass
class Unit:
    """A township (with its villages) or a village, as in the base layers."""

    code: str
    name: str
    lon: float
    lat: float
    area: Any
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


# -- the truth ---------------------------------------------------------------


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
    special_boards(rng, found, towns)
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


def special_boards(rng: random.Random, found: Truth, towns: Sequence[Unit]) -> None:
    """The edges that an inspector tries: the last day, the day after, a long gap, and what is not built yet."""
    by_town = {t.code[:9]: [b for b in found.boards if b.where.startswith(t.code[:9]) and b.where != t.code] for t in towns}
    edges = by_town["652301101"]
    edges[0].updates, edges[0].last_only = [date(2022, 8, 31)], True  # due on the as-of date itself: met
    edges[1].updates, edges[1].last_only = [date(2022, 8, 30)], True  # due the day before: overdue
    edges[2].updates = [date(2021, 11, 2), date(2022, 1, 5), date(2022, 6, 20), date(2022, 10, 12)]
    edges[2].last_only = False  # fresh now, but half a year without a change
    late = by_town["652301104"][0]
    late.built, late.updates = date(2022, 12, 8), ""  # comes after the as-of date
    stations = [s for s in found.stations if s.where.startswith("652301104") and not s.where.endswith("000")]
    stations[-1].built = date(2022, 12, 1)
    astray = next(s for s in found.stations if s.where.startswith("652301004") and s.point and not s.where.endswith("000"))
    astray.point = (87.40221, 44.07613)  # the seat of another township: a warning


# -- how it is written ---------------------------------------------------------


class Folder:
    """The folder that the files go to, and its manifest."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: list[dict[str, Any]] = []
        path.mkdir(parents=True, exist_ok=True)
        for old in path.iterdir():
            if old.suffix in (".xlsx", ".csv", ".toml"):
                old.unlink()

    def add(
        self, name: str, layer: str, sender: str, header: Sequence[str], rows: Sequence[Sequence[Any]], **told: Any
    ) -> None:
        """Write a table as .xlsx, or as .csv where `encoding` is given."""
        encoding = told.pop("encoding", None)
        file = f"{len(self.entries) + 1:02d}_{name}.{'csv' if encoding else 'xlsx'}"
        if encoding:
            self._write_csv(file, header, rows, encoding)
        else:
            self._write_xlsx(file, name, header, rows)
        received = told.pop("received_on", date(2022, 10, 20) + timedelta(days=len(self.entries) % 9))
        self.entries.append({"file": file, "layer": layer, "sender": sender, "received_on": received, **told})

    def _write_csv(self, file: str, header: Sequence[str], rows: Sequence[Sequence[Any]], encoding: str) -> None:
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([*header, "备注"])
        writer.writerows([[*(_plain(cell) for cell in row), "演示，虚构"] for row in rows])
        (self.path / file).write_bytes(text.getvalue().encode(encoding))

    def _write_xlsx(self, file: str, title: str, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        with xlsxwriter.Workbook(str(self.path / file), {"strings_to_formulas": False}) as book:
            book.set_properties({"title": title, "comments": NOTE, "created": datetime(2022, 10, 20)})
            bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
            sheet = book.add_worksheet("数据")
            sheet.write_row(0, 0, header, bold)
            for at, row in enumerate(rows, start=1):
                for column, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write_datetime(at, column, datetime(cell.year, cell.month, cell.day), day)
                    elif cell not in (None, ""):
                        sheet.write(at, column, cell)
            sheet.set_column(0, len(header) - 1, 16)
            sheet.freeze_panes(1, 0)
            notes = book.add_worksheet("说明")
            notes.write(0, 0, NOTE)

    def close(self) -> None:
        """Write manifest.toml."""
        lines = ["# 演示报表清单：谁、哪天、报了什么。由 make_submissions.py 生成，全部虚构。", ""]
        for entry in self.entries:
            lines.append("[[files]]")
            for key, value in entry.items():
                told = str(value).lower() if isinstance(value, bool) else value.isoformat() if isinstance(value, date) else f'"{value}"'
                lines.append(f"{key} = {told}")
            lines.append("")
        (self.path / "manifest.toml").write_text("\n".join(lines), encoding="utf-8", newline="\n")


def _plain(cell: Any) -> Any:
    return "" if cell is None else cell.isoformat() if isinstance(cell, date) else cell


def columns_of(town: Unit, names: dict[str, str], code: str) -> list[str]:
    """Code, township and village as this sender writes them."""
    shown = WRITTEN_NAMES.get(town.code[:9], town.name)
    return [code if town.code[:9] in CODE_TOWNSHIPS else "", shown, "本级" if code == town.code else names[code]]


def told_changes(board: Facility) -> tuple[Any, Any]:
    """(更换日期, 最近更换日期) as written."""
    if isinstance(board.updates, str):
        return board.updates, ""
    if board.last_only:
        return "", board.updates[-1]
    return "、".join(d.isoformat() for d in board.updates), ""


def write_lists(rng: random.Random, folder: Folder, town: Unit, found: Truth, names: dict[str, str]) -> None:
    """A station list and a board list; reported none is a row whose name says so."""
    _, way = PROFILES[town.code[:9]]
    shown, key = short(town.name), town.code[:9]
    told = {"complete": way == "complete"}
    encoding = CSV_TOWNSHIPS.get(key)
    datum = "高德" if key == GCJ02_TOWNSHIP else "CGCS2000"
    own = ("代码", "乡镇(街道)", "村(社区)")
    rows: list[list[Any]] = []
    for s in [s for s in found.stations if s.where[:9] == key]:
        point = s.point and (from_cgcs2000(*s.point, "gcj02") if datum == "高德" else s.point)
        rows.append(
            [*columns_of(town, names, s.where), s.name, "共用" if s.shared else "专用",
             "、".join(names[c] for c in s.serves), rng.choice(("村委会", "文化站", "党群服务中心", "农家书屋")),
             s.equipment, s.size, s.built, *(round(v, 6) for v in point or ()), *((None, None) if not point else ()), datum]
        )  # fmt: skip
    rows += [[*columns_of(town, names, c), rng.choice(NONE_WORDS)] for c in sorted(found.none_stations) if c[:9] == key]
    header = (*own, "活动站名称", "专用/共用", "服务单位", "依托设施", "设备", "面积(平方米)", "建成日期", "经度", "纬度", "坐标系")
    folder.add(f"{shown}_科普活动站", "stations", f"{town.name}", header, [_padded(r, len(header)) for r in rows],
               encoding=encoding, **told, **({"datum": "gcj02"} if datum == "高德" else {}))  # fmt: skip
    rows = []
    for b in [b for b in found.boards if b.where[:9] == key]:
        rows.append(
            [*columns_of(town, names, b.where), b.name, "共用" if b.shared else "专用",
             "、".join(names[c] for c in b.serves), round(b.size / 10, 1), b.built, *told_changes(b), *(b.point or (None, None))]
        )  # fmt: skip
    rows += [[*columns_of(town, names, c), rng.choice(NONE_WORDS)] for c in sorted(found.none_boards) if c[:9] == key]
    header = (*own, "宣传栏名称", "使用方式", "服务单位", "长度(米)", "建成日期", "更换日期", "最近更换日期", "经度", "纬度")
    if rows:
        folder.add(f"{shown}_科普宣传栏", "boards", f"{town.name}", header, [_padded(r, len(header)) for r in rows],
                   encoding=encoding, **told)  # fmt: skip


def _padded(row: Sequence[Any], width: int) -> list[Any]:
    return [*row, *[None] * (width - len(row))]


def write_ledger(folder: Folder, town: Unit, found: Truth, names: dict[str, str]) -> None:
    """One row a unit; townships that send lists report only people and organisations here."""
    profile, way = PROFILES[town.code[:9]]
    whole = way == "ledger"
    header = ["统计用区划代码", "乡镇(街道)", "村(社区)", "科普员人数", "科普组织", "分管领导", "专兼职人员"]
    if whole:
        header += ["活动站", "活动站共用单位", "活动站设备", "宣传栏", "宣传栏更换日期", "宣传栏最近更换日期"]
    rows = []
    for unit in (town, *town.villages):
        level = unit is town
        row: list[Any] = [unit.code, WRITTEN_NAMES.get(town.code[:9], town.name), "本级" if level else names[unit.code]]
        row.append("" if level else found.people.get(unit.code, ""))
        row += ["有", "有", 2 if profile != POOR else ""] if level else [found.organisations.get(unit.code, ""), "", ""]
        if whole:
            row += _ledger_cells(found, unit, names)
        rows.append(row)
    folder.add(f"{short(town.name)}_站栏员台账", "ledger", town.name, header, rows)


def _ledger_cells(found: Truth, unit: Unit, names: dict[str, str]) -> list[Any]:
    station = next((s for s in found.stations if s.where == unit.code), None)
    board = next((b for b in found.boards if b.where == unit.code), None)
    cells: list[Any] = ["无" if unit.code in found.none_stations else "", "", ""]
    if station:
        shared = "、".join(names[c] for c in station.serves)
        cells = ["共用" if station.shared else "有", shared, station.equipment]
    if board is None:
        return [*cells, "无" if unit.code in found.none_boards else "", "", ""]
    return [*cells, "共用" if board.shared else "有", *told_changes(board)]


def write_again(folder: Folder, found: Truth, names: dict[str, str], towns: Sequence[Unit]) -> None:
    """A second list with stations that the townships listed too: each still counts once."""
    town = next(t for t in towns if t.code.startswith("652301101"))
    twice = [s for s in found.stations if s.where[:9] == town.code[:9] and s.where != town.code][:3]
    header = ("乡镇(街道)", "村(社区)", "活动站名称", "使用方式", "共用单位", "设备", "使用面积(㎡)", "启用日期", "经度", "纬度")
    rows = [
        [town.name, names[s.where], s.name, "共用" if s.shared else "专用", "、".join(names[c] for c in s.serves),
         s.equipment, s.size, s.built, *(s.point or (None, None))]
        for s in twice
    ]  # fmt: skip
    folder.add("文明实践所站_科普活动站", "stations", "市科协", header, rows)


def main(target: Path) -> None:
    """Draw the truth and write every file."""
    from make_city_lists import write_city_lists

    rng = random.Random(SEED)
    towns = townships()
    names = {v.code: short(v.name) for t in towns for v in t.villages} | {t.code: "本级" for t in towns}
    found = truth(rng, towns)
    folder = Folder(target)
    for town in towns:
        _, way = PROFILES[town.code[:9]]
        if way != "ledger":
            write_lists(rng, folder, town, found, names)
        if way != "silent":
            write_ledger(folder, town, found, names)
    write_again(folder, found, names, towns)
    write_city_lists(rng, folder, towns, names, near)
    folder.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "submissions")
