"""`/basemap/{z}/{x}/{y}`: tiles of the configured basemap over the place, with an ETag and a day's rest."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Path, Request, Response

from api.answers import Answer, etag
from api.deps import PartsDep
from maps.basemaps.tiles import MOST_ZOOM

router = APIRouter(include_in_schema=False)

CACHE_CONTROL: Final = "private, max-age=86400"
Zoom = Annotated[int, Path(ge=0, le=MOST_ZOOM)]
Number = Annotated[int, Path(ge=0, lt=2**MOST_ZOOM)]


@router.get("/basemap/{z}/{x}/{y}")
def show_tile(request: Request, parts: PartsDep, z: Zoom, x: Number, y: Number) -> Response:
    """A tile as stored; 204 where the basemap has none, 404 where there is no basemap."""
    basemap = parts.basemap
    if basemap is None or max(x, y) >= 2**z:
        raise HTTPException(404)
    ground = parts.snapshots.ground()
    # a service may renew its tiles, so that none is older than a day
    tag = etag("basemap", basemap.identity, ground.version, date.today(), z, x, y)

    def make() -> Answer:
        tile = basemap.tile(ground, z, x, y)
        return Answer(b"", "image/png") if tile is None else Answer(tile.data, tile.mime)

    answer = parts.answers.respond(request, tag, make, cache_control=CACHE_CONTROL)
    if answer.status_code == 200 and not answer.body:
        return Response(status_code=204, headers={"ETag": tag, "Cache-Control": CACHE_CONTROL})
    return answer
