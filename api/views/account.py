"""Pages of one's own account, and of what was typed before a log-in."""

from __future__ import annotations

from fastapi import Response

from api.answers import HTML
from api.errors import problem_of
from api.kept import Kept
from api.snapshots import Snapshots
from api.templating import page
from api.texts import TEXTS
from api.views.links import Links
from api.visitors import Visitor
from geo.accounts import User
from geo.accounts.passwords import SHORTEST, SHORTEST_CHINESE
from geo.accounts.secrets import derived
from geo.errors import KepuError
from geo.store.clock import local


def account_page(
    snapshots: Snapshots, visitor: Visitor, user: User, *, error: KepuError | None = None, done: bool = False
) -> Response:
    """Who one is, and the form for a new password; `error` is why the last one wasn't taken."""
    problem = problem_of(error) if error else None
    body = page(
        "account",
        link=Links(),
        visitor=visitor,
        user=user,
        role=role_of(snapshots, user),
        seen_at=local(user.seen_at).isoformat(" ", "minutes") if user.seen_at else "",
        rule=TEXTS["password_rule"].format(n=SHORTEST, han=SHORTEST_CHINESE),
        fault=problem.detail if problem else "",
        done=done,
    )
    headers = {**(problem.headers if problem else {}), "Content-Type": HTML, "Cache-Control": "no-store"}
    return Response(body, problem.status if problem else 200, headers)


def role_of(snapshots: Snapshots, user: User) -> str:
    """A user's role in words."""
    role = TEXTS[f"role_{user.role}"]
    if user.township is None:
        return role
    name = snapshots.ground().gazetteer.name_of(user.township)
    return TEXTS["role_limited"].format(role=role, township=name)


def resumed_page(kept: Kept, secret: str) -> Response:
    """What was typed before the session ran out, to be sent again under the new one: a person decides."""
    body = page("kept", link=Links(), kept=kept, mark=derived(secret, "form"))
    return Response(body, headers={"Content-Type": HTML, "Cache-Control": "no-store"})
