"""Commands that bring data in and take it back: import, history, undo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.app import (
    BAD_INPUT,
    DEFAULT_STORE,
    DONE,
    FINDINGS,
    StoreOption,
    app,
    open_store,
    say,
    show_faults,
)

if TYPE_CHECKING:
    from geo.imports import ImportReport

DatumName = Literal["auto", "cgcs2000", "wgs84", "gcj02", "bd09"]
_OUTCOMES = {"stored": "已导入", "checked": "检查通过（未写入）", "unchanged": "没有变化", "refused": "未导入"}


@app.command("import")
def import_(
    layer: Annotated[str, typer.Argument(help="图层名、ledger（台账）或 auto（按表头判断）")],
    files: Annotated[list[Path], typer.Argument(help="文件，可多个", metavar="FILE...")],
    datum: Annotated[DatumName, typer.Option("--datum", help="行内没有注明时的坐标系")] = "auto",
    complete: Annotated[bool, typer.Option("--complete", help="报送单位声明：清单完整，未列入的即为无")] = False,
    scope: Annotated[
        str | None, typer.Option("--scope", help="完整清单的范围：乡镇（街道）名称或代码（默认：清单里出现的乡镇）")
    ] = None,
    sender: Annotated[str, typer.Option("--sender", help="报送单位")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入")] = False,
    report: Annotated[Path | None, typer.Option("--report", help="把全部问题写成 .xlsx 或 .csv")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """导入报表：每个文件要么全部导入，要么一条也不导入。"""
    from geo.imports import import_file
    from geo.tables import check_table_path, write_fault_table

    if report is not None:
        check_table_path(report)
    database = open_store(store)
    place = database.place()
    known = place.gazetteer
    within = None if scope is None else known.place_code if scope == known.place_name else known.township_code(scope)
    reports = []
    for path in files:
        found = import_file(
            database,
            path,
            layer,
            datum=datum,
            complete=complete,
            scope=within,
            sender=sender,
            dry_run=dry_run,
            place=place,
        )
        reports.append(found)
        say(_line(found))
        show_faults(found.faults, notes=True)
    if report is not None:
        write_fault_table(report, [fault for found in reports for fault in found.faults])
    raise typer.Exit(_exit_code(reports))


def _line(report: ImportReport) -> str:
    from geo.faults import printable
    from geo.schema import LAYERS

    parts = [f"{printable(report.file)}：{_OUTCOMES[report.outcome]}"]
    if report.outcome == "stored":
        parts.append(f"第{report.batch}批")
    if report.outcome == "refused":
        return parts[0]
    parts += [f"{LAYERS[layer].label}{count}条" for layer, count in report.records.items()]
    parts += [f"{LAYERS[layer].label}报无{count}个单位" for layer, count in report.none.items()]
    return "，".join(parts)


def _exit_code(reports: list[ImportReport]) -> int:
    if any(report.outcome == "refused" for report in reports):
        return BAD_INPUT
    odd = any(fault.severity == "warning" for report in reports for fault in report.faults)
    return FINDINGS if odd else DONE


@app.command()
def history(store: StoreOption = DEFAULT_STORE) -> None:
    """列出每一批导入。"""
    from api.cli.tables import show_table

    rows = [
        (
            str(b.batch),
            "撤销" if b.kind == "undo" else "导入",
            b.file,
            b.layer,
            b.sender,
            str(b.records),
            b.imported_at.isoformat(sep=" ", timespec="minutes"),
            f"已由第{b.undone_by}批撤销" if b.undone_by else "",
        )
        for b in open_store(store).batches()
    ]
    show_table("导入批次", ("批次", "类型", "文件", "图层", "报送单位", "记录", "时间（UTC）", "状态"), rows)


@app.command()
def undo(
    batch: Annotated[int, typer.Argument(help="批次号")],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """撤销一批导入；被它更新的旧记录恢复有效。撤销本身也记为一批。"""
    number = open_store(store).undo(batch)
    say(f"第{batch}批已撤销（记为第{number}批）")
