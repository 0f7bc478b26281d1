"""The list of gaps as files: exactly the rows that are listed, in their order."""

from __future__ import annotations

from datetime import date
from typing import Any

from api.gap_texts import FILE_COLUMNS
from api.i18n import SOURCE, in_language
from api.snapshots import Snapshot
from api.texts import LEVELS, TEXTS
from api.views.gap_list import Row, Tasks, comes_what, gap_list, since_note, since_text
from api.views.gap_query import GapQuery
from geo.list_books import list_book
from geo.states import State
from geo.store.gap_tasks import GapTask
from geo.tables import GAP_COLUMNS, csv_bytes, gap_rows

COLUMNS = (*GAP_COLUMNS, *FILE_COLUMNS)


def file_rows(snapshot: Snapshot, query: GapQuery, tasks: Tasks) -> list[dict[str, Any]]:
    """The rows as in `kepu gaps`, with since when, what comes and who is at it."""
    told = gap_rows(
        snapshot.assessment,
        snapshot.ground.gazetteer,
        township=query.township,
        rule=query.rule,
        states=query.states,
    )
    by_key = {(row["规则"], row["单位代码"]): row for row in told}
    return [
        by_key[row["rule"], row["unit_code"]] | dict(zip(FILE_COLUMNS, _more(row, snapshot.as_of), strict=True))
        for row in gap_list(snapshot, query, tasks)
    ]


def _more(row: Row, as_of: date) -> tuple[Any, ...]:
    since, task = row["since"], row["taken"]
    comes = row["comes"] or ""
    return since_text(since), since_note(since), comes, comes_what(row, as_of), *_task(task)


def _task(task: GapTask | None) -> tuple[Any, ...]:
    if task is None:
        return "", "", "", ""
    return TEXTS["taken_yes" if task.is_open else "taken_done"], task.who, task.due_on or "", task.note


@in_language(SOURCE)
def gaps_csv(snapshot: Snapshot, query: GapQuery, tasks: Tasks) -> bytes:
    """The list as CSV; in Chinese for every reader, for files go from office to office."""
    return csv_bytes(file_rows(snapshot, query, tasks), header=COLUMNS)


@in_language(SOURCE)
def gaps_book(snapshot: Snapshot, query: GapQuery, tasks: Tasks) -> bytes:
    """The list as a workbook; its second sheet says what the list is of."""
    rows = file_rows(snapshot, query, tasks)
    title = TEXTS["book_title"].format(place=snapshot.place.name)
    return list_book(
        rows,
        COLUMNS,
        title=title,
        sheets=(TEXTS["book_list"], TEXTS["book_about"]),
        about=_about(snapshot, query, len(rows)),
    )


def _about(snapshot: Snapshot, query: GapQuery, rows: int) -> list[tuple[str, Any]]:
    known = [(TEXTS["book_known"], snapshot.known_on)] if snapshot.known_on else []
    plan = snapshot.plan.plan
    return [
        (TEXTS["book_day"], snapshot.as_of),
        *known,
        (TEXTS["book_plan"], f"{plan.title} {plan.document}".strip()),
        *(_filters(snapshot, query) or [(TEXTS["book_filters"], TEXTS["book_all"])]),
        (TEXTS["book_order"], _order(query)),
        (TEXTS["book_rows"], rows),
        ("", TEXTS["book_note"]),
    ]


def _filters(snapshot: Snapshot, query: GapQuery) -> list[tuple[str, Any]]:
    names = {"township": "filter_township", "rule": "filter_rule", "state": "filter_state", "task": "filter_task",
             "level": "filter_level", "taken": "filter_taken", "due": "filter_due", "q": "filter_q"}  # fmt: skip
    return [(TEXTS[names[name]], _filter(snapshot, name, value)) for name, value in query.filters().items()]


def _filter(snapshot: Snapshot, name: str, value: Any) -> Any:
    """A filter as people read it."""
    match name:
        case "township":
            return snapshot.ground.gazetteer.name_of(value)
        case "rule":
            return snapshot.plan.rule(value).requirement
        case "state":
            return State(value).label
        case "level":
            return LEVELS[value]
        case "taken" | "due":
            return TEXTS[f"{name}_{value}"]
    return value


def _order(query: GapQuery) -> str:
    if query.sort is None:
        return TEXTS["col_comes" if query.due else "order_plan"]
    column = TEXTS[COLUMN_TEXTS[query.sort]]
    return TEXTS["comma"].join((column, TEXTS[f"order_{query.order or 'asc'}"]))


COLUMN_TEXTS = {
    "unit": "unit_name", "township": "filter_township", "state": "col_state", "since": "col_since",
    "task": "col_requirement", "comes": "col_comes", "taken": "col_taken",
}  # fmt: skip
