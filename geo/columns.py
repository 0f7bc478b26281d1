"""Which column of a raw table is which canonical column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.errors import InputRefused
from geo.faults import Fault
from geo.schema import REPORTED_LAYERS, layer_named
from geo.vocabulary import column_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.sheets import RawTable

LEDGER = "ledger"
IMPORTABLE = (*REPORTED_LAYERS, "townships", "villages", LEDGER)
_UNIT_FIELDS = ("unit_code", "township", "village")
_COMMON_FIELDS = {"id", *_UNIT_FIELDS, "name", "lon", "lat", "datum", "person", "phone", "remark", "number"}
_CERTAIN = 2


@dataclass(frozen=True)
class Field:
    """Where a canonical column stands: its position, the header as written, and the header's unit of measure."""

    position: int
    header: str
    measure: str | None = None


def map_columns(table: RawTable, layer: str) -> tuple[dict[str, Field], list[Fault]]:
    """Find the canonical columns of a table for a layer (or `ledger`).

    Returns column → Field and the faults: headers not understood are notes, a column
    that stands twice or is missing is an error.
    """
    found: dict[str, Field] = {}
    faults: list[Fault] = []
    for position, header in enumerate(table.header):
        column, measure = column_of(header, layer) if header else (None, None)
        if column is None:
            if header:
                faults.append(
                    _fault(table, "note", "column-unknown", "没有认出这一列,未读取", "如应读取,请按模板改列名", header)
                )
        elif column in found:
            faults.append(
                _fault(table, "error", "column-twice", f"与“{found[column].header}”列意思重复", "请只留一列", header)
            )
        else:
            found[column] = Field(position, header, measure)
    return found, [*faults, *_missing(table, layer, found)]


def _fault(table: RawTable, severity: str, code: str, message: str, remedy: str, column: str | None = None) -> Fault:
    assert severity in ("error", "note")
    return Fault(
        "error" if severity == "error" else "note",
        code,
        table.file,
        message,
        remedy,
        sheet=table.sheet,
        row=table.header_row,
        column=column,
    )


def _missing(table: RawTable, layer: str, found: Mapping[str, Field]) -> list[Fault]:
    faults = []
    if layer != "figures" and not any(name in found for name in _UNIT_FIELDS):
        told = "缺少指明单位的列"
        if layer == LEDGER or layer_named(layer).blank_village != "place":
            faults.append(_fault(table, "error", "column-missing", told, "请补上“代码”,或“乡镇(街道)”和“村(社区)”"))
    if layer == LEDGER:
        own = [name for name in found if "." in name]
        if not own:
            faults.append(
                _fault(table, "error", "column-missing", "没有活动站、宣传栏、科普员等列", "请按台账模板填写")
            )
        return faults
    definition = layer_named(layer)
    faults += [
        _fault(table, "error", "column-missing", f"缺少“{column.label}”列", "请补上")
        for column in definition.columns
        if column.required and column.name not in found
    ]
    own = [name for name in found if name not in _UNIT_FIELDS and name not in ("remark", "number", "person", "phone")]
    if not own:
        faults.append(_fault(table, "error", "column-missing", f"没有认出{definition.label}的任何列", "请按模板填写"))
    return faults


def recognised(table: RawTable, layer: str) -> int:
    """Count the columns that belong to this layer and not to every layer."""
    names = {column_of(header, layer)[0] for header in table.header if header}
    own = {name for name in names if name and name not in _COMMON_FIELDS}
    if layer != LEDGER and "name" in names and column_of_name(table, layer):
        own.add("name")
    return len(own)


def column_of_name(table: RawTable, layer: str) -> bool:
    """Say whether the name column carries this layer's own header (活动站名称, not just 名称)."""
    for header in table.header:
        if header and column_of(header, layer)[0] == "name":
            others = [other for other in REPORTED_LAYERS if column_of(header, other)[0] == "name"]
            return others == [layer]
    return False


def detect_layer(table: RawTable) -> str:
    """Tell a table's layer by its header. Raises InputRefused unless one layer fits clearly best."""
    scores = {layer: recognised(table, layer) for layer in IMPORTABLE}
    best = max(scores.values())
    winners = [layer for layer, score in scores.items() if score == best]
    if best < _CERTAIN or len(winners) > 1:
        shown = "、".join(f"{layer}({_label(layer)})" for layer in winners) if best >= _CERTAIN else "没有相符的图层"
        fault = _fault(table, "error", "layer-unclear", f"看不出是哪一类表:{shown}", "请指明图层名再导入")
        raise InputRefused(fault.line(), faults=[fault])
    return winners[0]


def _label(layer: str) -> str:
    return "台账" if layer == LEDGER else layer_named(layer).label
