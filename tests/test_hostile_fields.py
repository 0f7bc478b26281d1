"""Hostile texts in every field of every form: each page shows them as texts, and in a browser nothing of them runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api.permissions import TABLE
from tests.furnished import FORMS, WITHOUT_TEXT, Office, furnished
from tests.people import make_passwords_cheap
from tests.served import served
from tests.web_client import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

TEXTS = (
    "'\"><img src=x onerror=window.__pwned=1>",
    "</script><script>window.__pwned=1</script>",
    '=HYPERLINK("x")`${window.__pwned=1}`{{ 7 * 7 }}',
    "\u202e右到左\u202c\u200f javascript:window.__pwned=1",
    "<svg onload=window.__pwned=1>" + "长" * 3400,
)
"""Markup in an attribute, in a script, a formula and templates, right to left, 10 kB. The first 60 signs matter."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with pytest.MonkeyPatch.context() as patch:
        make_passwords_cheap(patch)
        with furnished(tmp_path_factory.mktemp("hostile-fields"), *TEXTS) as office:
            yield office


@pytest.fixture(scope="module")
def pages(office: Office) -> dict[str, str]:
    return office.pages()


def test_every_form_is_filled_in() -> None:
    assert set(FORMS) | WITHOUT_TEXT == {path for method, path in TABLE if method == "POST"}
    assert not set(FORMS) & WITHOUT_TEXT


def test_hostile_texts_stay_texts_on_every_page_and_answer(office: Office, pages: dict[str, str]) -> None:
    answers = [(path, answer.text) for path, answer in office.answers if "text/html" in _kind(answer)]
    assert len(answers) > 100
    maps = [path for path in pages if path.startswith("/map")]  # whose scripts are allowed by their hashes
    rest = [(path, html) for path, html in [*pages.items(), *answers] if path not in maps]
    assert {path: found for path, html in rest if (found := running(html))} == {}
    for path in maps:
        found = running(pages[path])
        assert [each for each in found if not each.startswith("script ")] == []
        assert len(found) == 3, found


def test_the_texts_did_arrive(pages: dict[str, str]) -> None:
    for start in ("/users", "/shares", "/gaps?", "/audit", "/imports", "/units/", "/siting/scenarios?"):
        assert any("__pwned" in html for path, html in pages.items() if path.startswith(start)), start


@pytest.mark.browser
def test_nothing_runs_in_a_browser(office: Office, pages: dict[str, str], chromium: Browser) -> None:
    with served(office.web) as home:
        context = chromium.new_context()
        context.add_cookies([{"name": "kepu", "value": office.secret, "url": home}])
        page, heard = context.new_page(), list[str]()
        page.on("dialog", lambda dialog: heard.append(dialog.message))
        page.on("console", lambda said: heard.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on(
            "request", lambda asked: heard.extend([] if asked.url.startswith((home, "data:", "blob:")) else [asked.url])
        )
        for path in pages:
            page.goto(f"{home}{path}")
            ran = [frame.evaluate("window.__pwned") for frame in page.frames]
            heard += [f"ran on {path}" for each in ran if each is not None]
        context.close()
    assert heard == []


def running(html: str) -> list[str]:
    """What of a page would run or fetch, beside what is ours."""
    found = []
    for element in Page(html).elements:
        about = element.attributes
        found += [f"{element.tag} {name}" for name in about if name.startswith("on") or name == "srcdoc"]
        address = (about.get("src") or about.get("href") or about.get("action") or "").strip().lower()
        if address.startswith(("javascript:", "data:text", "vbscript:")):
            found.append(f"{element.tag} {address}")
        if element.tag == "script" and not about.get("src", "").startswith("/static/") and "nonce" not in about:
            found.append(f"script {element.text[:40]}")
        if element.tag in ("img", "iframe") and not about.get("src", "").startswith(("/evidence/", "/static/", "/map")):
            found.append(f"{element.tag} {about.get('src')}")
        if element.tag in ("object", "embed", "base"):
            found.append(element.tag)
    return found


def _kind(answer: Any) -> str:
    return str(answer.headers.get("content-type", ""))
