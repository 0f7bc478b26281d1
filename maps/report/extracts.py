"""The tables of a box: a task's units with their states, and the source rows as they were stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from geo.list_books import ListSheet
from geo.schema import COMMON, LAYERS, MONTH_FLAGS
from geo.tables import source_text
from maps.report.content import views_of
from maps.report.wording import label_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from geo.admin.gazetteer import Gazetteer
    from geo.assessment import TaskResult
    from geo.schema import Column
    from maps.dossier.edition import Edition

    Key = tuple[Any, Any, Any, Any]

_UNITS: Final = ("要求", "乡镇（街道）", "单位", "单位代码", "状态", "原因")
_SOURCE: Final = ("文件", "工作表", "行", "批次", "报表日期", "单位")
_WIDEST: Final = 30
_HEAD_WIDTH: Final = 18
_NO_COLUMN: Final = frozenset({"unit_code"})


def unit_sheet(edition: Edition, task: TaskResult) -> ListSheet:
    """Return every unit in scope of a task's requirements, met ones as well."""
    header = _UNITS if edition.public else (*_UNITS, "依据")
    rows = []
    for view in views_of(edition, task):
        for finding in view.told():
            told = (
                view.result.rule.requirement,
                view.home_of(finding),
                finding["unit_name"],
                finding["unit_code"],
                label_of(finding),
                finding["reason"],
                "；".join(map(source_text, finding["evidence"])),
            )
            rows.append(dict(zip(header, told, strict=False)))
    return ListSheet("单位台账", header, rows, f"任务{task.task.no} {task.task.title}：单位台账", widest=_WIDEST)


def extract_sheets(edition: Edition, task: TaskResult) -> list[ListSheet]:
    """Return the source rows that a task's findings rest on, a sheet for each layer; none in a public edition."""
    if edition.public:
        return []
    wanted: dict[str, dict[Key, None]] = {}
    for view in views_of(edition, task):
        layer = getattr(view.result.rule, "layer", "figures")
        for finding in view.told():
            wanted.setdefault(layer, {}).update(dict.fromkeys(map(_key, finding["evidence"])))
    return [_extract(edition, task, layer, list(keys)) for layer, keys in wanted.items() if keys]


def _key(source: Mapping[Any, Any]) -> Key:
    row, batch = (None if pd.isna(source[name]) else int(source[name]) for name in ("row", "batch"))
    sheet = source["sheet"]
    return source["file"], sheet if isinstance(sheet, str) else None, row, batch


def _extract(edition: Edition, task: TaskResult, layer: str, keys: Sequence[Key]) -> ListSheet:
    columns = [*COMMON, *LAYERS[layer].public_columns]
    columns = [column for column in columns if not column.derived and column.name not in _NO_COLUMN]
    header = (*_SOURCE, *(column.label for column in columns), "说明")
    told: dict[Key, list[Mapping[str, Any]]] = {}
    for row in edition.reports.get(layer, ()):
        told.setdefault(_key(row), []).append(row)
    noted = _notes(edition, layer)
    rows = []
    for key in sorted(keys, key=lambda key: (key[3] or 0, key[0] or "", key[1] or "", key[2] or 0)):
        for row in told.get(key, [{}]):
            cells = [_cell(column, row, edition.gazetteer) for column in columns]
            unit = edition.gazetteer.full_name(row["unit_code"]) if row.get("unit_code") else ""
            note = "；".join(noted.get(key, ())) if row else "；".join(noted.get(key, ("该行没有本类设施的记录",)))
            rows.append(dict(zip(header, [*_where(edition, key), unit, *cells, note], strict=True)))
    label = LAYERS[layer].label
    title = f"任务{task.task.no}：来源行摘录（{label}）"
    return ListSheet(_sheet_name(label), header, rows, title, widest=_WIDEST, head_width=_HEAD_WIDTH)


def _where(edition: Edition, key: Key) -> list[Any]:
    file, sheet, row, batch = key
    day = edition.layers.days.get(batch) if batch is not None else None
    return [file or "", sheet or "", row or "", batch or "", day or ""]


def _notes(edition: Edition, layer: str) -> dict[Key, list[str]]:
    """Return what a row says beside records: of which unit there is none, and what list is complete."""
    found: dict[Key, list[str]] = {}
    for table, code, said in (
        (edition.layers.none, "unit_code", "上报无"),
        (edition.layers.complete, "scope_code", "完整清单"),
    ):
        chosen = table[table["layer"] == layer]
        for row in chosen.to_dict("records"):
            found.setdefault(_key(row), []).append(f"{edition.gazetteer.full_name(row[code])}：{said}")
    return found


def _cell(column: Column, row: Mapping[str, Any], gazetteer: Gazetteer) -> Any:
    """Return a stored value as people read it; a blank stays one."""
    value = row.get(column.name)
    if value is None or (not isinstance(value, tuple) and pd.isna(value)):
        return ""
    if column.kind == "flag":
        return "是" if value else "否"
    if column.kind == "choice":
        return column.choices.get(value, value)
    if column.kind == "codes":
        return "、".join(map(gazetteer.full_name, value)) or "无"
    if column.kind == "dates":
        return "、".join(str(day) for day in value) or "从未"
    if column.kind == "date" and row.get(MONTH_FLAGS.get(column.name, "")):
        return f"{value:%Y-%m}"
    return value


def _sheet_name(label: str) -> str:
    """Return a name that a workbook takes: without brackets of its own, up to 31 signs."""
    return f"来源行_{label}".replace("/", "／")[:31]


def all_sheets(edition: Edition, task: TaskResult) -> Iterator[ListSheet]:
    """Yield the sheets of a box's workbook."""
    yield unit_sheet(edition, task)
    yield from extract_sheets(edition, task)
