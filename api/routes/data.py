"""`/api/v1`: layers, assessment, gaps and units as JSON, each with an ETag."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.answers import GEOJSON, JSON, Answer, as_json
from api.deps import BoxDep, InquiryDep, Optional, Word
from api.models import Assessment, FeatureCollection, Gaps, UnitFile
from api.routes.described import GeoJsonResponse, reading
from api.views.gaps import FilterState, GapFilter, gaps_json
from api.views.geojson import layer_geojson
from api.views.township import of_township
from api.views.unit import unit_json
from geo.schema import LAYERS, layer_named

router = APIRouter(prefix="/api/v1", tags=["data"])

LayerName = Annotated[
    str,
    Path(description=f"One of {', '.join(LAYERS)}.", examples=["stations"], json_schema_extra={"enum": list(LAYERS)}),
]
Code = Annotated[
    str, Path(max_length=200, description="A 12-digit code, or the id of a school or base.", examples=["990101101201"])
]
RuleId = Annotated[Word | None, Optional, Query(description="A rule of the plan.", examples=["17.village.station"])]
GapState = Annotated[FilterState | None, Optional, Query(description="List this state instead of both kinds of gaps.")]


@router.get(
    "/layers/{layer}",
    summary="One layer as GeoJSON",
    response_model=FeatureCollection,
    response_class=GeoJsonResponse,
    responses=reading("layer", 404, 422, 503, media_type=GEOJSON),
)
def layer(inquiry: InquiryDep, layer: LayerName, bbox: BoxDep) -> Response:
    """Everything public that was reported and was true on the day; people's names and numbers never leave the store.

    With `township`: what stands there, and what stands elsewhere but serves or reaches a unit of it. With
    `bbox`: what touches the box; a facility without coordinates lies in none.
    """
    layer_named(layer)
    return inquiry.of_part(lambda layers, part: layer_geojson(layers, layer, part), bbox, media_type=GEOJSON)


@router.get(
    "/assessment",
    summary="Every task and rule with states, counts and findings",
    response_model=Assessment,
    responses=reading("assessment", 404, 422, 503),
)
def assessment(inquiry: InquiryDep) -> Response:
    """The same bytes as `kepu assess --format json`.

    With `township`: counts, values and states of its units alone; what is asked of the whole
    place is then not applicable.
    """
    return inquiry.answer(
        lambda shot, town: Answer(shot.assessment_json if town is None else as_json(of_township(shot, town)), JSON)
    )


@router.get(
    "/gaps", summary="What is not met or not known", response_model=Gaps, responses=reading("gaps", 404, 422, 503)
)
def gaps(inquiry: InquiryDep, rule: RuleId = None, state: GapState = None) -> Response:
    """The findings behind the counts, one by one, with reason and evidence."""
    return inquiry.json(lambda shot, town: gaps_json(shot, GapFilter(town, rule, state)))


@router.get(
    "/units/{code:path}",
    summary="One unit's whole file",
    response_model=UnitFile,
    responses=reading("unit", 404, 422, 503),
)
def unit(inquiry: InquiryDep, code: Code) -> Response:
    """A township, village, school or base, or the place itself, with its requirements and facilities."""
    return inquiry.json(lambda shot, town: unit_json(shot, code, town))
