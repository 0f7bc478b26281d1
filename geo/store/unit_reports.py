"""Which imported rows told of a unit: its records, those that serve or reach it, reports of none, whole lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement, Text, cast, literal, null, or_, select

from geo.schema import LAYERS, SOURCE_COLUMNS
from geo.store.known import recorded, undone_by
from geo.store.tables import batches, complete_lists, record_tables, reported_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, Select, Table

    Told = Literal["record", "shared", "none", "complete"]


@dataclass(frozen=True)
class UnitReport:
    """One row that told of a unit.

    `told`: `record`, a record of its own; `shared`, one of another unit that names it;
    `none`, that it has none of the layer; `complete`, a list that is whole for it.
    `told_code`: the former code that the row was told under, None for one of today.
    `undone_by`: the batch that took the row's back, None while it is in force.
    """

    layer: str
    told: Told
    id: str | None
    name: str | None
    told_code: str | None
    file: str
    sheet: str | None
    row: int
    batch: int
    reported_on: date | None
    imported_at: datetime
    recorded_on: date
    recorded_by: str
    undone_by: int | None


def read_unit_reports(
    connection: Connection, code: str, scopes: Sequence[str], known_on: date | None = None
) -> list[UnitReport]:
    """Return the rows that told of a unit, those of the newest batch first.

    `code`: a unit's code, of today or former, or the id of a facility. `scopes`: the codes of the township and the
    place it lies in, whose complete lists tell of it. `known_on`: only what was recorded by that day.
    """
    found = [
        UnitReport(**row) for query in _queries(code, scopes, known_on) for row in connection.execute(query).mappings()
    ]
    return sorted(found, key=lambda report: (-report.batch, report.file, report.sheet or "", report.row, report.layer))


def _queries(code: str, scopes: Sequence[str], known_on: date | None) -> Iterator[Select[Any]]:
    for layer, table in record_tables.items():
        own = (table.c.unit_code == code) | table.c.told_code.is_not_distinct_from(code) | (table.c.id == code)
        yield _query(layer, "record", table, own, known_on)
        named = [_holds(table.c[c.name], code) for c in LAYERS[layer].columns if c.kind == "codes"]
        if named:
            yield _query(layer, "shared", table, or_(*named) & ~own, known_on)
    for layer in record_tables:
        denied = (reported_none.c.unit_code == code) | (reported_none.c.told_code == code)
        none = (reported_none.c.layer == layer) & denied
        yield _query(layer, "none", reported_none, none, known_on)
        whole = (complete_lists.c.layer == layer) & complete_lists.c.scope_code.in_(scopes)
        yield _query(layer, "complete", complete_lists, whole, known_on)


def _query(layer: str, told: Told, table: Table, chosen: ColumnElement[bool], known_on: date | None) -> Select[Any]:
    wanted: list[ColumnElement[Any]] = [
        literal(layer).label("layer"),
        literal(told).label("told"),
        *(table.c[name] if name in table.c else null().label(name) for name in ("id", "name", "told_code")),
        *(table.c[name] for name in SOURCE_COLUMNS),
        *(batches.c[name] for name in ("reported_on", "imported_at", "recorded_on", "recorded_by")),
        undone_by(known_on),
    ]
    return select(*wanted).where(table.c.batch == batches.c.batch, chosen, recorded(known_on))


def _holds(column: ColumnElement[Any], code: str) -> ColumnElement[bool]:
    """Say whether a stored list of codes holds one: JSON text, in which codes stand in quotation marks."""
    return cast(column, Text).contains(f'"{code}"', autoescape=True)
