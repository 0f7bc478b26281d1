"""Numbers of running and of the store's condition: right, for whom they are, and free of what people typed."""

from __future__ import annotations

import logging
import logging.config
import os
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from starlette.testclient import TestClient

from api.logs import fault, log_config
from api.main import create_app
from api.permissions import TABLE
from api.settings import Settings, SettingsRefused
from api.visitors import Kind
from geo.store.condition import OLD_BACKUP_S, Condition, condition
from tests.people import PEOPLE, People, log_in, make_passwords_cheap
from tests.support import TOWN
from tests.web_client import Web, client_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HERE, AWAY = ("127.0.0.1", 5000), ("10.0.0.9", 5000)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    make_passwords_cheap(monkeypatch)


@pytest.fixture
def quiet() -> Iterator[None]:
    """Put the loggers back as they were."""
    names = ("kepu", "kepu.access", "uvicorn")
    before = [(logging.getLogger(name), logging.getLogger(name).level) for name in names]
    yield
    for logger, level in before:
        for handler in [*logger.handlers]:
            handler.close()
            logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = True


def numbers(answer: Any) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Sample's name and labels → value."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def requests(answer: Any) -> dict[tuple[str, str, str], float]:
    """Method, route and status → requests."""
    found = {}
    for (name, labels), value in numbers(answer).items():
        if name == "kepu_requests_total":
            told = dict(labels)
            found[told["method"], told["route"], told["status"]] = value
    return found


def test_requests_are_counted_by_route_and_never_by_what_was_asked(fresh: Web) -> None:
    client = fresh.client
    for path in (f"/units/{TOWN}", "/units/%3Cscript%3E", "/gaps?q=欧阳", "/gaps?q=13900000000", "/无此页", "/%00"):
        client.get(path)
    client.head("/gaps")
    client.post("/无此页/甲")
    client.request("BREW甲", "/gaps")
    answer = client.get("/metrics")
    counted = requests(answer)
    assert counted["GET", "/units/{code:path}", "2xx"] == 1
    assert counted["GET", "/units/{code:path}", "4xx"] == 1
    assert counted["GET", "/gaps", "2xx"] == 3
    assert counted["GET", "other", "4xx"] == 2
    assert counted["POST", "other", "4xx"] == 1
    assert counted["other", "other", "4xx"] == 1
    known = {route for _, route in TABLE} | {"other", "/static", "/static/vendor"}
    assert {route for _, route, _ in counted} <= known
    for typed in ("欧阳", "13900000000", "无此页", TOWN, "script", "BREW"):
        assert typed not in answer.text
    seconds = {
        labels: value for (name, labels), value in numbers(answer).items() if name == "kepu_request_seconds_count"
    }
    assert seconds[frozenset({("method", "GET"), ("route", "/gaps")})] == 3


def test_what_the_store_holds(fresh: Web) -> None:
    told = {name: value for (name, labels), value in numbers(fresh.client.get("/metrics")).items() if not labels}
    path = fresh.folder / "kepu.db"
    assert told["kepu_store_bytes"] == path.stat().st_size
    assert told["kepu_batches"] == len(fresh.store.batches())
    assert told["kepu_disk_free_bytes"] > 0
    assert "kepu_backup_age_seconds" not in told
    upload = {"file": ("a.csv", "单位代码,名称\n".encode(), "text/csv")}
    job = fresh.client.post("/api/v1/imports", files=upload, data={"layer": "stations"}).json()
    ends = time.monotonic() + 30
    while fresh.client.get(job["status_url"]).json()["state"] not in ("done", "failed") and time.monotonic() < ends:
        time.sleep(0.05)
    found = numbers(fresh.client.get("/metrics"))
    jobs = [(labels, value) for (name, labels), value in found.items() if name == "kepu_import_jobs"]
    assert sum(value for _, value in jobs) == 1
    assert any(name == "kepu_build_info" and dict(labels)["version"] for name, labels in found)


@pytest.mark.parametrize(
    ("wanted", "client", "kind", "status"),
    [
        ("here", HERE, Kind.NOBODY, 200),
        ("here", AWAY, Kind.NOBODY, 403),
        ("here", AWAY, Kind.VIEWER, 403),
        ("here", AWAY, Kind.ADMIN, 200),
        ("admin", HERE, Kind.NOBODY, 403),
        ("admin", HERE, Kind.PLANNER, 403),
        ("admin", HERE, Kind.ADMIN, 200),
        ("off", HERE, Kind.ADMIN, 404),
    ],
)
def test_who_may_see_them(fresh: Web, wanted: str, client: tuple[str, int], kind: Kind, status: int) -> None:
    people = People.of(fresh.store, Kind.VIEWER, Kind.PLANNER, Kind.ADMIN)
    app = create_app(Settings(database_url=fresh.store.url, metrics=wanted, host="0.0.0.0", allow_remote=True))
    with TestClient(app, base_url="http://127.0.0.1:8000", client=client) as asking:
        if kind is not Kind.NOBODY:
            assert log_in(asking, PEOPLE[kind][0]).status_code == 303
        assert asking.get("/metrics").status_code == status
        asking.cookies.clear()
        if kind is Kind.ADMIN:
            token = people.accounts.new_token(PEOPLE[kind][0])
            assert asking.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == status
        forwarded = asking.get("/metrics", headers={"X-Forwarded-For": "10.0.0.9"})
        assert forwarded.status_code == (404 if wanted == "off" else 403), (
            "what a proxy here passes on comes from elsewhere"
        )


@pytest.mark.parametrize("more", [{"metrics": "everybody"}, {"log_level": "loud"}])
def test_settings_that_are_none(more: dict[str, str]) -> None:
    with pytest.raises(SettingsRefused):
        Settings(**more)  # type: ignore[arg-type]


# ── health ───────────────────────────────────────────────────────────────────


def test_health_says_what_should_be_looked_at(fresh: Web) -> None:
    told = fresh.client.get("/healthz").json()
    assert {name: told[name] for name in ("store", "migrations", "backup")} == {
        "store": "ok", "migrations": "ok", "backup": "unknown",
    }  # fmt: skip
    folder = fresh.folder / "backups"
    with client_of(fresh.store.url, backup_dir=str(folder)) as client:
        assert (client.get("/healthz").json()["backup"], client.get("/healthz").json()["status"]) == ("old", "warning")
        folder.mkdir()
        backup = folder / "kepu-2026-11-01.db"
        backup.touch()
        assert client.get("/healthz").json()["backup"] == "ok"
        assert 0 <= numbers(client.get("/metrics"))["kepu_backup_age_seconds", frozenset()] < 100
        past = time.time() - OLD_BACKUP_S - 1
        os.utime(backup, (past, past))
        assert client.get("/healthz").json()["backup"] == "old"


def test_room_is_room_for_a_backup_and_an_upgrade() -> None:
    def room(**more: Any) -> bool | None:
        return Condition(schema="1", is_current=True, **more).has_room

    assert room(size=1 << 30, free=3 << 30) is True
    assert room(size=1 << 30, free=2 << 30) is False
    assert room(size=1 << 30) is None


def test_a_store_that_a_newer_program_changed_is_not_healthy(fresh: Web) -> None:
    assert condition(fresh.store).is_current
    assert fresh.client.get("/healthz").status_code == 200
    with fresh.store.writing() as store:
        store.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    answer = fresh.client.get("/healthz")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:kepu:problem:store-unusable")
    assert "9999" not in answer.text


# ── the log ──────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("quiet")
def test_the_log_of_requests_holds_nothing_that_was_typed(fresh: Web, tmp_path: Path) -> None:
    file = tmp_path / "kepu.log"
    settings = Settings(database_url=fresh.store.url, access_log=True, log_file=str(file))
    assert fault(settings, 1) is None
    logging.config.dictConfig(log_config(settings))
    with client_of(fresh.store.url, access_log=True) as client:
        client.get("/gaps?q=欧阳测试员")
        client.get("/s/a-secret-of-a-shared-link")
        client.get("/units/欧阳测试员?token=13900000000")
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3
    assert re.search(r"INFO kepu\.access GET /gaps 200 \d+ ms$", lines[0])
    assert re.search(r"GET /s/\{secret\} 403 \d+ ms$", lines[1])
    for typed in ("欧阳", "a-secret", "13900000000"):
        assert typed not in file.read_text(encoding="utf-8")


@pytest.mark.usefixtures("quiet")
def test_a_full_log_gives_way_to_a_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.logs.FILE_BYTES", 2000)
    monkeypatch.setattr("api.logs.FILES", 2)
    logging.config.dictConfig(log_config(Settings(log_file=str(tmp_path / "kepu.log"))))
    for _ in range(100):
        logging.getLogger("kepu.api").warning("x" * 100)
        logging.getLogger("kepu.access").info("not asked for")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["kepu.log", "kepu.log.1", "kepu.log.2"]
    assert all(file.stat().st_size <= 2000 for file in tmp_path.iterdir())
    assert "asked" not in (tmp_path / "kepu.log").read_text(encoding="utf-8")


def test_several_processes_never_share_a_log_file(tmp_path: Path) -> None:
    settings = Settings(log_file=str(tmp_path / "kepu.log"))
    assert "同一个日志文件" in (fault(settings, 2) or "")
    assert "不存在" in (fault(Settings(log_file=str(tmp_path / "none" / "kepu.log")), 1) or "")
    assert fault(Settings(), 4) is None
