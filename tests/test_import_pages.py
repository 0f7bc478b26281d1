"""`/imports` as a browser without scripts uses it: check, decide, commit, undo; what is refused, and to whom."""

from __future__ import annotations

import io
import json
import time
from datetime import date
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from api.visitors import Kind
from tests.map_places import HOSTILE
from tests.people import People, make_passwords_cheap
from tests.support import EAST, TOWN, VILLAGES
from tests.web_client import Page, Web, page_of, write_csv

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADER = ("乡镇", "村", "活动站名称", "专用/共用")
UNCLEAR = (("云岭镇", "柳数村", "甲站", "专用"), ("云岭镇", "柳树屯", "乙站", "共用"))


def csv_of(web: Web, *rows: Sequence[str], header: Sequence[str] = HEADER) -> bytes:
    return write_csv(web.folder / "sent.csv", header, rows).read_bytes()


def hand_in(web: Web, *files: tuple[str, bytes], **fields: str) -> Any:
    sent = [("file", file) for file in files]
    return web.client.post("/imports", files=sent, data=fields, follow_redirects=False)


def checked(web: Web, answer: Any) -> str:
    """Wait for the end of the job that an answer leads to; its address."""
    assert answer.status_code == 303, answer.text
    address: str = answer.headers["location"]
    job = address.rpartition("/")[2].partition("?")[0]
    for _ in range(400):
        if web.client.get(f"/api/v1/imports/{job}").json()["state"] in ("done", "failed"):
            return f"/imports/{job}"
        time.sleep(0.05)
    raise AssertionError(address)


def decide(web: Web, address: str, **more: str) -> Any:
    """Take the first candidate of each unit that is asked about."""
    page, fields = page_of(web.client.get(address)), dict(more)
    for asked in page.find("input", type="hidden"):
        name = asked.attributes["name"]
        if name.startswith("asked_"):
            at = name.removeprefix("asked_")
            fields[name] = asked.attributes["value"]
            fields[f"chosen_{at}"] = page.find("input", name=f"chosen_{at}")[0].attributes["value"]
    return web.client.post(f"{address}/answers", data=fields, follow_redirects=False)


def commit(web: Web, address: str) -> Any:
    version = page_of(web.client.get(address)).one("input", name="version").attributes["value"]
    return web.client.post(f"{address}/commit", data={"version": version}, follow_redirects=False)


def test_the_whole_way_without_scripts(fresh: Web) -> None:
    before, version = len(fresh.store.batches()), fresh.store.version()
    address = checked(fresh, hand_in(fresh, ("站.csv", csv_of(fresh, *UNCLEAR)), received_on="2022-10-20"))
    page = page_of(fresh.client.get(address))
    assert len(page.find("fieldset", class_="question")) == 2
    assert not page.find("input", name="version")
    assert "有2个问题要您决定" in page.one("h1").text + page.one("span", class_="standing standing-asks").text
    assert decide(fresh, address).status_code == 422  # from whom?
    checked(fresh, decide(fresh, address, sender="云岭镇"))
    page = page_of(fresh.client.get(address))
    (row,) = [e for e in page.find("tr") if "科普活动站" in e.text]
    assert list(row.text.replace("科普活动站（室）", "")) == ["2", "0", "0", "0", "0"]
    assert "变好" in page.find("details", class_="effect")[0].text
    assert fresh.store.version() == version
    checked(fresh, commit(fresh, address))
    batches = fresh.store.batches()
    assert (len(batches), batches[-1].sender, batches[-1].received_on) == (before + 1, "云岭镇", date(2022, 10, 20))
    assert f"批次号 {batches[-1].batch}" in fresh.client.get(address).text
    assert commit_again(fresh, address) == 409
    page = page_of(fresh.client.get("/imports"))
    assert "云岭镇" in page.one("tr", id=f"batch-{batches[-1].batch}").text
    undone = fresh.client.post(f"/imports/batches/{batches[-1].batch}/undo")
    assert f"第{batches[-1].batch}批已撤销" in undone.text
    assert fresh.store.batches()[-2].undone_by == batches[-1].batch + 1


def commit_again(web: Web, address: str) -> int:
    answer = web.client.post(f"{address}/commit", data={"version": web.store.version()})
    return int(answer.status_code)


def test_what_the_preview_said_is_what_the_commit_does(fresh: Web) -> None:
    rows = ((VILLAGES[4], "新站", "专用"), (VILLAGES[5], "无", ""))
    content = csv_of(fresh, *rows, header=("单位代码", "名称", "专用/共用"))
    address = checked(fresh, hand_in(fresh, ("站.csv", content), layer="stations"))
    job = fresh.client.get(f"/api/v1{address}").json()
    assert job["outcome"] == "checked"
    today = date.today().isoformat()
    before = fresh.client.get("/api/v1/assessment", params={"as_of": today}).json()
    page = page_of(fresh.client.get(address))
    told = {e.attributes["href"].rpartition("/")[2] for e in page.find("a") if "/units/" in e.attributes["href"]}
    checked(fresh, commit(fresh, address))
    after = fresh.client.get("/api/v1/assessment", params={"as_of": today}).json()
    states = [
        {(rule["id"], unit["unit_code"]): unit["state"] for task in found["tasks"] for rule in task["rules"]
         for unit in rule["findings"]}
        for found in (before, after)
    ]  # fmt: skip
    changed = {unit for (rule, unit), state in states[1].items() if states[0][rule, unit] != state}
    assert told == changed
    assert changed >= {VILLAGES[4]}


def test_a_store_that_moved_on_is_looked_at_again(fresh: Web) -> None:
    content = csv_of(fresh, (VILLAGES[4], "新站"), header=("单位代码", "名称"))
    address = checked(fresh, hand_in(fresh, ("站.csv", content), layer="stations"))
    old = page_of(fresh.client.get(address)).one("input", name="version").attributes["value"]
    fresh.store.undo(1)
    answer = fresh.client.post(f"{address}/commit", data={"version": old}, follow_redirects=False)
    assert answer.headers["location"].endswith("?moved=1")
    checked(fresh, answer)
    assert fresh.client.get(f"/api/v1{address}").json()["outcome"] == "checked"
    assert "数据库又有了新的内容" in fresh.client.get(answer.headers["location"]).text


def test_several_files_and_what_lies_beside_them(fresh: Web) -> None:
    good = csv_of(fresh, (VILLAGES[4], "新站"), header=("单位代码", "名称"))
    files = [
        ("a/一.csv", good),
        ("a/manifest.toml", b"x"),
        ("a/~$一.xlsx", b"x"),
        ("a/.DS_Store", b"x"),
        ("二.pdf", b"%PDF"),
    ]
    answer = hand_in(fresh, *files, layer="stations")
    assert answer.headers["location"] == "/imports#open"
    names = [e.text for e in page_of(fresh.client.get("/imports")).find("a") if "/imports/" in e.attributes["href"]]
    assert sorted(names) == ["一.csv", "二.pdf"]


@pytest.mark.parametrize(
    "fields", [{"layer": "churches"}, {"received_on": "2999-01-01"}, {"received_on": "昨天"}, {"complete": "perhaps"}]
)
def test_wrong_fields_are_refused(fresh: Web, fields: dict[str, str]) -> None:
    assert hand_in(fresh, ("a.csv", b"a"), **fields).status_code == 422
    assert not list(fresh.folder.glob("kepu.db-uploads/*"))


def test_nothing_chosen_and_too_much_chosen(fresh: Web) -> None:
    lines = ("--x", 'Content-Disposition: form-data; name="file"; filename=""', "", "", "--x--", "")  # as browsers do
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = fresh.client.post("/imports", content="\r\n".join(lines), headers=kind)
    assert (answer.status_code, "没有选文件" in answer.text) == (422, True)
    answer = hand_in(fresh, ("a.csv", b"x" * (1024 * 1024 + 1)))
    assert (answer.status_code, "1 MB" in answer.text) == (413, True)


def test_undoing_what_others_build_on_takes_a_second_word(fresh: Web) -> None:
    content = csv_of(fresh, (VILLAGES[4], "新站", "60"), header=("单位代码", "名称", "面积"))
    more = csv_of(fresh, (VILLAGES[4], "新站", "75"), header=("单位代码", "名称", "面积"))
    for each in (content, more):
        checked(fresh, commit(fresh, checked(fresh, hand_in(fresh, ("站.csv", each), layer="stations"))))
    first = fresh.store.batches()[-2].batch
    answer = fresh.client.post(f"/imports/batches/{first}/undo")
    assert answer.status_code == 409
    page = Page(answer.text)
    assert f"第{first + 1}批" in page.one("section", role="alertdialog").text
    assert page.one("input", name="anyway").attributes["value"] == "true"
    assert fresh.store.batches()[-1].batch == first + 1
    assert fresh.client.post(f"/imports/batches/{first}/undo", data={"anyway": "true"}).status_code == 200
    assert fresh.store.batches()[-1].undoes == first
    answer = fresh.client.post(f"/imports/batches/{first}/undo")
    assert (answer.status_code, "已由第" in answer.text) == (409, True)


def test_downloads_are_workbooks(fresh: Web) -> None:
    address = checked(fresh, hand_in(fresh, ("站.csv", csv_of(fresh, *UNCLEAR))))
    marked = openpyxl.load_workbook(io.BytesIO(fresh.client.get(f"{address}/marked.xlsx").content))
    assert marked.sheetnames[0] == "问题清单"
    assert sum(cell.comment is not None for row in marked.worksheets[1] for cell in row) == 2
    for layer, township in (("ledger", TOWN), ("stations", ""), ("figures", TOWN)):
        answer = fresh.client.get("/imports/template.xlsx", params={"layer": layer, "township": township})
        assert answer.headers["content-disposition"].startswith("attachment")
        assert openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames[1] == "填写说明"
    assert fresh.client.get("/imports/template.xlsx", params={"layer": "churches"}).status_code == 404
    assert fresh.client.get("/imports/template.xlsx", params={"layer": "ledger", "township": "某镇"}).status_code == 404


def test_empty_states_say_what_to_do(fresh: Web) -> None:
    for batch in reversed(fresh.store.batches()):
        fresh.store.undo(batch.batch)
    text = fresh.client.get("/imports").text
    assert "在上面上传一份报表" in text
    assert text.count("已由第") == len([b for b in fresh.store.batches() if b.kind == "import"])


def test_a_queued_import_shows_and_stops(fresh: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo.jobs.queue.claim", lambda *_: None)
    answer = hand_in(fresh, ("站.csv", csv_of(fresh, *UNCLEAR)))
    address = answer.headers["location"]
    text = fresh.client.get(address).text
    assert ("排队中" in text, 'http-equiv="refresh"' in text) == (True, True)
    assert fresh.client.post(f"{address}/answers").status_code == 409
    fresh.client.post(f"{address}/discard")  # not yet over
    assert "已取消，没有写入任何内容" in fresh.client.post(f"{address}/cancel").text
    assert "站.csv" not in fresh.client.post(f"{address}/discard").text
    assert fresh.client.get(address).status_code == 404
    assert not list(fresh.folder.glob("kepu.db-uploads/*"))


def test_events_tell_of_a_job_and_end_with_it(fresh: Web) -> None:
    address = checked(fresh, hand_in(fresh, ("站.csv", csv_of(fresh, *UNCLEAR))))
    with fresh.client.stream("GET", f"/api/v1{address}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        text = "".join(answer.iter_text())
    assert text.startswith("event: end\ndata: ")
    assert json.loads(text.split("data: ")[1])["state"] == "failed"
    assert fresh.client.get("/api/v1/imports/none/events").status_code == 404


# ── who may ──────────────────────────────────────────────────────────────────


@pytest.fixture
def people(fresh: Web, monkeypatch: pytest.MonkeyPatch) -> People:
    """Users of every kind in the store."""
    make_passwords_cheap(monkeypatch)
    return People.of(fresh.store)


def as_(web: Web, people: People, kind: Kind) -> str:
    """Act for a user from now on; the mark of the session's forms."""
    web.client.cookies.clear()
    secret = people.begin(kind)
    web.client.cookies.set("kepu", secret)
    return people.mark(secret)


def test_a_townships_planner_sees_and_undoes_only_their_own(fresh: Web, people: People) -> None:
    mark = as_(fresh, people, Kind.PLANNER)
    content = csv_of(fresh, (EAST, "东站"), header=("单位代码", "名称"))
    address = checked(fresh, hand_in(fresh, ("东.csv", content), layer="stations", csrf_token=mark))
    mark = as_(fresh, people, Kind.TOWNSHIP_PLANNER)
    for path in (address, f"{address}/marked.xlsx", f"/api/v1{address}", f"/api/v1{address}/events"):
        assert fresh.client.get(path).status_code == 404, path
    text = fresh.client.get("/imports").text
    assert "东.csv" not in text
    assert "batch-1" not in text
    assert fresh.client.post("/imports/batches/1/undo", data={"csrf_token": mark}).status_code == 403
    mine = checked(fresh, hand_in(fresh, ("东.csv", content), layer="stations", csrf_token=mark))
    assert fresh.client.get(f"/api/v1{mine}").json()["outcome"] == "refused"  # not their township
    own = csv_of(fresh, (TOWN, "镇新站"), header=("单位代码", "名称"))
    mine = checked(fresh, hand_in(fresh, ("镇.csv", own), layer="stations", csrf_token=mark))
    version = page_of(fresh.client.get(mine)).one("input", name="version").attributes["value"]
    fields = {"version": version, "csrf_token": mark}
    checked(fresh, fresh.client.post(f"{mine}/commit", data=fields, follow_redirects=False))
    number = fresh.store.batches()[-1].batch
    assert fresh.store.batches()[-1].recorded_by == "乡镇填报员"
    assert fresh.client.post(f"/imports/batches/{number}/undo", data={"csrf_token": mark}).status_code == 200


def test_every_form_carries_the_mark_and_needs_it(fresh: Web, people: People) -> None:
    mark = as_(fresh, people, Kind.PLANNER)
    address = checked(fresh, hand_in(fresh, ("站.csv", csv_of(fresh, *UNCLEAR)), csrf_token=mark))
    for path in ("/imports", address):
        html = fresh.client.get(path).text
        assert html.count('<form method="post"') + html.count('method="post" action') >= 1
        for form in html.split("<form")[1:]:
            inside = form.partition("</form>")[0]
            assert 'method="post"' not in inside or f'name="csrf_token" value="{mark}"' in inside
    for path in (
        "/imports",
        f"{address}/answers",
        f"{address}/commit",
        f"{address}/cancel",
        f"{address}/discard",
        "/imports/batches/1/undo",
    ):
        assert fresh.client.post(path, data={"csrf_token": "x"}).status_code == 403, path


def test_viewers_have_no_link_and_no_page(fresh: Web, people: People) -> None:
    as_(fresh, people, Kind.VIEWER)
    assert 'href="/imports"' not in fresh.client.get("/gaps").text
    assert fresh.client.get("/imports").status_code == 403
    as_(fresh, people, Kind.PLANNER)
    assert 'href="/imports"' in fresh.client.get("/gaps").text


# ── what senders write is never run ──────────────────────────────────────────


def test_hostile_names_and_cells_stay_text(fresh: Web) -> None:
    plain = Page(fresh.client.get("/gaps").text)
    for text in HOSTILE:
        content = csv_of(fresh, ("云岭镇", text, text, "专用"), header=(*HEADER[:3], f"{text}列"))
        name = "".join(sign for sign in text if sign not in "/\\")
        address = checked(fresh, hand_in(fresh, (f"{name}站.csv", content), layer="stations", sender=text))
        for path in ("/imports", address):
            page = page_of(fresh.client.get(path))
            assert {e.tag for e in page.elements} <= {e.tag for e in plain.elements} | KNOWN
            assert not [name for e in page.elements for name in e.attributes if name.startswith("on")]
            assert all(e.attributes["src"].startswith("/static/") for e in page.find("script"))
        assert fresh.client.get(f"{address}/marked.xlsx").status_code == 200


KNOWN = {
    "h2",
    "h3",
    "dd",
    "dl",
    "dt",
    "details",
    "summary",
    "datalist",
    "fieldset",
    "legend",
    "noscript",
    "script",
    "b",
    "code",
}
