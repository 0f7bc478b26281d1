"""Commands about users: who may log in to the pages, and as what."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.app import DEFAULT_STORE, StoreOption, app, complain, open_store, refuse, say, who

if TYPE_CHECKING:
    from geo.accounts import Accounts, User

users = typer.Typer(name="user", help="用户：谁可以登录网页、能做什么。", no_args_is_help=True)
app.add_typer(users)

NameArgument = Annotated[str, typer.Argument(help="用户名，可以是中文", metavar="NAME")]
RoleOption = Annotated[str | None, typer.Option("--role", help="角色：viewer 只看，planner 填报，admin 管理员")]
TownshipOption = Annotated[str | None, typer.Option("--township", help="填报人只改这个乡镇（名称、代码）")]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="从标准输入读密码（一行），不询问")]


@users.command("add")
def add(
    name: NameArgument,
    role: Annotated[str, typer.Option("--role", help="角色：viewer 只看，planner 填报，admin 管理员")],
    township: TownshipOption = None,
    password_stdin: PasswordStdin = False,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """新增用户；密码问两遍，不显示。有了用户，网页就要登录。"""
    accounts = _accounts(store)
    first = not accounts.exist()
    made = accounts.add(name, role, _password(name, from_stdin=password_stdin), township=township, by=who())
    say(f"已新增用户 {made.name}（{_role(accounts, store, made)}）")
    if first:
        complain("从现在起，打开网页要先登录")
    if not any(user.role == "admin" and not user.disabled for user in accounts.all()):
        complain("还没有管理员（admin）：请再建一名，才能在网页上看审计")


@users.command("list")
def list_(store: StoreOption = DEFAULT_STORE) -> None:
    """列出全部用户。"""
    from api.cli.tables import show_table
    from geo.store.clock import local

    accounts = _accounts(store)
    rows = [
        (
            user.name,
            _role(accounts, store, user),
            "停用" if user.disabled else "",
            "有" if user.has_token else "",
            local(user.seen_at).isoformat(" ", "minutes") if user.seen_at else "",
        )
        for user in accounts.all()
    ]
    if not rows:
        complain("还没有用户；kepu user add 姓名 --role admin 新增")
        return
    show_table("用户", ("用户", "角色", "停用", "令牌", "上次登录"), rows)


@users.command("set")
def set_(
    name: NameArgument,
    role: RoleOption = None,
    township: Annotated[
        str | None, typer.Option("--township", help="填报人只能改这个乡镇（街道）；写 '' 取消限制")
    ] = None,
    disabled: Annotated[
        bool | None, typer.Option("--disabled/--enabled", help="停用（立即退出登录），或重新启用")
    ] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """改角色、限定乡镇、停用或启用。"""
    if role is None and township is None and disabled is None:
        refuse("没有要改的：请写 --role、--township、--disabled 或 --enabled")
    accounts = _accounts(store)
    user = accounts.change(name, role=role, township=township, disabled=disabled, by=who())
    say(f"{user.name}：{_role(accounts, store, user)}{'，已停用' if user.disabled else ''}")


@users.command("password")
def password(name: NameArgument, password_stdin: PasswordStdin = False, store: StoreOption = DEFAULT_STORE) -> None:
    """重设一名用户的密码；已登录的全部退出。"""
    accounts = _accounts(store)
    user = accounts.find(name)
    accounts.set_password(name, _password(user.name, from_stdin=password_stdin), by=who())
    say(f"{user.name} 的密码已改；此前的登录都已退出")


@users.command("token")
def token(
    name: NameArgument,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="收回令牌，不发新的")] = False,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """发一个给程序用的令牌（只显示一次），原来的作废。"""
    accounts = _accounts(store)
    if withdraw:
        say(f"{accounts.withdraw_token(name, by=who()).name} 的令牌已收回")
        return
    made = accounts.new_token(name, by=who())
    say(made)
    complain("只显示这一次。程序在请求里带上：Authorization: Bearer 令牌")


def _accounts(url: str) -> Accounts:
    from geo.accounts import Accounts

    store = open_store(url)
    return Accounts(lambda: store)


def _role(accounts: Accounts, url: str, user: User) -> str:
    """A role as listed, with the township that it is limited to."""
    if user.township is None:
        return user.role
    return f"{user.role}，限{open_store(url).place().gazetteer.name_of(user.township)}"


def _password(name: str, *, from_stdin: bool) -> str:
    """Read a password: from a pipe as its first line, else asked for twice. Raises PasswordRefused."""
    if from_stdin or not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    from getpass import getpass

    from geo.accounts.passwords import check_password

    first = getpass("密码：")
    check_password(first, name)
    if getpass("再输一遍：") != first:
        refuse("两遍密码不一样")
    return first
