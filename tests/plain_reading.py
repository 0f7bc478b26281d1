"""Read the demo's submissions slowly and plainly, for `tests.plain_count`.

Nothing of the program is used: openpyxl, csv, and dictionaries of names and words that fit
these files and no others. A blank is None, never a guess.
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import openpyxl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Row = dict[str, str]

NONE, YES, NO = {"无", "0", "-", "/"}, {"有", "是", "√"}, {"无", "否", "×", "0", "-", "/"}
CITY_LISTS = {"schools", "bases", "activities", "figures"}
OTHER_NAMES = {"阿什里乡": "阿什里哈萨克民族乡", "宁边路": "宁边路街道", "二六工镇人民政府": "二六工镇"}
LEVELS = {"国家级": "above", "自治区级": "above", "地州级": "above", "县市级": "below"}


@dataclass
class Facility:
    """Anything listed; `units` are all that it counts for, `shared` and `facts` what is said of it (None: blank)."""

    home: str
    units: set[str]
    shared: bool | None
    facts: dict[str, Any]


@dataclass
class Reported:
    """What all files together say."""

    place: str
    plan: dict[str, Any]
    townships: dict[str, dict[str, Any]]
    villages: dict[str, dict[str, Any]]
    listed: dict[str, dict[tuple[str, str], Facility]] = field(default_factory=lambda: defaultdict(dict))
    """layer → what it is known by (unit and name, or its own number) → all that was reported of it."""
    none: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    whole: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    people: dict[str, int] = field(default_factory=dict)


def read_all(place: Path) -> Reported:
    """Read a place folder: base layers, plan, and every file of the manifest in the order of their coming."""
    plan = tomllib.loads((place / "plan.toml").read_text(encoding="utf-8"))
    towns, villages = (
        {
            f["properties"]["code"]: f["properties"]
            for f in json.loads((place / f"{name}.geojson").read_bytes())["features"]
        }
        for name in ("townships", "villages")
    )
    found = Reported(plan["plan"]["place"] + "000000", plan, towns, villages)
    manifest = tomllib.loads((place / "submissions" / "manifest.toml").read_text(encoding="utf-8"))
    for entry in sorted(manifest["files"], key=lambda entry: entry["received_on"]):  # of one day, as listed
        _read_file(found, entry, list(_rows(place / "submissions" / entry["file"])))
    return found


def _rows(path: Path) -> Iterator[Row]:
    """Header → text of every row of the first sheet; days as 2022-10-31."""
    if path.suffix == ".csv":
        content = path.read_bytes()
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                text = content.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
        yield from csv.DictReader(io.StringIO(text, newline=""))
        return
    header, *body = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
    for cells in body:
        yield {str(name): _text(cell) for name, cell in zip(header, cells, strict=True)}


def _text(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return "" if cell is None else str(cell)


def _read_file(found: Reported, entry: dict[str, Any], rows: list[Row]) -> None:
    layer, mentioned, silent = entry["layer"], set(), set()
    for row in rows:
        if layer == "figures":
            facts = {"value": float(row["数值"]) if row["数值"] else None, "starts": _day(row["数据日期"])}
            _keep(found, layer, (row["任务号"], row["指标"]), Facility(found.place, set(), False, facts))
            continue
        unit = _unit(found, row)
        mentioned.add(_town(unit))
        if layer == "ledger":
            _read_ledger_row(found, unit, row)
        elif layer == "villages":
            if row["常住人口(人)"]:
                found.people[unit] = int(row["常住人口(人)"])
        elif not _read_listed(found, layer, unit, row):
            silent.add(_town(unit))
    if entry.get("complete"):
        assert layer != "ledger"
        everywhere = {found.place} if layer in CITY_LISTS else {entry["scope"]} if "scope" in entry else mentioned
        found.whole[layer] |= everywhere - (silent | {found.place} if silent else set())


def _town(unit: str) -> str:
    return unit[:9] + "000"


def _unit(found: Reported, row: Row) -> str:
    """The unit that a row means, by its names; a code beside them must agree."""
    name = OTHER_NAMES.get(row["乡镇(街道)"], row["乡镇(街道)"])
    (town,) = [code for code, t in found.townships.items() if t["name"] == name]
    village = row.get("村(社区)", "")
    unit = town if village in {"", "本级"} else _village(found, town, village)
    code = row.get("代码") or row.get("统计用区划代码") or unit
    assert code == unit, row
    return unit


def _village(found: Reported, town: str, name: str) -> str:
    """The one village of a township with this everyday name."""
    (code,) = [c for c, v in found.villages.items() if v["township_code"] == town and _everyday(v["name"]) == name]
    return code


def _everyday(name: str) -> str:
    """庙工村村委会 → 庙工村, 西街社区居民委员会 → 西街社区."""
    for long, brief in (("社区居民委员会", "社区"), ("社区居委会", "社区"), ("村村委会", "村")):
        if name.endswith(long):
            return name.removesuffix(long) + brief
    return name


def _several(found: Reported, unit: str, text: str) -> set[str]:
    """The units named in a cell, each a village of the row's township or that township."""
    own = found.townships[_town(unit)]["name"]
    return {_town(unit) if item == own else _village(found, _town(unit), item) for item in text.split("、") if item}


def _yes(text: str, *, any_text: bool = False) -> bool | None:
    """Yes, no, or None for a blank; where `any_text`, what isn't a no is a yes (设备: 投影仪)."""
    if not text:
        return None
    assert any_text or text in YES | NO, text
    return text not in NO


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _changes(all_days: str, last_day: str) -> dict[str, Any]:
    """`changes`: days; [] for never; None for a blank. `whole`: whether those are all days."""
    if all_days in NONE:
        return {"changes": [], "whole": True}
    if all_days:
        return {"changes": sorted(date.fromisoformat(d) for d in all_days.split("、")), "whole": True}
    return {"changes": [date.fromisoformat(last_day)] if last_day else None, "whole": False}


def _keep(found: Reported, layer: str, key: tuple[str, str], facility: Facility) -> None:
    """Keep a report of a facility: in however many lists it stands, it counts once; a blank takes nothing back."""
    older = found.listed[layer].get(key)
    if older is not None and layer != "figures":
        partners = (facility.units - {facility.home}) or (older.units - {older.home})
        shared = (older.shared if facility.shared is None else facility.shared) or bool(partners)
        again = [name for name, value in facility.facts.items() if name != "changes" and older.facts[name] and value]
        assert all(facility.facts[name] == older.facts[name] for name in again), "else the day of a report would matter"
        facts = {name: older.facts[name] if value in (None, set()) else value for name, value in facility.facts.items()}
        if facility.facts.get("changes"):  # on top of those known; all are told if nothing was left out in between
            known = set(older.facts["changes"] or ()) | set(facility.facts["changes"])
            assert facility.facts["whole"] or not older.facts["whole"], (
                "the demo has no list of last changes after a full"
            )
            facts["changes"] = sorted(known)
        elif "changes" in facility.facts and facility.facts["changes"] is None:
            facts["whole"] = older.facts["whole"]
        facility = Facility(facility.home, {facility.home} | partners, shared, facts)
    found.listed[layer][key] = facility


def _deny(found: Reported, layer: str, unit: str) -> None:
    """Keep that a unit has none."""
    found.none[layer].add(unit)
    assert all(f.home != unit for f in found.listed[layer].values()), "else the day of a report would matter"


NAMES = {
    "stations": "活动站名称", "boards": "宣传栏名称", "schools": "学校名称",
    "bases": "基地名称", "associations": "协会名称", "activities": "活动名称",
}  # fmt: skip


def _read_listed(found: Reported, layer: str, unit: str, row: Row) -> bool:
    """Keep a row of a list; False if it names a unit and says nothing."""
    name = row[NAMES[layer]]
    if name in NONE:
        _deny(found, layer, unit)
        return True
    if not any(
        text for header, text in row.items() if header not in {"代码", "乡镇(街道)", "村(社区)", "备注", "坐标系"}
    ):
        return False
    partners = _several(found, unit, row.get("服务单位") or row.get("共用单位") or row.get("覆盖单位") or "")
    said = {row.get("专用/共用"), row.get("使用方式")}
    shared = True if "共用" in said or partners - {unit} else False if "专用" in said else None
    key = row.get("学校编号") or row.get("基地编号") or name + row.get("活动日期", "")
    nobody = any(row.get(header) in NONE for header in ("服务单位", "共用单位", "覆盖单位"))
    known = {"named": partners, "number": key, "nobody": nobody or None}
    facility = Facility(unit, {unit} | partners, shared, _facts(layer, row) | known)
    _keep(found, layer, ("", key) if layer in {"schools", "bases"} else (unit, key), facility)
    return True


def _facts(layer: str, row: Row) -> dict[str, Any]:
    if layer == "stations":
        day = _day(row.get("建成日期") or row.get("启用日期") or "")
        return {"equipment": _yes(row["设备"], any_text=True), "starts": day}
    if layer == "boards":
        return {"starts": _day(row["建成日期"]), **_changes(row["更换日期"], row["最近更换日期"])}
    if layer == "schools":
        teacher = row["科学教师(科技辅导员)"]
        flags = {"city": "市属", "rural": "农村学校", "lab": "科技活动室", "museum": "科技馆"}
        return {key: _yes(row[header]) for key, header in flags.items()} | {
            "teacher": teacher in {"专职", "兼职"} if teacher else None
        }
    if layer == "bases":
        level = LEVELS[row["级别"]] == "above" if row["级别"] else None
        return {"level": level, "starts": _day(row["命名日期"]), "ends": _day(row["有效期至"])}
    if layer == "associations":
        return {"registered": _yes(row["民政登记"])}
    assert layer == "activities"
    return {"starts": _day(row["活动日期"]), "caravan": row["活动形式"] == "科普大篷车" if row["活动形式"] else None}


def _read_ledger_row(found: Reported, unit: str, row: Row) -> None:
    """Keep what a ledger says of a unit, column by column."""
    people, organised = row["科普员人数"], row["科普组织"]
    if people:
        _said(found, "communicators", unit, {"count": people}, there=people not in NONE)
    staff = row["专兼职人员"]
    facts = {"leader": _yes(row["分管领导"], any_text=True), "staff": int(staff) >= 1 if staff else None}
    if organised:
        _said(found, "organisations", unit, facts, there=organised not in NO)
    if row.get("活动站"):
        partners = _several(found, unit, row["活动站共用单位"])
        facts = {"equipment": _yes(row["活动站设备"], any_text=True), "starts": None}
        _said(
            found,
            "stations",
            unit,
            facts,
            there=row["活动站"] not in NO,
            shared=row["活动站"] == "共用",
            partners=partners,
        )
    if row.get("宣传栏"):
        facts = {"starts": None, **_changes(row["宣传栏更换日期"], row["宣传栏最近更换日期"])}
        _said(found, "boards", unit, facts, there=row["宣传栏"] not in NO, shared=row["宣传栏"] == "共用")


def _said(
    found: Reported,
    layer: str,
    unit: str,
    facts: dict[str, Any],
    *,
    there: bool,
    shared: bool = False,
    partners: frozenset[str] | set[str] = frozenset(),
) -> None:
    if not there:
        _deny(found, layer, unit)
        return
    _keep(found, layer, (unit, ""), Facility(unit, {unit, *partners}, shared or bool(partners - {unit}), facts))
