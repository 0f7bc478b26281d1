"""Commands about distance: who lives how far from what, and rounds through chosen places."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli.app import DEFAULT_STORE, AsOfOption, StoreOption, app, complain, day, deliver, open_store, refuse, say
from api.cli.roads import ModeOption, RoadsOption, roads_of

if TYPE_CHECKING:
    from geo.rounds import Rounds
    from geo.served import Served
    from geo.store import Store

_SUFFIXES = (".html", ".json", ".xlsx", ".csv")


@app.command("access")
def access(
    layer: Annotated[str, typer.Argument(help="哪类设施，如 stations（活动站）", metavar="LAYER")],
    within: Annotated[str, typer.Option("--within", help="距离档（米）", metavar="M,M")] = "500,1000,2000",
    roads: RoadsOption = None,
    mode: ModeOption = "walk",
    format_: Annotated[Literal["table", "json"], typer.Option("--format", help="输出格式")] = "table",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="写入 .json 文件")] = None,
    as_of: AsOfOption = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """离得多远：各村到最近设施的距离，按档数村和人，列出最远的。"""
    import json

    from geo.served import served

    if output is not None and format_ == "table":
        refuse("表格只显示在屏幕上；写入文件请加 --format json")
    limits = _numbers(within)
    with open_store(store).reading() as seen:
        layers, place = seen.layers(as_of=day(as_of)), seen.place()
    found = served(layers, place, layer, limits, roads=roads_of(roads, place), mode=mode)
    if format_ == "json":
        told = {"as_of": day(as_of).isoformat(), **found.to_dict()}
        deliver(f"{json.dumps(told, ensure_ascii=False, indent=1)}\n".encode(), output)
        return
    _show_served(found)


@app.command("tour")
def tour(
    output: Annotated[Path, typer.Option("-o", "--output", help="写入 .html（可打印，带图）、.json、.xlsx 或 .csv")],
    units: Annotated[
        Path | None, typer.Option("--units", help="文本文件：一行一个单位（代码或名称）", metavar="FILE")
    ] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="走这条规则的缺口", metavar="ID")] = None,
    township: Annotated[str | None, typer.Option("--township", help="只走一个乡镇（街道）", metavar="T")] = None,
    start: Annotated[str | None, typer.Option("--start", help="从哪个单位出发（默认第一个）", metavar="UNIT")] = None,
    days: Annotated[int, typer.Option("--days", help="最多分几天（与 --longest 合用）", min=1, metavar="N")] = 1,
    longest: Annotated[float | None, typer.Option("--longest", help="每天最多几公里", min=0.001, metavar="KM")] = None,
    roads: RoadsOption = None,
    mode: ModeOption = "drive",
    as_of: AsOfOption = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """走一圈：大篷车巡展或抽查的路线，按天排好顺序，可打印。"""
    import json

    from geo.rounds import rounds
    from geo.tables import check_table_path, write_table
    from maps.round_sheet import COLUMNS, round_rows, round_sheet

    suffix = output.suffix.lower()
    if suffix not in _SUFFIXES:
        refuse(f"{output.name}：请写成 {'、'.join(_SUFFIXES)} 之一")
    if suffix in (".xlsx", ".csv"):
        check_table_path(output)
    database = open_store(store)
    with database.reading() as seen:
        layers, place = seen.layers(as_of=day(as_of)), seen.place()
    codes = _chosen(database, units, rule, township, day(as_of))
    first = None if start is None else _unit(place, start)
    found = rounds(
        layers,
        codes,
        start=first,
        days=days,
        longest=longest and longest * 1000,
        roads=roads_of(roads, place),
        mode=mode,
    )
    title = f"{place.name}巡回路线（截至{day(as_of).isoformat()}）"
    if suffix == ".html":
        output.write_text(round_sheet(found, layers, place, title=title), encoding="utf-8")
    elif suffix == ".json":
        output.write_text(f"{json.dumps(found.to_dict(), ensure_ascii=False, indent=1)}\n", encoding="utf-8")
    else:
        write_table(output, round_rows(found), title=title, header=COLUMNS)
    _tell_rounds(found)
    say(f"已写出 {output}")


def _chosen(database: Store, units: Path | None, rule: str | None, township: str | None, as_of: Any) -> list[str]:
    """Return the codes of the places to go to: of a file, or a rule's gaps, or all villages of a township."""
    from api.cli.app import township_code

    if units is None and rule is None and township is None:
        refuse("去哪里？请给 --units 文件、--rule 规则或 --township 乡镇")
    if units is not None and (rule or township):
        refuse("--units 不能与 --rule、--township 一起用")
    if units is not None:
        return _listed(database, units)
    home = township_code(database, township)
    if rule is None:
        villages = database.layers(as_of=as_of)["villages"]
        return sorted(villages.loc[villages["township_code"] == home, "code"])
    from geo.assess import assess_store

    findings = assess_store(database, as_of=as_of).rule(rule).findings
    gaps = [f for f in findings if f["state"] in ("not_met", "unknown") and home in (None, f["township_code"])]
    return [str(f["unit_code"]) for f in gaps]


def _listed(database: Store, units: Path) -> list[str]:
    from geo.errors import InputRefused

    try:
        lines = units.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        msg = f"{units.name}：不是 UTF-8 文本"
        raise InputRefused(msg) from None
    place = database.place()
    return [_unit(place, line.strip()) for line in lines if line.strip()]


def _unit(place: Any, text: str) -> str:
    """Return the code of a unit by its code or its name. Raises UnknownUnit."""
    from geo.errors import UnknownUnit

    gazetteer = place.gazetteer
    codes = [gazetteer.current(text)] if gazetteer.known(text) else [*gazetteer.find_township(text)]
    codes = codes or sorted({code for town in gazetteer.townships for code in gazetteer.find_village(text, town)})
    if len(codes) == 1 and codes[0]:
        return str(codes[0])
    told = f"有{len(codes)}个，请写 12 位代码" if codes else "没有"
    msg = f"单位“{text[:40]}”{told}"
    raise UnknownUnit(msg)


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.replace("，", ",").split(",") if part.strip()]
    except ValueError:
        refuse(f"--within “{text}”：要写成几个数，如 500,1000,2000")


def _show_served(found: Served) -> None:
    from geo.schema import LAYERS

    how = "沿道路" if found.roads else f"直线距离乘 {found.detour:g}（没有给道路）"
    say(f"{found.villages} 个村到最近{LAYERS[found.layer].label}（{found.facilities} 处），{how}")
    for band in found.bands:
        name = f"{band.low:.0f} 米以上" if band.high == float("inf") else f"{band.low:.0f}–{band.high:.0f} 米"
        missing = f"，{band.uncounted} 个村人口不详" if band.uncounted else ""
        say(f"{name}：{band.units} 个村，{band.people:.0f} 人{missing}")
    far = [f"{f.unit_name}（{'到不了' if f.metres is None else f'{f.metres:.0f} 米'}）" for f in found.furthest]
    say(f"最远的：{'、'.join(far)}")
    if found.estimated:
        say(f"{found.estimated} 个村的人口是推算")
    if found.roads and found.straight:
        say(f"{found.straight} 个村离道路太远，按直线距离乘 {found.detour:g} 计")
    if found.unlocated:
        say(f"没有位置、未参与计算：{'、'.join(found.unlocated)}")
    if found.lost:
        complain(f"{found.lost} 处设施没有位置，未参与计算")


def _tell_rounds(found: Rounds) -> None:
    for number, each in enumerate(found.days, 1):
        names = " → ".join(stop.name for stop in each.stops)
        say(f"第{number}天：{found.start.name} → {names} → {found.start.name}，{each.metres / 1000:.1f} 公里")
    how = "沿道路" if found.roads else f"直线距离乘 {found.detour:g}"
    say(f"共 {found.metres / 1000:.1f} 公里（{how}）；不可能少于 {found.bound / 1000:.1f} 公里")
    if found.unlocated:
        complain(f"没有位置、没有排进路线：{'、'.join(found.unlocated)}")
