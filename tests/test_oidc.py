"""Log-in by OpenID Connect against a provider on this machine: who gets in, and all that must not get through."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from joserfc import jwk

from api.oidc import Round
from api.oidc.settings import read_roles
from api.settings import Settings, SettingsRefused
from api.visitors import Kind
from geo.accounts import Accounts
from geo.store import clock
from geo.store.verifying import verify
from tests.issuer import BACK, CLIENT, SECRET, Provider, back, provider
from tests.people import PEOPLE, People, log_in, make_passwords_cheap
from tests.stored import fresh_store
from tests.support import TOWN
from tests.web_client import Page, client_of, page_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

    from geo.store import Store

ADMIN, VIEWER, PLANNER = (PEOPLE[kind][0] for kind in (Kind.ADMIN, Kind.VIEWER, Kind.TOWNSHIP_PLANNER))
Web = tuple["TestClient", Provider]


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    make_passwords_cheap(monkeypatch)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return fresh_store(tmp_path / "k.db")


@pytest.fixture
def people(store: Store) -> People:
    return People.of(store, Kind.VIEWER, Kind.TOWNSHIP_PLANNER, Kind.ADMIN)


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Provider, Any]]:
    with provider() as told:
        yield told, told.key


@pytest.fixture
def issuer(running: tuple[Provider, Any]) -> Provider:
    """The provider as it was at first."""
    told, key = running
    told.__dict__.update(Provider(told.address, key).__dict__)
    return told


def given(issuer: Provider, **more: Any) -> dict[str, Any]:
    return {"oidc_issuer": issuer.address, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET,
            "oidc_redirect": BACK, **more}  # fmt: skip


@pytest.fixture
def web(store: Store, people: People, issuer: Provider) -> Iterator[Web]:
    assert people.store is store
    with client_of(store.url, **given(issuer)) as client:
        yield client, issuer


def begin(client: TestClient, next_path: str = "/account") -> str:
    """Where the log-in page's button leads."""
    answer = client.get(f"/login/oidc?next={quote(next_path, safe='')}", follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def come_in(client: TestClient, issuer: Provider) -> Any:
    """All of it; the last answer."""
    return client.get(back(issuer.authorize(begin(client))), follow_redirects=False)


def who(client: TestClient) -> str:
    """Who is logged in; '' for nobody."""
    answer = client.get("/account", follow_redirects=False)
    return page_of(answer).one("h1").text if answer.status_code == 200 else ""


def refused(answer: Any, status: int = 401) -> str:
    """What the log-in page says; passwords can still be typed there."""
    assert answer.status_code == status, answer.text
    page = Page(answer.text)
    assert page.find("input", name="password")
    return page.one("p", role="alert").text


def entries(store: Store, action: str) -> list[dict[str, Any]]:
    """What the audit tells of an action; it must hold."""
    with store.reading() as seen:
        found = verify(seen.connection)
    assert not found.findings
    return [dict(entry.detail) for entry in found.entries if entry.action == action]


# ── it goes well ─────────────────────────────────────────────────────────────


def test_a_known_user_comes_in_and_goes_out(web: Web, store: Store) -> None:
    client, issuer = web
    button = page_of(client.get("/login?next=/gaps%3Fq%3D1")).find("a", class_="button")[0]
    assert "统一登录" in button.text
    assert button.attributes["href"] == "/login/oidc?next=/gaps%3Fq%3D1"
    location = begin(client, "/account?x=1")
    asked = parse_qs(urlsplit(location).query)
    assert asked["scope"] == ["openid profile"]
    assert asked["tenant"] == ["1"]
    answer = client.get(back(issuer.authorize(location)), follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?x=1")
    assert who(client) == VIEWER
    assert "kepu-oidc" not in client.cookies
    assert Accounts(lambda: store).find(VIEWER).seen_at
    mark = page_of(client.get("/account")).find("input", name="csrf_token")[0].attributes["value"]
    left = client.post("/logout", data={"csrf_token": mark}, follow_redirects=False)
    assert left.headers["location"] == "/login?left=1"
    assert who(client) == ""
    assert "/login/oidc/leave" in client.get("/login?left=1").text
    leaving = urlsplit(client.get("/login/oidc/leave", follow_redirects=False).headers["location"])
    assert f"{leaving.scheme}://{leaving.netloc}{leaving.path}" == f"{issuer.address}/leave"
    assert parse_qs(leaving.query)["post_logout_redirect_uri"] == ["http://127.0.0.1:8000/login"]
    assert set(issuer.asked) == {"/.well-known/openid-configuration", "/token", "/keys"}


def test_the_session_before_ends(web: Web, people: People) -> None:
    client, issuer = web
    log_in(client, ADMIN)
    before = client.cookies["kepu"]
    assert come_in(client, issuer).status_code == 303
    assert people.accounts.session(before) is None
    assert who(client) == VIEWER


@pytest.mark.parametrize(("algorithm", "make"), [("ES256", lambda: jwk.ECKey.generate_key("P-256", {"kid": "two"}))])
def test_new_keys_are_looked_up(web: Web, algorithm: str, make: Callable[[], Any]) -> None:
    client, issuer = web
    assert come_in(client, issuer).status_code == 303
    issuer.key, issuer.algorithm = make(), algorithm
    assert come_in(client, issuer).status_code == 303
    assert issuer.asked.count("/keys") == 2


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_it_never_leads_elsewhere(web: Web, target: str) -> None:
    client, issuer = web
    answer = client.get(back(issuer.authorize(begin(client, target))), follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_cookies_last_ten_minutes_and_hold_long_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = Round.begin("/gaps?q=" + "长" * 300)
    read = Round.read(begun.text)
    assert read == begun
    assert read is not None
    assert len({read.state, read.nonce, read.verifier}) == 3
    assert Round.begin("/gaps?q=" + "长" * 3000).target == "/"
    altered = Round.read(begun.text.replace(f".{begun.begun}.", f".{begun.begun - 1}."))
    assert altered is not None
    assert not altered.fits(begun.state)
    for text in ("", "a", "a.b.c", "a.1.", f".{begun.begun}.Lw=="):
        assert Round.read(text) is None
    late = time.time() + 601
    monkeypatch.setattr("api.oidc.rounds.time.time", lambda: late)
    assert Round.read(begun.text) is None


# ── what must not get through ────────────────────────────────────────────────


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": [CLIENT, "another"]},
        {"azp": "another"},
        {"iss": "https://evil.example"},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"sub": None},
        {"at_hash": "another"},
    ],
    ids=["nonce", "no nonce", "aud", "auds", "azp", "iss", "expired", "no exp", "iat ahead", "no sub", "at_hash"],
)
def test_a_token_that_proves_nothing(web: Web, claims: dict[str, Any], store: Store) -> None:
    client, issuer = web
    issuer.claims = claims
    assert "没有通过核对" in refused(come_in(client, issuer))
    assert who(client) == ""
    assert not entries(store, "login-refused")


@pytest.mark.parametrize("twist", ["other key", "none", "shared secret"])
def test_a_signature_that_is_not_the_issuers(web: Web, twist: str) -> None:
    client, issuer = web
    honest = issuer.key
    if twist == "other key":
        issuer.published = [honest]
        issuer.key = jwk.RSAKey.generate_key(2048, {"kid": "one"})
    elif twist == "shared secret":
        issuer.published = [honest]
        issuer.key, issuer.algorithm = jwk.OctKey.import_key(SECRET, {"kid": "one"}), "HS256"
    else:
        issuer.algorithm = "none"
    assert "没有通过核对" in refused(come_in(client, issuer))
    assert who(client) == ""


def test_a_state_counts_once_and_in_its_own_browser(web: Web, store: Store) -> None:
    client, issuer = web
    told = issuer.authorize(begin(client))
    kept = client.cookies["kepu-oidc"]
    assert "不是在这个浏览器" in refused(client.get(back({**told, "state": "0" * 64}), follow_redirects=False))
    assert "kepu-oidc" not in client.cookies
    with client_of(store.url, **given(issuer)) as other:
        assert "不是在这个浏览器" in refused(other.get(back(told), follow_redirects=False))
        other.cookies.set("kepu-oidc", kept)
        assert other.get(back(told), follow_redirects=False).status_code == 303
    client.cookies.set("kepu-oidc", kept)
    issuer.codes[told["code"]] = {**parse_once(issuer, told)}
    assert "已用过" in refused(client.get(back(told), follow_redirects=False))
    assert who(client) == ""
    assert issuer.asked.count("/token") == 1


def parse_once(issuer: Provider, told: dict[str, str]) -> dict[str, str]:
    """A code that the issuer would take again."""
    return {"redirect_uri": BACK, "nonce": "", "code_challenge": "", "state": told["state"]}


def test_what_the_issuer_refuses(web: Web) -> None:
    client, issuer = web
    told = issuer.authorize(begin(client))
    answer = client.get(back({"state": told["state"], "error": "<script>access_denied"}), follow_redirects=False)
    assert "没有让您登录" in refused(answer)
    assert "<script>" not in answer.text
    told = issuer.authorize(begin(client))
    assert "没有通过核对" in refused(client.get(back({**told, "code": "another"}), follow_redirects=False))
    assert client.get(f"/login/oidc/back?code={'x' * 5000}").status_code == 422


def test_too_many_that_prove_nothing_wait(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    client, issuer = web
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    for _ in range(20):
        told = issuer.authorize(begin(client))
        refused(client.get(back({**told, "code": "another"}), follow_redirects=False))
    asked = issuer.asked.count("/token")
    answer = come_in(client, issuer)
    assert "后再试" in refused(answer, 429)
    assert answer.headers["retry-after"]
    assert issuer.asked.count("/token") == asked


def test_unknown_and_disabled_users_are_refused_and_noted(web: Web, people: People, store: Store) -> None:
    client, issuer = web
    issuer.claims = {"preferred_username": "<b>新人</b>"}
    answer = come_in(client, issuer)
    assert "没有用户" in refused(answer)
    assert "<b>" not in answer.text
    issuer.claims = {"preferred_username": None}
    assert "preferred_username" in refused(come_in(client, issuer))
    people.accounts.add("Zhang", "viewer", "雪山脚下有一片向日葵")
    issuer.claims = {"preferred_username": "ZHANG"}
    assert "没有用户" in refused(come_in(client, issuer)), "another spelling may be another person"
    people.accounts.change(VIEWER, disabled=True)
    issuer.claims = {}
    assert "停用" in refused(come_in(client, issuer))
    noted = entries(store, "login-refused")
    assert [entry["user"] for entry in noted] == ["", "Zhang", VIEWER]
    assert {entry["issuer"] for entry in noted} == {issuer.address}


# ── new users and roles, by settings ─────────────────────────────────────────


def test_users_are_made_as_viewers_where_a_setting_says_so(store: Store, people: People, issuer: Provider) -> None:
    issuer.claims = {"preferred_username": "新人"}
    with client_of(store.url, **given(issuer, oidc_create=True)) as client:
        assert come_in(client, issuer).status_code == 303
        assert who(client) == "新人"
        assert come_in(client, issuer).status_code == 303
        assert log_in(client, "新人", "").status_code == 401
    assert people.accounts.find("新人").role == "viewer"
    assert entries(store, "user-added")[-1] == {"user": "新人", "role": "viewer", "issuer": issuer.address}
    assert len(entries(store, "user-added")) == 4


def test_nobody_is_made_before_the_first_admin(store: Store, issuer: Provider) -> None:
    with client_of(store.url, **given(issuer, oidc_create=True)) as client:
        assert client.get(back(issuer.authorize(begin(client))), follow_redirects=False).status_code == 401
    assert not Accounts(lambda: store).all()


def test_roles_come_from_a_claim(store: Store, people: People, issuer: Provider) -> None:
    roles = given(issuer, oidc_role_claim="realm_access.roles", oidc_roles=(("boss", "admin"), ("pen", "planner")))
    with client_of(store.url, **roles) as client:
        for told, role in ((["x", "pen", "boss"], "admin"), (["pen"], "planner")):
            issuer.claims = {"realm_access": {"roles": told}}
            assert come_in(client, issuer).status_code == 303
            assert people.accounts.find(VIEWER).role == role
        issuer.claims = {"preferred_username": PLANNER, "realm_access": {"roles": "pen"}}
        assert come_in(client, issuer).status_code == 303
        assert people.accounts.find(PLANNER).township == TOWN, "the same role leaves the township alone"
        issuer.claims = {"realm_access": {"roles": ["x"]}}
        assert "角色" in refused(come_in(client, issuer))
        issuer.claims = {"preferred_username": ADMIN, "realm_access": {"roles": ["pen"]}}
        assert "最后一名管理员" in refused(come_in(client, issuer))
    assert people.accounts.find(ADMIN).role == "admin"
    changed = [(entry["user"], entry["role"]) for entry in entries(store, "user-changed")]
    assert changed == [(VIEWER, "admin"), (VIEWER, "planner")]


# ── an issuer that fails ─────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "answer",
    [
        (500, {}, b"{}"),
        (302, {"Location": "http://127.0.0.1:9/x"}, b""),
        (200, {}, b"<html>"),
        (200, {}, b"[]"),
        (200, {}, b"{" + b" " * 600_000 + b"}"),
        (200, {"Content-Encoding": "gzip"}, b"{}"),
    ],
    ids=["500", "redirect", "html", "list", "large", "packed"],
)
def test_a_failing_issuer_leaves_passwords(web: Web, answer: tuple[int, dict[str, str], bytes]) -> None:
    client, issuer = web
    issuer.answer = lambda _: answer
    failed = client.get("/login/oidc", follow_redirects=False)
    assert "连不上" in refused(failed, 503)
    assert log_in(client, VIEWER).status_code == 303
    assert who(client) == VIEWER


@pytest.mark.parametrize(
    "configuration",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://127.0.0.1:9/token"},
        {"authorization_endpoint": "https://evil.example/authorize"},
        {"jwks_uri": None},
        {"jwks_uri": "file:///etc/passwd"},
    ],
)
def test_addresses_of_others_are_not_used(web: Web, configuration: dict[str, Any]) -> None:
    client, issuer = web
    issuer.configuration = configuration
    assert "连不上" in refused(client.get("/login/oidc", follow_redirects=False), 503)


def test_a_dead_issuer_is_left_alone_for_a_while(store: Store, people: People, issuer: Provider) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with client_of(store.url, **{**given(issuer), "oidc_issuer": dead}) as client:
            for _ in range(2):
                assert "连不上" in refused(client.get("/login/oidc", follow_redirects=False), 503)
            assert log_in(client, VIEWER).status_code == 303
            assert who(client) == people.accounts.find(VIEWER).name


def test_a_slow_issuer_holds_nobody_up(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    client, issuer = web
    monkeypatch.setattr("api.oidc.bounded.TIMEOUT_S", 0.2)

    def slowly(_: str) -> None:
        time.sleep(0.5)

    issuer.answer = slowly
    begun = time.monotonic()
    for _ in range(5):
        assert "连不上" in refused(client.get("/login/oidc", follow_redirects=False), 503)
    assert time.monotonic() - begun < 2
    assert log_in(client, VIEWER).status_code == 303


# ── what was typed, and settings ─────────────────────────────────────────────


def test_what_was_typed_outlives_the_session_here_too(web: Web, people: People) -> None:
    client, issuer = web
    lost = client.post("/gaps/tasks", data={"note": "写了很久"}, follow_redirects=False)
    page = Page(lost.text)
    button = page.find("a", class_="button")[0]
    assert button.attributes["target"] == "_blank"
    kept = page.find("input", name="kept")[0].attributes["value"]
    mark = page.find("input", name="csrf_token")[0].attributes["value"]
    form = {"csrf_token": mark, "kept": kept}
    assert client.post("/login/kept", data=form).status_code == 401
    issuer.claims = {"preferred_username": ADMIN}
    assert come_in(client, issuer).status_code == 303
    resumed = page_of(client.post("/login/kept", data=form))
    assert resumed.find("input", name="note")[0].attributes["value"] == "写了很久"
    assert resumed.find("form", action="/gaps/tasks")
    session = people.accounts.session(client.cookies["kepu"])
    assert session is not None
    assert resumed.find("input", name="csrf_token")[0].attributes["value"] == people.mark(client.cookies["kepu"])
    client.cookies.delete("kepu-form")
    assert client.post("/login/kept", data=form).status_code == 403


def test_without_settings_there_is_none(store: Store, people: People) -> None:
    assert people.store is store
    with client_of(store.url) as client:
        assert "/login/oidc" not in client.get("/login").text
        for path in ("/login/oidc", "/login/oidc/back?code=1&state=1", "/login/oidc/leave"):
            assert client.get(path, follow_redirects=False).status_code in (401, 404)


@pytest.mark.parametrize(
    "more",
    [
        {"oidc_issuer": "http://issuer.office"},
        {"oidc_issuer": "https://user@issuer.office"},
        {"oidc_issuer": ""},
        {"oidc_client_id": ""},
        {"oidc_redirect": ""},
        {"oidc_redirect": "https://atlas.office/login"},
        {"oidc_redirect": "http://atlas.office/login/oidc/back"},
        {"oidc_client_secret_file": "none.txt"},
        {"oidc_client_secret": "", "oidc_client_secret_file": "none.txt"},
        {"oidc_roles": (("a", "owner"),), "oidc_role_claim": "groups"},
        {"oidc_roles": (("a", "admin"),)},
        {"oidc_role_claim": "groups"},
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused(more: dict[str, Any]) -> None:
    whole: dict[str, Any] = {"oidc_issuer": "https://issuer.office/a", "oidc_client_id": CLIENT,
                             "oidc_client_secret": SECRET,
                             "oidc_redirect": "https://atlas.office/login/oidc/back"}  # fmt: skip
    assert SECRET not in repr(Settings(**whole))
    with pytest.raises(SettingsRefused) as refusal:
        Settings(**{**whole, **more})
    assert SECRET not in str(refusal.value)


def test_a_secret_from_a_file_and_roles_from_a_text(tmp_path: Path) -> None:
    from api.oidc.settings import secret_of

    (tmp_path / "secret").write_text(f"{SECRET}\n", encoding="utf-8")
    told = {"KEPU_OIDC_ISSUER": "https://i.office", "KEPU_OIDC_CLIENT_ID": CLIENT,
            "KEPU_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
            "KEPU_OIDC_REDIRECT": "https://a.office/login/oidc/back"}  # fmt: skip
    assert secret_of(Settings.from_environment(told)) == SECRET
    assert read_roles("a=admin, 填报 = planner") == (("a", "admin"), ("填报", "planner"))
    for text in ("admin", "=admin"):
        with pytest.raises(ValueError, match="admin"):
            read_roles(text)
