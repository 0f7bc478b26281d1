"""`kepu user`: who may log in, told on the command line; what `serve` and `demo` say of it."""

from __future__ import annotations

import io
import re
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest
import typer

from api.cli import setting_up, users
from api.cli.app import app
from api.visitors import Kind
from geo.accounts import Accounts
from geo.errors import LoginRefused
from geo.store import Store
from tests.command_line import Done, kepu
from tests.people import PASSWORD, PEOPLE, People
from tests.stored import store_url
from tests.support import COUNTY, TOWN, VILLAGES, WILLOW_TOWN
from tests.web_client import Web, write_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("cheap")

OTHER = "另一句没人猜得到的话"


@pytest.fixture
def accounts(store: Store) -> Accounts:
    return Accounts(lambda: store)


@pytest.fixture
def user(store: Store, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `kepu user …`; `typed` comes through a pipe."""

    def run(*arguments: str, typed: str = f"{PASSWORD}\n") -> Done:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        return kepu("user", *arguments, "--store", store.url)

    return run


def test_readme_names_every_command_of_users() -> None:
    readme = (COUNTY.parents[1] / "README.md").read_text(encoding="utf-8")
    group: Any = typer.main.get_command(app)
    assert users.users is not None
    for name, command in group.commands["user"].commands.items():
        assert re.search(rf"kepu user {name}\b", readme), name
        assert re.search("[\u4e00-\u9fff]", command.help), name
        for parameter in command.params:
            assert re.search("[\u4e00-\u9fff]", parameter.help or ""), (name, parameter.name)


@pytest.mark.parametrize("command", ["add", "list", "set", "password", "token"])
def test_help_is_whole(command: str) -> None:
    assert "…" not in kepu("user", command, "--help", columns=80).out


def test_a_user_is_added_listed_changed(user: Any, accounts: Accounts) -> None:
    done = user("add", " 管理员 ", "--role", "admin")
    assert (done.code, "管理员（admin）" in done.out, "要先登录" in done.err) == (0, True, True)
    done = user("add", "镇填报", "--role", "planner", "--township", "云岭镇", "--password-stdin")
    assert (done.code, done.out) == (0, "已新增用户 镇填报（planner，限云岭镇）\n")
    assert accounts.find("镇填报").township == TOWN
    listed = user("list").out
    assert re.search(r"管理员\s+admin", listed)
    assert re.search(r"镇填报\s+planner，限云岭镇", listed)
    assert PASSWORD not in listed
    assert user("set", "镇填报", "--township", "").out == "镇填报：planner\n"
    assert user("set", "镇填报", "--role", "viewer", "--disabled").out == "镇填报：viewer，已停用\n"
    assert accounts.find("镇填报").disabled
    assert user("set", "镇填报", "--enabled").code == 0
    assert not accounts.find("镇填报").disabled


def test_a_password_is_set_anew(user: Any, accounts: Accounts) -> None:
    user("add", "管理员", "--role", "admin")
    secret = accounts.log_in("管理员", PASSWORD, address="192.0.2.1")
    assert user("password", "管理员", typed=f"{OTHER}\r\n").code == 0
    assert accounts.session(secret) is None
    assert accounts.log_in("管理员", OTHER, address="192.0.2.1")
    with pytest.raises(LoginRefused):
        accounts.log_in("管理员", PASSWORD, address="192.0.2.1")


def test_a_token_is_shown_once(user: Any, accounts: Accounts) -> None:
    user("add", "程序", "--role", "viewer")
    token = user("token", "程序").out.strip()
    found = accounts.of_token(token)
    assert found is not None
    assert found.name == "程序"
    assert token not in user("list").out
    assert user("token", "程序", "--withdraw").code == 0
    assert accounts.of_token(token) is None


@pytest.mark.parametrize(
    ("arguments", "typed", "told"),
    [
        (("add", "甲", "--role", "root"), PASSWORD, "可用：viewer、planner、admin"),
        (("add", "甲", "--role", "viewer", "--township", "云岭镇"), PASSWORD, "planner"),
        (("add", "甲", "--role", "planner", "--township", "无此镇"), PASSWORD, "没有乡镇"),
        (("add", "甲", "--role", "viewer"), "short", "密码太短"), (("add", "甲", "--role", "viewer"), "", "密码太短"),
        (("add", "甲", "--role", "viewer"), "1234567890123", "太常见"),
        (("add", "", "--role", "viewer"), PASSWORD, "用户名"),
        (("password", "没有"), PASSWORD, "没有用户"), (("token", "没有"), "", "没有用户"),
        (("set", "没有", "--role", "viewer"), "", "没有用户"), (("set", "没有"), "", "没有要改的"),
        (("add", "甲"), PASSWORD, "--role"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_in_one_line(
    user: Any, accounts: Accounts, arguments: tuple[str, ...], typed: str, told: str
) -> None:
    done = user(*arguments, typed=typed)
    assert (done.code, len(done.lines)) == (2, 1)
    assert told in done.err
    assert accounts.all() == []


def test_a_person_is_asked_twice_without_echo(
    store: Store, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def typing(*words: str) -> Done:
        given = iter(words)
        monkeypatch.setattr("getpass.getpass", lambda _: next(given))
        monkeypatch.setattr(sys, "stdin", Terminal())
        return kepu("user", "add", "管理员", "--role", "admin", "--store", store.url)

    differs = typing(PASSWORD, OTHER)
    assert (differs.code, "两遍" in differs.err) == (2, True)
    short = typing("short", "never asked")
    assert (short.code, "太短" in short.err) == (2, True)
    assert accounts.all() == []
    assert typing(PASSWORD, PASSWORD).code == 0
    assert accounts.log_in("管理员", PASSWORD, address="192.0.2.1")


# ── serve and demo ───────────────────────────────────────────────────────────


def test_serve_says_whom_it_answers(store: Store, accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uvicorn.run", lambda *_, **__: None)
    assert "只应答本机" in kepu("serve", "--store", store.url).err
    accounts.add("管理员", "admin", PASSWORD)
    assert kepu("serve", "--store", store.url).err == ""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The county with no submissions."""
    folder = tmp_path / "place"
    shutil.copytree(COUNTY, folder)
    (folder / "submissions").mkdir(exist_ok=True)
    (folder / "submissions" / "manifest.toml").write_text("files = []\n", encoding="utf-8")
    return folder


def test_the_demo_has_a_log_in_of_its_own(place: Path, tmp_path: Path) -> None:
    passwords = list[str]()
    for _ in range(2):
        done = kepu("demo", "--place", place, "--out", tmp_path / "out")
        assert done.code == 0, done.err
        found = re.search(r"用户：(\S+)  密码：([0-9a-f-]+)", done.out)
        assert found is not None
        accounts = Accounts(lambda: Store.open(store_url(tmp_path / "out" / "kepu.db")))
        assert found[1] == setting_up.DEMO_USER
        assert accounts.log_in(found[1], found[2], address="192.0.2.1")
        passwords.append(found[2])
    assert passwords[0] != passwords[1]
    accounts.add("自己人", "viewer", PASSWORD)
    again = kepu("demo", "--place", place, "--out", tmp_path / "out")
    assert (again.code, "自己人" in again.err) == (2, True)
    assert accounts.find("自己人").role == "viewer"


# ── imports in the name of a user ────────────────────────────────────────────


def send(web: Web, people: People, kind: Kind, rows: Sequence[tuple[str, ...]], **more: str) -> dict[str, Any]:
    """Upload stations for a user; the job when it has ended."""
    token = people.accounts.new_token(PEOPLE[kind][0])
    headers = {"Authorization": f"Bearer {token}"}
    path = write_csv(web.folder / "新.csv", ("单位代码", "名称", "编号"), rows)
    sent = web.client.post(
        "/api/v1/imports",
        files={"file": ("新.csv", path.read_bytes())},
        data={"layer": "stations", **more},
        headers=headers,
    )
    assert sent.status_code == 202, sent.text
    while True:
        job: dict[str, Any] = web.client.get(sent.json()["status_url"], headers=headers).json()
        if job["state"] in ("done", "failed"):
            return job


def test_a_townships_planner_changes_only_that(fresh: Web) -> None:
    people = People.of(fresh.store, Kind.ADMIN, Kind.PLANNER, Kind.TOWNSHIP_PLANNER)
    elsewhere = VILLAGES[0]
    own = send(fresh, people, Kind.TOWNSHIP_PLANNER, [(WILLOW_TOWN, "新站", "A1"), (TOWN, "无", "")])
    assert own["outcome"] == "stored", own
    assert fresh.store.batches()[-1].recorded_by == PEOPLE[Kind.TOWNSHIP_PLANNER][0]
    stored = len(fresh.store.batches())
    both = [(WILLOW_TOWN, "又一站", "A2"), (elsewhere, "别处的站", "A3")]
    for rows, more in ((both, {}), ([(elsewhere, "无", "")], {}), (both[:1], {"complete": "true", "scope": "990101"})):
        job = send(fresh, people, Kind.TOWNSHIP_PLANNER, rows, **more)
        assert "other-township" in {fault["code"] for fault in job["faults"] if fault["severity"] == "error"}, job
        assert job["outcome"] == "refused"
    assert len(fresh.store.batches()) == stored
    assert send(fresh, people, Kind.PLANNER, both)["outcome"] == "stored"
    assert send(fresh, people, Kind.TOWNSHIP_PLANNER, both[:1], complete="true")["outcome"] == "stored"
