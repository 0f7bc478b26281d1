"""Errors at the edge: one table from exceptions to statuses, one shape for all (RFC 9457 problem details).

HttpError (geo.errors.KepuError)
├── ForeignHost       the request calls the server by a name that isn't its own
├── ForeignOrigin     another site's page sent a change
├── UploadTooLarge    the body is over the limit
├── UnknownJob        no import has this number
├── LoginNeeded       nobody is logged in, and this isn't for everybody
├── NotAllowed        who is logged in may not do this
├── StaleForm         a form without the mark of the session that sends it
├── OnlyHere          another machine asks while there are no users yet
├── NoIssuer          the issuer of log-ins can't be reached
├── BasemapUnavailable  the basemap's server or file gives no tile now
└── QueueFull         too many imports wait already

API paths answer with application/problem+json, pages with a page that says the same.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.answers import HTML, as_json
from api.i18n.retelling import retold
from api.permissions import route_of
from api.templating import page
from api.texts import PROBLEMS, TEXTS, VALIDATION
from api.views.links import Links
from api.visitors import visitor_of
from geo.errors import (
    BuiltUpon,
    ClockBehind,
    InputRefused,
    KepuError,
    LoginRefused,
    LoginThrottled,
    NothingKnown,
    StoreError,
    StoreMissing,
    UnknownAccount,
    UnknownEvidence,
    UnknownLayer,
    UnknownRule,
    UnknownScenario,
    UnknownUnit,
)
from geo.evidence.taking import FileTooLarge
from maps.errors import AssetsMissing, DossierBusy, UnknownDossier

log = logging.getLogger("kepu.api")

PROBLEM_JSON: Final = "application/problem+json"
URN: Final = "urn:kepu:problem:"
RETRY_SECONDS: Final = "10"


class HttpError(KepuError):
    """Base of what only HTTP can get wrong."""


class ForeignHost(HttpError):
    """The request calls the server by a name that isn't its own."""


class ForeignOrigin(HttpError):
    """A page of another site sent a change."""


class UploadTooLarge(HttpError):
    """The body is over the limit, given in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(TEXTS["too_large"].format(limit=limit // (1024 * 1024)))


class UnknownJob(HttpError):
    """No import has this number."""


class LoginNeeded(HttpError):
    """Nobody is logged in, and this isn't for everybody."""


class NotAllowed(HttpError):
    """Who is logged in may not do this."""


class StaleForm(HttpError):
    """A form came without the mark of the session that sends it."""


class OnlyHere(HttpError):
    """Another machine asks while there are no users yet."""


class NoIssuer(HttpError):
    """The issuer of log-ins (OpenID Connect) can't be reached, or answers too slowly."""


class WrongValue(ValueError):
    """A parameter is wrong, for a reason told in our own words."""


class BasemapUnavailable(HttpError):
    """The basemap's server or file gives no tile now."""


class QueueFull(HttpError):
    """Too many imports wait already."""


@dataclass(frozen=True)
class Problem:
    """What went wrong, for one request. `kind` names it for programs; `more` are further members."""

    status: int
    kind: str
    detail: str
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The same for every problem of a kind."""
        return PROBLEMS.get(self.kind, PROBLEMS["error"])

    def as_dict(self, instance: str) -> dict[str, Any]:
        """The problem details object."""
        head = {"type": URN + self.kind, "title": self.title, "status": self.status, "detail": self.detail}
        return {**head, "instance": instance, **self.more}


# First match wins, so derived classes stand before their bases. A detail of None takes the
# exception's own message, which geo writes for users; others may hold paths or SQL.
TABLE: Final[Sequence[tuple[type[Exception], int, str, str | None]]] = (
    (UnknownUnit, 404, "unknown-unit", None),
    (UnknownRule, 404, "unknown-rule", None),
    (UnknownLayer, 404, "unknown-layer", None),
    (UnknownJob, 404, "unknown-import", None),
    (UnknownDossier, 404, "unknown-dossier", None),
    (DossierBusy, 409, "dossier-busy", None),
    (NothingKnown, 404, "nothing-known", None),
    (UnknownScenario, 404, "unknown-scenario", None),
    (UnknownEvidence, 404, "unknown-evidence", None),
    (BuiltUpon, 409, "built-upon", None),
    (UploadTooLarge, 413, "too-large", None),
    (FileTooLarge, 413, "too-large", None),
    (ForeignOrigin, 403, "foreign-origin", None),
    (ForeignHost, 421, "foreign-host", None),
    (LoginNeeded, 401, "login-needed", None),
    (LoginRefused, 401, "login-refused", None),
    (LoginThrottled, 429, "throttled", None),
    (NotAllowed, 403, "not-allowed", None),
    (StaleForm, 403, "stale-form", None),
    (OnlyHere, 403, "only-here", None),
    (UnknownAccount, 404, "unknown-account", None),
    (QueueFull, 503, "busy", None),
    (NoIssuer, 503, "no-issuer", None),
    (BasemapUnavailable, 502, "no-basemap", None),
    (InputRefused, 422, "input-refused", None),
    (StoreMissing, 503, "no-store", TEXTS["no_store"]),
    (ClockBehind, 503, "clock-behind", None),
    (StoreError, 503, "store-unusable", TEXTS["store_unusable"]),
    (AssetsMissing, 503, "no-assets", TEXTS["no_assets"]),
)
_HTTP_KINDS: Final = {400: "bad-request", 404: "not-found", 405: "method-not-allowed", 413: "too-large"}


def problem_of(error: Exception) -> Problem:
    """The problem that stands for an exception; 500 without any detail for one that nobody foresaw."""
    if isinstance(error, RequestValidationError):
        return Problem(422, "invalid", TEXTS["invalid"], {"errors": [_told(each) for each in error.errors()]})
    if isinstance(error, HTTPException):
        kind = _HTTP_KINDS.get(error.status_code, "error")
        return Problem(error.status_code, kind, TEXTS[f"detail_{kind}"], headers=error.headers or {})
    for known, status, kind, detail in TABLE:
        if isinstance(error, known):
            more = {"faults": [f.as_dict() for f in error.faults]} if isinstance(error, InputRefused) else {}
            return Problem(status, kind, retold(detail or str(error)), more, _headers(error, status))
    return Problem(500, "error", TEXTS["detail_error"])


def _headers(error: Exception, status: int) -> dict[str, str]:
    """What a client should know: when to come again, and how to say who it is."""
    if isinstance(error, LoginThrottled):
        return {"Retry-After": str(error.seconds)}
    if isinstance(error, LoginNeeded):
        return {"WWW-Authenticate": "Bearer"}
    return {"Retry-After": RETRY_SECONDS} if status == 503 else {}


def respond(request: Request, problem: Problem) -> Response:
    """Answer with a problem: JSON under /api, a page elsewhere."""
    path = request.url.path
    headers = {**problem.headers, "Cache-Control": "no-store"}
    if path.startswith("/api/") or path == "/healthz":
        body, media_type = as_json(problem.as_dict(path)), PROBLEM_JSON
    else:
        body, media_type = page("error", problem=problem, link=Links(), visitor=visitor_of(request)), HTML
    return Response(body, status_code=problem.status, headers={**headers, "Content-Type": media_type})


def install(app: FastAPI) -> None:
    """Let an app answer every foreseen error as a problem; the guard does so for the rest."""
    for known in (KepuError, HTTPException, RequestValidationError):
        app.add_exception_handler(known, handle)


async def handle(request: Request, error: Exception) -> Response:
    """Answer an exception; the log hears only of what is our fault."""
    problem = problem_of(error)
    if problem.status >= 500:
        method, route = route_of(request.method, request.url.path) or (request.method, "other")
        log.error("%s %s: %s", method, route, problem.kind, exc_info=error)  # an address may hold names and secrets
    return respond(request, problem)


def _told(error: Mapping[str, Any]) -> dict[str, str]:
    """One invalid parameter: where it stands, its name, and what to do."""
    where, *names = (str(part) for part in error["loc"])
    context = error.get("ctx") or {}
    reason = str(context.get("reason") or context.get("error") or "")
    kind = str(error["type"])
    if kind == "value_error" and not isinstance(context.get("error"), WrongValue):  # a library's own words, not ours
        kind = "other"
    text = VALIDATION.get(kind, VALIDATION["other"])
    wanted = str(context.get("expected") or context.get("le") or context.get("ge") or context.get("max_length") or "")
    wanted = wanted.replace(" or ", "、").replace(", ", "、").replace("'", "")
    return {"in": where, "name": ".".join(names), "detail": text.format(wanted=wanted, reason=reason)}
