"""Names of files that stand on every file system, Windows with its reserved names included."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from geo.faults import printable

LONGEST: Final = 60
_FORBIDDEN: Final = re.compile(r'[<>:"/\\|?*]')
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(?:\..*)?", re.IGNORECASE)
_NAMELESS: Final = "未命名"


def safe_name(text: str, *, longest: int = LONGEST) -> str:
    """Return a text as a name of at most `longest` signs, without a folder in it and without an ending of its own.

    Signs that file systems refuse become their full-width forms or spaces.
    """
    told = unicodedata.normalize("NFC", printable(text))
    told = _FORBIDDEN.sub(lambda found: chr(ord(found[0]) + 0xFEE0), told)
    told = " ".join(told.split())[:longest].strip(". ")
    return f"_{told}"[:longest] if _RESERVED.fullmatch(told) else told or _NAMELESS


def safe_file(given: str, ending: str, *, longest: int = LONGEST) -> str:
    """Return a file's name as `safe_name`, with its ending and no second one of the same."""
    stem = given.removesuffix(ending)
    return safe_name(stem, longest=longest - len(ending)) + ending
