"""The pages by axe-core's rules of WCAG 2.2 AA, on a desk and on a phone: no violation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.furnished import Office, furnished
from tests.people import make_passwords_cheap
from tests.served import DESKTOP, served
from tests.support import TOWN
from tests.web_client import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

AXE = Path(__file__).resolve().parent.parent / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = (390, 844)
TITLES = ("平常的名称", "又一个名称")
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="axe-core is installed by make assets")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A store in which every page has something to show, and its admin."""
    with pytest.MonkeyPatch.context() as patch:
        make_passwords_cheap(patch)
        with furnished(tmp_path_factory.mktemp("axe"), *TITLES) as office:
            yield office


@pytest.fixture(scope="module")
def pages(office: Office) -> list[str]:
    """Every page of the table of permissions, found by asking; and one that there isn't."""
    return [*office.pages(), "/nothing"]


@needs_axe
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_on_any_page(
    office: Office, pages: list[str], chromium: Browser, size: tuple[int, int]
) -> None:
    """As an admin sees them: nobody sees more."""
    found: dict[str, list[str]] = {}
    with served(office.web) as home:
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, bypass_csp=True)
        context.add_cookies([{"name": "kepu", "value": office.secret, "url": home}])
        page = context.new_page()
        for path in pages:
            page.goto(f"{home}{path}", wait_until="load")
            if told := violations(page):
                found[path] = told
        context.close()
    assert found == {}


def test_every_kind_of_page_is_among_them(pages: list[str]) -> None:
    starts = ("/brief", "/map", "/units/", "/gaps", "/figures?", "/figures/", "/login", "/account", "/shares", "/audit",
              "/users", "/edit/", "/imports", "/imports/", "/dossier", "/siting?",
              "/siting/scenarios?name=", "/api")  # fmt: skip
    assert [start for start in starts if not any(path.startswith(start) for path in pages)] == []


@needs_axe
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
