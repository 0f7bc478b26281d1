"""Three stories from log-in to end in Chromium; every request to elsewhere is blocked and counted: none, and no error.

The leader's minute on a phone, the office with a wild file, the planner from a gap to a mended one. One store for all,
in this order; each story takes a browser context of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from api.visitors import Kind
from geo.store import Store
from geo.store.files import sqlite_url
from tests.people import PASSWORD, PEOPLE, People, make_passwords_cheap
from tests.served import DESKTOP, served
from tests.support import TOWN, WILLOW_TOWN
from tests.test_imports_browser import decide, upload
from tests.web_client import DAY, Web, client_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.browser
PHONE = (390, 844)
RULE = "1.village.station"


@dataclass
class Story:
    """Opens log-ins; keeps what was asked of others and what the consoles said."""

    browser: Browser
    home: str
    web: Web
    people: People
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def log_in(self, kind: Kind, size: tuple[int, int] = DESKTOP, to: str = "/") -> Page:
        """A browser of somebody who goes to a page and logs in by hand."""
        context = self.browser.new_context(viewport={"width": size[0], "height": size[1]})
        context.route("**/*", self._only_here)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if said.type in ("error", "warning") else None)
        page.goto(f"{self.home}{to}")
        self.give_name(page, kind)
        return page

    @staticmethod
    def give_name(page: Page, kind: Kind) -> None:
        """Fill the log-in form and send it."""
        page.locator("input[name=name]").fill(PEOPLE[kind][0])
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_load_state()

    def _only_here(self, route: Route) -> None:
        if route.request.url.startswith((self.home, "data:", "blob:")):
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()


@pytest.fixture(scope="module")
def web(built: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, People]]:
    """The county with a user of every kind."""
    folder = tmp_path_factory.mktemp("stories")
    (folder / "kepu.db").write_bytes(built)
    store = Store.open(sqlite_url(folder / "kepu.db"))
    with pytest.MonkeyPatch.context() as patch:
        make_passwords_cheap(patch)
        with client_of(store.url) as client:
            yield Web(client, store, folder), People.of(store)


@pytest.fixture
def story(web: tuple[Web, People], chromium: Browser) -> Iterator[Story]:
    with served(web[0]) as home:
        story = Story(chromium, home, *web)
        before = set(chromium.contexts)
        yield story
        for context in set(chromium.contexts) - before:
            context.close()
    assert story.outside == []
    assert story.errors == []


def totals(page: Page) -> dict[str, int]:
    """What the list of gaps says of all."""
    told = page.locator("#totals")
    return {state: int(told.get_attribute(f"data-{state}") or -1) for state in ("met", "not-met", "unknown")}


def of_rule(page: Page) -> int:
    """How many units the overview says to meet the story's rule."""
    return int(page.locator(f"li[data-rule='{RULE}'][data-met]").get_attribute("data-met") or -1)


def test_the_leaders_minute(story: Story) -> None:
    page = story.log_in(Kind.VIEWER, PHONE, f"/?as_of={DAY}")
    assert f"as_of={DAY}" in page.url
    assert len(page.locator("#sentence").inner_text()) > 10
    page.locator("#map").scroll_into_view_if_needed()
    page.frame_locator("#map").locator("html[data-ready]").wait_for(state="attached", timeout=20_000)
    page.locator(f"tr[data-township='{TOWN}'] a").first.click()
    page.locator(f"#lead-in[data-township='{TOWN}']").wait_for()
    page.wait_for_function(f"document.getElementById('map').contentWindow.location.hash.includes('township={TOWN}')")
    page.locator(".chip").first.click()
    page.locator("#lead-in[data-township='']").wait_for()
    before = page.locator(".ring-counts").all_inner_texts()
    page.locator("#time-range").evaluate("range => { range.value = 0; range.dispatchEvent(new Event('input')); }")
    assert page.locator(".ring-counts").all_inner_texts() != before
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    page.goto(f"{story.home}/brief?as_of={DAY}")
    assert page.locator(f"tr[data-rule='{RULE}']").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    assert page.locator("a[href='/imports']").count() == 0


def test_the_office_imports_a_wild_file_and_takes_it_back(story: Story) -> None:
    page = story.log_in(Kind.PLANNER, to="/imports")
    before = len(story.web.store.batches())
    page.fill("#sender", "云岭镇")
    page.fill("#received-on", "2022-10-20")
    upload(page)
    decide(page)
    assert len(story.web.store.batches()) == before
    assert page.locator("details.effect").count() > 0
    page.get_by_role("button", name="确认导入").click()
    page.wait_for_selector(".told-good", timeout=20_000)
    assert f"批次号 {before + 1}" in page.locator(".told-good").inner_text()
    page.get_by_role("link", name="查看批次").click()
    page.locator(f"#batch-{before + 1}").get_by_role("button", name="撤销").click()
    assert f"第{before + 1}批已撤销" in page.locator(".told-good").inner_text()
    assert story.web.store.batches()[before].undone_by == before + 2


def test_a_planner_gets_from_a_gap_to_a_mended_one(story: Story) -> None:
    page = story.log_in(Kind.PLANNER)
    met = of_rule(page)
    gaps = f"{story.home}/gaps?rule={RULE}&state=not_met"
    page.goto(gaps)
    row = page.locator(f"tr[data-rule='{RULE}'][data-unit='{WILLOW_TOWN}']")
    assert row.count() == 1
    before = totals(page)
    row.locator("th a").first.click()
    page.get_by_role("link", name="新增科普活动站（室）").click()
    form = page.url
    page.get_by_label("活动站名称").fill("柳树新站")
    page.get_by_role("button", name="看看影响").click()
    assert "柳树村" in page.locator(".effects tbody").inner_text()
    _lose_session(story, page)
    number = len(story.web.store.batches())
    assert f"第{number}批" in page.locator(".saved").inner_text()
    requirement = page.locator("table.requirements tbody tr").first
    assert requirement.get_attribute("data-state") == "met"
    assert f"第{number}批" in requirement.inner_text()
    page.goto(gaps)
    assert row.count() == 0
    assert totals(page)["not-met"] == before["not-met"] - 1
    page.goto(f"{story.home}/")
    assert of_rule(page) == met + 1
    _overtaken(story, page, form)


def _lose_session(story: Story, page: Page) -> None:
    """The session ends while somebody types; what was typed comes back after the log-in."""
    page.context.clear_cookies()
    page.get_by_role("button", name="保存").click()
    page.wait_for_load_state()
    story.errors[:] = [said for said in story.errors if "401" not in said]  # the browser tells of the status
    story.give_name(page, Kind.PLANNER)
    assert page.locator("input[name='活动站名称']").input_value() == "柳树新站"
    page.locator("main form button").first.click()
    page.locator(".saved").wait_for()


def _overtaken(story: Story, page: Page, form: str) -> None:
    """Two have the same record open; who saves second sees both versions."""
    (row,) = [r for _, r in story.web.store.layers()["stations"].iterrows() if r["name"] == "柳树新站"]
    address = f"{form.split('?', maxsplit=1)[0]}?layer=stations&id={row['id']}"
    page.goto(address)
    second = story.log_in(Kind.ADMIN, to=address.removeprefix(story.home))
    for each, area in ((second, "60"), (page, "90")):
        each.get_by_label("面积").fill(area)
        each.get_by_role("button", name="看看影响").click()
        each.get_by_role("button", name="保存").wait_for()
    second.get_by_role("button", name="保存").click()
    second.locator(".saved").wait_for()
    page.get_by_role("button", name="保存").click()
    page.wait_for_load_state()
    assert {"60", "90"} <= set(page.locator("main table").first.inner_text().split())
    story.errors[:] = [said for said in story.errors if "409" not in said]
