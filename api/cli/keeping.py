"""Commands that keep a store safe: backup, restore, copy, check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.app import BAD_INPUT, DEFAULT_STORE, DONE, FINDINGS, StoreOption, app, complain, say, show_faults, who


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="备份写到这个文件，如 备份.db", metavar="FILE")],
    force: Annotated[bool, typer.Option("--force", help="覆盖同名的旧备份")] = False,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """备份数据库：使用中也可以备份；写完核对无误才留下文件。"""
    from geo.store.backup import back_up

    made = back_up(store, file, force=force)
    say(f"已备份到 {made.path}：{made.batches}批，{_size(made.size)}，已核对")
    complain("备份里有责任人和联系电话，请像数据库一样保管")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="备份文件", metavar="FILE")],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """用备份恢复数据库：先检查备份；原来的数据库改名保留。"""
    from geo.store.backup import restore as restore_

    done = restore_(store, file, by=who())
    say(f"已恢复 {done.into or done.copy.path}：{done.copy.batches}批，{_size(done.copy.size)}，已核对")
    if done.kept is not None:
        say(f"原来的数据库保留为 {done.kept}")


@app.command()
def copy(
    to: Annotated[
        str,
        typer.Option(
            "--to", help="复制到这个数据库，如 postgresql://用户@主机/数据库 或 sqlite:///新.db", metavar="URL"
        ),
    ],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """把整个数据库搬到另一个地址：中断了再运行一次会接着复制；最后核对两边内容一致。"""
    from geo.store.copying import copy_store
    from geo.store.engine import shown

    told = typer.get_text_stream("stderr")
    with typer.progressbar(length=1000, label="复制", file=told, hidden=not told.isatty()) as bar:
        made = copy_store(store, to, progress=lambda done, total: bar.update(done * 1000 // max(total, 1) - bar.pos))
    say(f"{shown(to)} {'早已复制好' if made.before else '已复制好'}：{made.rows}行，两边内容一致")
    say(f"内容摘要 {made.digest}")
    complain("原来的数据库没有改动；以后用新的，请把 KEPU_DATABASE_URL 或 --store 改成新地址")


@app.command()
def check(
    store: StoreOption = DEFAULT_STORE,
    digest: Annotated[bool, typer.Option("--digest", help="另外打印全部内容的摘要，两个库可据此对照")] = False,
) -> None:
    """检查数据库：文件、结构、几何、单位和批次。0 完好，1 有要看的，2 不完好或读不了。"""
    from geo.store.checking import check_store

    found = check_store(store, digest=digest)
    if found.digest is not None:
        say(f"内容摘要 {found.digest}")
    show_faults(found.faults)
    if not found.faults:
        say(f"完好：{found.batches}批，{found.records}条记录")
        raise typer.Exit(DONE)
    errors = sum(fault.severity == "error" for fault in found.faults)
    say(f"{errors}处错误，{len(found.faults) - errors}处提醒")
    raise typer.Exit(BAD_INPUT if errors else FINDINGS)


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{size / 1000:.0f} kB"
