"""What was read of a store, remembered as long as its file is unchanged: most requests read nothing at all."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar

from geo.store.files import sqlite_path, stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from geo.store import Store
    from geo.store.files import Stamp

T = TypeVar("T")
_MOST: Final = 2000


class Recall:
    """Answers by key, all forgotten with the next commit to the file. Databases without a file are always asked."""

    def __init__(self) -> None:
        self._stamp: Stamp | None = None
        self._known: dict[str, Any] = {}
        self._lock = Lock()

    def get(self, store: Store, key: str, read: Callable[[Connection], T]) -> T:
        """Return what `read` finds in the store."""
        path = sqlite_path(store.url)
        before = stamp(path)
        with self._lock:
            if before is not None and before == self._stamp and key in self._known:
                known: T = self._known[key]
                return known
        with store.reading() as seen:
            found = read(seen.connection)
        if before is not None and before == stamp(path):
            self._keep(before, key, found)
        return found

    def known(self, key: str, now: Stamp | None) -> list[Any]:
        """Return what is remembered of a file as it is now, as a list of one; an empty one for nothing."""
        with self._lock:
            return [self._known[key]] if now is not None and now == self._stamp and key in self._known else []

    def _keep(self, of: Stamp, key: str, found: Any) -> None:
        with self._lock:
            if of != self._stamp or len(self._known) >= _MOST:
                self._known = {}
            self._stamp = of
            self._known[key] = found
