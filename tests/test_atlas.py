"""The printed atlas: what stands on each sheet, whether it is true to scale, legible, linked and the same again."""

from __future__ import annotations

import io
import re
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pikepdf
import pytest
import typst
from PIL import Image
from pyproj import Geod

from maps.atlas import legends
from maps.atlas.atlas import atlas_sheets
from maps.atlas.ground import ground_of
from maps.atlas.labels import overlap_share
from maps.atlas.lettering import MISSING, charset
from maps.atlas.panels import panels
from maps.atlas.papers import PAPERS
from maps.atlas.setting import set_sheets
from maps.atlas.themes import of_rule
from maps.atlas.titles import mapped
from tests.dossiers import demo_edition

if TYPE_CHECKING:
    from maps.atlas.sheets import Sheet
    from maps.dossier.edition import Edition

STATES = ("met", "met_shared", "not_met", "unknown", "not_applicable")
POINTS = 72 / 25.4
"""Points of a PDF in a millimetre."""


@dataclass(frozen=True)
class Printed:
    """The demo's atlas: its edition, sheets, PDF, the text of each page and the page of each sheet."""

    edition: Edition
    sheets: list[Sheet]
    pdf: Path
    pages: list[str]
    starts: list[int]

    def text(self, label: str) -> str:
        """Return the text of a sheet, its tables included."""
        at = [sheet.label for sheet in self.sheets].index(label)
        ends = [*self.starts[1:], len(self.pages)]
        return "\n".join(self.pages[self.starts[at] : ends[at]])


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Printed:
    """The atlas of the demo, set once."""
    edition = demo_edition()
    sheets = atlas_sheets(edition)
    pdf = tmp_path_factory.mktemp("atlas") / "atlas.pdf"
    pdf.write_bytes(set_sheets(edition, sheets, PAPERS["A3"], title="图集"))
    told = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, check=True, text=True).stdout
    with pikepdf.open(pdf) as opened:
        starts = [page_of(opened, item) for group in opened.open_outline().root for item in group.children]
    return Printed(edition, sheets, pdf, told.split("\f")[:-1], starts)


def page_of(pdf: pikepdf.Pdf, item: Any) -> int:
    """Return the page that a bookmark leads to, from 0."""
    target = item.destination[0]
    return next(n for n, page in enumerate(pdf.pages) if page.objgen == target.objgen)


def test_every_village_stands_on_the_sheet_of_its_township(printed: Printed) -> None:
    ground = ground_of(printed.edition)
    for code, members in ground.members.items():
        text = printed.text(f"township-{code}")
        sheet = next(sheet for sheet in printed.sheets if sheet.label == f"township-{code}")
        assert {unit.code for unit in members} <= {named for named, _ in sheet.names[0]}, code
        for unit in members:
            assert unit.code in text, unit
            assert unit.name in text.replace("\n", ""), unit


def test_counts_are_those_of_the_assessment(printed: Printed) -> None:
    drawn = {sheet.label: sheet for sheet in printed.sheets}
    rules = {rule["id"]: rule for task in printed.edition.facts["tasks"] for rule in task["rules"]}
    for _, result in mapped(printed.edition.assessment):
        counts = rules[result.rule.id]["units"]
        text = re.sub(r"\s+", "", printed.text(f"rule-{result.rule.id}"))
        assert f"达标{counts['met']}＋未达标{counts['not_met']}＋未上报{counts['unknown']}" in text
        legend = next(block for block in drawn[f"rule-{result.rule.id}"].side if block["type"] == "legend")
        told = {row["text"]: int(row["count"]) for row in legend["rows"] if "count" in row}
        met = sum(number for label, number in told.items() if label.startswith("达标"))
        assert (met, told["未达标"], told["未上报"], told["不在考核范围"]) == (
            counts["met"], counts["not_met"], counts["unknown"], counts["not_applicable"]
        )  # fmt: skip
        table = next(block for block in drawn[f"rule-{result.rule.id}"].side if block["type"] == "table")
        sums = [sum(int(row[column]) for row in table["rows"][:-1]) for column in (1, 2, 3, 4)]
        assert sums == [counts[name] for name in ("in_scope", "met", "not_met", "unknown")]


def test_each_unit_is_drawn_once_with_its_state(printed: Printed) -> None:
    """The symbols of a map are as many as the assessment has units, each in the one window that shows it best."""
    ground = ground_of(printed.edition)
    for _, result in mapped(printed.edition.assessment):
        theme = of_rule(ground, result)
        told = Counter(mark.state for mark in theme.marks)
        counts = result.counts
        assert told["not_met"] == counts.not_met
        assert told["unknown"] == counts.unknown
        assert told["met"] + told["met_shared"] == counts.met
        windows = panels(ground, (0, 0, PAPERS["A3"].map_width, PAPERS["A3"].map_height))
        for mark in theme.marks:
            shown = [panel for panel in windows if panel.view.holds(mark.at) and not panel.enlarged(mark.at)]
            assert len(shown) == 1, mark


def test_fonts_are_embedded_and_no_sign_is_missing(printed: Printed) -> None:
    told = subprocess.run(["pdffonts", str(printed.pdf)], capture_output=True, check=True, text=True).stdout
    rows = [line.split() for line in told.splitlines()[2:]]
    assert rows
    assert all(row[-5] == "yes" and row[-4] == "yes" and row[-3] == "yes" for row in rows), told
    signs = set("".join(printed.pages)) - set(" \n\t\u3000")
    assert not {sign for sign in signs if ord(sign) not in charset()}
    assert MISSING not in signs


def test_pages_are_a3_with_their_margins(printed: Printed) -> None:
    paper = PAPERS["A3"]
    told = subprocess.run(["pdftotext", "-bbox", str(printed.pdf), "-"], capture_output=True, check=True).stdout
    pages = ET.fromstring(told).iter("{http://www.w3.org/1999/xhtml}page")
    seen = 0
    for page in pages:
        assert [float(page.attrib[name]) / POINTS for name in ("width", "height")] == pytest.approx(
            [420, 297], abs=0.01
        )
        for word in page:
            left, top, right, bottom = (float(word.attrib[name]) / POINTS for name in ("xMin", "yMin", "xMax", "yMax"))
            assert left >= paper.left - 0.5, word.text
            assert right <= paper.width - paper.right + 0.5, word.text
            assert top >= paper.top - 2, word.text
            assert bottom <= paper.height - 5, word.text
            seen += 1
    assert seen > 5000


def test_scale_is_true_on_the_ground_and_on_paper(printed: Printed) -> None:
    ground, paper = ground_of(printed.edition), PAPERS["A3"]
    for panel in panels(ground, (0, 0, paper.map_width, paper.map_height)):
        west, south, east, north = panel.view.bounds
        lon, lat = ground.to_metres.transform([west, east], [south, north], direction="INVERSE")
        metres = Geod(ellps="GRS80").inv(lon[0], lat[0], lon[1], lat[1])[2]
        on_paper = float(np.hypot(panel.view.width, panel.view.height))
        assert metres * 1000 / on_paper == pytest.approx(panel.view.scale, rel=1e-3)
    sheet = next(sheet for sheet in printed.sheets if sheet.label == "township-652301101000")
    found = words(printed, sheet.label)
    boxes = {ground.villages[code].short: box for code, box in sheet.names[0] if code in ground.villages}
    at = {name: found[name] for name in boxes if found.get(name)}
    assert len(at) >= 5
    for name, (left, top, right, _) in boxes.items():
        if name in at:
            middle = (at[name][0] + at[name][2]) / 2
            assert middle - paper.left == pytest.approx((left + right) / 2, abs=0.3), name
            assert at[name][1] - paper.top - paper.header == pytest.approx(top, abs=2.5), name


def words(printed: Printed, label: str) -> dict[str, tuple[float, float, float, float]]:
    """Return where the words of a sheet's map stand, mm; those that stand there twice left out."""
    page = printed.starts[[sheet.label for sheet in printed.sheets].index(label)] + 1
    order = ["pdftotext", "-bbox", "-f", str(page), "-l", str(page), str(printed.pdf), "-"]
    told = ET.fromstring(subprocess.run(order, capture_output=True, check=True).stdout)
    found: dict[str, list[tuple[float, ...]]] = {}
    for word in told.iter("{http://www.w3.org/1999/xhtml}word"):
        box = tuple(float(word.attrib[name]) / POINTS for name in ("xMin", "yMin", "xMax", "yMax"))
        found.setdefault(word.text or "", []).append(box)
    return {text: (b[0][0], b[0][1], b[0][2], b[0][3]) for text, b in found.items() if len(b) == 1}


def test_names_hardly_overlap(printed: Printed) -> None:
    for sheet in printed.sheets:
        for window in sheet.names:
            assert overlap_share(np.array([box for _, box in window]).reshape(-1, 4)) <= 0.02, sheet.title


def test_bookmarks_and_links_lead_to_every_sheet(printed: Printed) -> None:
    with pikepdf.open(printed.pdf) as pdf:
        groups = list(pdf.open_outline().root)
        assert [group.title for group in groups] == ["总图", "任务图", "乡镇图"]
        titles = [item.title for group in groups for item in group.children]
        assert titles == [sheet.title for sheet in printed.sheets]
        linked = [link for page in pdf.pages[:3] for link in page.get("/Annots", []) if link.Subtype == "/Link"]
        numbers = {page.objgen: n for n, page in enumerate(pdf.pages)}
        targets = {numbers[destination(pdf, link)[0].objgen] for link in linked}
        assert set(printed.starts[1:]) <= targets
        assert pdf.docinfo["/Title"] == "图集"


def destination(pdf: pikepdf.Pdf, link: Any) -> Any:
    """Return a link's destination, named ones looked up."""
    found = link.get("/Dest", link.get("/A", {}).get("/D"))
    if not isinstance(found, pikepdf.Array):
        found = pikepdf.NameTree(pdf.Root.Names.Dests)[str(found)]
        found = found.D if isinstance(found, pikepdf.Dictionary) else found
    return found


def test_margins_say_what_a_map_office_says(printed: Printed) -> None:
    for sheet in printed.sheets:
        text = re.sub(r"\s+", "", printed.text(sheet.label))
        for told in (
            "内部用图不得公开",
            "截至2022年10月31日",
            "CGCS2000",
            "示意",
            "制图：",
            "仅供演示",
            "1∶",
            "北",
            "资料来源",
        ):
            assert told in text, (sheet.title, told)


def test_a_grey_copy_tells_the_states_apart() -> None:
    shades = {key: grey(legends.pictures()[legends.state_picture(key, area=True)]) for key in STATES}
    values = list(shades.values())
    for n, (light, texture) in enumerate(values):
        for other_light, other_texture in values[n + 1 :]:
            assert abs(light - other_light) > 8 or abs(texture - other_texture) > 8, shades


def grey(svg: bytes) -> tuple[float, float]:
    """Return how light a picture is without colour (0 to 255), and how much that varies over it."""
    page = '#set page(width: 9mm, height: 4.8mm, margin: 0pt)\n#image(bytes(read("a.svg")))'
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "a.svg").write_bytes(svg)
        (Path(name) / "a.typ").write_text(page, encoding="utf-8")
        made = typst.compile(Path(name) / "a.typ", format="png", ppi=300)
    assert isinstance(made, bytes)
    shade = np.asarray(Image.open(io.BytesIO(made)).convert("L"), dtype=float)[6:-6, 6:-6]
    return float(shade.mean()), float(shade.std())
