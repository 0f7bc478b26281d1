"""Which column of a raw table is which canonical column."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from geo.errors import InputRefused
from geo.faults import Fault
from geo.files.titles import layers_in_title
from geo.schema import REPORTED_LAYERS, layer_named
from geo.words.cells import is_blank, text_of
from geo.words.vocabulary import column_of, layers_named_in, measures, near_headers, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geo.faults import Severity
    from geo.files.sheets import RawTable
    from geo.schema import Column

LEDGER = "ledger"
AUTO = "auto"
"""In place of a layer's name: each sheet is what its header shows."""
IMPORTABLE = (*REPORTED_LAYERS, "townships", "villages", LEDGER)
_UNIT_FIELDS = ("unit_code", "township", "village")
_COMMON_FIELDS = {
    *("id", *_UNIT_FIELDS, "name", "lon", "lat", "x", "y", "position", "datum"),
    *("person", "phone", "remark", "number", "facility_type"),
}
_SAYS_LITTLE = {"name", "person", "phone", "remark", "number"}
_LISTS = {"updates", "last_update"}
_CERTAIN = 2


@dataclass(frozen=True)
class Field:
    """Where a canonical column stands: its position, the header as written, and the header's unit of measure."""

    position: int
    header: str
    measure: str | None = None
    more: tuple[int, ...] = ()
    """Further columns under the same merged header, where they are one list."""


def map_columns(
    table: RawTable,
    layer: str,
    called: Mapping[str, str] | None = None,
    is_code: Callable[[str], bool] | None = None,
) -> tuple[dict[str, Field], list[Fault]]:
    """Find the canonical columns of a table for a layer (or `ledger`).

    `called`: header as written → the header that a person says it means. `is_code`: tells
    codes of units; a column that holds nothing else is theirs, whatever its header. Returns
    column → Field and the faults: headers not understood are warnings that name near ones,
    a column that stands twice or is missing is an error.
    """
    found: dict[str, Field] = {}
    faults: list[Fault] = []
    told = {plain(written): means for written, means in (called or {}).items()}
    for position, header in enumerate(table.header):
        if not header:
            continue
        column, measure = column_of(told.get(plain(header), header), layer)
        if column is None:
            faults.append(_unknown(table, header, layer))
        elif column in found:
            faults.append(
                _fault(table, "error", "column-twice", f"与“{found[column].header}”列意思重复", "请只留一列", header)
            )
        else:
            found[column] = Field(position, header, measure)
    if is_code is not None:
        codes = by_content(table, found, is_code)
        found |= codes
        for at in codes.values():
            faults = [fault for fault in faults if fault.column != at.header or not at.header]
            message = f"第{at.position + 1}列全是本地单位的代码，按代码读取"
            faults.append(_fault(table, "note", "column-by-content", message, "", at.header or None))
    found |= _widened(table, found)
    faults += [*_nameless(table, found), *_under_one_header(table, found)]
    faults += [*_unmeasured(table, layer, found), *_missing(table, layer, found)]
    return found, faults


def _unknown(table: RawTable, header: str, layer: str) -> Fault:
    near = near_headers(header, layer)
    if not near:
        return _fault(table, "warning", "column-unknown", "没有认出这一列，未读取", "如应读取，请按模板改列名", header)
    shown = "、".join(f"“{name}”" for name in near)
    remedy = f"如果是，请改列名，或加 --column 说明，如 --column {header}={near[0]}"
    return _fault(table, "warning", "column-unknown", f"没有认出这一列，未读取；是不是{shown}", remedy, header)


def by_content(table: RawTable, found: Mapping[str, Field], known: Callable[[str], bool]) -> dict[str, Field]:
    """Find a column of unit codes by what it holds, where no header tells one: every cell a code that is `known`."""
    if "unit_code" in found:
        return {}
    taken = {field.position for field in found.values()}
    columns = [n for n, text in enumerate(table.header) if n not in taken]
    columns += range(len(table.header), max((len(cells) for _, cells in table.rows()), default=0))
    for n in columns:
        cells = [cells[n] for _, cells in table.rows() if n < len(cells) and not is_blank(cells[n])]
        if len(cells) >= _CERTAIN and all(known(text_of(cell)) for cell in cells):
            return {"unit_code": Field(n, table.header[n] if n < len(table.header) else "")}
    return {}


def _widened(table: RawTable, found: Mapping[str, Field]) -> dict[str, Field]:
    """Columns of days, with those that their merged header reaches over: one list."""
    lists = {name: at for name, at in found.items() if name.rpartition(".")[2] in _LISTS}
    more = {name: tuple(n for n, of in table.covered if of == at.position) for name, at in lists.items()}
    return {name: replace(at, more=more[name]) for name, at in lists.items() if more[name]}


def _under_one_header(table: RawTable, found: Mapping[str, Field]) -> list[Fault]:
    """Refuse values under a header merged over several columns: which of them is meant?"""
    headers = {at.position: at.header for at in found.values() if not at.more}
    covered = {n: headers[of] for n, of in table.covered if of in headers}
    filled = [n for n in covered if any(n < len(cells) and not is_blank(cells[n]) for _, cells in table.rows())]
    remedy = "请只留一列，或拆开列名、各写各的"
    return [
        _fault(table, "error", "column-twice", f"列名合并到第{n + 1}列，那里也填了内容", remedy, covered[n])
        for n in filled
    ]


def _nameless(table: RawTable, found: Mapping[str, Field]) -> list[Fault]:
    """Columns that hold something under a blank header."""
    width = max((len(cells) for _, cells in table.rows()), default=0)
    known = {field.position for field in found.values()}
    taken = known | {n for n, of in table.covered if of in known}
    nameless = [n for n in range(width) if n not in taken and (n >= len(table.header) or not table.header[n])]
    filled = [n for n in nameless if any(n < len(cells) and not is_blank(cells[n]) for _, cells in table.rows())]
    if not filled:
        return []
    shown = "、".join(str(n + 1) for n in filled)
    return [_fault(table, "note", "column-nameless", f"第{shown}列没有列名，未读取", "如应读取，请补上列名")]


def _unmeasured(table: RawTable, layer: str, found: Mapping[str, Field]) -> list[Fault]:
    """Numbers whose header names a unit of measure that isn't known: reading them would be a guess."""
    faults = []
    for name, at in found.items():
        column = _definition(name, layer)
        if column is None or column.kind not in ("count", "number") or at.measure is None:
            continue
        if at.measure not in (measures(column.measure) if column.measure else {}):
            remedy = f"请按“{column.measure}”填写" if column.measure else "请去掉列名里的括号"
            told = f"不认识列名里的计量单位“{at.measure}”"
            faults.append(_fault(table, "error", "measure-unknown", told, remedy, at.header))
    return faults


def _definition(name: str, layer: str) -> Column | None:
    """The canonical column of a field; None for those that only an input has (township, lon)."""
    of, _, column = name.rpartition(".") if layer == LEDGER else (layer, "", name)
    if not of:
        return None
    return next((known for known in layer_named(of).columns if known.name == column), None)


def _fault(
    table: RawTable, severity: Severity, code: str, message: str, remedy: str, column: str | None = None
) -> Fault:
    return Fault(severity, code, table.file, message, remedy, sheet=table.sheet, row=table.header_row, column=column)


def _missing(table: RawTable, layer: str, found: Mapping[str, Field]) -> list[Fault]:
    faults = []
    if layer != "figures" and not any(name in found for name in _UNIT_FIELDS):
        told = "缺少指明单位的列"
        if layer == LEDGER or layer_named(layer).blank_village != "place":
            faults.append(
                _fault(table, "error", "column-missing", told, "请补上“代码”，或“乡镇（街道）”和“村（社区）”")
            )
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
    silent = {*_UNIT_FIELDS, *_SAYS_LITTLE} - {"person" if layer == "communicators" else "", "name"}
    if not found.keys() - silent:
        faults.append(_fault(table, "error", "column-missing", f"没有认出{definition.label}的任何列", "请按模板填写"))
    return faults


def speaks_of(fields: Mapping[str, Field]) -> bool:
    """Say whether a table means to be data of the layer, so that what is wrong with it must be mended."""
    return len(fields.keys() - _SAYS_LITTLE) >= _CERTAIN


def recognised(table: RawTable, layer: str) -> int:
    """Count the columns that belong to this layer and not to every layer."""
    names = {column_of(header, layer)[0] for header in table.header if header}
    own = {name for name in names if name and name not in _COMMON_FIELDS}
    if layer == LEDGER:
        says = {name.partition(".")[2] for name in own} & {"presence", "count"}
        return len(own) if says or len({name.partition(".")[0] for name in own}) > 1 else 0  # else it is a list
    return len(own | {name for name in ("name", "person") if name in names and _own_header(table, layer, name)})


def _own_header(table: RawTable, layer: str, name: str) -> bool:
    """Say whether a common column carries this layer's own header (活动站名称, not just 名称)."""
    for header in table.header:
        if header and column_of(header, layer)[0] == name:
            return [other for other in REPORTED_LAYERS if column_of(header, other)[0] == name] == [layer]
    return False


def detect_layer(table: RawTable) -> str | None:
    """Tell a table's layer by its header and its sheet's name; None where nothing of a layer is in it.

    Raises InputRefused where several layers fit equally well.
    """
    scores = {layer: recognised(table, layer) for layer in IMPORTABLE}
    best = max(scores.values())
    if best < _CERTAIN:
        return None
    winners = [layer for layer, score in scores.items() if score == best]
    titled = [layer for layer in winners if layer in _named(table)]
    if len(titled or winners) > 1:
        shown = "、".join(f"{layer}({label_of(layer)})" for layer in winners)
        fault = _fault(table, "error", "layer-unclear", f"看不出是哪一类表：{shown}", "请指明图层名再导入")
        raise InputRefused(fault.line(), faults=[fault])
    return (titled or winners)[0]


def rival(table: RawTable, layer: str) -> str | None:
    """Return the other layer that a table is plainly of, though it is to be read as `layer`; else None.

    Its header fits that one better, or as well and its title or the sheet's name speaks for it.
    """
    own, named = recognised(table, layer), _named(table)
    scores = {other: recognised(table, other) for other in IMPORTABLE if other != layer}
    better = [other for other, score in scores.items() if score > own and score >= _CERTAIN]
    titled = [other for other in named if layer not in named and scores[other] >= own]
    return next(iter([*titled, *sorted(better, key=lambda other: -scores[other])]), None)


def _named(table: RawTable) -> tuple[str, ...]:
    """Return the layers that a table's title speaks of, else its sheet's name."""
    return layers_in_title(table.title) or layers_named_in(table.sheet or "")


def label_of(layer: str) -> str:
    """Return what people call a layer (or `ledger`)."""
    return "台账" if layer == LEDGER else layer_named(layer).label
