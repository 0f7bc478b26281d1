"""`/edit/…`: the form that changes one facility of a unit, its checks while typing, its preview and its saving."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.datastructures import FormData

from api.deps import AsOf, PartsDep, VisitorDep, Word
from api.kept import MOST_FIELDS
from api.views.edit import Asked, answer_form, found_units, open_form

router = APIRouter(include_in_schema=False)

Code = Annotated[str, Path(max_length=200)]
Id = Annotated[str, Query(max_length=200)]


async def get_form(request: Request) -> FormData:
    """What was typed."""
    return await request.form(max_fields=MOST_FIELDS)


@router.get("/edit/{code:path}")
def show_form(
    parts: PartsDep, visitor: VisitorDep, code: Code, layer: Word, id: Id = "", none: bool = False, as_of: AsOf = None
) -> Response:
    """The form for a new facility, for the one of an id, or to report that there is none."""
    return open_form(parts, visitor, Asked(code, layer, id, none, as_of))


@router.post("/edit/{code:path}")
def take_form(
    parts: PartsDep, visitor: VisitorDep, code: Code, form: Annotated[FormData, Depends(get_form)]
) -> Response:
    """Check what was typed (a part of the page), show what it would change, or save it."""
    return answer_form(parts, visitor, code, form)


@router.get("/units-found")
def find_units(parts: PartsDep, q: Word = "") -> Response:
    """Units whose name holds a text (a part of the form's page)."""
    return found_units(parts, q)
