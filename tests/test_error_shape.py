"""One shape for every error: RFC 9457 problem details under /api, a page that says the same elsewhere."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from api.errors import TABLE, problem_of
from api.texts import PROBLEMS
from geo import errors as geo_errors
from geo.errors import KepuError
from tests.web_client import Page, Web, client_of

if TYPE_CHECKING:
    from pathlib import Path

MEMBERS = {"type", "title", "status", "detail", "instance"}


def problem(answer: Any, status: int, kind: str, *more: str) -> dict[str, Any]:
    """The problem details of an answer, its shape pinned."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert set(told) == MEMBERS | set(more)
    assert told["type"] == f"urn:kepu:problem:{kind}"
    assert told["title"] == PROBLEMS[kind]
    assert told["status"] == status
    assert told["detail"]
    assert told["instance"] == answer.request.url.path
    return told


@pytest.mark.parametrize("path", ["assessment", "gaps", "layers/stations", "units/990101100000"])
def test_unknown_township(client: Web, path: str) -> None:
    told = problem(client.get(f"/api/v1/{path}", township="990101999000"), 404, "unknown-unit")
    assert "990101999000" in told["detail"]


def test_unknown_things(client: Web) -> None:
    problem(client.get("/api/v1/units/990101999999"), 404, "unknown-unit")
    problem(client.get("/api/v1/layers/churches"), 404, "unknown-layer")
    problem(client.get("/api/v1/gaps", rule="99.no.such"), 404, "unknown-rule")
    problem(client.get("/api/v1/imports/ffff"), 404, "unknown-import")
    problem(client.get("/api/v1/nothing/here"), 404, "not-found")


@pytest.mark.parametrize(
    "day", ["2022-13-01", "yesterday", "31/10/2022", "1999-12-31", "2100-01-01", "9999-99-99", "2022.13", "1667174400"]
)
@pytest.mark.parametrize("path", ["assessment", "gaps", "layers/boards", "units/990101100000"])
def test_a_day_that_is_none(client: Web, path: str, day: str) -> None:
    told = problem(client.client.get(f"/api/v1/{path}", params={"as_of": day}), 422, "invalid", "errors")
    (error,) = told["errors"]
    assert (error["in"], error["name"]) == ("query", "as_of")
    assert "日期" in error["detail"]
    assert "时间" not in error["detail"]


def test_a_value_out_of_its_list(client: Web) -> None:
    told = problem(client.get("/api/v1/gaps", state="fine"), 422, "invalid", "errors")
    assert "not_met" in told["errors"][0]["detail"]


def test_method_not_allowed(client: Web) -> None:
    answer = client.client.delete("/api/v1/gaps")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"


def test_pages_answer_with_pages(client: Web) -> None:
    for path, status in (("/nothing", 404), ("/units/990101999999", 404), ("/gaps?page=0", 422), ("/?as_of=x", 422)):
        answer = client.client.get(path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        page = Page(answer.text)
        assert len(page.find("html", lang="zh-CN")) == 1
        assert page.one("h1").text in PROBLEMS.values()
    assert client.client.post("/gaps").status_code == 405


def test_an_unknown_code_is_echoed_as_text(client: Web) -> None:
    answer = client.get("/units/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert answer.status_code == 404
    assert "<script" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


def test_without_a_store_pages_say_how_to_make_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    url = f"sqlite:///{tmp_path / 'none.db'}"
    with client_of(url) as web:
        answer = web.get("/api/v1/assessment")
        problem(answer, 503, "no-store")
        assert answer.headers["retry-after"]
        problem(web.get("/healthz"), 503, "no-store")
        page = web.get("/")
        assert page.status_code == 503
        assert "kepu demo" in page.text
        assert str(tmp_path) not in answer.text + page.text
    assert any(record.levelno >= logging.ERROR for record in caplog.records)


def test_a_broken_store_is_told_without_its_insides(tmp_path: Path) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(b"SQLite format 3\x00" + b"secret" * 500)
    with client_of(f"sqlite:///{path}") as web:
        answer = web.get("/api/v1/gaps")
        problem(answer, 503, "store-unusable")
        for inside in ("broken.db", "sqlite", "malformed", "Traceback"):
            assert inside not in answer.text


def test_what_nobody_foresaw_says_nothing(
    fresh: Web, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def explode(*_: object, **__: object) -> None:
        msg = "the secret of /etc/passwd"
        raise RuntimeError(msg)

    monkeypatch.setattr("api.routes.data.gaps_json", explode)
    answer = fresh.get("/api/v1/gaps")
    problem(answer, 500, "error")
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret" in caplog.text
    monkeypatch.setattr("api.routes.gaps.gaps_page", explode)
    page = fresh.get("/gaps")
    assert page.status_code == 500
    assert "secret" not in page.text


def test_what_readers_got_wrong_is_not_logged(client: Web, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="kepu.api"):
        client.get("/api/v1/units/1")
        client.client.get("/api/v1/gaps", params={"as_of": "x"})
    assert not caplog.records


def test_every_error_of_geo_has_a_status() -> None:
    """A new kind of error without an entry in the table would be answered with 500."""
    kinds = [kind for kind in vars(geo_errors).values() if isinstance(kind, type) and issubclass(kind, KepuError)]
    for kind in kinds:
        if kind is not KepuError:
            assert any(issubclass(kind, known) for known, *_ in TABLE), kind
            assert problem_of(kind("x")).status < 504


def test_every_kind_has_a_title() -> None:
    assert {kind for _, _, kind, _ in TABLE} <= PROBLEMS.keys()
