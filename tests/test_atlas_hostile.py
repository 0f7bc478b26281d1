"""The atlas of a place that nobody would draw by hand, its single sheets, comparison and small maps."""

from __future__ import annotations

import io
import random
import re
import subprocess
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pikepdf
import pytest
import shapely
from PIL import Image

from geo.layers import frame
from geo.schema import LAYERS
from maps.atlas.atlas import atlas_pdf, atlas_sheets, comparison_pdf, comparison_sheets_of, rule_sheet
from maps.atlas.labels import Label, overlap_share, place
from maps.atlas.lettering import MISSING, printable
from maps.atlas.small import unit_map
from maps.atlas.titles import picture_path, sheet_paths
from maps.atlas.views import View, round_scale
from maps.dossier import atlas, comparison
from maps.dossier.openness import shown
from tests.dossiers import HOSTILE, LONG, county_edition, county_layers, demo_edition, make
from tests.support import RIVER, assessed, county, county_plan

if TYPE_CHECKING:
    from pathlib import Path

    from maps.dossier.edition import Edition

NOWHERE = "990101001240"
RARE = "\U0002a6a5庙𠮷村村民委员会"  # the first sign is in no common font


@cache
def hostile_edition() -> Edition:
    """The county with 40 villages in one township: one without a place, one of 60 signs, one with a rare sign."""
    rows: list[dict[str, Any]] = [dict(row) for row in county().villages.to_dict("records")]  # type: ignore[arg-type]
    homes = {row["code"] for row in rows}
    for n in range(2, 41):
        code = f"990101001{200 + n}"
        lon, lat = 102.01 + 0.012 * (n % 8), 30.03 + 0.03 * (n // 8)
        name = {3: LONG, 4: RARE}.get(n, f"<村&{n}>村民委员会")
        area = shapely.Point(lon, lat).buffer(0.005)
        point: dict[str, Any] = {} if code == NOWHERE else {"lon": lon, "lat": lat, "geometry": area}
        assert code not in homes
        rows.append(
            {"code": code, "name": name, "township_code": RIVER, "kind": "village", "schematic": False, **point}
        )
    villages = frame(LAYERS["villages"], sorted(rows, key=lambda row: str(row["code"])))
    home = replace(county(), villages=villages)
    layers = county_layers()
    layers = replace(layers, tables={**layers.tables, "villages": villages})
    return replace(county_edition(before=None), place=home, layers=layers, assessment=assessed(county_plan(), layers))


def text_of(pdf: bytes) -> str:
    """Return the text of a PDF."""
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


@pytest.fixture(scope="module")
def hostile() -> tuple[Edition, str]:
    """The hostile place's atlas on A4, as text."""
    edition = replace(hostile_edition(), paper="A4")
    return edition, text_of(atlas_pdf(edition))


def test_forty_villages_run_over_to_continuation_sheets(hostile: tuple[Edition, str]) -> None:
    edition, text = hostile
    pages = text.split("\f")
    told = [page for page in pages if "河口街道各村（社区）逐项要求" in page]
    assert len(told) >= 2
    assert all("附表" in page and "内部用图 不得公开" in page for page in told)
    for code in edition.place.villages["code"][edition.place.villages["township_code"] == RIVER]:
        assert any(code in page for page in told), code


def test_a_unit_without_a_place_is_said_and_not_drawn(hostile: tuple[Edition, str]) -> None:
    edition, text = hostile
    assert text.count("图上没有位置") >= 2  # on its township's sheet and on those of the rules on villages
    sheet = next(sheet for sheet in atlas_sheets(edition) if sheet.label == f"township-{RIVER}")
    assert NOWHERE not in {code for code, _ in sheet.names[0]}
    box = next(block for block in sheet.side if block.get("boxed"))
    assert "村&40" in box["text"]
    assert "图上没有位置" in unit_map(edition, NOWHERE).decode()


def test_rare_signs_long_names_and_markup_print_as_they_are(hostile: tuple[Edition, str]) -> None:
    text = re.sub(r"\s+", "", hostile[1])
    assert "庙𠮷村村民委员会" in text
    assert printable(RARE)[0] == MISSING
    assert "<村&5>村民委员会" in text
    assert "#letx=1;*粗*$x$@ref" in text
    assert all(len(printable(name).splitlines()) == 1 for name in HOSTILE)
    ET.fromstring(unit_map(county_edition(), "990101001201"))


def test_names_of_a_crowded_place_do_not_overlap() -> None:
    for sheet in atlas_sheets(hostile_edition()):
        for window in sheet.names:
            boxes = np.array([box for _, box in window]).reshape(-1, 4)
            assert overlap_share(boxes) <= 0.05, sheet.title


def test_pages_of_a4_are_a4() -> None:
    made = atlas_pdf(replace(county_edition(), paper="A4", township=RIVER))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        sizes = {tuple(round(float(side) * 25.4 / 72) for side in page.mediabox[2:]) for page in pdf.pages}
        assert sizes == {(297, 210)}
        assert [group.title for group in pdf.open_outline().root] == ["乡镇图"]


def test_the_same_edition_gives_the_same_bytes_in_another_folder(tmp_path: Path) -> None:
    edition = county_edition()
    wanted = [*atlas.pieces(edition), *comparison.pieces(edition)]
    some = [wanted[0], wanted[1], wanted[2], wanted[-1]]
    first, second = make(some, edition, tmp_path / "a"), make(some, county_edition(), tmp_path / "b")
    assert [piece.facts for piece in some] == [
        piece.facts
        for piece in (*atlas.pieces(county_edition()), *comparison.pieces(county_edition()))
        if piece.path in first
    ]
    for path in first:
        assert first[path].read_bytes() == second[path].read_bytes(), path


def test_single_sheets_are_one_page_and_a_picture_of_it(tmp_path: Path) -> None:
    edition = county_edition()
    paths = sheet_paths(edition.assessment)
    found = atlas.pieces(edition)
    assert {piece.path for piece in found} == {atlas.ATLAS, *paths.values(), *map(picture_path, paths.values())}
    rule, path = next(iter(paths.items()))
    files = make([piece for piece in found if piece.told == (rule,)], edition, tmp_path)
    with pikepdf.open(files[path]) as pdf:
        assert len(pdf.pages) == 1
    with Image.open(files[picture_path(path)]) as picture:
        assert picture.size == pytest.approx((420 / 25.4 * 200, 297 / 25.4 * 200), abs=1)
        assert np.asarray(picture.convert("L")).std() > 10


def test_a_public_atlas_bears_its_number_and_names_no_file() -> None:
    edition = county_edition(public=True, review_number="测审字（2022）第001号", entered_by="测试")
    text = text_of(comparison_pdf(shown(edition)))
    assert "审图号：测审字（2022）第001号" in text
    assert "不得公开" not in text
    assert ".xlsx" not in text


def test_comparison_shows_both_days_and_the_rows() -> None:
    edition = county_edition()
    sheets = comparison_sheets_of(edition)
    text = re.sub(r"\s+", "", text_of(comparison_pdf(edition)))
    assert "2022年6月30日" in text
    assert "stations.xlsx[表1]第" in text
    for sheet in sheets[1:]:
        half = len(sheet.names) // 2
        assert half >= 1
        assert len(sheet.names) == 2 * half
    assert not comparison.pieces(replace(edition, before=None))


def test_a_summary_of_changes_may_run_over_to_a_second_page() -> None:
    made = comparison_pdf(replace(demo_edition(), paper="A4"))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        titles = [item.title for group in pdf.open_outline().root for item in group.children]
    assert len(titles) == len(set(titles)) == 1 + sum(title.endswith("：两期对比") for title in titles)


def test_no_data_at_all_still_makes_a_sheet_that_says_so() -> None:
    edition = county_edition()
    rule = next(result for result in edition.assessment.rules if result.rule.unit == "base")
    assert rule.counts.in_scope == 0
    sheet = rule_sheet(edition, rule.rule.id)
    assert "没有任何单位" in sheet.side[0]["text"]


def test_small_maps_of_all_villages_are_quick_and_whole() -> None:
    edition = demo_edition()
    for code, name in zip(edition.place.villages["code"][::12], edition.place.villages["name"][::12], strict=True):
        root = ET.fromstring(unit_map(edition, code))
        assert (root.attrib["width"], root.attrib["height"]) == ("80mm", "60mm")
        told = "".join(root.itertext())
        assert name[:2] in told
        assert "1∶" in told
    with pytest.raises(KeyError):
        unit_map(edition, "000000000000")


def test_labels_keep_off_each_other_and_off_what_is_taken() -> None:
    draw = random.Random(7)
    labels = [Label(draw.uniform(10, 190), draw.uniform(10, 190), 9, 2.4) for _ in range(150)]
    window = (0.0, 0.0, 200.0, 200.0)
    taken = [(label.x - 0.8, label.y - 0.8, label.x + 0.8, label.y + 0.8) for label in labels]
    found = place(labels, window, taken=taken)
    boxes = np.array([(spot.left, spot.top, spot.left + 9, spot.top + 2.4) for spot in found if spot])
    assert len(boxes) >= 140
    assert overlap_share(boxes) == 0
    assert found == place(labels, window, taken=taken)
    assert place([], window) == []


def test_scales_are_round_and_fit() -> None:
    assert round_scale(98_000) == 100_000
    assert round_scale(100_000) == 100_000
    assert round_scale(100_001) == 120_000
    view = View.fit((0, 0, 10_000, 20_000), (0, 0, 100, 100), margin=0.0)
    assert view.scale == 200_000
    assert view.point((5_000, 10_000)) == (50.0, 50.0)
    west, _, east, _ = view.bounds
    assert east - west == pytest.approx(20_000)
