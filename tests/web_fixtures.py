"""Clients of the web application over three stores of the invented county.

tests/conftest.py hands its fixtures to every test; a test takes ``client`` (read it, don't write),
``fresh`` (a store of the test's own) or ``hostile`` (hostile texts wherever a text can stand).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from geo.store import Store
from geo.store.files import sqlite_url
from tests.support import county
from tests.web_client import Web, build, client_of, spoiler, spoilt, spoilt_plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The county; tests only read it."""
    folder = tmp_path_factory.mktemp("web")
    store = build(folder)
    with client_of(store.url) as web:
        yield Web(web, store, folder)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of the county's store: importing all of it takes a second, copying none. Made by the real clock."""
    folder = tmp_path_factory.mktemp("built")
    build(folder).close()
    return (folder / "kepu.db").read_bytes()


@pytest.fixture
def fresh(tmp_path: Path, built: bytes) -> Iterator[Web]:
    """The county in a store of the test's own."""
    path = tmp_path / "kepu.db"
    path.write_bytes(built)
    store = Store.open(sqlite_url(path))
    with client_of(store.url, max_upload_mb=1) as web:
        yield Web(web, store, tmp_path)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A county in which every free text carries something hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    store = build(folder, name=spoiler(), place=spoilt(county()), plan=spoilt_plan())
    with client_of(store.url) as web:
        yield Web(web, store, folder)
