"""What the report says: the whole first, then task by task, then how it was found out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from geo.states import State
from maps.report import appendix, tasks
from maps.report.model import Writer
from maps.report.wording import UNITS, View, finding_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.assessment import TaskResult
    from maps.dossier.edition import Edition

_VERDICTS: Final = (State.MET, State.NOT_MET, State.UNKNOWN, State.NOT_APPLICABLE)


def views_of(edition: Edition, task: TaskResult) -> list[View]:
    """Return a task's rules as the papers of an edition see them."""
    return [View(result, edition.gazetteer, edition.township) for result in task.rules]


def report_paper(edition: Edition, sheets: Mapping[str, str]) -> dict[str, Any]:
    """Return the report as values (`maps.report.model`); `sheets`: rule → path of its map sheet in the dossier."""
    writer = Writer()
    _summary(writer, edition)
    writer.head(1, "各项任务落实情况")
    for task in edition.assessment.tasks:
        tasks.write_task(writer, edition, task, views_of(edition, task), sheets)
    appendix.write_method(writer, edition)
    appendix.write_sources(writer, edition)
    appendix.write_batches(writer, edition)
    return writer.paper(title_of(edition), subtitle_of(edition))


def title_of(edition: Edition) -> list[str]:
    """Return the title's lines, each within the width of one."""
    part = edition.gazetteer.name_of(edition.township) if edition.township else ""
    return (
        [edition.place.name + part, "科普工作任务落实情况报告"]
        if part
        else [f"{edition.place.name}科普工作任务落实情况报告"]
    )


def subtitle_of(edition: Edition) -> list[str]:
    """Return the lines below a title: what part, as of when, for whom, and that a demo is one."""
    known = edition.assessment.known_on
    part = edition.gazetteer.name_of(edition.township) if edition.township else edition.place.name
    day = f"截至{day_text(edition.as_of)}" + (f"，按{day_text(known)}已知的数据" if known else "")
    use = f"{edition.usage}（填写人：{edition.entered_by}）" if edition.public else "内部资料　不得公开"
    return [f"（{part}，{day}）", use, edition.place.demo_note]


def day_text(day: Any) -> str:
    """Return a day as official papers write it: 2022年10月31日."""
    return f"{day.year}年{day.month}月{day.day}日"


def _summary(writer: Writer, edition: Edition) -> None:
    assessment = edition.assessment
    header = assessment.plan.plan
    every = [(task, views_of(edition, task)) for task in assessment.tasks]
    found = Counter(task.state for task in assessment.tasks)
    source = f"《{header.title}》" + (f"（{header.document}）" if header.document else "")
    verdicts = "，".join(f"{state.verdict_label}{found[state]}项" for state in _VERDICTS if found[state])
    writer.head(1, "总体情况")
    writer.say(
        f"本报告依据{source}，按截至{day_text(edition.as_of)}的填报数据，对全部{len(assessment.tasks)}项任务、"
        f"{len(assessment.rules)}条要求逐条核查。{verdicts}。"
    )
    writer.say(_scope_text(edition, [view for _, views in every for view in views]))
    writer.say(
        "达标、未达标均以填报的事实为依据；没有填报的列为“未上报”，既不算达标，也不算未达标，任务因此无法判断的列为“待判定”。"
        "本报告不评分，评分由评审人员填写。"
    )
    if edition.township:
        name = edition.gazetteer.name_of(edition.township)
        writer.say(f"本册只列{name}的单位；各项任务的判定仍按全域作出。")
    writer.table("任务和要求核查结果一览", _HEADER, _overview(every), _WIDTHS)
    _list(writer, "未达标的任务", every, State.NOT_MET)
    _list(writer, "待判定的任务", every, State.UNKNOWN)
    _dataless(writer, every)


_HEADER: Final = ("任务", "要求", "应评", "达标", "其中共用", "未达标", "未上报", "不适用", "判定")
_WIDTHS: Final = (0.7, 4.2, 0.8, 0.8, 0.9, 0.95, 0.95, 0.95, 1.15)


def _scope_text(edition: Edition, views: Sequence[View]) -> str:
    """Say over how many units the rules speak, by kind of unit."""
    most: dict[str, int] = {}
    for view in views:
        if view.is_local:
            most[view.result.rule.unit] = max(most.get(view.result.rule.unit, 0), view.counts().in_scope)
    told = "、".join(f"{UNITS[unit][1]}{number}{UNITS[unit][0]}" for unit, number in most.items())
    scope = "方案点名的乡镇（街道）" if edition.assessment.plan.settings.scope == "plan" else "统计名录全部乡镇级单位"
    return f"核查范围为{scope}。各类单位的应评数（取应评最多的一条要求）：{told}。各条要求的应评数不同，均在表中列明。"


def _overview(every: Sequence[tuple[TaskResult, Sequence[View]]]) -> list[list[object]]:
    rows: list[list[object]] = []
    for task, views in every:
        for view in views:
            counts = view.counts()
            figures = [counts.in_scope, counts.met, counts.met_shared if view.findings.dedicated else "—"]
            figures += [counts.not_met, counts.unknown, counts.not_applicable]
            rows.append([task.task.no, view.result.rule.requirement, *figures, view.verdict])
    return rows


def _list(writer: Writer, title: str, every: Sequence[tuple[TaskResult, Sequence[View]]], state: State) -> None:
    """Write one paragraph per task of a state, with those of its requirements that make it so."""
    chosen = [(task, views) for task, views in every if task.state is state]
    writer.head(2, f"{title}（{len(chosen)}项）")
    if not chosen:
        writer.say("没有。")
    for task, views in chosen:
        told = "".join(
            f"{view.result.rule.requirement}：{finding_text(view)}" for view in views if view.result.state is state
        )
        writer.say(f"任务{task.task.no}　{task.task.title}（{'、'.join(task.task.lead)}牵头）。{told}")


def _dataless(writer: Writer, every: Sequence[tuple[TaskResult, Sequence[View]]]) -> None:
    bare = [(task, view) for task, views in every for view in views if view.is_dataless]
    writer.head(2, f"没有任何数据的要求（{len(bare)}条）")
    if not bare:
        writer.say("没有。")
        return
    told = "；".join(f"任务{task.task.no}：{view.result.rule.requirement}" for task, view in bare)
    writer.say(f"下列要求没有可用于判断的填报：{told}。请牵头单位补报。")
