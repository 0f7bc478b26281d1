"""The table of import jobs (`geo.jobs`): what waits, runs and has ended, for every process of the server to see."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, DateTime, Integer, String, Table, Text

from geo.store.tables import metadata

jobs = Table(
    "jobs",
    metadata,
    Column("id", String, primary_key=True),
    Column("state", String, nullable=False, index=True),
    Column("made_at", DateTime, nullable=False),
    Column("queued_at", DateTime, nullable=False),
    Column("ended_at", DateTime),
    Column("file", Text, nullable=False),
    Column("upload", String),
    Column("kept", Boolean, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("township", String),
    Column("told", JSON, nullable=False),
    Column("stage", String, nullable=False),
    Column("rows_read", Integer, nullable=False),
    Column("rows_all", Integer, nullable=False),
    Column("worker", String),
    Column("beat_at", DateTime),
    Column("cancelled", Boolean, nullable=False),
    Column("result", JSON(none_as_null=True)),
)
"""`upload`: where the file is in the spool, None once it is deleted; `kept`: it outlives the run (jobs of the page).
`township`: the only one that `made_by` may change. `told`: how to read the file (`geo.jobs.orders.Order`)."""
