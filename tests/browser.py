"""A Chromium for the tests: no network, every request and console message kept.

tests/conftest.py hands its fixtures to every test; a test takes ``open_page``.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DESKTOP = (1366, 768)
PROJECTOR = (1920, 1080)
PHONE = (390, 844)
_NAMES = ("chromium", "chromium-browser", "google-chrome")


@dataclass
class Opened:
    """A page with all that it asked for and said."""

    page: Page
    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def quiet(self) -> bool:
        """True if nothing was asked for beside the file itself and nothing was said on the console."""
        return len(self.requests) <= 1 and not self.messages

    def js(self, expression: str) -> Any:
        """Value of a JavaScript expression in the page."""
        return self.page.evaluate(expression)


class OpenPage(Protocol):
    """Opens an HTML text from disk, as a user would by double click."""

    def __call__(
        self,
        html: str,
        *,
        link: str = "",
        size: tuple[int, int] = DESKTOP,
        touch: bool = False,
        bypass_csp: bool = False,
    ) -> Opened: ...


def executable() -> str | None:
    """Path of a Chromium: KEPU_TEST_BROWSER, else the first of the usual names."""
    return os.environ.get("KEPU_TEST_BROWSER") or next(filter(None, map(shutil.which, _NAMES)), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One headless Chromium for the whole session."""
    path = executable()
    assert path is not None, "no Chromium: run tests/setup.sh"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, tmp_path: Path) -> Iterator[OpenPage]:
    """Opens HTML from file:// with every other request blocked."""
    contexts: list[BrowserContext] = []

    def open_it(
        html: str, *, link: str = "", size: tuple[int, int] = DESKTOP, touch: bool = False, bypass_csp: bool = False
    ) -> Opened:
        file = tmp_path / f"map{len(contexts)}.html"
        file.write_text(html, encoding="utf-8")
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            has_touch=touch,
            accept_downloads=True,
            offline=True,
            bypass_csp=bypass_csp,  # only for tools that must be let in, such as axe
        )
        contexts.append(context)
        opened = Opened(context.new_page())
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.on("console", lambda message: opened.messages.append(f"{message.type}: {message.text}"))
        opened.page.on("pageerror", lambda error: opened.messages.append(f"error: {error}"))
        opened.page.on("dialog", lambda dialog: opened.messages.append(f"dialog: {dialog.message}"))
        opened.page.goto(file.as_uri() + link)
        opened.page.wait_for_selector("html[data-ready]", timeout=20_000)
        return opened

    yield open_it
    for context in contexts:
        context.close()
