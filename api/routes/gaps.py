"""`/gaps`: the list that planners work with, as page and as files; who takes a gap on."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Form, Query, Response
from pydantic import AfterValidator, Field
from starlette.responses import RedirectResponse

from api.answers import CSV, Answer
from api.deps import InquiryDep, Optional, PartsDep, VisitorDep, Word
from api.errors import NotAllowed
from api.kept import own_path
from api.snapshots import Snapshot
from api.taken import tasks_of
from api.texts import LEVELS, TEXTS
from api.views.gap_files import gaps_book, gaps_csv
from api.views.gap_list import gaps_page
from api.views.gap_query import Column, GapQuery, Level, Order, Taken, Window
from api.views.gaps import FilterState
from api.views.words import mark
from geo.errors import UnknownUnit
from geo.store import gap_tasks
from geo.store.gap_tasks import Closing

router = APIRouter(include_in_schema=False)

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


Number = Annotated[int, Field(ge=1, lt=2**31)]


def _stripped(text: str | None) -> str | None:
    return (text or "").strip() or None


async def get_query(
    rule: Annotated[Word | None, Optional] = None,
    state: Annotated[FilterState | None, Optional] = None,
    task: Annotated[Number | None, Optional] = None,
    level: Annotated[Level | None, Optional] = None,
    taken: Annotated[Taken | None, Optional] = None,
    due: Annotated[Window | None, Optional] = None,
    q: Annotated[Word | None, Optional, AfterValidator(_stripped)] = None,
    sort: Annotated[Column | None, Optional] = None,
    order: Annotated[Order | None, Optional] = None,
    map: Annotated[Literal["1"] | None, Optional] = None,
    page: Annotated[int, Query(ge=1, lt=2**31)] = 1,
) -> GapQuery:
    """What is asked of the list, but for the township, which comes with the inquiry."""
    return GapQuery(None, rule, state, task, level, taken, due, q, sort, order, map, page)


QueryDep = Annotated[GapQuery, Depends(get_query)]


@router.get("/gaps")
def show_gaps(inquiry: InquiryDep, asked: QueryDep) -> Response:
    """The list of gaps."""
    tasks, about = tasks_of(inquiry)

    def compose(shot: Snapshot, town: str | None) -> dict[str, object]:
        query = asked.of(town)
        return {
            "view": gaps_page(shot, query, tasks),
            "query": query,
            "gazetteer": shot.ground.gazetteer,
            "rules": shot.plan,
            "levels": LEVELS,
            "marks": {state: mark(state) for state in ("not_met", "unknown", "met")},
        }

    return inquiry.page("gaps", compose, about=about)


@router.get("/gaps.csv")
def download_csv(inquiry: InquiryDep, asked: QueryDep) -> Response:
    """The same list as a table that WPS and Excel open."""
    tasks, about = tasks_of(inquiry)
    return inquiry.answer(
        lambda shot, town: _file(shot, gaps_csv(shot, asked.of(town), tasks), CSV, "csv"), about=about
    )


@router.get("/gaps.xlsx")
def download_xlsx(inquiry: InquiryDep, asked: QueryDep) -> Response:
    """The same list as a workbook."""
    tasks, about = tasks_of(inquiry)
    return inquiry.answer(
        lambda shot, town: _file(shot, gaps_book(shot, asked.of(town), tasks), XLSX, "xlsx"), about=about
    )


@router.post("/gaps/tasks")
def change_task(
    parts: PartsDep,
    visitor: VisitorDep,
    rule: Annotated[str, Form(max_length=80)],
    unit: Annotated[str, Form(max_length=200)],
    action: Annotated[Literal["taken", "done", "released"], Form()],
    who: Annotated[str, Form(max_length=2000)] = "",
    due_on: Annotated[date | None, Form(), Optional] = None,
    note: Annotated[str, Form(max_length=5000)] = "",
    back: Annotated[str, Form(max_length=2000)] = "/gaps",
    as_of: Annotated[date | None, Form(), Optional] = None,
) -> Response:
    """Take a gap on, finish or release it; a township's planner only in that township.

    Raises UnknownRule, UnknownUnit, NotAllowed, InputRefused.
    """
    shot = parts.snapshots.at(as_of or date.today())
    home = _township(shot, rule, unit)
    if visitor.township not in (None, home):
        raise NotAllowed(TEXTS["take_only_own"])
    with parts.snapshots.store.writing() as store:
        if action == "taken":
            gap_tasks.take(store, rule, unit, who=who, due_on=due_on, note=note, by=visitor.name)
        else:
            closing: Closing = action
            gap_tasks.close(store, rule, unit, closing, by=visitor.name)
    return RedirectResponse(own_path(back) or "/gaps", 303, {"Cache-Control": "no-store"})


def _township(shot: Snapshot, rule: str, unit: str) -> str | None:
    """The township of a unit that a rule asks something of."""
    findings = shot.assessment.rule(rule).findings
    found = next((at for at in findings.positions().tolist() if findings.codes[at] == unit), None)
    if found is None:
        raise UnknownUnit(TEXTS["take_nothing"].format(rule=rule, unit=unit))
    home: str | None = findings.township_codes[found]
    return home


def _file(shot: Snapshot, body: bytes, media_type: str, ending: str) -> Answer:
    name = "-".join(["gaps", *shot.days.values()])
    return Answer(body, media_type, {"Content-Disposition": f'attachment; filename="{name}.{ending}"'})
