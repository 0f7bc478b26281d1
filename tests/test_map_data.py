"""The data block: safe inside HTML, small, and true to what went in."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon, box

from maps.datablock import Dictionary, dumps
from maps.elements import vendor
from maps.errors import AssetsMissing
from maps.geometry import label_point, rings
from maps.pinyin import keys
from maps.unit_columns import short_name
from maps.web_map import render
from tests.map_places import HOSTILE, Case, hostile, invented


def block_of(case: Case) -> dict[str, object]:
    html = render(case.layers, case.assessment, case.place)
    found = re.search(r'<script type="application/json" id="kepu-data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    value = json.loads(found[1])
    assert isinstance(value, dict)
    return value


@given(st.text())
def test_any_text_survives_and_none_can_leave_the_block(text: str) -> None:
    encoded = dumps({"text": text})
    assert not re.search("[<>&\u2028\u2029]", encoded)
    assert json.loads(encoded) == {"text": text}


def test_broken_surrogates_and_not_a_number() -> None:
    assert json.loads(dumps("a\ud800b")) == "a?b"
    with pytest.raises(ValueError, match="Out of range"):
        dumps(float("nan"))


def test_dictionary_numbers_values_in_order_of_first_use() -> None:
    dictionary: Dictionary[str] = Dictionary()
    assert dictionary.codes(["b", "a", "b"]) == [0, 1, 0]
    assert dictionary.values == ["b", "a"]


def test_rings_are_differences_that_add_up() -> None:
    holed = Polygon(box(100, 40, 101, 41).exterior, [box(100.2, 40.2, 100.4, 40.4).exterior])
    island = box(102, 40, 103, 41)
    encoded = rings(MultiPolygon([holed, island]))
    for ring, source in zip(encoded, [holed.exterior, holed.interiors[0], island.exterior], strict=True):
        lon = lat = 0
        points = []
        for step in range(0, len(ring), 2):
            lon, lat = lon + ring[step], lat + ring[step + 1]
            points.append((lon / 1e5, lat / 1e5))
        assert points == [tuple(map(float, point)) for point in list(source.coords)[:-1]]


@pytest.mark.parametrize("nothing", [None, Polygon(), Point(1, 2)])
def test_what_is_no_area_has_no_rings(nothing: object) -> None:
    assert rings(nothing) == []  # type: ignore[arg-type]
    assert label_point(nothing, fallback=(1.0, 2.0)) == (1.0, 2.0)  # type: ignore[arg-type]


def test_a_name_is_written_inside_its_area() -> None:
    horseshoe = Polygon([(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)])
    at = label_point(horseshoe, fallback=None)
    assert at is not None
    assert horseshoe.contains(Point(at))


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [("三工镇", "sangongzhen", "sgz"), ("A座 2村", "azuo2cun", "az2c"), ("Old Town", "oldtown", "o"), ("", "", "")],
)
def test_pinyin_keys(name: str, full: str, initials: str) -> None:
    assert keys(name) == (full, initials)


@pytest.mark.parametrize(
    ("name", "short"),
    [("西街社区居民委员会", "西街社区"), ("北门村村委会", "北门村"), ("翠岸社区居委会", "翠岸社区"),
     ("村委会", "村委会"), ("三工镇", "三工镇")],
)  # fmt: skip
def test_names_on_the_map_lose_their_ending(name: str, short: str) -> None:
    assert short_name(name) == short


def test_private_columns_never_reach_the_page() -> None:
    case = invented()
    stations = case.layers.tables["stations"]
    tables = {**case.layers.tables, "stations": stations.assign(person="不应出现的人", phone="不应出现的电话")}
    leaky = Case(type(case.layers)(tables, case.layers.none), case.assessment, case.place)
    assert "不应出现" not in render(leaky.layers, leaky.assessment, leaky.place)


def test_hostile_texts_arrive_as_they_were() -> None:
    strings = block_of(invented(name=hostile()))["strings"]
    assert isinstance(strings, list)
    for text in HOSTILE:
        assert any(text in string for string in strings), text


def test_missing_front_end_is_said_plainly() -> None:
    with pytest.raises(AssetsMissing, match="make assets"):
        vendor("no-such-file.js")
