"""Who asks: nobody, somebody with a shared link, or a user; and how browsers and programs tell it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, cast

from fastapi import Request

from geo.accounts import Share, User
from geo.accounts.secrets import derived, same


class Kind(StrEnum):
    """Kinds of visitors, as the table of permissions tells them apart."""

    NOBODY = "nobody"
    TOWNSHIP_SHARE = "township share"
    SHARE = "share"
    VIEWER = "viewer"
    TOWNSHIP_PLANNER = "township planner"
    PLANNER = "planner"
    ADMIN = "admin"


@dataclass(frozen=True)
class Visitor:
    """Who asks.

    `township`: the only one that a planner may change, or that a shared link shows. `secret`: of the
    session; '' for visitors who have none. `unencrypted`: what a log-in brings could be read on its way.
    """

    kind: Kind
    user: User | None = None
    township: str | None = None
    secret: str = ""
    unencrypted: bool = False

    @property
    def name(self) -> str:
        """The user's name; '' for everybody else."""
        return self.user.name if self.user else ""

    @property
    def csrf(self) -> str:
        """The mark that forms of this session carry; '' where there is no session."""
        return derived(self.secret, "form") if self.secret else ""

    @property
    def only(self) -> str | None:
        """The one township that may be seen; None where nothing is hidden."""
        return self.township if self.kind is Kind.TOWNSHIP_SHARE else None

    @property
    def may_edit(self) -> bool:
        """Whether it may change records at all."""
        return self.kind in EDITORS

    @property
    def may_see_dossiers(self) -> bool:
        """Whether it may fetch dossiers: users, not guests with a link."""
        return self.kind in EDITORS or self.kind is Kind.VIEWER

    @property
    def may_site(self) -> bool:
        """Whether it may ask where to build: users, not guests with a link."""
        return self.may_see_dossiers

    @property
    def is_admin(self) -> bool:
        """Whether it may do everything."""
        return self.kind is Kind.ADMIN

    @property
    def page_mark(self) -> tuple[str, ...]:
        """What of a visitor a page shows: part of its ETag."""
        return self.kind, self.name, self.township or "", self.csrf, "plain" if self.unencrypted else ""

    def sent(self, mark: str) -> bool:
        """Whether a form's mark is that of the session."""
        return not self.secret or same(mark, self.csrf)


EDITORS: Final = frozenset({Kind.TOWNSHIP_PLANNER, Kind.PLANNER, Kind.ADMIN})
NOBODY: Final = Visitor(Kind.NOBODY)
OWNER: Final = Visitor(Kind.ADMIN)
"""Whoever sits at this machine while there are no users yet."""


def of_user(user: User, *, secret: str = "", unencrypted: bool = False) -> Visitor:
    """A user as a visitor."""
    kind = Kind.TOWNSHIP_PLANNER if user.role == "planner" and user.township else Kind(user.role)
    return Visitor(kind, user, user.township, secret, unencrypted)


def of_share(share: Share) -> Visitor:
    """Somebody with a shared link."""
    return Visitor(Kind.SHARE if share.township is None else Kind.TOWNSHIP_SHARE, township=share.township)


def visitor_of(request: Request) -> Visitor:
    """Who asks, as the gate found out; nobody where it didn't have to."""
    return cast("Visitor", request.scope.get("state", {}).get("visitor", NOBODY))
