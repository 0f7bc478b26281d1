"""The reference of the API, the palette as a style sheet, and whether the server is well."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.answers import HTML, JSON, Answer, as_json, etag
from api.deps import PartsDep, VisitorDep
from api.i18n import language
from api.models import Health
from api.routes.described import done
from api.templating import page
from api.views.health import condition_of, health
from api.views.links import Links
from api.views.palette import css
from api.views.reference import operations

router = APIRouter(tags=["system"])


@router.get("/healthz", summary="Is the server well?", response_model=Health, responses=done(200, "health", 503))
def healthz(parts: PartsDep, request: Request) -> Response:
    """200 while the store can be read and has this program's schema, else 503 as a problem; sizes are in /metrics."""
    return Response(as_json(health(condition_of(parts), request.app.version)), media_type=JSON)


@router.get("/api/openapi.json", include_in_schema=False)
def openapi(parts: PartsDep, request: Request) -> Response:
    """The reference for programs."""
    return parts.answers.respond(request, etag("openapi"), lambda: Answer(as_json(request.app.openapi()), JSON))


@router.get("/api", include_in_schema=False)
def reference(parts: PartsDep, request: Request, visitor: VisitorDep) -> Response:
    """The reference for people; it loads nothing from elsewhere."""
    return parts.answers.respond(
        request,
        etag("reference", visitor.page_mark, language()),
        lambda: Answer(
            page("reference", operations=operations(request.app.openapi()), link=Links(), visitor=visitor), HTML
        ),
    )


@router.get("/palette.css", include_in_schema=False)
def palette(parts: PartsDep, request: Request) -> Response:
    """The colours of the maps, for the pages."""
    return parts.answers.respond(request, etag("palette"), lambda: Answer(css().encode(), "text/css; charset=utf-8"))
