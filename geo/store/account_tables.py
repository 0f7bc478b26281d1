"""The tables of accounts: users, their sessions, failed log-ins, shared links (`geo.accounts`)."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, DateTime, ForeignKey, Integer, String, Table, Text

from geo.store.tables import metadata

users = Table(
    "users",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", String, nullable=False, index=True, unique=True),
    Column("role", String, nullable=False),
    Column("township", String),
    Column("password", String, nullable=False),
    Column("token_sha256", String, index=True, unique=True),
    Column("disabled", Boolean, nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("password_set_at", DateTime, nullable=False),
    Column("seen_at", DateTime),
)
"""`seen_at`: the last log-in. `token_sha256`: of the token that programs send instead of logging in."""

sessions = Table(
    "sessions",
    metadata,
    Column("sha256", String, primary_key=True),
    Column("user_number", ForeignKey("users.number"), nullable=False, index=True),
    Column("made_at", DateTime, nullable=False),
    Column("seen_at", DateTime, nullable=False),
)

login_failures = Table(
    "login_failures",
    metadata,
    Column("key", String, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failed_at", DateTime, nullable=False),
    Column("until", DateTime, nullable=False),
)
"""`key`: an account (a digest, for people type their password there) or an address."""

shares = Table(
    "shares",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("sha256", String, nullable=False, index=True, unique=True),
    Column("label", Text, nullable=False),
    Column("township", String),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("withdrawn_at", DateTime),
)
"""Links that let outsiders read: `township` None stands for the whole place, `ends_on` is the last day."""
