"""What was typed when a session ran out: kept from every form where people type much, with files or without."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from api.kept import LARGEST
from api.kept_parts import texts_of
from api.permissions import TABLE
from api.settings import Settings
from api.visitors import Kind
from tests.map_places import HOSTILE
from tests.people import PEOPLE, People, log_in, make_passwords_cheap
from tests.support import WILLOW_TOWN
from tests.web_client import Page, Web, build, client_of, page_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

TEXTS = {"note": "写了很久\n又一行", "who": "文化站", "空": ""}
BOUNDARY = "--=boundary"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The county with a planner; small uploads only."""
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        make_passwords_cheap(patch)
        store = build(folder)
        People.of(store, Kind.PLANNER, Kind.ADMIN)
        with client_of(store.url, max_upload_mb=1, evidence_mb=1) as client:
            yield Web(client, store, folder)


@pytest.fixture
def web(office: Web) -> Web:
    """Nobody is logged in."""
    office.client.cookies.clear()
    return office


def kept_of(answer: Any) -> str:
    """What the log-in page carries on."""
    assert answer.status_code == 401, answer.text
    found = Page(answer.text).find("input", name="kept")
    return found[0].attributes["value"] if found else ""


def resumed(web: Web, answer: Any) -> tuple[str, dict[str, str]]:
    """Where the form goes after the log-in, and its fields."""
    page = page_of(log_in(web.client, PEOPLE[Kind.PLANNER][0], kept=kept_of(answer)))
    form = page.find("form", method="post")[-1]
    hidden = page.find("input", type="hidden")
    return form.attributes["action"], {e.attributes["name"]: e.attributes["value"] for e in hidden}


@pytest.mark.parametrize(
    "path", [f"/edit/{WILLOW_TOWN}", "/gaps/tasks", "/imports/ffff/answers", "/shares", "/figures/5", "/imports"]
)
@pytest.mark.parametrize("files", [False, True], ids=["typed", "with a file"])
def test_every_form_where_people_type_is_kept(web: Web, path: str, files: bool) -> None:  # noqa: FBT001
    sent: dict[str, Any] = {"data": {**TEXTS, "csrf_token": "old"}}
    if files:
        sent["files"] = {"files": ("扫描件.pdf", b"%PDF-" + bytes(range(256)) * 2000)}
    to, fields = resumed(web, web.client.post(path, **sent))
    assert to == path
    assert {name: fields[name].replace("\r\n", "\n") for name in TEXTS} == TEXTS
    assert "files" not in fields
    assert fields["csrf_token"] != "old"


def test_a_gap_is_taken_after_the_log_in_as_it_was_typed(web: Web) -> None:
    typed = {"rule": "1.village.station", "unit": WILLOW_TOWN, "action": "taken", "who": "文化站", "note": "先排查",
             "due_on": "2027-12-31"}  # fmt: skip
    to, fields = resumed(web, web.client.post("/gaps/tasks", data=typed))
    done = web.client.post(to, data=fields, follow_redirects=False)
    assert done.status_code == 303
    assert "先排查" in web.client.get("/gaps").text


@pytest.mark.parametrize("text", HOSTILE[:6])
def test_hostile_texts_stay_texts(web: Web, text: str) -> None:
    answer = web.client.post("/gaps/tasks", data={"note": text}, files={"files": ("a.txt", b"x")})
    assert "<script>alert" not in answer.text
    assert resumed(web, answer)[1]["note"].replace("\r\n", "\n") == text.replace("\r\n", "\n")


def test_only_a_file_or_too_much_is_not_kept(web: Web) -> None:
    for sent in (
        {"files": {"files": ("a.txt", b"x")}},
        {"files": {"files": ("a.txt", b"x")}, "data": {"note": "x" * LARGEST + "x"}},
        {"data": {"note": "x" * LARGEST}},
        {"content": b"--x\r\nbroken", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
    ):
        answer = web.client.post("/gaps/tasks", **sent)
        assert (answer.status_code, kept_of(answer)) == (401, "")


def test_pieces_may_break_anywhere() -> None:
    body = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\n\u503c\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\nfile\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="b"\r\n\r\n2\r\n--{BOUNDARY}--\r\n'
    ).encode()

    async def pieces(size: int) -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    for size in (1, 7, len(body)):
        reading = texts_of(f"multipart/form-data; boundary={BOUNDARY}", pieces(size), most=100)
        with ThreadPoolExecutor(1) as elsewhere:  # this thread may run a browser's loop
            found = elsewhere.submit(asyncio.run, reading).result()
        assert found is not None
        assert found.multi_items() == [("a", "\u503c"), ("b", "2")]


# ── too large ────────────────────────────────────────────────────────────────


UPLOADS = sorted(path for method, path in TABLE if method == "POST")


@pytest.mark.parametrize("path", UPLOADS)
def test_every_form_says_the_limit(web: Web, path: str) -> None:
    """413 with the limit in words, whoever asks and whatever the form: before anything of it is read."""
    for name, value in {"{code:path}": WILLOW_TOWN, "{job}": "ffff"}.items():
        path = path.replace(name, value)
    path = "/".join("1" if part.startswith("{") else part for part in path.split("/"))
    limit = Settings(max_upload_mb=1, evidence_mb=1).body_limit(path)
    answer = web.client.post(path, files={"file": ("a.csv", b"x" * (limit + 1))})
    assert answer.status_code == 413
    assert f"{limit >> 20} MB" in answer.text
    program = path.startswith("/api/")
    assert answer.headers["content-type"].startswith("application/problem+json" if program else "text/html")


def test_who_is_logged_in_keeps_the_page_and_the_session(web: Web) -> None:
    log_in(web.client, PEOPLE[Kind.PLANNER][0])
    assert web.client.post("/imports", files={"file": ("a.csv", b"x" * 1_100_000)}).status_code == 413
    assert web.client.get("/imports").status_code == 200


@pytest.mark.parametrize("path", [path for path in UPLOADS if not path.startswith("/login")])
def test_every_form_needs_the_mark_of_its_session(web: Web, path: str) -> None:
    """A form of a page that is too old, or of somebody else's making: a clear page, and nothing is done."""
    log_in(web.client, PEOPLE[Kind.ADMIN][0])
    for name, value in {"{code:path}": WILLOW_TOWN, "{job}": "ffff"}.items():
        path = path.replace(name, value)
    path = "/".join("1" if part.startswith("{") else part for part in path.split("/"))
    before = web.store.version()
    for mark in ({}, {"csrf_token": "0" * 64}):
        answer = web.client.post(path, data={**TEXTS, **mark}, follow_redirects=False)
        assert (answer.status_code, "页面打开太久" in answer.text) == (403, True)
    assert web.store.version() == before
