"""What a 备考表 tells of a task: what is missing, what nobody reported, what can't both be true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from geo.schema import LAYERS
from maps.report.boxes import Remarks
from maps.report.content import views_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from geo.assessment import TaskResult
    from maps.dossier.edition import Edition
    from maps.report.wording import View

_MOST_NAMED: Final = 12


def remarks_of(
    edition: Edition, task: TaskResult, *, proofs: int, broken: Sequence[str], mapped: Sequence[str]
) -> Remarks:
    """Return the remarks on a task. `proofs`: how many files were given; `mapped`: rules that have a map sheet."""
    views = views_of(edition, task)
    missing = [
        *_missing_proofs(edition, task, views, proofs),
        *(f"佐证材料“{name}”已损坏，打不开，请重新提供" for name in broken),
    ]
    missing += [
        f"没有图件：{view.result.rule.requirement}"
        for view in views
        if task.task.kind == "map" and view.is_local and view.result.rule.id not in mapped
    ]
    missing += _missing_points(edition, views)
    unknown = [text for view in views for text in (*_unknown(edition, view), *_uncounted(edition, view))]
    conflicts = [text for view in views for text in (*_readings(view), *_denied(edition, view))]
    conflicts += _figures(edition, task)
    return Remarks(missing, unknown, conflicts)


def figure_rows(edition: Edition, task: TaskResult) -> list[dict[str, Any]]:
    """Return the figures and declarations told of a task as of the day."""
    table = edition.layers["figures"]
    rows: list[dict[Any, Any]] = table[table["task"] == task.task.no].to_dict("records")
    return sorted(rows, key=lambda row: (str(row["item"]), str(row["id"])))


def _missing_proofs(edition: Edition, task: TaskResult, views: Sequence[View], proofs: int) -> Iterator[str]:
    if not proofs:
        yield "没有人提供佐证材料（文件、照片）"
    told = figure_rows(edition, task)
    for row in told:
        if isinstance(row["evidence"], str) and not edition.public:
            yield f"填报的佐证“{row['evidence']}”（{row['item']}）：请归入原件或复印件"
        elif not isinstance(row["evidence"], str):
            yield f"“{row['item']}”没有注明佐证材料"
    if not told and any(view.result.rule.kind in ("figure", "declared") for view in views):
        yield "没有申报或填报任何数字，也就没有佐证"


def _missing_points(edition: Edition, views: Sequence[View]) -> Iterator[str]:
    for name in _layers(views):
        table = edition.layers[name]
        if LAYERS[name].role == "facility" and len(table):
            bare = int(table.geometry.isna().sum())
            if bare:
                yield f"{LAYERS[name].label}：全部{len(table)}条记录中{bare}条没有坐标"


def _layers(views: Iterable[View]) -> list[str]:
    return list(dict.fromkeys(layer for view in views if (layer := getattr(view.result.rule, "layer", None))))


def _unknown(edition: Edition, view: View) -> Iterator[str]:
    requirement = view.result.rule.requirement
    bare = list(view.told("unknown"))
    if not bare:
        return
    if not view.is_local:
        yield f"{requirement}：{bare[0]['reason']}"
        return
    yield f"{requirement}：{len(bare)}个单位，{_named(edition, bare)}"


def _uncounted(edition: Edition, view: View) -> Iterator[str]:
    """Tell of the villages whose people nobody has counted, without whom a reach may stay undecided."""
    if view.result.rule.kind == "reach":
        bare = [finding for finding in view.told() if finding.get("population") is None]
        if bare:
            yield f"{view.result.rule.requirement}：{len(bare)}个单位没有人口数字，{_named(edition, bare)}"


def _named(edition: Edition, findings: Sequence[dict[str, Any]]) -> str:
    names = "、".join(edition.gazetteer.full_name(f["unit_code"]) if f["unit_code"] in edition.gazetteer.villages
                     else f["unit_name"] for f in findings[:_MOST_NAMED])  # fmt: skip
    return f"{names}等（全部见单位台账）" if len(findings) > _MOST_NAMED else names


def _readings(view: View) -> Iterator[str]:
    """Tell of boards that the three readings of 及时更换 judge differently."""
    apart = [
        finding
        for finding in (view.told() if view.result.rule.kind == "freshness" else ())
        if len(set(finding["readings"].values()) & {"met", "not_met"}) > 1
    ]
    if apart:
        yield (
            f"{view.result.rule.requirement}：三种更新口径结论不同的有{len(apart)}个单位，"
            f"{'、'.join(finding['unit_name'] for finding in apart[:_MOST_NAMED])}"
            + ("等" if len(apart) > _MOST_NAMED else "")
        )


def _denied(edition: Edition, view: View) -> Iterator[str]:
    """Tell of units of which one report says none and another one names a facility."""
    layer = getattr(view.result.rule, "layer", None)
    if layer is None or not view.is_local:
        return
    none = edition.layers.none
    denied = set(none.loc[none["layer"] == layer, "unit_code"]) & set(edition.layers[layer]["unit_code"])
    both = [finding for finding in view.told() if finding["unit_code"] in denied]
    if both:
        requirement = view.result.rule.requirement
        yield f"{requirement}：既有报表上报“无”，又有报表列出设施的单位{len(both)}个，{_named(edition, both)}"


def _figures(edition: Edition, task: TaskResult) -> Iterator[str]:
    """Tell of items that were reported with different numbers."""
    values: dict[str, dict[str, None]] = {}
    for row in edition.reports.get("figures", ()):
        if row["task"] == task.task.no and not pd.isna(row["value"]):
            values.setdefault(str(row["item"]), {})[f"{row['value']:g}{row['unit_of_measure'] or ''}"] = None
    for item, told in values.items():
        if len(told) > 1:
            yield f"“{item}”先后填报了不同的数：{'、'.join(told)}；本报告采用截至日期前最新的一个"
