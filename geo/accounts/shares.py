"""Shared links: who has one may read the place, or one township, until a day. Functions of an open transaction."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, select, update

from geo.errors import AccountRefused, UnknownAccount
from geo.faults import printable
from geo.store.account_tables import shares

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

LONGEST_LABEL: Final = 80
MOST_DAYS: Final = 366


@dataclass(frozen=True)
class Share:
    """A shared link as stored: for whom (`label`), of which township (None: the whole place), to which last day."""

    number: int
    label: str
    township: str | None
    made_by: str
    made_at: datetime
    ends_on: date
    withdrawn_at: datetime | None

    def is_open(self, today: date) -> bool:
        """Say whether it still lets somebody in."""
        return self.withdrawn_at is None and today <= self.ends_on


def make(connection: Connection, sha256: str, *, label: str, ends_on: date, today: date, **values: Any) -> Share:
    """Store a new link. Raises AccountRefused for an empty label or a day that is past or too far off."""
    label = printable(" ".join(label.split()))
    if not label or len(label) > LONGEST_LABEL:
        msg = f"请写明链接给谁用，最多{LONGEST_LABEL}个字"
        raise AccountRefused(msg)
    if not 0 <= (ends_on - today).days <= MOST_DAYS:
        msg = f"截止日期应在今天到{MOST_DAYS}天以内"
        raise AccountRefused(msg)
    number = (connection.execute(select(func.max(shares.c.number))).scalar() or 0) + 1
    connection.execute(insert(shares).values(number=number, sha256=sha256, label=label, ends_on=ends_on, **values))
    return find(connection, number)


def all_shares(connection: Connection) -> list[Share]:
    """Return every link, the newest first."""
    return [_share(row) for row in connection.execute(select(shares).order_by(shares.c.number.desc()))]


def find(connection: Connection, number: int) -> Share:
    """Return a link by its number. Raises UnknownAccount."""
    row = connection.execute(select(shares).where(shares.c.number == number)).first()
    if row is None:
        msg = f"没有第{number}号共享链接"
        raise UnknownAccount(msg)
    return _share(row)


def of_secret(connection: Connection, sha256: str) -> Share | None:
    """Return the link of a secret's digest, open or not."""
    row = connection.execute(select(shares).where(shares.c.sha256 == sha256)).first()
    return None if row is None else _share(row)


def withdraw(connection: Connection, share: Share, now: datetime) -> Share:
    """End a link for good; one that is withdrawn stays as it is."""
    query = update(shares).where(shares.c.number == share.number, shares.c.withdrawn_at.is_(None))
    connection.execute(query.values(withdrawn_at=now))
    return find(connection, share.number)


def _share(row: Any) -> Share:
    return Share(**{field.name: getattr(row, field.name) for field in fields(Share)})
