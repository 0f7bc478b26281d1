"""Who is at which gap, as a visitor may see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from api.deps import Inquiry
from api.visitors import Kind
from geo.store.gap_tasks import GapTask, read_tasks, standing

Tasks = Mapping[tuple[str, str], GapTask]
_OUTSIDERS: Final = frozenset({Kind.SHARE, Kind.TOWNSHIP_SHARE})


def tasks_of(inquiry: Inquiry) -> tuple[Tasks, str]:
    """What holds of each rule and unit, and a mark that changes with it.

    People with a shared link see that somebody is at it and by when, not who, and no note.
    """
    parts = inquiry.parts
    rows = parts.recall.get(parts.snapshots.store, "gap_tasks", read_tasks)
    tasks = standing(rows, known_on=inquiry.known_on)
    if inquiry.visitor.kind not in _OUTSIDERS:
        return tasks, str(len(rows))
    bare = {key: replace(task, who="", note="", recorded_by="") for key, task in tasks.items()}
    return bare, f"{len(rows)} outside"
