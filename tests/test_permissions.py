"""Every route of the app, every kind of visitor: what is allowed, refused, or answered by the log-in page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI

from api.main import create_app
from api.permissions import ADMINS, EVERYBODY, MOUNTS, TABLE, WithoutPermission, check_complete, outcome, routes_of
from api.settings import Settings
from api.visitors import EDITORS, Kind
from tests.people import PASSWORD, PEOPLE, People
from tests.support import EAST, TOWN, WILLOW_RIVER, WILLOW_TOWN
from tests.web_client import Web, build, client_of

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = create_app(Settings())
ROUTES = sorted(routes_of(APP)[0] | {("GET", f"{mount}/") for mount in routes_of(APP)[1]})
SAMPLES = {
    "{code:path}": TOWN, "{layer}": "stations", "{z}": "1", "{x}": "1", "{y}": "1", "{job}": "ffff", "{batch}": "999",
    "{user}": "999",
    "/static/": "/static/site.css", "/static/vendor/": "/static/vendor/none.js",
}  # fmt: skip
SENDS = {"name": PEOPLE[Kind.VIEWER][0], "password": PASSWORD}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, People]]:
    """The county with a user of every kind. The client has no cookies of its own."""
    folder = tmp_path_factory.mktemp("permissions")
    store = build(folder)
    with client_of(store.url) as client:
        yield Web(client, store, folder), People.of(store)


def ask(web: tuple[Web, People], kind: Kind, method: str, path: str, **more: Any) -> Any:
    """One request of a visitor of a kind, whose forms carry what they should."""
    client, people = web[0].client, web[1]
    cookies = people.cookies(kind)
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    if "kepu" in cookies:
        headers["X-CSRF-Token"] = people.mark(cookies["kepu"])
    try:
        return client.request(method, path, headers=headers, follow_redirects=False, **more)
    finally:
        client.cookies.clear()


def met(answer: Any) -> str:
    """What an answer amounts to."""
    if answer.status_code == 401 or (answer.status_code == 303 and answer.headers["location"].startswith("/login?")):
        return "log-in"
    return "refused" if answer.status_code == 403 and "没有权限" in answer.text else "allowed"


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda part: part)
def test_every_route_for_every_kind_of_visitor(web: tuple[Web, People], method: str, path: str, kind: Kind) -> None:
    route = (method, path.rstrip("/") if path.startswith("/static") else path)
    if "{secret}" in path:
        path = path.replace("{secret}", web[1].share())
    if "{number}" in path:
        web[1].share(TOWN)
        path = path.replace("{number}", str(web[1].accounts.shares()[0].number))
    for sample, value in SAMPLES.items():
        path = value if path == sample else path.replace(sample, value)
    sends = {"name": kind} if path.startswith("/siting") else SENDS  # a scenario of one's own
    answer = ask(web, kind, method, path, **({"data": sends} if method == "POST" else {}))
    wanted = outcome(kind, route)
    if route in (("POST", "/login"), ("POST", "/login/kept")):  # a form that no log-in page gave out
        assert (answer.status_code, "页面已过期" in answer.text) == (403, True)
    else:
        assert met(answer) == wanted, answer.text[:500]
    if wanted != "allowed" and answer.status_code != 303:
        program = path.startswith("/api/")
        assert answer.headers["content-type"].startswith("application/problem+json" if program else "text/html")


def test_what_the_table_says_in_words() -> None:
    """The table itself, held against what the office was promised."""
    open_ = {path for (_, path), kinds in TABLE.items() if kinds == EVERYBODY}
    elsewhere = {"/login/kept", "/login/oidc", "/login/oidc/back", "/login/oidc/leave"}
    assert open_ == {"/login", *elsewhere, "/s/{secret}", "/healthz", "/metrics", "/palette.css"}
    assert set(MOUNTS) == {"/static", "/static/vendor"}
    for (method, path), kinds in TABLE.items():
        assert Kind.ADMIN in kinds, path
        changes_own = path.startswith(("/login", "/logout", "/account"))
        if method != "GET" and not changes_own:
            assert kinds <= EDITORS, path
        if path.startswith("/users"):
            assert kinds == ADMINS, path
        assert (Kind.NOBODY in kinds) == (path in open_), path
    assert TABLE["GET", "/audit"] == ADMINS
    assert outcome(Kind.VIEWER, ("POST", "/api/v1/imports")) == "refused"
    assert outcome(Kind.TOWNSHIP_SHARE, ("GET", "/map")) == "refused"


def test_a_route_without_an_entry_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    app = FastAPI()
    app.add_api_route("/new", lambda: None)
    with pytest.raises(WithoutPermission, match="/new"):
        check_complete(app)
    shorter = {route: kinds for route, kinds in TABLE.items() if route != ("GET", "/audit")}
    monkeypatch.setattr("api.permissions.TABLE", shorter)
    with pytest.raises(WithoutPermission, match="/audit"):
        create_app(Settings())


def test_a_route_that_slips_past_the_gate_is_not_served(web: tuple[Web, People]) -> None:
    app: Any = web[0].client.app
    app.add_api_route("/slipped", lambda: {"secret": True})
    answer = ask(web, Kind.VIEWER, "GET", "/slipped")
    assert (answer.status_code, "secret" in answer.text) == (403, False)
    assert met(ask(web, Kind.NOBODY, "GET", "/slipped")) == "log-in"


@pytest.mark.parametrize("path", ["/nothing", "/gaps/", "/static", "/%2e%2e/audit", "/api/v1/nothing", "/GAPS"])
def test_unknown_addresses_tell_nobody_anything(web: tuple[Web, People], path: str) -> None:
    assert met(ask(web, Kind.NOBODY, "GET", path)) == "log-in"
    assert met(ask(web, Kind.NOBODY, "POST", path)) == "log-in"
    assert ask(web, Kind.VIEWER, "GET", path).status_code in (303, 307, 404)


# ── one township ─────────────────────────────────────────────────────────────


def test_a_townships_link_shows_that_township_alone(web: tuple[Web, People]) -> None:
    def get(path: str) -> Any:
        return ask(web, Kind.TOWNSHIP_SHARE, "GET", path)

    assert get("/").headers["location"] == f"/units/{TOWN}"
    for inside in (TOWN, WILLOW_TOWN, "X2"):
        assert get(f"/units/{inside}").status_code == 200
        assert get(f"/api/v1/units/{inside}").status_code == 200
    for outside in (EAST, WILLOW_RIVER, "X3", "990101000000"):
        assert met(get(f"/units/{outside}")) == "refused"
        assert get(f"/api/v1/units/{outside}").status_code in (403, 404)
    for path in ("/gaps", "/gaps.csv", "/api/v1/gaps", "/api/v1/assessment", "/api/v1/layers/schools"):
        assert met(get(f"{path}?township={EAST}")) == "refused", path
        own = get(f"{path}?as_of=2022-10-31")
        assert own.status_code == 200
        assert own.headers["etag"] != ask(web, Kind.VIEWER, "GET", f"{path}?as_of=2022-10-31").headers["etag"]
    codes = {gap["township_code"] for gap in get("/api/v1/gaps?as_of=2022-10-31").json()["gaps"]}
    assert codes == {TOWN}
    assert {row["id"] for row in get("/api/v1/layers/schools?as_of=2022-10-31").json()["features"]} == {"X/1 号", "X2"}


def test_kept_answers_are_never_handed_to_another(web: tuple[Web, People]) -> None:
    for path in ("/gaps", "/api/v1/gaps", "/"):
        pages = {kind: ask(web, kind, "GET", path) for kind in (Kind.ADMIN, Kind.VIEWER, Kind.TOWNSHIP_SHARE)}
        tags = [answer.headers.get("etag", kind) for kind, answer in pages.items()]
        assert len(set(tags)) >= 2, path
    first, second = (ask(web, Kind.ADMIN, "GET", "/gaps") for _ in range(2))
    assert first.headers["etag"] != second.headers["etag"], "pages carry the mark of their session"


def test_people_are_on_no_page(web: tuple[Web, People]) -> None:
    from tests.web_client import PERSON, PHONE

    for path in ("/", "/gaps", f"/units/{TOWN}", "/map", "/api/v1/layers/stations", f"/api/v1/units/{TOWN}"):
        text = ask(web, Kind.VIEWER, "GET", path).text
        assert PERSON not in text
        assert PHONE not in text


def test_a_planner_of_a_township_shares_only_that(web: tuple[Web, People]) -> None:
    fields = {"label": "来访", "ends_on": "2999-01-01"}
    for township in ("", EAST):
        answer = ask(web, Kind.TOWNSHIP_PLANNER, "POST", "/shares", data={**fields, "township": township})
        assert met(answer) == "refused"
    assert ask(web, Kind.TOWNSHIP_PLANNER, "POST", "/shares", data={**fields, "township": TOWN}).status_code == 422
    web[1].share()
    number = web[1].accounts.shares()[0].number
    assert met(ask(web, Kind.TOWNSHIP_PLANNER, "POST", f"/shares/{number}/withdraw")) == "refused"
    assert web[1].accounts.find_share(number).withdrawn_at is None
    assert ask(web, Kind.PLANNER, "POST", f"/shares/{number}/withdraw").status_code == 303
    assert web[1].accounts.find_share(number).withdrawn_at
