"""The interactive map in a real browser, opened from disk with the network cut."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from geo.errors import UnknownUnit
from maps.web_map import render
from tests.map_places import HOSTILE, Case, Shape, changji, hostile, invented

if TYPE_CHECKING:
    from tests.browser import Opened, OpenPage

pytestmark = pytest.mark.browser
SHAPES: tuple[Shape, ...] = ("areas", "points", "no boundary", "holes and islands", "nothing")


def html_of(case: Case, **options: Any) -> str:
    return render(case.layers, case.assessment, case.place, **options)


@cache
def changji_html() -> str:
    return html_of(changji())


def legend_counts(opened: Opened) -> dict[str, int]:
    """What the first section of the legend says, by state."""
    rows = opened.page.locator("#legend-rule section").first.locator("tr").all()
    return {str(row.get_attribute("data-key")): int(row.locator(".n").inner_text()) for row in rows}


def test_opens_from_disk_alone_and_silently(open_page: OpenPage) -> None:
    opened = open_page(changji_html())
    opened.page.wait_for_timeout(300)
    assert opened.quiet(), (opened.requests, opened.messages)
    assert "内部用图 不得公开" in opened.page.locator("#top").inner_text()
    assert "2022-10-31" in opened.page.locator("#as-of").inner_text()
    assert changji().place.maker in opened.page.locator("#foot").inner_text()


def test_counts_on_the_page_are_those_of_the_assessment_for_every_rule(open_page: OpenPage) -> None:
    opened = open_page(changji_html())
    rules = [rule for task in changji().assessment.to_dict()["tasks"] for rule in task["rules"]]
    assert len(rules) > 30
    for rule in rules:
        opened.page.select_option("#rule", rule["id"])
        shown, counts = legend_counts(opened), rule["units"]
        assert shown["met_dedicated"] + shown.get("met_shared", 0) == counts["met"], rule["id"]
        assert shown.get("met_shared", 0) == counts["met_shared"], rule["id"]
        for state in ("not_met", "unknown", "not_applicable"):
            assert shown[state] == counts[state], (rule["id"], state)
        listed = opened.page.locator("#gap-count").inner_text()
        assert int(re.findall(r"\d+", listed)[0]) == counts["not_met"] + counts["unknown"], rule["id"]
    assert opened.quiet(), opened.messages


def test_every_rule_has_its_township_shares(open_page: OpenPage) -> None:
    """Shares by township, read off the painting's own source, equal a plain count of the findings."""
    opened = open_page(changji_html())
    for rule in (r for t in changji().assessment.to_dict()["tasks"] for r in t["rules"] if r["unit"] == "village"):
        wanted: dict[str, list[int]] = {}
        for finding in rule["findings"]:
            counts = wanted.setdefault(finding["township_code"], [0, 0])
            counts[0] += finding["state"] == "met"
            counts[1] += 1
        shown = opened.js(
            f"Object.fromEntries([...kepu.data.byTownship(kepu.data.views.get('{rule['id']}'))]"
            ".map(([t, c]) => [kepu.data.units[t].code, [c.met, c.inScope]]))"
        )
        assert shown == wanted, rule["id"]


def test_layers_switch_on_and_off_with_their_counts(open_page: OpenPage) -> None:
    opened = open_page(changji_html())
    layers = changji().layers
    picture = opened.js("kepu.map.scene()._container.toDataURL()")
    for name in ("stations", "boards", "communicators", "schools", "bases"):
        entry = opened.page.locator(f'.layer[data-layer="{name}"]')
        assert int(entry.locator("label .n").inner_text()) == len(layers[name])
        opened.page.check(f"#layer-{name}")
        changed = opened.js("kepu.map.scene()._container.toDataURL()")
        assert changed != picture
        opened.page.uncheck(f"#layer-{name}")
        assert opened.js("kepu.map.scene()._container.toDataURL()") == picture
    assert opened.quiet()


def test_a_layer_tells_how_many_are_drawn_at_their_village(open_page: OpenPage) -> None:
    opened = open_page(changji_html(), link="#layers=boards,stations")
    without = int(changji().layers["stations"].geometry.isna().sum())
    assert f"{without} 处没有坐标" in opened.page.locator('.layer[data-layer="stations"]').inner_text()
    rows = opened.page.locator('.layer[data-layer="boards"] table tr').all()
    assert sum(int(row.locator(".n").inner_text()) for row in rows) == len(changji().layers["boards"])


def test_the_list_flies_to_a_unit_and_opens_its_card(open_page: OpenPage) -> None:
    opened = open_page(changji_html(), link="#rule=17.village.freshness")
    finding = next(
        f for f in changji().assessment.rule("17.village.freshness").to_dict()["findings"] if f["state"] == "not_met"
    )
    opened.page.locator(".gap").first.click()
    card = opened.page.locator("#card")
    assert card.get_attribute("data-code") == finding["unit_code"]
    line = card.locator('[data-rule="17.village.freshness"]')
    assert finding["reason"] in line.inner_text()
    assert finding["due"] in line.inner_text()
    line.locator("summary").click()
    source = finding["evidence"][0]
    assert source["file"] in line.inner_text()
    assert f"第 {source['row']} 行" in line.inner_text()
    rules = {r.rule.id for r in changji().assessment.rules if r.rule.unit == "village"}
    assert {str(e.get_attribute("data-rule")) for e in card.locator(".requirement").all()} == rules
    opened.page.keyboard.press("Escape")
    assert card.is_hidden()


def test_a_click_on_the_map_opens_the_card(open_page: OpenPage) -> None:
    opened = open_page(changji_html())
    code = changji().place.villages["code"].iloc[-1]
    opened.js(f"kepu.map.flyTo(kepu.data.byCode.get('{code}').index)")
    opened.page.wait_for_timeout(600)
    x, y = opened.js(
        f"(() => {{ const u = kepu.data.byCode.get('{code}'), m = kepu.map.leaflet(),"
        " p = m.latLngToContainerPoint([u.lat, u.lon]), r = m.getContainer().getBoundingClientRect();"
        " return [p.x + r.left, p.y + r.top]; })()"
    )
    opened.page.mouse.click(x, y)
    assert opened.page.locator("#card").get_attribute("data-code") == code


def test_a_shared_station_names_its_company(open_page: OpenPage) -> None:
    stations = changji().layers["stations"]
    codes = set(changji().place.villages["code"])
    row = next(r for r in stations.to_dict("records") if r["serves"] and set(r["serves"]) <= codes)
    opened = open_page(changji_html(), link=f"#unit={row['unit_code']}")
    names = dict(zip(changji().place.villages["code"], changji().place.villages["name"], strict=True))
    opened.page.locator('.stands[data-layer="stations"] summary').first.click()
    assert names[row["serves"][0]] in opened.page.locator('.stands[data-layer="stations"]').inner_text()


def test_filters_narrow_the_list(open_page: OpenPage) -> None:
    opened = open_page(changji_html())
    findings = changji().assessment.rule("17.village.station").to_dict()["findings"]
    gaps = [f for f in findings if f["state"] == "unknown"]
    town = gaps[0]["township_code"]
    opened.page.select_option("#filter-township", town)
    opened.page.select_option("#filter-state", "unknown")
    wanted = [f["unit_code"] for f in gaps if f["township_code"] == town]
    assert [str(e.get_attribute("data-code")) for e in opened.page.locator(".gap").all()] == wanted
    assert opened.js("location.hash").startswith(f"#rule=17.village.station&township={town}&state=unknown")


@pytest.mark.parametrize(
    "query",
    ["三工", "652301101000", "sangong", "sgz", "SanGong Zhen"],
)
def test_search_by_name_code_pinyin_and_initials(open_page: OpenPage, query: str) -> None:
    opened = open_page(changji_html())
    opened.page.fill("#search", query)
    assert "三工镇" in opened.page.locator("#found li").first.inner_text()
    opened.page.keyboard.press("Enter")
    assert opened.page.locator("#card-title").inner_text() == "三工镇"


def test_search_shows_both_villages_of_one_name_with_their_townships(open_page: OpenPage) -> None:
    villages = changji().place.villages
    twice = villages[villages["name"].duplicated(keep=False)].sort_values("name").head(2)
    opened = open_page(changji_html())
    opened.page.fill("#search", str(twice["name"].iloc[0]))
    found = {str(e.get_attribute("data-code")) for e in opened.page.locator("#found li").all()}
    assert set(twice["code"]) <= found


def test_a_link_brings_back_rule_unit_and_layers(open_page: OpenPage) -> None:
    code = changji().place.villages["code"].iloc[0]
    opened = open_page(changji_html(), link=f"#rule=17.village.board&unit={code}&layers=boards")
    assert opened.page.locator("#rule").input_value() == "17.village.board"
    assert opened.page.locator("#card").get_attribute("data-code") == code
    assert opened.page.locator("#layer-boards").is_checked()


@pytest.mark.parametrize("link", ["#rule=%E0%A4%A&unit=<img>", "#=&&&", "#rule=nonsense&state=__proto__&layers=a,b"])
def test_a_broken_link_opens_the_default_view(open_page: OpenPage, link: str) -> None:
    opened = open_page(changji_html(), link=link)
    assert opened.page.locator("#rule").input_value() == "17.village.station"
    assert opened.quiet()


def test_hostile_texts_stay_texts(open_page: OpenPage) -> None:
    case = invented(name=hostile())
    html = html_of(case)
    for text in ("<img src=x", "</script><script>", "<svg onload", "<!--<script>"):
        assert text not in html
    opened = open_page(html, link="#layers=stations,boards,schools,bases")
    page = opened.page
    assert page.title() == f"{case.place.name}科普设施覆盖图".replace("\t", " ")
    for rule in case.assessment.rules:
        page.select_option("#rule", rule.rule.id)
    page.click("#notes summary")
    page.fill("#search", "<")
    for unit in opened.js("kepu.data.units.map(u => u.index)"):
        opened.js(f"kepu.select({{unit: kepu.data.units[{unit}]}}, true)")
        opened.js("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert page.locator("#card-title").text_content() == opened.js(f"kepu.data.units[{unit}].name")
    page.click("#picture")
    page.wait_for_timeout(300)
    assert opened.js("window.__pwned") is None
    assert opened.quiet(), (opened.requests, opened.messages)
    names = [*case.place.townships["name"], *case.place.villages["name"]]
    assert set(names) <= set(opened.js("kepu.data.units.map(u => u.name)"))
    assert all(any(text in name for name in names) for text in HOSTILE)


def test_copied_cells_are_no_formulas(open_page: OpenPage) -> None:
    opened = open_page(html_of(invented(name=lambda text: f"=1+1\t\n{text}")), link="#rule=17.village.station")
    lines = opened.js("kepu.list.text()").split("\n")
    assert len(lines) == opened.js("kepu.list.size()") + 1
    assert all(len(line.split("\t")) == 5 for line in lines)
    assert not any(cell.startswith("=") for line in lines for cell in line.split("\t"))


@pytest.mark.parametrize("shape", SHAPES)
def test_places_of_any_shape_give_a_map(open_page: OpenPage, shape: Shape) -> None:
    case = invented(shape=shape)
    opened = open_page(html_of(case))
    counts = case.assessment.rule("17.village.station").counts
    assert legend_counts(opened)["not_met"] == counts.not_met
    opened.page.locator(".gap").first.click()
    opened.page.wait_for_timeout(300)
    assert opened.page.locator("#card").is_visible()
    painted = opened.js(
        "(() => { const c = kepu.map.scene()._container;"
        " return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0); })()"
    )
    assert painted == (shape != "nothing")
    assert opened.quiet(), opened.messages


def test_one_unit_and_one_township_are_enough(open_page: OpenPage) -> None:
    opened = open_page(html_of(invented(townships=2, villages=1)))
    assert opened.quiet()


def test_the_list_holds_thousands_without_as_many_elements(open_page: OpenPage) -> None:
    opened = open_page(html_of(invented(townships=30, villages=100, shape="points")))
    opened.page.select_option("#filter-state", "met")
    assert opened.js("kepu.list.size()") > 1500
    assert opened.page.locator(".gap").count() < 60
    opened.page.focus("#gaps")
    opened.page.keyboard.press("End")
    opened.page.keyboard.press("Enter")
    assert opened.page.locator("#card").is_visible()


def test_paper_gives_the_screen_back(open_page: OpenPage) -> None:
    opened = open_page(changji_html())
    zoom = opened.js("kepu.map.leaflet().getZoom()")
    opened.page.pdf(format="A4", landscape=True, print_background=True)
    assert opened.js("kepu.map.leaflet().getZoom()") == zoom
    assert opened.quiet()


def test_a_phone_gets_a_sheet_that_opens(open_page: OpenPage) -> None:
    opened = open_page(changji_html(), size=(390, 844), touch=True)
    assert opened.js("document.documentElement.scrollWidth") <= 390
    assert not opened.page.locator("#gaps").is_visible()
    opened.page.tap("#sheet")
    assert opened.page.locator("#gaps").is_visible()
    assert opened.page.locator("#sheet").get_attribute("aria-expanded") == "true"
    assert opened.quiet()


AXE = Path(__file__).resolve().parent.parent / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is installed by make assets")
@pytest.mark.parametrize("size", [(1366, 768), (390, 844)])
@pytest.mark.parametrize("link", ["", "#rule=17.village.freshness&unit=652301001001&layers=boards,schools"])
def test_axe_finds_nothing(open_page: OpenPage, size: tuple[int, int], link: str) -> None:
    opened = open_page(changji_html(), link=link, size=size, bypass_csp=True)
    opened.js(AXE.read_text(encoding="utf-8"))
    result = opened.js(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    assert [(found["id"], found["nodes"][0]["html"]) for found in result["violations"]] == []


def test_same_input_same_bytes() -> None:
    case = invented(name=hostile())
    assert html_of(case) == html_of(case)


def test_the_file_asks_for_nothing_and_allows_nothing() -> None:
    html = changji_html()
    assert len(html.encode()) <= 1_000_000
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "unsafe-inline" not in policy[1]
    assert not re.search(r'(?:src|href)\s*=\s*"https?:', html)
    for sheet in re.findall(r"<style>(.*?)</style>", html, re.DOTALL):
        assert "url(" not in sheet
        assert "@import" not in sheet


def test_an_unknown_township_is_refused_and_a_known_one_opens_there(open_page: OpenPage) -> None:
    with pytest.raises(UnknownUnit, match="999999999999"):
        html_of(changji(), township="999999999999")
    opened = open_page(html_of(changji(), township="652301101000", title="三工镇一张图"))
    assert opened.page.locator("#title").inner_text() == "三工镇一张图"
    assert opened.page.locator("#filter-township").input_value() == "652301101000"


def test_a_review_number_replaces_the_internal_mark(open_page: OpenPage) -> None:
    opened = open_page(html_of(changji(), review_number="新S(2099)001号"))
    assert opened.page.locator("#mark").inner_text() == "审图号：新S(2099)001号"
    assert "不得公开" not in opened.page.locator("#top").inner_text()
