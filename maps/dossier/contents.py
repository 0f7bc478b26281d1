"""The folder's own papers: the list of all its files with pages and sizes, and what of the whole is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from maps.dossier.boxes import boxes_of
from maps.dossier.openness import shown
from maps.dossier.paging import pages_of
from maps.dossier.pieces import Piece
from maps.report.boxes import Remarks, sign
from maps.report.content import day_text, subtitle_of
from maps.report.docx import paper_docx
from maps.report.model import Writer
from maps.report.pdf import paper_pdf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.assessment import TaskResult
    from maps.dossier.edition import Edition
    from maps.dossier.pieces import Making

FOLDER: Final = "00_目录"
CONTENTS: Final = f"{FOLDER}/目录.pdf"
REMARKS: Final = f"{FOLDER}/总备考表.docx"
_SIZES: Final = ("字节", "KB", "MB", "GB")
_STEP: Final = 1024


def pieces(edition: Edition, others: Sequence[Piece]) -> list[Piece]:
    """Return the contents, put together from all other files, and the remarks on the whole."""
    seen = shown(edition)
    day = seen.as_of.isoformat()
    paper = remarks_paper(seen, [(box.task, remarks) for box, remarks in boxes_of(edition)])
    remarks = Piece(REMARKS, write_remarks, [paper, day], told=(paper,))
    paths = sorted([remarks.path, *(piece.path for piece in others)])
    about = subtitle_of(seen)
    return [remarks, Piece(CONTENTS, write_contents, [about, day, paths], sources=paths)]


def remarks_paper(edition: Edition, told: Sequence[tuple[TaskResult, Remarks]]) -> dict[str, Any]:
    """Return the 总备考表: how much each box lacks, and every remark."""
    writer = Writer()
    counts = [(len(found.missing), len(found.unknown), len(found.conflicts)) for _, found in told]
    sums = [sum(column) for column in zip(*counts, strict=True)] or [0, 0, 0]
    rows = [
        [task.task.no, task.task.title, task.state.verdict_label, *some]
        for (task, _), some in zip(told, counts, strict=True)
    ]
    writer.say(
        f"本卷按截至{day_text(edition.as_of)}的数据编成，共{len(rows)}盒。各盒备考表所列：缺少的材料{sums[0]}条，"
        f"没有上报的{sums[1]}条，互相矛盾或需要核实的{sums[2]}条。"
    )
    header = ["任务", "题名", "判定", "缺少", "未上报", "待核实"]
    writer.table("各盒备考情况", header, [*rows, ["合计", "", "", *sums]], [0.8, 5.0, 1.2, 1.0, 1.0, 1.0])
    writer.head(1, "逐盒说明")
    for task, remarks in told:
        if remarks:
            writer.head(2, f"任务{task.task.no}　{task.task.title}")
        for part, texts in (("缺少", remarks.missing), ("未上报", remarks.unknown), ("待核实", remarks.conflicts)):
            for text in texts:
                writer.say(f"{part}：{text}。")
    sign(writer)
    return writer.paper(["总备考表"], subtitle_of(edition), form="sheet")


def write_remarks(making: Making, /, *told: Any) -> None:
    """Write the 总备考表."""
    making.target.write_bytes(paper_docx(told[0], day=making.edition.as_of))


def write_contents(making: Making) -> None:
    """Write the list of files, by folder."""
    edition = shown(making.edition)
    files = dict(sorted(making.sources.items()))
    writer = Writer()
    pages = {path: pages_of(file) for path, file in files.items()}
    sizes = {path: file.stat().st_size for path, file in files.items()}
    writer.say(
        f"本卷共{len(files)}份文件，{size_text(sum(sizes.values()))}。清单文件 manifest.json 记有每份文件的校验码，"
        "目录本身不在表内。"
    )
    for folder in dict.fromkeys(path.split("/")[0] for path in files):
        chosen = [path for path in files if path.split("/")[0] == folder]
        writer.head(1, f"{folder}（{len(chosen)}份）")
        writer.table("", ["序号", "文件", "页数", "大小"], _rows(chosen, pages, sizes), [0.7, 6.4, 0.9, 1.2])
    paper = writer.paper(["目录"], subtitle_of(edition), form="sheet")
    making.target.write_bytes(paper_pdf(paper, day=edition.as_of))


def _rows(paths: Sequence[str], pages: Mapping[str, int | None], sizes: Mapping[str, int]) -> list[tuple[object, ...]]:
    return [
        (number, path.partition("/")[2] or path, pages[path] or "—", size_text(sizes[path]))
        for number, path in enumerate(paths, start=1)
    ]


def size_text(size: int) -> str:
    """Return a number of bytes as people read it (24 KB)."""
    value, unit = float(size), 0
    while value >= _STEP and unit < len(_SIZES) - 1:
        value, unit = value / _STEP, unit + 1
    return f"{value:.1f} {_SIZES[unit]}" if unit > 1 else f"{value:.0f} {_SIZES[unit]}"
