"""Commands about scenarios: kept under a name, held against what is, handed out as works."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.app import DEFAULT_STORE, AsOfOption, StoreOption, app, day, deliver, open_store, refuse, say, who

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from geo.assessment import Assessment
    from geo.scenario import Comparison
    from geo.scenario.comparing import Reach
    from geo.store import Store

scenarios = typer.Typer(name="scenario", help="方案推演：假如新建、共用、撤并、更换，会怎样。", no_args_is_help=True)
app.add_typer(scenarios)

NameArgument = Annotated[str, typer.Argument(help="方案的名称", metavar="NAME")]
FormatOption = Annotated[Literal["table", "json"], typer.Option("--format", help="输出格式")]
_MOST_UNITS = 40


@scenarios.command("save")
def save(
    file: Annotated[Path, typer.Argument(help="方案文件：.toml 或 .json", metavar="FILE")],
    name: Annotated[str | None, typer.Option("--name", help="另起名称（默认用文件里的）")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """保存一个方案；同名的以新的为准，旧的仍可查。"""
    from geo.errors import InputRefused
    from geo.scenario import read_scenario
    from geo.store import scenarios as kept

    try:
        scenario = read_scenario(file.read_text(encoding="utf-8-sig"), file=file.name)
    except UnicodeDecodeError:
        msg = f"{file.name}：不是 UTF-8 文本"
        raise InputRefused(msg) from None
    if name is not None:
        scenario = scenario.model_copy(update={"name": name})
    with open_store(store).writing() as open_:
        kept.save(open_, scenario, by=who())
    say(f"已保存方案“{scenario.name}”：{len(scenario.measures)} 项措施，费用合计 {scenario.cost:g}")


@scenarios.command("list")
def list_(store: StoreOption = DEFAULT_STORE) -> None:
    """列出保存的方案。"""
    from api.cli.tables import show_table
    from geo.store.scenarios import read_scenarios

    with open_store(store).reading() as seen:
        found = read_scenarios(seen.connection)
    if not found:
        say("还没有保存方案：kepu scenario save 方案.toml")
        return
    rows = [
        (
            name,
            str(len(each.scenario.measures)),
            f"{each.scenario.cost:g}",
            each.recorded_on.isoformat(),
            each.recorded_by,
            "已列入计划" if each.action == "planned" else "",
        )
        for name, each in found.items()
    ]
    show_table(
        f"{len(rows)} 个方案", ("方案", "措施", "费用", "日期", "保存人", "状态"), rows, numbers=("措施", "费用")
    )


@scenarios.command("show")
def show(
    names: Annotated[list[str], typer.Argument(help="一个或几个方案的名称，几个并排比较", metavar="NAME...")],
    as_of: AsOfOption = None,
    format_: FormatOption = "table",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="写入 .json 文件")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """与现状对比：哪些任务、哪些村会变，花多少，离得多远。"""
    import json

    if output is not None and format_ == "table":
        refuse("表格只显示在屏幕上；写入文件请加 --format json")
    database = open_store(store)
    found = _compared(database, names, day(as_of))
    if format_ == "json":
        told = [each.to_dict() for each in found]
        text = json.dumps(told[0] if len(told) == 1 else told, ensure_ascii=False, indent=1)
        deliver(f"{text}\n".encode(), output)
        return
    _show_side_by_side(found)
    if len(found) == 1:
        _show_units(found[0])


@scenarios.command("plan")
def plan(
    name: NameArgument,
    who_: Annotated[str, typer.Option("--who", help="由谁承办")],
    due: Annotated[datetime, typer.Option("--due", formats=["%Y-%m-%d"], help="期限，如 2022-12-31")],
    as_of: AsOfOption = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """列入计划：方案补上的每个缺口都记下承办和期限；数据不变，建成后照常上报。"""
    from geo.store.scenarios import plan_works

    database = open_store(store)
    (found,) = _compared(database, [name], day(as_of))
    with database.writing() as open_:
        handed = plan_works(open_, found, who=who_, due_on=due.date(), by=who())
    say(f"已列入计划：{len(handed)} 个缺口由{who_}承办，期限 {due.date().isoformat()}；见 kepu serve 的缺口清单")


@scenarios.command("drop")
def drop(name: NameArgument, store: StoreOption = DEFAULT_STORE) -> None:
    """删去一个方案；已列入计划的缺口不变。"""
    from geo.store import scenarios as kept

    with open_store(store).writing() as open_:
        kept.drop(open_, name, by=who())
    say(f"已删去方案“{name}”")


def _compared(store: Store, names: Sequence[str], as_of: date) -> list[Comparison]:
    from geo.scenario import compare
    from geo.store.scenarios import by_names

    with store.reading() as seen:
        wanted = by_names(seen.connection, names)
        layers, plan_, place = seen.layers(as_of=as_of), seen.plan(), seen.place()
    return [compare(layers, plan_, each, as_of=as_of, place_name=place.name) for each in wanted]


def _show_side_by_side(found: Sequence[Comparison]) -> None:
    from api.cli.tables import show_table
    from geo.schema import LAYERS

    rows = [("费用", "", *(f"{each.scenario.cost:g}" for each in found))]
    now = {task.task.no: task for task in found[0].before.tasks}
    for no in sorted({no for each in found for no, _, _ in each.tasks}):
        then = (next(task for task in each.after.tasks if task.task.no == no) for each in found)
        rows.append((f"任务{no}", now[no].state.verdict_label, *(task.state.verdict_label for task in then)))
    rules = sorted({rule.id for each in found for rule in each.changes.rules})
    rows += [(rule, _met(found[0].before, rule), *(_met(each.after, rule) for each in found)) for rule in rules]
    for layer in sorted({old.layer for each in found for old, _ in each.reach}):
        before = [old for each in found for old, _ in each.reach if old.layer == layer]
        after = [next((new for _, new in each.reach if new.layer == layer), None) for each in found]
        what = f"到最近{LAYERS[layer].label}，平均米"
        rows.append((what, _metres(before[0]), *("同左" if new is None else _metres(new) for new in after)))
    names = [each.scenario.name for each in found]
    show_table(f"截至 {found[0].before.as_of.isoformat()}", ("项目", "现状", *names), rows, numbers=("现状", *names))


def _met(assessment: Assessment, rule: str) -> str:
    result = next(each for task in assessment.tasks for each in task.rules if each.rule.id == rule)
    return f"{result.counts.met}/{result.counts.in_scope}"


def _metres(reach: Reach) -> str:
    return "" if reach.mean is None else f"{reach.mean:.0f}"


def _show_units(found: Comparison) -> None:
    units = [(rule.id, unit) for rule in found.changes.rules for unit in rule]
    for rule, unit in units[:_MOST_UNITS]:
        say(f"{unit.direction.label} {rule} {unit.unit_name}：{unit.reason_after or unit.reason_before}")
    if len(units) > _MOST_UNITS:
        say(f"……共 {len(units)} 处，全部见 --format json")
