"""Differences between two days as flat rows, for CSV and terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.admin.gazetteer import township_of
from geo.differences import Direction
from geo.tables import source_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from geo.admin.gazetteer import Gazetteer
    from geo.assessment import RuleResult, TaskResult
    from geo.differences import Differences, RuleChange, UnitChange

    Row = dict[str, str]

DIFFERENCE_COLUMNS = (
    "对象", "任务", "规则", "要求", "乡镇（街道）", "单位", "单位代码", "从", "到", "变化", "原因", "依据",
)  # fmt: skip


def difference_rows(changed: Differences, gazetteer: Gazetteer) -> list[Row]:
    """Return one row for each task and rule whose verdict changed, and for each unit whose state did."""
    rows = []
    for task in changed.tasks:
        about = {"任务": str(task.after.task.no)}
        if task.before.state != task.after.state:
            rows.append(
                _row({"对象": "任务", **about, "要求": task.after.task.title, **_verdicts(task.before, task.after)})
            )
        for rule in task.rules:
            told = {**about, "规则": rule.id, "要求": rule.after.rule.requirement}
            if rule.before.state != rule.after.state:
                rows.append(_row({"对象": "规则", **told, **_verdicts(rule.before, rule.after), "原因": _counts(rule)}))
            rows += [_row({"对象": "单位", **told, **_unit(change, gazetteer)}) for change in rule]
    return rows


def _row(told: Mapping[str, str]) -> Row:
    return {name: told.get(name, "") for name in DIFFERENCE_COLUMNS}


def _verdicts(before: RuleResult | TaskResult, after: RuleResult | TaskResult) -> Row:
    return {
        "从": before.state.verdict_label,
        "到": after.state.verdict_label,
        "变化": Direction.of(before.state, after.state).label,
    }


def _counts(rule: RuleChange) -> str:
    earlier, later = rule.before.counts, rule.after.counts
    return f"达标 {earlier.met}/{earlier.in_scope} → {later.met}/{later.in_scope}"


def _unit(change: UnitChange, gazetteer: Gazetteer) -> Row:
    home = change.township_code
    reasons = dict.fromkeys((change.reason_before, change.reason_after))
    return {
        "乡镇（街道）": gazetteer.name_of(township_of(home)) if home else "",
        "单位": change.unit_name,
        "单位代码": change.unit_code,
        "从": change.before.label,
        "到": change.after.label,
        "变化": change.direction.label,
        "原因": " → ".join(reasons),
        "依据": "；".join(_sources(change)),
    }


def _sources(change: UnitChange) -> Iterator[str]:
    """Tell the rows that came and went; where none did, those that decide on both days."""
    told: Sequence[tuple[str, Sequence[Mapping[str, Any]]]] = (("新增 ", change.added), ("不再有 ", change.removed))
    if not (change.added or change.removed):
        told = (("", change.kept),)
    return (f"{word}{source_text(row)}" for word, rows in told for row in rows)
