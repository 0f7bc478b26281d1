"""Commands that answer: assess and gaps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.app import (
    BAD_INPUT,
    DEFAULT_STORE,
    AsOfOption,
    StoreOption,
    TownshipOption,
    app,
    complain,
    day,
    open_store,
    say,
    township_code,
)

if TYPE_CHECKING:
    from geo.assessment import Assessment

StateName = Literal["met", "not_met", "unknown"]


@app.command()
def assess(
    as_of: AsOfOption = None,
    plan: Annotated[Path | None, typer.Option("--plan", help="换用另一份方案文件")] = None,
    format_: Annotated[Literal["table", "json", "csv"], typer.Option("--format", help="输出格式")] = "table",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="写入文件")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """按方案逐项评估。"""
    from geo.assess import assess_store

    result = assess_store(open_store(store), as_of=day(as_of), plan_file=plan)
    if format_ == "json":
        _deliver(result.to_json(), output)
    elif format_ == "csv":
        from geo.tables import csv_bytes, rule_rows

        _deliver(csv_bytes(rule_rows(result)), output)
    else:
        _show(result)
        if output is not None:
            complain("表格只显示在屏幕上;写入文件请加 --format csv 或 json")
            raise typer.Exit(BAD_INPUT)


def _deliver(content: bytes, output: Path | None) -> None:
    if output is None:
        typer.get_binary_stream("stdout").write(content)
    else:
        output.write_bytes(content)
        say(f"已写出 {output}")


def _show(result: Assessment) -> None:
    from api.cli.tables import show_table
    from geo.tables import rule_rows

    rows = rule_rows(result)
    header = tuple(rows[0]) if rows else ()
    shown = [tuple(str(row[name]) for name in header) for row in rows]
    show_table(f"截至 {result.as_of.isoformat()} · {result.plan.plan.title}", header, shown)


@app.command()
def gaps(
    township: TownshipOption = None,
    rule: Annotated[str | None, typer.Option("--rule", help="只看一条规则,如 17.village.station")] = None,
    state: Annotated[StateName | None, typer.Option("--state", help="只看一种状态(默认:未达标和未上报)")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="写入 .csv 或 .xlsx")] = None,
    as_of: AsOfOption = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """列出缺口:哪个单位、哪项要求、为什么、依据在哪个文件第几行。"""
    from api.cli.tables import show_table
    from geo.assess import assess_store
    from geo.tables import gap_rows, write_table

    database = open_store(store)
    result = assess_store(database, as_of=day(as_of))
    wanted = (state,) if state else ("not_met", "unknown")
    code = township_code(database, township)
    rows = gap_rows(result, database.place().gazetteer, township=code, rule=rule, states=wanted)
    if output is not None:
        write_table(output, rows, title=f"缺口表(截至{result.as_of.isoformat()})")
        say(f"已写出 {output},{len(rows)} 条")
        return
    header = ("规则", "乡镇(街道)", "单位", "状态", "原因", "依据")
    show_table(f"截至 {result.as_of.isoformat()}", header, [tuple(str(row[name]) for name in header) for row in rows])
    say(f"共 {len(rows)} 条")
