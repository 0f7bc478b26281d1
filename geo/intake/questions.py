"""What an import asks a person: which unit a text means, which column a header is. As data, for a page to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.intake.decisions import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo.faults import Fault

COLUMN = "column"
_MOST = 5


def questions_of(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """Return every question once, in order, where it first came up, how often, and up to five candidates.

    A unit's is answered by `answers`, with the `code` of a candidate or of another unit; a
    column's by `column`, as its `written` = the `name` of a candidate or another header.
    """
    found: dict[tuple[str, str, str, str | None], dict[str, Any]] = {}
    for fault in faults:
        asked = fault.asked
        if asked is None or (fault.severity != "error" and asked.field != COLUMN):
            continue
        key = (*key_of(asked), fault.sheet if asked.field == COLUMN else None)
        if key in found:
            found[key]["times"] += 1
            continue
        told = fault.as_dict()
        found[key] = {
            "kind": COLUMN if asked.field == COLUMN else "unit",
            **asked._asdict(),
            **{name: told[name] for name in ("message", "file", "sheet", "row")},
            "times": 1,
            "candidates": told["candidates"][:_MOST],
        }
    return list(found.values())
