"""Which stored rows tell of a part of the place: found by index, with all that could be taken for one of them.

What a facility is known as may hang on reports from elsewhere: it stood in another unit, another list
gives it no name, a list of its unit numbers several. So of each facility that may lie in the part, all
reports are taken that `geo.store.history` looks at together; what lies outside is cut off at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from sqlalchemy import Text, and_, cast, func, select

from geo.admin.codes import TOWNSHIP_DIGITS, township_of
from geo.intake.likeness import NAMED
from geo.months import Month
from geo.parts import in_box
from geo.store.records import portions
from geo.store.shapes import SRID
from geo.store.tables import base_tables, linked, record_tables, reported_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Column, ColumnElement, Connection, Row, Select, Table

    from geo.parts import Box, Part
    from geo.schema import Layer

    Condition = ColumnElement[bool]

_AT_ONCE = 50_000


def chosen_base(connection: Connection, name: str, part: Part) -> list[Condition]:
    """Return conditions of which each unit needed of a base layer meets one."""
    table = base_tables[name]
    if part.township is not None:
        return [(table.c.code if name == "townships" else table.c.township_code) == part.township]
    box = _box(part)
    if connection.dialect.name == "postgresql":
        return [_touches(table, box) | table.c.geometry.is_(None)]
    shaped = select(table.c.code, table.c.geometry).where(table.c.geometry.is_not(None))
    inside = [row.code for row in _in_box(connection, shaped, box)]
    return [*(table.c.code.in_(some) for some in portions(inside)), table.c.geometry.is_(None)]


def chosen_none(part: Part, units: Iterable[str]) -> list[Condition]:
    """Return conditions of which each report of none meets one; `units`: those of the part, where it is a box."""
    if part.township is not None:
        return [within(reported_none.c.unit_code, part.township)]
    return [reported_none.c.unit_code.in_(some) for some in portions(units)]


def chosen_records(connection: Connection, layer: Layer, part: Part, denied: Iterable[str]) -> list[Condition]:
    """Return conditions of which each report needed meets one; `denied`: units of the part that reported none."""
    table = record_tables[layer.name]
    dated = [table.c.date] if layer.name in NAMED and "date" in table.c else []
    query = select(table.c.id, table.c.unit_code, *dated)
    seeds = [row for some in portions(denied) for row in connection.execute(query.where(table.c.unit_code.in_(some)))]
    if part.township is not None:
        seeds += connection.execute(query.where(within(table.c.unit_code, part.township)))
        if layer.links:
            seeds += connection.execute(query.where(_linked(table, layer.links, part.township)))
    elif connection.dialect.name == "postgresql":
        seeds += connection.execute(query.where(_touches(table, _box(part))))
    else:
        placed = query.add_columns(table.c.geometry).where(table.c.geometry.is_not(None))
        seeds += _in_box(connection, placed, _box(part))
    if not layer.city_wide:
        units = _with_those_moved(connection, table, {row.unit_code for row in seeds})
        return [table.c.unit_code.in_(some) for some in portions(units)]
    alike = _alike(layer, table, seeds) if layer.name in NAMED else []
    return [*alike, *(table.c.id.in_(some) for some in portions({row.id for row in seeds}))]


def _with_those_moved(connection: Connection, table: Table, units: set[str]) -> set[str]:
    """Add the units in which the facilities of units ever stood, and those of their neighbours there."""
    other = table.alias("other")
    found, new = set(units), set(units)
    while new:
        query = select(other.c.unit_code).distinct().join_from(table, other, other.c.id == table.c.id)
        parts = (query.where(table.c.unit_code.in_(some)) for some in portions(new))
        new = {unit for part in parts for unit in connection.execute(part).scalars()} - found
        found |= new
    return found


def _alike(layer: Layer, table: Table, seeds: Iterable[Row[Any]]) -> list[Condition]:
    """Return conditions that hold of all that may be known by the name of a seed: `geo.intake.likeness.name_key`."""
    if layer.name == "schools":
        return [within(table.c.unit_code, town) for town in sorted({township_of(row.unit_code) for row in seeds})]
    days = {row.date for row in seeds}
    months = sorted({Month(day.year, day.month, 1) for day in days if day is not None})
    blank = [table.c.date.is_(None)] if None in days else []
    return [*(table.c.date.between(month.first, month.last) for month in months), *blank]


def within(column: Column[Any], township: str) -> Condition:
    """Say whether a unit is a township or lies in it, in a form for which an index is used."""
    first = township[:TOWNSHIP_DIGITS]
    return and_(column >= first, column < f"{first}:")  # a colon is what comes after the digits


def _linked(table: Table, links: str, township: str) -> Condition:
    """Say whether a stored list names a unit of a township; most lists are blank or empty."""
    told = cast(table.c[links], Text)
    return and_(linked(links), told.contains(f'"{township[:TOWNSHIP_DIGITS]}', autoescape=True))


def _box(part: Part) -> Box:
    if part.bbox is None:
        msg = "a part is a township, a box or both"
        raise ValueError(msg)
    return part.bbox


def _touches(table: Table, box: Box) -> Condition:
    """Say by its index whether a shape's own box touches a box (PostGIS)."""
    found: Condition = table.c.geometry.op("&&", is_comparison=True)(func.ST_MakeEnvelope(*box, SRID))
    return found


def _in_box(connection: Connection, query: Select[Any], box: Box) -> Iterator[Row[Any]]:
    """Yield the rows whose shape touches a box; without an index, so of each as little is read as can be."""
    for rows in connection.execute(query).partitions(_AT_ONCE):
        shapes = shapely.from_wkb(np.array([row.geometry for row in rows], dtype=object))
        yield from (row for row, inside in zip(rows, in_box(box, shapes), strict=True) if inside)
