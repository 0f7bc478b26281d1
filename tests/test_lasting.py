"""Answers that are sent again: the same to the byte, for the same visitor alone, until anything changes."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import pytest

from api.answers import Answers
from api.lasting import Lasting
from api.settings import Settings
from api.visitors import NOBODY, Kind
from geo.accounts import Accounts
from geo.accounts.at_hand import AtHand, NotAtHand
from geo.intake.imports import import_file
from geo.store import Store, clock
from geo.store.files import sqlite_path, stamp
from tests.people import PEOPLE, People, StillClock
from tests.support import TOWN, VILLAGES
from tests.web_client import DAY, Web, client_of, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.testclient import TestClient

pytestmark = pytest.mark.usefixtures("cheap")

PATHS = ["/", "/gaps", "/brief", f"/units/{TOWN}", "/map", "/gaps.csv", "/api/v1/assessment", "/api/v1/layers/boards"]
INSIDERS = (Kind.VIEWER, Kind.TOWNSHIP_PLANNER, Kind.PLANNER, Kind.ADMIN)


class Composed:
    """Counts the answers that took the whole way."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        respond = Answers.respond

        def counted(*given: Any, **named: Any) -> Any:
            self.count += 1
            return respond(*given, **named)

        monkeypatch.setattr(Answers, "respond", counted)


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch) -> Composed:
    return Composed(monkeypatch)


@pytest.fixture
def people(store: Store) -> People:
    return People.of(store)


@pytest.fixture
def web(store: Store, people: People) -> Iterator[TestClient]:
    assert people.store is store
    with client_of(store.url) as client:
        yield client


def ask(web: TestClient, kind: dict[str, str], path: str = "/", **headers: str) -> Any:
    """GET with a visitor's cookies."""
    sent = {"cookie": "; ".join(f"{name}={value}" for name, value in kind.items()), **headers}
    return web.get(path, params={"as_of": DAY}, headers=sent, follow_redirects=False)


@pytest.mark.parametrize("path", PATHS)
def test_it_is_the_same_answer(client: Web, composed: Composed, path: str) -> None:
    address = f"{path}?as_of={DAY}&of=lasting"
    whole = client.client.get(address)
    unchanged = client.client.get(address, headers={"If-None-Match": whole.headers["etag"]})
    assert composed.count == 1
    again, head = client.client.get(address), client.client.head(address)
    other = client.client.get(address, headers={"If-None-Match": '"other"'})
    assert composed.count == 1
    for answer in (again, other):
        assert (answer.status_code, answer.content, answer.headers) == (200, whole.content, whole.headers)
    assert (head.status_code, head.content, head.headers) == (200, b"", whole.headers)
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_a_304_is_that_of_the_whole_way(client: Web, composed: Composed) -> None:
    addresses = [f"/gaps?as_of={DAY}&of={n}" for n in "ab"]
    tags = [client.client.get(address).headers["etag"] for address in addresses]
    # the same page under an address that nobody asked for yet
    other = client.client.get(f"{addresses[0]}&", headers={"If-None-Match": tags[0]})
    assert other.status_code == 200
    with client_of(client.store.url) as fresh_app:
        first = fresh_app.get(addresses[0], headers={"If-None-Match": tags[0]})
        count = composed.count
        second = fresh_app.get(addresses[0], headers={"If-None-Match": tags[0]})
        assert composed.count == count  # noted from a 304
        assert (first.status_code, second.status_code) == (304, 304)
        assert dict(second.headers) == dict(first.headers) == {"etag": tags[0], "cache-control": "private, no-cache"}
        assert fresh_app.get(addresses[0]).status_code == 200  # whose body nobody knew yet
        assert composed.count == count + 1


def test_refusals_and_what_changes_by_itself_are_never_kept(fresh: Web, composed: Composed) -> None:
    for path in ("/gaps?state=odd", "/units/nothing", "/nothing", "/gaps?as_of=1812-01-01"):
        assert {fresh.client.get(path).status_code for _ in range(2)} <= {404, 422}
    before = composed.count
    for path in ("/healthz", "/palette.css", "/login"):
        assert [fresh.client.get(path).status_code for _ in range(2)] == [200, 200]
    assert composed.count == before + 2  # the palette's bytes are kept elsewhere


@pytest.mark.parametrize("path", ["/", "/gaps", f"/units/{TOWN}"])
def test_everybody_has_pages_of_their_own(web: TestClient, people: People, composed: Composed, path: str) -> None:
    asked = [people.cookies(kind) for kind in (*INSIDERS, Kind.SHARE)]
    first = [ask(web, cookies, path) for cookies in asked]
    count = composed.count
    assert [ask(web, cookies, path).content for cookies in asked] == [answer.content for answer in first]
    assert composed.count == count
    assert len({answer.content for answer in first}) == len(asked)
    for kind, answer in zip(INSIDERS, first, strict=False):
        assert PEOPLE[kind][0] in answer.text
    assert ask(web, {}, path).status_code == 303
    other = ask(web, people.cookies(Kind.TOWNSHIP_SHARE), path)
    assert other.status_code == 303 if path == "/" else other.text not in {answer.text for answer in first}


def test_two_sessions_of_one_user_have_marks_of_their_own(web: TestClient, people: People) -> None:
    one, two = (people.begin(Kind.PLANNER) for _ in range(2))
    for _ in range(2):
        for secret in (one, two):
            assert people.mark(secret) in ask(web, {"kepu": secret}, "/gaps").text


def test_nobody_is_answered_who_may_ask_no_more(web: TestClient, people: People, composed: Composed) -> None:
    kinds = {kind: people.cookies(kind) for kind in (Kind.VIEWER, Kind.PLANNER, Kind.SHARE)}
    for cookies in kinds.values():
        assert [ask(web, cookies).status_code for _ in range(2)] == [200, 200]
    count = composed.count
    people.accounts.log_out(kinds[Kind.VIEWER]["kepu"])
    people.accounts.change(PEOPLE[Kind.PLANNER][0], disabled=True)
    people.accounts.withdraw_share(people.accounts.shares()[0].number)
    assert [ask(web, cookies).status_code for cookies in kinds.values()] == [303, 303, 303]
    assert composed.count == count


def test_a_session_runs_out_and_is_in_use_as_before(
    store: Store, monkeypatch: pytest.MonkeyPatch, composed: Composed
) -> None:
    still = StillClock(monkeypatch)
    people = People.of(store, Kind.VIEWER)
    cookies = people.cookies(Kind.VIEWER)
    with client_of(store.url, session_idle_minutes=30) as web:
        for _ in range(4):
            assert [ask(web, cookies).status_code for _ in range(2)] == [200, 200]
            still.wait(minutes=20)  # in use: it goes on
        count = composed.count
        still.wait(minutes=20)
        assert ask(web, cookies).status_code == 303
        assert composed.count == count


def test_a_link_ends_with_its_last_day(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    people = People.of(store, Kind.ADMIN)
    cookies = people.cookies(Kind.SHARE)
    with client_of(store.url) as web:
        assert [ask(web, cookies).status_code for _ in range(2)] == [200, 200]
        monkeypatch.setattr(clock, "today", lambda: date.today() + timedelta(days=2))
        assert ask(web, cookies).status_code == 303


def test_another_process_that_writes_is_seen(fresh: Web) -> None:
    address = f"/api/v1/layers/stations?as_of={DAY}"
    before = [fresh.client.get(address) for _ in range(2)][1]
    path = write_csv(fresh.folder / "new.csv", ("单位代码", "名称"), [(VILLAGES[4], "新站")])
    other = Store.open(fresh.store.url)
    assert import_file(other, path, "stations").outcome == "stored"
    other.close()
    after = fresh.client.get(address, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert "新站" in after.text


def test_a_role_that_changes_changes_the_page(web: TestClient, people: People) -> None:
    cookies = people.cookies(Kind.VIEWER)
    assert [("/imports" in ask(web, cookies).text) for _ in range(2)] == [False, False]
    people.accounts.change(PEOPLE[Kind.VIEWER][0], role="admin")
    assert "/imports" in ask(web, cookies).text


def test_languages_have_pages_of_their_own(client: Web) -> None:
    pages = {
        name: [client.client.get("/gaps", headers={"cookie": f"kepu-language={name}"}).text for _ in range(2)]
        for name in ("zh_CN", "en")
    }
    assert all(one == two for one, two in pages.values())
    assert 'lang="en"' in pages["en"][0]
    assert 'lang="zh-CN"' in pages["zh_CN"][0]


def test_tomorrow_is_another_page(client: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    class Tomorrow(date):
        @classmethod
        def today(cls) -> Self:
            there = datetime.now() + timedelta(days=1)
            return cls(there.year, there.month, there.day)

    address = "/api/v1/gaps?of=tomorrow"
    today = [client.client.get(address) for _ in range(2)][1]
    for module in ("api.lasting", "api.deps"):
        monkeypatch.setattr(f"{module}.date", Tomorrow)
    tomorrow = client.client.get(address, headers={"If-None-Match": today.headers["etag"]})
    assert tomorrow.status_code == 200
    assert tomorrow.json()["as_of"] == Tomorrow.today().isoformat()


# ── the parts alone ──────────────────────────────────────────────────────────


def sends(*headers: tuple[bytes, bytes], lasting: bool = True, meanwhile: Any = None) -> Any:
    """An app that answers in full; `meanwhile` happens while it composes."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["state"]["lasting"] = lasting
        app.asked += 1  # type: ignore[attr-defined]
        if meanwhile is not None:
            meanwhile()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"ETag", b'"a"'), *headers]})
        await send({"type": "http.response.body", "body": b"whole"})

    app.asked = 0  # type: ignore[attr-defined]
    return app


def asked_twice(app: Any, url: str, method: str = "GET") -> int:
    """How often an app was asked of two requests that are alike."""
    gate = Lasting(app, Settings(database_url=url))

    async def send(_: Any) -> None:
        pass

    async def receive() -> Any:
        return {"type": "http.request"}

    async def two() -> None:
        for _ in range(2):
            scope = {"type": "http", "method": method, "path": "/", "query_string": b"", "headers": []}
            await gate({**scope, "state": {"visitor": NOBODY, "stamp": stamp(sqlite_path(url))}}, receive, send)

    with ThreadPoolExecutor(1) as pool:  # a thread without the loop of the browser's tests
        pool.submit(lambda: asyncio.run(two())).result()
    asked: int = app.asked
    return asked


def test_what_is_kept_and_what_not(store: Store) -> None:
    def write() -> None:
        with store.writing() as writing:
            writing.connection.exec_driver_sql("UPDATE place SET maker = maker || 'x'")

    assert asked_twice(sends(), store.url) == 1
    assert asked_twice(sends(lasting=False), store.url) == 2
    assert asked_twice(sends((b"Set-Cookie", b"a=b")), store.url) == 2
    assert asked_twice(sends(), store.url, method="POST") == 2
    assert asked_twice(sends(), "postgresql+psycopg://nowhere/kepu") == 2
    assert asked_twice(sends(meanwhile=write), store.url) == 2  # of two moments


def test_at_hand_is_what_was_asked_before(people: People) -> None:
    secret = people.begin(Kind.VIEWER)
    accounts = Accounts(lambda: people.store)
    path = sqlite_path(people.store.url)
    known = AtHand(accounts, stamp(path))
    with pytest.raises(NotAtHand):
        known.session(secret)
    session = accounts.session(secret)
    assert known.session(secret) == session
    for other, ask in ((known, "another"), (AtHand(accounts, None), secret)):
        with pytest.raises(NotAtHand):
            other.session(ask)
    people.accounts.log_out(secret)
    with pytest.raises(NotAtHand):  # the store is another: it must be asked again
        AtHand(accounts, stamp(path)).session(secret)


def test_at_hand_notes_no_use(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = people.begin(Kind.VIEWER)
    people.accounts.session(secret)
    later = clock.now().at + timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: clock.moment(later))
    with pytest.raises(NotAtHand):
        AtHand(people.accounts, stamp(sqlite_path(people.store.url))).session(secret)
    assert people.accounts.session(secret) is not None
