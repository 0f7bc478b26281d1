"""The papers of an archive box: 卷内目录, finding, score table, 备考表. Scores and signatures are left to people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from maps.report.content import day_text, subtitle_of, views_of
from maps.report.model import Writer
from maps.report.tasks import write_finding, write_gaps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from geo.assessment import TaskResult
    from maps.dossier.edition import Edition

_CATALOGUE = ("顺序号", "文号", "责任者", "题名", "日期", "页号", "备注")
_CATALOGUE_WIDTHS = (1.05, 1.6, 2.05, 3.45, 1.6, 1.2, 1.65)
_SCORES = ("考核项目", "考核内容", "考核标准", "考核分值", "自评分值", "审核分值", "考核方法", "备注")
_SCORE_WIDTHS = (0.9, 1.8, 3.2, 0.9, 0.9, 0.9, 1.2, 1.0)
_EMPTY_ROWS = 4
BLANK = "__________ "


@dataclass(frozen=True)
class Item:
    """A line of a 卷内目录. `path`: of the file in the dossier, None where the box holds none.

    `number`: 文号; `author`: 责任者; both blank where nobody has told them.
    """

    title: str
    path: str | None = None
    number: str = ""
    author: str = ""
    day: date | None = None
    remark: str = ""


def box_title(task: TaskResult) -> str:
    """Return what stands on a box."""
    return f"任务{task.task.no}　{task.task.title}"


def catalogue_paper(
    edition: Edition, task: TaskResult, items: Sequence[Item], pages: Mapping[str, int | None]
) -> dict[str, Any]:
    """Return the 卷内目录. `pages`: path → how many pages a file has, None for one that is not paged.

    The page number is that on which a file begins; rows are left empty for what people put in.
    """
    writer = Writer()
    rows: list[list[str]] = []
    at = 1
    for number, item in enumerate(items, start=1):
        length = pages.get(item.path) if item.path else None
        page = str(at) if length else "电子件" if item.path else ""
        at += length or 0
        day = f"{item.day:%Y%m%d}" if item.day else ""
        rows.append([str(number), item.number, item.author, item.title, day, page, item.remark])
    rows += [[""] * len(_CATALOGUE)] * _EMPTY_ROWS
    writer.table("", _CATALOGUE, rows, _CATALOGUE_WIDTHS)
    writer.note("页号为该件首页在盒内的顺序页；电子件不编页。空行供归入其他材料时填写。")
    return writer.paper(["卷内目录"], [box_title(task), *subtitle_of(edition)[:1]], form="sheet")


def finding_paper(edition: Edition, task: TaskResult) -> dict[str, Any]:
    """Return the finding of a task."""
    writer = Writer()
    views = views_of(edition, task)
    write_finding(writer, task, views)
    write_gaps(writer, views, rows_named=not edition.public)
    writer.head(3, "责任单位")
    writer.say(
        f"牵头单位：{'、'.join(task.task.lead)}。配合单位：{'、'.join(task.task.cooperating) or '（方案未列）'}。"
    )
    return writer.paper([f"任务{task.task.no}认定情况"], [task.task.title, *subtitle_of(edition)])


def score_paper(edition: Edition, task: TaskResult) -> dict[str, Any]:
    """Return the score table; its scores and methods are empty, for no score is ever ours."""
    writer = Writer()
    rows = [[task.task.section, task.task.title, result.rule.requirement, "", "", "", "", ""] for result in task.rules]
    writer.table("", _SCORES, rows, _SCORE_WIDTHS)
    writer.note("分值、考核方法由组织考核的单位填写，自评、审核分值由评审人员填写；程序不填写任何分值。")
    writer.say(f"自评人（签字）：{BLANK}审核人（签字）：{BLANK}日期：{BLANK}")
    return writer.paper(["考核评分表"], [box_title(task), *subtitle_of(edition)[:1]], form="sheet")


@dataclass(frozen=True)
class Remarks:
    """What a 备考表 tells: what is not there, not reported, and can't both be true."""

    missing: Sequence[str]
    unknown: Sequence[str]
    conflicts: Sequence[str]

    def __bool__(self) -> bool:
        """Say whether there is anything to tell."""
        return bool(self.missing or self.unknown or self.conflicts)


_PARTS = ("缺少的材料", "没有上报的", "互相矛盾或需要核实的")


def remarks_paper(edition: Edition, task: TaskResult, remarks: Remarks, files: int) -> dict[str, Any]:
    """Return the 备考表 of a box that holds so many files."""
    writer = Writer()
    writer.say(
        f"本盒共{files}份文件，按截至{day_text(edition.as_of)}的数据编成；任务判定：{task.state.verdict_label}。"
        + ("" if remarks else "没有发现缺少、未上报或互相矛盾的材料。")
    )
    write_remarks(writer, remarks)
    sign(writer)
    return writer.paper(["卷内备考表"], [box_title(task), *subtitle_of(edition)[:1]], form="sheet")


def sign(writer: Writer) -> None:
    """Leave room for what the archivist adds, and for the names of those who made and checked the box."""
    writer.table("", ["其他说明（立卷人填写）"], [[""]] * 3, [1])
    writer.say(f"立卷人：{BLANK}检查人：{BLANK}立卷日期：{BLANK}")


def write_remarks(writer: Writer, remarks: Remarks) -> None:
    """Write the three lists of a 备考表."""
    for title, told in zip(_PARTS, (remarks.missing, remarks.unknown, remarks.conflicts), strict=True):
        writer.head(1, f"{title}（{len(told)}）")
        for number, text in enumerate(told, start=1):
            writer.say(f"{number}．{text}")
        if not told:
            writer.say("没有。")
