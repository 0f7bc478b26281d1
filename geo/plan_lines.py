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

    `path` is what pydantic calls a loc, e.g. ("tasks", 16, "rules", 2, "layer");
    parts that are no keys of the text are passed over. The deepest line found wins;
    None if not even the table is there.
    """
    here: tuple[str | int, ...] = ()
    counts: dict[tuple[str | int, ...], int] = {}
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            here = _enter(header.group(2).split("."), counts, is_array=header.group(1) == "[[")
            depth = _depth(here, path)
        else:
            key = _KEY.match(line)
            if not key:
                continue
            depth = _depth((*here, key.group(1)), path)
        if depth and (best is None or depth > best[0]):
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


def _depth(here: Sequence[str | int], path: Sequence[str | int]) -> int:
    """How many parts of `path` are found, in order, if all of `here` lies on it; else 0."""
    position = 0
    for part in here:
        try:
            position = list(path).index(part, position) + 1
        except ValueError:
            return 0
    return len(here)
