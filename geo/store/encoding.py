"""Columns as a database takes them: plain values for SQLite's driver, lines of text for PostgreSQL's COPY."""

from __future__ import annotations

import json
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas.array import GeometryDtype
from sqlalchemy import JSON, Boolean, Date

from geo.store.shapes import SRID, Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Column, Table

    Columns = Mapping[str, list[Any]]

_PLAIN: Final = frozenset({str, int, float, bool, bytes, type(None)})
_BITS: Final = {True: 1, False: 0, None: None}
_SRID_HEX: Final = SRID.to_bytes(4, "little").hex()
_POINT: Final = b"\x01\x01\x00\x00\x00"
_POINT_HEX: Final = f"0101000020{_SRID_HEX}"
_BLANK: Final = "\\N"
_ESCAPED: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def ready(column: Column[Any], told: Sequence[Any] | pd.Series[Any]) -> list[Any]:
    """Return values as the database takes them, None for blanks, the empty list where there are only blanks."""
    if isinstance(told, pd.Series) and isinstance(told.dtype, GeometryDtype):
        values: list[Any] = shapely.to_wkb(np.asarray(told.array)).tolist()
    else:
        values = _plain(told) if isinstance(told, pd.Series) else list(told)
    if isinstance(column.type, JSON):  # of a blank it is `null`
        return _as_json(values or [None] * len(told))
    if values.count(None) == len(values):
        return []
    if (isinstance(told, pd.Series) and told.dtype != object) or set(map(type, values)) <= _PLAIN:
        return values
    if isinstance(column.type, Shape):
        return list(shapely.to_wkb(np.array(values, dtype=object)))
    if isinstance(column.type, Date):
        days = {value: _day(value) for value in set(values)}
        return [days[value] for value in values]
    return [_value(value) for value in values]


def _plain(column: pd.Series[Any]) -> list[Any]:
    """Return a frame's column as plain values, None where it has none; days as text."""
    blank = column.isna().to_numpy()
    if blank.all():
        return []
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "M":
        codes, days = pd.factorize(column)
        told = np.array([*pd.DatetimeIndex(days).strftime("%Y-%m-%d"), None])
        return list(told[codes].tolist())  # -1, of a blank, is the last one
    if not blank.any():
        return list(column.to_numpy(dtype=object).tolist())
    values = column.to_numpy(dtype=object, copy=True)
    values[blank] = None
    return list(values.tolist())


def as_bound(column: Column[Any], values: list[Any]) -> list[Any]:
    """Return values in types that the driver of SQLite binds at once; it looks for an adapter of any other."""
    if isinstance(column.type, Boolean):
        return [_BITS.get(value, value) for value in values]
    if isinstance(column.type, Shape):
        return [bytearray(value) if type(value) is bytes else value for value in values]
    return values


def as_lines(table: Table, columns: Columns, same: Mapping[str, Any]) -> bytes:
    """Return rows, told by column, as the lines that COPY reads; what they share comes last in each."""
    cells = [_cells(table.c[name], values) for name, values in columns.items()]
    end = "".join(f"\t{cell}" for name, value in same.items() for cell in _cells(table.c[name], [value])) + "\n"
    return (end.join(map("\t".join, zip(*cells, strict=True))) + end).encode()


def _cells(column: Column[Any], values: list[Any]) -> list[str]:
    if isinstance(column.type, Shape):
        return [_BLANK if value is None else _as_ewkb(value) for value in values]
    kinds = set(map(type, values))
    if kinds <= {int, float}:
        return list(map(str, values))
    if not kinds <= {str, type(None)}:
        values, kinds = [None if value is None else str(value) for value in values], {type(None)}
    together = "".join(filter(None, values))
    if any(sign in together for sign in "\\\t\n\r"):
        return [_BLANK if value is None else value.translate(_ESCAPED) for value in values]
    return [_BLANK if value is None else value for value in values] if type(None) in kinds else values


def _as_ewkb(shape: bytes) -> str:
    """Return WKB (little endian, two dimensions) as PostGIS reads it from text: EWKB in hexadecimal."""
    if shape.startswith(_POINT):
        return _POINT_HEX + shape[5:].hex()
    return f"{shape[:4].hex()}{shape[4] | 0x20:02x}{_SRID_HEX}{shape[5:].hex()}"


def _as_json(values: list[Any]) -> list[str]:
    """Return lists of codes or of days as JSON; a blank is its null."""
    if set(map(type, chain.from_iterable(filter(None, values)))) == {date}:  # a `Month` equals its first day
        day = _Once(date.isoformat).__getitem__
        return ["null" if v is None else '["' + '", "'.join(map(day, v)) + '"]' if v else "[]" for v in values]
    if any(value and isinstance(value[0], date) for value in values):
        return [json.dumps(value if value is None else [day.isoformat() for day in value]) for value in values]
    if list in set(map(type, values)):
        values = [tuple(value) if isinstance(value, list) else value for value in values]
    return list(map(_Once(json.dumps).__getitem__, values))


class _Once(dict[Any, str]):
    """Values as text, each written once."""

    def __init__(self, write: Callable[[Any], str]) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, value: Any) -> str:
        text = self[value] = self._write(value)
        return text


def _day(value: Any) -> str | None:
    return None if value is None or value is pd.NaT else date.isoformat(value)


def _value(value: Any) -> Any:
    return value.date() if isinstance(value, pd.Timestamp) else None if value is pd.NaT or value is pd.NA else value
