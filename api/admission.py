"""The gate behind the guard: finds out who asks and holds it against the table of permissions.

Plain ASGI, so that refused requests end before their body is read. Forms are checked once they are
read (`check_form`, a dependency of every route).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
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
from api.kept_parts import MULTIPART, texts_of
from api.permissions import outcome, route_of, who_may
from api.settings import Settings
from api.texts import TEXTS
from api.views.login import login_page
from api.visitors import NOBODY, OWNER, Kind, Visitor, of_share, of_user, visitor_of
from geo.accounts import Accounts
from geo.accounts.at_hand import AtHand, NotAtHand
from geo.store.files import Stamp, sqlite_path, stamp

CSRF_HEADER: Final = "x-csrf-token"
LOGIN_FORMS: Final = ("/login", "/login/kept")
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_SHOWING: Final = (*LOGIN_FORMS, "/login/oidc/back", "/s/{secret}", "/metrics")
_FORMS: Final = (FORM_TYPE, MULTIPART)


@dataclass(frozen=True)
class Admission:
    """Lets a request through, or answers it.

    In the request's state are then its `visitor`, its `route`, and the `stamp` of the store's file when it came.
    """

    app: ASGIApp
    accounts: Accounts
    settings: Settings

    @cached_property
    def file(self) -> Path | None:
        """The store's file, where it is one."""
        return sqlite_path(self.settings.database_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request. Raises what the guard turns into an answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        route = route_of(scope["method"], scope["path"])
        frame = Kind.NOBODY in who_may(route) and not _shows_visitor(route)
        now = None if frame else stamp(self.file)
        visitor = NOBODY if frame else await self._visitor(request, now)
        scope["state"] = {**scope.get("state", {}), "visitor": visitor, "route": route, "stamp": now}
        met = outcome(visitor.kind, route)
        if met == "log-in":
            await (await self._ask(request))(scope, receive, send)
            return
        if met == "refused" and route is not None:
            raise NotAllowed(TEXTS["not_allowed"])
        await self.app(scope, receive, send)

    async def _visitor(self, request: Request, now: Stamp | None) -> Visitor:
        """Who asks: out of memory at once, else from the store, on another thread."""
        try:
            return identify(request, AtHand(self.accounts, now), self.settings)
        except NotAtHand:
            return await run_in_threadpool(identify, request, self.accounts, self.settings)

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
    if request.method in _SAFE or not visitor.secret or request.url.path in LOGIN_FORMS:
        return
    mark = request.headers.get(CSRF_HEADER)
    if mark is None and request.headers.get("content-type", "").startswith(_FORMS):
        mark = str((await request.form()).get(CSRF_FIELD, ""))
    if not visitor.sent(mark or ""):
        await request.close()
        raise StaleForm(TEXTS["stale_form"])


def _shows_visitor(route: tuple[str, str] | None) -> bool:
    return route is not None and route[1] in _SHOWING


def _unencrypted(request: Request, settings: Settings) -> bool:
    """Whether others on the network could read along: no HTTPS, and not only this machine."""
    return not is_https(request.scope, settings) and not (settings.is_local and is_near(request.scope, settings))


async def _typed(request: Request) -> Kept | None:
    """What a form holds whose session ran out; None where it can't be kept."""
    sort = request.headers.get("content-type", "")
    if sort.startswith(MULTIPART):  # however large its files are: the guard bounds the whole
        texts = await texts_of(sort, request.stream(), most=LARGEST)
        kept = None if texts is None else Kept.of(request.url.path, texts)
        return kept if kept is not None and kept.fields else None
    length = request.headers.get("content-length", "")
    small = length.isdecimal() and int(length) <= LARGEST
    if not small or not sort.startswith(FORM_TYPE):
        return None
    return Kept.of(request.url.path, await request.form(max_fields=MOST_FIELDS))
