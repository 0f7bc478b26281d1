"""The language that a request asks for: by `?lang=`, which a cookie then keeps, else by the setting."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import Request, Response
from starlette.responses import RedirectResponse
from starlette.types import Scope

from api import cookies
from api.i18n import LANGUAGE, language, languages
from api.kept import own_path
from api.settings import Settings

PARAMETER: Final = "lang"
_DAYS: Final = 365
_MARK: Final = b"kepu-language="
_ADDRESS: ContextVar[tuple[str, bytes] | None] = ContextVar("address", default=None)


@dataclass(frozen=True)
class Choice:
    """A language that a page offers: its code for HTML, its own name, and where to have the page in it."""

    code: str
    name: str
    address: str


class Speaking:
    """While it is open, a request is answered in its language (on the way of every request, so it is no generator)."""

    __slots__ = ("_address", "_language", "_tokens")

    def __init__(self, scope: Scope, settings: Settings) -> None:
        reads = scope["method"] in ("GET", "HEAD")
        self._address = (scope["path"], scope.get("query_string", b"")) if reads else None
        self._language = _wanted(scope) or _remembered(scope, settings) or settings.language

    def __enter__(self) -> None:
        self._tokens = LANGUAGE.set(self._language), _ADDRESS.set(self._address)

    def __exit__(self, *_: object) -> None:
        LANGUAGE.reset(self._tokens[0])
        _ADDRESS.reset(self._tokens[1])


def moved(scope: Scope, settings: Settings) -> Response | None:
    """Where a choice of language leads: to the same page without `?lang=`, the choice kept in a cookie."""
    wanted = _wanted(scope)
    if wanted is None or scope["method"] not in ("GET", "HEAD") or scope["path"].startswith("/api/"):
        return None
    response = RedirectResponse(_address(scope["path"], scope["query_string"]), 303)
    response.headers["Cache-Control"] = "no-store"
    cookies.write(Request(scope), response, "kepu-language", wanted, settings, days=_DAYS)
    return response


def other_languages() -> tuple[Choice, ...]:
    """The languages that the page in work may be had in beside its own; none for the answer to a form."""
    address = _ADDRESS.get()
    if address is None:
        return ()
    others = ((name, told) for name, told in languages().items() if name != language())
    return tuple(Choice(name.replace("_", "-"), told, _address(*address, name)) for name, told in others)


def _address(path: str, query: bytes, chosen: str | None = None) -> str:
    """The address that a request asked for, with another language or with none."""
    there = quote(path)
    fields = [
        (name, value) for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True) if name != PARAMETER
    ]
    fields += [] if chosen is None else [(PARAMETER, chosen)]
    return (own_path(there) or "/") + (f"?{urlencode(fields)}" if fields else "")


def _wanted(scope: Scope) -> str | None:
    query = scope.get("query_string", b"")
    if PARAMETER.encode() not in query:
        return None
    return _known(dict(parse_qsl(query.decode("latin-1"))).get(PARAMETER, ""))


def _remembered(scope: Scope, settings: Settings) -> str | None:
    if not any(name == b"cookie" and _MARK in value for name, value in scope["headers"]):
        return None
    return _known(cookies.read(Request(scope), "kepu-language", settings))


def _known(name: str) -> str | None:
    """A language by its name in the code or in HTML; None for one that there is not."""
    name = name.replace("-", "_")
    return name if name in languages() else None
