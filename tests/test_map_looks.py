"""How the page looks: nothing overlaps or is cut off, states hold without colour, paper and picture are whole."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest

from maps.web_map import render
from tests.browser import DESKTOP, PHONE, PROJECTOR, Opened, OpenPage
from tests.map_places import changji
from tests.test_map_time import RULE, html
from tests.test_web_map import AXE

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

ON_STAGE = (
    "#legend > h2", "#legend-body", "#extents", ".leaflet-control-zoom", "#aids-toggle", "#inset", "#north",
    "#map .leaflet-control-scale", "#pointer", "#swipe-before", "#swipe-after",
)  # fmt: skip
VIEWS = ("", "#mode=present", f"#rule={RULE}&compare=2022-03-31", f"#rule={RULE}&compare=2022-03-31&mode=present")


def boxes(opened: Opened, selectors: tuple[str, ...]) -> dict[str, list[float]]:
    """Left, top, right and bottom of what is visible."""
    found: dict[str, list[float]] = opened.page.evaluate(
        "names => Object.fromEntries(names.map(n => [n, document.querySelector(n)])"
        ".filter(p => p[1] && p[1].offsetParent).map(p => [p[0], p[1].getBoundingClientRect()])"
        ".filter(p => p[1].width).map(p => [p[0], [p[1].left, p[1].top, p[1].right, p[1].bottom]]))",
        list(selectors),
    )
    return found


@pytest.mark.parametrize("size", [DESKTOP, PROJECTOR])
@pytest.mark.parametrize("link", VIEWS)
def test_nothing_on_the_stage_overlaps(open_page: OpenPage, link: str, size: tuple[int, int]) -> None:
    opened = open_page(html(), link=link, size=size)
    found = boxes(opened, ON_STAGE)
    assert len(found) >= 5
    for (one, a), (other, b) in combinations(found.items(), 2):
        apart = a[2] <= b[0] + 1 or b[2] <= a[0] + 1 or a[3] <= b[1] + 1 or b[3] <= a[1] + 1
        assert apart, (one, a, other, b)


@pytest.mark.parametrize("size", [DESKTOP, PROJECTOR])
def test_presenting_shows_sentence_rings_and_the_worst_three_at_once(
    open_page: OpenPage, size: tuple[int, int]
) -> None:
    opened = open_page(html(), link="#mode=present", size=size)
    found = boxes(opened, ("#panel", "#sentence", "#rings", "#worst li:nth-child(3)"))
    assert len(found) == 4
    assert all(box[3] <= found["#panel"][3] + 1 for box in found.values()), found
    sentence, worst, ring, legend = opened.js(
        "['#sentence', '#worst', '.ring-button strong', '#legend-body']"
        ".map(s => parseFloat(getComputedStyle(document.querySelector(s)).fontSize))"
    )
    assert sentence >= 28
    assert min(worst, ring) >= 20
    assert legend >= 16


def test_states_are_told_apart_without_colour_however_small(open_page: OpenPage) -> None:
    """Grey pictures of the symbols at the smallest size of the map, and of the areas, differ pair by pair."""
    opened = open_page(html())
    pictures = opened.js("""(() => {
      const grey = draw => {
        const c = document.createElement('canvas'); c.width = c.height = 24;
        const ctx = c.getContext('2d'); ctx.fillStyle = '#f7f8f9'; ctx.fillRect(0, 0, 24, 24); draw(ctx);
        const d = ctx.getImageData(0, 0, 24, 24).data, out = [];
        for (let i = 0; i < d.length; i += 4) out.push(0.2126 * d[i] + 0.7152 * d[i + 1] + 0.0722 * d[i + 2]);
        return out;
      };
      const symbol = (shape, r, look) => grey(ctx => {
        ctx.scale(2, 2); kepu.symbols.point(ctx, shape, 6, 6, r, look);
      });
      const facility = (layer, n) => {
        const look = kepu.symbols.facility(layer, n);
        return symbol(look.shape, 4, look);
      };
      const s = kepu.data.palette.states, small = kepu.draw.radius({scale: 0});
      return {
        points: s.map(one => symbol(one.glyph, small, one)),
        areas: s.map(one => grey(ctx => {
          ctx.fillStyle = kepu.symbols.area(ctx, one.area, one.line, one.hatch, 1); ctx.fillRect(0, 0, 24, 24);
        })),
        boards: [0, 1, 2, 3, 4].map(n => facility('boards', n)), yesno: [0, 1, 2].map(n => facility('associations', n)),
      };
    })()""")
    for name, looks in pictures.items():
        for (i, one), (j, other) in combinations(enumerate(looks), 2):
            differing = sum(abs(a - b) > 30 for a, b in zip(one, other, strict=True)) / len(one)
            assert differing > 0.03, (name, i, j, differing)


def test_the_legend_shows_area_and_symbol_of_each_state(open_page: OpenPage) -> None:
    opened = open_page(html())
    swatches = opened.js(
        "[...document.querySelectorAll('#legend-rule section:first-child .swatch')].map(c => c.toDataURL())"
    )
    assert len(set(swatches)) == len(swatches) == 5
    wrapped = opened.js(
        "[...document.querySelectorAll('#legend-rule th')].filter(e => e.offsetHeight > 28).map(e => e.textContent)"
    )
    assert wrapped == []


def test_a_phone_cuts_nothing_off(open_page: OpenPage) -> None:
    opened = open_page(html(), size=PHONE, touch=True)
    assert changji().place.demo_note in opened.page.locator("#marks").inner_text()
    for part in ("#marks", "#foot", ".bar:first-child .month", "#time-now", "#scope"):
        left, top, right, bottom = boxes(opened, (part,))[part]
        assert 0 <= left < right <= PHONE[0], part
        assert 0 <= top < bottom <= PHONE[1], part
    assert opened.js("['marks', 'foot'].every(i => document.getElementById(i).scrollHeight <= "
                     "document.getElementById(i).clientHeight + 1)")  # fmt: skip
    inside = "kepu.map.leaflet().getBounds().contains(kepu.world.bounds(kepu.world.scope))"
    assert opened.js(inside), "the place fits into what the sheet leaves free"


PRINTED = (
    "[...document.querySelectorAll('button, select, input, summary')].filter(e => e.offsetParent && "
    "!e.matches('.ring-button, .link, #legend-toggle, #rule')).map(e => e.id || e.outerHTML)"
)


@pytest.mark.parametrize(("paper", "size"), [("A4", (842, 595)), ("A3", (1191, 842))])
@pytest.mark.parametrize("link", ["", "#scope=all"])
def test_paper_is_one_landscape_page(open_page: OpenPage, paper: str, size: tuple[int, int], link: str) -> None:
    opened = open_page(html(), link=link)
    pdf = opened.page.pdf(format=paper, landscape=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    box = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)", pdf)
    assert box is not None
    assert [float(side) for side in box.groups()] == pytest.approx(size, abs=1.5)
    assert opened.quiet(), opened.messages


def test_large_type_stays_off_the_paper_and_comes_back(open_page: OpenPage) -> None:
    opened = open_page(html(), link="#mode=present")
    large = "document.documentElement.classList.contains('presenting')"
    assert opened.js(large)
    opened.js("window.dispatchEvent(new Event('beforeprint'))")
    assert not opened.js(large)
    assert opened.js("[...document.querySelectorAll('#rings .ring')].every(e => e.getBoundingClientRect().width < 70)")
    opened.js("window.dispatchEvent(new Event('afterprint'))")
    assert opened.js(large)


def test_paper_has_all_marks_and_no_buttons(open_page: OpenPage) -> None:
    opened = open_page(html())
    opened.js("window.dispatchEvent(new Event('beforeprint'))")
    assert opened.js(PRINTED) == []
    grain = opened.js("(s => s._container.width / s._bounds.getSize().x)(kepu.map.scene())")
    assert grain == 4, "Chromium draws canvases of another grain than 2, 4, … out of place on paper"
    text = opened.js("document.body.innerText")
    place = changji().place
    for part in (place.name, "截至 2022-10-31", "内部用图 不得公开", place.maker, place.demo_note, "示意", "资料来源"):
        assert part in text, part
    found = boxes(opened, ("#top", "#stage", "#panel", "#foot"))
    assert all(box[3] <= 717 for box in found.values()), found
    opened.js("window.dispatchEvent(new Event('afterprint'))")
    assert not opened.js("document.body.classList.contains('printing')")


def test_the_picture_carries_what_the_page_does(open_page: OpenPage) -> None:
    opened = open_page(html(), link="#scope=all")
    written = opened.js("""(() => {
      const pen = CanvasRenderingContext2D.prototype, own = pen.fillText, out = [];
      pen.fillText = function (text, ...rest) { out.push(text); own.call(this, text, ...rest); };
      const c = kepu.picture();
      pen.fillText = own;
      return [out.join('\\n'), c.width];
    })()""")
    place, text = changji().place, written[0]
    wanted = (opened.page.locator("#title").inner_text(), "截至 2022-10-31", "内部用图 不得公开", place.maker,
              place.demo_note, "示意", "北", "km", "达标（共用）", "未达标", "未上报", "资料来源", "方案只考核其中",
              opened.page.locator("#sentence").inner_text())  # fmt: skip
    assert [part for part in wanted if part not in text] == []
    assert written[1] > 1500


def test_a_card_marks_what_is_drawn_at_the_village(open_page: OpenPage) -> None:
    stations = changji().layers["stations"].to_dict("records")
    serving: dict[str, list[bool]] = {}
    for row in stations:
        for code in {row["unit_code"], *(row["serves"] or ())}:
            serving.setdefault(code, []).append(row["geometry"] is None)
    for marked in (True, False):
        code, found = next((code, found) for code, found in sorted(serving.items()) if any(found) == marked)
        opened = open_page(html(), link=f"#unit={code}")
        entry = opened.page.locator('.stands[data-layer="stations"]')
        entry.locator("summary").first.click()
        assert entry.locator(".facility").count() == len(found)
        assert entry.locator(".placed", has_text="没有坐标，按村点位绘制").count() == sum(found)


def touch(cdp: Any, kind: str, points: list[tuple[float, float]]) -> None:
    cdp.send(
        "Input.dispatchTouchEvent",
        {"type": kind, "touchPoints": [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]},
    )


def test_in_a_page_one_finger_scrolls_it_and_two_move_the_map(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "map.html").write_text(html(), encoding="utf-8")
    (tmp_path / "page.html").write_text(
        '<!DOCTYPE html><meta name="viewport" content="width=device-width"><body style="margin:0">'
        '<p style="height:280px">上文</p><iframe src="map.html" style="width:390px;height:700px;border:0"></iframe>'
        '<p style="height:2000px">下文</p>',
        encoding="utf-8",
    )
    context = chromium.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True, is_mobile=True, offline=True
    )
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    inside = page.frames[1]
    inside.wait_for_selector("html[data-ready]")
    cdp = context.new_cdp_session(page)

    def drag(points: list[tuple[float, float]], dy: float) -> bool:
        touch(cdp, "touchStart", points)
        for step in range(1, 11):
            touch(cdp, "touchMove", [(x, y + dy * step / 10) for x, y in points])
            page.wait_for_timeout(16)
        hinted = bool(inside.evaluate("!document.getElementById('two-fingers').hidden"))
        touch(cdp, "touchEnd", [])
        page.wait_for_timeout(400)
        return hinted

    def seen() -> tuple[float, float]:
        return page.evaluate("scrollY"), inside.evaluate("kepu.map.leaflet().getCenter().lat")

    scrolled, centre = seen()
    assert drag([(150, 620)], -120), "a finger on the map is told that two are needed"
    after_one = seen()
    assert after_one[0] > scrolled + 50
    assert after_one[1] == centre
    assert not drag([(120, 420), (210, 420)], -80)
    after_two = seen()
    assert after_two[0] == after_one[0]
    assert after_two[1] < centre - 0.05
    context.close()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is installed by make assets")
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize(
    "link",
    ["#scope=all", "#mode=present&scope=all", f"#rule={RULE}&compare=2022-03-31", "#base=villages&layers=boards"],
)
def test_axe_finds_nothing_in_any_mode(open_page: OpenPage, size: tuple[int, int], link: str) -> None:
    opened = open_page(html(), link=link, size=size, bypass_csp=True)
    if size == PHONE:
        opened.page.click("#sheet")
    elif "present" not in link:
        opened.page.click("#aids-toggle")
    opened.js(AXE.read_text(encoding="utf-8"))
    tags = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"
    result = opened.js(f"axe.run(document, {{runOnly: {tags}}})")
    assert [(found["id"], found["nodes"][0]["html"]) for found in result["violations"]] == []


def test_a_card_marks_positions_that_were_converted(open_page: OpenPage) -> None:
    case = changji()
    tables = dict(case.layers.tables)
    stations = tables["stations"].copy()
    at = stations.index[stations.geometry.notna() & stations["unit_code"].isin(set(case.place.villages["code"]))][0]
    stations["datum"] = stations["datum"].astype(object).where(stations.index != at, "bd09")
    layers = replace(case.layers, tables=tables | {"stations": stations})
    opened = open_page(render(layers, case.assessment, case.place), link=f"#unit={stations.loc[at, 'unit_code']}")
    entry = opened.page.locator('.stands[data-layer="stations"]')
    entry.locator("summary").first.click()
    assert entry.inner_text().count("由 BD-09（百度） 换算，位置近似") == 1
