"""The inspection dossier: made or renewed in a folder, and proved from it."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.app import (
    DEFAULT_STORE,
    FINDINGS,
    AsOfOption,
    KnownOnOption,
    StoreOption,
    TownshipOption,
    app,
    complain,
    day,
    known_day,
    open_store,
    refuse,
    say,
    township_code,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

dossier = typer.Typer(
    name="dossier", help="迎检档案：一条命令做成整套，每个数字都有据可查。", invoke_without_command=True
)
app.add_typer(dossier)

_MOST_NAMED = 20


@dossier.callback()
def make(
    context: typer.Context,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="写到这个文件夹")] = None,
    as_of: AsOfOption = None,
    known_on: KnownOnOption = None,
    before: Annotated[
        datetime | None, typer.Option("--before", formats=["%Y-%m-%d"], help="与这一天对比，如 2022-06-30")
    ] = None,
    township: TownshipOption = None,
    paper: Annotated[str, typer.Option("--paper", help="图集的纸张：A3 或 A4")] = "A3",
    public: Annotated[bool, typer.Option("--public", help="公开版：要有审图号和填写人")] = False,
    review_number: Annotated[str | None, typer.Option("--review-number", help="审图号（由测绘主管部门给）")] = None,
    entered_by: Annotated[str | None, typer.Option("--entered-by", help="填写审图号的人")] = None,
    address: Annotated[
        str | None, typer.Option("--address", help="网页的地址，印成二维码，如 http://10.0.0.8:8000")
    ] = None,
    hide_points: Annotated[
        str, typer.Option("--hide-points", help="不给准确位置的图层，如 stations,boards", metavar="LAYERS")
    ] = "",
    template: Annotated[
        Path | None, typer.Option("--template", help="本单位改过的报告模板 .docx", metavar="FILE")
    ] = None,
    processes: Annotated[int, typer.Option("--processes", help="用几个进程", min=1, metavar="N")] = 2,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """做成（或更新）一套档案：图集、报告、档案盒、台账、地理数据、抽查手册、清单。"""
    if context.invoked_subcommand is not None:
        return
    if output is None:
        refuse("请用 -o 指明写到哪个文件夹")
    if address is not None and not address.startswith(("http://", "https://")):
        refuse(f"--address “{address}”：要写成 http:// 或 https:// 开头的网址")
    from maps.dossier.building import build
    from maps.dossier.edition import edition_of
    from maps.dossier.manifest import last_day

    database = open_store(store)
    edition = edition_of(
        database,
        as_of=day(as_of),
        known_on=known_day(known_on),
        before=known_day(before) or last_day(output, day(as_of)),
        township=township_code(database, township),
        paper=paper.upper(),
        public=public,
        review_number=review_number,
        entered_by=entered_by,
        address=address,
        hide_points=_layers(hide_points),
        report_template=None if template is None else template.read_bytes(),
    )
    with _shown() as progress:
        built = build(edition, output, progress=progress, processes=processes)
    if not built.made and not built.removed:
        say(f"没有变化：{output} 已是最新（{len(built.kept)} 个文件）")
        return
    for path in built.made[:_MOST_NAMED]:
        say(f"  {path}")
    if len(built.made) > _MOST_NAMED:
        say(f"  ……共 {len(built.made)} 个")
    say(f"已写出 {output}：新做 {len(built.made)} 个文件，沿用 {len(built.kept)} 个，删去 {len(built.removed)} 个")
    for path in built.set_aside:
        complain(f"有人改过的文件已另存：{path}")


def _layers(text: str) -> tuple[str, ...]:
    """Return the layers that an option names. Raises UnknownLayer."""
    from geo.schema import layer_named

    return tuple(layer_named(name.strip()).name for name in text.split(",") if name.strip())


@dossier.command("verify")
def verify_(folder: Annotated[Path, typer.Argument(help="档案的文件夹", metavar="DIR")]) -> None:
    """核对一套档案：文件是否原样，台账和报告中的数字与地理数据是否一致。"""
    from maps.dossier.verifying import verify

    found = verify(folder)
    for line in found:
        complain(line)
    if found:
        say(f"核对完毕：{len(found)} 处不符")
        raise typer.Exit(FINDINGS)
    say("核对完毕：文件齐全，数字一致")


@contextmanager
def _shown() -> Iterator[Callable[[int, int, str], None]]:
    """Show how far it is on a terminal; elsewhere nothing."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task("制作档案", total=None)

        def told(done: int, total: int, path: str) -> None:
            bar.update(line, completed=done, total=total, description=path.rsplit("/", 1)[-1])

        yield told
