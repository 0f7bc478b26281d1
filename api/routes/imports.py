"""`/api/v1/imports`: upload a file, then ask how its import goes.

Imports run in the process that took them, and only its memory knows them: a restart
forgets running and past ones (the store is whole either way). See api.jobs.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Path, Request, Response, UploadFile
from pydantic import AfterValidator

from api.answers import JSON, Answer, as_json, etag
from api.deps import PartsDep
from api.jobs import Order
from api.models import Accepted, ImportStatus
from api.routes.described import done, reading
from api.texts import TEXTS
from api.uploads import keep, shown_name
from geo.crs import Datum
from geo.intake.imports import AUTO, IMPORTABLE

router = APIRouter(prefix="/api/v1/imports", tags=["imports"])


def _known(layer: str) -> str:
    if layer not in (*IMPORTABLE, AUTO):
        raise ValueError(TEXTS["unknown_import_layer"].format(known=TEXTS["comma"].join((*IMPORTABLE, AUTO))))
    return layer


TheFile = Annotated[UploadFile, File(description="A spreadsheet (.xlsx, .xls, .et) or a table as text (.csv).")]
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
JobId = Annotated[str, Path(max_length=64, description="From `status_url`.")]


@router.post(
    "",
    status_code=202,
    summary="Import a file",
    response_model=Accepted,
    responses=done(202, "accepted", 400, 403, 413, 422, 503),
)
def start_import(
    parts: PartsDep,
    file: TheFile,
    layer: TheLayer = AUTO,
    datum: TheDatum = "auto",
    complete: Complete = False,
    dry_run: DryRun = False,
) -> Response:
    """Queue an import and answer at once. The file's name is only shown; its size is limited.

    Requests that a page of another site sends through a visitor's browser are refused.
    """
    order = Order(keep(file.file, file.filename), shown_name(file.filename), layer, datum, complete, dry_run)
    url = f"/api/v1/imports/{(job := parts.jobs.submit(order)).id}"
    body = as_json({"id": job.id, "state": "queued", "status_url": url})
    return Response(body, 202, {"Location": url}, JSON)


@router.get("/{job}", summary="How an import goes", response_model=ImportStatus, responses=reading("import", 404, 422))
def import_status(parts: PartsDep, request: Request, job: JobId) -> Response:
    """State, counts and faults. A restart of the server forgets imports; what they stored stays."""
    body = as_json(parts.jobs.get(job).to_dict())
    return parts.answers.respond(request, etag(body), lambda: Answer(body, JSON))
