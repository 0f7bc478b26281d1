"""Who takes a gap on: stored for good, audited, shown, and never a part of the assessment."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, update

from api.visitors import Kind
from geo.errors import InputRefused, StoreUnusable
from geo.store import audit, gap_tasks
from geo.store.gap_tasks import LONGEST_NOTE, GapTask, read_tasks, standing
from geo.store.task_tables import gap_tasks as table
from geo.store.verifying import verify
from tests.map_places import HOSTILE
from tests.people import People
from tests.stored import fresh_store
from tests.support import EAST, PLACE, TOWN, VILLAGES, WILLOW_TOWN
from tests.web_client import DAY, Web, page_of

if TYPE_CHECKING:
    from pathlib import Path

    from geo.store import Store

RULE = "1.village.station"
DUE = date(2022, 12, 1)


def rows_of(store: Store) -> tuple[GapTask, ...]:
    """All that was ever stored."""
    with store.reading() as seen:
        return read_tasks(seen.connection)


def test_rows_are_added_and_the_newest_holds(backend: str, tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    with store.writing() as writing:
        gap_tasks.take(writing, RULE, WILLOW_TOWN, who="文化站", due_on=DUE, note=" 先\n排查 ", by="甲")
    with store.writing() as writing:
        gap_tasks.take(writing, RULE, WILLOW_TOWN, who="科协", due_on=DUE, by="乙")
        gap_tasks.take(writing, RULE, VILLAGES[0], who="科协", due_on=DUE, by="乙")
        gap_tasks.close(writing, RULE, VILLAGES[0], "released", by="乙")
        gap_tasks.close(writing, RULE, WILLOW_TOWN, "done", by="甲")
    rows = rows_of(store)
    assert [(row.number, row.action, row.who, row.note) for row in rows] == [
        (1, "taken", "文化站", "先 排查"), (2, "taken", "科协", ""), (3, "taken", "科协", ""),
        (4, "released", "科协", ""), (5, "done", "科协", ""),
    ]  # fmt: skip
    held = standing(rows)
    assert set(held) == {(RULE, WILLOW_TOWN)}
    assert not held[RULE, WILLOW_TOWN].is_open
    assert standing(rows, known_on=date(2000, 1, 1)) == {}
    with store.reading() as seen:
        told = [e for e in audit.read_entries(seen.connection) if e.action.startswith("gap-")]
        assert list(verify(seen.connection).findings) == []
    assert [(e.action, e.by) for e in told] == [
        ("gap-taken", "甲"), ("gap-taken", "乙"), ("gap-taken", "乙"), ("gap-released", "乙"), ("gap-done", "甲"),
    ]  # fmt: skip
    assert told[0].detail == {"number": 1, "rule": RULE, "unit_code": WILLOW_TOWN}


def test_nothing_stored_can_be_changed(backend: str, tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    with store.writing() as writing:
        gap_tasks.take(writing, RULE, WILLOW_TOWN, who="科协", due_on=DUE)
    for change in (update(table).values(who="别人"), delete(table)):
        with pytest.raises(StoreUnusable), store.writing() as writing:
            writing.connection.execute(change)
    assert rows_of(store)[0].who == "科协"


@pytest.mark.parametrize(
    "told",
    [{"who": " "}, {"who": "长" * 41}, {"note": "长" * (LONGEST_NOTE + 1)}, {"note": "找张三 13900000000"},
     {"who": "13900000000"}, {"due_on": None}],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, told: dict[str, Any]) -> None:
    store = fresh_store(tmp_path / "k.db")
    given: dict[str, Any] = {"who": "科协", "due_on": DUE, "note": "长" * LONGEST_NOTE} | told
    with pytest.raises(InputRefused), store.writing() as writing:
        gap_tasks.take(writing, RULE, WILLOW_TOWN, **given)
    with pytest.raises(InputRefused, match="没有人认领"), store.writing() as writing:
        gap_tasks.close(writing, RULE, WILLOW_TOWN, "done")
    assert rows_of(store) == ()


# ── over the wire ────────────────────────────────────────────────────────────


def send(web: Web, cookies: dict[str, str], mark: str = "", **fields: str) -> Any:
    """Send the form of a row."""
    told = {"rule": RULE, "unit": WILLOW_TOWN, "action": "taken", "who": "文化站", "due_on": "2022-12-01",
            "as_of": DAY, "back": "/gaps?state=not_met", **fields}  # fmt: skip
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    try:
        data = {**told, "csrf_token": mark}
        return web.client.post("/gaps/tasks", data=data, headers=headers, follow_redirects=False)
    finally:
        web.client.cookies.clear()


def test_taken_shown_and_released(fresh: Web) -> None:
    before = fresh.get("/api/v1/assessment").content
    old = fresh.get("/gaps", rule=RULE)
    answer = send(fresh, {}, note="先排查")
    assert (answer.status_code, answer.headers["location"]) == (303, "/gaps?state=not_met")
    new = fresh.get("/gaps", rule=RULE)
    assert new.headers["etag"] != old.headers["etag"]
    (row,) = page_of(fresh.get("/gaps", rule=RULE, taken="yes")).find("tr", data_unit="")
    assert row.attributes["data-unit"] == WILLOW_TOWN
    assert "文化站，2022年12月1日前" in row.text
    assert "先排查" in row.text
    assert "文化站" in fresh.get(f"/units/{WILLOW_TOWN}").text
    assert "先排查" in fresh.get("/gaps.csv", taken="yes").content.decode("utf-8-sig")
    assert fresh.get("/api/v1/assessment").content == before
    assert send(fresh, {}, action="done").status_code == 303
    assert "文化站已报完成" in fresh.get("/gaps", rule=RULE, taken="done").text
    assert send(fresh, {}, action="released").status_code == 303
    assert send(fresh, {}, action="released").status_code == 422
    assert not page_of(fresh.get("/gaps", rule=RULE, taken="yes")).find("tr", data_unit="")
    assert [row.action for row in rows_of(fresh.store)] == ["taken", "done", "released"]
    known = fresh.get("/gaps", known_on="2999-01-01")
    assert known.status_code in (404, 422)


@pytest.mark.usefixtures("cheap")
def test_a_unit_page_takes_on_and_hands_back(fresh: Web) -> None:
    people = People.of(fresh.store)
    address = f"/units/{WILLOW_TOWN}?as_of={DAY}"

    def seen(kind: Kind, cookies: dict[str, str]) -> Any:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        page = page_of(fresh.client.get(address, headers=headers))
        fresh.client.cookies.clear()
        return page.one("tr", data_rule=RULE), page.find("form", action="/gaps/tasks"), page

    secret = people.begin(Kind.TOWNSHIP_PLANNER)
    _, forms, page = seen(Kind.TOWNSHIP_PLANNER, {"kepu": secret})
    gaps = [row for row in page.find("tr", data_rule="") if row.attributes["data-state"] in ("not_met", "unknown")]
    assert len(forms) == len(gaps) > 0
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    back = next(field.attributes["value"] for field in page.find("input", name="back"))
    assert back.startswith(address)
    assert send(fresh, {"kepu": secret}, people.mark(secret), note="先排查", back=back).headers["location"] == back
    row, forms, page = seen(Kind.TOWNSHIP_PLANNER, {"kepu": secret})
    assert "文化站，2022年12月1日前" in row.text
    assert "先排查" in row.text
    assert page.find("button", name="action", value="released")
    for kind in (Kind.VIEWER, Kind.SHARE):  # who may not edit
        row, forms, _ = seen(kind, people.cookies(kind))
        assert ("文化站" in row.text, forms) == (kind is Kind.VIEWER, [])
    secret = people.begin(Kind.TOWNSHIP_PLANNER)  # nor in another township
    other = fresh.client.get(f"/units/{VILLAGES[0]}", params={"as_of": DAY}, headers={"Cookie": f"kepu={secret}"})
    assert not page_of(other).find("form", action="/gaps/tasks")


SENSELESS = [
    ({"rule": "99.no.such"}, 404), ({"unit": EAST}, 404), ({"unit": "x" * 201}, 422), ({"action": "gone"}, 422),
    ({"due_on": "bald"}, 422), ({"due_on": ""}, 422), ({"note": "长" * 501}, 422), ({"who": ""}, 422),
]  # fmt: skip


def test_forms_that_make_no_sense(fresh: Web) -> None:
    for fields, status in SENSELESS:
        assert send(fresh, {}, **fields).status_code == status, fields
    assert rows_of(fresh.store) == ()


def test_nobody_is_led_elsewhere(fresh: Web) -> None:
    for back in ("https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""):
        assert send(fresh, {}, back=back).headers["location"] == "/gaps"


@pytest.mark.usefixtures("cheap")
def test_who_may_take_what(fresh: Web) -> None:
    people = People.of(fresh.store)
    for kind in (Kind.VIEWER, Kind.SHARE, Kind.TOWNSHIP_SHARE):
        cookies = people.cookies(kind)
        mark = people.mark(cookies["kepu"]) if "kepu" in cookies else ""
        assert send(fresh, cookies, mark).status_code == 403, kind
    own = people.begin(Kind.TOWNSHIP_PLANNER)
    assert send(fresh, {"kepu": own}, "wrong").status_code == 403  # not from our own page
    assert send(fresh, {"kepu": own}, people.mark(own), unit=VILLAGES[0]).status_code == 403
    assert send(fresh, {"kepu": own}, people.mark(own), rule="5.figure.complaints", unit=PLACE).status_code == 403
    assert rows_of(fresh.store) == ()
    assert send(fresh, {"kepu": own}, people.mark(own)).status_code == 303
    (row,) = rows_of(fresh.store)
    assert row.recorded_by == "乡镇填报员"
    outside = {"Cookie": f"kepu-share={people.share(TOWN)}"}
    seen = fresh.client.get("/gaps", params={"as_of": DAY, "taken": "yes"}, headers=outside).text
    assert "办理中，2022年12月1日前" in seen
    assert "文化站" not in seen
    assert "认领</summary>" not in seen
    assert "文化站" not in fresh.client.get("/gaps.csv", params={"as_of": DAY}, headers=outside).text


def test_hostile_notes_stay_texts(fresh: Web) -> None:
    for text in HOSTILE:
        if send(fresh, {}, note=text[:500], who=text[:40]).status_code == 422:
            continue
        page = page_of(fresh.get("/gaps", taken="yes"))
        assert not page.find("img")
        assert all(script.attributes.get("src", "").startswith("/static/") for script in page.find("script"))
        assert not [name for element in page.elements for name in element.attributes if name.startswith("on")]
    assert fresh.get(f"/units/{WILLOW_TOWN}").status_code == 200
    assert fresh.get("/gaps.xlsx", taken="yes").status_code == 200
    assert len(rows_of(fresh.store)) > len(HOSTILE) / 2
