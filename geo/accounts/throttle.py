"""Throttling of log-ins: after some failures each further try has to wait longer.

Counted in the store, by account and by address, so that all workers share it. A try counts as failed
before its password is looked at: many at the same time can't slip through.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select, update

from geo.accounts.users import key_of
from geo.errors import LoginThrottled
from geo.store.account_tables import login_failures

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

_LONGEST_S: Final = 900
_FORGOTTEN: Final = timedelta(days=1)
_IPV6_HOME: Final = 64


@dataclass(frozen=True)
class Key:
    """What is counted, and how many failures cost nothing."""

    text: str
    free: int

    def wait(self, failures: int) -> timedelta:
        """How long the next try must wait: 2, 4, 8 … seconds, at most a quarter of an hour."""
        over = failures - self.free
        return timedelta(seconds=0 if over < 0 else min(2 ** (min(over, 20) + 1), _LONGEST_S))


def of_account(name: str) -> Key:
    """Count by the name that was typed, whether there is such a user or not."""
    return Key(f"account {hashlib.sha256(key_of(name).encode('utf-8', 'surrogatepass')).hexdigest()}", 5)


def of_address(address: str) -> Key:
    """Count by the client's address; of IPv6 by its network, for everybody has many addresses there."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return Key(f"address {address[:LONGEST_ADDRESS]}", 20)
    home = parsed if parsed.version == 4 else ip_network((parsed, _IPV6_HOME), strict=False)
    return Key(f"address {home}", 20)


LONGEST_ADDRESS: Final = 64


def reserve(connection: Connection, keys: Iterable[Key], now: datetime) -> int:
    """Count a try as failed and return the most failures of any key. Raises LoginThrottled if it came too early.

    A try that came too early isn't counted: waiting always helps.
    """
    connection.execute(delete(login_failures).where(login_failures.c.failed_at <= now - _FORGOTTEN))
    keys = list(keys)
    found = {key.text: _row(connection, key) for key in keys}
    until = max((row.until for row in found.values() if row is not None), default=now)
    if until > now:
        seconds = ceil((until - now).total_seconds())
        msg = f"登录失败次数太多，请{seconds}秒后再试"
        raise LoginThrottled(msg, seconds=seconds)
    most = 0
    for key in keys:
        row = found[key.text]
        failures = 1 if row is None else row.failures + 1
        values = {"failures": failures, "failed_at": now, "until": now + key.wait(failures)}
        known = login_failures.c.key == key.text
        query = insert(login_failures).values(key=key.text) if row is None else update(login_failures).where(known)
        connection.execute(query.values(**values))
        most = max(most, failures)
    return most


def forgive(connection: Connection, account: Key, address: Key) -> None:
    """Forget an account's failures after a log-in; of the address only this try, which didn't fail."""
    connection.execute(delete(login_failures).where(login_failures.c.key == account.text))
    row = _row(connection, address)
    if row is None:
        return
    failures = max(row.failures - 1, 0)
    known = login_failures.c.key == address.text
    connection.execute(update(login_failures).where(known).values(failures=failures, until=row.failed_at))


def use_once(connection: Connection, sha256: str, now: datetime) -> bool:
    """Note that something good for one time was used; False if it was before. Forgotten after a day."""
    connection.execute(delete(login_failures).where(login_failures.c.failed_at <= now - _FORGOTTEN))
    once = Key(f"once {sha256}", 1)
    if _row(connection, once) is not None:
        return False
    connection.execute(insert(login_failures).values(key=once.text, failures=1, failed_at=now, until=now))
    return True


def _row(connection: Connection, key: Key) -> Any:
    return connection.execute(select(login_failures).where(login_failures.c.key == key.text)).first()
