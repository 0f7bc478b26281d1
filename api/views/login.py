"""The log-in page, also as the answer to a form whose session ran out."""

from __future__ import annotations

from fastapi import Request, Response

from api import cookies
from api.answers import HTML
from api.errors import problem_of
from api.kept import Kept
from api.settings import Settings
from api.templating import page
from api.views.links import Links
from api.visitors import visitor_of
from geo.errors import KepuError


def login_page(
    request: Request,
    settings: Settings,
    *,
    status: int = 200,
    name: str = "",
    next_path: str = "/",
    error: KepuError | None = None,
    kept: Kept | None = None,
    lost: bool = False,
    has_users: bool = True,
    left: bool = False,
) -> Response:
    """The form. `lost`: the session ran out while something was typed, `kept` of it; `error`: why a log-in failed.

    `left`: somebody has just logged out.
    """
    problem = problem_of(error) if error else None
    browser, mark = cookies.login_mark(request, settings)
    body = page(
        "login",
        link=Links(),
        visitor=visitor_of(request),
        mark=mark,
        typed=name,
        next_path=next_path,
        fault=problem.detail if problem else "",
        kept=kept.to_text() if kept else "",
        lost=lost,
        has_users=has_users,
        oidc=settings.oidc_label if settings.oidc_issuer else "",
        left=left,
    )
    headers = {**(problem.headers if problem else {}), "Content-Type": HTML, "Cache-Control": "no-store"}
    response = Response(body, status_code=problem.status if problem else status, headers=headers)
    cookies.write(request, response, "kepu-form", browser, settings)
    return response
