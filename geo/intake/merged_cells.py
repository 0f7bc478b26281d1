"""Cells merged over rows of several units: does what they say hold for each, or once for all?"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from geo.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.files.sheets import RawTable
    from geo.intake.columns import Field
    from geo.intake.harvest import Harvest

_EACH = {
    "number", "unit_code", "township", "village", "remark", "datum",
    "level", "kind", "stage", "titled_on", "expires_on", "date", "venue", "task", "as_of",
}  # fmt: skip
"""Columns whose merged cell plainly holds for every row: what rows are grouped by, and no count of anything."""


def merged_over_units(table: RawTable, fields: Mapping[str, Field], harvest: Harvest) -> list[Fault]:
    """Fault cells merged over rows of several units: one thing that they share, or one in each?"""
    columns = {n: name for name, at in fields.items() for n in (at.position, *at.more)}
    spans = [
        (first, last, columns[n])
        for first, last, n in table.merged
        if n in columns and columns[n].rpartition(".")[2] not in _EACH
    ]
    if not spans:
        return []
    every = chain(harvest.none, harvest.blank, *harvest.records.values())
    units = {row["row"]: row["unit_code"] for row in every if (row["file"], row["sheet"]) == (table.file, table.sheet)}
    return [
        _fault(table, fields[name], name, first, last)
        for first, last, name in spans
        if len({units[row] for row in range(first, last + 1) if row in units}) > 1
    ]


def _fault(table: RawTable, at: Field, name: str, first: int, last: int) -> Fault:
    code = "name-merged" if name == "name" else "cells-merged"
    what = "名称" if name == "name" else f"“{at.header}”"
    told = f"第{first}—{last}行的{what}合并成一格，看不出是共用一处还是各有一处"
    remedy = "请拆开：共用的只留一行并填“服务单位”，各有的逐行填写"
    if name != "name":
        told = f"第{first}—{last}行是几个单位，{what}合并成一格，看不出是否各单位都是"
        remedy = "请拆开，逐行填写"
    return Fault("error", code, table.file, told, remedy, sheet=table.sheet, row=first, column=at.header)
