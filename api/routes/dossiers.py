"""`/dossier`: order an inspection dossier, see how far it is, fetch those that are kept."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Form, Path, Request, Response
from starlette.responses import FileResponse, RedirectResponse

from api.clients import is_https
from api.deps import FIRST_DAY, LAST_DAY, Parts, PartsDep, VisitorDep
from api.errors import NotAllowed
from api.settings import is_loopback
from api.texts import TEXTS
from api.views.dossiers import dossiers_page, file_name, may_see, progress_part
from api.visitors import Visitor
from geo.errors import InputRefused
from geo.faults import printable
from maps.dossier.shelf import Dossier, DossierOrder
from maps.errors import DossierBusy, DossierRefused, UnknownDossier

router = APIRouter(prefix="/dossier", include_in_schema=False)

Number = Annotated[str, Path(max_length=60, pattern="^[0-9a-z]+$")]
Day = Annotated[str, Form(max_length=10)]
Text = Annotated[str, Form(max_length=200)]
_NO_STORE: Final = {"Cache-Control": "no-store"}


@router.get("")
def show_dossiers(parts: PartsDep, visitor: VisitorDep) -> Response:
    """The form and all dossiers that the visitor may see."""
    return dossiers_page(parts, visitor)


@router.post("")
def order_dossier(
    request: Request,
    parts: PartsDep,
    visitor: VisitorDep,
    as_of: Day,
    known_on: Day = "",
    before: Day = "",
    township: Text = "",
    paper: Annotated[str, Form(max_length=4)] = "A3",
    public: Annotated[bool, Form()] = False,
    review_number: Text = "",
    entered_by: Text = "",
) -> Response:
    """Begin to make one; a township's planner only of that township."""
    order = DossierOrder(
        as_of=as_of,
        known_on=known_on or None,
        before=before or None,
        township=visitor.township or township or None,
        paper=paper,
        public=public,
        review_number=_line(review_number),
        entered_by=_line(entered_by),
        address=_address(request, parts),
        by=visitor.name,
    )
    try:
        _check(parts, order)
        parts.shelf.order(order)
    except InputRefused as error:
        return dossiers_page(parts, visitor, order=order, fault=str(error), status=422)
    except DossierBusy as error:
        return dossiers_page(parts, visitor, order=order, fault=str(error), status=409)
    return _back()


@router.get("/{number}/progress")
def show_progress(parts: PartsDep, visitor: VisitorDep, number: Number) -> Response:
    """How far one is, as a part of the page."""
    return progress_part(parts, visitor, _found(parts, visitor, number))


@router.get("/{number}.zip")
def fetch_dossier(parts: PartsDep, visitor: VisitorDep, number: Number) -> Response:
    """All files of one."""
    found = _found(parts, visitor, number)
    if found.progress.state != "done":
        raise UnknownDossier(TEXTS["dossier_failed"].format(fault=found.progress.fault or TEXTS["dossier_running"]))
    name = file_name(parts, found)
    return FileResponse(found.archive, media_type="application/zip", filename=name, headers=_NO_STORE)


@router.post("/{number}/stop")
def stop_dossier(parts: PartsDep, visitor: VisitorDep, number: Number) -> Response:
    """Let one stop."""
    parts.shelf.stop(_found(parts, visitor, number).id)
    return _back()


@router.post("/{number}/remove")
def remove_dossier(parts: PartsDep, visitor: VisitorDep, number: Number) -> Response:
    """Delete one."""
    found = _found(parts, visitor, number)
    if not (visitor.is_admin or found.order.by == visitor.name):
        raise NotAllowed(TEXTS["not_allowed"])
    try:
        parts.shelf.remove(found.id)
    except DossierBusy as error:
        return dossiers_page(parts, visitor, fault=str(error), status=409)
    return _back()


def _found(parts: Parts, visitor: Visitor, number: str) -> Dossier:
    found = parts.shelf.get(number)
    if not may_see(visitor, found):
        raise NotAllowed(TEXTS["other_township"])
    return found


def _check(parts: Parts, order: DossierOrder) -> None:
    """Refuse days and townships that there are not. Raises DossierRefused, UnknownUnit."""
    for text in (order.as_of, order.known_on, order.before):
        try:
            day = date.fromisoformat(text) if text else FIRST_DAY
        except ValueError:
            raise DossierRefused(TEXTS["dossier_day_wrong"]) from None
        if not FIRST_DAY <= day <= LAST_DAY:
            raise DossierRefused(TEXTS["dossier_day_wrong"])
    if order.township:
        parts.snapshots.ground().gazetteer.township_code(order.township)


def _address(request: Request, parts: Parts) -> str | None:
    """Where people find the unit pages, by the name that this server was called by; not one that only it can use."""
    host = request.headers.get("host", "")
    if is_loopback(host.rsplit(":", 1)[0].strip("[]")):
        return None
    return f"{'https' if is_https(request.scope, parts.settings) else 'http'}://{host}"


def _line(text: str) -> str | None:
    return printable(" ".join(text.split())) or None


def _back() -> Response:
    return RedirectResponse("/dossier", 303, _NO_STORE)
