"""The table of gaps that somebody has taken on (`geo.store.gap_tasks`)."""

from __future__ import annotations

from sqlalchemy import Column, Date, DateTime, Index, Integer, String, Table, Text

from geo.store.tables import metadata

gap_tasks = Table(
    "gap_tasks",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("rule", String, nullable=False),
    Column("unit_code", String, nullable=False),
    Column("action", String, nullable=False),
    Column("who", Text, nullable=False),
    Column("due_on", Date),
    Column("note", Text, nullable=False),
    Column("recorded_at", DateTime, nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Index("ix_gap_tasks_rule", "rule", "unit_code"),
)
"""Rows are only ever added; of several on one rule and unit the newest holds. `action`: taken, done, released."""
