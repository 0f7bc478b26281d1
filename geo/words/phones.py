"""Telephone and identity numbers in texts: found, so that they stay private, and covered up where a text is shown."""

from __future__ import annotations

import re
from functools import lru_cache

_NUMBER = re.compile(
    r"(?<!\d)(?:\+?86[-\s]?)?1[3-9]\d[-\s.]?\d{4}[-\s.]?\d{4}(?!\d)"  # mobile
    r"|(?<!\d)\(?0\d{2,3}[-\s)]{1,2}\d{7,8}(?!\d)|(?<!\d)0\d{2}\d{8}(?!\d)|(?<!\d)0\d{3}\d{7}(?!\d)"  # with area code
)
_IDENTITY = re.compile(
    r"(?<![\da-zA-Z])[1-9]\d{5}\s?(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\s?\d{3}[\dXx](?![\da-zA-Z])"
)
_NAMES = r"(?:电话|手机|座机|微信|QQ)"
_NAMED = re.compile(rf"{_NAMES}号?码?\W{{0,2}}\d{{5,12}}(?!\d)", re.IGNORECASE)
_WORTH_A_LOOK = re.compile(rf"\d(?:\D{{0,3}}\d){{9}}|{_NAMES}", re.IGNORECASE)
_HALF_WIDTH = str.maketrans("０１２３４５６７８９－—–（）．　Ｘｘ＋", "0123456789---(). Xx+")
_BESIDE = re.compile(r"[\W_\d]")
_MOST_BESIDE = 6
"""Signs that may stand beside a number: a name, 电话, 微信同号."""
_SHOWN = 3
"""So many digits of a number stay."""


def is_phone(text: str) -> bool:
    """Say whether a text is one telephone number or several, a name beside them or not."""
    rest, found = _NUMBER.subn("", text.translate(_HALF_WIDTH))
    return found > 0 and not re.search(r"\d", rest) and len(_BESIDE.sub("", rest)) <= _MOST_BESIDE


@lru_cache(maxsize=4096)
def covered(text: str) -> str:
    """Return a text with the digits of its telephone and identity numbers covered, but for the first three."""
    if _WORTH_A_LOOK.search(text) is None:
        return text
    for pattern in (_IDENTITY, _NUMBER, _NAMED):
        spans = [found.span() for found in pattern.finditer(text.translate(_HALF_WIDTH))]
        for start, end in reversed(spans):
            text = text[:start] + _cover(text[start:end]) + text[end:]
    return text


def _cover(number: str) -> str:
    digits = [n for n, sign in enumerate(number) if sign.isdigit()]
    return f"{number[: digits[_SHOWN - 1] + 1]}****"
