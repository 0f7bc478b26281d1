"""Fixtures that several files share. They live beside what they need; this file hands them to pytest."""

from __future__ import annotations

from tests.browser import chromium, open_page
from tests.web_fixtures import client, fresh, hostile

__all__ = ["chromium", "client", "fresh", "hostile", "open_page"]
