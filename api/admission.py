"""The gate behind the guard: finds out who asks and holds it against the table of permissions.

Plain ASGI, so that refused requests end before their body is read. Forms are checked once they are
read (`check_form`, a dependency of every route).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api import cookies
from api.clients import is_https, is_near
from api.errors import LoginNeeded, NotAllowed, OnlyHere, StaleForm
from api.kept import CSRF_FIELD, FORM_TYPE, LARGEST, MOST_FIELDS, Kept
from api.permissions import outcome, route_of, who_may
from api.settings import Settings
from api.texts import TEXTS
from api.views.login import login_page
from api.visitors import NOBODY, OWNER, Kind, Visitor, of_share, of_user, visitor_of
from geo.accounts import Accounts

CSRF_HEADER: Final = "x-csrf-token"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS: Final = (FORM_TYPE, "multipart/form-data")


@dataclass(frozen=True)
class Admission:
    """Lets a request through with its visitor in `request.state`, or answers it."""

    app: ASGIApp
    accounts: Accounts
    settings: Settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request. Raises what the guard turns into an answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        route = route_of(scope["method"], scope["path"])
        frame = Kind.NOBODY in who_may(route) and not _shows_visitor(route)
        visitor = NOBODY if frame else await run_in_threadpool(identify, request, self.accounts, self.settings)
        scope["state"] = {**scope.get("state", {}), "visitor": visitor, "route": route}
        met = outcome(visitor.kind, route)
        if met == "log-in":
            await (await self._ask(request))(scope, receive, send)
            return
        if met == "refused" and route is not None:
            raise NotAllowed(TEXTS["not_allowed"])
        await self.app(scope, receive, send)

    async def _ask(self, request: Request) -> Response:
        """Ask to log in: programs by a problem, readers by the log-in page, with what they typed."""
        path = request.url.path
        if path.startswith("/api/"):
            wrong = "authorization" in request.headers
            raise LoginNeeded(TEXTS["token_wrong"] if wrong else TEXTS["login_needed"])
        if request.method in _SAFE:
            wanted = path if not request.url.query else f"{path}?{request.url.query}"
            return RedirectResponse(f"/login?next={quote(wanted, safe='')}", 303, {"Cache-Control": "no-store"})
        kept = await _typed(request)
        return login_page(request, self.settings, status=401, kept=kept, lost=True)


def identify(request: Request, accounts: Accounts, settings: Settings) -> Visitor:
    """Find out who asks. Raises OnlyHere for other machines while there are no users, StoreError without a store."""
    if not accounts.exist():
        if not is_near(request.scope, settings):
            raise OnlyHere(TEXTS["only_here"])
        return OWNER
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        user = accounts.of_token(token.strip()) if scheme.lower() == "bearer" else None
        return NOBODY if user is None else of_user(user)
    secret = cookies.read(request, "kepu", settings)
    session = accounts.session(secret) if secret else None
    if session is not None:
        return of_user(session.user, secret=secret, unencrypted=_unencrypted(request, settings))
    shared = cookies.read(request, "kepu-share", settings)
    share = accounts.open_share(shared) if shared else None
    return NOBODY if share is None else of_share(share)


async def check_form(request: Request) -> None:
    """Refuse a change whose form doesn't carry its session's mark. Raises StaleForm.

    Programs with a token have no session, and no browser sends a token by itself. Log-in has a mark of its own.
    """
    if request.scope["state"].get("route") is None:
        raise NotAllowed(TEXTS["not_allowed"])  # a route that the gate doesn't know
    visitor = visitor_of(request)
    if request.method in _SAFE or not visitor.secret or request.url.path == "/login":
        return
    mark = request.headers.get(CSRF_HEADER)
    if mark is None and request.headers.get("content-type", "").startswith(_FORMS):
        mark = str((await request.form()).get(CSRF_FIELD, ""))
    if not visitor.sent(mark or ""):
        raise StaleForm(TEXTS["stale_form"])


def _shows_visitor(route: tuple[str, str] | None) -> bool:
    return route is not None and route[1] in ("/login", "/s/{secret}")


def _unencrypted(request: Request, settings: Settings) -> bool:
    """Whether others on the network could read along: no HTTPS, and not only this machine."""
    return not is_https(request.scope, settings) and not (settings.is_local and is_near(request.scope, settings))


async def _typed(request: Request) -> Kept | None:
    """What a form holds whose session ran out; None where it can't be kept."""
    length = request.headers.get("content-length", "")
    small = length.isdecimal() and int(length) <= LARGEST
    if not small or not request.headers.get("content-type", "").startswith(FORM_TYPE):
        return None
    return Kept.of(request.url.path, await request.form(max_fields=MOST_FIELDS))
