"""How wide texts are on paper, and which characters the fonts can print."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

from maps.print.fonts import fonts

MISSING: Final = "〓"
"""What printers set for a character that their case lacks (下駄, 缺字)."""
_WIDE: Final = frozenset("WFA")
_NARROW: Final = 0.56


def width(text: str, size: float) -> float:
    """Return about how many mm one line of `size` mm takes: Chinese signs one em each, others a bit over half."""
    return size * sum(1.0 if unicodedata.east_asian_width(sign) in _WIDE else _NARROW for sign in text)


@cache
def charset() -> frozenset[int]:
    """Return the code points that the font of the maps has."""
    from fontTools.ttLib import TTCollection, TTFont

    wanted = fonts().sans
    for file in fonts().files:
        with TTCollection(file, lazy=True) if file.suffix.lower() == ".ttc" else TTFont(file, lazy=True) as opened:
            for font in getattr(opened, "fonts", [opened]):
                if wanted in {font["name"].getDebugName(number) for number in (1, 16)}:
                    return frozenset(font.getBestCmap())
    return frozenset()


def printable(text: str) -> str:
    """Return a text on one line as it can be printed: characters that the font lacks become 〓."""
    if text.isascii() and text.isprintable():
        return text
    known = charset()
    line = " ".join(text.split())
    return "".join(sign if not known or ord(sign) in known else MISSING for sign in line)
