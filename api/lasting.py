"""Answers that last: what a visitor was answered goes out again until anything changes that it depends on.

Plain ASGI behind the gate (`api.admission`), so that who asks is found out and held against the table each time, and
the guard completes the headers; only the routing, the threads and the composing are left out. An answer is known by
its address, visitor and language, for one moment: the state of the store's file (`geo.store.files.stamp`) on one day.
Where there is no file to look at (PostgreSQL), every request takes the whole way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from threading import Lock
from typing import Any, Final

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.answers import tags_of
from api.i18n import language
from api.settings import Settings
from api.snapshots import Kept
from api.visitors import Visitor
from geo.store.files import Stamp, sqlite_path, stamp

Headers = list[tuple[bytes, bytes]]
Key = tuple[str, bytes, Visitor, str]
Moment = tuple[Stamp, date]
_MARK: Final = "lasting"
_UNCHANGED: Final = (b"etag", b"cache-control")
_FOR_NOBODY_ELSE: Final = b"set-cookie"
_OVERHEAD: Final = 2000  # bytes that an answer takes beside its body, about


@dataclass(frozen=True)
class Sent:
    """An answer as it was sent: its tag, the headers of a 304, those of the whole answer, and its body if known."""

    tag: bytes
    unchanged: Headers
    headers: Headers
    body: bytes | None


class Lasting:
    """Sends what lasts again; notes what of the answers from behind lasts."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._path = sqlite_path(settings.database_url)
        self._limit = settings.cache_mb * 1024 * 1024
        self._lock = Lock()
        self._moment: Moment | None = None
        self._kept: Kept[Key, Sent] = self._none()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        came = scope["state"]["stamp"] if scope["type"] == "http" and scope["method"] == "GET" else None
        if came is None:
            await self._app(scope, receive, send)
            return
        moment: Moment = came, date.today()
        key: Key = scope["path"], scope["query_string"], scope["state"]["visitor"], language()
        known = self._of(moment).kept(key)
        if known is None or not await _sent(known, scope, send):
            noting = _Noting(scope, send)
            await self._app(scope, receive, noting.send)
            if noting.found is not None and stamp(self._path) == came:
                self._keep(moment, key, noting.found)

    def _of(self, moment: Moment) -> Kept[Key, Sent]:
        """What is known of a moment; what was known of another is forgotten."""
        with self._lock:
            if moment != self._moment:
                self._moment, self._kept = moment, self._none()
            return self._kept

    def _keep(self, moment: Moment, key: Key, found: Sent) -> None:
        with self._lock:
            if moment == self._moment:
                self._kept.put(key, found)

    def _none(self) -> Kept[Key, Sent]:
        return Kept(self._limit, weigh=lambda sent: len(sent.body or b"") + _OVERHEAD)


def lasts(request: Request) -> None:
    """Say that the answer depends on nothing but the store, the address, the visitor, the language and the day."""
    request.scope["state"][_MARK] = True


async def _sent(known: Sent, scope: Scope, send: Send) -> bool:
    """Send an answer again; False where its body would be needed and isn't known."""
    given = next((value for name, value in scope["headers"] if name == b"if-none-match"), None)
    if given is not None and known.tag.decode("latin-1") in tags_of(given.decode("latin-1")):
        await send({"type": "http.response.start", "status": 304, "headers": list(known.unchanged)})
        await send({"type": "http.response.body", "body": b""})
    elif known.body is not None:
        await send({"type": "http.response.start", "status": 200, "headers": list(known.headers)})
        await send({"type": "http.response.body", "body": known.body})
    else:
        return False
    return True


class _Noting:
    """Passes an answer on and notes it if it lasts."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._state: dict[str, Any] = scope["state"]
        self._send = send
        self._begun: Sent | None = None
        self.found: Sent | None = None

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer."""
        if message["type"] == "http.response.start":
            self._begun = self._begin(message)
        elif self._begun is not None and not message.get("more_body"):
            whole = self._begun.headers
            self.found = replace(self._begun, body=message.get("body", b"")) if whole else self._begun
        else:
            self._begun = None
        await self._send(message)

    def _begin(self, message: Message) -> Sent | None:
        headers: Headers = [(name.lower(), value) for name, value in message["headers"]]
        named = dict(headers)
        fits = self._state.get(_MARK) and message["status"] in (200, 304)
        if not fits or b"etag" not in named or _FOR_NOBODY_ELSE in named:
            return None
        unchanged: Headers = [(name, named[name]) for name in _UNCHANGED if name in named]
        return Sent(named[b"etag"], unchanged, headers if message["status"] == 200 else [], None)
