"""`/evidence`: files handed out to who is logged in, and withdrawn; `/photos`: added to units and facilities."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Path, Request, Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from api.answers import Answer, etag
from api.deps import PartsDep, VisitorDep
from api.errors import NotAllowed
from api.kept import own_path
from api.routes.figures import get_form
from api.texts import TEXTS
from api.views.evidence import may_withdraw
from api.views.photos import add_photos
from geo.errors import UnknownEvidence
from geo.evidence.pictures import SMALL_SIDE, redrawn
from geo.store.evidence import Evidence, find_evidence, read_content, withdraw

router = APIRouter(include_in_schema=False)

Number = Annotated[int, Path(ge=1, lt=2**31)]
SANDBOX: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""Whatever a file holds, a browser that opens it runs nothing of it and asks nobody for anything."""


@router.get("/evidence/{number}")
def download(parts: PartsDep, visitor: VisitorDep, number: Number) -> Response:
    """One file, never shown in the browser. Raises UnknownEvidence, NotAllowed for withdrawn ones."""
    with parts.snapshots.store.reading() as seen:
        found = find_evidence(seen.connection, number)
        content = read_content(seen.connection, number)
    _need_standing(found, is_admin=visitor.is_admin)
    name = f"evidence-{number}.{found.name.rpartition('.')[2]}"
    disposition = f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(found.name, safe='')}"
    headers = {"Content-Disposition": disposition, "Content-Security-Policy": SANDBOX, "Cache-Control": "no-store"}
    return Response(content, headers={**headers, "Content-Type": found.media_type})


@router.get("/evidence/{number}/picture")
def show_picture(
    request: Request, parts: PartsDep, visitor: VisitorDep, number: Number, small: Literal["1"] | None = None
) -> Response:
    """A picture as pages show it, in full or small. Raises UnknownEvidence for what is none."""
    store = parts.snapshots.store
    with store.reading() as seen:
        found = find_evidence(seen.connection, number)
    if not found.is_picture:
        raise UnknownEvidence(TEXTS["no_picture"])
    _need_standing(found, is_admin=visitor.is_admin)

    def compose() -> Answer:
        content = store.evidence_content(number)
        if small:
            content = redrawn(content, found.kind, found.name, longest=SMALL_SIDE).content
        return Answer(content, found.media_type, {"Content-Security-Policy": SANDBOX})

    if not small:
        return Response(compose().body, headers={"Content-Type": found.media_type, "Content-Security-Policy": SANDBOX})
    return parts.answers.respond(request, etag("evidence", found.sha256, "small"), compose)


@router.post("/evidence/{number}/withdraw")
def take_back(
    parts: PartsDep, visitor: VisitorDep, number: Number, back: Annotated[str, Form(max_length=2000)] = "/figures"
) -> Response:
    """Withdraw a file; a township's planner only what belongs to it.

    Raises UnknownEvidence, NotAllowed, and InputRefused for what is withdrawn already.
    """
    with parts.snapshots.store.writing() as store:
        found = find_evidence(store.connection, number)
        if found.withdrawn_on is None and not may_withdraw(visitor, found):
            raise NotAllowed(TEXTS["other_township"])
        withdraw(store, number, by=visitor.name)
    return RedirectResponse(own_path(back) or "/figures", 303, {"Cache-Control": "no-store"})


@router.post("/photos/{code:path}")
def take_photos(
    parts: PartsDep,
    visitor: VisitorDep,
    code: Annotated[str, Path(max_length=200)],
    form: Annotated[FormData, Depends(get_form)],
) -> Response:
    """Add photos to a unit or to a facility that stands there. Raises UnknownUnit, NotAllowed, UnreadableFile."""
    return add_photos(parts, visitor, code, form)


def _need_standing(found: Evidence, *, is_admin: bool) -> None:
    """What was withdrawn is for who looks into how things came about, and may have been withdrawn for its content."""
    if found.withdrawn_on is not None and not is_admin:
        raise UnknownEvidence(TEXTS["evidence_withdrawn"])
