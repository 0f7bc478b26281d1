"""What the reference says of an operation's answers: an example, a 304 and the problems it may end in."""

from __future__ import annotations

from typing import Any, Final

from fastapi.responses import JSONResponse

from api.answers import GEOJSON, JSON
from api.errors import PROBLEM_JSON
from api.examples import EXAMPLES, problem_example

Responses = dict[int | str, dict[str, Any]]
_REFUSALS: Final = (401, 403)
_SCHEMA: Final = {"$ref": "#/components/schemas/Problem"}


class GeoJsonResponse(JSONResponse):
    """JSON under the media type of GeoJSON."""

    media_type = GEOJSON


def reading(example: str, *problems: int, media_type: str = JSON) -> Responses:
    """The answers of a GET about the place."""
    tag = {"ETag": {"description": "Strong; send it back in If-None-Match.", "schema": {"type": "string"}}}
    return {
        200: {"description": "OK", "headers": tag, "content": {media_type: {"example": EXAMPLES[example]}}},
        304: {"description": "Unchanged since the ETag in If-None-Match."},
        **failing(*_REFUSALS, *problems),
    }


def done(status: int, example: str, *problems: int) -> Responses:
    """The answers of any other operation."""
    answer = {"description": "OK", "content": {JSON: {"example": EXAMPLES[example]}}}
    return {status: answer, **failing(*problems)}


def failing(*problems: int) -> Responses:
    """The problems that an operation may end in."""
    return {
        status: {
            "description": problem_example(status)["title"],
            "content": {PROBLEM_JSON: {"schema": _SCHEMA, "example": problem_example(status)}},
        }
        for status in problems
    }
