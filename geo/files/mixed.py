"""A table of several layers, whose rows say in a column what each is (设施类型: 活动站, 宣传栏)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from geo.faults import Fault
from geo.words.cells import is_blank, text_of
from geo.words.vocabulary import column_of, layers_named_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from geo.files.layout import RawTable
    from geo.words.cells import Cell

_MOST_ROWS = 10
FACILITY_TYPE = "facility_type"
"""The input column that names a row's layer."""


def by_facility_type(tables: Iterable[RawTable]) -> Iterator[RawTable]:
    """Yield tables, those of several layers layer by layer; rows keep their numbers.

    Each part has the columns that its layer knows, or that none of the parts does. Rows
    whose type names no layer, or several, are an error among the first part's notes.
    """
    for table in tables:
        at = next((n for n, text in enumerate(table.header) if text and column_of(text, "")[0] == FACILITY_TYPE), None)
        yield from [table] if at is None else _parts(table, at)


def _parts(table: RawTable, at: int) -> Iterator[RawTable]:
    kinds = {number: _kind(cells[at] if at < len(cells) else None) for number, cells in table.rows()}
    layers = [kind for kind in dict.fromkeys(kinds.values()) if kind is not None]
    unclear = [number for number, kind in kinds.items() if kind is None]
    notes = table.notes
    if unclear:
        told = f"第{'、'.join(map(str, unclear[:_MOST_ROWS]))}行的设施类型看不出是哪一类"
        remedy = "请填活动站、宣传栏、科普员等"
        notes += (Fault("error", "type-unknown", table.file, told, remedy, table.sheet, unclear[0], table.header[at]),)
    rows = _with_townships(table)
    for number, layer in enumerate(layers):
        others = [other for other in layers if other != layer]
        header = tuple(
            "" if n == at or _of_others(text, layer, others) else text for n, text in enumerate(table.header)
        )
        body = tuple(
            tuple(None if n == at else cell for n, cell in enumerate(cells)) if kinds.get(row) == layer else ()
            for row, cells in enumerate(rows, start=table.header_row + 1)
        )
        first = number == 0
        yield replace(
            table, header=header, body=_masked(body, header, dict(table.covered)), layer=layer,
            notes=notes if first else (), skipped=table.skipped if first else (),
        )  # fmt: skip
    if not layers:
        yield replace(table, notes=notes)


def _kind(cell: Cell) -> str | None:
    named = () if is_blank(cell) else layers_named_in(text_of(cell))
    return named[0] if len(named) == 1 else None


def _of_others(header: str, layer: str, others: Sequence[str]) -> bool:
    """Say whether a column is only for rows of another layer."""
    known = bool(header) and column_of(header, layer)[0] is not None
    return bool(header) and not known and any(column_of(header, other)[0] for other in others)


def _masked(
    body: tuple[tuple[Cell, ...], ...], header: Sequence[str], covered: Mapping[int, int]
) -> tuple[tuple[Cell, ...], ...]:
    """Blank the cells of columns that have no header here, so that they aren't told of as nameless."""
    kept = {n for n in range(len(header)) if header[covered.get(n, n)]}
    return tuple(tuple(c if n >= len(header) or n in kept else None for n, c in enumerate(cells)) for cells in body)


def _with_townships(table: RawTable) -> list[tuple[Cell, ...]]:
    """The rows, a township left blank taken from the row above, which may be of another layer."""
    at = next((n for n, text in enumerate(table.header) if column_of(text, "")[0] == "township"), None)
    rows: list[tuple[Cell, ...]] = []
    above: Cell = None
    for cells in table.body:
        if at is not None and at < len(cells) and cells:
            above = above if is_blank(cells[at]) else cells[at]
            cells = tuple(above if n == at else cell for n, cell in enumerate(cells))
        rows.append(cells)
    return rows
