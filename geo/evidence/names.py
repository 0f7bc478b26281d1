"""Names of evidence files: what a sender called it, as one safe name with the ending of what it is."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from geo.evidence.kinds import ENDINGS
from geo.faults import printable

if TYPE_CHECKING:
    from geo.evidence.kinds import Kind

LONGEST_NAME: Final = 80
NAMELESS: Final = "未命名"
_FORBIDDEN: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_KNOWN_ENDING: Final = re.compile(r"\.(?:pdf|png|jpe?g|docx?|xlsx?|svg|html?|exe|js|bat|cmd|zip)$", re.IGNORECASE)
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_INVISIBLE: Final = frozenset({"Cf", "Cs", "Co", "Cn"})


def shown_name(given: str) -> str:
    """Return the name as messages show it: without folders, control signs and signs that turn a text's direction."""
    last = PurePosixPath(given.encode("utf-8", "replace").decode().replace("\\", "/")).name
    seen = "".join(sign for sign in unicodedata.normalize("NFC", last) if unicodedata.category(sign) not in _INVISIBLE)
    return " ".join(printable(seen).split())[-LONGEST_NAME:] or NAMELESS


def clean_name(given: str, kind: Kind) -> str:
    """Return a name without folders and without what file systems refuse, ending as its content does."""
    stem = _FORBIDDEN.sub(" ", shown_name(given))
    while (shorter := _KNOWN_ENDING.sub("", stem.rstrip(" ."))) != stem:
        stem = shorter
    stem = " ".join(stem.split()).strip(". ")
    if _RESERVED.fullmatch(stem):
        stem = f"_{stem}"
    return (stem or NAMELESS) + ENDINGS[kind]
