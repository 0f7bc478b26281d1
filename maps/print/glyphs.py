"""Which signs the fonts of print can't draw, so that a paper says so instead of showing boxes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from maps.print.fonts import fonts

if TYPE_CHECKING:
    from collections.abc import Iterable


def undrawn(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the signs that neither font has, in order. What GBK holds, every Chinese font has."""
    rare = sorted(sign for sign in set("".join(texts)) if not _is_common(sign))
    return tuple(sign for sign in rare if ord(sign) not in _drawn()) if rare else ()


def _is_common(sign: str) -> bool:
    try:
        sign.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _drawn() -> frozenset[int]:
    """Return the code points of the fonts that print uses."""
    from fontTools.ttLib import TTCollection, TTFont

    known = fonts()
    found: set[int] = set()
    for file in known.files:
        if file.suffix.lower() in (".ttc", ".otc"):
            with TTCollection(file, lazy=True) as collection:
                for font in collection.fonts:
                    if font["name"].getBestFamilyName() in (known.sans, known.serif):
                        found |= set(font.getBestCmap())
        else:
            with TTFont(file, lazy=True) as font:
                found |= set(font.getBestCmap())
    return frozenset(found)
