"""Messages that geo composed in Chinese, told in the language of the answer where their pattern is known."""

from __future__ import annotations

import re
from functools import cache
from string import Formatter

from api.geo_texts import GEO_TEXTS
from api.i18n import SOURCE, gettext, language


def retold(message: str) -> str:
    """A message with the same fillings in the language of the answer; one of no known pattern stays as it is."""
    if language() == SOURCE:
        return message
    for pattern, text in _patterns():
        if found := pattern.fullmatch(message):
            return gettext(text).format(**{name: gettext(told) for name, told in found.groupdict().items()})
    return gettext(message)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(_pattern(text), re.DOTALL), text) for text in GEO_TEXTS)


def _pattern(text: str) -> str:
    pieces = Formatter().parse(text)
    return "".join(re.escape(plain) + (f"(?P<{name}>.*)" if name else "") for plain, name, _, _ in pieces)
