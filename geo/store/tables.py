"""The tables, made from geo.schema: one for each layer, and those that hold batches and the place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

from geo.schema import LAYERS

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

_TYPES: Mapping[Kind, Any] = {
    "text": Text,
    "code": String,
    "codes": JSON,
    "flag": Boolean,
    "count": Integer,
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
    Column("population", Integer),
    Column("sources", JSON, nullable=False),
    Column("boundary", LargeBinary),
    Column("plan_text", Text, nullable=False),
    Column("plan_file", Text, nullable=False),
    Column("store_id", String, nullable=False),
)

unit_names = Table(
    "unit_names",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("code", String, nullable=False),
    Column("name", Text, nullable=False),
    Column("scheme", String, nullable=False),
    Column("other_code", String, nullable=False),
)

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
    Column("undone_by", ForeignKey("batches.batch")),
    Column("reported_on", Date),
)
"""`reported_on` orders reports: the day of reception, else of import (the office's own day, unlike `imported_at`)."""


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
    Column("unit_code", String, nullable=False),
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


def _base_table(name: str) -> Table:
    own = [Column(c.name, _TYPES[c.kind]) for c in LAYERS[name].columns]
    return Table(
        name,
        metadata,
        Column("code", String, primary_key=True),
        Column("name", Text, nullable=False),
        *own,
        Column("lon", Float),
        Column("lat", Float),
        Column("schematic", Boolean, nullable=False),
        Column("geometry", LargeBinary),
    )


def _record_table(name: str, table_name: str) -> Table:
    own = [Column(c.name, _TYPES[c.kind]) for c in LAYERS[name].columns if c.name != "township_code"]
    table = Table(
        table_name,
        metadata,
        Column("record", Integer, primary_key=True),
        Column("id", String, nullable=False),
        Column("unit_code", String, nullable=False),
        Column("name", Text),
        *own,
        Column("geometry", LargeBinary),
        *_source_columns(),
    )
    Index(f"ix_{table_name}_id", table.c.id)
    return table


base_tables = {name: _base_table(name) for name, layer in LAYERS.items() if layer.role == "base"}
record_tables = {
    name: _record_table(name, f"reported_{name}" if layer.role == "base" else name) for name, layer in LAYERS.items()
}
