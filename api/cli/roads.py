"""What commands about distance share: the option for roads, read and cleaned with a word on what became of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.app import complain

if TYPE_CHECKING:
    from geo.place import Place
    from geo.roads import Roads

RoadsOption = Annotated[
    Path | None, typer.Option("--roads", help="道路线文件：沿道路算距离（不给则按直线）", metavar="FILE")
]
ModeOption = Annotated[
    Literal["walk", "cycle", "drive"],
    typer.Option("--mode", help="walk 步行，cycle 骑车，drive 开车", metavar="MODE"),
]


def roads_of(path: Path | None, place: Place) -> Roads | None:
    """Return the network of a file, None for none; tells on stderr how it was cleaned. Raises InputRefused."""
    if path is None:
        return None
    from geo.files.lines import read_lines
    from geo.roads import build_roads

    lines = read_lines(path)
    roads = build_roads(list(lines.shapes), crs=place.working_crs, classes=lines.classes)
    told = roads.cleaning
    kinds = f"等级取自“{lines.column}”列" if lines.column else "没有等级列，都按一般道路的速度"
    complain(f"道路 {path.name}：{told.lines} 条线，{kinds}；打断成 {told.edges} 段、{told.nodes} 个节点")
    if lines.others or told.dropped:
        complain(f"没有使用：{lines.others} 个不是线的要素，{told.dropped} 条空线")
    if told.components > 1:
        complain(f"道路分成互不相连的 {told.components} 片；到不了的不算服务得到")
    return roads
