"""--known-on of the commands and known_on of pages and API: kept by links, told in headings, refused in clear words."""

from __future__ import annotations

import json
import re
import sqlite3
import zipfile
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from geo.intake.imports import import_file
from geo.store import Store
from tests.clocks import Office
from tests.command_line import Done, kepu
from tests.stored import store_url
from tests.support import TOWN, WILLOW_RIVER, WILLOW_TOWN, county, county_plan_text
from tests.web_client import Page, client_of
from tests.writing import write_book

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

MADE, FIRST, SECOND, TODAY = date(2022, 10, 1), date(2022, 10, 20), date(2022, 11, 5), date(2022, 12, 1)
AS_OF, BEFORE, AFTER = "2022-10-31", "2022-11-04", "2022-11-05"
RULE = "1.village.station"
HEADER: list[Any] = ["单位代码", "活动站名称", "建成日期"]
HEADING = "按2022-11-04已知的数据"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store to which a station of one village was known in October, and that of another only in November."""
    office = Office(monkeypatch)
    office.on(MADE)
    made = Store.create(store_url(tmp_path / "k.db"), county(), county_plan_text())
    for day, unit in ((FIRST, WILLOW_RIVER), (SECOND, WILLOW_TOWN)):
        office.on(day)
        book = write_book(tmp_path / f"{day}.xlsx", [HEADER, [unit, f"{unit}站", "2022-09-01"]])
        assert import_file(made, book, "stations", by="值班员").outcome == "stored"
    office.on(TODAY)
    return made


def run(store: Store, *arguments: str | Path, code: int = 0) -> Done:
    done = kepu(*arguments, "--store", store.url, columns=200)
    assert done.code == code, (done.out, done.err)
    return done


def block_of(html: str) -> dict[str, Any]:
    """The map's block of facts."""
    found = re.search(r'<script type="application/json" id="kepu-data">(.*?)</script>', html, re.DOTALL)
    assert found
    block: dict[str, Any] = json.loads(found[1])
    return block


def met(document: dict[str, Any]) -> int:
    (rule,) = (rule for task in document["tasks"] for rule in task["rules"] if rule["id"] == RULE)
    return int(rule["units"]["met"])


# ── commands ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("known_on", "stations"), [(MADE.isoformat(), 0), (BEFORE, 1), (AFTER, 2), (None, 2)])
def test_assess(store: Store, known_on: str | None, stations: int) -> None:
    option = ("--known-on", known_on) if known_on else ()
    told = json.loads(run(store, "assess", "--as-of", AS_OF, "--format", "json", *option).out)
    assert met(told) == stations
    assert told.get("known_on") == known_on
    assert ("known_on" in told) == bool(option)


def test_asked_for_now_the_answers_are_as_before_to_the_byte(store: Store) -> None:
    plain, today = (
        run(store, "assess", "--as-of", AS_OF, "--format", "json", *option).raw
        for option in ((), ("--known-on", TODAY.isoformat()))
    )
    assert plain == today.replace(b' "known_on": "2022-12-01",\n', b"")
    assert plain != today


def test_headings_name_the_day(store: Store, tmp_path: Path) -> None:
    days = ("--as-of", AS_OF, "--known-on", BEFORE)
    for arguments in (
        ("assess", *days), ("gaps", *days), ("history", "--known-on", BEFORE),
        ("history", WILLOW_RIVER, "--known-on", BEFORE), ("diff", "2022-08-31", AS_OF, "--known-on", BEFORE),
    ):  # fmt: skip
        assert HEADING in run(store, *arguments).out, arguments
    run(store, "gaps", *days, "-o", tmp_path / "缺口.xlsx")
    with zipfile.ZipFile(tmp_path / "缺口.xlsx") as book:
        assert HEADING in book.read("xl/worksheets/sheet1.xml").decode()
    plain: tuple[tuple[str, ...], ...] = (("assess", "--as-of", AS_OF), ("gaps", "--as-of", AS_OF), ("history",))
    for asked in plain:
        assert "已知的数据" not in run(store, *asked).out


def test_gaps_and_map_and_export(store: Store, tmp_path: Path) -> None:
    days = ("--as-of", AS_OF, "--known-on", BEFORE)
    listed = run(store, "gaps", "--rule", RULE, "--state", "met", *days).out
    assert listed.count("柳树村") == 1
    assert run(store, "gaps", "--rule", RULE, "--state", "met", "--as-of", AS_OF).out.count("柳树村") == 2
    run(store, "map", "-o", tmp_path / "then.html", *days)
    run(store, "map", "-o", tmp_path / "now.html", "--as-of", AS_OF)
    then, now = (block_of((tmp_path / name).read_text(encoding="utf-8")) for name in ("then.html", "now.html"))
    assert (then["asOf"], then["knownOn"]) == (AS_OF, BEFORE)
    assert "knownOn" not in now
    run(store, "export", "-o", tmp_path / "then.gpkg", *days)
    run(store, "export", "-o", tmp_path / "now.gpkg", "--as-of", AS_OF)
    for name, count in (("then", 1), ("now", 2)):
        with sqlite3.connect(tmp_path / f"{name}.gpkg") as connection:
            assert connection.execute("SELECT count(*) FROM stations").fetchone() == (count,)
            columns = {row[1] for row in connection.execute("PRAGMA table_info(rules)")}
            assert ("已知至" in columns) == (name == "then")
        connection.close()


def test_both_days_of_a_difference_by_what_was_known(store: Store) -> None:
    def changed(*option: str) -> list[str]:
        told = run(store, "diff", "2022-08-31", AS_OF, "--rule", RULE, "--format", "json", *option).out
        document = json.loads(told)
        assert document.get("known_on") == (option[1] if option else None)
        return [c["unit_code"] for task in document["tasks"] for rule in task["rules"] for c in rule["changes"]]

    assert changed("--known-on", MADE.isoformat()) == []
    assert changed("--known-on", BEFORE) == [WILLOW_RIVER]
    assert changed() == [WILLOW_RIVER, WILLOW_TOWN]


def test_history_tells_both_times_and_who(store: Store) -> None:
    store.undo(2, by="审核员")
    told = run(store, "history").out
    for words in ("入库", "2022-10-20 ", "2022-11-05 ", "2022-12-01 ", "值班员", "审核员", "已由第3批撤销"):
        assert words in told
    assert "撤销了第2批" in told
    for number in ("2", "3"):
        both = run(store, "history", number).out
        assert "撤销了第2批" in both
        assert "已由第3批撤销" in both
        assert "2022-10-20" not in both
    then = run(store, "history", "--known-on", AFTER).out
    assert "撤销" not in then
    assert "2022-11-05" in then
    assert "还没有第2批" in run(store, "history", "2", "--known-on", BEFORE, code=2).err
    assert "2022-11-05" in run(store, "history", WILLOW_TOWN).out
    assert "共 0 条" in run(store, "history", WILLOW_TOWN, "--known-on", BEFORE).out


@pytest.mark.parametrize(("day", "told"), [("2022-09-30", "2022-10-01 才建立"), ("2022-12-02", "还没有到")])
@pytest.mark.parametrize(
    "command", [("assess",), ("gaps",), ("map", "-o", "x.html"), ("export", "-o", "x.gpkg"), ("history",),
                ("history", WILLOW_TOWN), ("diff", "2022-08-31", AS_OF)],
)  # fmt: skip
def test_days_without_an_answer(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], day: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    before = {path.name for path in tmp_path.iterdir()}
    (line,) = run(store, *command, "--known-on", day, code=2).lines
    assert line.startswith(f"错误：{day} ")
    assert told in line
    assert {path.name for path in tmp_path.iterdir()} == before


# ── pages and API ────────────────────────────────────────────────────────────


@pytest.fixture
def web(store: Store) -> Iterator[TestClient]:
    with client_of(store.url) as client:
        yield client


def ask(web: TestClient, path: str, known_on: str | None = BEFORE, **more: str) -> Any:
    days = {"as_of": AS_OF, **({"known_on": known_on} if known_on is not None else {})}
    return web.get(path, params={**days, **more})


@pytest.mark.parametrize(
    "path", ["assessment", "gaps", "layers/stations", f"units/{WILLOW_TOWN}", "assessment?township=" + TOWN]
)
def test_every_document_says_what_was_known(web: TestClient, path: str) -> None:
    name, _, township = path.partition("?township=")
    more = {"township": township} if township else {}
    then, after, now = (ask(web, f"/api/v1/{name}", day, **more) for day in (BEFORE, AFTER, None))
    assert (then.json()["known_on"], after.json()["known_on"]) == (BEFORE, AFTER)
    assert "known_on" not in now.json()
    told = after.json()
    del told["known_on"]
    assert told == now.json()
    assert {key: value for key, value in then.json().items() if key != "known_on"} != now.json()
    assert len({answer.headers["etag"] for answer in (then, after, now)}) == 3


def test_the_assessment_is_that_of_the_command(web: TestClient, store: Store) -> None:
    told = run(store, "assess", "--as-of", AS_OF, "--known-on", BEFORE, "--format", "json").raw
    assert ask(web, "/api/v1/assessment").content == told
    assert ask(web, "/api/v1/assessment", "").json() == ask(web, "/api/v1/assessment", None).json()


def test_a_kept_answer_stays_good_until_something_is_written(web: TestClient, store: Store) -> None:
    first = ask(web, "/api/v1/assessment")
    days = {"as_of": AS_OF, "known_on": BEFORE}
    again = web.get("/api/v1/assessment", params=days, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    store.undo(2)
    after = web.get("/api/v1/assessment", params=days, headers={"If-None-Match": first.headers["etag"]})
    assert (after.status_code, after.content) == (200, first.content)


def test_the_plan_known_then(web: TestClient, store: Store) -> None:
    before = ask(web, "/api/v1/assessment").json()["plan"]
    store.replace_plan(county_plan_text().replace("threshold = 0.9", "threshold = 0.8"))
    assert ask(web, "/api/v1/assessment").json()["plan"] == before
    assert ask(web, "/api/v1/assessment", None).json()["plan"] != before
    assert ask(web, "/api/v1/gaps").json()["plan"] == before


@pytest.mark.parametrize("path", ["/", "/gaps", f"/units/{WILLOW_TOWN}"])
def test_pages_say_it_and_their_links_keep_it(web: TestClient, path: str) -> None:
    answer = ask(web, path)
    assert answer.status_code == 200
    assert "按2022年11月4日已知的数据" in answer.text
    page = Page(answer.text)
    addresses = (link.attributes.get("href", "") for link in page.find("a"))
    inside = [address for address in addresses if re.match(r"/($|[?]|map|gaps|units)", address)]
    assert inside
    assert [address for address in inside if f"known_on={BEFORE}" not in address] == []
    fields = [tag for tag in page.find("input") if tag.attributes.get("name") == "known_on"]
    assert {tag.attributes["value"] for tag in fields} == {BEFORE}
    assert len(fields) == len(page.find("form", method="get"))
    now = ask(web, path, None).text
    assert "已知" not in now
    assert "known_on" not in now


def test_the_map_and_the_download(web: TestClient) -> None:
    assert block_of(ask(web, "/map").text)["knownOn"] == BEFORE
    answer = ask(web, "/gaps.csv")
    assert f'filename="gaps-{AS_OF}-{BEFORE}.csv"' in answer.headers["content-disposition"]
    assert ask(web, "/gaps.csv", None).headers["content-disposition"].endswith(f'"gaps-{AS_OF}.csv"')


@pytest.mark.parametrize(("day", "told"), [("2022-09-30", "才建立"), ("2022-12-02", "还没有到")])
def test_days_without_an_answer_are_problems(web: TestClient, day: str, told: str) -> None:
    answer = ask(web, "/api/v1/gaps", day)
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:kepu:problem:nothing-known"
    assert told in answer.json()["detail"]
    page = ask(web, "/gaps", day)
    assert page.status_code == 404
    assert told in page.text


@pytest.mark.parametrize("day", ["2022-13-01", "yesterday", "1999-12-31"])
def test_a_day_that_is_none(web: TestClient, day: str) -> None:
    answer = ask(web, "/api/v1/gaps", day)
    assert answer.status_code == 422
    assert [error["name"] for error in answer.json()["errors"]] == ["known_on"]
