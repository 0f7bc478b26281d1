"""Make the demo submissions: what 16 townships and the city's offices would send by 2022-10-31.

Everything is invented, and says so in each file. One seed, so the same bytes each time:

    python data/changji/make_submissions.py

Who has what is drawn first (make_facilities.py), then written as each sender would write it:
lists or ledgers, codes or names, xlsx or csv, whole lists or gaps. The city's offices' lists
are in make_city_lists.py.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

from make_city_lists import add_city_lists
from make_facilities import NONE_WORDS, POOR, PROFILES, short, townships, truth
from make_tables import Folder

from geo.crs import from_cgcs2000

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from make_facilities import Facility, Truth, Unit
    from make_tables import Cell

FOLDER = Path(__file__).resolve().parent / "submissions"
SEED = 20221031
GCJ02_TOWNSHIP = "652301106"  # its station list was read off Amap
CSV_TOWNSHIPS = {"652301103": "gb18030", "652301107": "utf-8-sig", "652301003": "utf-8-sig"}
CODE_TOWNSHIPS = {"652301001", "652301101", "652301104", "652301003"}
WRITTEN_NAMES = {"652301202": "阿什里乡", "652301001": "宁边路", "652301103": "二六工镇人民政府"}
HOSTS = ("村委会", "文化站", "党群服务中心", "农家书屋")
OWN = ("代码", "乡镇(街道)", "村(社区)")
STATIONS = (
    *(*OWN, "活动站名称", "专用/共用", "服务单位", "依托设施", "设备"),
    *("面积(平方米)", "建成日期", "经度", "纬度", "坐标系"),
)
BOARDS = (
    *(*OWN, "宣传栏名称", "使用方式", "服务单位", "长度(米)", "建成日期"),
    *("更换日期", "最近更换日期", "经度", "纬度"),
)
AGAIN = (
    *("乡镇(街道)", "村(社区)", "活动站名称", "使用方式", "共用单位", "设备"),
    *("使用面积(㎡)", "启用日期", "经度", "纬度"),
)
LEDGER = ("统计用区划代码", "乡镇(街道)", "村(社区)", "科普员人数", "科普组织", "分管领导", "专兼职人员")
LEDGER_FACILITIES = ("活动站", "活动站共用单位", "活动站设备", "宣传栏", "宣传栏更换日期", "宣传栏最近更换日期")


def build(folder: Folder) -> dict[str, bytes]:
    """File name → content of every file that a folder makes of the truth, and its manifest."""
    rng = random.Random(SEED)
    towns = townships()
    names = {v.code: short(v.name) for t in towns for v in t.villages} | {t.code: "本级" for t in towns}
    found = truth(rng, towns)
    for town in towns:
        _, way = PROFILES[town.code[:9]]
        if way != "ledger":
            add_stations(rng, folder, town, found, names)
            add_boards(rng, folder, town, found, names)
        if way != "silent":
            add_ledger(folder, town, found, names)
    add_again(folder, found, names, towns)
    add_city_lists(rng, folder, towns, names)
    return {**folder.files, "manifest.toml": folder.manifest()}


def columns_of(town: Unit, names: Mapping[str, str], code: str) -> list[Cell]:
    """Code, township and village as this sender writes them."""
    shown = WRITTEN_NAMES.get(town.code[:9], town.name)
    return [code if town.code[:9] in CODE_TOWNSHIPS else "", shown, names[code]]


def shared_by(row: Facility, names: Mapping[str, str]) -> tuple[str, str]:
    """(专用/共用, 服务单位) as written."""
    return "共用" if row.shared else "专用", "、".join(names[code] for code in row.serves)


def told_changes(board: Facility) -> tuple[str, Cell]:
    """(更换日期, 最近更换日期) as written."""
    if isinstance(board.updates, str):
        return board.updates, ""
    if board.last_only:
        return "", board.updates[-1]
    return "、".join(d.isoformat() for d in board.updates), ""


def none_rows(rng: random.Random, town: Unit, none: set[str], names: Mapping[str, str], width: int) -> list[list[Cell]]:
    """Rows of units that report none: the name says so, the rest is blank."""
    codes = [code for code in sorted(none) if code[:9] == town.code[:9]]
    rows = [[*columns_of(town, names, code), rng.choice(NONE_WORDS)] for code in codes]
    return [[*row, *[None] * (width - len(row))] for row in rows]


def add_stations(rng: random.Random, folder: Folder, town: Unit, found: Truth, names: Mapping[str, str]) -> None:
    """A township's list of stations."""
    key = town.code[:9]
    amap = key == GCJ02_TOWNSHIP
    rows: list[list[Cell]] = []
    for s in [s for s in found.stations if s.where[:9] == key]:
        point = from_cgcs2000(*s.point, "gcj02") if s.point and amap else s.point
        lon, lat = (round(v, 6) for v in point) if point else (None, None)
        row: list[Cell] = [*columns_of(town, names, s.where), s.name, *shared_by(s, names), rng.choice(HOSTS)]
        rows.append([*row, s.equipment, s.size, s.built, lon, lat, "高德" if amap else "CGCS2000"])
    rows += none_rows(rng, town, found.none_stations, names, len(STATIONS))
    told: dict[str, str | bool] = {"complete": PROFILES[key][1] == "complete"}
    if amap:
        told["datum"] = "gcj02"
    name = f"{short(town.name)}_科普活动站"
    folder.add(name, "stations", town.name, STATIONS, rows, encoding=CSV_TOWNSHIPS.get(key), **told)


def add_boards(rng: random.Random, folder: Folder, town: Unit, found: Truth, names: Mapping[str, str]) -> None:
    """A township's list of boards, if it has anything to say of them."""
    key = town.code[:9]
    rows: list[list[Cell]] = []
    for b in [b for b in found.boards if b.where[:9] == key]:
        row = [*columns_of(town, names, b.where), b.name, *shared_by(b, names), round(b.size / 10, 1), b.built]
        rows.append([*row, *told_changes(b), *(b.point or (None, None))])
    rows += none_rows(rng, town, found.none_boards, names, len(BOARDS))
    if rows:
        name, complete = f"{short(town.name)}_科普宣传栏", PROFILES[key][1] == "complete"
        folder.add(name, "boards", town.name, BOARDS, rows, encoding=CSV_TOWNSHIPS.get(key), complete=complete)


def add_ledger(folder: Folder, town: Unit, found: Truth, names: Mapping[str, str]) -> None:
    """One row a unit; townships that send lists report only people and organisations here."""
    profile, way = PROFILES[town.code[:9]]
    whole = way == "ledger"
    rows = []
    for unit in (town, *town.villages):
        row: list[Cell] = [unit.code, WRITTEN_NAMES.get(town.code[:9], town.name), names[unit.code]]
        if unit is town:
            row += ["", "有", "有", 2 if profile != POOR else ""]
        else:
            row += [found.people.get(unit.code, ""), found.organisations.get(unit.code, ""), "", ""]
        rows.append([*row, *(_ledger_cells(found, unit, names) if whole else ())])
    header = (*LEDGER, *(LEDGER_FACILITIES if whole else ()))
    folder.add(f"{short(town.name)}_站栏员台账", "ledger", town.name, header, rows)


def _ledger_cells(found: Truth, unit: Unit, names: Mapping[str, str]) -> list[Cell]:
    station = next((s for s in found.stations if s.where == unit.code), None)
    board = next((b for b in found.boards if b.where == unit.code), None)
    cells: list[Cell] = ["无" if unit.code in found.none_stations else "", "", ""]
    if station:
        _, partners = shared_by(station, names)
        cells = ["共用" if station.shared else "有", partners, station.equipment]
    if board is None:
        return [*cells, "无" if unit.code in found.none_boards else "", "", ""]
    return [*cells, "共用" if board.shared else "有", *told_changes(board)]


def add_again(folder: Folder, found: Truth, names: Mapping[str, str], towns: Sequence[Unit]) -> None:
    """A second list with stations that the townships listed too: each still counts once."""
    town = next(t for t in towns if t.code.startswith("652301101"))
    twice = [s for s in found.stations if s.where[:9] == town.code[:9] and s.where != town.code][:6]
    rows: list[list[Cell]] = []
    for s in twice:
        row: list[Cell] = [town.name, names[s.where], s.name, *shared_by(s, names), s.equipment, s.size, s.built]
        rows.append([*row, *(s.point or (None, None))])
    folder.add("文明实践所站_科普活动站", "stations", "市科协", AGAIN, rows)


def main() -> None:
    """Write every file into submissions/; lists of an earlier run that are no longer made go."""
    made = build(Folder())
    for old in FOLDER.glob("[0-9][0-9]_*"):
        if old.name not in made:
            old.unlink()
    for name, content in made.items():
        (FOLDER / name).write_bytes(content)
        print(name, len(content))


if __name__ == "__main__":
    main()
