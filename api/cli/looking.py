"""Commands that answer: assess and gaps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli.app import (
    DEFAULT_STORE,
    AsOfOption,
    KnownOnOption,
    StoreOption,
    TownshipOption,
    app,
    day,
    deliver,
    known_day,
    open_store,
    refuse,
    say,
    township_code,
)

if TYPE_CHECKING:
    from geo.assessment import Assessment, RuleResult

StateName = Literal["met", "not_met", "unknown"]
FormatName = Literal["table", "json", "csv"]
FormatOption = Annotated[
    FormatName | None, typer.Option("--format", help="输出格式（默认：按 -o 的扩展名，没有 -o 则为 table）")
]
OutputOption = Annotated[Path | None, typer.Option("-o", "--output", help="写入 .json 或 .csv 文件")]
_STYLES = {"met": "green", "not_met": "bold red", "unknown": "yellow", "not_applicable": "dim"}


@app.command()
def assess(
    as_of: AsOfOption = None,
    known_on: KnownOnOption = None,
    plan: Annotated[Path | None, typer.Option("--plan", help="换用另一份方案文件(.toml)")] = None,
    format_: FormatOption = None,
    output: OutputOption = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """按方案逐项评估：每条规则的结果、应评单位、达标、未达标和未上报。"""
    chosen = format_ or format_of(output)
    if output is not None and chosen == "table":
        refuse("表格只显示在屏幕上；写入文件请用 .json 或 .csv，或加 --format")
    from geo.assess import assess_store

    result = assess_store(open_store(store), as_of=day(as_of), known_on=known_day(known_on), plan_file=plan)
    if chosen == "json":
        deliver(result.to_json(), output)
    elif chosen == "csv":
        from geo.tables import csv_bytes, rule_rows

        deliver(csv_bytes(rule_rows(result)), output)
    else:
        _show(result)


def format_of(output: Path | None) -> FormatName:
    """Return the format that a file's ending asks for; a table for the screen where there is no file."""
    known: dict[str, FormatName] = {".json": "json", ".csv": "csv"}
    return known.get(output.suffix.lower() if output else "", "table")


def _show(result: Assessment) -> None:
    from api.cli.tables import is_wide, show_table
    from geo.states import State
    from geo.tables import known_text

    wide = is_wide()
    first = ("规则", "要求") if wide else ("规则与要求",)
    counted = ("结果", "数值/标准", "达标/应评", "未达标", "未上报")
    rows: list[tuple[str | tuple[str, str], ...]] = []
    for rule in result.rules:
        what = (rule.rule.id, rule.rule.requirement)
        rows.append((*(what if wide else ("\n".join(what),)), *_figures(rule)))
    title = f"截至 {result.as_of.isoformat()}{known_text(result.known_on)} · {result.plan.plan.title}"
    whole = (first[0], *counted) if wide else counted
    least = {first[0]: max((len(rule.rule.id) for rule in result.rules), default=0)}
    show_table(title, (*first, *counted), rows, whole=whole, numbers=counted[1:], least=least)
    tally = {state: sum(task.state is state for task in result.tasks) for state in State}
    say(f"{len(result.tasks)}项任务：" + "，".join(f"{state.verdict_label}{n}" for state, n in tally.items() if n))


def _figures(result: RuleResult) -> tuple[str | tuple[str, str], ...]:
    """A rule's state, value against threshold, units met of those in scope, not met, unknown."""
    counts = result.counts
    met = f"{counts.met}/{counts.in_scope}" + (f"\n共用{counts.met_shared}" if counts.met_shared else "")
    return (
        (result.state.verdict_label, _STYLES[str(result.state)]),
        f"{_scaled(result, result.value)}/{_scaled(result, result.rule.threshold)}",
        met,
        str(counts.not_met),
        str(counts.unknown),
    )


def _scaled(result: RuleResult, value: float | None) -> str:
    """A value or threshold as people read it: shares as percentages, the rest as plain numbers."""
    from geo.percentages import percent

    if value is None:
        return "-"
    rule = result.rule
    is_share = rule.kind == "reach" or getattr(rule, "measure", "") == "share"
    if rule.kind == "declared":
        return "是" if value >= 1 else "否"
    return percent(value) if is_share else f"{value:g}"


@app.command()
def gaps(
    township: TownshipOption = None,
    rule: Annotated[str | None, typer.Option("--rule", help="只看一条规则，如 17.village.station")] = None,
    state: Annotated[StateName | None, typer.Option("--state", help="只看一种状态 （默认：未达标和未上报）")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="写入 .csv 或 .xlsx 文件")] = None,
    as_of: AsOfOption = None,
    known_on: KnownOnOption = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """列出缺口：哪个单位、哪项要求、为什么、依据在哪个文件第几行。"""
    from geo.tables import GAP_COLUMNS, GAP_STATES, check_table_path, gap_rows, known_text, write_table

    if output is not None:
        check_table_path(output)
    from geo.assess import assess_store

    database = open_store(store)
    result = assess_store(database, as_of=day(as_of), known_on=known_day(known_on))
    code = township_code(database, township)
    wanted = (state,) if state else GAP_STATES
    rows = gap_rows(result, database.place().gazetteer, township=code, rule=rule, states=wanted)
    if output is None:
        _show_gaps(result, rows)
        return
    title = f"缺口表（截至{result.as_of.isoformat()}{known_text(result.known_on)}）"
    write_table(output, rows, title=title, header=GAP_COLUMNS)
    say(f"已写出 {output}，{len(rows)} 条")


def _show_gaps(result: Assessment, rows: list[dict[str, Any]]) -> None:
    from api.cli.tables import is_wide, show_table
    from geo.states import State
    from geo.tables import known_text

    wide = is_wide()
    styles = {state.label: _STYLES[str(state)] for state in State}
    shown: list[tuple[str | tuple[str, str], ...]] = []
    for row in rows:
        where = f"{row['乡镇（街道）']} {row['单位']}".strip()
        state = (row["状态"], styles[row["状态"]])
        if wide:
            shown.append((row["规则"], where, state, row["原因"], row["依据"]))
        else:
            shown.append((f"{where}\n{row['规则']}", state, "\n".join(filter(None, (row["原因"], row["依据"])))))
    header = ("规则", "单位", "状态", "原因", "依据") if wide else ("单位与规则", "状态", "原因与依据")
    title = f"截至 {result.as_of.isoformat()}{known_text(result.known_on)} · {result.plan.plan.title}"
    show_table(title, header, shown, whole=("规则", "状态"))
    say(f"共 {len(rows)} 条")
