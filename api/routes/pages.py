"""The pages that people read: server-rendered, whole without JavaScript, each with an ETag."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Response
from starlette.responses import RedirectResponse

from api.answers import HTML, Answer
from api.deps import InquiryDep, Optional, Word
from api.snapshots import Snapshot
from api.taken import tasks_of
from api.views.evidence import all_files, files_mark
from api.views.overview import overview
from api.views.unit import find_unit, unit_page
from api.views.unit_history import unit_extras
from maps import web_map
from maps.basemaps.cutting import Basemap

router = APIRouter(include_in_schema=False)

RuleId = Annotated[Word | None, Optional]
Code = Annotated[str, Path(max_length=200)]
_META_POLICY: Final = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"')


@router.get("/")
def show_overview(inquiry: InquiryDep, rule: RuleId = None) -> Response:
    """Where the place stands, or one of its townships; for who may see one township only, that one's page."""
    if inquiry.visitor.only:
        return RedirectResponse(inquiry.links.unit(inquiry.visitor.only), 303, {"Cache-Control": "no-store"})
    return inquiry.page("overview", lambda shot, town: {"view": overview(shot, town, rule)})


@router.get("/brief")
def show_brief(inquiry: InquiryDep) -> Response:
    """The overview on one sheet of A4."""
    return inquiry.page("brief", lambda shot, town: {"view": overview(shot, town)})


@router.get("/map")
def show_map(inquiry: InquiryDep) -> Response:
    """The whole interactive map: one document with its own policy."""
    under = inquiry.parts.basemap
    return inquiry.answer(
        lambda shot, town: map_answer(shot, town, under.page(shot.ground) if under else None),
        about="" if under is None else under.identity,
    )


@router.get("/units/{code:path}")
def show_unit(inquiry: InquiryDep, code: Code) -> Response:
    """A township, village, school, base or the place itself; a former code leads to the unit that has it now."""
    now = inquiry.parts.snapshots.ground().gazetteer.current(code)
    if now not in (None, code):
        return RedirectResponse(inquiry.links.unit(str(now)), 307, {"Cache-Control": "no-store"})

    tasks, about = tasks_of(inquiry)
    about += f" {files_mark(all_files(inquiry.parts))}"

    def compose(shot: Snapshot, _: str | None) -> dict[str, Any]:
        inquiry.need_sight(find_unit(shot, code).township_code)
        return {"view": unit_page(shot, code), "tasks": tasks, **unit_extras(inquiry, shot, code)}

    return inquiry.page("unit", compose, about=about)


def map_answer(shot: Snapshot, township: str | None, basemap: Basemap | None = None) -> Answer:
    """The map's document. Its inline scripts are named by hash in its own policy, which is also sent as header."""
    document = web_map.render(
        shot.layers, shot.assessment, shot.place, township=township, series=shot.months, basemap=basemap
    )
    found = _META_POLICY.search(document)
    policy = f"{found[1]}; frame-ancestors 'self'" if found else "default-src 'none'; frame-ancestors 'self'"
    return Answer(document.encode("utf-8", "replace"), HTML, {"Content-Security-Policy": policy})
