"""`/login`, `/logout` and `/account`: sessions, and what users may change of themselves."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from api import cookies
from api.clients import client_address
from api.deps import PartsDep, UserDep, VisitorDep
from api.errors import StaleForm
from api.kept import CSRF_FIELD, LARGEST, Kept, own_path
from api.texts import TEXTS
from api.views.account import account_page, resumed_page
from api.views.login import login_page
from geo.errors import AccountRefused, InputRefused, LoginRefused, LoginThrottled

router = APIRouter(include_in_schema=False)

NO_STORE: Final = {"Cache-Control": "no-store"}
Name = Annotated[str, Form(max_length=200)]
Password = Annotated[str, Form(max_length=1000)]
Mark = Annotated[str, Form(alias=CSRF_FIELD, max_length=200)]
Next = Annotated[str, Form(max_length=2000)]
KeptText = Annotated[str, Form(max_length=2 * LARGEST)]


@router.get("/login")
def show_login(request: Request, parts: PartsDep, next: str = "/", left: str = "") -> Response:
    """The form; `next` is where to go afterwards, on this site only, `left` whether somebody just logged out."""
    target, there = own_path(next) or "/", parts.accounts.exist()
    return login_page(request, parts.settings, next_path=target, has_users=there, left=bool(left))


@router.post("/login")
def log_in(
    request: Request,
    parts: PartsDep,
    visitor: VisitorDep,
    name: Name = "",
    password: Password = "",
    next: Next = "/",
    mark: Mark = "",
    kept: KeptText = "",
) -> Response:
    """Begin a session under a secret of its own; the one before, if any, ends."""
    if not cookies.fits_login(request, mark, parts.settings):
        raise StaleForm(TEXTS["stale_form"])
    typed, target = read_kept(kept), own_path(next) or "/"
    try:
        secret = parts.accounts.log_in(name, password, address=client_address(request.scope, parts.settings))
    except (LoginRefused, LoginThrottled) as error:
        return login_page(request, parts.settings, error=error, name=name, next_path=target, kept=typed)
    parts.accounts.log_out(visitor.secret)
    response = resumed_page(typed, secret) if typed else RedirectResponse(target, 303, NO_STORE)
    cookies.write(request, response, "kepu", secret, parts.settings)
    return response


@router.post("/logout")
def log_out(request: Request, parts: PartsDep, visitor: VisitorDep) -> Response:
    """End the session."""
    parts.accounts.log_out(visitor.secret)
    return left(request, parts)


@router.post("/logout/everywhere")
def log_out_everywhere(request: Request, parts: PartsDep, user: UserDep) -> Response:
    """End all sessions of the user."""
    parts.accounts.log_out_everywhere(user)
    return left(request, parts)


@router.get("/account")
def show_account(parts: PartsDep, visitor: VisitorDep, user: UserDep, done: str = "") -> Response:
    """Who one is, and the form for a new password."""
    return account_page(parts.snapshots, visitor, user, done=done == "password")


@router.post("/account/password")
def change_password(
    request: Request,
    parts: PartsDep,
    visitor: VisitorDep,
    user: UserDep,
    old: Password = "",
    new: Password = "",
    again: Password = "",
) -> Response:
    """Change one's own password; the other sessions end."""
    try:
        if new != again:
            raise AccountRefused(TEXTS["password_differs"])
        parts.accounts.check_own(user, old, address=client_address(request.scope, parts.settings))
        parts.accounts.set_password(user.name, new, by=user.name, keep=visitor.secret)
    except (InputRefused, LoginThrottled) as error:
        return account_page(parts.snapshots, visitor, user, error=error)
    return RedirectResponse("/account?done=password", 303, NO_STORE)


def left(request: Request, parts: PartsDep) -> Response:
    """Go to the log-in page, with nothing left in the browser."""
    response = RedirectResponse("/login?left=1" if parts.issuer else "/login", 303, NO_STORE)
    for cookie in ("kepu", "kepu-share"):
        cookies.forget(request, response, cookie, parts.settings)
    return response


def read_kept(text: str) -> Kept | None:
    """What was typed before the session ran out; None where there is nothing to read. Raises AccountRefused."""
    try:
        return Kept.from_text(text) if text else None
    except ValueError:
        raise AccountRefused(TEXTS["kept_unreadable"]) from None
