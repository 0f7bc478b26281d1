"""The page of users: who may log in, and as what."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Response

from api.answers import HTML
from api.errors import problem_of
from api.snapshots import Snapshots
from api.templating import page
from api.texts import TEXTS
from api.views.account import role_of
from api.views.links import Links
from api.visitors import Visitor
from geo.accounts import ROLES, Accounts, User
from geo.accounts.passwords import SHORTEST, SHORTEST_CHINESE
from geo.errors import KepuError
from geo.store.clock import local

DONE = frozenset({"added", "changed", "password", "logged-out", "withdrawn"})


@dataclass(frozen=True)
class Row:
    """A user as listed."""

    user: User
    role: str
    seen_at: str
    is_self: bool


def users_page(
    snapshots: Snapshots,
    accounts: Accounts,
    visitor: Visitor,
    *,
    token: tuple[User, str] | None = None,
    done: str = "",
    error: KepuError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    """All users, and forms to change them. `token`: a new one; `done`: what was done; `typed`: what wasn't taken."""
    problem = problem_of(error) if error else None
    everybody = accounts.all()
    body = page(
        "users",
        link=Links(),
        visitor=visitor,
        rows=[_row(snapshots, visitor, user) for user in everybody],
        roles={role: TEXTS[f"role_{role}"] for role in ROLES},
        townships=snapshots.ground().gazetteer.townships,
        rule=TEXTS["password_length"].format(n=SHORTEST, han=SHORTEST_CHINESE),
        token=token,
        done=_done(everybody, done),
        fault=problem.detail if problem else "",
        typed=typed or {"name": "", "role": "planner" if everybody else "admin", "township": ""},
    )
    return Response(body, problem.status if problem else 200, {"Content-Type": HTML, "Cache-Control": "no-store"})


def _row(snapshots: Snapshots, visitor: Visitor, user: User) -> Row:
    seen_at = local(user.seen_at).isoformat(" ", "minutes") if user.seen_at else TEXTS["user_never"]
    return Row(user, role_of(snapshots, user), seen_at, visitor.user is not None and visitor.user.number == user.number)


def _done(everybody: list[User], done: str) -> str:
    """What an address says was done, `added-3`, in words; '' for anything else."""
    what, _, number = done.rpartition("-")
    named = next((user.name for user in everybody if str(user.number) == number), None)
    return TEXTS[f"user_done_{what}"].format(name=named) if what in DONE and named else ""
