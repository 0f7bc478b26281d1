"""The table of scenarios that people keep (`geo.store.scenarios`)."""

from __future__ import annotations

from sqlalchemy import Column, Date, DateTime, Index, Integer, String, Table, Text

from geo.store.tables import metadata

scenarios = Table(
    "scenarios",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("action", String, nullable=False),
    Column("told", Text, nullable=False),
    Column("recorded_at", DateTime, nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Index("ix_scenarios_name", "name"),
)
"""Rows are only ever added; of one name the newest holds. `action`: saved, dropped, planned. `told`: JSON."""
