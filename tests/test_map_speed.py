"""The map stays light and quick: beside plain folium, and in the browser; bench/bench_map.py prints the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.bench_map import compare, features
from maps.web_map import render
from tests.map_places import changji, invented

if TYPE_CHECKING:
    from tests.browser import OpenPage


def test_a_feature_is_lighter_and_quicker_than_a_folium_marker() -> None:
    case = invented(townships=4, villages=40, shape="points")
    assert features(case) > 500
    for label, (weight, speed) in compare(case, 1).items():
        assert weight.theirs / weight.ours >= 6, label
        assert speed.theirs / speed.ours >= 5, label  # on a quiet machine several times that


@pytest.mark.browser
def test_a_rule_switch_is_quick(open_page: OpenPage) -> None:
    opened = open_page(render(changji().layers, changji().assessment, changji().place))
    times = opened.js(
        "['17.village.board', '17.village.freshness', '18.school.lab', '17.village.station', '8.village.organisation']"
        ".map(rule => { const t = performance.now(); kepu.state.set({rule}); document.body.offsetHeight;"
        " return performance.now() - t; }).sort((a, b) => a - b)"
    )
    assert times[len(times) // 2] < 150  # under 50 ms on a quiet machine


@pytest.mark.browser
def test_symbols_are_thinned_only_where_they_cover_their_like(open_page: OpenPage) -> None:
    opened = open_page(render(changji().layers, changji().assessment, changji().place))
    drawn = opened.js(
        "((points, r) => { let n = 0; const style = kepu.data.palette.states[1];"
        " kepu.symbols.stamp({drawImage: () => { n += 1; }}, style.glyph, points, r, style, 1); return n; })"
        "([[10, 10], [10.1, 10.1], [10, 10], [14, 10], [10, 40]], 4)"
    )
    assert drawn == 3


@pytest.mark.browser
def test_the_canvas_is_wiped_between_paintings(open_page: OpenPage) -> None:
    opened = open_page(render(changji().layers, changji().assessment, changji().place), link="#layers=stations,boards")
    picture = "kepu.map.scene()._container.toDataURL()"
    before = opened.js(picture)
    opened.js("kepu.map.leaflet().panBy([90, 60], {animate: false})")
    assert opened.js(picture) != before
    opened.js("kepu.map.leaflet().panBy([-90, -60], {animate: false})")
    assert opened.js(picture) == before
    opened.page.set_viewport_size({"width": 1100, "height": 700})
    opened.page.wait_for_timeout(300)
    width = opened.js("[kepu.map.scene()._container.width, kepu.map.scene()._bounds.getSize().x]")
    assert width[0] == pytest.approx(width[1], abs=1)
