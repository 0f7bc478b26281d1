"""The list of gaps as planners work with it: since when, what comes, who is at it; found, sorted and paged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from api.i18n import date_text
from api.snapshots import Snapshot
from api.texts import TEXTS
from api.views.gap_query import GapQuery
from api.views.gaps import row_of
from api.views.tallies import Tally, findings_of
from api.views.words import mark
from geo.since import Since
from geo.store.gap_tasks import GapTask
from geo.upcoming import Coming
from maps.pinyin import keys

PAGE_ROWS: Final = 100
_STATES: Final = ("not_met", "unknown", "met")
_FEW: Final = 2
"""Letters of pinyin that are found at the beginning of a name only."""

Row = dict[str, Any]
Tasks = Mapping[tuple[str, str], GapTask]


def gap_list(snapshot: Snapshot, query: GapQuery, tasks: Tasks) -> list[Row]:
    """The findings that pass, sorted as asked; by default in the plan's order, not met first in each rule."""
    return _sorted(snapshot, query, [row for row in _found(snapshot, query, tasks) if row["state"] in query.states])


def _found(snapshot: Snapshot, query: GapQuery, tasks: Tasks) -> list[Row]:
    """All that passes, whatever its state."""
    if query.rule is not None:
        snapshot.plan.rule(query.rule)
    name_of = snapshot.ground.gazetteer.name_of
    until = None if query.days is None else snapshot.as_of + timedelta(days=query.days)
    found = []
    for task, rule, finding in findings_of(snapshot.facts):
        home = finding["township_code"]
        row = row_of(task, rule, finding, name_of(home) if home else None)
        key = row["rule"], row["unit_code"]
        row |= {"since": snapshot.since[key], "coming": snapshot.upcoming.get(key), "taken": tasks.get(key)}
        row["comes"] = _comes(row["coming"], row["taken"])
        if _passes(row, query, until):
            found.append(row)
    return found


def _comes(coming: Coming | None, taken: GapTask | None) -> date | None:
    """The first day on which something is due."""
    days = [coming.day] if coming else []
    days += [taken.due_on] if taken and taken.is_open and taken.due_on else []
    return min(days, default=None)


def _passes(row: Row, query: GapQuery, until: date | None) -> bool:
    return (
        query.township in (None, row["township_code"])
        and query.rule in (None, row["rule"])
        and query.task in (None, row["task"])
        and query.level in (None, row["unit"])
        and query.taken in (None, _taken_word(row["taken"]))
        and (until is None or (row["comes"] is not None and row["comes"] <= until))
        and (query.q is None or any(is_named(row[name], row[code], query.q) for name, code in _NAMED))
    )


_NAMED: Final = (("unit_name", "unit_code"), ("township_name", "township_code"))


def _taken_word(task: GapTask | None) -> str:
    return "no" if task is None else "yes" if task.is_open else "done"


def is_named(name: str | None, code: str | None, text: str) -> bool:
    """Whether a unit is meant by a part of its name, the beginning of its code, its pinyin or their initials."""
    wanted = "".join(text.split()).lower()
    if not name or not wanted:
        return not wanted
    if wanted in "".join(name.split()).lower() or (code or "").lower().startswith(wanted):
        return True
    if not wanted.isascii():
        return False
    whole, initials = keys(name)
    return initials.startswith(wanted) or whole.startswith(wanted) or (len(wanted) > _FEW and wanted in whole)


def _sorted(snapshot: Snapshot, query: GapQuery, rows: list[Row]) -> list[Row]:
    plan = {rule.id: number for number, rule in enumerate(snapshot.plan.rules)}
    rows.sort(key=lambda row: (plan[row["rule"]], _STATES.index(row["state"])))
    if query.sort is None:
        return sorted(rows, key=lambda row: row["comes"]) if query.due else rows
    if query.sort == "task":
        return rows[::-1] if query.order == "desc" else rows
    value = _VALUES[query.sort]
    known = [row for row in rows if value(row) is not None]  # blanks stay last in both directions
    known.sort(key=value, reverse=query.order == "desc")
    return known + [row for row in rows if value(row) is None]


def _since_order(row: Row) -> tuple[bool, date]:
    since: Since = row["since"]
    return since.kind != "start", since.day


def _taken_order(row: Row) -> tuple[bool, date, str] | None:
    task: GapTask | None = row["taken"]
    return None if task is None else (not task.is_open, task.due_on or date.max, task.who)


_VALUES: Final[Mapping[str, Callable[[Row], Any]]] = {
    "unit": lambda row: (keys(row["unit_name"])[0], row["unit_code"]),
    "township": lambda row: row["township_code"],
    "state": lambda row: _STATES.index(row["state"]),
    "since": _since_order,
    "comes": lambda row: row["comes"],
    "taken": _taken_order,
}


@dataclass(frozen=True)
class GapsPage:
    """One page of the list; `pages` is at least 1. `totals`: of what the other filters pass, in every state."""

    rows: Sequence[Row]
    tally: Tally
    totals: Tally
    page: int
    pages: int


def gaps_page(snapshot: Snapshot, query: GapQuery, tasks: Tasks) -> GapsPage:
    """A page of rows with all that is written in them; past the end, the last page."""
    found = _found(snapshot, query, tasks)
    rows = _sorted(snapshot, query, [row for row in found if row["state"] in query.states])
    pages = max(1, -(-len(rows) // PAGE_ROWS))
    page = min(query.page or 1, pages)
    shown = rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    written = [{**row, **written_of(row, snapshot.as_of)} for row in shown]
    return GapsPage(written, Tally.of(rows), Tally.of(found), page, pages)


def written_of(row: Row, as_of: date) -> Row:
    """What stands in a row beside the finding itself."""
    since: Since = row["since"]
    return {
        "mark": mark(row["state"], row["sharing"]),
        "since_text": since_text(since),
        "since_note": since_note(since),
        "comes_what": comes_what(row, as_of),
        "overdue": row["comes"] is not None and row["comes"] < as_of,
    }


def since_text(since: Since) -> str:
    """Since when, as far as it is known."""
    pattern = TEXTS[f"since_{since.kind}"]
    return pattern.format(date=date_text(since.day), year=since.day.year, month=since.day.month)


def since_note(since: Since) -> str:
    """How that is known."""
    after = date_text(since.after) if since.after else ""
    return TEXTS[f"since_{since.kind}_note"].format(day=date_text(since.day), after=after)


def comes_what(row: Row, as_of: date) -> str:
    """What is due on the first day on which something is."""
    coming: Coming | None = row["coming"]
    if row["comes"] is None:
        return ""
    if coming is not None and coming.day == row["comes"]:
        return TEXTS[f"comes_{coming.kind}"]
    return TEXTS["comes_over" if row["comes"] < as_of else "comes_task"]
