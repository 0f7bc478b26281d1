"""Where a row's facility stands: its point in CGCS2000, and what is odd about that."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from geo.crs import DATUM_LABELS
from geo.intake.coordinates import Unreadable, columns_of
from geo.intake.table_positions import named_datum, pair_of
from geo.schema import layer_named

if TYPE_CHECKING:
    from geo.crs import Datum
    from geo.intake.positions import Misplaced
    from geo.intake.rows import Row
    from geo.schema import Layer

    Record = dict[str, Any]


def position_of(row: Row, layer: Layer, unit: str | None) -> Record:
    """Return `geometry`, the row's point in CGCS2000, and where the layer keeps it, the `datum` it came in."""
    point, datum = _point(row, unit) if unit is not None else (None, None)
    return {"geometry": point, "datum": datum} if _keeps_datum(layer.name) else {"geometry": point}


def _point(row: Row, unit: str) -> tuple[object, Datum | None]:
    """Return the point and its datum; None where none is given ("无", 0 and blanks) or it can't be used."""
    if row.placed is not None and row.number in row.placed.located:
        return _told(row, *row.placed.located[row.number])
    try:
        pair = pair_of(row)
    except Unreadable as problem:
        placed = dict(zip(("lon", "lat"), columns_of(row.fields), strict=True))
        row.refuse(problem.code, placed.get(problem.column, problem.column), problem.message, problem.remedy)
        return None, None
    named = named_datum(row) if pair is not None else None
    if pair is None or row.placed is None or named is False:
        if named is False:
            row.refuse("datum-unknown", "datum", "不认识这个坐标系", f"可填：{'、'.join(DATUM_LABELS.values())}")
        return None, None
    reading = row.placed.reading(named)
    if reading is None:  # the table's own fault says why
        row.failed = True
        return None, None
    try:
        lon, lat = reading.degrees_of(pair.first, pair.second)
    except ValueError:
        told = f"其他行是{reading.form}，请改成一致"
        row.refuse("coordinate-form", _column(row), "坐标的写法与其他行不同", told)
        return None, None
    return _told(row, *row.ground.positions.locate(lon, lat, reading.datum, unit), reading.datum)


def _told(row: Row, point: object, odd: Misplaced | None, datum: Datum) -> tuple[object, Datum | None]:
    """Return a point and its datum, what is odd about it told; None where that makes it useless."""
    if odd is not None and odd.severity == "error":
        row.refuse(odd.code, _column(row), odd.message, odd.remedy)
        return None, None
    if odd is not None:
        row.warn(odd.code, _column(row), odd.message, odd.remedy)
    return point, datum


def _column(row: Row) -> str:
    """Return the column that faults of a position name."""
    return next((column for column in columns_of(row.fields) if column in row.fields), "position")


@cache
def _keeps_datum(layer: str) -> bool:
    return any(column.name == "datum" for column in layer_named(layer).columns)
