"""Which signs the fonts of print can't draw, so that a paper says so instead of showing boxes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from maps.print.fonts import fonts

if TYPE_CHECKING:
    from collections.abc import Iterable

_COLLECTIONS: Final = (".ttc", ".otc")


def undrawn(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the signs that neither font has, in order. What GBK holds, every Chinese font has."""
    rare = sorted(sign for sign in set("".join(texts)) if not _is_common(sign))
    if not rare:
        return ()
    drawn = code_points(fonts().sans) | code_points(fonts().serif)
    return tuple(sign for sign in rare if ord(sign) not in drawn)


@cache
def code_points(family: str) -> frozenset[int]:
    """Return the code points that a family of `fonts` has; none where its file isn't there."""
    from fontTools.ttLib import TTCollection, TTFont

    for file in fonts().files:
        with (
            TTCollection(file, lazy=True) if file.suffix.lower() in _COLLECTIONS else TTFont(file, lazy=True) as opened
        ):
            for font in getattr(opened, "fonts", [opened]):
                if family in {font["name"].getDebugName(number) for number in (1, 16)}:
                    return frozenset(font.getBestCmap())
    return frozenset()


def _is_common(sign: str) -> bool:
    try:
        sign.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True
