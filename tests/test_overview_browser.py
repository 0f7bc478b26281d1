"""The overview in Chromium: page and map follow each other, the time line moves both, a wall shows the main things."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import TOWN
from tests.web_client import DAY

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def opened(visit: Any, address: str) -> tuple[Page, list[str]]:
    """The overview with its map ready."""
    page, heard = visit(f"{address}/?as_of={DAY}")
    page.locator("#map").scroll_into_view_if_needed()
    page.frame_locator("#map").locator("html[data-ready]").wait_for(state="attached", timeout=20_000)
    return page, heard


def link_of_map(page: Page) -> str:
    return str(page.frames[1].evaluate("location.hash"))


def test_a_township_chosen_on_the_page_is_chosen_on_the_map(address: str, visit: Any) -> None:
    page, heard = opened(visit, address)
    page.locator(f"tr[data-township='{TOWN}'] a").first.click()
    page.locator(f"#lead-in[data-township='{TOWN}']").wait_for()
    page.wait_for_function(f"document.getElementById('map').contentWindow.location.hash.includes('township={TOWN}')")
    assert f"township={TOWN}" in page.url
    page.locator(".chip").first.click()
    page.locator("#lead-in[data-township='']").wait_for()
    page.wait_for_function("!document.getElementById('map').contentWindow.location.hash.includes('township')")
    assert heard == []


def test_a_township_chosen_on_the_map_is_chosen_on_the_page(address: str, visit: Any) -> None:
    page, heard = opened(visit, address)
    page.frames[1].evaluate("code => kepu.state.set({township: kepu.data.byCode.get(code).index})", TOWN)
    page.locator(f"#lead-in[data-township='{TOWN}']").wait_for()
    assert page.locator("#sentence").inner_text()
    assert heard == []


def test_the_page_listens_to_its_own_map_only(address: str, visit: Any) -> None:
    page, _ = opened(visit, address)
    page.evaluate(f"window.postMessage({{kepu: {{township: '{TOWN}', rule: '', date: ''}}}}, location.origin)")
    page.wait_for_timeout(300)
    assert page.locator("#lead-in").get_attribute("data-township") == ""


def test_the_time_line_moves_rings_and_map(address: str, visit: Any) -> None:
    page, heard = opened(visit, address)
    before = page.locator(".ring-counts").all_inner_texts()
    page.locator("#time-range").evaluate("range => { range.value = 0; range.dispatchEvent(new Event('input')); }")
    after = page.locator(".ring-counts").all_inner_texts()
    assert before != after
    assert "date=" in link_of_map(page)
    assert page.locator("#time-go").is_visible()
    page.locator("#time-range").evaluate("r => { r.value = r.max; r.dispatchEvent(new Event('input')); }")
    plain = [re.sub(r"\s+", "", text) for text in page.locator(".ring-counts").all_inner_texts()]
    assert plain == [re.sub(r"\s+", "", text) for text in before]
    page.locator("#time-range").evaluate("r => { r.value = 0; r.dispatchEvent(new Event('input')); }")
    page.locator("#time-go").click()
    page.wait_for_load_state()
    assert f"as_of={DAY}" not in page.url
    assert page.locator(".ring-counts").all_inner_texts() == after
    assert heard == []


def test_going_back_brings_the_page_back(address: str, visit: Any) -> None:
    page, _ = opened(visit, address)
    page.locator(f"tr[data-township='{TOWN}'] a").first.click()
    page.locator(f"#lead-in[data-township='{TOWN}']").wait_for()
    page.go_back()
    page.locator("#lead-in[data-township='']").wait_for()


def test_a_wall_shows_sentence_rings_and_map_alone(address: str, visit: Any) -> None:
    page, _ = opened(visit, address)
    page.locator("#present").click()
    assert page.locator("#sentence").is_visible()
    assert page.locator("#map").is_visible()
    assert not page.locator(".townships").is_visible()
    assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight + 1")
    page.keyboard.press("ArrowLeft")
    assert "date=" in link_of_map(page)
    page.locator("#present").click()
    page.locator(".townships").wait_for()


def test_the_brief_is_one_sheet(address: str, visit: Any, tmp_path: Path) -> None:
    page, _ = visit(f"{address}/brief?as_of={DAY}")
    sheet = tmp_path / "brief.pdf"
    page.pdf(path=str(sheet), prefer_css_page_size=True)
    told = subprocess.run(["pdfinfo", sheet], capture_output=True, text=True, check=True).stdout
    assert re.search(r"^Pages:\s+1$", told, re.MULTILINE)
    assert "A4" in told


def test_a_map_that_is_asked_for_again_keeps_its_own_policy(address: str, visit: Any) -> None:
    page, heard = visit(f"{address}/map?as_of={DAY}")
    page.locator("html[data-ready]").wait_for(state="attached", timeout=20_000)
    page.reload()  # answered with 304: its headers must not replace the kept ones
    page.locator("html[data-ready]").wait_for(state="attached", timeout=20_000)
    assert heard == []
