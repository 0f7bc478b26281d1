"""Commands of the audit: verify, export, list, show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.app import DEFAULT_STORE, DONE, FINDINGS, StoreOption, app, complain, deliver, open_store, refuse, say

if TYPE_CHECKING:
    from geo.store.chain import Entry
    from geo.store.verifying import Verified

audit = typer.Typer(name="audit", help="审计：每次改动一条记录，首尾相接；核对、另存、查看。", no_args_is_help=True)
app.add_typer(audit)

_MOST_LINES = 200


@audit.command()
def verify(
    against: Annotated[
        Path | None, typer.Option("--against", help="与以前另存的文件（.jsonl）对照，能看出末尾被截去或整条链被重做")
    ] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """核对审计链和它所记的内容。0 完整，1 有改动（先说最早的一条），2 读不了。"""
    from geo.store.audit_files import read_export
    from geo.store.verifying import verify as verify_

    outside = None if against is None else read_export(against)
    with open_store(store).reading() as seen:
        found = verify_(seen.connection, against=outside)
    if found.findings:
        _tell(found)
        raise typer.Exit(FINDINGS)
    _tell_whole(found, compared=outside is not None)
    raise typer.Exit(DONE)


def _tell(found: Verified) -> None:
    from geo.faults import printable

    for finding in found.findings[:_MOST_LINES]:
        complain(printable(finding.told))
    if len(found.findings) > _MOST_LINES:
        complain(f"……另有{len(found.findings) - _MOST_LINES}处")
    first = found.findings[0].entry
    say(f"审计不完整：{len(found.findings)}处" + (f"，最早的是第{first}条" if first is not None else ""))


def _tell_whole(found: Verified, *, compared: bool) -> None:
    from geo.store.chain import shown_moment

    first, last = found.entries[0], found.entries[-1]
    say(f"审计完整：{len(found.entries)}条，{shown_moment(first.at)} 至 {shown_moment(last.at)}，所记内容未变")
    say(f"末条哈希 {last.hash}（请抄下，或用 kepu audit export 另存）")
    if not compared:
        complain("末尾被截去、整条链被重做，只有与另存的文件对照才看得出：kepu audit verify --against 文件.jsonl")


@audit.command()
def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="写入 .jsonl（可供对照）或 .csv（供查看）")],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """另存审计记录，放到电脑以外保管。里面没有个人信息，也推不出来。"""
    from geo.store.audit_files import LINES, export_csv, export_lines

    writers = {LINES: export_lines, ".csv": export_csv}
    write = writers.get(output.suffix.lower())
    if write is None:
        refuse(f"{output.name}：只能写 .jsonl 或 .csv")
    if not output.parent.is_dir():
        refuse(f"没有文件夹 {output.parent}；请先建好")
    deliver(write(_entries(store)), output)


@audit.command("list")
def list_(
    last: Annotated[int, typer.Option("--last", min=1, help="最近多少条")] = 20,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """列出最近的审计记录。"""
    from api.cli.tables import show_table
    from geo.store.chain import ACTIONS, shown_moment

    header = ("序号", "时间", "经办", "操作", "批次", "说明", "哈希")
    rows = [
        (
            str(entry.entry),
            shown_moment(entry.at),
            entry.by,
            ACTIONS.get(entry.action, entry.action),
            "" if entry.batch is None else str(entry.batch),
            _about(entry),
            entry.hash[:12],
        )
        for entry in _entries(store, last)
    ]
    show_table("审计记录", header, rows, whole=("时间", "哈希"))


@audit.command()
def show(
    number: Annotated[int, typer.Argument(help="序号", metavar="ENTRY")],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """显示一条审计记录的全部内容。"""
    import json
    from dataclasses import asdict

    from geo.faults import printable

    found = next((entry for entry in _entries(store) if entry.entry == number), None)
    if found is None:
        refuse(f"没有第{number}条审计记录")
    for line in json.dumps(asdict(found), ensure_ascii=False, indent=2, default=repr).splitlines():
        say(printable(line))


def _entries(url: str, newest: int | None = None) -> list[Entry]:
    from geo.store.audit import read_entries

    with open_store(url).reading() as seen:
        return read_entries(seen.connection, newest=newest)


def _about(entry: Entry) -> str:
    """Return what an entry is about in a few words."""
    told = entry.detail
    words = [str(told[name]) for name in ("name", "file", "layer", "unit_code") if name in told]
    if "undoes" in told:
        words = [f"撤销第{told['undoes']}批", *words]
    if entry.action == "upgrade":
        words = [f"{told.get('from')} → {told.get('to')}"]
    if told.get("taken_over"):
        words.append("（升级时补记）")
    return " ".join(words)
