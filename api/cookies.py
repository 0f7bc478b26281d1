"""Cookies of ours: the session, a shared link, a mark of the browser that opens the log-in form, a log-in under way
elsewhere, the language.

Under HTTPS their names begin with `__Host-`, which binds them to this host and to HTTPS
(RFC 6265bis, 4.1.3.2); over plain HTTP a browser wouldn't keep those.
"""

from __future__ import annotations

from typing import Final, Literal

from fastapi import Request, Response

from api.clients import is_https
from api.settings import Settings
from geo.accounts.secrets import derived, new_secret, same

Cookie = Literal["kepu", "kepu-share", "kepu-form", "kepu-language", "kepu-oidc"]
_LONGEST: Final = {"kepu-oidc": 3000}
_LOGIN: Final = "log-in"


def read(request: Request, cookie: Cookie, settings: Settings) -> str:
    """The value of a cookie, '' where there is none."""
    return request.cookies.get(_name(request, cookie, settings), "")[: _LONGEST.get(cookie, 200)]


def write(
    request: Request, response: Response, cookie: Cookie, value: str, settings: Settings, *, days: int | None = None
) -> None:
    """Let the browser keep a value for some days, or until it is closed."""
    response.set_cookie(
        _name(request, cookie, settings),
        value,
        max_age=None if days is None else days * 24 * 3600,
        path="/",
        secure=is_https(request.scope, settings),
        httponly=True,
        samesite="lax",
    )


def forget(request: Request, response: Response, cookie: Cookie, settings: Settings) -> None:
    """Let the browser forget a value."""
    response.delete_cookie(
        _name(request, cookie, settings),
        path="/",
        secure=is_https(request.scope, settings),
        httponly=True,
        samesite="lax",
    )


def login_mark(request: Request, settings: Settings) -> tuple[str, str]:
    """The browser's mark, new or the one that it has, and what the log-in form carries for it."""
    browser = read(request, "kepu-form", settings) or new_secret()
    return browser, derived(browser, _LOGIN)


def fits_login(request: Request, mark: str, settings: Settings) -> bool:
    """Whether a log-in form was opened by the browser that sends it."""
    browser = read(request, "kepu-form", settings)
    return bool(browser) and same(mark, derived(browser, _LOGIN))


def _name(request: Request, cookie: Cookie, settings: Settings) -> str:
    return f"__Host-{cookie}" if is_https(request.scope, settings) else cookie
