"""Answers: bytes made once, kept ready, and named by a strong ETag that is known before they are made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Final

from fastapi import Request, Response

from api.snapshots import Kept

JSON: Final = "application/json"
GEOJSON: Final = "application/geo+json"
HTML: Final = "text/html; charset=utf-8"
CSV: Final = "text/csv; charset=utf-8"
CACHE_CONTROL: Final = "private, no-cache"
COMPOSING: Final = 2
"""How many answers a process composes at a time."""
_PACKAGES: Final = ("api", "maps", "geo")
_TAG_CHARACTERS: Final = 32


@dataclass(frozen=True)
class Answer:
    """A body ready to send."""

    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Answers:
    """Answers by ETag, up to `megabytes` MiB in sum."""

    def __init__(self, megabytes: int) -> None:
        self._kept: Kept[str, Answer] = Kept(megabytes * 1024 * 1024, weigh=lambda answer: len(answer.body))
        self._composing = BoundedSemaphore(COMPOSING)

    def respond(
        self, request: Request, tag: str, make: Callable[[], Answer], *, cache_control: str = CACHE_CONTROL
    ) -> Response:
        """Answer a GET: 304 without making anything where the client has it, else the kept or new bytes."""
        headers = {"ETag": tag, "Cache-Control": cache_control}
        if tag in tags_of(request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        answer = self._kept.get(tag, make)
        return Response(answer.body, headers={**headers, **answer.headers, "Content-Type": answer.media_type})

    def composed(self, make: Callable[[], Answer]) -> Answer:
        """Compose with few others: more would only take the interpreter from each other, and from who is writing."""
        with self._composing:
            return make()


def etag(*parts: object) -> str:
    """A strong ETag of all that an answer depends on, the program included."""
    text = repr((program(), *parts))
    return f'"{hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:_TAG_CHARACTERS]}"'


def as_json(value: Any) -> bytes:
    """UTF-8 JSON; a lone surrogate, which UTF-8 cannot hold, becomes U+FFFD. Raises ValueError for NaN."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


@cache
def program() -> str:
    """A short text that changes with the program's files: an upgrade must not meet old copies."""
    home = Path(__file__).parent.parent
    files = sorted(path for name in _PACKAGES for path in (home / name).rglob("*") if path.is_file())
    known = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files if path.suffix != ".pyc"]
    return hashlib.sha256(repr(known).encode()).hexdigest()


def tags_of(given: str) -> set[str]:
    """The tags of an If-None-Match, compared weakly as RFC 9110 says."""
    return {tag.strip().removeprefix("W/") for tag in given.split(",")}
