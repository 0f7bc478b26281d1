"""`/shares`: links for outsiders, made and withdrawn; `/s/…`: where such a link leads."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from starlette.responses import RedirectResponse

from api import cookies
from api.deps import PartsDep, VisitorDep
from api.errors import NotAllowed
from api.texts import TEXTS
from api.views.links import Links
from api.views.shares import share_address, shares_page
from api.visitors import Kind
from geo.errors import AccountRefused, UnknownUnit

router = APIRouter(include_in_schema=False)


@router.get("/s/{secret}")
def use_share(request: Request, parts: PartsDep, visitor: VisitorDep, secret: str) -> Response:
    """Let somebody in who has an open link. Raises NotAllowed."""
    share = parts.accounts.open_share(secret)
    if share is None:
        raise NotAllowed(TEXTS["share_refused"])
    to = Links().overview() if share.township is None else Links().unit(share.township)
    response = RedirectResponse(to, 303, {"Cache-Control": "no-store"})
    if visitor.kind in (Kind.NOBODY, Kind.SHARE, Kind.TOWNSHIP_SHARE):
        cookies.write(request, response, "kepu-share", secret, parts.settings)
    return response


@router.get("/shares")
def show_shares(parts: PartsDep, visitor: VisitorDep) -> Response:
    """All links."""
    return shares_page(parts.snapshots, parts.accounts, visitor)


@router.post("/shares")
def make_share(
    request: Request,
    parts: PartsDep,
    visitor: VisitorDep,
    ends_on: Annotated[date, Form()],
    label: Annotated[str, Form(max_length=200)] = "",
    township: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Make a link; a township's planner only for that township."""
    if visitor.township not in (None, township):
        raise NotAllowed(TEXTS["other_township"])
    try:
        _, secret = parts.accounts.share(label, ends_on=ends_on, township=township or None, by=visitor.name)
    except (AccountRefused, UnknownUnit) as error:
        return shares_page(parts.snapshots, parts.accounts, visitor, error=error)
    return shares_page(parts.snapshots, parts.accounts, visitor, made=share_address(request, parts.settings, secret))


@router.post("/shares/{number}/withdraw")
def withdraw_share(parts: PartsDep, visitor: VisitorDep, number: Annotated[int, Path(ge=1, lt=2**31)]) -> Response:
    """End a link for good; a township's planner only links of that township."""
    if visitor.township not in (None, parts.accounts.find_share(number).township):
        raise NotAllowed(TEXTS["other_township"])
    parts.accounts.withdraw_share(number, by=visitor.name)
    return RedirectResponse("/shares", 303, {"Cache-Control": "no-store"})
