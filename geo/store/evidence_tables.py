"""The tables of evidence (`geo.store.evidence`): the files themselves, and which was attached to what by whom."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Date, DateTime, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from geo.store.tables import metadata

evidence_contents = Table(
    "evidence_contents",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("content", LargeBinary, nullable=False),
)
"""Each content once, however often it is attached."""

evidence = Table(
    "evidence",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("withdraws", ForeignKey("evidence.number"), index=True, unique=True),
    Column("content", ForeignKey("evidence_contents.number"), nullable=False, index=True),
    Column("task", Integer),
    Column("item", Text),
    Column("unit_code", String),
    Column("layer", String),
    Column("facility", String),
    Column("name", Text, nullable=False),
    Column("kind", String, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("given_sha256", String(64), nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("taken_on", Date),
    Column("note", Text, nullable=False),
    Column("recorded_at", DateTime, nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Index("ix_evidence_task", "task"),
    Index("ix_evidence_unit_code", "unit_code"),
)
"""Rows are only ever added; a row that `withdraws` another one tells that file anew and takes it back.

A file belongs to a task and one of its items, or to a unit and maybe a facility of a layer there.
`given_sha256`: of what was handed in; pictures are stored anew (`geo.evidence.pictures`).
"""

EVIDENCE_TABLES: Final = (evidence_contents, evidence)
