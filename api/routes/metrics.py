"""`/metrics`: numbers of running for Prometheus, for this machine and admins."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from api.clients import is_near
from api.deps import PartsDep, VisitorDep
from api.errors import NotAllowed
from api.metrics import StoreFacts, exposition
from api.texts import TEXTS
from api.views.health import condition_of

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
def metrics(request: Request, parts: PartsDep, visitor: VisitorDep) -> Response:
    """Prometheus's text format. Raises NotAllowed for whom the settings don't let see it."""
    wanted = parts.settings.metrics
    if wanted == "off":
        raise HTTPException(404)
    if not (visitor.is_admin or (wanted == "here" and is_near(request.scope, parts.settings))):
        raise NotAllowed(TEXTS["metrics_refused"])
    body, media_type = exposition(parts.counts, StoreFacts(request.app.version, condition_of(parts)))
    return Response(body, headers={"Content-Type": media_type, "Cache-Control": "no-store"})
