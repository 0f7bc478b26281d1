"""Gaps that somebody has taken on: by whom, by when. Never a part of the assessment.

Functions of an open transaction. Nothing is overwritten: to take anew, to finish and to release are rows of
their own, and the newest row of a rule and unit holds.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import func, insert, select

from geo.errors import InputRefused
from geo.faults import printable
from geo.store import audit, clock
from geo.store.task_tables import gap_tasks
from geo.words.phones import covered

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from sqlalchemy import Connection

    from geo.store.transactions import Writing

Action = Literal["taken", "done", "released"]
Closing = Literal["done", "released"]

LONGEST_NOTE: Final = 500
LONGEST_WHO: Final = 40


@dataclass(frozen=True)
class GapTask:
    """One row: what was done about the gap of a unit under a rule. `who` and `due_on`: by whom, by when."""

    number: int
    rule: str
    unit_code: str
    action: Action
    who: str
    due_on: date | None
    note: str
    recorded_at: datetime
    recorded_on: date
    recorded_by: str

    @property
    def is_open(self) -> bool:
        """Say whether somebody is at it."""
        return self.action == "taken"


def read_tasks(connection: Connection) -> tuple[GapTask, ...]:
    """Return every row, the oldest first."""
    names = [field.name for field in fields(GapTask)]
    query = select(gap_tasks).order_by(gap_tasks.c.number)
    return tuple(GapTask(**{name: getattr(row, name) for name in names}) for row in connection.execute(query))


def standing(rows: Iterable[GapTask], *, known_on: date | None = None) -> dict[tuple[str, str], GapTask]:
    """Return (rule, unit) → what holds by the end of a day, by default now; what was released is left out."""
    newest = {(row.rule, row.unit_code): row for row in rows if known_on is None or row.recorded_on <= known_on}
    return {key: row for key, row in newest.items() if row.action != "released"}


def take(
    store: Writing, rule: str, unit_code: str, *, who: str, due_on: date | None, note: str = "", by: str = ""
) -> GapTask:
    """Let somebody take a gap on, or tell anew who and by when. Raises InputRefused."""
    told = {"who": _checked(who, LONGEST_WHO, "承办"), "note": _checked(note, LONGEST_NOTE, "备注")}
    if not told["who"]:
        msg = "请写明由谁承办"
        raise InputRefused(msg)
    if due_on is None:
        msg = "请写明期限"
        raise InputRefused(msg)
    return _add(store, rule, unit_code, "taken", due_on=due_on, by=by, **told)


def close(store: Writing, rule: str, unit_code: str, action: Closing, *, by: str = "") -> GapTask:
    """Finish or release what somebody has taken on. Raises InputRefused where nobody has."""
    now = standing(read_tasks(store.connection)).get((rule, unit_code))
    if now is None or (not now.is_open and action == "done"):
        msg = "这一条没有人认领，或刚才已经完成、释放；请刷新清单再看"
        raise InputRefused(msg)
    return _add(store, rule, unit_code, action, who=now.who, due_on=now.due_on, note=now.note, by=by)


def _checked(text: str, longest: int, label: str) -> str:
    """A text as one line. Refuses what is too long, and telephone numbers: everybody who sees the list sees it."""
    line = printable(" ".join(text.split()))
    if len(line) > longest:
        msg = f"{label}最多{longest}个字，写了{len(line)}个"
        raise InputRefused(msg)
    if covered(line) != line:
        msg = f"{label}里有电话号码；看清单的人都会看到，请去掉"
        raise InputRefused(msg)
    return line


def _add(store: Writing, rule: str, unit_code: str, action: Action, *, by: str, **told: Any) -> GapTask:
    """Add a row, and tell the audit: which gap, never the texts."""
    newest = store.connection.execute(select(func.max(gap_tasks.c.number))).scalar() or 0
    moment = clock.now()
    noted = {"recorded_at": moment.at, "recorded_on": moment.day, "recorded_by": by}
    values = {"number": newest + 1, "rule": rule, "unit_code": unit_code, "action": action, **told, **noted}
    store.connection.execute(insert(gap_tasks).values(values))
    about = {"number": newest + 1, "rule": rule, "unit_code": unit_code}
    audit.append(store.connection, f"gap-{action}", moment.at, by, about)
    return GapTask(**values)
