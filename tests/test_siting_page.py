"""Where to build, as page and for programs: one answer everywhere, kept, compared, planned by who may."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from api.visitors import Kind
from geo.store.gap_tasks import read_tasks
from geo.store.scenarios import read_scenarios
from tests.command_line import kepu
from tests.people import People
from tests.served import served
from tests.support import TOWN
from tests.web_client import DAY, Web, build, client_of, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator

RULE = "1.village.station"
ASKED = {"rule": RULE, "count": "1", "within": "5000"}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, People]]:
    """The county with a user of every kind."""
    folder = tmp_path_factory.mktemp("siting")
    store = build(folder)
    with client_of(store.url) as client:
        yield Web(client, store, folder), People.of(store)


def ask(web: tuple[Web, People], kind: Kind, method: str, path: str, **more: Any) -> Any:
    """One request of a visitor of a kind, whose forms carry what they should."""
    secret = web[1].begin(kind)
    headers = {"Cookie": f"kepu={secret}", "X-CSRF-Token": web[1].mark(secret)}
    try:
        return web[0].client.request(method, path, headers=headers, follow_redirects=False, **more)
    finally:
        web[0].client.cookies.clear()


def kept(store: Any) -> dict[str, Any]:
    with store.reading() as seen:
        return read_scenarios(seen.connection)


# ── one answer everywhere ────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("options", "params"),
    [
        (("--count", "1", "--within", "5000"), {"count": "1", "within": "5000"}),
        (("--cover-all", "--weight", "people"), {"how": "all", "weight": "people"}),
        (
            ("--count", "2", "--model", "median", "--most-each", "1"),
            {"count": "2", "model": "median", "most_each": "1"},
        ),
        (("--cheapest", "--prices", "7,-,1"), {"how": "cheapest", "build": "7", "share": "-", "update": "1"}),
    ],
)
def test_programs_get_what_the_command_line_writes(
    client: Web, options: tuple[str, ...], params: dict[str, str]
) -> None:
    told = client.json("/api/v1/siting", rule=RULE, **params)
    written = kepu("site", "--rule", RULE, *options, "--format", "json", "--as-of", DAY, "--store", client.store.url)
    same = json.loads(written.out)
    assert told.pop("seconds") >= 0
    assert same.pop("seconds") >= 0
    assert told == same
    assert list(told) == list(same)


def test_the_page_lists_the_same_sites(client: Web) -> None:
    told = client.json("/api/v1/siting", **ASKED)
    page = page_of(client.get("/siting", **ASKED))
    rows = [row.attributes["id"] for row in page.find("tr", id="") if row.attributes["id"].startswith("site-")]
    assert len(rows) == len(told["sites"]) == 1
    words = page.one("p", role="status").text
    assert f"从{told['met_before']}个增加到{told['met_after']}个，共{told['in_scope']}个" in words
    assert "已证明最优" in page.one("ul", class_="proof").text
    assert "直线距离" in page.one("ul", class_="proof").text
    for each in told["sites"][0]["serves"]:
        assert each["unit_name"] in page.one("table", class_="cards proposals").text


def test_every_point_of_the_curve_is_a_link_that_keeps_the_question(client: Web) -> None:
    page = page_of(client.get("/siting", **ASKED))
    points = page.find("a", data_count="")
    gains = [int(point.attributes["aria-label"].rsplit("：", 1)[1]) for point in points]
    assert gains == sorted(gains)
    assert len(points) == len(gains) >= 2
    for point in points[:3]:
        n = point.attributes["data-count"]
        assert f"rule={RULE}" in point.attributes["href"]
        assert gains[int(n) - 1] == client.json("/api/v1/siting", **{**ASKED, "count": n})["objective"]
    assert [point.attributes["data-count"] for point in page.find("a", aria_current="true")] == ["1"]


def test_before_and_after_differ_by_what_is_closed(client: Web) -> None:
    told = client.json("/api/v1/siting", **ASKED)
    page = page_of(client.get("/siting", **ASKED))
    now, then = (svg.attributes["aria-label"] for svg in page.find("svg", role="img"))
    closed = told["gaps"] - len(told["left"])
    met = [int(label.split("个达标")[0].rsplit("里", 1)[1]) for label in (now, then)]
    assert met[1] - met[0] == closed > 0


def test_answers_are_kept_until_something_is_written(fresh: Web) -> None:
    first = fresh.get("/siting", **ASKED)
    tag = {"If-None-Match": first.headers["etag"]}
    again = fresh.client.get("/siting", params={"as_of": DAY, **ASKED}, headers=tag)
    assert again.status_code == 304
    saved = fresh.client.post(
        "/siting/scenarios", params={"as_of": DAY, **ASKED}, data={"name": "甲"}, follow_redirects=False
    )
    assert saved.status_code == 303
    changed = fresh.client.get("/siting", params={"as_of": DAY, **ASKED}, headers=tag)
    assert (changed.status_code, "甲" in changed.text) == (200, True)


# ── bad input ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"count": "9999"}, "候选点"),
        ({"rule": "3.school.lab"}, "不能选址"),
        ({"how": "cheapest", "build": "很贵"}, "不能用"),
        ({"how": "cheapest", "build": "-1"}, "不能用"),
        ({"how": "cheapest", "build": "inf"}, "不能用"),
        ({"rule": [RULE, "1.village.quarterly"]}, "一次只能"),
    ],
)
def test_the_engines_words_stand_on_the_page(client: Web, params: dict[str, Any], words: str) -> None:
    asked = {"as_of": DAY, "rule": RULE, **params}
    answer = client.client.get("/siting", params=asked)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'id="siting-form"' in answer.text
    program = client.client.get("/api/v1/siting", params=asked)
    assert (program.status_code, program.json()["type"]) == (422, "urn:kepu:problem:input-refused")


@pytest.mark.parametrize(
    "params",
    [
        {"count": "0"}, {"count": "99999999999"}, {"within": "nan"}, {"within": "-1"}, {"within": "inf"}, {"how": "x"},
        {"model": "'"}, {"weight": "<b>"}, {"most_each": "-1"}, {"rule": "x" * 99}, {"zoom": "moon"}, {"as_of": "1e9"},
    ],
)  # fmt: skip
def test_what_is_no_value_is_refused_by_name(client: Web, params: dict[str, str]) -> None:
    for path in ("/siting", "/api/v1/siting"):
        answer = client.client.get(path, params={"rule": RULE, **params})
        assert answer.status_code == 422
        assert "<b>" not in answer.text


def test_unknown_rules_and_names_are_not_found(client: Web) -> None:
    assert client.get("/siting", rule="9.no.rule").status_code == 404
    assert client.get("/api/v1/siting", rule="9.no.rule").status_code == 404
    assert client.get("/siting/scenarios", name="没有").status_code == 404


def test_hostile_names_stay_texts(hostile: Web) -> None:
    for params in (ASKED, {"how": "cheapest"}, {"how": "all"}):
        page = page_of(hostile.get("/siting", **params))
        assert not [each for each in page.find("script") if "src" not in each.attributes]
        assert not page.find("img")
    name = "<script>alert(1)</script>"
    saved = hostile.client.post("/siting/scenarios", params={"as_of": DAY, **ASKED}, data={"name": name})
    page = page_of(saved)
    assert name in [each.text for each in page.find("th", scope="col")]
    assert not [each for each in page.find("script") if "src" not in each.attributes]


def test_more_questions_than_may_wait_are_sent_away(fresh: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.BoundedSemaphore.acquire", lambda self, blocking=True, timeout=None: blocking)
    answer = fresh.get("/api/v1/siting", rule=RULE)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:kepu:problem:busy")
    assert answer.headers["retry-after"]


# ── scenarios ────────────────────────────────────────────────────────────────


def test_a_planner_saves_compares_plans_and_drops(web: tuple[Web, People]) -> None:
    store = web[0].store
    for name, count in (("一处", "1"), ("两处", "2")):
        params = {"as_of": DAY, **ASKED, "count": count}
        saved = ask(web, Kind.PLANNER, "POST", "/siting/scenarios", params=params, data={"name": name})
        assert (saved.status_code, saved.headers["location"].startswith("/siting/scenarios?name=")) == (303, True)
    assert {name: len(each.scenario.measures) for name, each in kept(store).items()} == {"一处": 1, "两处": 2}
    page = page_of(ask(web, Kind.VIEWER, "GET", "/siting/scenarios", params={"as_of": DAY, "name": ["一处", "两处"]}))
    head = [each.text for each in page.find("th", scope="col")]
    assert head[:4] == ["项目", "现状", "一处", "两处"]
    posts = {form.attributes["action"] for form in page.find("form", method="post")}
    assert posts == {"/logout"}, "who may only look"
    plan = {"name": "两处", "who": "市科协", "due_on": "2023-06-30"}
    done = ask(web, Kind.PLANNER, "POST", "/siting/scenarios/plan", params={"as_of": DAY}, data=plan)
    assert done.status_code == 303
    with store.reading() as seen:
        tasks = read_tasks(seen.connection)
    assert {(task.who, task.due_on, task.note) for task in tasks} == {("市科协", date(2023, 6, 30), "方案：两处")}
    assert kept(store)["两处"].action == "planned"
    for name in ("一处", "两处"):
        ask(web, Kind.PLANNER, "POST", "/siting/scenarios/drop", data={"name": name})
    assert kept(store) == {}


def test_a_townships_planner_plans_only_there_and_leaves_others_work(web: tuple[Web, People]) -> None:
    everywhere = {"as_of": DAY, "rule": RULE, "how": "all"}
    ask(web, Kind.PLANNER, "POST", "/siting/scenarios", params=everywhere, data={"name": "全部"})
    plan = {"name": "全部", "who": "镇", "due_on": "2023-06-30"}
    refused = ask(web, Kind.TOWNSHIP_PLANNER, "POST", "/siting/scenarios/plan", params={"as_of": DAY}, data=plan)
    assert (refused.status_code, "本乡镇" in refused.text) == (403, True)
    page = ask(web, Kind.TOWNSHIP_PLANNER, "GET", "/siting/scenarios", params={"as_of": DAY, "name": "全部"})
    assert "只能把本乡镇" in page.text
    for path in ("/siting/scenarios/drop", "/siting/scenarios"):
        other = ask(web, Kind.TOWNSHIP_PLANNER, "POST", path, params=everywhere, data={"name": "全部"})
        assert (other.status_code, "别人" in other.text or "自己" in other.text) == (403, True)
    one = {"as_of": DAY, "rule": RULE, "how": "count", "count": "1", "within": "0"}
    found = ask(web, Kind.VIEWER, "GET", "/api/v1/siting", params=one).json()["sites"][0]
    ask(web, Kind.TOWNSHIP_PLANNER, "POST", "/siting/scenarios", params=one, data={"name": "一处"})
    own = ask(
        web,
        Kind.TOWNSHIP_PLANNER,
        "POST",
        "/siting/scenarios/plan",
        params={"as_of": DAY},
        data={**plan, "name": "一处"},
    )
    assert own.status_code == (303 if found["township_code"] == TOWN else 403)
    assert ask(web, Kind.TOWNSHIP_PLANNER, "POST", "/siting/scenarios/drop", data={"name": "一处"}).status_code == 303


# ── in a browser ─────────────────────────────────────────────────────────────


@pytest.mark.browser
def test_dragging_saving_comparing(fresh: Web, visit: Any) -> None:
    with served(fresh) as address:
        page, heard = visit(f"{address}/siting?as_of={DAY}&rule={RULE}&count=1&within=5000")
        rows = page.locator(".proposals tbody tr")
        assert rows.count() == 1
        count = page.locator("#count")
        count.focus()
        with page.expect_response(lambda answer: "/siting?" in answer.url):
            page.keyboard.press("ArrowRight")
        page.wait_for_function("document.querySelectorAll('.proposals tbody tr').length === 2")
        assert page.locator(".new").count() == 2
        assert "count=2" in page.url
        # the swipe, by keyboard
        page.locator(".handle input").focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        assert page.locator(".swipe").evaluate("one => one.style.getPropertyValue('--at')") == "53%"
        # a point of the curve
        with page.expect_response(lambda answer: "/siting?" in answer.url):
            page.locator('.curve a[data-count="1"]').press("Enter")
        page.wait_for_function("document.querySelectorAll('.proposals tbody tr').length === 1")
        assert count.input_value() == "1"
        page.fill("#keep-name", "一处")
        page.click(".keep button")
        page.wait_for_url("**/siting/scenarios?**")
        assert page.locator(".side-by-side thead th").all_text_contents() == ["项目", "现状", "一处"]
        assert heard == []


@pytest.mark.browser
def test_what_is_refused_is_told_in_place(client: Web, address: str, visit: Any) -> None:
    page, _ = visit(f"{address}/siting?as_of={DAY}&how=cheapest&rule={RULE}")
    page.fill("#build", "很贵")
    page.click("#siting-form button")
    page.wait_for_selector("#answer [role=alert]")
    assert "很贵" in page.locator("#answer [role=alert]").text_content()


@pytest.mark.browser
def test_the_page_is_whole_without_a_script(client: Web, address: str, visit: Any) -> None:
    page, heard = visit(f"{address}/siting?as_of={DAY}&rule={RULE}", java_script_enabled=False)
    assert page.locator(".swipe figure").count() == 2
    assert page.locator(".handle").is_hidden()
    page.locator("#count").press("ArrowRight")
    page.click("#siting-form button")
    assert "count=4" in page.url
    assert heard == []
