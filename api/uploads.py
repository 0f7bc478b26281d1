"""Names of uploads: to be shown, never to be opened."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from geo.faults import printable

LONGEST_NAME: Final = 120
NAMELESS: Final = "upload"


def shown_name(given: str | None) -> str:
    """The name that a sender gave, without folders and control characters."""
    name = PurePosixPath((given or "").replace("\\", "/")).name
    clean = printable(name.encode("utf-8", "replace").decode()).strip()
    return clean[-LONGEST_NAME:] or NAMELESS
