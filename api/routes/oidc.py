"""`/login/oidc`: to the issuer of log-ins and back, and out of it; `/login/kept`: what was typed before."""

from __future__ import annotations

import logging
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from api import cookies
from api.clients import client_address
from api.deps import Parts, PartsDep, VisitorDep
from api.errors import NoIssuer, StaleForm
from api.kept import own_path
from api.oidc import Issuer, Refused, Round, Unavailable
from api.oidc.people import person
from api.routes.accounts import NO_STORE, KeptText, Mark, read_kept
from api.texts import TEXTS
from api.views.account import resumed_page
from api.views.login import login_page
from geo.errors import KepuError, LoginRefused

router = APIRouter(prefix="/login", include_in_schema=False)
log = logging.getLogger("kepu.api")
Word = Annotated[str, Query(max_length=4000)]


@router.get("/oidc")
def leave_for_issuer(request: Request, parts: PartsDep, next: str = "/") -> Response:
    """Send a browser to the issuer; `next` is where to go afterwards, on this site only."""
    target = own_path(next) or "/"
    begun = Round.begin(target)
    try:
        response = RedirectResponse(_issuer(parts).authorization(begun), 303, NO_STORE)
    except Unavailable as error:
        return _told(request, parts, _unavailable(parts, error), target)
    cookies.write(request, response, "kepu-oidc", begun.text, parts.settings)
    return response


@router.get("/oidc/back")
def come_back(
    request: Request, parts: PartsDep, visitor: VisitorDep, code: Word = "", state: Word = "", error: Word = ""
) -> Response:
    """Begin a session for whom the issuer vouches; each round counts once, in the browser that began it."""
    begun = Round.read(cookies.read(request, "kepu-oidc", parts.settings))
    try:
        secret = _admitted(request, parts, begun, code=code, state=state, error=error)
    except KepuError as refused:
        response = _told(request, parts, refused, begun.target if begun else "/")
    else:
        parts.accounts.log_out(visitor.secret)
        response = RedirectResponse((begun and own_path(begun.target)) or "/", 303, NO_STORE)
        cookies.write(request, response, "kepu", secret, parts.settings)
    cookies.forget(request, response, "kepu-oidc", parts.settings)
    return response


@router.get("/oidc/leave")
def leave_issuer(parts: PartsDep) -> Response:
    """Log out at the issuer too, where it offers that; its answer comes back to our log-in page."""
    home = urlsplit(parts.settings.oidc_redirect)._replace(path="/login").geturl()
    try:
        return RedirectResponse(_issuer(parts).leaving(home) or "/login", 303, NO_STORE)
    except Unavailable:
        return RedirectResponse("/login", 303, NO_STORE)


@router.post("/kept")
def resume(request: Request, parts: PartsDep, visitor: VisitorDep, mark: Mark = "", kept: KeptText = "") -> Response:
    """Show what was typed before the session ran out, after a log-in in another window."""
    if not cookies.fits_login(request, mark, parts.settings):
        raise StaleForm(TEXTS["stale_form"])
    typed = read_kept(kept)
    if typed is None or not visitor.secret:
        return login_page(request, parts.settings, status=401, kept=typed, lost=True)
    return resumed_page(typed, visitor.secret)


def _issuer(parts: Parts) -> Issuer:
    if parts.issuer is None:
        raise HTTPException(404)
    return parts.issuer


def _admitted(request: Request, parts: Parts, begun: Round | None, *, code: str, state: str, error: str) -> str:
    """The secret of a new session. Raises LoginRefused, LoginThrottled, NoIssuer."""
    issuer, settings = _issuer(parts), parts.settings
    address = client_address(request.scope, settings)
    if begun is None or not begun.fits(state) or not parts.accounts.use_once(begun.state, address=address):
        raise LoginRefused(TEXTS["oidc_stale"])
    if error or not code:
        raise LoginRefused(TEXTS["oidc_refused"].format(label=settings.oidc_label))
    try:
        claims = issuer.claims(begun, code)
    except Unavailable as failed:
        raise _unavailable(parts, failed) from failed
    except Refused as refused:
        raise LoginRefused(TEXTS["oidc_unproven"].format(label=settings.oidc_label)) from refused
    return parts.accounts.let_in(person(claims, settings), address=address)


def _unavailable(parts: Parts, error: Unavailable) -> NoIssuer:
    log.warning("OpenID Connect issuer: %s", error)
    return NoIssuer(TEXTS["oidc_unavailable"].format(label=parts.settings.oidc_label))


def _told(request: Request, parts: Parts, error: KepuError, target: str) -> Response:
    """The log-in page with what went wrong: passwords still work."""
    return login_page(request, parts.settings, error=error, next_path=own_path(target) or "/")
