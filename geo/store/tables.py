"""The tables, made from geo.schema: one for each layer, and those that hold batches and the place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TextClause,
    text,
)

from geo.schema import LAYERS
from geo.store.shapes import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.schema import Kind

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

IDS_AT_ONCE = 500
"""How many ids one query may name; SQLite bounds a statement's parameters."""

_COUNT = Integer().with_variant(BigInteger, "postgresql")
"""SQLite's integers have 64 bits."""
_TYPES: Mapping[Kind, Any] = {
    "text": Text,
    "code": String,
    "codes": JSON,
    "flag": Boolean,
    "count": _COUNT,
    "number": Float,
    "date": Date,
    "dates": JSON,
    "choice": String,
}

place = Table(
    "place",
    metadata,
    Column("code", String, primary_key=True),
    Column("name", Text, nullable=False),
    Column("working_crs", String, nullable=False),
    Column("maker", Text, nullable=False),
    Column("demo_note", Text, nullable=False),
    Column("demo_as_of", Date),
    Column("population", _COUNT),
    Column("sources", JSON, nullable=False),
    Column("boundary", Shape),
    Column("store_id", String, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("sha256", String, nullable=False),
    Column("recorded_at", DateTime, nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("recorded_by", Text, nullable=False),
)
"""Every plan that was ever stored; the newest is in force."""

unit_names = Table(
    "unit_names",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("code", String, nullable=False),
    Column("name", Text, nullable=False),
    Column("scheme", String, nullable=False),
    Column("other_code", String, nullable=False),
)

unit_changes = Table(
    "unit_changes",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("from_code", String, nullable=False),
    Column("from_name", Text, nullable=False),
    Column("to_code", String, nullable=False),
    Column("to_name", Text, nullable=False),
    Column("changed_on", String, nullable=False),
    Column("source", Text, nullable=False),
)
"""How units changed through the years (`geo.admin.unit_changes`)."""

batches = Table(
    "batches",
    metadata,
    Column("batch", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("file", Text, nullable=False),
    Column("sha256", String, nullable=False),
    Column("layer", String, nullable=False),
    Column("sender", Text, nullable=False),
    Column("received_on", Date),
    Column("datum", String, nullable=False),
    Column("imported_at", DateTime, nullable=False),
    Column("records", Integer, nullable=False),
    Column("reported_on", Date),
    Column("undoes", ForeignKey("batches.batch"), index=True, unique=True),
    Column("recorded_on", Date, nullable=False),
    Column("recorded_by", Text, nullable=False),
)
"""No row is ever changed: what takes a batch back is a batch that `undoes` it.

`reported_on` orders reports: the day of reception, else of import. `recorded_on` is the office's own day on
which the batch was written (`imported_at` is the moment, UTC); `recorded_by`, who wrote it, '' where nobody said.
"""


def _source_columns() -> list[Column[object]]:
    return [
        Column("batch", ForeignKey("batches.batch"), nullable=False, index=True),
        Column("file", Text, nullable=False),
        Column("sheet", Text),
        Column("row", Integer, nullable=False),
    ]


reported_none = Table(
    "reported_none",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("layer", String, nullable=False),
    Column("unit_code", String, nullable=False, index=True),
    Column("told_code", String),
    *_source_columns(),
)

complete_lists = Table(
    "complete_lists",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("layer", String, nullable=False),
    Column("scope_code", String, nullable=False),
    *_source_columns(),
)

decisions = Table(
    "decisions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("sender", Text, nullable=False, index=True),
    Column("field", String, nullable=False),
    Column("township", Text, nullable=False),
    Column("written", Text, nullable=False),
    Column("code", String, nullable=False),
    Column("batch", ForeignKey("batches.batch"), nullable=False, index=True),
    Column("decided_at", DateTime, nullable=False),
)
"""What people chose where a name or code was not plain (`geo.intake.decisions`)."""

decisions_used = Table(
    "decisions_used",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("decision", ForeignKey("decisions.number"), nullable=False, index=True),
    Column("batch", ForeignKey("batches.batch"), nullable=False, index=True),
)
"""Which later batches were read with the help of a decision."""

audit = Table(
    "audit",
    metadata,
    Column("entry", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("action", String, nullable=False),
    Column("batch", ForeignKey("batches.batch"), index=True),
    Column("detail", JSON, nullable=False),
    Column("salt", String(32)),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
"""One entry a change, chained (`geo.store.chain`); `salt` never leaves the store."""


def _base_table(name: str) -> Table:
    own = [Column(c.name, _TYPES[c.kind], index=c.name == "township_code") for c in LAYERS[name].columns]
    return Table(
        name,
        metadata,
        Column("code", String, primary_key=True),
        Column("name", Text, nullable=False),
        *own,
        Column("lon", Float),
        Column("lat", Float),
        Column("schematic", Boolean, nullable=False),
        Column("geometry", Shape),
    )


def _record_table(name: str, table_name: str) -> Table:
    own = [Column(c.name, _TYPES[c.kind]) for c in LAYERS[name].columns if c.name != "township_code"]
    table = Table(
        table_name,
        metadata,
        Column("record", Integer, primary_key=True),
        Column("id", String, nullable=False),
        Column("unit_code", String, nullable=False, index=True),
        Column("name", Text),
        *own,
        Column("geometry", Shape),
        Column("told_code", String),
        *_source_columns(),
    )
    Index(f"ix_{table_name}_id", table.c.id)
    if links := LAYERS[name].links:
        where = linked(links)
        Index(f"ix_{table_name}_links", table.c.id, sqlite_where=where, postgresql_where=where)
    return table


def linked(column: str) -> TextClause:
    """Say whether a list of units names any; a query must say it in the same words for the index to be used."""
    return text(f"CAST({column} AS TEXT) NOT IN ('null', '[]')")


base_tables = {name: _base_table(name) for name, layer in LAYERS.items() if layer.role == "base"}
record_tables = {
    name: _record_table(name, f"reported_{name}" if layer.role == "base" else name) for name, layer in LAYERS.items()
}
