"""People whom an issuer of log-ins (OpenID Connect) vouches for: whom that lets in, and as what.

The store keeps the last word: a user is known by name, and must be there, or be made by a setting. Functions of
an open transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo.accounts import passwords, trail, users
from geo.errors import AccountRefused, LoginRefused

if TYPE_CHECKING:
    from datetime import datetime

    from geo.accounts.users import User
    from geo.store.transactions import Writing


@dataclass(frozen=True)
class Vouched:
    """Who somebody is by an issuer's word.

    `role`: the role that it gives, None where it has no say in roles. `may_be_made`: whether a user is made of a
    name that nobody has yet, as a viewer unless there is a role. `issuer` is told to the audit.
    """

    name: str
    issuer: str
    role: str | None = None
    may_be_made: bool = False


def admit(store: Writing, person: Vouched, now: datetime) -> User:
    """Return the user that a person is, made or given another role where that is due.

    Raises LoginRefused where there is no such user or it is disabled, AccountRefused for a name or role that can't be.
    """
    row = users.row_of(store.connection, person.name)
    if row is None or row.name != person.name:  # another spelling may be another person there
        if not person.may_be_made:
            msg = f"统一登录认得您，但这里没有用户“{users.name_of(person.name)}”；请找管理员新增"
            raise LoginRefused(msg)
        return _made(store, person, now)
    user = users.as_user(row)
    if user.disabled:
        msg = "您的用户已停用；请找管理员"
        raise LoginRefused(msg)
    news: dict[str, Any] = {"seen_at": now}
    if person.role is not None and person.role != user.role:
        news |= _role_given(store, user, person)
    return users.change(store.connection, user, **news)


def note_refusal(store: Writing, person: Vouched, address: str) -> None:
    """Put into the audit that somebody was refused; a name that no user has is left out."""
    row = users.row_of(store.connection, person.name)
    name = "" if row is None else row.name
    trail.note(store, "login-refused", "", user=name, address=address, issuer=person.issuer)


def _made(store: Writing, person: Vouched, now: datetime) -> User:
    """Make a user with a password that nobody knows; never the first. Raises AccountRefused."""
    if not users.any_user(store.connection):
        msg = "还没有用户；请先在本机建立管理员：kepu user add 姓名 --role admin"
        raise AccountRefused(msg)
    name, role = users.name_of(person.name), users.check_role(person.role or "viewer", None)
    nobodys = passwords.of_nobody()
    user = users.add(store.connection, name, role, township=None, password=nobodys, made_at=now)
    trail.note(store, "user-added", "", user=user.name, role=user.role, issuer=person.issuer)
    return users.change(store.connection, user, seen_at=now)


def _role_given(store: Writing, user: User, person: Vouched) -> dict[str, Any]:
    """What changes with the role that the issuer gives; a township goes with the old one. Raises AccountRefused."""
    role = users.check_role(person.role or user.role, None)
    users.refuse_last_admin(store.connection, user, still_admin=role == "admin")
    trail.note(store, "user-changed", "", user=user.name, role=role, issuer=person.issuer)
    return {"role": role, "township": None}
