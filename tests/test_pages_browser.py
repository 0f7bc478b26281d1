"""The pages in Chromium, served over a socket: nothing runs, nothing leaves the machine, nothing overflows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import PLACE, TOWN, WILLOW_TOWN
from tests.web_client import DAY

pytestmark = pytest.mark.browser

DESKTOP, PHONE, PROJECTOR = (1366, 768), (390, 844), (1920, 1080)
PAGES = ("/", "/brief", "/gaps", f"/units/{TOWN}", f"/units/{WILLOW_TOWN}", f"/units/{PLACE}", "/api", "/nothing")


@pytest.mark.parametrize("size", [DESKTOP, PHONE, PROJECTOR], ids=["desktop", "phone", "projector"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_are_quiet_and_fit(address: str, visit: Any, path: str, size: tuple[int, int]) -> None:
    page, heard = visit(f"{address}{path}?as_of={DAY}", size)
    assert [text for text in heard if "404" not in text] == []
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]


@pytest.mark.parametrize("path", PAGES[:6])
def test_hostile_texts_never_run(hostile_address: str, visit: Any, path: str) -> None:
    page, heard = visit(f"{hostile_address}{path}?as_of={DAY}")
    assert heard == []
    assert page.evaluate("window.__pwned") is None
    for frame in page.frames:
        assert frame.evaluate("window.__pwned") is None


def test_the_map_opens_inside_the_overview(address: str, visit: Any) -> None:
    page, heard = visit(f"{address}/?as_of={DAY}")
    page.locator("iframe").scroll_into_view_if_needed()
    page.frame_locator("iframe").locator("html[data-ready]").wait_for(state="attached", timeout=20_000)
    assert heard == []


def test_a_reader_gets_from_overview_to_evidence_without_javascript(address: str, visit: Any) -> None:
    page, _ = visit(f"{address}/?as_of={DAY}", java_script_enabled=False)
    page.locator("table.townships tbody a.file").first.click()
    page.locator("table.members tbody a").first.click()
    assert page.locator("table.requirements .sources").first.inner_text().endswith("批导入）")
    assert f"as_of={DAY}" in page.url


def test_the_day_and_the_filters_work_without_javascript(address: str, visit: Any) -> None:
    page, _ = visit(f"{address}/gaps?as_of={DAY}", java_script_enabled=False)
    page.select_option("#township", TOWN)
    page.select_option("#state", "not_met")
    page.get_by_role("button", name="筛选").click()
    assert f"township={TOWN}" in page.url
    assert "state=not_met" in page.url
    page.fill("#as-of", "2022-11-30")
    page.get_by_role("button", name="查看").click()
    assert "as_of=2022-11-30" in page.url
    assert f"township={TOWN}" in page.url
    assert page.locator("h1").inner_text() == "缺口清单"


def test_keyboard_reaches_the_text_first(address: str, visit: Any) -> None:
    page, _ = visit(f"{address}/gaps?as_of={DAY}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
