"""`/imports`: hand files in, see what they would change, decide, commit; past batches, undoing, blank templates."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, File, Form, Path, Request, Response, UploadFile
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from api.deps import FIRST_DAY, Parts, PartsDep, VisitorDep
from api.errors import NotAllowed
from api.routes.imports import JobId, TheDatum, job_for
from api.texts import TEXTS
from api.uploads import shown_name
from api.views.import_job import job_page
from api.views.imports import imports_page
from geo.errors import BuiltUpon, InputRefused, StoreUnusable
from geo.faults import printable
from geo.forms.marked_copies import marked_copy
from geo.forms.sheet_templates import make_template
from geo.forms.template_books import template_book
from geo.intake.imports import AUTO, IMPORTABLE
from geo.jobs.orders import Job, Order, answered

router = APIRouter(prefix="/imports", include_in_schema=False)

SEE_OTHER: Final = {"Cache-Control": "no-store"}
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_QUESTIONS: Final = 200
_LONGEST: Final = 200
_NO_TABLES: Final = frozenset({".toml", ".ini", ".db", ".md", ".ds_store"})


async def get_form(request: Request) -> FormData:
    """The form's fields, whose names depend on the questions."""
    return await request.form()


FormDep = Annotated[FormData, Depends(get_form)]


@router.get("")
def show_imports(parts: PartsDep, visitor: VisitorDep, undone: int | None = None) -> Response:
    """The form, what is under way, past batches, templates."""
    return imports_page(parts, visitor, undone=undone)


@router.post("")
def hand_in(
    parts: PartsDep,
    visitor: VisitorDep,
    file: Annotated[list[UploadFile], File()] = [],  # noqa: B006 (never changed; FastAPI copies it)
    layer: Annotated[str, Form(max_length=40)] = AUTO,
    datum: TheDatum = "auto",
    sender: Annotated[str, Form(max_length=_LONGEST)] = "",
    received_on: Annotated[str, Form(max_length=10)] = "",
    complete: Annotated[bool, Form()] = False,
) -> Response:
    """Check files: each becomes a job of its own, and nothing is stored yet."""
    given = [each for each in file if each.filename and not _is_beside(shown_name(each.filename))]
    try:
        if not given or layer not in (*IMPORTABLE, AUTO):
            raise InputRefused(TEXTS["import_no_file"])
        day = _day(received_on)
    except InputRefused as error:
        return imports_page(parts, visitor, fault=str(error), status=422)
    whose = printable(" ".join(sender.split()))
    told = Order("", "", layer, datum, complete=complete, dry_run=True, sender=whose, received_on=day, by=visitor.name)
    orders: list[Order] = []
    try:
        for each in given:
            name = shown_name(each.filename)
            upload = parts.jobs.spool.keep(each.file, name)
            orders.append(replace(told, upload=upload, name=name, only_in=visitor.township, kept=True))
    except BaseException:
        for order in orders:
            parts.jobs.spool.remove(order.upload)
        raise
    made = parts.jobs.submit(orders)
    return _to(f"/imports/{made[0].id}" if len(made) == 1 else "/imports#open")


@router.get("/template.xlsx")
def blank_template(parts: PartsDep, visitor: VisitorDep, layer: str, township: str = "") -> Response:
    """A blank template of a layer, for the whole place or one township. Raises UnknownLayer, UnknownUnit."""
    ground = parts.snapshots.ground()
    wanted = visitor.township or township
    code = ground.gazetteer.township_code(wanted) if wanted and layer != "figures" else None
    made = make_template(ground.place, ground.plan, layer, township=code)
    return _download(template_book(made), f"template-{layer}{f'-{code}' if code else ''}.xlsx")


@router.get("/{job}")
def show_job(parts: PartsDep, visitor: VisitorDep, job: JobId, moved: bool = False) -> Response:
    """How a file stands: progress, preview, questions, result."""
    told = TEXTS["import_moved_on"] if moved else ""
    return job_page(parts, visitor, job_for(parts.jobs, visitor, job), fault=told)


@router.post("/{job}/answers")
def answer(parts: PartsDep, visitor: VisitorDep, job: JobId, form: FormDep) -> Response:
    """Take answers to its questions and check the file again."""
    found = job_for(parts.jobs, visitor, job)
    if (refused := _refused(parts, found)) is not None:
        return job_page(parts, visitor, found, fault=refused, status=409)
    answers, columns = read_answers(form)
    sender = printable(" ".join(str(form.get("sender", "")).split()))[:_LONGEST] or found.order.sender
    if answers and not sender:
        return job_page(parts, visitor, found, fault=TEXTS["import_no_sender"], status=422)
    order = answered(found.order, answers, columns)
    parts.jobs.again(found, replace(order, dry_run=True, sender=sender, by=visitor.name, only_in=visitor.township))
    return _to(f"/imports/{found.id}")


@router.post("/{job}/commit")
def commit(
    parts: PartsDep, visitor: VisitorDep, job: JobId, version: Annotated[str, Form(max_length=80)] = ""
) -> Response:
    """Import a checked file; what the store got meanwhile is looked at again first."""
    found = job_for(parts.jobs, visitor, job)
    refused = _refused(parts, found)
    if refused is None and found.result.get("outcome") != "checked":
        refused = TEXTS["import_not_ready"]
    if refused is not None:
        return job_page(parts, visitor, found, fault=refused, status=409)
    moved = version != parts.snapshots.store.version()
    parts.jobs.again(found, replace(found.order, dry_run=moved, by=visitor.name, only_in=visitor.township))
    return _to(f"/imports/{found.id}{'?moved=1' if moved else ''}")


@router.post("/{job}/cancel")
def cancel(parts: PartsDep, visitor: VisitorDep, job: JobId) -> Response:
    """Stop a job."""
    found = job_for(parts.jobs, visitor, job)
    parts.jobs.cancel(found)
    return _to(f"/imports/{found.id}")


@router.post("/{job}/discard")
def discard(parts: PartsDep, visitor: VisitorDep, job: JobId) -> Response:
    """Drop an ended job with its upload."""
    parts.jobs.discard(job_for(parts.jobs, visitor, job))
    return _to("/imports#open")


@router.get("/{job}/marked.xlsx")
def marked(parts: PartsDep, visitor: VisitorDep, job: JobId) -> Response:
    """The sender's own table with its faults marked. Raises InputRefused where the upload is gone."""
    found = job_for(parts.jobs, visitor, job)
    if not parts.jobs.spool.has(found.order.upload):
        raise InputRefused(TEXTS["import_file_gone"])
    place, source = parts.snapshots.ground(), parts.jobs.spool.path(found.order.upload)
    copy = marked_copy(source, found.faults, shown_as=found.order.name, is_unit=place.gazetteer.is_name)
    return _download(copy, f"marked-{found.id[:8]}.xlsx")


@router.post("/batches/{batch}/undo")
def undo(
    parts: PartsDep,
    visitor: VisitorDep,
    batch: Annotated[int, Path(ge=1, lt=2**31)],
    anyway: Annotated[bool, Form()] = False,
) -> Response:
    """Take a batch back; where later ones build on it, ask again first. A township's planner only their own."""
    store = parts.snapshots.store
    whose = {known.batch: known.recorded_by for known in store.batches()} if visitor.township else {}
    if whose.get(batch, visitor.name) != visitor.name:
        raise NotAllowed(TEXTS["other_township"])
    try:
        store.undo(batch, by=visitor.name, anyway=anyway)
    except BuiltUpon as error:
        return imports_page(parts, visitor, asked=batch, reasons=error.reasons, status=409)
    except StoreUnusable as error:
        return imports_page(parts, visitor, fault=str(error), status=409)
    return _to(f"/imports?undone={batch}")


def read_answers(form: FormData) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Read what a page's questions were answered: of units, and header as written → column; unanswered are left out."""
    answers: list[dict[str, str]] = []
    columns: dict[str, str] = {}
    for at in range(_MOST_QUESTIONS):
        asked = _asked(form.get(f"asked_{at}"))
        chosen = (_text(form, f"other_{at}") or _text(form, f"chosen_{at}"))[:_LONGEST]
        if asked is None or not chosen:
            continue
        if asked["field"] == "column":
            columns[asked["written"]] = chosen
        else:
            answers.append({**asked, "code": chosen})
    return answers, columns


def _asked(text: Any) -> dict[str, str] | None:
    try:
        told = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
    names = ("field", "township", "written")
    if not isinstance(told, dict) or not all(isinstance(told.get(name), str) for name in names):
        return None
    return {name: told[name] for name in names}


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _refused(parts: Parts, job: Job) -> str | None:
    """Why a job can't be run again now."""
    if not job.ended:
        return TEXTS["import_busy"]
    there = job.file_there and parts.jobs.spool.has(job.order.upload)
    return None if there and job.result.get("outcome") != "stored" else TEXTS["import_file_gone"]


def _is_beside(name: str) -> bool:
    """Whether a file of a folder is no table at all: manifests, and what Windows, macOS and WPS leave behind."""
    return name.startswith((".", "~$")) or PurePosixPath(name).suffix.lower() in _NO_TABLES


def _day(text: str) -> date | None:
    """The day on which a file came. Raises InputRefused."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InputRefused(TEXTS["day_ahead"]) from None
    if not FIRST_DAY <= day <= date.today():
        raise InputRefused(TEXTS["day_ahead"])
    return day


def _to(address: str) -> Response:
    return RedirectResponse(address, 303, SEE_OTHER)


def _download(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', **SEE_OTHER}
    return Response(content, headers=headers, media_type=XLSX)
