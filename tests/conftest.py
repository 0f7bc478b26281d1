"""Fixtures that several files share. They live beside what they need; this file hands them to pytest."""

from __future__ import annotations

import os

from hypothesis import settings

from tests.browser import chromium, open_page
from tests.people import cheap, store
from tests.postgres import backend, on_both, postgres
from tests.served import address, hostile_address, visit
from tests.web_fixtures import built, client, fresh, hostile

# The laws matter, not how fast a loaded machine checks them. A run says the same as the one before it;
# KEPU_TEST_EXPLORE=1 looks for examples that nobody has seen yet.
settings.register_profile("kepu", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("explore", deadline=None, derandomize=False, print_blob=True)
settings.load_profile("explore" if os.environ.get("KEPU_TEST_EXPLORE") else "kepu")

pytest_generate_tests = on_both

__all__ = [
    "address",
    "backend",
    "built",
    "cheap",
    "chromium",
    "client",
    "fresh",
    "hostile",
    "hostile_address",
    "open_page",
    "postgres",
    "store",
    "visit",
]
