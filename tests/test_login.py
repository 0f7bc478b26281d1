"""Logging in and out in the browser's words: cookies, marks of forms, lost sessions, HTTPS, proxies, other machines."""

from __future__ import annotations

import re
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from starlette.testclient import TestClient

from api.clients import client_address, is_https, is_near
from api.kept import Kept, own_path
from api.main import create_app
from api.settings import Settings
from api.visitors import Kind
from geo.accounts import Accounts
from geo.store import Store
from tests.people import PASSWORD, PEOPLE, People, StillClock, log_in
from tests.support import TOWN
from tests.web_client import Page, Web, client_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Page_

ADMIN, VIEWER, PLANNER = (PEOPLE[kind][0] for kind in (Kind.ADMIN, Kind.VIEWER, Kind.PLANNER))
OTHER = "另一句没人猜得到的话"
pytestmark = pytest.mark.usefixtures("cheap")


@pytest.fixture
def people(store: Store) -> People:
    return People.of(store, Kind.VIEWER, Kind.PLANNER, Kind.ADMIN)


@pytest.fixture
def web(store: Store, people: People) -> Iterator[TestClient]:
    assert people.store is store
    with client_of(store.url) as client:
        yield client


def mark_of(page: Any) -> str:
    """The mark that the forms of a page carry."""
    return Page(page.text).find("input", name="csrf_token")[0].attributes["value"]


# ── before there are users ───────────────────────────────────────────────────


def test_without_users_this_machine_may_do_all_and_others_nothing(store: Store) -> None:
    app = create_app(Settings(database_url=store.url, host="0.0.0.0", allow_remote=True))
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 5000)) as here:
        assert here.get("/").status_code == 200
        assert here.get("/audit").status_code == 200
        assert here.get("/", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 403, "a proxy passes on others"
        assert "kepu user add" in here.get("/login").text
        assert here.get("/account").status_code == 401
    for address in ("192.0.2.7", "10.0.0.4", "2001:db8::1"):
        with TestClient(app, base_url="http://192.0.2.1:8000", client=(address, 5000)) as there:
            answer = there.get("/")
            assert (answer.status_code, "kepu user add" in answer.text) == (403, True)
            assert there.get("/api/v1/gaps").json()["type"] == "urn:kepu:problem:only-here"
            assert there.post("/api/v1/imports").status_code == 403
            assert there.get("/healthz").status_code == 200


def test_the_first_user_counts_at_once(store: Store) -> None:
    with client_of(store.url) as web:
        assert web.get("/").status_code == 200
        Accounts(lambda: Store.open(store.url)).add("管理员", "admin", PASSWORD)  # as the command line would
        assert web.get("/", follow_redirects=False).headers["location"] == "/login?next=%2F"
        assert web.get("/api/v1/gaps").status_code == 401
        assert web.get("/healthz").status_code == 200
        assert log_in(web, "管理员").status_code == 303
        assert web.get("/").status_code == 200


# ── log-in and log-out ───────────────────────────────────────────────────────


def test_a_visitor_comes_back_to_where_the_log_in_was_asked(web: TestClient) -> None:
    asked = web.get("/gaps?as_of=2022-10-31&state=unknown", follow_redirects=False)
    assert asked.status_code == 303
    form = web.get(asked.headers["location"])
    wanted = Page(form.text).one("input", name="next").attributes["value"]
    assert wanted == "/gaps?as_of=2022-10-31&state=unknown"
    assert form.headers["cache-control"] == "no-store"
    done = log_in(web, VIEWER, next=wanted)
    assert (done.status_code, done.headers["location"]) == (303, wanted)
    assert web.get(wanted).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "",
        "/\t/evil.example", "/a\r\nSet-Cookie: x=y", "evil.example", "/\x00",
    ],
)  # fmt: skip
def test_a_log_in_never_leads_elsewhere(web: TestClient, address: str) -> None:
    assert own_path(address) is None
    page = Page(web.get("/login", params={"next": address}).text)
    assert page.one("input", name="next").attributes["value"] == "/"
    assert log_in(web, VIEWER, next=address).headers["location"] == "/"


def test_a_wrong_log_in_says_the_same_whoever_it_is(web: TestClient) -> None:
    pages = []
    for name, password in ((VIEWER, OTHER), ("没有", PASSWORD), ("没有", OTHER)):
        answer = log_in(web, name, password)
        assert answer.status_code == 401
        pages.append(answer.text.replace(name, "NAME"))
        assert "kepu" not in answer.cookies
    assert len({re.sub(r'value="[0-9a-f]{64}"', "", page) for page in pages}) == 1


def test_too_many_log_ins_wait(web: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = StillClock(monkeypatch)
    answers = [log_in(web, ADMIN, OTHER) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) == 2
    assert "秒后再试" in answers[-1].text
    assert log_in(web, ADMIN).status_code == 429, "the right password waits too"
    assert log_in(web, VIEWER).status_code == 303
    clock.wait(seconds=2)
    assert log_in(web, ADMIN).status_code == 303


def test_each_log_in_has_a_session_of_its_own(web: TestClient) -> None:
    def session() -> str:
        (cookie,) = [cookie for cookie in web.cookies.jar if cookie.name == "kepu"]
        return str(cookie.value)

    web.cookies.set("kepu", "chosen-by-somebody-else", domain="127.0.0.1", path="/")
    log_in(web, VIEWER)
    first = session()
    assert first != "chosen-by-somebody-else"
    assert len(first) >= 43
    log_in(web, VIEWER)
    assert session() != first
    web.cookies.set("kepu", first, domain="127.0.0.1", path="/")
    assert web.get("/", follow_redirects=False).status_code == 303, "the former session has ended"


def test_log_out_here_and_everywhere(web: TestClient, store: Store) -> None:
    with client_of(store.url) as phone:
        for client in (web, phone):
            log_in(client, VIEWER)
        sent = web.post("/logout", data={"csrf_token": mark_of(web.get("/account"))}, follow_redirects=False)
        assert (sent.status_code, sent.headers["location"]) == (303, "/login")
        assert "kepu" not in web.cookies
        assert phone.get("/account").status_code == 200
        log_in(web, VIEWER)
        web.post("/logout/everywhere", data={"csrf_token": mark_of(web.get("/account"))})
        assert phone.get("/account", follow_redirects=False).status_code == 303


def test_one_changes_ones_own_password(web: TestClient, people: People) -> None:
    log_in(web, VIEWER)
    other = people.begin(Kind.VIEWER)

    def change(old: str, new: str, again: str) -> Any:
        mark = mark_of(web.get("/account"))
        fields = {"csrf_token": mark, "old": old, "new": new, "again": again}
        return web.post("/account/password", data=fields, follow_redirects=False)

    for old, new, again, told in (
        (PASSWORD, OTHER, "anders getippt", "不一样"), ("wrong", OTHER, OTHER, "原来的密码"),
        (PASSWORD, "short", "short", "太短"),
    ):  # fmt: skip
        answer = change(old, new, again)
        assert (answer.status_code, told in answer.text) == (422, True)
    assert people.accounts.session(other)
    assert change(PASSWORD, OTHER, OTHER).status_code == 303
    assert "密码已修改" in web.get("/account?done=password").text
    assert people.accounts.session(other) is None
    assert log_in(web, VIEWER).status_code == 401
    assert log_in(web, VIEWER, OTHER).status_code == 303


def test_two_workers_know_one_session(web: TestClient, store: Store) -> None:
    log_in(web, VIEWER)
    with client_of(store.url) as worker:
        worker.cookies.set("kepu", web.cookies["kepu"])
        page = worker.get("/account")
        assert page.status_code == 200
        worker.post("/logout", data={"csrf_token": mark_of(page)})
    assert web.get("/account", follow_redirects=False).status_code == 303


# ── marks of forms ───────────────────────────────────────────────────────────


def test_a_form_must_carry_its_sessions_mark(web: TestClient, people: People) -> None:
    log_in(web, PLANNER)
    good = mark_of(web.get("/account"))
    foreign = people.mark(people.begin(Kind.PLANNER))
    share = {"label": "来访", "ends_on": "2022-01-01"}
    for mark in ({}, {"csrf_token": ""}, {"csrf_token": foreign}, {"csrf_token": good[:-1]}):
        answer = web.post("/shares", data={**share, **mark})
        assert (answer.status_code, "页面已过期" in answer.text) == (403, True)
    for headers in ({}, {"X-CSRF-Token": foreign}):
        refused = web.post("/api/v1/imports", files={"file": ("x.csv", b"a")}, headers=headers)
        assert refused.json()["type"] == "urn:kepu:problem:stale-form"
    assert web.post("/shares", data={**share, "csrf_token": good}).status_code == 422
    assert web.post("/shares", data=share, headers={"X-CSRF-Token": good}).status_code == 422
    taken = web.post("/api/v1/imports", files={"file": ("x.csv", b"a")}, data={"csrf_token": good})
    assert taken.status_code == 202
    elsewhere = web.post("/shares", data={**share, "csrf_token": good}, headers={"Origin": "http://evil.example"})
    assert (
        elsewhere.json()["type"].endswith("foreign-origin")
        if "json" in elsewhere.headers["content-type"]
        else (elsewhere.status_code == 403)
    )


def test_a_log_in_form_belongs_to_its_browser(web: TestClient, store: Store) -> None:
    with client_of(store.url) as attacker:
        mark = mark_of(attacker.get("/login"))
    web.get("/login")
    for given in (mark, "", "x"):
        fields = {"name": VIEWER, "password": PASSWORD, "csrf_token": given}
        answer = web.post("/login", data=fields)
        assert (answer.status_code, "页面已过期" in answer.text) == (403, True)
    assert "kepu" not in web.cookies


# ── programs ─────────────────────────────────────────────────────────────────


def test_programs_send_a_token(web: TestClient, people: People) -> None:
    token = people.accounts.new_token(PLANNER)
    bearer = {"Authorization": f"Bearer {token}"}
    assert web.get("/api/v1/gaps", headers=bearer).status_code == 200
    assert web.post("/api/v1/imports", files={"file": ("x.csv", b"a")}, headers=bearer).status_code == 202
    people.accounts.change(PLANNER, role="viewer")
    refused = web.post("/api/v1/imports", files={"file": ("x.csv", b"a")}, headers=bearer)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:kepu:problem:not-allowed")
    people.accounts.withdraw_token(PLANNER)
    log_in(web, ADMIN)
    for wrong in (bearer, {"Authorization": "Bearer x"}, {"Authorization": "Basic YTpi"}):
        answer = web.get("/api/v1/gaps", headers=wrong)
        assert answer.status_code == 401, "a wrong token isn't made good by a cookie"
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["type"] == "urn:kepu:problem:login-needed"


# ── lost sessions ────────────────────────────────────────────────────────────


def test_what_was_typed_outlives_the_session(web: TestClient, people: People) -> None:
    log_in(web, PLANNER)
    mark = mark_of(web.get("/shares"))
    people.accounts.log_out_everywhere(people.accounts.find(PLANNER))
    typed = {"label": '来访 <script>alert(1)</script> "&', "township": TOWN, "ends_on": "2022-01-01"}
    lost = web.post("/shares", data={**typed, "csrf_token": mark})
    assert lost.status_code == 401
    assert "没有丢" in lost.text
    assert "<script>alert" not in lost.text
    form = {e.attributes["name"]: e.attributes.get("value", "") for e in Page(lost.text).find("input", name="")}
    assert mark not in lost.text
    again = web.post("/login", data={**form, "name": PLANNER, "password": OTHER})
    assert again.status_code == 401
    form = {e.attributes["name"]: e.attributes.get("value", "") for e in Page(again.text).find("input", name="")}
    done = web.post("/login", data={**form, "name": PLANNER, "password": PASSWORD})
    assert done.status_code == 200
    page = Page(done.text)
    assert page.find("form", method="post")[-1].attributes["action"] == "/shares"
    carried = {e.attributes["name"]: e.attributes["value"] for e in page.find("input", type="hidden")}
    assert {name: carried[name] for name in typed} == typed
    assert people.accounts.shares() == [], "nothing is sent before a person says so"
    assert web.post("/shares", data=carried).status_code == 422, "the day is past, but the form was taken"


def test_passwords_and_files_are_not_kept(web: TestClient) -> None:
    lost = web.post("/account/password", data={"old": PASSWORD, "new": OTHER, "again": OTHER})
    assert lost.status_code == 401
    assert PASSWORD not in lost.text
    assert OTHER not in lost.text
    big = web.post("/shares", data={"label": "x" * 70_000})
    assert (big.status_code, "xxx" in big.text) == (401, False)
    upload = web.post("/shares", files={"label": ("x.csv", b"content")})
    assert (upload.status_code, "重新登录后再提交" in upload.text) == (401, True)


@pytest.mark.parametrize(
    "text", ["x", "[]", "{}", '{"to": "//evil.example", "fields": []}', '{"to": "/", "fields": [1]}', "[" * 5000]
)
def test_kept_text_that_is_none_of_ours(web: TestClient, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Kept.from_text(text)
    answer = log_in(web, VIEWER, kept=text)
    assert (answer.status_code, "kepu" in answer.cookies) == (422, False)


# ── links ────────────────────────────────────────────────────────────────────


def test_a_shared_link_lets_in_until_it_is_withdrawn(web: TestClient, people: People, store: Store) -> None:
    log_in(web, PLANNER)
    made = web.post(
        "/shares",
        data={"label": "宣传部", "township": "", "ends_on": "2999-01-01", "csrf_token": mark_of(web.get("/shares"))},
    )
    assert made.status_code == 422
    day = Page(made.text).one("input", id="ends-on").attributes["value"]
    fields = {"label": "宣传部", "township": "", "ends_on": day, "csrf_token": mark_of(made)}
    address = Page(web.post("/shares", data=fields).text).one("code", id="made").text
    assert address.startswith("http://127.0.0.1:8000/s/")
    assert address not in web.get("/shares").text
    with client_of(store.url) as guest:
        assert guest.get(address).status_code == 200
        assert guest.get("/gaps").status_code == 200
        assert "宣传部" not in guest.get("/gaps").text
        assert guest.get("/shares").status_code == 403
        assert guest.post("/api/v1/imports", files={"file": ("x.csv", b"a")}).status_code == 403
        people.accounts.withdraw_share(1)
        assert guest.get("/gaps", follow_redirects=False).status_code == 303
        gone = guest.get(address)
        assert (gone.status_code, "已收回" in gone.text) == (403, True)
        assert guest.get("/s/no-such-link").status_code == 403


# ── HTTPS, proxies ───────────────────────────────────────────────────────────


def attributes(answer: Any, name: str) -> set[str]:
    """What a cookie is set with."""
    (line,) = [line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{name}=")]
    return {part.strip() for part in line.split(";")[1:]}


def test_cookies_under_http_and_https(store: Store, people: People) -> None:
    assert len(people.accounts.all()) == 3
    app = create_app(Settings(database_url=store.url, trusted_proxies=("192.0.2.1",)))
    with TestClient(app, base_url="http://127.0.0.1:8000") as plain:
        assert attributes(log_in(plain, VIEWER), "kepu") == {"HttpOnly", "Path=/", "SameSite=lax"}
    with TestClient(app, base_url="https://127.0.0.1:8000") as safe:
        assert attributes(log_in(safe, VIEWER), "__Host-kepu") == {"HttpOnly", "Path=/", "SameSite=lax", "Secure"}
        assert safe.get("/account").status_code == 200
        stolen = safe.cookies["__Host-kepu"]
        safe.cookies.clear()
        safe.cookies.set("kepu", stolen)
        assert safe.get("/account", follow_redirects=False).status_code == 303, "a plain cookie may be planted"
    forwarded = {"X-Forwarded-Proto": "https"}
    for peer, name in (("192.0.2.1", "__Host-kepu-form"), ("192.0.2.2", "kepu-form")):
        with TestClient(app, base_url="http://127.0.0.1:8000", client=(peer, 1)) as proxied:
            (line,) = proxied.get("/login", headers=forwarded).headers.get_list("set-cookie")
            assert line.startswith(f"{name}=")


def scope(peer: Any, *, scheme: str = "http", **headers: str) -> dict[str, Any]:
    """As much of an ASGI scope as tells the other end."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "client": peer, "scheme": scheme, "headers": raw}


def test_only_trusted_proxies_are_believed() -> None:
    settings = Settings(trusted_proxies=("192.0.2.1", "10.0.0.0/8"))
    plain = Settings()
    told = {"x_forwarded_for": "203.0.113.5, 198.51.100.7, 10.1.1.1", "x_forwarded_proto": "https"}
    assert client_address(scope(("192.0.2.1", 1), **told), settings) == "198.51.100.7"
    assert client_address(scope(("192.0.2.1", 1), **told), plain) == "192.0.2.1"
    assert client_address(scope(("192.0.2.1", 1), x_forwarded_for="nonsense"), settings) == "192.0.2.1"
    assert is_https(scope(("192.0.2.1", 1), **told), settings)
    assert not is_https(scope(("192.0.2.1", 1), **told), plain)
    assert is_https(scope(("192.0.2.9", 1), scheme="https"), plain)
    assert not is_near(scope(("127.0.0.1", 1), x_forwarded_for="127.0.0.1"), plain)
    assert is_near(scope(("127.0.0.1", 1)), plain)
    assert is_near(scope(("::1", 1)), plain)
    assert not is_near(scope(None), plain)
    home = Settings(trusted_proxies=("127.0.0.1",))
    assert not is_near(scope(("127.0.0.1", 1), x_forwarded_for="203.0.113.5"), home)
    assert is_near(scope(("127.0.0.1", 1), x_forwarded_for="127.0.0.1"), home)


# ── the audit ────────────────────────────────────────────────────────────────


def test_admins_see_the_audit_and_whether_it_holds(web: TestClient, people: People, store: Store) -> None:
    log_in(web, ADMIN)
    people.accounts.change(VIEWER, role="planner", by=ADMIN)
    page = Page(web.get("/audit").text)
    assert page.find("p", role="status")[0].text.startswith("已核对：")
    rows = page.find("tr", data_entry="")
    assert "修改用户" in rows[0].text
    assert ADMIN in rows[0].text
    only = Page(web.get("/audit", params={"action": "user-changed"}).text)
    assert len(only.find("tr", data_entry="")) == 1
    assert not Page(web.get("/audit", params={"last": "2001-01-01"}).text).find("tr", data_entry="")
    with store.writing() as locked:
        connection = locked.connection
        for name in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='trigger'").scalars().all():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        connection.exec_driver_sql("UPDATE audit SET \"by\" = '别人' WHERE entry = 3")
    broken = web.get("/audit").text
    assert "不符" in broken
    assert "第3条" in broken


# ── in Chromium ──────────────────────────────────────────────────────────────


@contextmanager
def served(app: Any) -> Iterator[str]:
    """An app behind a real socket; yields its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def sign_in(page: Page_, name: str) -> None:
    """Fill in the log-in form by keyboard, as its focus leads."""
    assert page.evaluate("document.activeElement.id") == "name"
    for text, key in ((name, "Tab"), (PASSWORD, "Enter")):
        page.keyboard.type(text)
        page.keyboard.press(key)


def visit_as_guest(chromium: Browser, address: str, link: str) -> None:
    """Follow a township's link in another browser."""
    guest = chromium.new_context().new_page()
    guest.goto(link)
    assert guest.url == f"{address}/units/{TOWN}"
    assert guest.evaluate("document.cookie") == ""
    guest.goto(f"{address}/map")
    assert "没有权限" in guest.inner_text("main")
    guest.context.close()


@pytest.mark.browser
def test_a_day_at_the_office(chromium: Browser, fresh: Web) -> None:
    """A planner logs in, loses the session over a form, gets it back, hands out a link, and logs out."""
    people = People.of(fresh.store, Kind.PLANNER)
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    page, heard = context.new_page(), list[str]()
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    with served(fresh.client.app) as address:
        page.goto(f"{address}/shares")
        sign_in(page, PLANNER)
        page.wait_for_url(f"{address}/shares")
        assert [cookie["httpOnly"] for cookie in context.cookies()] == [True, True]
        page.fill("#label", "宣传部")
        page.select_option("#township", TOWN)
        people.accounts.log_out_everywhere(people.accounts.find(PLANNER))
        page.get_by_role("button", name="新建").click()
        assert "没有丢" in page.inner_text("main")
        sign_in(page, PLANNER)
        page.get_by_role("button", name="继续提交").wait_for()
        assert "宣传部" in page.inner_text("main")
        page.get_by_role("button", name="继续提交").click()
        visit_as_guest(chromium, address, page.inner_text("#made"))
        page.goto(f"{address}/account")
        assert page.evaluate("document.documentElement.scrollWidth") == 1366
        page.get_by_role("button", name="在所有地方退出").click()
        page.wait_for_url(f"{address}/login")
        page.go_back()
        page.reload()
        assert page.url.startswith(f"{address}/login")
    context.close()
    assert [text for text in heard if "401" not in text] == []
