"""The reference: every operation described with an example that fits, and nothing loaded from elsewhere."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.routing import APIRoute

from api import models
from api.errors import problem_of
from api.examples import EXAMPLES, problem_example
from tests.support import WILLOW_TOWN
from tests.web_client import Web, page_of

if TYPE_CHECKING:
    from pydantic import BaseModel

SHAPES: dict[str, type[BaseModel]] = {
    "layer": models.FeatureCollection, "assessment": models.Assessment, "gaps": models.Gaps, "unit": models.UnitFile,
    "siting": models.Siting,
    "accepted": models.Accepted, "import": models.ImportStatus, "health": models.Health,
}  # fmt: skip
REAL = {
    "layer": "/api/v1/layers/stations", "assessment": "/api/v1/assessment", "gaps": "/api/v1/gaps",
    "unit": f"/api/v1/units/{WILLOW_TOWN}", "health": "/healthz",
    "siting": "/api/v1/siting",
}  # fmt: skip


@pytest.fixture(scope="module")
def document(client: Web) -> dict[str, Any]:
    return dict(client.client.get("/api/openapi.json").json())


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(f"{method} {path}", op) for path, item in document["paths"].items() for method, op in item.items()]


def test_every_contracted_path_is_there(document: dict[str, Any]) -> None:
    assert set(document["paths"]) == {
        "/healthz", "/api/v1/layers/{layer}", "/api/v1/assessment", "/api/v1/gaps", "/api/v1/units/{code}",
        "/api/v1/siting",
        "/api/v1/imports", "/api/v1/imports/{job}", "/api/v1/imports/{job}/events",
    }  # fmt: skip


def test_every_operation_is_described_with_examples(document: dict[str, Any]) -> None:
    for name, op in operations(document):
        assert op["summary"], name
        assert op["description"], name
        good = [answer for status, answer in op["responses"].items() if status.startswith("2")]
        (content,) = good[0]["content"].values()
        assert content["example"], name
        assert content["schema"], name
        problems = {status: a for status, a in op["responses"].items() if status[0] in "45"}
        assert problems, name
        for status, answer in problems.items():
            (media_type,) = answer["content"]
            assert media_type == "application/problem+json"
            assert answer["content"][media_type]["example"]["status"] == int(status)
        for parameter in op.get("parameters", []):
            assert parameter["description"], (name, parameter["name"])


def test_references_lead_somewhere(document: dict[str, Any]) -> None:
    names = set(re.findall(r"#/components/schemas/([\w-]+)", str(document)))
    assert names <= document["components"]["schemas"].keys()
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_the_reference_names_no_outside_address(client: Web) -> None:
    for path in ("/api/openapi.json", "/api"):
        assert not re.findall(r"https?://", client.client.get(path).text)
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert client.client.get(path).status_code == 404


@pytest.mark.parametrize("name", list(SHAPES))
def test_examples_fit_their_models(name: str) -> None:
    SHAPES[name].model_validate(EXAMPLES[name])
    assert SHAPES[name].model_fields.keys() == EXAMPLES[name].keys()


@pytest.mark.parametrize("name", list(REAL))
def test_real_answers_look_like_the_examples(client: Web, name: str) -> None:
    told = client.json(REAL[name])
    SHAPES[name].model_validate(told)
    assert told.keys() == EXAMPLES[name].keys()
    if name == "gaps":
        assert told["gaps"][0].keys() == EXAMPLES["gaps"]["gaps"][0].keys()
    if name == "layer":
        assert told["features"][0]["properties"].keys() == EXAMPLES["layer"]["features"][0]["properties"].keys()
    if name == "unit":
        assert told["unit"].keys() == EXAMPLES["unit"]["unit"].keys()
        assert told["counts"].keys() == EXAMPLES["unit"]["counts"].keys()


def test_problem_examples_are_what_the_table_says(client: Web) -> None:
    real = client.get("/api/v1/gaps", township="990101999000").json()
    assert {k: real[k] for k in ("type", "title", "status")} == {
        k: problem_example(404)[k] for k in ("type", "title", "status")
    }
    for status in (400, 403, 404, 413, 422, 503):
        models.Problem.model_validate(problem_example(status))
    assert problem_of(ValueError("x")).status == 500


def test_the_page_lists_every_operation(client: Web, document: dict[str, Any]) -> None:
    page = page_of(client.client.get("/api"))
    headings = [" ".join(element.text.split()) for element in page.find("h2")]
    assert sorted(headings) == sorted(
        f"{name.split()[0].upper()} {name.split()[1]}" for name, _ in operations(document)
    )


def test_handlers_are_short(client: Web) -> None:
    """Work lives in views and rooms below; a handler joins a question to them."""
    app: Any = client.client.app
    for route in app.routes:
        if isinstance(route, APIRoute):
            lines = inspect.getsource(route.endpoint).splitlines()
            start = next(n for n, line in enumerate(lines) if line.startswith("def "))
            end = next(n for n, line in enumerate(lines[start:]) if line.endswith('"""') and n)
            assert len(lines) - start - end <= 10, route.path
