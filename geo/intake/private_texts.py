"""Telephone and identity numbers inside public texts: covered up before a record is kept."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from geo.faults import Fault
from geo.schema import layer_named
from geo.words.phones import covered

if TYPE_CHECKING:
    from geo.intake.rows import Row
    from geo.schema import Layer

    Record = dict[str, Any]


def keep_private(row: Row, layer: Layer, record: Record, *, ledger: bool = False) -> None:
    """Cover up the numbers of people in a record's public texts, and say so; an id with one is none."""
    for name in _public_texts(layer.name):
        text = record.get(name)
        if not isinstance(text, str) or (shown := covered(text)) == text:
            continue
        record[name] = None if name == "id" else shown
        _tell(row, f"{layer.name}.{name}" if ledger else name)


@cache
def _public_texts(layer: str) -> tuple[str, ...]:
    return "id", "name", *(column.name for column in layer_named(layer).public_columns if column.kind == "text")


def _tell(row: Row, name: str) -> None:
    """Tell it once for all rows of a column."""
    at = row.fields.get(name)
    told = "文字里有电话号码或身份证号，已遮住，不公开"
    remedy = "请把电话另列一列“联系电话”；身份证号不要填"
    fault = Fault("warning", "cell-private", row.table.file, told, remedy, sheet=row.table.sheet,
                  column=at.header if at else None)  # fmt: skip
    row.harvest.repairs.setdefault(fault, []).append(row.number)
