"""Commands that look back: history (of batches, or of a unit) and diff (what changed between two days)."""

from __future__ import annotations

from datetime import datetime  # typer resolves the annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.app import (
    DEFAULT_STORE,
    KnownOnOption,
    StoreOption,
    TownshipOption,
    app,
    deliver,
    known_day,
    open_store,
    readable,
    refuse,
    say,
)
from api.cli.looking import FormatOption, OutputOption, format_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from api.cli.tables import Cell
    from geo.differences import Differences
    from geo.store import Batch, Store
    from geo.store.unit_reports import UnitReport

_BATCH_DIGITS = 5
_DAY_WIDTH = 10
_STYLES = {"变好": "green", "变差": "bold red", "范围变化": "dim"}
_TOLD = {"record": "记录", "shared": "别处服务到本单位", "none": "上报为无", "complete": "完整清单"}


@app.command()
def history(
    what: Annotated[
        str | None, typer.Argument(help="批次号，或单位的代码或名称（默认列出全部批次）", metavar="[UNIT|BATCH]")
    ] = None,
    known_on: KnownOnOption = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """列出每一批导入；给出批次号只看那一批，给出单位则看哪些文件的哪一行说到它。"""
    database, known = open_store(store), known_day(known_on)
    if what is None or (what.isascii() and what.isdigit() and len(what) <= _BATCH_DIGITS):
        _show_batches(database.batches(known_on=known), None if what is None else int(what), known)
    else:
        _show_unit(database, readable(what).strip(), known)


def _show_batches(batches: Iterable[Batch], number: int | None, known_on: date | None) -> None:
    from api.cli.tables import show_table
    from geo.tables import known_text

    found = {b.batch: b for b in batches}
    if number is not None:
        if number not in found:
            refuse(f"没有第{number}批" if known_on is None else f"{known_on.isoformat()} 还没有第{number}批")
        found = {n: b for n, b in found.items() if number in (n, b.undoes, b.undone_by)}
    header = ("批次", "类型", "文件", "图层", "报送单位", "收到", "记录", "入库", "状态")
    rows = map(_batch_row, found.values())
    show_table(f"导入批次{known_text(known_on)}", header, rows, whole=("批次", "收到"), least={"入库": _DAY_WIDTH})


def _batch_row(batch: Batch) -> tuple[str, ...]:
    from geo.intake.columns import AUTO, label_of
    from geo.store import clock

    return (
        str(batch.batch),
        "撤销" if batch.kind == "undo" else "导入",
        batch.file,
        "多类" if batch.layer == AUTO else label_of(batch.layer),
        batch.sender,
        batch.received_on.isoformat() if batch.received_on else "",
        str(batch.records),
        _recorded(f"{batch.recorded_on.isoformat()} {clock.local(batch.imported_at):%H:%M}", batch.recorded_by),
        f"撤销了第{batch.undoes}批" if batch.undoes else _undone(batch.undone_by),
    )


def _recorded(when: str, by: str) -> str:
    """Say when something came to be known in the office, and below it by whom."""
    return f"{when}\n{by}" if by else when


def _undone(by: int | None) -> str:
    return f"已由第{by}批撤销" if by else ""


def _show_unit(store: Store, wanted: str, known_on: date | None) -> None:
    from api.cli.tables import show_table
    from api.cli.unit_past import show_changes, title_of, unit_code
    from geo.admin.gazetteer import township_of
    from geo.faults import printable
    from geo.tables import known_text

    with store.reading() as seen:
        known = seen.place().gazetteer
        code = unit_code(known, wanted)
        scopes = (township_of(code), known.place_code) if code and known.known(code) else ()
        reports = seen.reports_of(code or wanted, scopes, known_on=known_on)
    if code is None and not reports:
        refuse(f"没有单位“{printable(wanted)}”，也没有这个编号的设施；请写12位代码，或“乡镇名+村名”")
    title = wanted if code is None else title_of(known, code)
    if code is not None:
        show_changes(known, code)
    header = ("批次", "图层", "名称", "说了什么", "依据", "收到", "入库", "状态")
    heading, rows = f"{title}：哪些行说到它{known_text(known_on)}", map(_report_row, reports)
    show_table(heading, header, rows, whole=("批次", "说了什么", "收到"), least={"入库": _DAY_WIDTH})
    say(f"共 {len(reports)} 条")


def _report_row(report: UnitReport) -> tuple[str, ...]:
    from geo.schema import LAYERS
    from geo.tables import source_text

    place = {"file": report.file, "sheet": report.sheet, "row": report.row, "batch": None}
    return (
        str(report.batch),
        LAYERS[report.layer].label,
        report.name or report.id or "",
        _TOLD[report.told] + (f"（按代码{report.told_code}）" if report.told_code else ""),
        source_text(place),
        (report.reported_on or report.recorded_on).isoformat(),
        _recorded(report.recorded_on.isoformat(), report.recorded_by),
        _undone(report.undone_by) or "有效",
    )


@app.command()
def diff(
    before: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="较早的一天，如 2022-09-30", metavar="DATE")],
    after: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="较晚的一天，如 2022-10-31", metavar="DATE")],
    township: TownshipOption = None,
    rule: Annotated[str | None, typer.Option("--rule", help="只看一条规则，如 17.village.station")] = None,
    format_: FormatOption = None,
    output: OutputOption = None,
    known_on: KnownOnOption = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """比较两天：哪些任务、规则和单位变好或变差，依据哪一行。"""
    chosen = format_ or format_of(output)
    if output is not None and chosen == "table":
        refuse("表格只显示在屏幕上；写入文件请用 .json 或 .csv，或加 --format")
    if before >= after:
        refuse(f"第一个日期应早于第二个（写的是 {before.date()} 和 {after.date()}）")
    from geo.assess import assess
    from geo.difference_tables import DIFFERENCE_COLUMNS, difference_rows
    from geo.differences import differences
    from geo.tables import csv_bytes

    with open_store(store).reading() as seen:
        known = known_day(known_on)
        place, plan, layers = seen.place(), seen.plan(known_on=known), seen.layers(known_on=known)
        days = [day.date() for day in (before, after)]
        found = [assess(layers, plan, as_of=day, place_name=place.name) for day in days]
    home = None if township is None else place.gazetteer.township_code(township)
    changed = differences(*found, rule=rule, township=home)
    if chosen == "json":
        deliver(changed.to_json(), output)
    elif chosen == "csv":
        deliver(csv_bytes(difference_rows(changed, place.gazetteer), header=DIFFERENCE_COLUMNS), output)
    else:
        _show_differences(changed, difference_rows(changed, place.gazetteer))


def _show_differences(changed: Differences, rows: Iterable[dict[str, str]]) -> None:
    from api.cli.tables import is_wide, show_table
    from geo.tables import known_text

    wide = is_wide()
    shown: list[tuple[Cell, ...]] = []
    tally = dict.fromkeys(_STYLES, 0)
    for row in rows:
        if row["对象"] == "单位":
            tally[row["变化"]] += 1
        where = f"{row['乡镇（街道）']} {row['单位']}".strip() or row["对象"]
        to = (row["到"], _STYLES.get(row["变化"], ""))
        if wide:
            shown.append((row["规则"] or f"任务{row['任务']}", where, row["从"], to, row["原因"], row["依据"]))
        else:
            states = (f"{row['从']}\n→ {row['到']}", _STYLES.get(row["变化"], ""))
            name = row["规则"] or f"任务{row['任务']}"
            shown.append((f"{where}\n{name}", states, "\n".join(filter(None, (row["原因"], row["依据"])))))
    header = ("规则", "单位", "从", "到", "原因", "依据") if wide else ("单位与规则", "从 → 到", "原因与依据")
    start, end = changed.days
    known = known_text(changed.after.known_on)
    show_table(f"{start} 到 {end} 的变化{known}", header, shown, whole=("规则", "从", "到"))
    say("，".join(f"{word}{number}个单位" for word, number in tally.items() if number) or "没有单位变化")
