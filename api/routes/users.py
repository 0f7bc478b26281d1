"""`/users`: admins add users, give them roles and townships, new passwords and tokens, and log them out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Response
from starlette.responses import RedirectResponse

from api.deps import PartsDep, VisitorDep
from api.texts import TEXTS
from api.views.users import users_page
from geo.accounts import User
from geo.errors import AccountRefused, InputRefused, UnknownUnit

router = APIRouter(prefix="/users", include_in_schema=False)

Number = Annotated[int, Path(ge=1, lt=2**31)]
Name = Annotated[str, Form(max_length=200)]
Password = Annotated[str, Form(max_length=1000)]
Role = Annotated[str, Form(max_length=20)]
Township = Annotated[str, Form(max_length=80)]


@router.get("")
def show_users(parts: PartsDep, visitor: VisitorDep, done: str = "") -> Response:
    """All users."""
    return users_page(parts.snapshots, parts.accounts, visitor, done=done)


@router.post("")
def add_user(
    parts: PartsDep,
    visitor: VisitorDep,
    role: Role,
    name: Name = "",
    password: Password = "",
    again: Password = "",
    township: Township = "",
) -> Response:
    """Make a user; the first one must be an admin, or nobody could make a second."""
    try:
        _need_same(password, again)
        if role != "admin" and not parts.accounts.exist():
            raise AccountRefused(TEXTS["users_first_admin"])
        made = parts.accounts.add(name, role, password, township=township or None, by=visitor.name)
    except (InputRefused, UnknownUnit) as error:
        typed = {"name": name, "role": role, "township": township}
        return users_page(parts.snapshots, parts.accounts, visitor, error=error, typed=typed)
    return _done("added", made)


@router.post("/{user}")
def change_user(
    parts: PartsDep,
    visitor: VisitorDep,
    user: Number,
    role: Role,
    township: Township = "",
    state: Annotated[str, Form(max_length=20)] = "active",
) -> Response:
    """Give a user a role, a township, and whether it may log in."""
    name = parts.accounts.of_number(user).name
    news: dict[str, Any] = {"role": role, "township": township, "disabled": state == "disabled"}
    try:
        changed = parts.accounts.change(name, **news, by=visitor.name)
    except (InputRefused, UnknownUnit) as error:
        return users_page(parts.snapshots, parts.accounts, visitor, error=error)
    return _done("changed", changed)


@router.post("/{user}/password")
def set_password(
    parts: PartsDep, visitor: VisitorDep, user: Number, password: Password = "", again: Password = ""
) -> Response:
    """Give a user a new password; all its sessions end, but for the one that asks."""
    name = parts.accounts.of_number(user).name
    try:
        _need_same(password, again)
        changed = parts.accounts.set_password(name, password, by=visitor.name, keep=visitor.secret or None)
    except InputRefused as error:
        return users_page(parts.snapshots, parts.accounts, visitor, error=error)
    return _done("password", changed)


@router.post("/{user}/logout")
def log_user_out(parts: PartsDep, visitor: VisitorDep, user: Number) -> Response:
    """End all sessions of a user."""
    found = parts.accounts.of_number(user)
    parts.accounts.log_out_everywhere(found, by=visitor.name)
    return _done("logged-out", found)


@router.post("/{user}/token")
def make_token(parts: PartsDep, visitor: VisitorDep, user: Number) -> Response:
    """Give a user a token for programs; it is shown once."""
    found = parts.accounts.of_number(user)
    token = parts.accounts.new_token(found.name, by=visitor.name)
    return users_page(parts.snapshots, parts.accounts, visitor, token=(found, token))


@router.post("/{user}/token/withdraw")
def withdraw_token(parts: PartsDep, visitor: VisitorDep, user: Number) -> Response:
    """Take a user's token away."""
    name = parts.accounts.of_number(user).name
    return _done("withdrawn", parts.accounts.withdraw_token(name, by=visitor.name))


def _need_same(password: str, again: str) -> None:
    """Raises AccountRefused for two passwords that differ."""
    if password != again:
        raise AccountRefused(TEXTS["password_differs"])


def _done(what: str, user: User) -> Response:
    return RedirectResponse(f"/users?done={what}-{user.number}", 303, {"Cache-Control": "no-store"})
