"""The ledgers' sheets of rules and tasks, from the tables of a GeoPackage alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from geo.list_books import Share
from geo.states import State
from maps.dossier.ledger_tables import Sheet, Source, records_of, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

COUNTS: Final = ("应评", "达标", "其中共用", "未达标", "未上报", "不适用")
_PLACES: Final = 10_000


def rule_sheet(source: Source) -> Sheet:
    """Return what is said of each rule: verdict, value, threshold and how many units are in each state."""
    rows = []
    for row in records_of(source.tables["rules"]):
        told = {name: whole(row[name]) for name in ("任务", "规则", "要求", "结果")}
        told |= {"数值": figure(row, "value"), "标准": figure(row, "threshold")}
        rows.append({**told, **{name: int(row[name]) for name in COUNTS}, "牵头单位": row["牵头单位"]})
    header = ("任务", "规则", "要求", "结果", "数值", "标准", *COUNTS, "牵头单位")
    return Sheet("规则汇总", header, tuple(rows), 2)


def figure(row: Mapping[str, Any], name: str) -> Any:
    """Return a rule's value or threshold as the ledgers tell it, "" for none: cut, never rounded up to the whole."""
    value = whole(row[name])
    if value is None:
        return ""
    cut = math.floor(value * _PLACES + 1e-6) / _PLACES
    is_share = row["kind"] == "reach" or row["measure"] == "share"
    return Share(cut) if is_share else int(cut) if cut.is_integer() else cut


def task_sheet(source: Source) -> Sheet:
    """Return the verdict on each task."""
    rows = [
        {"任务": int(row["no"]), "题目": row["title"], "结果": State(row["state"]).verdict_label,
         "要求": row["requirement"], "牵头单位": row["lead"], "配合单位": row["cooperating"] or ""}
        for row in records_of(source.tables["tasks"])
    ]  # fmt: skip
    return Sheet("任务汇总", ("任务", "题目", "结果", "要求", "牵头单位", "配合单位"), tuple(rows), 2)
