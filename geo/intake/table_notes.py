"""What is told of a table as a whole: rows that were no data, sheets that weren't read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.faults import Fault
from geo.intake.columns import AUTO, label_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.files.sheets import RawTable

_MOST_ROWS = 10


def listed(rows: Sequence[int]) -> str:
    """Return row numbers as people read them, the first few of many."""
    shown = "、".join(str(row) for row in rows[:_MOST_ROWS])
    return f"第{shown}行" if len(rows) <= _MOST_ROWS else f"第{shown}行等{len(rows)}行"


def note(table: RawTable, code: str, message: str, remedy: str = "") -> Fault:
    """Return a note on a table."""
    return Fault("note", code, table.file, message, remedy, sheet=table.sheet)


def told_of(table: RawTable) -> list[Fault]:
    """Say which rows were no data, and where the header was, unless it is plain."""
    kinds: dict[str, list[int]] = {}
    doubted = [told for told in table.skipped if told[0] in table.doubted]
    for row, kind in (*table.skipped, *((row, "小标题") for row, _ in table.sections)):
        if (row, kind) not in doubted:
            kinds.setdefault(kind, []).append(row)
    notes = [note(table, "rows-skipped", f"{listed(rows)}是{kind}，不作为数据") for kind, rows in kinds.items()]
    notes += [_doubted(table, row, kind) for row, kind in doubted]
    if table.header_row > 1:
        notes.append(note(table, "header-found", f"表头在第{table.header_row}行"))
    return notes


def _doubted(table: RawTable, row: int, kind: str) -> Fault:
    told, remedy = f"这一行看作{kind}，没有读取", f"如是数据，请改掉像{kind}的写法"
    return Fault("warning", "row-skipped", table.file, told, remedy, sheet=table.sheet, row=row)


def of_another(table: RawTable, layer: str, other: str) -> Fault:
    """Refuse a table of another layer than the one asked for."""
    told = f"这张工作表是{label_of(other)}，不是{label_of(layer)}"
    remedy = f"请改用 {other} 导入，或用 auto 让每张工作表各归各类"
    return Fault("error", "sheet-other-layer", table.file, told, remedy, sheet=table.sheet, row=table.header_row)


def unclear(table: RawTable) -> Fault:
    """Refuse a table of which no layer can be told."""
    told, remedy = "看不出是哪一类表：没有相符的图层", "请指明图层名再导入"
    return Fault("error", "layer-unclear", table.file, told, remedy, sheet=table.sheet, row=table.header_row)


def skipped(table: RawTable, layer: str) -> Fault:
    """A table that is no data is a note; one whose kind can't be told may be data, so it is a warning."""
    if layer != AUTO or not any(True for _ in table.rows()):
        return note(table, "sheet-skipped", "这张工作表不是数据表，未读取")
    told = "看不出这张工作表是哪一类表，未读取"
    return Fault("warning", "sheet-skipped", table.file, told, "如是数据表，请指明图层名单独导入", sheet=table.sheet)


def headless(table: RawTable) -> Fault:
    """Refuse a sheet of data without a header."""
    told, remedy = "这张工作表没有表头，看上去是接着前面的数据", "请补上表头"
    return Fault("error", "sheet-headless", table.file, told, remedy, sheet=table.sheet, row=1)


def hidden(table: RawTable) -> Fault:
    """Warn of a hidden sheet."""
    told = "这张工作表是隐藏的，未读取"
    return Fault("warning", "sheet-hidden", table.file, told, "如应读取，请取消隐藏后再导入", sheet=table.sheet)
