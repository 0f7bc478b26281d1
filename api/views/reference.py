"""The reference of the API as a page shows it, read from the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

METHODS: Final = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Field:
    """A parameter or form field."""

    where: str
    name: str
    required: bool
    meaning: str


@dataclass(frozen=True)
class Operation:
    """One method of one path; `example` is the good answer as JSON, `answers` (status, meaning)."""

    method: str
    path: str
    summary: str
    description: str
    fields: Sequence[Field]
    answers: Sequence[tuple[str, str]]
    example: str


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """Every operation, in the order of the document."""
    return [
        _operation(document, method, path, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def _operation(document: Mapping[str, Any], method: str, path: str, told: Mapping[str, Any]) -> Operation:
    answers = told["responses"]
    good = next(answers[status] for status in sorted(answers) if status.startswith("2"))
    examples = [content["example"] for content in good.get("content", {}).values() if "example" in content]
    return Operation(
        method=method.upper(),
        path=path,
        summary=told["summary"],
        description=told.get("description", ""),
        fields=[*_parameters(told), *_form(document, told)],
        answers=[(status, answer["description"]) for status, answer in sorted(answers.items())],
        example=json.dumps(examples[0], ensure_ascii=False, indent=2) if examples else "",
    )


def _parameters(told: Mapping[str, Any]) -> list[Field]:
    return [Field(p["in"], p["name"], p["required"], p.get("description", "")) for p in told.get("parameters", ())]


def _form(document: Mapping[str, Any], told: Mapping[str, Any]) -> list[Field]:
    schema = told.get("requestBody", {}).get("content", {}).get("multipart/form-data", {}).get("schema")
    if schema is None:
        return []
    form = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    needed = form.get("required", ())
    return [
        Field("form", name, name in needed, each.get("description", "")) for name, each in form["properties"].items()
    ]
