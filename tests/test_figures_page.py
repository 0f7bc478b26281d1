"""`/figures`: every task kept on the pages; figures and declarations saved as batches, with their files; photos."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from api.visitors import Kind
from geo.intake.edits import FILE
from geo.store import Store
from geo.store.verifying import verify
from tests.evidence_files import PDF, bomb, photo, vast_png
from tests.map_places import HOSTILE
from tests.people import People, make_passwords_cheap
from tests.served import served
from tests.support import EAST, PLACE, TOWN, VILLAGES, WILLOW_TOWN
from tests.web_client import DAY, Page, Web, build, client_of, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMPLAINTS, DECLARED = "3", "4"
"""Where the items stand among those of task 5."""
STATION = "ZD-990101001001-01a6e3"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The county's store with a user of every kind, made once."""
    folder = tmp_path_factory.mktemp("made")
    build(folder).close()
    return (folder / "kepu.db").read_bytes()


@pytest.fixture
def web(made: bytes, tmp_path: Path) -> Iterator[Web]:
    """The county in a store of the test's own; files of evidence may have 1 MiB."""
    (tmp_path / "kepu.db").write_bytes(made)
    store = Store.open(f"sqlite:///{tmp_path / 'kepu.db'}")
    with client_of(store.url, max_upload_mb=1, evidence_mb=1) as client:
        yield Web(client, store, tmp_path)


@pytest.fixture
def people(web: Web, monkeypatch: pytest.MonkeyPatch) -> People:
    make_passwords_cheap(monkeypatch)
    return People.of(web.store)


def opened(web: Web, number: str) -> dict[str, str]:
    """What the form of an item holds when it is opened."""
    html = web.get("/figures/5").text
    (form,) = re.findall(rf'<section class="figure-item" id="item-{number}".*?</form>', html, re.DOTALL)
    page = Page(form)
    fields = [e for e in page.find("input", name="") if e.attributes.get("type") not in ("file", "radio")]
    chosen = [e for e in page.find("input", type="radio") if "checked" in e.attributes]
    return {e.attributes["name"]: e.attributes.get("value", "") for e in [*fields, *chosen]}


def send(web: Web, fields: dict[str, str], step: str = "save", *files: tuple[str, bytes], **headers: str) -> Any:
    """Send a form."""
    uploads = [("files", file) for file in files] or [("files", ("", b""))]
    return web.client.post(
        "/figures/5", data={**fields, "step": step}, files=uploads, headers=headers, follow_redirects=False
    )


def state(web: Web, rule: str) -> str:
    """The state of a rule by the API."""
    tasks = web.json("/api/v1/assessment")["tasks"]
    return next(str(one["state"]) for task in tasks for one in task["rules"] if one["id"] == rule)


TYPED = {"数值": "5", "数据日期": "2022-10-01", "received_on": "2022-10-05"}


def test_all_tasks_stand_on_one_page(client: Web) -> None:
    page = page_of(client.get("/figures"))
    tasks = client.json("/api/v1/assessment")["tasks"]
    rows = page.find("tr", data_task="")
    assert [(row.attributes["data-task"], row.attributes["data-state"]) for row in rows] == [
        (str(task["no"]), task["state"]) for task in tasks
    ]
    for row, task in zip(rows, tasks, strict=True):
        assert all(lead in row.text for lead in task["lead"])
    links = {a.attributes["href"] for a in page.find("a", href="")}
    assert f"/gaps?task=1&as_of={DAY}" in links
    assert f"/figures/5?as_of={DAY}" in links
    assert client.client.get("/figures/1", follow_redirects=False).headers["location"] == "/gaps?task=1"
    assert client.get("/figures/99").status_code == 404


def test_a_figure_is_checked_previewed_saved_and_undone(web: Web) -> None:
    fields = opened(web, COMPLAINTS)
    assert (fields["数值"], fields["数据日期"], fields["佐证材料"]) == ("1", "2022-09-01", "记录")
    before = web.get("/api/v1/assessment").content
    checked = send(web, {**fields, "数值": "很多", "part": "1"}, "check")
    assert "应为数字" in checked.text
    assert "<html" not in checked.text
    assert 'id="told-3-1" hx-swap-oob="true"><li class="told-error">' in checked.text
    shown = send(web, {**fields, **TYPED, "part": "1"}, "preview").text
    assert "投诉不超过2件" in shown
    assert ("达标" in shown, "未达标" in shown) == (True, True)
    assert web.get("/api/v1/assessment").content == before
    whole = send(web, {**fields, **TYPED}, "preview")  # without a script
    assert 'value="5"' in whole.text
    assert "<html" in whole.text
    saved = send(web, {**fields, **TYPED}, "save", ("会议纪要.exe", PDF), ("../现场.png", photo()))
    assert (saved.status_code, saved.headers["location"]) == (303, f"/figures/5?as_of={DAY}&saved=10")
    assert state(web, "5.figure.complaints") == "not_met"
    batch = web.store.batches()[-1]
    assert (batch.file, batch.layer, batch.records) == (FILE, "figures", 1)
    page = page_of(web.get("/figures/5"))
    assert "5件" in page.one("section", id="item-3").text
    names = [a.attributes["download"] for a in page.find("a", download="")]
    assert names == ["会议纪要.pdf", "现场.jpg"]
    assert [file.item for file in web.store.evidence(task=5)] == ["投诉件数"] * 2
    assert send(web, opened(web, COMPLAINTS)).status_code == 200, "nothing new, nothing stored"
    assert web.client.post("/imports/batches/10/undo", follow_redirects=False).status_code == 303
    assert state(web, "5.figure.complaints") == "met"
    told = page_of(web.get("/figures/5")).one("section", id="item-3").text
    assert "已由第11批撤销" in told
    assert len(web.store.evidence(task=5)) == 2
    with web.store.reading() as seen:
        assert list(verify(seen.connection).findings) == []


def test_a_declaration_and_files_that_name_themselves(web: Web) -> None:
    fields = opened(web, DECLARED)
    assert (fields["数值"], fields["佐证材料"]) == ("是", "文件")
    typed = {**fields, **TYPED, "数值": "否", "佐证材料": ""}
    assert send(web, typed, "save", ("制度.pdf", PDF)).status_code == 303
    assert state(web, "5.declared.rules") == "not_met"
    assert "佐证：制度.pdf" in web.get("/figures/5").text
    assert "有经费管理制度" in web.get("/figures").text


def test_files_may_come_before_the_number(web: Web) -> None:
    batches = len(web.store.batches())
    answer = send(web, {**opened(web, "1"), "数值": ""}, "save", ("预算.pdf", PDF))
    assert (answer.status_code, answer.headers["location"][-8:]) == (303, "&saved=0")
    assert len(web.store.batches()) == batches
    assert [file.item for file in web.store.evidence(task=5)] == ["科普经费"]


def test_who_came_first_is_not_overwritten(web: Web) -> None:
    mine, theirs = opened(web, COMPLAINTS), opened(web, COMPLAINTS)
    assert send(web, {**theirs, **TYPED}).status_code == 303
    late = send(web, {**mine, **TYPED, "数值": "4"}, "save", ("a.pdf", PDF))
    assert late.status_code == 409
    assert ("别人已经报了新的数" in late.text, 'value="4"' in late.text, "现在是：5" in late.text) == (True, True, True)
    assert web.store.evidence() == ()
    page = Page(late.text)
    version = page.find("input", name="version")[2].attributes["value"]
    assert send(web, {**mine, **TYPED, "数值": "4", "version": version}).status_code == 303


@pytest.mark.parametrize(
    ("files", "status", "said"),
    [
        ([("a.png", b"<svg><script>alert(1)</script></svg>")], 422, "脚本"),
        ([("a.pdf", PDF), ("b.docx", bomb())], 422, "大得不正常"),
        ([("a.png", vast_png())], 422, "像素"),
        ([("a.pdf", b"")], 422, "0字节"),
        ([("a.pdf", PDF + b"\0" * (1 << 20))], 413, "1兆字节"),
        ([("a.pdf", PDF + b"\0" * (6 << 20))], 413, "5"),
    ],
)
def test_bad_files_store_nothing(web: Web, files: list[tuple[str, bytes]], status: int, said: str) -> None:
    before = web.store.version()
    answer = send(web, {**opened(web, COMPLAINTS), **TYPED}, "save", *files)
    assert (answer.status_code, said in answer.text) == (status, True)
    if len(files[0][1]) < 5 << 20:  # a body over the limit isn't read at all
        assert 'value="5"' in answer.text
    assert (web.store.version(), web.store.evidence()) == (before, ())


def test_senseless_forms(web: Web) -> None:
    fields = opened(web, COMPLAINTS)
    for wrong, status in (
        ({"数值": "-1"}, 422), ({"数值": "很多"}, 422), ({"数值": "1", "计量单位": "万元"}, 422), ({"数值": ""}, 422),
        ({"received_on": "2999-01-01"}, 422), ({"received_on": "bald"}, 422), ({"item": "9"}, 404),
        ({"item": ""}, 404), ({"as_of": "x"}, 200),
    ):  # fmt: skip
        assert send(web, {**fields, **wrong}).status_code == status, wrong
    assert web.client.post("/figures/99", data=fields).status_code == 404


def test_hostile_texts_stay_texts(web: Web) -> None:
    for text in HOSTILE[:6]:
        assert send(web, {**opened(web, COMPLAINTS), **TYPED, "佐证材料": text}, "save", (text, PDF)).status_code == 303
        for path in ("/figures/5", "/figures"):
            page = page_of(web.get(path))
            assert all(script.attributes.get("src", "").startswith("/static/") for script in page.find("script"))
            assert not [name for element in page.elements for name in element.attributes if name.startswith("on")]


def test_how_files_are_handed_out(web: Web) -> None:
    name = "“会议”;纪要\r\nX: 1.pdf"
    send(web, {**opened(web, COMPLAINTS), **TYPED}, "save", (name, PDF), ("图.jpg", photo((2000, 1000))))
    paper = web.client.get("/evidence/1")
    assert (paper.content, paper.headers["content-type"]) == (PDF, "application/pdf")
    assert paper.headers["content-disposition"].startswith('attachment; filename="evidence-1.pdf"; filename*=UTF-8')
    assert "sandbox" in paper.headers["content-security-policy"]
    assert (paper.headers["x-content-type-options"], paper.headers["cache-control"]) == ("nosniff", "no-store")
    small, large = web.client.get("/evidence/2/picture?small=1"), web.client.get("/evidence/2/picture")
    assert (small.headers["content-type"], large.headers["content-type"]) == ("image/jpeg", "image/jpeg")
    assert len(small.content) < len(large.content)
    assert "sandbox" in small.headers["content-security-policy"]
    again = web.client.get("/evidence/2/picture?small=1", headers={"If-None-Match": small.headers["etag"]})
    assert again.status_code == 304
    for path in ("/evidence/1/picture", "/evidence/99", "/evidence/99/picture"):
        assert web.client.get(path).status_code == 404


ABORTED = ("htmx:afterRequest", "htmx:sendAbort")
"""What htmx says of a check that a newer one took the place of."""


@pytest.mark.browser
def test_a_number_with_its_photo_in_a_browser(web: Web, visit: Any) -> None:
    """Type, see the check and the effects come without losing the chosen file, save, look at the photo."""
    with served(web) as address:
        page, heard = visit(f"{address}/figures/5?as_of={DAY}", (390, 844))
        form = page.locator("#item-3")
        form.locator("input[type=file]").set_input_files(
            [{"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": photo((800, 600))}]
        )
        assert form.locator(".chosen").inner_text() == "现场.jpg"
        form.get_by_label("投诉件数").fill("很多")
        form.locator(".field .told-error").wait_for()
        form.get_by_label("投诉件数").fill("7")
        form.locator(".field .told-error").wait_for(state="detached")
        form.get_by_label("数据日期").fill("2022-10-20")
        form.get_by_label("报送日期").fill("2022-10-21")
        form.get_by_role("button", name="看看影响").click()
        form.locator(".effects-table", has_text="投诉不超过2件").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        form.get_by_role("button", name="保存").click()
        page.locator(".saved", has_text="第10批").wait_for()
        picture = page.locator("#item-3 .thumb img")
        picture.scroll_into_view_if_needed()
        page.wait_for_function("document.querySelector('#item-3 .thumb img').naturalWidth === 360")
        assert [told for told in heard if not told.startswith(ABORTED)] == []
    assert web.store.evidence()[0].name == "现场.jpg"


# ── photos ───────────────────────────────────────────────────────────────────


def add(web: Web, unit: str, *files: tuple[str, bytes], layer: str = "", number: str = "", **headers: str) -> Any:
    """Add photos to a unit or a facility."""
    data = {"layer": layer, "id": number, "as_of": DAY}
    uploads = [("files", file) for file in files]
    return web.client.post(f"/photos/{unit}", data=data, files=uploads, headers=headers, follow_redirects=False)


def test_photos_of_units_and_facilities(web: Web) -> None:
    first = VILLAGES[0]
    answer = add(web, first, ("站.jpg", photo()), ("站2.jpg", photo((80, 40))), layer="stations", number=STATION)
    assert answer.headers["location"] == f"/units/{first}?as_of={DAY}&photos=2"
    assert add(web, first, ("村.jpg", photo((50, 40)))).status_code == 303
    assert add(web, "X2", ("校.jpg", photo((40, 40))), layer="schools", number="X2").status_code == 303
    assert [(f.unit_code, f.layer, f.facility) for f in web.store.evidence()] == [
        (first, "stations", STATION), (first, "stations", STATION), (first, None, None), (TOWN, "schools", "X2"),
    ]  # fmt: skip
    html = web.get(f"/units/{first}").text
    assert html.count("/picture?small=1") == 3
    assert web.store.evidence()[0].sha256[:12] in html
    assert "拍摄于2022年5月6日" in html
    assert web.get("/units/X2").text.count("/picture?small=1") == 1
    assert web.get(f"/units/{WILLOW_TOWN}").text.count("/picture?small=1") == 0
    for wrong, status in (
        ({"layer": "stations", "number": "ZD-none"}, 404), ({"layer": "boards", "number": STATION}, 404),
    ):  # fmt: skip
        assert add(web, first, ("a.jpg", photo()), **wrong).status_code == status
    assert add(web, "nowhere", ("a.jpg", photo())).status_code == 404
    assert add(web, first, ("a.jpg", PDF)).status_code == 422
    assert add(web, first).status_code == 422
    assert add(web, first, ("a.jpg", photo() + b"\0" * (1 << 20))).status_code == 413


def test_a_withdrawn_photo_is_gone_from_the_page_and_not_from_the_store(web: Web, people: People) -> None:
    admin = cookie(people, Kind.ADMIN)
    assert add(web, VILLAGES[0], ("村.jpg", photo()), **admin).status_code == 303
    old = web.client.get(f"/units/{VILLAGES[0]}", headers=admin)
    assert "/evidence/1/withdraw" in old.text
    gone = web.client.post("/evidence/1/withdraw", data={"back": f"/units/{VILLAGES[0]}"}, headers=admin, **QUIET)
    assert (gone.status_code, gone.headers["location"]) == (303, f"/units/{VILLAGES[0]}")
    assert web.client.post("/evidence/1/withdraw", headers=admin, **QUIET).status_code == 422
    assert "/evidence/1/picture" not in web.client.get(f"/units/{VILLAGES[0]}", headers=admin).text
    assert web.client.get("/evidence/1", headers=admin).status_code == 200
    assert web.client.get("/evidence/1", headers=cookie(people, Kind.PLANNER)).status_code == 404


# ── who may what ─────────────────────────────────────────────────────────────

QUIET: dict[str, Any] = {"follow_redirects": False}


def cookie(people: People, kind: Kind) -> dict[str, str]:
    """The headers of a visitor of a kind, forms included."""
    cookies = people.cookies(kind)
    mark = {"X-CSRF-Token": people.mark(cookies["kepu"])} if "kepu" in cookies else {}
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), **mark}


def test_who_may_see_and_change_what(web: Web, people: People) -> None:
    admin, planner = cookie(people, Kind.ADMIN), cookie(people, Kind.PLANNER)
    headers = {kind: cookie(people, kind) for kind in (Kind.VIEWER, Kind.TOWNSHIP_PLANNER, Kind.SHARE)}
    fields = {"item": COMPLAINTS, **TYPED, "as_of": DAY, "计量单位": "件", "佐证材料": "", "version": ""}
    page = web.client.get(f"/figures/5?as_of={DAY}", headers=planner).text
    version = Page(page).find("input", name="version")[2].attributes["value"]
    saved = send(web, {**fields, "version": version}, "save", ("会议纪要.pdf", PDF), **planner)
    assert saved.status_code == 303
    assert web.store.evidence()[0].recorded_by == "填报员"
    for kind, who in headers.items():
        shown = web.client.get(f"/figures/5?as_of={DAY}", headers=who).text
        assert ("5件" in shown, '<form class="edit"' in shown) == (True, False), kind
        assert ("/evidence/1" in shown) == (kind is not Kind.SHARE)
        assert ("填报员</td>" in shown) == (kind is not Kind.SHARE)
        assert send(web, fields, **who).status_code == 403
        assert web.client.get("/evidence/1", headers=who, **QUIET).status_code == (403 if kind is Kind.SHARE else 200)
    own = headers[Kind.TOWNSHIP_PLANNER]
    assert web.client.post("/evidence/1/withdraw", headers=own).status_code == 403
    assert add(web, WILLOW_TOWN, ("村.jpg", photo()), **own).status_code == 303
    assert add(web, VILLAGES[0], ("村.jpg", photo()), **own).status_code == 403
    assert add(web, EAST, ("村.jpg", photo()), **own).status_code == 403
    assert add(web, PLACE, ("村.jpg", photo()), **own).status_code == 403
    assert add(web, VILLAGES[0], ("村.jpg", photo()), **admin).status_code == 303
    assert web.client.post("/evidence/3/withdraw", headers=own).status_code == 403
    for kind in (Kind.SHARE, Kind.TOWNSHIP_SHARE):
        outside = web.client.get(f"/units/{WILLOW_TOWN}?as_of={DAY}", headers=cookie(people, kind))
        assert (outside.status_code, "/evidence/" in outside.text) == (200, False)
    assert web.client.post("/evidence/2/withdraw", headers=own, **QUIET).status_code == 303
    for who in (headers[Kind.VIEWER], {"Cookie": own["Cookie"]}):  # a form without its mark
        assert add(web, WILLOW_TOWN, ("a.jpg", photo()), **who).status_code == 403


@pytest.mark.usefixtures("people")
def test_what_was_typed_outlives_the_session(web: Web) -> None:
    answer = send(web, {"item": COMPLAINTS, **TYPED, "佐证材料": "第〇七号文件", "as_of": DAY}, "save", ("a.pdf", PDF))
    assert (answer.status_code, "第〇七号文件" in answer.text) == (401, True)
    assert web.store.evidence() == ()
