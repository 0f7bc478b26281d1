"""The spot-check book: a page for each village, found by two indexes, with a code that leads to its page."""

from __future__ import annotations

import io
import subprocess
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import segno
from PIL import Image

from maps.dossier import spot_book
from maps.dossier.edition import Proof
from maps.dossier.openness import shown
from maps.dossier.spot_book_pages import book, payload
from maps.dossier.spot_book_pictures import photos, pictures
from tests.dossiers import HOSTILE, LONG, county_edition, make
from tests.support import TOWN, VILLAGE_ZONE, VILLAGES, WILLOW_RIVER

if TYPE_CHECKING:
    from pathlib import Path

    from maps.dossier.edition import Edition

ADDRESS = "http://192.0.2.1:8000/"


def picture(colour: str, *, gps: bool = False) -> bytes:
    image, content = Image.new("RGB", (64, 48), colour), io.BytesIO()
    exif = Image.Exif()
    if gps:
        exif.get_ifd(0x8825)[1] = "N"
    image.save(content, "JPEG", exif=exif)
    return content.getvalue()


def photo(name: str, content: bytes) -> Proof:
    return Proof(name, "image/jpeg", f"{name:0<64}", date(2022, 9, 1), content, unit_code=WILLOW_RIVER)


@pytest.fixture(scope="module")
def edition() -> Edition:
    broken = photo("坏", b"\xff\xd8\xffnothing")
    document = replace(photo("会议纪要.pdf", b"%PDF-"), media_type="application/pdf")
    return county_edition(address=ADDRESS, proofs=(photo("好", picture("red", gps=True)), broken, document))


@pytest.fixture(scope="module")
def values(edition: Edition) -> dict[str, Any]:
    return book(edition)


@pytest.fixture(scope="module")
def printed(edition: Edition, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(spot_book.pieces(edition), edition, tmp_path_factory.mktemp("book"))[spot_book.PATH]


def pages_of(values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {page["code"]: page for group in values["groups"] for page in group["pages"]}


def texts(printed: Path) -> list[str]:
    told = subprocess.run(["pdftotext", "-layout", str(printed), "-"], check=True, capture_output=True)
    return told.stdout.decode().split("\f")[:-1]


def test_every_village_has_its_page_and_its_code(edition: Edition, values: dict[str, Any]) -> None:
    pages = pages_of(values)
    assert set(pages) == set(edition.layers["villages"]["code"])
    drawn = pictures(edition, values)
    for code, page in pages.items():
        assert page["payload"] == f"http://192.0.2.1:8000/units/{code}"
        wanted = io.BytesIO()
        segno.make(page["payload"], error="m", micro=False).save(wanted, kind="svg", border=1, xmldecl=False)
        assert drawn[page["qr"]] == wanted.getvalue()
        assert drawn[page["map"]].startswith(b"<svg")


def test_without_an_address_the_code_is_the_unit_s() -> None:
    edition = county_edition()
    assert payload(edition, WILLOW_RIVER) == WILLOW_RIVER
    told = book(edition)
    assert any("没有指明网页地址" in line for line in told["how"])
    assert all("没有指明网页地址" in page["told"] for page in pages_of(told).values())


def test_states_are_those_of_the_assessment(edition: Edition, values: dict[str, Any]) -> None:
    wanted: dict[str, list[tuple[str, str, str]]] = {code: [] for code in edition.layers["villages"]["code"]}
    for task in edition.facts["tasks"]:
        for rule in (rule for rule in task["rules"] if rule["unit"] == "village"):
            for found in rule["findings"]:
                state = "met_shared" if found["sharing"] == "shared" else found["state"]
                wanted[found["unit_code"]].append((rule["requirement"], state, found["reason"]))
    told = {
        code: [(s["requirement"], s["key"], s["reason"]) for s in page["states"]]
        for code, page in pages_of(values).items()
    }
    assert {code: [row[:2] for row in rows] for code, rows in told.items()} == {
        code: [row[:2] for row in rows] for code, rows in wanted.items()
    }
    counts = {row["requirement"].partition(" ")[2]: row["counts"] for row in values["rules"]}
    for task in edition.facts["tasks"]:
        for rule in (rule for rule in task["rules"] if rule["unit"] == "village"):
            assert counts[rule["requirement"]] == [rule["units"][k] for k in ("in_scope", "met", "not_met", "unknown")]


def test_villages_outside_the_plan_come_last_and_say_so(values: dict[str, Any]) -> None:
    order = [page["code"] for group in values["groups"] for page in group["pages"]]
    assert order == [*VILLAGES, VILLAGE_ZONE]
    assert not pages_of(values)[VILLAGE_ZONE]["counted"]
    assert values["groups"][-1]["title"].startswith("方案外")


def test_both_indexes_name_every_village(values: dict[str, Any]) -> None:
    for index in ("by_township", "by_pinyin"):
        codes = [entry["code"] for group in values[index] for entry in group["entries"]]
        assert sorted(codes) == sorted([*VILLAGES, VILLAGE_ZONE])
    letters = [group["title"][0] for group in values["by_pinyin"]]
    assert letters == sorted(set(letters))


def test_evidence_rows_are_named_and_photos_told_by_their_digest(values: dict[str, Any]) -> None:
    page = pages_of(values)[WILLOW_RIVER]
    assert any("stations.xlsx 表1 第2行" in state["rows"] for state in page["states"])
    assert [photo["file"] is None for photo in page["photos"]] == [False, True]
    assert "SHA-256 好" in page["photos"][0]["caption"]
    assert "会议纪要.pdf" in page["more"]


def test_photos_lose_what_they_say_of_places(edition: Edition, values: dict[str, Any]) -> None:
    (content,) = photos(edition, values).values()
    assert not Image.open(io.BytesIO(content)).getexif()


def test_the_book_has_a_page_for_each_and_an_index_that_finds_it(printed: Path, edition: Edition) -> None:
    pages = texts(printed)
    for code in (*VILLAGES, VILLAGE_ZONE):
        name = edition.gazetteer.name_of(code)
        (own,) = [number for number, text in enumerate(pages, start=1) if f"{code}" in text]
        assert name in pages[own - 1]
        index = next(text for text in pages if "按乡镇索引" in text and name in text)
        line = next(line for line in index.splitlines() if name in line and str(own) in line)
        assert line.split()


def test_hostile_names_are_printed_as_they_are(printed: Path) -> None:
    whole = "".join("".join(texts(printed)).split())
    for name in (*HOSTILE[:8], HOSTILE[10]):
        assert "".join(name.split())[:6] in whole
    assert LONG[:8] in whole
    fonts = subprocess.run(["pdffonts", str(printed)], check=True, capture_output=True).stdout.decode().splitlines()[2:]
    assert fonts
    assert all(line.split()[-5] == "yes" for line in fonts)


def test_bookmarks_lead_to_townships_and_villages(printed: Path) -> None:
    pikepdf = pytest.importorskip("pikepdf")
    with pikepdf.open(printed) as document, document.open_outline() as outline:
        titles = {item.title: [child.title for child in item.children] for item in outline.root}
    assert sum(map(len, titles.values())) == len(VILLAGES) + 1
    assert "按拼音索引" in titles


def test_the_same_facts_give_the_same_bytes(printed: Path, edition: Edition, tmp_path: Path) -> None:
    again = make(spot_book.pieces(edition), edition, tmp_path)[spot_book.PATH]
    assert again.read_bytes() == printed.read_bytes()


def test_a_public_book_names_no_row_and_shows_no_photo(edition: Edition) -> None:
    public = replace(edition, public=True, review_number="测试用编号", entered_by="测试")
    told = book(shown(public))
    for page in pages_of(told).values():
        assert page["photos"] == []
        assert all(state["rows"] == "" for state in page["states"])
        assert all(".xlsx" not in str(facility) for facility in page["facilities"])


def test_one_township_alone() -> None:
    told = book(county_edition(township=TOWN))
    assert {page["home"] for page in pages_of(told).values()} == {"云岭镇"}
