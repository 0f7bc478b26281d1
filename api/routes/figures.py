"""`/figures`: all tasks of the plan, and the forms for those that are told by a number or a declaration."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from api.deps import InquiryDep, PartsDep, VisitorDep
from api.kept import MOST_FIELDS
from api.snapshots import Snapshot
from api.views.evidence import all_files, files_mark, may_see, seen_files
from api.views.figure_form import answer_form
from api.views.figure_page import task_view
from api.views.figures import board

router = APIRouter(include_in_schema=False)

TaskNumber = Annotated[int, Path(ge=1, lt=1000)]


async def get_form(request: Request) -> AsyncIterator[FormData]:
    """What was typed, and the files that came with it."""
    async with request.form(max_fields=MOST_FIELDS) as form:
        yield form


@router.get("/figures")
def show_figures(inquiry: InquiryDep) -> Response:
    """The tasks with their kinds and states."""

    def compose(shot: Snapshot, _: str | None) -> dict[str, Any]:
        return {"view": board(shot, seen_files(inquiry, shot) if may_see(inquiry.visitor) else None)}

    return inquiry.page("figures", compose, about=files_mark(all_files(inquiry.parts)))


@router.get("/figures/{task}")
def show_task(inquiry: InquiryDep, task: TaskNumber) -> Response:
    """The figures and declarations of one task; what is judged unit by unit is in the list of gaps."""
    plan = inquiry.parts.snapshots.ground().plan
    if any(one.no == task and one.kind == "map" for one in plan.tasks):
        return RedirectResponse(inquiry.links.gap_list({"task": task}), 303, {"Cache-Control": "no-store"})
    about = files_mark(all_files(inquiry.parts))
    return inquiry.page("figure", lambda shot, _: task_view(inquiry, shot, task), about=about)


@router.post("/figures/{task}")
def take_form(
    parts: PartsDep, visitor: VisitorDep, task: TaskNumber, form: Annotated[FormData, Depends(get_form)]
) -> Response:
    """Check what was typed (a part of the page), show what it would change, or save it with its files."""
    return answer_form(parts, visitor, task, form)
