"""Sessions: who is logged in, kept in the store so that all workers know them. Functions of an open transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, or_, select, update

from geo.accounts.users import User, as_user
from geo.store.account_tables import sessions, users

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy import Connection


@dataclass(frozen=True)
class Session:
    """A log-in as stored. Times in UTC."""

    sha256: str
    user: User
    made_at: datetime
    seen_at: datetime

    def is_over(self, now: datetime, *, idle: timedelta, absolute: timedelta) -> bool:
        """Say whether it ran out: unused for too long, or too old however much it was used."""
        return now - self.seen_at >= idle or now - self.made_at >= absolute


def begin(connection: Connection, sha256: str, user: User, now: datetime) -> None:
    """Store a new session."""
    connection.execute(insert(sessions).values(sha256=sha256, user_number=user.number, made_at=now, seen_at=now))


def find(connection: Connection, sha256: str) -> Session | None:
    """Return the session of a secret's digest; None if there is none, or its user was disabled."""
    query = (
        select(users, sessions.c.made_at.label("begun_at"), sessions.c.seen_at.label("used_at"))
        .join(sessions, sessions.c.user_number == users.c.number)
        .where(sessions.c.sha256 == sha256, users.c.disabled.is_(False))
    )
    row = connection.execute(query).first()
    return None if row is None else Session(sha256, as_user(row), row.begun_at, row.used_at)


def touch(connection: Connection, sha256: str, now: datetime) -> None:
    """Note that a session is in use."""
    connection.execute(update(sessions).where(sessions.c.sha256 == sha256).values(seen_at=now))


def end(connection: Connection, sha256: str) -> None:
    """End one session."""
    connection.execute(delete(sessions).where(sessions.c.sha256 == sha256))


def end_all(connection: Connection, user: User, *, but: str | None = None) -> None:
    """End all sessions of a user, except the one whose digest is given."""
    query = delete(sessions).where(sessions.c.user_number == user.number)
    connection.execute(query if but is None else query.where(sessions.c.sha256 != but))


def forget_old(connection: Connection, now: datetime, *, idle: timedelta, absolute: timedelta) -> None:
    """Delete what ran out."""
    over = or_(sessions.c.seen_at <= now - idle, sessions.c.made_at <= now - absolute)
    connection.execute(delete(sessions).where(over))
