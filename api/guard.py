"""The gate in front of every route: who may ask, how much they may send, and what browsers may do with it.

Plain ASGI, outermost, so that no answer leaves without its headers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ForeignHost, ForeignOrigin, UploadTooLarge, handle
from api.i18n.asked import Speaking, moved
from api.settings import LOOPBACK_NAMES, Settings
from api.texts import TEXTS

POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    # same-origin, not no-referrer: the latter makes browsers send "Origin: null" with our own forms
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "private, no-cache",
}
_RAW: Final = tuple((name.lower().encode(), value.encode()) for name, value in HEADERS.items())
NOT_MODIFIED: Final = 304
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_SAME_SITE: Final = frozenset({"same-origin", "none"})


@dataclass(frozen=True)
class Guard:
    """Refuses foreign hosts, foreign origins and bodies over the limit; adds headers; answers HEAD as GET."""

    app: ASGIApp
    settings: Settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with Speaking(scope, self.settings):
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self.settings.body_limit(scope["path"])
        exchange = _Exchange(scope, receive, send, limit)
        try:
            check_host(scope, self.settings)
            check_origin(scope)
            check_length(scope, limit)
            await (moved(scope, self.settings) or self.app)(exchange.scope, exchange.receive, exchange.send)
            if exchange.too_large:
                raise UploadTooLarge(limit)
        except Exception as error:
            if exchange.started:
                raise
            await exchange.refuse(error)


class _Exchange:
    """One request and its answer: counts what comes in, completes what goes out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        self._head_only = scope["method"] == "HEAD"
        self.scope: Scope = {**scope, "method": "GET"} if self._head_only else scope
        self._receive, self._send = receive, send
        self._limit, self._received = limit, 0
        self.started = False
        self.too_large = False

    async def receive(self) -> Message:
        """Pass on a piece of the body. Raises UploadTooLarge past the limit."""
        message = await self._receive()
        self._received += len(message.get("body", b""))
        if self._received > self._limit:
            self.too_large = True
            raise UploadTooLarge(self._limit)
        return message

    async def send(self, message: Message) -> None:
        """Pass on a piece of the answer; what the framework makes of a body cut short is dropped."""
        if not self.too_large:
            await self._complete(message)

    async def refuse(self, error: Exception) -> None:
        """Answer with a problem."""
        response = await handle(Request(self.scope), error)
        await response(self.scope, self._receive, self._complete)

    async def _complete(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            if message["status"] != NOT_MODIFIED:  # a browser would put ours over the kept answer's own, its policy too
                message = {**message, "headers": _completed(message.get("headers", ()))}
        elif self._head_only and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)


def _completed(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Headers with those of ours that they don't say themselves."""
    given = list(headers)
    said = {name.lower() for name, _ in given}
    return given + [(name, value) for name, value in _RAW if name not in said]


def check_host(scope: Scope, settings: Settings) -> None:
    """Refuse names that the server isn't called by: against DNS rebinding. Raises ForeignHost.

    Known are loopback names and the configured ones; also plain addresses once other
    machines are let in, for no name server can change those. A request that came over no
    socket (an in-process client names no address as its server) can't have been rebound.
    """
    server = scope.get("server")
    if server and server[1] is not None and not _is_address(server[0]):
        return
    name = host_name(Headers(scope=scope).get("host", ""))
    if name in LOOPBACK_NAMES or name in settings.hosts:
        return
    if not settings.is_local and _is_address(name):
        return
    raise ForeignHost(TEXTS["foreign_host"])


def check_origin(scope: Scope) -> None:
    """Refuse changes that another site's page sends through a visitor's browser. Raises ForeignOrigin.

    Browsers name the page's site in Sec-Fetch-Site or Origin; programs send neither.
    """
    if scope["method"] in _SAFE:
        return
    headers = Headers(scope=scope)
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site not in _SAME_SITE:
        raise ForeignOrigin(TEXTS["foreign_origin"])
    if origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
        raise ForeignOrigin(TEXTS["foreign_origin"])


def check_length(scope: Scope, limit: int) -> None:
    """Refuse a body that says itself that it is too large. Raises UploadTooLarge."""
    length = Headers(scope=scope).get("content-length", "")
    if length.isdecimal() and int(length) > limit:
        raise UploadTooLarge(limit)


@lru_cache(maxsize=1024)
def host_name(host: str) -> str:
    """The name in a Host header, lower case, without port and brackets; "" where it makes no sense."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


@lru_cache(maxsize=1024)
def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
