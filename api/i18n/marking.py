"""Marks what stays Chinese in a page of another language as Chinese (WCAG 2.2, 3.1.2).

Names, requirements, reasons and whatever else people reported is data, and is shown as it is written.
"""

from __future__ import annotations

import re
from typing import Final

_TOKENS: Final = re.compile(r"(<!--.*?-->|<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>)", re.DOTALL)
_OPENING: Final = re.compile(r"<([a-z0-9]+)")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_RUN: Final = re.compile(rf"{_HAN.pattern}(?:[^A-Za-z<>&\n]*{_HAN.pattern})?[。，、；：）》！？]*")
"""From the first character to the last with no Latin letter between; quotation marks around it are the sentence's."""
_LETTER: Final = re.compile(r"[A-Za-z]")
_LANGUAGE: Final = ' lang="zh-CN"'
_PLAIN: Final = frozenset({"option", "textarea", "title", "text"})
"""Elements that hold nothing but text: where it is in two languages, it stays unmarked."""


def mark_chinese(page: str) -> str:
    """Give every Chinese run of an HTML page `lang="zh-CN"`, on the element that holds nothing else where there is one.

    Attributes cannot be marked apart from their element and stay as they are.
    """
    parts = _TOKENS.split(page)
    for at in range(2, len(parts) - 1, 2):
        text = parts[at]
        if _HAN.search(text) is None:
            continue
        opening = _OPENING.match(parts[at - 1])
        name = opening[1] if opening and parts[at + 1] == f"</{opening[1]}>" else ""
        if name and not _LETTER.search(text):
            parts[at - 1] = _with_language(parts[at - 1])
        elif name not in _PLAIN:
            parts[at] = _RUN.sub(lambda run: f"<bdi{_LANGUAGE}>{run[0]}</bdi>", text)
    return "".join(parts)


def _with_language(tag: str) -> str:
    return tag if " lang=" in tag else f"{tag[:-1]}{_LANGUAGE}>"
