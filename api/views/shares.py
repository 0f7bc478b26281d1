"""The page of shared links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from fastapi import Request, Response

from api.answers import HTML
from api.clients import is_https
from api.errors import problem_of
from api.settings import Settings
from api.snapshots import Snapshots
from api.templating import page
from api.texts import TEXTS
from api.views.links import Links
from api.visitors import Visitor
from geo.accounts import Accounts, Share
from geo.accounts.shares import MOST_DAYS
from geo.errors import KepuError

_USUAL_DAYS: Final = 14


@dataclass(frozen=True)
class Row:
    """A link as listed."""

    share: Share
    scope: str
    state: str
    is_open: bool


def shares_page(
    snapshots: Snapshots,
    accounts: Accounts,
    visitor: Visitor,
    *,
    made: str = "",
    error: KepuError | None = None,
) -> Response:
    """All links that the visitor may withdraw, and the form for a new one; `made` is the address of a new one."""
    gazetteer, today = snapshots.ground().gazetteer, date.today()
    problem = problem_of(error) if error else None
    mine = [share for share in accounts.shares() if visitor.township in (None, share.township)]
    towns = {code: name for code, name in gazetteer.townships.items() if visitor.township in (None, code)}
    body = page(
        "shares",
        link=Links(),
        visitor=visitor,
        rows=[_row(share, gazetteer.name_of(share.township) if share.township else "", today) for share in mine],
        townships=towns,
        whole=visitor.township is None,
        usual=today + timedelta(days=_USUAL_DAYS),
        last=today + timedelta(days=MOST_DAYS),
        today=today,
        made=made,
        fault=problem.detail if problem else "",
    )
    return Response(body, problem.status if problem else 200, {"Content-Type": HTML, "Cache-Control": "no-store"})


def share_address(request: Request, settings: Settings, secret: str) -> str:
    """The address to hand out: by the name that this server was called by."""
    scheme = "https" if is_https(request.scope, settings) else "http"
    return f"{scheme}://{request.headers.get('host', '')}/s/{secret}"


def _row(share: Share, township: str, today: date) -> Row:
    state = "share_open" if share.is_open(today) else "share_gone" if share.withdrawn_at else "share_over"
    return Row(share, township or TEXTS["share_whole"], TEXTS[state], share.is_open(today))
