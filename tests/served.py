"""The pages behind a real socket, and a browser to open them in; tests/conftest.py hands the fixtures to every test."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.web_client import Web

DESKTOP = (1366, 768)


@contextmanager
def served(web: Web) -> Iterator[str]:
    """The app behind a real socket; yields its address."""
    app: Any = web.client.app
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def address(client: Web) -> Iterator[str]:
    with served(client) as url:
        yield url


@pytest.fixture(scope="module")
def hostile_address(hostile: Web) -> Iterator[str]:
    with served(hostile) as url:
        yield url


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Any]:
    """Opens a page; gives it with every foreign request and every message."""
    contexts = []

    def go(url: str, size: tuple[int, int] = DESKTOP, **options: Any) -> tuple[Page, list[str]]:
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        contexts.append(context)
        page, heard = context.new_page(), list[str]()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("dialog", lambda dialog: heard.append(dialog.message))
        page.on("request", lambda request: heard.extend(_foreign(request.url, url)))
        page.goto(url, wait_until="load")
        return page, heard

    yield go
    for context in contexts:
        context.close()


def _foreign(asked: str, home: str) -> list[str]:
    return [] if urlsplit(asked).netloc in {urlsplit(home).netloc, ""} else [asked]
