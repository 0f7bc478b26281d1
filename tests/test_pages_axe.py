"""The pages by axe-core's rules of WCAG 2.2 AA, on a desk and on a phone: no violation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.served import DESKTOP
from tests.support import PLACE, TOWN, WILLOW_TOWN
from tests.web_client import DAY

pytestmark = pytest.mark.browser

AXE = Path(__file__).resolve().parent.parent / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = (390, 844)
PAGES = ("/", "/brief", "/gaps", "/figures", "/figures/5", "/siting", f"/units/{TOWN}", f"/units/{WILLOW_TOWN}", f"/units/{PLACE}", "/api", "/nothing")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is installed by make assets")
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(address: str, visit: Any, path: str, size: tuple[int, int]) -> None:
    page, _ = visit(f"{address}{path}?as_of={DAY}", size, bypass_csp=True)
    assert violations(page) == []


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is installed by make assets")
@pytest.mark.parametrize("path", ["/", f"/units/{TOWN}"])
def test_axe_finds_nothing_in_english(address: str, visit: Any, path: str) -> None:
    page, _ = visit(f"{address}{path}?as_of={DAY}&lang=en", PHONE, bypass_csp=True)
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    assert violations(page) == []


def violations(page: Any) -> list[str]:
    """What axe-core finds, one line for each rule."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: tags, iframes: false}).then(result => result.violations)", TAGS
    )
    return [f"{rule['id']}: {rule['help']}: {[node['html'][:160] for node in rule['nodes']][:5]}" for rule in found]
