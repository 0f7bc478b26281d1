"""The command that says where to build next."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli.app import (
    DEFAULT_STORE,
    AsOfOption,
    StoreOption,
    app,
    complain,
    day,
    deliver,
    open_store,
    refuse,
    say,
    who,
)
from api.cli.roads import ModeOption, RoadsOption, roads_of

if TYPE_CHECKING:
    from geo.fixes import Fix
    from geo.proposals import Proposal
    from geo.roads import Mode
    from geo.scenario import Scenario
    from geo.store import Store

_INFEASIBLE = 2
_MOST_SERVED = 6


@app.command("site")
def site(
    rule: Annotated[list[str], typer.Option("--rule", help="要补上的规则，如 17.village.station")],
    count: Annotated[
        int | None, typer.Option("--count", help="新建几个：补上尽可能多的缺口", min=1, metavar="N")
    ] = None,
    cover_all: Annotated[bool, typer.Option("--cover-all", help="补上全部缺口，新建最少")] = False,
    cheapest: Annotated[bool, typer.Option("--cheapest", help="达标的最省办法：新建、共用、更换")] = False,
    within: Annotated[float, typer.Option("--within", help="共用的最远距离（米）", min=0, metavar="M")] = 1000.0,
    model: Annotated[
        Literal["cover", "median", "center"],
        typer.Option("--model", help="cover 补缺口，median 均近，center 远者近", metavar="MODEL"),
    ] = "cover",
    weight: Annotated[
        Literal["units", "people"], typer.Option("--weight", help="按村数（units）或人数（people）", metavar="W")
    ] = "units",
    candidates: Annotated[
        Literal["villages", "schools"],
        typer.Option("--candidates", help="建在哪里：villages 村，schools 学校", metavar="WHERE"),
    ] = "villages",
    most_each: Annotated[
        int | None, typer.Option("--most-each", help="每个乡镇至多新建几个", min=0, metavar="N")
    ] = None,
    prices: Annotated[
        str, typer.Option("--prices", help="新建,共用,更换 各多少钱；- 表示不用", metavar="A,B,C")
    ] = "10,1,0.5",
    time_limit: Annotated[
        float, typer.Option("--time-limit", help="最多算几秒，到时给出已有最好的", min=0.1, metavar="S")
    ] = 60.0,
    roads: RoadsOption = None,
    mode: ModeOption = "walk",
    save: Annotated[str | None, typer.Option("--save", help="存为方案，见 kepu scenario", metavar="NAME")] = None,
    format_: Annotated[Literal["table", "json"], typer.Option("--format", help="输出格式")] = "table",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="写入 .json 文件")] = None,
    as_of: AsOfOption = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """选址：下一步建在哪里，附最优性证明和每个村由谁服务。"""
    if (count is not None) + cover_all + cheapest != 1:
        refuse("--count N、--cover-all、--cheapest 选一个")
    if output is not None and format_ == "table":
        refuse("表格只显示在屏幕上；写入文件请加 --format json")
    if len(rule) > 1 and not cheapest:
        refuse("一次只能为一条规则选址；几条规则一起补请用 --cheapest")
    if cheapest and roads is not None:
        refuse("--cheapest 按直线距离；沿道路请用 --count 或 --cover-all")
    if save is not None:
        from geo.store.scenarios import checked_name

        save = checked_name(save)
    database = open_store(store)
    found: Proposal | Fix
    if cheapest:
        found = _fix(database, rule, day(as_of), within, prices, time_limit)
    else:
        from geo.proposals import Question

        chosen = "cover-all" if cover_all else model
        question = Question(rule[0], chosen, count, within, weight, candidates, most_each, time_limit)
        found = _proposal(database, question, day(as_of), roads, mode)
    _tell(found.to_dict(), format_, output, _lines(found))
    if found.status == "infeasible":
        raise typer.Exit(_INFEASIBLE)
    if save is not None:
        _save(database, found.scenario(save))


def _proposal(store: Store, question: Any, as_of: Any, roads: Path | None, mode: Mode) -> Proposal:
    from geo.assess import assess
    from geo.proposals import propose

    with store.reading() as seen:
        layers, plan, place = seen.layers(as_of=as_of), seen.plan(), seen.place()
    found = assess(layers, plan, as_of=as_of, place_name=place.name)
    return propose(layers, found, place, question, roads=roads_of(roads, place), mode=mode)


def _fix(store: Store, rules: list[str], as_of: Any, within: float, prices: str, time_limit: float) -> Fix:
    from geo.assess import assess
    from geo.fixes import Costs, cheapest_fix

    try:
        build, share, update = (None if part.strip() == "-" else float(part) for part in prices.split(","))
    except ValueError:
        refuse(f"--prices “{prices}”：要写成 新建,共用,更换 三个数，如 10,1,0.5")
    with store.reading() as seen:
        layers, plan = seen.layers(as_of=as_of), seen.plan()
    costs = Costs(build, share, update)
    found = assess(layers, plan, as_of=as_of)
    return cheapest_fix(layers, found, rules, within=within, costs=costs, time_limit=time_limit)


def _tell(told: dict[str, Any], format_: str, output: Path | None, lines: list[str]) -> None:
    import json

    if format_ == "json":
        deliver(f"{json.dumps(told, ensure_ascii=False, indent=1)}\n".encode(), output)
        return
    for line in lines:
        say(line)


def _lines(found: Proposal | Fix) -> list[str]:
    from geo.proposals import Proposal

    return _proposal_lines(found) if isinstance(found, Proposal) else _fix_lines(found)


def _proposal_lines(found: Proposal) -> list[str]:
    if found.status == "infeasible":
        for words in found.clashes[:20]:
            complain(f"做不到：{words}")
        return [f"{found.rule}：按这些条件没有可行的选址"]
    after = f"达标 {found.met_before} → {found.met_after}/{found.in_scope}"
    lines = [f"{found.rule}：{found.gaps} 个村有缺口；新建 {len(found.sites)} 个后，{after}"]
    for number, each in enumerate(found.sites, 1):
        served = [f"{name}（{metres:.0f} 米）" for _, name, metres in each.serves]
        lines.append(f"{number}. {each.name} {each.unit_code}：服务 {_some(served) or '本地'}")
    if found.left:
        lines.append(f"仍有缺口：{_some([name for _, name in found.left])}")
    if found.unlocated:
        lines.append(f"没有位置、未参与计算：{'、'.join(found.unlocated)}")
    how = "直线距离" if found.straight else "道路距离"
    proof = "已证明最优" if found.status == "optimal" else f"到时限，与最优相差不超过 {found.gap or 0:.1%}"
    people = f"；{found.estimated} 个村的人口是推算" if found.estimated else ""
    lines.append(f"{proof}（{found.seconds:.2f} 秒）；{how}，{found.within:.0f} 米内可共用{people}")
    return lines


def _fix_lines(found: Fix) -> list[str]:
    if found.status == "infeasible":
        for rule, n in found.short.items():
            complain(f"做不到：{rule} 还差 {n} 个单位，没有任何办法够得着；请加大 --within，或允许新建")
        return ["按这些条件达不了标；更换一次仍不合要求的宣传栏不算办法"]
    if not math.isfinite(found.cost):
        return ["到时限还没有找到办法：请加大 --time-limit"]
    lines = [f"{rule}：还差 {n} 个单位" for rule, n in found.needed.items()]
    for number, step in enumerate(found.steps, 1):
        reasons = "；".join(f"{unit} {why}" for (_, unit), why in list(step.mends.items())[:_MOST_SERVED])
        lines.append(f"{number}. {_WORDS[step.measure.kind]}（{step.measure.cost:g}）：{reasons}")
    proof = "已证明最省" if found.status == "optimal" else f"到时限，与最省相差不超过 {found.gap:.1%}"
    lines.append(f"合计 {found.cost:g}，{proof}（{found.seconds:.2f} 秒）；直线距离，{found.within:.0f} 米内可共用")
    return lines


def _some(names: list[str]) -> str:
    more = f"等 {len(names)} 个" if len(names) > _MOST_SERVED else ""
    return "、".join(names[:_MOST_SERVED]) + more


_WORDS = {"add": "新建", "share": "共用", "update": "更换"}


def _save(store: Store, scenario: Scenario) -> None:
    from geo.store import scenarios

    with store.writing() as open_:
        scenarios.save(open_, scenario, by=who())
    complain(f"已存为方案“{scenario.name}”：kepu scenario show {scenario.name}")
