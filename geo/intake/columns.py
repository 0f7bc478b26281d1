"""Which column of a raw table is which canonical column."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from geo.errors import InputRefused
from geo.faults import Asked, Candidate, Fault
from geo.files.titles import layers_in_title
from geo.intake.by_content import ByContent, spelling_of
from geo.intake.column_faults import SAYS_LITTLE, missing, under_one_header, unmeasured
from geo.intake.contents import column_cells, keep_days, sample_of
from geo.intake.fields import LEDGER as LEDGER
from geo.intake.fields import UNIT_FIELDS, table_fault
from geo.intake.fields import Field as Field
from geo.intake.unread import unit_columns
from geo.schema import REPORTED_LAYERS, layer_named
from geo.words.cells import is_blank, text_of
from geo.words.header_periods import bare_period, meaning_of, period_of, period_within
from geo.words.vocabulary import layers_named_in, near_headers, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from geo.files.sheets import RawTable
    from geo.intake.by_content import IsHere

AUTO = "auto"
"""In place of a layer's name: each sheet is what its header shows."""
IMPORTABLE = (*REPORTED_LAYERS, "townships", "villages", LEDGER)
_COMMON_FIELDS = {
    *("id", *UNIT_FIELDS, "name", "lon", "lat", "x", "y", "position", "datum"),
    *("person", "phone", "remark", "number", "facility_type"),
}
_LISTS = {"updates", "last_update"}
_CERTAIN = 2
_MOST_OFFERED = 5


def map_columns(
    table: RawTable,
    layer: str,
    called: Mapping[str, str] | None = None,
    is_code: Callable[[str], bool] | None = None,
    is_here: IsHere | None = None,
) -> tuple[dict[str, Field], list[Fault]]:
    """Find the canonical columns of a table for a layer (or `ledger`).

    `called`: header as written (第5列 for a blank one) → the header that a person says it means.
    `is_code`: tells codes of units, `is_here` degrees within the place: columns without a telling header
    are known by what they hold (`geo.intake.by_content`). Returns column → Field and the faults: headers
    not understood are warnings that name near ones and what the column looks like, a column that stands
    twice or is missing is an error.
    """
    found: dict[str, Field] = {}
    faults: list[Fault] = []
    unknown: dict[int, str] = {}
    told = {plain(written): means for written, means in (called or {}).items()}
    for position, header in _headers(table):
        column, measure = meaning_of(told.get(plain(header or nameless(position)), header), layer)
        if column is None:
            unknown[position] = header
        elif column in found and _is_turn(found[column], column, header):
            found[column] = _joined(found[column], position, header)
        elif column in found:
            message = f"与“{found[column].header}”列意思重复"
            faults.append(table_fault(table, "error", "column-twice", message, "请只留一列", header))
        else:
            found[column] = _joined(Field(position, header, measure), position, header)
    faults += _codes(table, found, unknown, is_code)
    _join_months(table, layer, found, unknown)
    contents = ByContent(table, layer, found, is_here)
    contents.recognise({n: header for n, header in unknown.items() if n not in dict(table.covered)})
    faults += contents.faults
    found |= _widened(table, found)
    left = {n: header for n, header in unknown.items() if n not in contents.settled}
    faults += [_unknown(table, n, left[n], contents) for n in left if left[n] or n in contents.looks]
    faults += [*_nameless(table, found, {n for n in left if n in contents.looks}), *under_one_header(table, found)]
    faults += [*unmeasured(table, layer, found), *missing(table, layer, found)]
    return found, faults


def nameless(position: int) -> str:
    """Return what a column without a header is called (`--column 第5列=更换日期`)."""
    return f"第{position + 1}列"


def _headers(table: RawTable) -> Iterator[tuple[int, str]]:
    """Yield position and header of every column, those of the widest row too."""
    width = max((len(cells) for cells in table.body), default=0)
    yield from enumerate(table.header)
    yield from ((n, "") for n in range(len(table.header), width))


def _codes(
    table: RawTable, found: dict[str, Field], unknown: dict[int, str], known: Callable[[str], bool] | None
) -> list[Fault]:
    """Find a column of unit codes by what it holds, where no header tells one: every cell a code that is `known`."""
    if "unit_code" in found or known is None:
        return []
    for n, header in unknown.items():
        cells = [cells[n] for _, cells in table.rows() if n < len(cells) and not is_blank(cells[n])]
        if len(cells) >= _CERTAIN and all(known(text_of(cell)) for cell in cells):
            found["unit_code"] = Field(n, header)
            del unknown[n]
            message = f"{nameless(n)}全是本地单位的代码，按代码读取"
            return [table_fault(table, "note", "column-by-content", message, "", header or None)]
    return []


def _is_turn(before: Field, column: str, header: str) -> bool:
    """Say whether a second column of days is another turn or time of the same list."""
    period, other = period_within(header), period_within(before.header)
    return column.rpartition(".")[2] == "updates" and (period or other) is not None


def _joined(at: Field, position: int, header: str) -> Field:
    """Return a field with one more column of its list, and the year or month that the header tells."""
    more = at.more if position == at.position else (*at.more, position)
    period = period_within(header) or (at.measure and position == at.position and period_of(at.measure)) or None
    periods = at.periods if period is None else (*at.periods, (position, period))
    return replace(at, more=more, periods=periods)


def _join_months(table: RawTable, layer: str, found: dict[str, Field], unknown: dict[int, str]) -> None:
    """Take headers that are but months or turns (3月, 5月) for changes, where several stand there and hold days."""
    name = {"boards": "updates", LEDGER: "boards.updates"}.get(layer)
    rows = sample_of(table)
    columns = {n: period for n, header in unknown.items() if header and (period := bare_period(header)) is not None}
    columns = {n: period for n, period in columns.items() if period.year is None or period.month is not None}
    if name is None or len(columns) < _CERTAIN:
        return
    if layer == LEDGER and not any(of.startswith("boards.") for of in found):
        return
    cells = {n: column_cells(rows, n) for n in columns}
    if not any(cells.values()) or not all(keep_days(cells[n], period) for n, period in columns.items()):
        return
    for n in columns:
        header = unknown.pop(n)
        found[name] = _joined(found.get(name, Field(n, header)), n, header)


def _unknown(table: RawTable, n: int, header: str, contents: ByContent) -> Fault:
    """Ask what a column is: named nearly like these, or holding what these hold."""
    looks, layer = contents.looks.get(n), contents.layer
    offered = dict.fromkeys(near_headers(header, layer) if header else (), "写法相近")
    if looks is not None:
        fitting = (name for name in contents.fitting(looks) if name not in contents.found)
        offered |= {spelling_of(name, layer): f"像{looks.label}" for name in fitting}
    code, named = ("column-unknown", header) if header else ("column-nameless", nameless(n))
    subject = "没有认出这一列，未读取" if header else f"{named}没有列名，未读取"
    seems = f"；填的像{looks.label}" if looks else ""
    if not offered:
        told, remedy = f"{subject}{seems}", "如应读取，请按模板改列名"
        return table_fault(table, "warning", code, told, remedy, header or None)
    shown = list(offered)[:_MOST_OFFERED]
    told = f"{subject}{seems}；是不是{'、'.join(f'“{name}”' for name in shown)}"
    remedy = f"如果是，请改列名，或加 --column 说明，如 --column {named}={shown[0]}"
    candidates = tuple(Candidate("", name, offered[name]) for name in shown)
    asked = Asked("column", "", named)
    return table_fault(table, "warning", code, told, remedy, header or None, candidates=candidates, asked=asked)


def _widened(table: RawTable, found: Mapping[str, Field]) -> dict[str, Field]:
    """Columns of days, with those that their merged header reaches over: one list."""
    lists = {name: at for name, at in found.items() if name.rpartition(".")[2] in _LISTS}
    more = {name: tuple(n for n, of in table.covered if of == at.position) for name, at in lists.items()}
    return {name: replace(at, more=(*at.more, *more[name])) for name, at in lists.items() if more[name]}


def _nameless(table: RawTable, found: Mapping[str, Field], asked: set[int]) -> list[Fault]:
    """Columns that hold something under a blank header, but for those that are `asked` about."""
    width = max((len(cells) for _, cells in table.rows()), default=0)
    known = {n for at in found.values() for n in (at.position, *at.more)}
    taken = known | {n for n, of in table.covered if of in known} | asked
    nameless = [n for n in range(width) if n not in taken and (n >= len(table.header) or not table.header[n])]
    filled = [n for n in nameless if any(n < len(cells) and not is_blank(cells[n]) for _, cells in table.rows())]
    if not filled:
        return []
    shown = "、".join(str(n + 1) for n in filled)
    return [table_fault(table, "note", "column-nameless", f"第{shown}列没有列名，未读取", "如应读取，请补上列名")]


def speaks_of(fields: Mapping[str, Field]) -> bool:
    """Say whether a table means to be data of the layer, so that what is wrong with it must be mended."""
    return len(fields.keys() - SAYS_LITTLE) >= _CERTAIN


def recognised(table: RawTable, layer: str) -> int:
    """Count the columns that belong to this layer and not to every layer."""
    names = {meaning_of(header, layer)[0] for header in table.header if header}
    own = {name for name in names if name and name not in _COMMON_FIELDS}
    if layer == LEDGER:
        says = {name.partition(".")[2] for name in own} & {"presence", "count"}
        return len(own) if says or len({name.partition(".")[0] for name in own}) > 1 else 0  # else it is a list
    return len(own | {name for name in ("name", "person") if name in names and _own_header(table, layer, name)})


def _own_header(table: RawTable, layer: str, name: str) -> bool:
    """Say whether a common column carries this layer's own header (活动站名称, not just 名称)."""
    for header in table.header:
        if header and meaning_of(header, layer)[0] == name:
            return [other for other in REPORTED_LAYERS if meaning_of(header, other)[0] == name] == [layer]
    return False


def detect_layer(table: RawTable) -> str | None:
    """Tell a table's layer by its header and its sheet's name; None where nothing of a layer is in it.

    Raises InputRefused where several layers fit equally well.
    """
    scores = {layer: recognised(table, layer) for layer in IMPORTABLE}
    best = max(scores.values())
    if best < _CERTAIN:
        return _by_title(table, scores)
    winners = [layer for layer, score in scores.items() if score == best]
    titled = [layer for layer in winners if layer in _named(table)]
    if len(titled or winners) > 1:
        shown = "、".join(f"{layer}({label_of(layer)})" for layer in winners)
        fault = table_fault(table, "error", "layer-unclear", f"看不出是哪一类表：{shown}", "请指明图层名再导入")
        raise InputRefused(fault.line(), faults=[fault])
    return (titled or winners)[0]


def _by_title(table: RawTable, scores: Mapping[str, int]) -> str | None:
    """Return the one layer that a list of units is titled as, where a column of it bears the title out."""
    named = [layer for layer in _named(table) if scores.get(layer) == max(scores.values()) > 0]
    return named[0] if len(named) == 1 and unit_columns(table.header) else None


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
