"""Reading aids, the leader's view and small screens; distances and coordinates against pyproj."""

from __future__ import annotations

import random
from functools import cache
from itertools import pairwise

import pytest
from pyproj import Geod, Transformer

from maps.projection import grid
from maps.web_map import render
from tests.browser import PHONE, OpenPage
from tests.map_places import changji
from tests.test_map_time import html as html_over_time

pytestmark = pytest.mark.browser
GEOD = Geod(a=6378137, rf=298.257222101)


@cache
def html() -> str:
    case = changji()
    return render(case.layers, case.assessment, case.place)


def positions(n: int) -> list[tuple[float, float]]:
    rng = random.Random(4)
    return [(rng.uniform(85.5, 88.5), rng.uniform(42.5, 45.5)) for _ in range(n)]


def test_plane_coordinates_agree_with_pyproj_to_a_millimetre(open_page: OpenPage) -> None:
    opened = open_page(html())
    points = positions(60)
    shown = opened.page.evaluate("points => points.map(p => kepu.geodesy.plane(p[0], p[1]))", points)
    to_grid = Transformer.from_crs("EPSG:4490", changji().place.working_crs, always_xy=True)
    for point, (x, y) in zip(points, shown, strict=True):
        east, north = to_grid.transform(*point)
        assert x == pytest.approx(east, abs=1e-3)
        assert y == pytest.approx(north, abs=1e-3)


def test_distances_and_circles_agree_with_pyproj(open_page: OpenPage) -> None:
    opened = open_page(html())
    points = positions(40)
    pairs = [*pairwise(points), ((0.0, 0.0), (0.0, 1.0)), ((-170.0, 80.0), (170.0, -80.0))]
    shown = opened.page.evaluate("pairs => pairs.map(p => kepu.geodesy.distance(...p[0], ...p[1]))", pairs)
    for (a, b), metres in zip(pairs, shown, strict=True):
        assert metres == pytest.approx(GEOD.inv(*a, *b)[2], abs=1e-3)
    for lon, lat in points[:5]:
        for x, y in opened.page.evaluate(f"kepu.geodesy.circle({lon}, {lat}, 5000, 16)"):
            assert GEOD.inv(lon, lat, x, y)[2] == pytest.approx(5000, abs=1e-3)


def test_a_grid_only_for_a_transverse_mercator_in_metres() -> None:
    assert grid("EPSG:4490") is None
    assert grid("EPSG:3857") is None
    assert grid("nonsense") is None
    found = grid("EPSG:4517")
    assert found is not None
    assert found["fe"] == 29_500_000


def test_coordinates_are_written_as_the_office_does(open_page: OpenPage) -> None:
    opened = open_page(html())
    write = "kind => kepu.geodesy.format(87.3, 44.0125, kind)"
    assert opened.page.evaluate(write, "degrees") == "经度 87.300000° 纬度 44.012500°（CGCS2000）"
    assert opened.page.evaluate(write, "dms") == "东经87°18′00.0″ 北纬44°00′45.0″（CGCS2000）"
    assert "EPSG:4538" in opened.page.evaluate(write, "plane")
    assert (
        opened.js("kepu.geodesy.format(-0.9999999, -59.99999999, 'dms')")
        == "西经1°00′00.0″ 南纬60°00′00.0″（CGCS2000）"
    )


def test_measuring_draws_a_line_and_says_its_length(open_page: OpenPage) -> None:
    opened = open_page(html())
    opened.page.click("#aids-toggle")
    opened.page.click("#measure")
    for x, y in ((450, 300), (500, 400)):
        opened.page.mouse.click(x, y)
    (a, b) = opened.js("kepu.marks.now().points")
    metres = GEOD.inv(*a, *b)[2]
    assert f"{metres / 1000:.2f} 公里" in opened.page.locator("#aid-line").inner_text()
    assert opened.page.locator("#card").is_hidden()
    opened.page.keyboard.press("Escape")
    assert opened.page.locator("#aid-line").is_hidden()


def test_aids_change_the_picture_and_give_it_back(open_page: OpenPage) -> None:
    opened = open_page(html(), link="#layers=stations")
    picture = "kepu.map.scene()._container.toDataURL()"
    plain = opened.js(picture)
    opened.page.click("#aids-toggle")
    for on, off in (
        ("marks.set({graticule: true})", "marks.set({graticule: false})"),
        ("marks.set({radius: 2000})", "marks.set({radius: 0})"),
        ("state.set({scope: 'plan'})", "state.set({scope: null})"),
    ):
        opened.js(f"void kepu.{on}")
        assert opened.js(picture) != plain, on
        opened.js(f"void kepu.{off}")
        assert opened.js(picture) == plain, on
    opened.page.select_option("#radius", "2000")
    assert "2 公里 直线距离" in opened.page.locator("#aid-line").inner_text()
    assert opened.quiet(), opened.messages


def test_legends_tell_bases_teachers_and_caravan_stops(open_page: OpenPage) -> None:
    opened = open_page(html(), link="#layers=bases,schools,activities")
    layers = changji().layers
    text = opened.page.locator("#legend-layers").inner_text()
    assert "科普教育基地·地州级" in text
    teachers = layers["schools"]["science_teacher"]
    for kind, n in (("full", 0), ("part", 1), ("none", 2)):
        row = opened.page.locator(f'tr[data-key="schools_kind_{n}"] .n')
        assert int(row.inner_text()) == int((teachers == kind).sum())
    caravan = int((layers["activities"]["kind"] == "caravan").sum())
    assert int(opened.page.locator('tr[data-key="activities_kind_0"] .n').inner_text()) == caravan


def test_one_sentence_over_the_main_requirements(open_page: OpenPage) -> None:
    opened = open_page(html())
    main = opened.js("kepu.data.views.get('main.all.village').rules.map(r => r.id)")
    assert len(main) > 1
    states: dict[str, set[str]] = {}
    for rule_id in main:
        for finding in changji().assessment.rule(rule_id).to_dict()["findings"]:
            states.setdefault(finding["unit_code"], set()).add(finding["state"])
    met = sum(found == {"met"} for found in states.values())
    gaps = sum("not_met" in found for found in states.values())
    wanted = f"{len(states)} 个村（社区）中 {met} 个全部达标，{gaps} 个有缺口，{len(states) - met - gaps} 个有未上报项"
    assert wanted in opened.page.locator("#leader").inner_text()
    opened.page.click("#leader button")
    assert wanted in opened.page.locator("#sentence").inner_text()
    assert opened.page.locator("#rule").input_value() == "main.all.village"


def test_presenting_shows_large_type_and_comes_back_from_a_link(open_page: OpenPage) -> None:
    opened = open_page(html())
    opened.page.click("#present")
    assert "mode=present" in opened.js("location.hash")
    assert opened.js("parseFloat(getComputedStyle(document.querySelector('#sentence')).fontSize)") >= 28
    assert opened.page.locator("#worst li:visible").count() <= 3
    opened.page.click("#present")
    assert "mode" not in opened.js("location.hash")


@pytest.mark.parametrize("opens", [(), ("#sheet",), ("#aids-toggle",), ("#legend-toggle",)])
def test_a_phone_has_targets_of_44_pixels(open_page: OpenPage, opens: tuple[str, ...]) -> None:
    opened = open_page(html_over_time(), size=PHONE, touch=True)
    for control in opens:
        opened.page.tap(control)
    small = opened.js(
        "[...document.querySelectorAll('button:not(.link), select, input:not([type=checkbox])')]"
        ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 43.9).map(e => e.id || e.outerHTML)"
    )
    assert small == []
    assert opened.js("document.documentElement.scrollWidth") <= PHONE[0]
    assert opened.quiet(), opened.messages
