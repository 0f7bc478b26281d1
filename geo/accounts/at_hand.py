"""Accounts by what is remembered alone: never asks the store nor writes to it, so nobody has to wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, TypeVar

from geo.accounts.accounts import Accounts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from geo.store.files import Stamp

T = TypeVar("T")


class NotAtHand(LookupError):
    """The store itself must be asked, or told."""


class AtHand(Accounts):
    """Says of visitors what the accounts that it is made of remember of the store's file as it is `now`.

    Raises NotAtHand for all else.
    """

    def __init__(self, accounts: Accounts, now: Stamp | None) -> None:
        super().__init__(_nothing, accounts.limits, accounts.recall)
        self._now = now

    def _asked(self, key: str, read: Callable[[Connection], T]) -> T:
        found: list[T] = self.recall.known(key, self._now)
        if not found:
            raise NotAtHand(key)
        return found[0]

    def _touch(self, sha256: str, now: datetime) -> None:
        raise NotAtHand(sha256)


def _nothing() -> NoReturn:
    raise NotAtHand
