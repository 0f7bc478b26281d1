"""The users' page: what `kepu user` does, in the browser, with the same refusals and the same audit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from api.visitors import Kind
from geo.accounts import Accounts
from geo.errors import LoginRefused
from geo.store.verifying import verify
from tests.people import PASSWORD, PEOPLE, People, log_in, make_passwords_cheap
from tests.stored import fresh_store
from tests.support import TOWN
from tests.web_client import Page, client_of, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

    from geo.accounts import User
    from geo.store import Store

ADMIN, VIEWER, PLANNER = (PEOPLE[kind][0] for kind in (Kind.ADMIN, Kind.VIEWER, Kind.PLANNER))
OTHER = "另一句没人猜得到的话"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    make_passwords_cheap(monkeypatch)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return fresh_store(tmp_path / "k.db")


@pytest.fixture
def people(store: Store) -> People:
    return People.of(store, Kind.VIEWER, Kind.PLANNER, Kind.ADMIN)


@pytest.fixture
def web(store: Store, people: People) -> Iterator[TestClient]:
    """A client that an admin is logged in with."""
    assert people.store is store
    with client_of(store.url) as client:
        assert log_in(client, ADMIN).status_code == 303
        yield client


def send(web: TestClient, path: str, **fields: str) -> Any:
    """Send a form of the page with its mark."""
    marks = Page(web.get("/users").text).find("input", name="csrf_token")
    return web.post(path, data={"csrf_token": marks[0].attributes["value"], **fields}, follow_redirects=False)


def told(web: TestClient, answer: Any) -> str:
    """What the page says was done."""
    assert answer.status_code == 303, answer.text
    return " ".join(element.text for element in page_of(web.get(answer.headers["location"])).find("p", role="status"))


def user(people: People, name: str) -> User:
    return people.accounts.find(name)


def entries(store: Store) -> list[tuple[str, str, dict[str, Any]]]:
    """Action, who and what of the audit, which must hold."""
    found = verify_of(store)
    assert not found.findings
    return [(entry.action, entry.by, dict(entry.detail)) for entry in found.entries]


def verify_of(store: Store) -> Any:
    with store.reading() as seen:
        return verify(seen.connection)


def test_an_admin_adds_and_changes_users(web: TestClient, people: People, store: Store) -> None:
    made = send(web, "/users", name=" 新 人 ", role="planner", township=TOWN, password=OTHER, again=OTHER)
    assert "新 人" in told(web, made)
    number = user(people, "新 人").number
    assert (user(people, "新 人").role, user(people, "新 人").township) == ("planner", TOWN)
    assert people.accounts.log_in("新 人", OTHER, address="10.0.0.1")

    send(web, f"/users/{number}", role="viewer", township="", state="active")
    assert (user(people, "新 人").role, user(people, "新 人").township) == ("viewer", None)
    send(web, f"/users/{number}", role="viewer", township="", state="disabled")
    with pytest.raises(LoginRefused):
        people.accounts.log_in("新 人", OTHER, address="10.0.0.1")
    by_admin = [(action, detail) for action, by, detail in entries(store) if by == ADMIN]
    assert by_admin == [
        ("user-added", {"user": "新 人", "role": "planner", "township": TOWN}),
        ("user-changed", {"user": "新 人", "role": "viewer"}),
        ("user-changed", {"user": "新 人", "disabled": True}),
    ]


def test_password_sessions_and_token_of_another(web: TestClient, people: People, store: Store) -> None:
    number, session = user(people, VIEWER).number, people.begin(Kind.VIEWER)
    assert "已退出" in told(web, send(web, f"/users/{number}/logout"))
    assert people.accounts.session(session) is None

    session = people.begin(Kind.VIEWER)
    assert "重设" in told(web, send(web, f"/users/{number}/password", password=OTHER, again=OTHER))
    assert people.accounts.session(session) is None
    assert people.accounts.log_in(VIEWER, OTHER, address="10.0.0.1")

    page = page_of(send(web, f"/users/{number}/token"))
    token = page.one("code", id="made").text
    found = people.accounts.of_token(token)
    assert found is not None
    assert found.name == VIEWER
    assert token not in web.get("/users").text
    send(web, f"/users/{number}/token/withdraw")
    assert people.accounts.of_token(token) is None
    actions = [action for action, by, _ in entries(store) if by == ADMIN]
    assert actions == ["logged-out", "password-changed", "token-made", "token-withdrawn"]


def test_ones_own_new_password_keeps_this_session(web: TestClient, people: People) -> None:
    number, elsewhere = user(people, ADMIN).number, people.begin(Kind.ADMIN)
    send(web, f"/users/{number}/password", password=OTHER, again=OTHER)
    assert people.accounts.session(elsewhere) is None
    assert web.get("/users").status_code == 200


@pytest.mark.parametrize("fields", [{"role": "viewer"}, {"role": "admin", "state": "disabled"}])
def test_the_last_admin_stays(web: TestClient, people: People, fields: dict[str, str]) -> None:
    refused = send(web, f"/users/{user(people, ADMIN).number}", **fields)
    assert (refused.status_code, "最后一名管理员" in refused.text) == (422, True)
    assert (user(people, ADMIN).role, user(people, ADMIN).disabled) == ("admin", False)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"name": VIEWER}, "已有用户"),
        ({"again": PASSWORD}, "不一样"),
        ({"password": "kepu2022", "again": "kepu2022"}, "密码太短"),
        ({"name": " "}, "用户名"),
        ({"role": "owner"}, "没有角色"),
        ({"role": "viewer", "township": TOWN}, "限定乡镇"),
        ({"role": "planner", "township": "不存在乡"}, "不存在乡"),
    ],
)
def test_what_the_command_refuses_the_page_refuses(
    web: TestClient, people: People, fields: dict[str, str], word: str
) -> None:
    refused = send(web, "/users", **{"name": "甲乙", "role": "viewer", "password": OTHER, "again": OTHER, **fields})
    assert 400 <= refused.status_code < 500
    assert word in Page(refused.text).one("p", role="alert").text
    assert OTHER not in refused.text
    assert len(people.accounts.all()) == 3


def test_only_admins_and_only_with_the_pages_mark(web: TestClient, people: People) -> None:
    number = user(people, VIEWER).number
    assert web.post(f"/users/{number}/token", follow_redirects=False).status_code == 403
    assert not user(people, VIEWER).has_token
    assert web.get("/users/999/token").status_code == 405
    assert send(web, "/users/999/token").status_code == 404
    with client_of(people.store.url) as planner:
        log_in(planner, PLANNER)
        assert planner.get("/users").status_code == 403
        assert "/users" not in planner.get("/account").text
    assert 'href="/users"' in web.get("/account").text


def test_a_hostile_name_stays_text(web: TestClient, people: People) -> None:
    name = '"><script>alert(1)</script>'
    send(web, "/users", name=name, role="viewer", password=OTHER, again=OTHER)
    assert "<script>" not in web.get("/users").text
    assert any(name in element.text for element in page_of(web.get("/users")).find("th", scope="row"))
    number = user(people, name).number
    assert "<script>" not in told(web, send(web, f"/users/{number}/logout")).replace(name, "")
    assert web.get("/users?done=added-999").status_code == 200
    assert "<script>" not in web.get("/users", params={"done": f"{name}-1"}).text


def test_the_first_user_is_an_admin_made_on_this_machine(store: Store) -> None:
    with client_of(store.url) as client:
        page = page_of(client.get("/users"))
        assert any("还没有用户" in element.text for element in page.find("p", role="status"))
        first = {"name": "甲乙", "password": OTHER, "again": OTHER}
        refused = client.post("/users", data={**first, "role": "viewer"}, follow_redirects=False)
        assert (refused.status_code, "管理员" in refused.text) == (422, True)
        made = client.post("/users", data={**first, "role": "admin"}, follow_redirects=False)
        assert made.status_code == 303
        assert re.match(r"/login\?", client.get("/users", follow_redirects=False).headers["location"])
    assert Accounts(lambda: store).find("甲乙").role == "admin"
