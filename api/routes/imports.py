"""`/api/v1/imports`: upload a file, then ask how its import goes.

Imports run in the process that took them, and only its memory knows them: a restart
forgets running and past ones (the store is whole either way). See api.jobs.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Path, Request, Response, UploadFile
from pydantic import AfterValidator

from api.answers import JSON, Answer, as_json, etag
from api.deps import PartsDep, VisitorDep
from api.jobs import Order
from api.models import Accepted, ImportStatus
from api.routes.described import done, reading
from api.texts import TEXTS
from api.uploads import keep, shown_name
from geo.crs import Datum
from geo.errors import InputRefused
from geo.faults import Fault, printable
from geo.intake.imports import AUTO, IMPORTABLE
from geo.intake.options import column_called

router = APIRouter(prefix="/api/v1/imports", tags=["imports"])


def _known(layer: str) -> str:
    if layer not in (*IMPORTABLE, AUTO):
        raise ValueError(TEXTS["unknown_import_layer"].format(known=TEXTS["comma"].join((*IMPORTABLE, AUTO))))
    return layer


def _as_columns(texts: list[str]) -> list[str]:
    for text in texts:
        if column_called(text) is None:
            raise ValueError(TEXTS["column_form"].format(text=printable(text)))
    return texts


def _as_answers(text: str) -> str:
    try:
        listed = json.loads(text)
    except ValueError:
        listed = None
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise ValueError(TEXTS["answers_form"])
    return text


def _not_ahead(day: date | None) -> date | None:
    if day is not None and day > date.today():
        raise ValueError(TEXTS["day_ahead"])
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
        keep(file.file, file.filename),
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
    url = f"/api/v1/imports/{(job := parts.jobs.submit(order)).id}"
    body = as_json({"id": job.id, "state": "queued", "status_url": url})
    return Response(body, 202, {"Location": url}, JSON)


@router.get("/{job}", summary="How an import goes", response_model=ImportStatus, responses=reading("import", 404, 422))
def import_status(parts: PartsDep, request: Request, job: JobId) -> Response:
    """State, counts and faults. A restart of the server forgets imports; what they stored stays."""
    body = as_json(parts.jobs.get(job).to_dict())
    return parts.answers.respond(request, etag(body), lambda: Answer(body, JSON))
