"""How many pages a file of a dossier has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_PAGE: Final = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_PICTURES: Final = frozenset({".jpg", ".png"})


def pages_of(path: Path) -> int | None:
    """Return how many pages a PDF of ours or a picture has; None of what has no pages, or doesn't tell.

    The page objects of our own PDFs stand in them uncompressed; of others they may not.
    """
    if path.suffix == ".pdf":
        return len(_PAGE.findall(path.read_bytes())) or None
    return 1 if path.suffix in _PICTURES else None
