"""The report's appendices: how states are decided, where data come from, which reports were used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from geo.schema import LAYERS, REPORTED_LAYERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo.plans.rules import Settings
    from maps.dossier.edition import Edition
    from maps.report.model import Writer

_METHOD: Final = (
    "四种状态。达标：已知有服务于该单位的设施满足要求，并区分专用和共用；未达标：上报为“无”，或完整清单中没有，或所有设施均已知"
    "不满足，或曾服务于它的设施已经停用；未上报：没有填报，或决定性的栏目空白；不适用：不在要求的范围内。",
    "应评数＝达标数＋未达标数＋未上报数。未上报既不算达标也不算未达标；只有不论未上报单位最终如何都已达到标准的，才判定达标，"
    "只有无论如何都达不到标准的，才判定未达标，其余为待判定。",
    "谁服务于谁。设施服务于所在单位和“服务单位”栏列出的单位；申报为共用，或服务多个单位的，为共用。同一设施在几份清单中出现，"
    "对每个单位只计一次。",
    "几份报表说到同一设施。各栏取最新一份有填写的报表；空白不抹去以前的填报。报表从不改写，撤销一批即恢复到没有它的样子。",
    "起止。设施自建成（命名）之日起算，自停用之日起不再计；有效期届满的称号按方案口径处理。只填到月份的，当月内按可能有也可能"
    "没有处理。",
    "任务判定。任务所属各条要求全部达标，任务达标；有一条未达标，任务未达标；其余为待判定。",
)
_READINGS: Final = {
    "since_last_change": "距最近一次更换不超过规定的月数（按日历月）",
    "largest_interval": "此前十二个月内两次更换的最大间隔不超过规定的月数",
    "changes_in_year": "此前十二个月内更换次数达到规定次数",
}
_OWN_SOURCES: Final = "各单位填报的报表（见附录三）"


def write_method(writer: Writer, edition: Edition) -> None:
    """Write how states are decided, and what the plan's owner has settled."""
    writer.part("附录一　核查方法")
    for number, text in enumerate(_METHOD, start=1):
        writer.say(f"{number}．{text}")
    plan = edition.assessment.plan
    writer.say(f"{len(_METHOD) + 1}．方案制定单位可定的口径，本次采用：{'；'.join(_settled(plan.settings))}。")
    writer.note(
        f"规则集：{plan.plan.id}，SHA-256 {plan.sha256}；软件版本：{edition.version}；数据版本：{edition.store_digest}"
    )


def _settled(settings: Settings) -> Iterator[str]:
    """Yield the settings in words."""
    yield "统计范围为方案点名的乡镇（街道）" if settings.scope == "plan" else "统计范围为统计名录全部乡镇级单位"
    yield f"宣传栏更新按“{_READINGS[settings.freshness_reading]}”判断"
    yield "一个单位有多块宣传栏时，" + ("一块及时即可" if settings.fresh_boards == "one" else "须全部及时")
    yield "共用指" + ("申报为共用或服务多个单位" if settings.shared == "declared_or_several" else "申报为共用")
    yield "乡镇驻地的宣传栏" + ("兼顾所在村" if settings.township_board_serves_village else "不兼顾所在村")
    yield "市属学校以" + ("学校名册“市属”栏为准" if settings.city_run_schools == "flag" else "全部学校计")
    yield "高于地州级的基地" + ("计入" if settings.bases_above_prefecture else "不计入")
    yield "命名已过期的基地" + ("计入" if settings.expired_titles else "不计入")
    yield "人口按" + ("常住人口" if settings.population == "resident" else "户籍人口")
    if settings.reach_reading != "units":
        reached = "到活动地点的距离" if settings.reach_reading == "distance" else "参加人数"
        yield f"活动覆盖按{reached}判断"
    yield "“年度”指" + ("当年1月1日起" if settings.year == "calendar" else "此前十二个月")


def write_sources(writer: Writer, edition: Edition) -> None:
    """Write where the base data come from."""
    writer.part("附录二　数据来源")
    rows = [
        [str(source.get(key, "") or "—") for key in ("title", "origin", "date", "licence")]
        for source in edition.place.sources
    ]
    rows.append([_OWN_SOURCES, "各乡镇（街道）和有关部门", edition.as_of.isoformat(), "—"])
    writer.table("底图和统计资料", ["资料", "来源", "日期", "许可"], rows, [2.2, 4.6, 1.2, 1.4])
    writer.note("坐标为 CGCS2000 经纬度。标为“示意”的界线和位置未经测绘，不作划界依据。")


def write_batches(writer: Writer, edition: Edition) -> None:
    """Write which batches of reports the findings rest on, with how much each told."""
    writer.part("附录三　采用的报表")
    rows = batch_rows(edition, named=not edition.public)
    if not rows:
        writer.say("没有任何报表。")
        return
    header = ["批次", "报表日期", *([] if edition.public else ["文件"]), "内容", "记录数"]
    widths = [0.7, 1.3, *([] if edition.public else [3.6]), 3.2, 0.9]
    writer.table("采用的报表", header, rows, widths)


def batch_rows(edition: Edition, *, named: bool) -> list[list[object]]:
    """Return a row per batch that tells of anything as of the day; `named`: with the name of its file."""
    layers = edition.layers
    told: dict[int, dict[str, int]] = {}
    files: dict[int, str] = {}
    for name in REPORTED_LAYERS:
        table = layers[name]
        for batch, file in zip(table["batch"], table["file"], strict=True):
            _count(told, files, batch, file, LAYERS[name].label)
    for kind, noted in (("上报无", layers.none), ("完整清单声明", layers.complete)):
        for batch, file in zip(noted["batch"], noted["file"], strict=True):
            _count(told, files, batch, file, kind)
    rows: list[list[object]] = []
    for batch in sorted(told):
        day = layers.days.get(batch)
        content = "、".join(f"{kind}{number}" for kind, number in told[batch].items())
        file = [files[batch]] if named else []
        rows.append([batch, day.isoformat() if day else "—", *file, content, sum(told[batch].values())])
    return rows


def _count(told: dict[int, dict[str, int]], files: dict[int, str], batch: Any, file: object, kind: str) -> None:
    if pd.isna(batch):
        return
    counts = told.setdefault(int(batch), {})
    counts[kind] = counts.get(kind, 0) + 1
    files.setdefault(int(batch), str(file))
