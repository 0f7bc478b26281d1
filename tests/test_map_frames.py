"""A map of any frame of units and states: odd shapes, clear refusals, counts that are the frame's own."""

from __future__ import annotations

import json
import random
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from maps.frames import MapPage, UnfitFrame, map_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser import OpenPage

AS_OF = date(2022, 10, 31)
STATES = ("met", "未达标", None, "不适用")
HOLED = Polygon(box(100, 40, 101, 41).exterior, [box(100.2, 40.2, 100.4, 40.4).exterior])
ISLANDS = MultiPolygon([HOLED, box(102, 40, 102.2, 40.2)])
SPOILT = ("</script><script>window.__pwned=1</script>", "קריית שמונה", "\u202eمدينة", "{{ 7 * 7 }}")


def units(geometry: list[Any], *, crs: int | None = 4490, **columns: list[Any]) -> gpd.GeoDataFrame:
    n = len(geometry)
    data: dict[str, list[Any]] = {
        "code": [f"U{i}" for i in range(n)], "name": [f"村{i}" for i in range(n)],
        "state": [STATES[i % len(STATES)] for i in range(n)],
    }  # fmt: skip
    return gpd.GeoDataFrame(data | columns, geometry=geometry, crs=crs)


def block(page: str) -> Any:
    found = re.search(r'id="kepu-data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def counts(page: str) -> list[int]:
    """in_scope, met, met_shared, not_met, unknown, not_applicable."""
    return [int(n) for n in block(page)["tasks"][0]["rules"][0]["counts"]]


def test_counts_are_those_of_the_frame() -> None:
    page = map_of(units([box(100 + i, 40, 101 + i, 41) for i in range(9)]), as_of=AS_OF)
    assert counts(page) == [7, 3, 0, 2, 2, 2]
    assert page == map_of(units([box(100 + i, 40, 101 + i, 41) for i in range(9)]), as_of=AS_OF)


@pytest.mark.parametrize(
    "geometry",
    [[ISLANDS, HOLED], [Point(100, 40)], [box(0, 0, 1, 1)], [Point(1, 2), box(0, 0, 1, 1), None], [None, None]],
    ids=["holes and islands", "one point", "one area", "mixed", "nothing drawn"],
)
def test_shapes(geometry: list[Any], open_page: OpenPage) -> None:
    opened = open_page(map_of(units(geometry), as_of=AS_OF))
    assert opened.quiet(), (opened.requests, opened.messages)


def test_names_that_try_to_break_out_are_shown_as_they_are(open_page: OpenPage) -> None:
    frame = units([Point(100 + i / 10, 40) for i in range(4)], name=list(SPOILT), town=list(SPOILT), why=list(SPOILT))
    opened = open_page(map_of(frame, as_of=AS_OF, parent="town", reason="why", title=SPOILT[0]))
    assert opened.quiet(), (opened.requests, opened.messages)
    assert opened.js("window.__pwned === undefined")
    assert [opened.js(f"kepu.data.byCode.get('U{i}').name") for i in range(4)] == list(SPOILT)


def test_five_thousand_villages_under_their_parents() -> None:
    points = [Point(100 + i % 70 / 10, 40 + i // 70 / 10) for i in range(5000)]
    frame = units(points, up=[f"乡{i % 9}" for i in range(5000)])
    data = block(map_of(frame, as_of=AS_OF, parent="up"))
    assert data["units"]["kind"].count("0") == 9
    assert data["units"]["kind"].count("1") == 5000


def test_another_crs_arrives_in_degrees() -> None:
    frame = units([Point(87.3, 44.0), Point(87.4, 44.1)]).to_crs(4547 - 9)
    data = block(map_of(frame, as_of=AS_OF))
    assert data["units"]["x"][1:3] == pytest.approx([8730000, 8740000], abs=1)
    assert data["place"]["grid"]["code"] == "EPSG:4538"


def test_a_place_across_180_degrees_stays_in_one_piece() -> None:
    across = MultiPolygon([box(179, 60, 180, 61), box(-180, 60, -179, 61)])
    data = block(map_of(units([across, Point(-179.5, 62)]), as_of=AS_OF, boundary=across))
    assert [ring[0] for ring in data["boundary"]] == pytest.approx([18000000, 18100000], abs=100000)
    assert data["units"]["x"][2] == 18050000
    assert map_of(units([box(-10, 0, 10, 1)]), as_of=AS_OF)  # across 0° nothing moves


@pytest.mark.parametrize(
    ("frame", "options", "says"),
    [
        (units([Point(1, 2)]), {"state": "状态"}, "没有这些列：状态"),
        (units([Point(1, 2)], state=["good"]), {}, "“good”"),
        (units([Point(1, 2)], crs=None), {}, "坐标系"),
        (units([]), {}, "空"),
        (units([Point(1, 2)] * 2, code=["A", "A"]), {}, "重复：A"),
        (units([Point(1, 2)], code=[None]), {}, "没有代码"),
        (units([LineString([(0, 0), (1, 1)])]), {}, "LineString"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_its_reason(
    frame: gpd.GeoDataFrame, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(UnfitFrame, match=says):
        map_of(frame, as_of=AS_OF, **options)


def test_the_page_calls_units_as_it_is_told_and_shows_no_empty_layers(open_page: OpenPage) -> None:
    squares = [box(100 + i, 40, 101 + i, 41) for i in range(4)]
    frame = units(squares, name=list("甲乙丙丁"), up=["东区", "东区", "西区", "西区"])
    opened = open_page(map_of(frame, as_of=AS_OF, parent="up", unit="学校", group="学区", title="学校状态图"))
    assert opened.page.locator("#sentence").inner_text().startswith("3 个学校中 1 个达标")
    assert opened.page.locator("#filter-township option").first.inner_text() == "全部学区"
    assert opened.page.locator("#legend-layers").is_hidden()
    assert opened.page.locator("#layers-title").is_hidden()
    opened.page.click("#aids-toggle")
    opened.page.click("#notes summary")
    opened.js("kepu.select({unit: kepu.data.byCode.get('U0')}, true)")
    text = opened.js("document.body.innerText + document.querySelector('#search').placeholder")
    for word in ("村", "社区", "乡镇", "街道", "活动站", "没有上报材料", "任务"):
        assert word not in text, word


def test_areas_without_parents_are_painted_at_any_zoom(open_page: OpenPage) -> None:
    squares = [box(100 + i % 70, 20 + i // 70, 101 + i % 70, 21 + i // 70) for i in range(1400)]
    opened = open_page(map_of(units(squares), as_of=AS_OF))
    assert opened.js("kepu.map.showsVillages()")
    opened.js("kepu.map.leaflet().setZoom(3, {animate: false})")
    assert opened.js("kepu.map.showsVillages()")
    assert opened.quiet(), opened.messages


def test_right_to_left_names_keep_their_order(open_page: OpenPage) -> None:
    names = ["קריית שמונה", "تل أبيب", "حيفا", "ירושלים"]
    frame = units([box(35 + i, 32, 36 + i, 33) for i in range(4)], name=names, state=["未达标"] * 4)
    opened = open_page(map_of(frame, as_of=AS_OF, unit="学校"))
    shown = [item.inner_text() for item in opened.page.locator(".gap-name bdi:first-child").all()]
    assert shown == names
    assert opened.quiet(), opened.messages


def test_thousands_of_points_are_small_and_leave_no_hole_behind_the_second_picture(open_page: OpenPage) -> None:
    rng = random.Random(5)
    points = [Point(100 + rng.gauss(0, 0.5), 40 + rng.gauss(0, 0.4)) for _ in range(2000)]
    opened = open_page(map_of(units(points), as_of=AS_OF))
    assert opened.js("kepu.draw.radius({scale: 0})") == 2
    assert opened.page.locator("#inset").is_visible()
    assert opened.js(
        "(() => { const s = kepu.map.scene(), p = s.pen(), b = p.skip, k = p.ratio;"
        " const [x, y, w, h] = [b[0] + 4, b[1] + 4, b[2] - b[0] - 8, b[3] - b[1] - 8].map(v => v * k);"
        " return p.ctx.getImageData(x, y, w, h).data.some(v => v > 0); })()"
    )


def test_points_keep_clear_of_the_edge(open_page: OpenPage) -> None:
    opened = open_page(map_of(units([Point(100 + i % 3 / 10, 40 + i // 3 / 10) for i in range(9)]), as_of=AS_OF))
    near = opened.js(
        "(() => { const m = kepu.map.leaflet(), s = m.getSize(), l = document.querySelector('#legend').offsetWidth;"
        " const at = kepu.data.units.filter(u => u.lon !== null).map(u => m.latLngToContainerPoint([u.lat, u.lon]));"
        " return Math.min(...at.map(p => Math.min(p.x - l, s.x - p.x, p.y, s.y - p.y))); })()"
    )
    assert near >= 40


def test_saves_and_shows_itself_in_a_closed_frame(tmp_path: Path, open_page: OpenPage) -> None:
    page = map_of(units([box(100 + i, 40, 101 + i, 41) for i in range(3)]), as_of=AS_OF)
    assert isinstance(page, MapPage)
    assert page.save(tmp_path / "map.html").read_text(encoding="utf-8") == page
    opened = open_page(f"<!DOCTYPE html><html data-ready><title>n</title>{page._repr_html_()}")
    inside = opened.page.frames[1]
    inside.wait_for_selector("html[data-ready]")
    inside.evaluate("kepu.state.set({state: 'not_met'})")
    assert inside.locator("#gap-count").inner_text().startswith("1")
    assert opened.quiet(), (opened.requests, opened.messages)
