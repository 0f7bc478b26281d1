"""`/api/v1/imports`: upload a file, then ask how its import goes, or listen. Jobs are in the store: see api.jobs."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, File, Form, Path, Request, Response, UploadFile
from pydantic import AfterValidator
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api.answers import JSON, Answer, as_json, etag
from api.deps import PartsDep, VisitorDep
from api.errors import WrongValue
from api.job_status import status_of
from api.jobs import Jobs
from api.models import Accepted, ImportStatus
from api.routes.described import done, failing, reading
from api.texts import TEXTS
from api.uploads import shown_name
from api.visitors import Visitor
from geo.crs import Datum
from geo.errors import InputRefused, KepuError
from geo.faults import Fault, printable
from geo.intake.imports import AUTO, IMPORTABLE
from geo.intake.options import column_called
from geo.jobs.orders import Job, Order

router = APIRouter(prefix="/api/v1/imports", tags=["imports"])

_LISTENING: Final[dict[str, Any]] = {
    "description": "OK",
    "content": {
        "text/event-stream": {
            "schema": {"type": "string"},
            "example": 'event: end\ndata: {"state": "done", "stage": null, "rows": 13, "of": 13}\n\n',
        }
    },
}
LOOK_S: Final = 0.4
HEARTBEAT_S: Final = 15.0
LONGEST_S: Final = 300.0


def _known(layer: str) -> str:
    if layer not in (*IMPORTABLE, AUTO):
        raise WrongValue(TEXTS["unknown_import_layer"].format(known=TEXTS["comma"].join((*IMPORTABLE, AUTO))))
    return layer


def _as_columns(texts: list[str]) -> list[str]:
    for text in texts:
        if column_called(text) is None:
            raise WrongValue(TEXTS["column_form"].format(text=printable(text)))
    return texts


def _as_answers(text: str) -> str:
    try:
        listed = json.loads(text)
    except ValueError:
        listed = None
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise WrongValue(TEXTS["answers_form"])
    return text


def _not_ahead(day: date | None) -> date | None:
    if day is not None and day > date.today():
        raise WrongValue(TEXTS["day_ahead"])
    return day


TheFile = Annotated[
    UploadFile,
    File(
        description="A spreadsheet (.xlsx, .xlsm, .xls, .et), a table as text (.csv, .tsv, .txt), or a vector file "
        "(.geojson, .json, .gpkg, .kml, .kmz, .gpx); a shapefile as an archive of its parts (.zip)."
    ),
]
TheLayer = Annotated[
    str,
    AfterValidator(_known),
    Form(
        description="A layer's name, `ledger` for a table of several layers, or `auto`.",
        json_schema_extra={"enum": [*IMPORTABLE, AUTO]},
    ),
]
TheDatum = Annotated[
    Literal["auto", Datum], Form(description="The datum where a row names none; auto: judged, else CGCS2000.")
]
Complete = Annotated[bool, Form(description="The sender says that the list is whole.")]
DryRun = Annotated[bool, Form(description="Check only: report faults and counts, store nothing.")]
Sender = Annotated[str, Form(max_length=200, description="Who sent the file; answers are remembered by sender.")]
ReceivedOn = Annotated[
    date | None, AfterValidator(_not_ahead), Form(description="The day on which it came; by default today.")
]
Scope = Annotated[
    str | None,
    Form(max_length=200, description="With `complete`: a township's or the place's code or name; else as they occur."),
]
TheColumns = Annotated[
    list[str],
    AfterValidator(_as_columns),
    Form(description="Which column a header that wasn't understood is: 原列名=列名, one field each."),
]
TheAnswers = Annotated[
    str,
    AfterValidator(_as_answers),
    Form(
        description="Answers to questions about units: a JSON list of objects with `written`, `township`, `code`, and "
        "`field` as in the question. They need a `sender`, for whom they are remembered."
    ),
]
JobId = Annotated[str, Path(max_length=64, description="From `status_url`.")]


@router.post(
    "",
    status_code=202,
    summary="Import a file",
    response_model=Accepted,
    responses=done(202, "accepted", 400, 401, 403, 413, 422, 503),
)
def start_import(
    parts: PartsDep,
    visitor: VisitorDep,
    file: TheFile,
    layer: TheLayer = AUTO,
    datum: TheDatum = "auto",
    complete: Complete = False,
    dry_run: DryRun = False,
    sender: Sender = "",
    received_on: ReceivedOn = None,
    scope: Scope = None,
    column: TheColumns = [],  # noqa: B006 (never changed; FastAPI copies it)
    answers: TheAnswers = "[]",
) -> Response:
    """Queue an import and answer at once. The file's name is only shown; its size is limited.

    Requests that a page of another site sends through a visitor's browser are refused.
    """
    name, given = shown_name(file.filename), json.loads(answers)
    if given and not sender:
        told = TEXTS["answers_sender"]
        raise InputRefused(told, faults=[Fault("error", "answers", name, told)])
    order = Order(
        parts.jobs.spool.keep(file.file, name),
        name,
        layer,
        datum,
        complete,
        dry_run,
        sender=printable(sender),
        received_on=received_on,
        scope=scope or None,
        columns=dict(filter(None, map(column_called, column))),
        answers=given,
        by=visitor.name,
        only_in=visitor.township,
    )
    (job,) = parts.jobs.submit([order])
    url = f"/api/v1/imports/{job.id}"
    body = as_json({"id": job.id, "state": "queued", "status_url": url})
    return Response(body, 202, {"Location": url}, JSON)


@router.get("/{job}", summary="How an import goes", response_model=ImportStatus, responses=reading("import", 404, 422))
def import_status(parts: PartsDep, request: Request, visitor: VisitorDep, job: JobId) -> Response:
    """State, progress, counts and faults, also after a restart; kept for KEPU_IMPORT_DAYS."""
    body = as_json(status_of(job_for(parts.jobs, visitor, job)))
    return parts.answers.respond(request, etag(body), lambda: Answer(body, JSON))


@router.get(
    "/{job}/events",
    summary="Listen to an import",
    response_class=StreamingResponse,
    responses={200: _LISTENING, **failing(401, 403, 404, 422)},
)
def import_events(parts: PartsDep, visitor: VisitorDep, job: JobId) -> Response:
    """Server-sent events: `progress` with state, stage and rows whenever they change, `end` with the job's end.

    A comment every 15 seconds keeps the connection. After five minutes the stream ends and a browser asks again.
    """
    job_for(parts.jobs, visitor, job)
    return StreamingResponse(
        _events(parts.jobs, job), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


def job_for(jobs: Jobs, visitor: Visitor, job: str) -> Job:
    """A job that a visitor may see. Raises UnknownJob."""
    return jobs.get(job, township=visitor.township, by=visitor.name)


async def _events(jobs: Jobs, job_id: str) -> AsyncIterator[str]:
    begun = heard = time.monotonic()
    told: dict[str, Any] = {}
    while time.monotonic() - begun < LONGEST_S and not jobs.closing.is_set():
        try:
            job = await run_in_threadpool(jobs.get, job_id)
        except KepuError:
            return
        now = {"state": job.state, "stage": job.stage or None, "rows": job.rows_read, "of": job.rows_all}
        if now != told:
            told, heard = now, time.monotonic()
            yield f"event: {'end' if job.ended else 'progress'}\ndata: {json.dumps(now)}\n\n"
        elif time.monotonic() - heard > HEARTBEAT_S:
            heard = time.monotonic()
            yield ": still here\n\n"
        if job.ended:
            return
        await asyncio.sleep(LOOK_S)
