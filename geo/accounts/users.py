"""Users: who they are and what they may do. Functions of an open transaction."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from sqlalchemy import func, insert, select, update

from geo.errors import AccountRefused, UnknownAccount
from geo.faults import printable
from geo.store.account_tables import users

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

Role = Literal["viewer", "planner", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
LONGEST_NAME: Final = 64


@dataclass(frozen=True)
class User:
    """An account. `township`: the only one whose records a planner may change. Times in UTC."""

    number: int
    name: str
    role: Role
    township: str | None
    disabled: bool
    has_token: bool
    made_at: datetime
    seen_at: datetime | None


def name_of(written: str) -> str:
    """Return a name as it is shown: NFKC, without outer and double blanks. Raises AccountRefused."""
    name = " ".join(unicodedata.normalize("NFKC", written).split())
    if not name or len(name) > LONGEST_NAME or printable(name) != name:
        msg = f"用户名不能为空、不能有控制字符，最多{LONGEST_NAME}个字"
        raise AccountRefused(msg)
    return name


def key_of(written: str) -> str:
    """Return what tells one name from another: widths, case and blanks don't."""
    return " ".join(unicodedata.normalize("NFKC", written).casefold().split())


def check_role(role: str, township: str | None) -> Role:
    """Return a role that there is. Raises AccountRefused, also for a township of anyone but a planner."""
    for known in ROLES:
        if role == known:
            if township is not None and known != "planner":
                msg = "只有 planner（填报人）可以限定乡镇；admin、viewer 不限"
                raise AccountRefused(msg)
            return known
    msg = f"没有角色“{role}”；可用：{'、'.join(ROLES)}"
    raise AccountRefused(msg)


def any_user(connection: Connection) -> bool:
    """Say whether there is any user, disabled ones included."""
    return connection.execute(select(users.c.number).limit(1)).first() is not None


def all_users(connection: Connection) -> list[User]:
    """Return every user, in order of making."""
    return [as_user(row) for row in connection.execute(select(users).order_by(users.c.number))]


def find(connection: Connection, name: str) -> User:
    """Return the user of a name. Raises UnknownAccount."""
    row = row_of(connection, name)
    if row is None:
        msg = f"没有用户“{printable(name)}”；kepu user list 列出全部用户"
        raise UnknownAccount(msg)
    return as_user(row)


def row_of(connection: Connection, name: str) -> Any | None:
    """Return the row of a name, with its password's hash; None where there is none."""
    return connection.execute(select(users).where(users.c.name_key == key_of(name))).first()


def of_number(connection: Connection, number: int) -> Any | None:
    """Return the row of a user's number."""
    return connection.execute(select(users).where(users.c.number == number)).first()


def numbered(connection: Connection, number: int) -> User:
    """Return the user of a number. Raises UnknownAccount."""
    row = of_number(connection, number)
    if row is None:
        msg = f"没有第{number}号用户"
        raise UnknownAccount(msg)
    return as_user(row)


def of_token(connection: Connection, sha256: str) -> User | None:
    """Return the user who may act by a token; None where nobody may."""
    query = select(users).where(users.c.token_sha256 == sha256, users.c.disabled.is_(False))
    row = connection.execute(query).first()
    return None if row is None else as_user(row)


def add(
    connection: Connection, name: str, role: Role, *, township: str | None, password: str, made_at: datetime
) -> User:
    """Store a new user; `password` is its hash. Raises AccountRefused if the name is taken."""
    if row_of(connection, name) is not None:
        msg = f"已有用户“{name}”"
        raise AccountRefused(msg)
    number = (connection.execute(select(func.max(users.c.number))).scalar() or 0) + 1
    values = {"number": number, "name": name, "name_key": key_of(name), "role": role, "township": township}
    times = {"made_at": made_at, "password_set_at": made_at}
    connection.execute(insert(users).values(**values, password=password, disabled=False, **times))
    return find(connection, name)


def change(connection: Connection, user: User, **news: Any) -> User:
    """Change columns of a user."""
    connection.execute(update(users).where(users.c.number == user.number).values(**news))
    return find(connection, user.name)


def other_admins(connection: Connection, user: User) -> bool:
    """Say whether another admin can still log in."""
    query = select(users.c.number).where(
        users.c.role == "admin", users.c.disabled.is_(False), users.c.number != user.number
    )
    return connection.execute(query.limit(1)).first() is not None


def refuse_last_admin(connection: Connection, user: User, *, still_admin: bool) -> None:
    """Refuse a change after which no admin could log in any more. Raises AccountRefused."""
    if user.role == "admin" and not user.disabled and not still_admin and not other_admins(connection, user):
        msg = f"“{user.name}”是最后一名管理员，不能停用或改为别的角色；请先另设一名管理员"
        raise AccountRefused(msg)


def as_user(row: Any) -> User:
    """Return a row as a user."""
    return User(
        number=row.number,
        name=row.name,
        role=row.role,
        township=row.township,
        disabled=row.disabled,
        has_token=row.token_sha256 is not None,
        made_at=row.made_at,
        seen_at=row.seen_at,
    )
