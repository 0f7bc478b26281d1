"""Commands that bring data in and take it back: import, answers, undo."""

from __future__ import annotations

from datetime import date, datetime  # typer resolves the annotations at run time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import typer

from api.cli.app import (
    BAD_INPUT,
    DEFAULT_STORE,
    DONE,
    FINDINGS,
    StoreOption,
    app,
    open_store,
    readable,
    refuse,
    say,
    show_faults,
    who,
)
from api.cli.reports import check_report_path, write_report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo.intake.imports import ImportReport

    Piece = tuple[Path, str, dict[str, Any]]

DatumName = Literal["auto", "cgcs2000", "wgs84", "gcj02", "bd09"]
DATUM_NAMES = get_args(DatumName)
REPORT_HELP = (
    "问题报告： 单个文件写 .xlsx 得到标注好的原表； 也可写 .csv 、 .json 、 .txt 、 .toml （只写要答复的问题），"
    " 或写到一个文件夹，每份一个标注副本"
)
_OUTCOMES = {"stored": "已导入", "checked": "检查通过（未写入）", "unchanged": "没有变化", "refused": "未导入"}


@app.command("import")
def import_(
    layer: Annotated[str, typer.Argument(help="图层名、ledger（台账）或 auto（按表头判断）")],
    files: Annotated[list[Path], typer.Argument(help="文件或文件夹，可多个", metavar="FILE...")],
    datum: Annotated[
        DatumName, typer.Option("--datum", metavar="DATUM", help=f"行内没有注明时的坐标系： {' '.join(DATUM_NAMES)}")
    ] = "auto",
    complete: Annotated[bool, typer.Option("--complete", help="报送单位声明清单完整： 未列入的即为无")] = False,
    scope: Annotated[
        str | None,
        typer.Option("--scope", help="完整清单的范围，名称或代码： 一个乡镇（街道）或全市 （默认：清单里出现的乡镇）"),
    ] = None,
    sender: Annotated[str, typer.Option("--sender", help="报送单位")] = "",
    received_on: Annotated[
        datetime | None,
        typer.Option(
            "--received-on", metavar="DAY", formats=["%Y-%m-%d"], help="收到的日期，如 2022-10-20 （默认今天）"
        ),
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option("--column", metavar="原列名=列名", help="没有认出的列是哪一列，可多次")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入")] = False,
    answers: Annotated[
        Path | None,
        typer.Option("--answers", help="答复文件（.toml）： 认不出的单位是哪一个； 记住后对同一报送单位一直有效"),
    ] = None,
    report: Annotated[Path | None, typer.Option("--report", help=REPORT_HELP)] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """导入报表：每个文件要么全部导入，要么一条也不导入。"""
    from geo.intake.decisions import idle_answers, read_answers
    from geo.intake.imports import import_file
    from geo.intake.options import scope_code

    if answers is not None and not sender:
        refuse("答复按报送单位记住；请用 --sender 写明报送单位")
    if report is not None:
        check_report_path(report, [*files, *filter(None, [answers])])
    database = open_store(store)
    place = database.place()
    decided = read_answers(answers, place.gazetteer) if answers else []
    came = received_on.date() if received_on else None
    if came is not None and came > date.today():
        refuse(f"收到的日期 {came.isoformat()} 还没有到")
    within = None if scope is None else scope_code(place.gazetteer, scope)
    called = dict(_called(text) for text in column or ())
    told: dict[str, Any] = {
        "layer": layer, "datum": datum, "complete": complete, "scope": within, "sender": readable(sender),
        "received_on": came,
    }  # fmt: skip
    sent = [piece for path in files for piece in _pieces(path, told)]
    reports = []
    for path, name, options in _with_progress(sent):
        found = import_file(
            database,
            path,
            shown_as=name,
            columns=called,
            dry_run=dry_run,
            answers=decided,
            place=place,
            by=who(),
            **options,
        )
        reports.append(found)
        say(_line(found))
        show_faults(found.faults, notes=True)
    if answers is not None:
        taken = [answer for found in reports for answer in found.answers]
        show_faults(idle_answers(decided, taken, answers.name), notes=True)
    if report is not None:
        lines, is_unit = [_line(found) for found in reports], place.gazetteer.is_name
        write_report(report, [path for path, *_ in sent], reports, lines, is_unit)
    raise typer.Exit(_exit_code(reports))


def _pieces(path: Path, told: dict[str, Any]) -> list[Piece]:
    """Return (file, name to show, options) of a file, or of a folder's files, which its manifest.toml may tell."""
    from geo.files.opening import files_in
    from geo.intake.submissions import MANIFEST, read_manifest

    if not path.is_dir():
        return [(path, readable(path.name), told)]
    if (path / MANIFEST).is_file():
        return [(path / item.file, item.file, item.options()) for item in read_manifest(path).files]
    found = [(file, readable(file.relative_to(path).as_posix()), told) for file in files_in(path)]
    if not found:
        refuse(f"文件夹“{path.name}”里没有可以导入的文件")
    return found


def _with_progress(sent: list[Piece]) -> Iterator[Piece]:
    """Yield the files; a bar on the terminal counts them where there are several."""
    if len(sent) == 1:
        yield from sent
        return
    with typer.progressbar(sent, label="导入", file=typer.get_text_stream("stderr")) as shown:
        yield from shown


def _called(text: str) -> tuple[str, str]:
    """Read 原列名=列名."""
    from geo.intake.options import column_called

    called = column_called(text)
    if called is None:
        refuse(f"--column 应写成 原列名=列名，如 --column 最后更换=最近更换日期（写的是“{text}”）")
    return called


def _line(report: ImportReport) -> str:
    from geo.faults import printable
    from geo.schema import LAYERS

    parts = [f"{printable(report.file)}：{_OUTCOMES[report.outcome]}"]
    if report.outcome == "stored":
        parts.append(f"第{report.batch}批")
    if report.outcome == "refused":
        return "，".join([*parts, *_rows(report)])
    parts += [f"{LAYERS[layer].label}{count}条{_changes(report, layer)}" for layer, count in report.records.items()]
    parts += [f"{LAYERS[layer].label}报无{count}个单位" for layer, count in report.none.items()]
    return "，".join(parts)


def _rows(report: ImportReport) -> list[str]:
    """Say what became of the rows of a file that isn't imported."""
    rows = report.rows
    words = ("没有问题", rows.good), ("已能修正", rows.repaired), ("待答复", rows.asked), ("有错误", rows.refused)
    told = "、".join(f"{word}{count}" for word, count in words if count)
    return [f"{rows.read}行中{told}"] if rows.read else []


def _changes(report: ImportReport, layer: str) -> str:
    """Say how many of a layer's records are new, changed, the same, or stored and no longer listed."""
    found = report.changes.get(layer)
    if found is None or report.outcome == "unchanged":
        return ""
    words = ("新增", found.new), ("变化", found.changed), ("相同", found.same), ("不再列入", found.gone)
    told = "、".join(f"{word}{count}" for word, count in words if count)
    return f"（{told}）" if told else ""


def _exit_code(reports: list[ImportReport]) -> int:
    if any(report.outcome == "refused" for report in reports):
        return BAD_INPUT
    odd = any(fault.severity == "warning" for report in reports for fault in report.faults)
    return FINDINGS if odd else DONE


@app.command("answers")
def answers_(
    sender: Annotated[str | None, typer.Option("--sender", help="只看一个报送单位（默认全部）")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """列出记住的答复：哪个报送单位的哪种写法指哪个单位。撤销那一批导入即一并撤销。"""
    from api.cli.tables import show_table

    database = open_store(store)
    known = database.place().gazetteer
    rows = [
        (d.sender, d.township, d.written, f"{known.full_name(d.code)} {d.code}", str(d.batch),
         d.decided_at.isoformat(sep=" ", timespec="minutes"))
        for d in database.decisions(sender)
    ]  # fmt: skip
    show_table("记住的答复", ("报送单位", "乡镇（街道）", "写法", "指", "批次", "答复时间（UTC）"), rows)


@app.command()
def undo(
    batch: Annotated[int, typer.Argument(help="批次号")],
    anyway: Annotated[bool, typer.Option("--anyway", help="后来的批次以它为基础的，也照样撤销")] = False,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """撤销一批导入；被它更新的旧记录恢复有效。撤销本身也记为一批。"""
    number = open_store(store).undo(batch, by=who(), anyway=anyway)
    say(f"第{batch}批已撤销（记为第{number}批）")
