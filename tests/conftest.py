"""Fixtures that several files share. They live beside what they need; this file hands them to pytest."""

from __future__ import annotations

from hypothesis import settings

from tests.browser import chromium, open_page
from tests.postgres import backend, on_both, postgres
from tests.served import address, hostile_address, visit
from tests.web_fixtures import client, fresh, hostile

# The laws matter, not how fast a loaded machine checks them.
settings.register_profile("kepu", deadline=None)
settings.load_profile("kepu")

pytest_generate_tests = on_both

__all__ = [
    "address",
    "backend",
    "chromium",
    "client",
    "fresh",
    "hostile",
    "hostile_address",
    "open_page",
    "postgres",
    "visit",
]
