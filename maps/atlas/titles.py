"""What the sheets are called: titles of rules from their layers and columns, and the files of single sheets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from geo.schema import LAYERS

if TYPE_CHECKING:
    from geo.assessment import Assessment, RuleResult
    from geo.plans.rules import Rule, Task

UNITS: Final = {"township": "乡镇（街道）", "village": "村（社区）", "school": "学校", "base": "基地", "city": "全市"}
FOLDER: Final = "01_图集/分图"
_UNFIT: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


def rule_title(rule: Rule) -> str:
    """Return a rule's short title: its unit, its layer, and what it asks of it."""
    if rule.kind == "figure" or rule.kind == "declared":
        return rule.item
    layer = LAYERS[rule.layer]
    unit = UNITS[rule.unit] if rule.unit in {"township", "village"} else ""
    asked = [layer.column(name).label for name in getattr(rule, "require", ()) if name != "count"]
    for name, values in getattr(rule, "where", {}).items():
        column = layer.column(name)
        asked += [column.label if value is True else column.choices.get(str(value), str(value)) for value in values]
    asked += [layer.column(name).label for name in getattr(rule, "meets", ())]
    asked += {"freshness": ["内容更换"], "reach": ["覆盖"]}.get(rule.kind, [])
    return f"{unit}{layer.label}" + (f"·{'、'.join(asked)}" if asked else "")


def mapped(assessment: Assessment) -> list[tuple[Task, RuleResult]]:
    """Return the rules that a map can show, each with its task: those of the plan that are on units."""
    return [(found.task, result) for found in assessment.tasks for result in found.rules if result.rule.unit != "city"]


def sheet_paths(assessment: Assessment) -> dict[str, str]:
    """Return the file of each mapped rule's single sheet inside a dossier, by rule id; its picture ends in .png."""
    out: dict[str, str] = {}
    for task, result in mapped(assessment):
        path = f"{FOLDER}/{task.no:02d}_{_UNFIT.sub('_', rule_title(result.rule))}.pdf"
        out[result.rule.id] = path if path not in out.values() else path.replace(".pdf", f"_{result.rule.id}.pdf")
    return out


def picture_path(path: str) -> str:
    """Return the picture beside a single sheet."""
    return path.removesuffix(".pdf") + ".png"
