"""The pages, read as a browser without JavaScript would: their figures are those of assessment.json."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date
from typing import Any

import pytest

from api.views.gap_list import PAGE_ROWS
from api.views.overview import phase_text
from api.views.words import number, percent
from geo.plans.rules import Phase
from maps import palette
from tests.map_places import HOSTILE
from tests.support import PLACE, TOWN, WILLOW_TOWN, county
from tests.web_client import DAY, Page, Web, page_of

PAGES = [
    "/",
    "/brief",
    "/gaps",
    f"/units/{TOWN}",
    f"/units/{WILLOW_TOWN}",
    "/units/X2",
    "/units/J1",
    f"/units/{PLACE}",
    "/api",
]
HTML = [*PAGES, "/nothing", "/gaps?page=x", "/units/none"]
COUNTS = ("met", "not_met", "unknown", "in_scope")


def facts_of(web: Web) -> Any:
    return web.json("/api/v1/assessment")


def counts_of(web: Web) -> dict[str, dict[str, int]]:
    """Rule → its counts in assessment.json."""
    return {r["id"]: {k: r["units"][k] for k in COUNTS} for t in facts_of(web)["tasks"] for r in t["rules"]}


# ── overview ─────────────────────────────────────────────────────────────────


def test_the_sentence_counts_the_tasks(client: Web) -> None:
    states = Counter(task["state"] for task in facts_of(client)["tasks"])
    said = page_of(client.get("/")).one("h1").text
    assert re.findall(r"\d+", said) == [
        str(n) for n in (sum(states.values()), states["met"], states["not_met"], states["unknown"])
    ]


def test_the_second_sentence_counts_villages_over_all_requirements(client: Web) -> None:
    parts = defaultdict(set)
    for task in facts_of(client)["tasks"]:
        for rule in task["rules"]:
            for found in rule["findings"]:
                if rule["unit"] == "village" and rule["id"] != "4.population.reach":
                    parts[found["unit_code"]].add(found["state"])
    joined = Counter(
        "not_met" if "not_met" in s else "met" if s == {"met"} else "unknown" for s in parts.values()
    )  # fmt: skip
    said = page_of(client.get("/")).find("p", class_="second")[0].text
    expected = [len(parts), 2, joined["met"], joined["not_met"], joined["unknown"]]
    assert re.findall(r"\d+", said) == [str(n) for n in expected]


def test_every_task_has_a_tile_and_a_row(client: Web) -> None:
    page = page_of(client.get("/"))
    tasks = facts_of(client)["tasks"]
    rows = {row.attributes["data-task"]: row for row in page.find("tr", data_task="")}
    assert [tile.attributes["href"] for tile in page.find("a") if "tile" in tile.attributes.get("class", "")] == [
        f"#task-{task['no']}" for task in tasks
    ]
    for task in tasks:
        row = rows[str(task["no"])]
        assert row.attributes["data-state"] == task["state"]
        for text in (task["title"], task["requirement"], *task["lead"], *task["cooperating"]):
            assert text in row.text


def test_every_rules_figures_are_those_of_assessment_json(client: Web) -> None:
    page = page_of(client.get("/"))
    shown = {
        item.attributes["data-rule"]: {
            "met": int(item.attributes["data-met"]), "not_met": int(item.attributes["data-not-met"]),
            "unknown": int(item.attributes["data-unknown"]), "in_scope": int(item.attributes["data-in-scope"]),
        }
        for item in page.find("li", data_met="")
    }  # fmt: skip
    assert shown == counts_of(client)


def test_coverage_prints_value_denominator_and_unknowns(client: Web) -> None:
    page = page_of(client.get("/"))
    rules = {r["id"]: r for t in facts_of(client)["tasks"] for r in t["rules"]}
    cards = page.find("li", class_="cover")
    assert {card.attributes["data-rule"] for card in cards} >= {"1.village.station", "3.school.lab"}
    for card in cards:
        rule, text = rules[card.attributes["data-rule"]], re.sub(r"\s+", "", card.text)
        units = rule["units"]
        assert f"达标{units['met']}／{units['in_scope']}" in text
        assert (f"未达标{units['not_met']}" in text) == bool(units["not_met"])
        assert (f"未上报{units['unknown']}" in text) == bool(units["unknown"])
        if rule["value"] is not None:
            assert percent(rule["value"]) in text
    told = page.find("data")[-len(cards) :]  # those before are the rings
    values = [float(data.attributes["value"]) for data in told if data.attributes["value"]]
    assert values == [
        rules[c.attributes["data-rule"]]["value"]
        for c in cards
        if rules[c.attributes["data-rule"]]["value"] is not None
    ]


def test_townships_are_sorted_by_gaps_and_add_up(client: Web) -> None:
    page = page_of(client.get("/"))
    expected: dict[str, Counter[str]] = defaultdict(Counter)
    for task in facts_of(client)["tasks"]:
        for rule in task["rules"]:
            for found in rule["findings"]:
                if found["township_code"]:
                    expected[found["township_code"]][found["state"]] += 1
    rows = page.find("tr", data_township="")
    assert {row.attributes["data-township"] for row in rows} == set(county().townships["code"])
    for row in rows:
        counts = expected[row.attributes["data-township"]]
        for state in ("met", "not_met", "unknown"):
            assert int(row.attributes["data-" + state.replace("_", "-")]) == counts[state]
    judged = [row for row in rows if county().townships.set_index("code")["in_plan"][row.attributes["data-township"]]]
    gaps = [int(row.attributes["data-not-met"]) for row in judged]
    assert gaps == sorted(gaps, reverse=True)
    assert rows[: len(judged)] == judged  # those out of the plan come last
    total = page.one("tfoot").text.split()
    whole = sum((counts for counts in expected.values()), Counter())
    assert [total[1], total[2], total[3]] == [str(whole[s]) for s in ("not_met", "unknown", "met")]


def test_the_map_is_embedded_and_linked(client: Web) -> None:
    page = page_of(client.get("/"))
    address = f"/map?as_of={DAY}"
    assert page.one("iframe").attributes["src"] == address
    assert page.one("iframe").attributes["title"]
    assert address in {a.attributes["href"] for a in page.find("a")}
    opened = client.client.get(address)
    assert opened.status_code == 200
    assert opened.text.startswith("<!DOCTYPE html>")
    assert client.get("/map", township=TOWN).text != opened.text


def test_the_demo_says_so_and_offers_its_day(client: Web) -> None:
    today = page_of(client.client.get("/"))
    place = client.store.place()
    notice = today.find("aside", class_="notice")[0]
    assert place.demo_note in notice.text
    assert "2022年10月31日" in notice.text
    assert f"?as_of={DAY}" in {a.attributes["href"] for a in today.find("a")}
    assert "改看" not in page_of(client.get("/")).find("aside", class_="notice")[0].text


# ── the list of gaps ─────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "query", [{}, {"township": TOWN}, {"rule": "1.village.station"}, {"state": "unknown"}, {"state": "met"}]
)
def test_the_list_equals_the_api(client: Web, query: dict[str, str]) -> None:
    page = page_of(client.get("/gaps", **query))
    listed = client.json("/api/v1/gaps", **query)
    rows = [(r.attributes["data-rule"], r.attributes["data-unit"]) for r in page.find("tr", data_unit="")]
    assert rows == [(gap["rule"], gap["unit_code"]) for gap in listed["gaps"]][:PAGE_ROWS]
    numbers = re.findall(r"\d+", page.one("p", id="count").text)
    counts = listed["counts"]
    wanted = (
        [counts["total"]] if query.get("state") == "met" else [counts["total"], counts["not_met"], counts["unknown"]]
    )
    assert numbers == [str(n) for n in wanted]


def test_filters_stay_chosen_and_in_links(client: Web) -> None:
    page = page_of(client.get("/gaps", township=TOWN, rule="1.village.station", state="not_met"))
    chosen = [option.attributes["value"] for option in page.find("option", selected="")]
    assert chosen == [TOWN, "1.village.station", "not_met"]
    asked = f"township={TOWN}&rule=1.village.station&state=not_met&as_of={DAY}"
    wanted = [f"/gaps.{ending}?{asked}" for ending in ("xlsx", "csv")]
    assert [link.attributes["href"] for link in page.find("a", download="")] == wanted
    for address in wanted:
        assert client.client.get(address).status_code == 200
    hidden = {e.attributes["name"] for e in page.find("input", type="hidden")}
    assert hidden >= {"as_of", "township", "rule", "state"}


def test_pages_of_the_list(client: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.views.gap_list.PAGE_ROWS", 5)
    total = client.json("/api/v1/gaps")["counts"]["total"]
    seen, address = [], f"/gaps?as_of={DAY}&state="
    while True:
        page = page_of(client.client.get(address))
        seen += [(r.attributes["data-rule"], r.attributes["data-unit"]) for r in page.find("tr", data_unit="")]
        following = page.find("a", rel="next")
        if not following:
            break
        address = following[0].attributes["href"]
    assert len(seen) == len(set(seen)) == total
    assert page_of(client.client.get(f"/gaps?as_of={DAY}&page=9999&state=")).find("a", rel="prev")


def test_an_empty_list_says_so(client: Web) -> None:
    page = page_of(client.get("/gaps", rule="5.declared.rules"))
    assert page.one("p", class_="empty").text
    assert not page.find("tr")


# ── units ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", [TOWN, WILLOW_TOWN, "X2", "J1", PLACE])
def test_a_unit_shows_its_whole_file(client: Web, code: str) -> None:
    page = page_of(client.get(f"/units/{code}"))
    told = client.json(f"/api/v1/units/{code}")
    assert page.one("h1").text == told["unit"]["name"]
    rows = {row.attributes["data-rule"]: row for row in page.find("tr", data_rule="")}
    assert {rule: row.attributes["data-state"] for rule, row in rows.items()} == {
        row["rule"]: row["state"] for row in told["requirements"]
    }
    for row in told["requirements"]:
        assert row["reason"] in rows[row["rule"]].text
        assert row["requirement"] in rows[row["rule"]].text
        for source in row["evidence"][:3]:
            assert f"{source['file']}，第{source['row']}行（第{source['batch']}批导入）" in rows[row["rule"]].text


def test_a_township_lists_its_villages_and_schools(client: Web) -> None:
    page = page_of(client.get(f"/units/{TOWN}"))
    villages = set(county().villages.query("township_code == @TOWN")["code"])
    listed = [row.attributes["data-unit"] for row in page.find("tr", data_unit="")]
    assert set(listed) == villages | {"X/1 号", "X2"}
    for link in page.find("a"):
        if link.attributes["href"].startswith("/units/") and "hreflang" not in link.attributes:
            assert client.client.get(link.attributes["href"]).status_code == 200


def test_freshness_shows_its_three_readings(client: Web) -> None:
    page = page_of(client.get(f"/units/{WILLOW_TOWN}"))
    text = page.find("span", class_="readings")[0].text
    for reading in ("距上次更换", "最大间隔", "年内次数"):
        assert reading in text


# ── every page ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", HTML)
def test_pages_are_accessible_without_javascript(client: Web, path: str) -> None:
    page = Page(client.get(path).text)
    assert len(page.find("html", lang="zh-CN")) == 1
    assert page.find("title")[0].text
    assert page.one("h1").text
    assert len(page.find("main", id="main")) == 1
    assert len(page.find("header")) == 1
    assert page.find("nav", aria_label="主导航")
    assert page.find("a", class_="skip", href="#main")
    assert all("defer" in script.attributes for script in page.find("script"))
    for table in page.find("table"):
        assert table.text
    assert len(page.find("caption")) == len(page.find("table"))
    assert all("scope" in th.attributes for th in page.find("th"))
    labelled = {label.attributes["for"] for label in page.find("label")}
    for field in (*page.find("input"), *page.find("select")):
        named = "aria-labelledby" in field.attributes or field.attributes.get("id") in labelled
        assert field.attributes.get("type") == "hidden" or named
    ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", HTML)
def test_pages_obey_their_own_policy_and_ask_nobody_else(client: Web, path: str) -> None:
    """No inline style, handler or script, and no address but our own."""
    page = Page(client.get(path).text)
    for element in page.elements:
        assert "style" not in element.attributes
        assert not [name for name in element.attributes if name.startswith("on")]
        for name in ("href", "src", "action"):
            assert element.attributes.get(name, "/").startswith(("/", "#", "?")), element
            assert not element.attributes.get(name, "").startswith("//")
    assert not page.find("style")


@pytest.mark.parametrize("path", PAGES)
def test_links_lead_to_pages(client: Web, path: str) -> None:
    page = page_of(client.get(path))
    own = [e.attributes for e in page.elements if "hreflang" not in e.attributes]  # those change the language
    addresses = {told[n].partition("#")[0] for told in own for n in ("href", "src") if n in told}
    for address in sorted(addresses - {""}):
        if address.startswith("/"):
            assert client.client.get(address).status_code == 200, address


@pytest.mark.parametrize(
    "path", ["/static/site.css", "/static/tables.css", "/static/print.css", "/static/longer.css", "/palette.css"]
)
def test_styles_load_nothing(client: Web, path: str) -> None:
    answer = client.client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert not re.search(r"url\(|@import|https?:", answer.text)


def test_colours_are_the_maps(client: Web) -> None:
    sheet = client.client.get("/palette.css").text
    for style in palette.STATES:
        assert f"--{style.key.replace('_', '-')}-fill: {style.fill};" in sheet
    used = set(
        re.findall(
            r"var\((--[\w-]+)\)",
            "".join(client.client.get(f"/static/{n}.css").text for n in ("site", "tables", "edit")),
        )
    )
    assert used <= set(re.findall(r"(--[\w-]+):", sheet))


# ── hostile texts ────────────────────────────────────────────────────────────

TAGS = {
    "a", "abbr", "aside", "b", "body", "button", "caption", "circle", "code", "data", "dd", "details", "div", "dl",
    "dt", "footer", "form", "h1", "h2", "h3", "head", "header", "html", "iframe", "input", "label", "li", "link",
    "main", "meta", "nav", "noscript", "ol", "optgroup", "option", "output", "p", "path", "polyline", "pre", "rect",
    "script", "section", "select", "small", "span", "strong", "summary", "svg", "table", "tbody", "td", "tfoot",
    "th", "thead", "title", "tr", "ul",
    "textarea", "figure", "figcaption", "g", "text", "line",
}  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_hostile_texts_stay_texts(hostile: Web, path: str) -> None:
    answer = hostile.get(path)
    page = page_of(answer)
    assert {element.tag for element in page.elements} <= TAGS
    for element in page.elements:
        assert not [name for name in element.attributes if name.startswith(("on", "style"))]
        assert element.tag != "script" or (
            element.attributes["src"].startswith("/static/") and not element.text.strip()
        )
        assert "javascript:" not in element.attributes.get("href", "")
    if path != "/api":
        shown = " ".join(element.text for element in page.find("body"))
        assert sum(text.split()[0] in shown for text in HOSTILE) >= 4
        assert "49" not in page.find("title")[0].text  # {{ 7 * 7 }} was not worked out


def test_hostile_errors_stay_texts(hostile: Web) -> None:
    for text in HOSTILE:
        for answer in (hostile.get("/gaps", township=text), hostile.get("/gaps", rule=text[:60])):
            assert answer.status_code in {404, 422}
            assert {element.tag for element in Page(answer.text).elements} <= TAGS


def test_hostile_map_obeys_its_policy(hostile: Web) -> None:
    answer = hostile.get("/map")
    assert answer.status_code == 200
    assert "unsafe" not in answer.headers["content-security-policy"]


# ── words ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (1.0, "100%"),
        (0.99999, "99.9%"),
        (0.5, "50%"),
        (1 / 3, "33.3%"),
        (0.0, "0%"),
        (0.29, "29%"),
        (0.57, "57%"),
        (None, "—"),
    ],
)
def test_100_percent_means_all(share: float | None, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(5.0, "5"), (100.0, "100"), (2.345, "2.35"), (1234567.0, "1,234,567"), (0.5, "0.5"), (None, "—")],
)
def test_numbers(value: float | None, text: str) -> None:
    assert number(value) == text


def test_phases() -> None:
    early = Phase(name="早", starts_on=date(2022, 2, 1), ends_on=date(2022, 10, 31))
    late = Phase(name="晚", starts_on=date(2022, 10, 1), ends_on=date(2023, 2, 28))
    assert phase_text([early, late], date(2022, 10, 15)) == "现处“晚”阶段，2023年2月28日结束，还有136天"
    assert phase_text([early], date(2022, 10, 31)) == "现处“早”阶段，今天是最后一天"
    assert phase_text([early, late], date(2022, 1, 31)) == "“早”阶段2022年2月1日开始，还有1天"
    assert phase_text([early, late], date(2023, 3, 1)) == "各阶段均已结束"
    assert phase_text([], date(2023, 3, 1)) == ""
