"""What is wrong with the columns of a table once they are found: missing, unmeasured, several under one header."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.intake.fields import LEDGER, UNIT_FIELDS, definition_of, table_fault
from geo.schema import layer_named
from geo.words.cells import is_blank
from geo.words.vocabulary import measures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.faults import Fault
    from geo.files.sheets import RawTable
    from geo.intake.fields import Field

SAYS_LITTLE = {"name", "person", "phone", "remark", "number"}


def under_one_header(table: RawTable, found: Mapping[str, Field]) -> list[Fault]:
    """Refuse values under a header merged over several columns: which of them is meant?"""
    headers = {at.position: at.header for at in found.values() if not at.more}
    covered = {n: headers[of] for n, of in table.covered if of in headers}
    filled = [n for n in covered if any(n < len(cells) and not is_blank(cells[n]) for _, cells in table.rows())]
    remedy = "请只留一列，或拆开列名、各写各的"
    return [
        table_fault(table, "error", "column-twice", f"列名合并到第{n + 1}列，那里也填了内容", remedy, covered[n])
        for n in filled
    ]


def unmeasured(table: RawTable, layer: str, found: Mapping[str, Field]) -> list[Fault]:
    """Numbers whose header names a unit of measure that isn't known: reading them would be a guess."""
    faults = []
    for name, at in found.items():
        column = definition_of(name, layer)
        if column is None or column.kind not in ("count", "number") or at.measure is None:
            continue
        if at.measure not in (measures(column.measure) if column.measure else {}):
            remedy = f"请按“{column.measure}”填写" if column.measure else "请去掉列名里的括号"
            told = f"不认识列名里的计量单位“{at.measure}”"
            faults.append(table_fault(table, "error", "measure-unknown", told, remedy, at.header))
    return faults


def missing(table: RawTable, layer: str, found: Mapping[str, Field]) -> list[Fault]:
    """Refuse a table without the columns that tell its units, or what its layer can't do without."""
    faults = []
    if layer != "figures" and not any(name in found for name in UNIT_FIELDS):
        told = "缺少指明单位的列"
        if layer == LEDGER or layer_named(layer).blank_village != "place":
            faults.append(
                table_fault(table, "error", "column-missing", told, "请补上“代码”，或“乡镇（街道）”和“村（社区）”")
            )
    if layer == LEDGER:
        own = [name for name in found if "." in name]
        if not own:
            faults.append(
                table_fault(table, "error", "column-missing", "没有活动站、宣传栏、科普员等列", "请按台账模板填写")
            )
        return faults
    definition = layer_named(layer)
    faults += [
        table_fault(table, "error", "column-missing", f"缺少“{column.label}”列", "请补上")
        for column in definition.columns
        if column.required and column.name not in found
    ]
    silent = {*UNIT_FIELDS, *SAYS_LITTLE} - {"person" if layer == "communicators" else "", "name"}
    if not found.keys() - silent:
        faults.append(
            table_fault(table, "error", "column-missing", f"没有认出{definition.label}的任何列", "请按模板填写")
        )
    return faults
