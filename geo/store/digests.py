"""Digests of what a store holds, the same on every back end: of a batch, a plan, the place.

A table's rows are taken in order of their primary key, in blocks of `BLOCK`; of each block every column
that holds anything, in order of its name, is one line of canonical JSON (`geo.store.chain`), so that a
column added later and empty changes nothing. Each value has one form, by its column's type, whatever the
driver hands over; it is read as the database hands it over, without SQLAlchemy's conversions.
"""

from __future__ import annotations

import hashlib
import json
import struct
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import shapely
from sqlalchemy import JSON, Boolean, Date, DateTime, Float, LargeBinary, select, true, type_coerce
from sqlalchemy.types import NullType

from geo.store.chain import canonical
from geo.store.evidence_tables import evidence, evidence_contents
from geo.store.known import recorded
from geo.store.shapes import Shape
from geo.store.tables import (
    base_tables,
    batches,
    complete_lists,
    decisions,
    metadata,
    place,
    plans,
    record_tables,
    reported_none,
    unit_changes,
    unit_names,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Table

    Digests = dict[str, dict[str, Any]]
    """Table → `rows` and `sha256`; tables without rows are left out."""

BLOCK: Final = 1000
BULKY: Final[Mapping[str, int]] = {evidence_contents.name: 4}
"""Tables of large rows, and how many of them are read at a time; they are the blocks of their digests too."""
BATCH_TABLES: Final = (*record_tables.values(), reported_none, complete_lists, decisions)
"""What a batch brings, beside its own row."""
PLACE_TABLES: Final = (place, *base_tables.values(), unit_names, unit_changes)
PASSING: Final = frozenset({"sessions", "login_failures", "jobs"})
"""Tables of what is of the moment only."""
_MARKS: Final[Mapping[str, frozenset[str]]] = {"place": frozenset({"store_id"})}
_LEFT_OUT: Final[Mapping[str, frozenset[str]]] = {
    **_MARKS,
    **dict.fromkeys((table.name for table in BATCH_TABLES), frozenset({"record", "number", "batch"})),
}
_FLAGS: Final = {0: False, 1: True}
_DOUBLE: Final = struct.Struct(">d").pack


def batch_digests(connection: Connection, number: int, salt: str) -> Digests:
    """Return the digests of a batch's own row and of all that it brought, private columns included."""
    found = [(batches, batches.c.batch == number), *((table, table.c.batch == number) for table in BATCH_TABLES)]
    return _digests(connection, found, salt)


def plan_digests(connection: Connection, number: int, salt: str) -> Digests:
    """Return the digest of one stored plan."""
    return _digests(connection, [(plans, plans.c.number == number)], salt)


def evidence_digests(connection: Connection, number: int, salt: str) -> Digests:
    """Return the digests of one row of evidence and of the content that it names."""
    row = evidence.c.number == number
    named = evidence_contents.c.number.in_(select(evidence.c.content).where(row))
    return _digests(connection, [(evidence, row), (evidence_contents, named)], salt)


def place_digests(connection: Connection, salt: str) -> Digests:
    """Return the digests of the place and its base layers."""
    return _digests(connection, [(table, true()) for table in PLACE_TABLES], salt)


def data_digest(connection: Connection, known_on: date | None = None) -> str:
    """Return one digest of what a store tells by the end of a day: place, plans, batches, evidence.

    Equal for equal content on every back end, private columns included. Accounts, the audit, jobs and what people mean
    to do about gaps are left out, so that reading and logging in change nothing.
    """
    known = select(batches.c.batch).where(recorded(known_on))
    parts: list[tuple[Table, ColumnElement[bool]]] = [(table, true()) for table in PLACE_TABLES]
    parts += [(table, recorded(known_on, table)) for table in (plans, batches, evidence)]
    parts += [(table, table.c.batch.in_(known)) for table in BATCH_TABLES]
    return hashlib.sha256(canonical(_digests(connection, parts, ""))).hexdigest()


def store_digest(connection: Connection) -> str:
    """Return one digest of all that a store holds, private columns, accounts and the audit included.

    Equal for equal content on every back end, so that a copy can be compared with what it was made from. Who is
    logged in, and who mistyped a password, is left out, as is the mark that tells one store from another.
    """
    tables = [table for table in metadata.sorted_tables if table.name not in PASSING]
    found = {table.name: _digest(connection, table, true(), "", _MARKS) for table in tables}
    held = {name: digest for name, digest in found.items() if digest["rows"]}
    return hashlib.sha256(canonical(held)).hexdigest()


def _digests(connection: Connection, parts: Sequence[tuple[Table, ColumnElement[bool]]], salt: str) -> Digests:
    found = {table.name: _digest(connection, table, chosen, salt) for table, chosen in parts}
    return {name: digest for name, digest in sorted(found.items()) if digest["rows"]}


def _digest(
    connection: Connection,
    table: Table,
    chosen: ColumnElement[bool],
    salt: str,
    without: Mapping[str, frozenset[str]] = _LEFT_OUT,
) -> dict[str, Any]:
    left_out = without.get(table.name, frozenset())
    columns = sorted((c for c in table.columns if c.name not in left_out), key=lambda c: c.name)
    forms = [_form_of(c.type) for c in columns]
    plain = [type_coerce(c, NullType()) if form in _BY_DRIVER else c for c, form in zip(columns, forms, strict=True)]
    query = select(*plain).where(chosen).order_by(*table.primary_key.columns)
    told, rows = hashlib.sha256(salt.encode()), 0
    for block in connection.execute(query, execution_options={"yield_per": BULKY.get(table.name, BLOCK)}).partitions():
        rows += len(block)
        for column, form, values in zip(columns, forms, zip(*block, strict=True), strict=True):
            written = values if form is None or values.count(None) == len(values) else form(values)
            if written.count(None) < len(written):
                told.update(canonical([column.name, written]) + b"\n")
    return {"rows": rows, "sha256": told.hexdigest()}


def _form_of(kind: Any) -> Callable[[Sequence[Any]], Sequence[Any]] | None:
    """Return how the values of a column of a type are written; None where they are texts or whole numbers already."""
    forms: Sequence[tuple[type, Callable[[Sequence[Any]], Sequence[Any]]]] = (
        (DateTime, _moments),
        (Date, _days),
        (Boolean, _flags),
        (JSON, _lists),
        (Float, _numbers),
        (Shape, _shapes),
        (LargeBinary, _contents),
    )
    return next((form for family, form in forms if isinstance(kind, family)), None)


def _contents(values: Sequence[Any]) -> list[str | None]:
    """Write the contents of files as their SHA-256 in hexadecimal."""
    return [None if value is None else hashlib.sha256(_bytes(value)).hexdigest() for value in values]


def _bytes(value: Any) -> bytes:
    """Somebody may have put a text there: SQLite lets them."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else bytes(value)


def _days(values: Sequence[Any]) -> list[Any]:
    """Write days as `2022-10-31`; SQLite hands them over as text, or as whatever somebody put there."""
    return [value.isoformat() if isinstance(value, date) else value for value in values]


def _moments(values: Sequence[Any]) -> list[str | None]:
    """Write moments as `2022-10-31T08:00:00.000000Z`."""
    return [None if value is None else _moment(value) for value in values]


def _moment(value: Any) -> str:
    text = value.isoformat(timespec="microseconds") if isinstance(value, datetime) else str(value)
    return f"{text.replace(' ', 'T')}Z"


def _flags(values: Sequence[Any]) -> list[Any]:
    return [_FLAGS.get(value, value) for value in values]


def _lists(values: Sequence[Any]) -> list[Any]:
    """Read JSON where the driver hands over its text."""
    return [_read(value) if isinstance(value, str) else value for value in values]


@lru_cache(maxsize=BLOCK)
def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _numbers(values: Sequence[Any]) -> list[str | None]:
    """Write fractions as their 64 bits (IEEE 754, big endian) in hexadecimal: decimal digits would not be plain."""
    return [None if value is None else _number(value) for value in values]


def _number(value: Any) -> str:
    try:
        return _DOUBLE(value).hex()
    except struct.error:
        return repr(value)


def _shapes(values: Sequence[Any]) -> list[str | None]:
    """Write geometries as WKB (ISO, little endian, without a coordinate system's number) in hexadecimal."""
    return [
        value.hex() if type(value) is bytes and value[:1] == b"\x01" and value[4:5] == b"\x00" else _shape(value)
        for value in values
    ]


def _shape(value: Any) -> str | None:
    if value is None:
        return None
    content = bytes(value) if isinstance(value, bytes | memoryview) else repr(value).encode()
    shape: Any = shapely.from_wkb(content, on_invalid="ignore")
    return content.hex() if shape is None else str(shapely.to_wkb(shape, hex=True, byte_order=1, flavor="iso")).lower()


_BY_DRIVER: Final = frozenset({_moments, _days, _flags, _lists})
"""Forms that take what the driver hands over."""
