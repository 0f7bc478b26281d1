"""The report's chapter of one task: requirement, finding, townships, map, units to see to, measures, who is to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.percentages import percent
from geo.states import State
from geo.tables import source_text
from maps.report.wording import View, finding_text, label_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.assessment import TaskResult
    from maps.dossier.edition import Edition
    from maps.report.model import Writer

_MOST_ROWS_NAMED = 6
"""Source rows that a cell names; a longer list is told by its number."""


def write_task(
    writer: Writer, edition: Edition, task: TaskResult, views: Sequence[View], sheets: Mapping[str, str]
) -> None:
    """Write a task's chapter; `sheets`: rule → path of its map sheet."""
    writer.head(2, f"任务{task.task.no}：{task.task.title}")
    write_finding(writer, task, views)
    _townships(writer, views)
    _pictures(writer, task, views, sheets)
    write_gaps(writer, views, rows_named=not edition.public)
    _measures(writer, views)
    writer.head(3, "责任单位")
    writer.say(f"牵头单位：{'、'.join(task.task.lead)}。")
    writer.say(f"配合单位：{'、'.join(task.task.cooperating) or '（方案未列）'}。")


def write_finding(writer: Writer, task: TaskResult, views: Sequence[View]) -> None:
    """Write what the plan asks for and what was found."""
    writer.head(3, "方案要求")
    writer.say(f"方案“{task.task.section}”：{task.task.requirement}")
    writer.head(3, "核查结果")
    for view in views:
        if view.is_dataless and view.counts().in_scope:
            writer.say(f"{view.result.rule.requirement}：没有任何数据。{finding_text(view)}")
        else:
            writer.say(f"{view.result.rule.requirement}：{finding_text(view)}")
    writer.say(f"任务判定：{task.state.verdict_label}。")


def _townships(writer: Writer, views: Sequence[View]) -> None:
    """Write one table of the townships' own states, and one of counts for each rule of units below them."""
    local = [view for view in views if view.is_local and view.townships()]
    if local:
        writer.head(3, "分乡镇（街道）情况")
    own = [view for view in local if view.result.rule.unit == "township"]
    if own:
        _own_states(writer, own)
    for view in local:
        if view.result.rule.unit != "township":
            _counts(writer, view)


def _own_states(writer: Writer, views: Sequence[View]) -> None:
    states: dict[str, list[str]] = {}
    for number, view in enumerate(views):
        for finding in view.told():
            row = states.setdefault(view.home_of(finding), ["—"] * len(views))
            row[number] = label_of(finding)
    header = ["乡镇（街道）", *(view.result.rule.requirement for view in views)]
    rows = [[name, *row] for name, row in states.items()]
    writer.table("各乡镇（街道）自身达标情况", header, rows, [1.6] + [1.6] * len(views))


def _counts(writer: Writer, view: View) -> None:
    dedicated = view.findings.dedicated
    header = ["乡镇（街道）", "应评", "达标", *(["其中共用"] if dedicated else []), "未达标", "未上报", "达标率"]
    rows: list[list[object]] = []
    for home in [*view.townships(), None]:
        counts = view.counts(home)
        name = "合计" if home is None else view.gazetteer.name_of(home) if home else "（未注明）"
        shared = [counts.met_shared] if dedicated else []
        rate = percent(counts.met / counts.in_scope) if counts.met + counts.not_met else "—"
        rows.append([name, counts.in_scope, counts.met, *shared, counts.not_met, counts.unknown, rate])
    writer.table(view.result.rule.requirement, header, rows, [2.4] + [1.0] * (len(header) - 1))


def _pictures(writer: Writer, task: TaskResult, views: Sequence[View], sheets: Mapping[str, str]) -> None:
    if task.task.kind != "map":
        return
    writer.head(3, "图件")
    shown = [view for view in views if view.result.rule.id in sheets]
    for view in shown:
        writer.picture(sheets[view.result.rule.id], view.result.rule.requirement)
    if shown:
        writer.note("图为缩小件，原图见“01_图集/分图”。")
    missing = [view.result.rule.requirement for view in views if view.result.rule.id not in sheets]
    if missing:
        writer.say(f"没有图件的要求：{'；'.join(missing)}。")


def write_gaps(writer: Writer, views: Sequence[View], *, rows_named: bool) -> None:
    """Write which units are not met or not reported, and why; `rows_named`: with the source rows."""
    local = [view for view in views if view.is_local]
    if not local:
        return
    writer.head(3, "未达标和未上报的单位")
    for view in local:
        gaps = sorted(view.gaps(), key=lambda finding: (finding["township_code"] or "", finding["state"] != "not_met"))
        if not gaps:
            writer.say(f"{view.result.rule.requirement}：没有。")
            continue
        _gap_table(writer, view, gaps, rows_named=rows_named)
        if view.result.state is State.MET:
            writer.note("注：这条要求已经达到，表中单位不影响判定。")


def _gap_table(writer: Writer, view: View, gaps: Sequence[dict[str, Any]], *, rows_named: bool) -> None:
    header = ["乡镇（街道）", "单位", "状态", "原因", *(["依据"] if rows_named else [])]
    rows = [
        [
            view.home_of(finding),
            finding["unit_name"],
            label_of(finding),
            finding["reason"],
            *([rows_text(finding["evidence"])] if rows_named else []),
        ]
        for finding in gaps
    ]
    caption = f"{view.result.rule.requirement}：未达标和未上报的单位（{len(gaps)}）"
    writer.table(caption, header, rows, [1.55, 1.8, 0.9, 2.3, *([2.8] if rows_named else [])])


def rows_text(evidence: Sequence[Mapping[str, Any]]) -> str:
    """Return source rows as a cell tells them."""
    told = "；".join(source_text(source) for source in evidence[:_MOST_ROWS_NAMED])
    return f"{told}等{len(evidence)}行" if len(evidence) > _MOST_ROWS_NAMED else told or "—"


def _measures(writer: Writer, views: Sequence[View]) -> None:
    """Leave room for what people decide to do; nothing of it is ours."""
    open_ = [view for view in views if view.result.state in (State.NOT_MET, State.UNKNOWN)]
    writer.head(3, "整改措施")
    if not open_:
        writer.say("已经达标。巩固措施（由责任单位填写）：")
    rows = [[view.result.rule.requirement, "", "", ""] for view in open_] or [["", "", "", ""]]
    writer.table("", ["要求", "整改措施（责任单位填写）", "责任人", "完成时限"], rows, [2.6, 4.2, 1.2, 1.4])
