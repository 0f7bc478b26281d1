"""Every GET has a strong ETag that is good until a write, and 304 costs nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest

from api.answers import etag
from api.snapshots import Kept, Snapshots
from geo.store import Store
from tests.support import TOWN, VILLAGES, county_plan_text
from tests.web_client import Web, imported, write_csv

READS = [
    "/api/v1/assessment", "/api/v1/gaps", "/api/v1/layers/stations", f"/api/v1/units/{TOWN}", "/map", "/", "/gaps",
    "/gaps.csv", f"/units/{TOWN}", "/api/openapi.json", "/api", "/palette.css",
]  # fmt: skip
OF_THE_STORE = READS[:9]


@pytest.mark.parametrize("path", READS)
def test_a_strong_tag_and_304(client: Web, path: str) -> None:
    first = client.get(path)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    assert tag.endswith('"')
    assert first.headers["cache-control"] == "private, no-cache"
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = client.client.get(first.request.url, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == "private, no-cache"
    assert client.client.get(first.request.url, headers={"If-None-Match": '"other"'}).content == first.content


@pytest.mark.parametrize("path", OF_THE_STORE)
def test_tags_tell_days_and_townships_apart(client: Web, path: str) -> None:
    asked: list[dict[str, str]] = [{}, {"as_of": "2022-11-30"}, {"township": TOWN}]
    tags = {client.get(path, **params).headers["etag"] for params in asked}
    assert len(tags) == len(asked)


def test_tags_tell_paths_apart(client: Web) -> None:
    assert len({client.get(path).headers["etag"] for path in READS}) == len(READS)


def test_a_write_makes_new_tags_and_answers(fresh: Web) -> None:
    before = {path: fresh.get(path) for path in OF_THE_STORE}
    path = write_csv(fresh.folder / "new.csv", ("单位代码", "名称"), [(VILLAGES[4], "新站")])
    imported(fresh.store, path, "stations")
    for path_, old in before.items():
        new = fresh.client.get(old.request.url, headers={"If-None-Match": old.headers["etag"]})
        assert new.status_code == 200, path_
        assert new.headers["etag"] != old.headers["etag"]
    assert "新站" in fresh.get("/api/v1/layers/stations").text


def test_a_new_plan_makes_new_tags(fresh: Web) -> None:
    before = fresh.get("/api/v1/assessment").headers["etag"]
    fresh.store.replace_plan(county_plan_text().replace("threshold = 0.9", "threshold = 0.8"))
    after = fresh.get("/api/v1/assessment")
    assert after.headers["etag"] != before
    assert '"threshold": 0.8' in after.text


def test_a_snapshot_is_of_one_version_whoever_writes_meanwhile(fresh: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshots, day = Snapshots(lambda: fresh.store), date(2022, 10, 31)
    original = Store.reading
    writes = iter(range(20))

    def busy(self: Store) -> Any:
        monkeypatch.setattr(Store, "reading", original)
        n = next(writes)
        path = write_csv(fresh.folder / f"{n}.csv", ("单位代码", "名称"), [(VILLAGES[4], f"新站{n}")])
        imported(fresh.store, path, "stations")
        monkeypatch.setattr(Store, "reading", busy)
        return original(self)

    monkeypatch.setattr(Store, "reading", busy)
    shot = snapshots.at(day)
    monkeypatch.setattr(Store, "reading", original)
    newest = fresh.store.batches()[-1].batch
    assert shot.ground.version == fresh.store.version()
    assert shot.layers["stations"]["batch"].max() == newest


def test_304_composes_nothing(fresh: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = fresh.get("/api/v1/gaps").headers["etag"]

    def never(*_: object) -> Any:
        raise AssertionError

    monkeypatch.setattr("api.snapshots.Snapshots.at", never)
    again = fresh.client.get("/api/v1/gaps?as_of=2022-10-31", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert fresh.get("/api/v1/gaps").status_code == 200  # from kept bytes


def test_a_failure_is_not_kept(fresh: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("api.routes.data.gaps_json", lambda *_: 1 / 0)
        assert fresh.get("/api/v1/gaps").status_code == 500
    answer = fresh.get("/api/v1/gaps")
    assert answer.status_code == 200
    assert fresh.client.get("/api/v1/nothing").headers["cache-control"] == "no-store"


def test_head_is_get_without_a_body(client: Web) -> None:
    for path in (*READS, "/healthz"):
        answer = client.client.head(path, params={"as_of": "2022-10-31"})
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers.get("etag") == client.get(path).headers.get("etag")


def test_the_program_is_part_of_every_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    before = etag("x")
    monkeypatch.setattr("api.answers.program", lambda: "a newer one")
    assert etag("x") != before


def test_kept_values_are_made_once_and_bounded() -> None:
    kept: Kept[str, str] = Kept(10, weigh=len)
    made: list[str] = []
    start = Barrier(8)

    def make() -> str:
        made.append("a")
        return "aaaa"

    def ask(_: int) -> str:
        start.wait()
        return kept.get("a", make)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {"aaaa"}
    assert made == ["a"]
    assert kept.get("b", lambda: "bbbb") == "bbbb"
    kept.get("a", make)  # now used last
    kept.get("c", lambda: "cccc")  # over the limit: b goes
    assert kept.get("a", make) == "aaaa"
    assert made == ["a"]
    assert kept.get("b", lambda: "new") == "new"
    assert kept.get("huge", lambda: "x" * 99) == "x" * 99
