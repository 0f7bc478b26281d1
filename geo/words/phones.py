"""Telephone numbers in texts: found, so that they stay private, and covered up where a text is shown."""

from __future__ import annotations

import re

_NUMBER = re.compile(
    r"(?<!\d)(?:\+?86[-\s]?)?1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}(?!\d)"  # mobile
    r"|(?<!\d)\(?0\d{2,3}[-\s)]{1,2}\d{7,8}(?!\d)|(?<!\d)0\d{2}\d{8}(?!\d)|(?<!\d)0\d{3}\d{7}(?!\d)"  # with area code
)
_BESIDE = re.compile(r"[\W_\d]")
_MOST_BESIDE = 6
"""Signs that may stand beside a number: a name, 电话, 微信同号."""


def is_phone(text: str) -> bool:
    """Say whether a text is one telephone number or several, a name beside them or not."""
    rest, found = _NUMBER.subn("", text)
    return found > 0 and not re.search(r"\d", rest) and len(_BESIDE.sub("", rest)) <= _MOST_BESIDE


def covered(text: str) -> str:
    """Return a text with the digits of its telephone numbers covered, but for the first three."""
    return _NUMBER.sub(lambda number: f"{number[0][:3]}****", text)
