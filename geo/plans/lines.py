"""Find the line of a TOML text that a path of keys stands on.

tomllib gives values without positions. A plan is made of `[table]` and `[[array]]`
headers and `key = value` lines, so counting headers finds the place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADER = re.compile(r"^\s*(\[{1,2})\s*([\w.\-]+)\s*\]{1,2}\s*(#.*)?$")
_KEY = re.compile(r"^\s*[\"']?([\w\-]+)[\"']?\s*[=.]")


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """Return the line (from 1) where the value at `path` is written.

    `path` is what pydantic calls a loc, e.g. ("tasks", 16, "rules", 2, "layer"). The
    first of the lines that go furthest along it wins; None if not even the table is there.
    """
    here: tuple[str | int, ...] = ()
    counts: dict[tuple[str | int, ...], int] = {}
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            here = _enter(header.group(2).split("."), counts, is_array=header.group(1) == "[[")
            lies_at = here
        else:
            key = _KEY.match(line)
            if not key:
                continue
            lies_at = (*here, key.group(1))
        depth = min(len(lies_at), len(path))
        if lies_at[:depth] == tuple(path[:depth]) and (best is None or depth > best[0]) and depth:
            best = (depth, number)
    return best[1] if best else None


def _enter(names: list[str], counts: dict[tuple[str | int, ...], int], *, is_array: bool) -> tuple[str | int, ...]:
    """Return the path of a header; arrays met on the way contribute their newest index."""
    path: tuple[str | int, ...] = ()
    for i, name in enumerate(names):
        path = (*path, name)
        if is_array and i == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def line_with(text: str, value: str, *, start: int | None) -> int | None:
    """Return the first line from `start` on that holds a value; `start` itself if none does."""
    lines = text.splitlines()
    first = start or 1
    return next((n for n, line in enumerate(lines[first - 1 :], first) if value in line), start)
