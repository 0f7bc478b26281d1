"""A store in which every page has something to show: each form that takes a text is sent, each page has an address.

`FORMS` says for each form of the table of permissions how it is filled in with a text, `SAMPLES` what stands for the
parameters of addresses. A new form or page without an entry is a KeyError in the tests that walk over all of them.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from api.permissions import TABLE
from api.visitors import Kind
from tests.evidence_files import PDF, photo
from tests.people import PASSWORD, People
from tests.support import PLACE, TOWN, VILLAGES, WILLOW_RIVER, WILLOW_TOWN
from tests.web_client import DAY, Page, Web, build, client_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

FORMS: dict[str, Callable[[Office, str], Any]] = {}
"""Path of a POST route → sends it with a text wherever a text may stand."""
WITHOUT_TEXT: Final = frozenset(
    {
        "/imports/{job}/cancel", "/imports/{job}/discard", "/imports/batches/{batch}/undo", "/shares/{number}/withdraw",
        "/users/{user}/logout", "/users/{user}/token", "/users/{user}/token/withdraw", "/dossier/{number}/stop",
        "/dossier/{number}/remove", "/logout", "/logout/everywhere",
    }
)  # fmt: skip
SITING: Final = "rule=1.village.station&count=1&within=5000"
EDITED: Final = {
    ("stations", WILLOW_TOWN): ("活动站名称", "依托设施", "开放时间", "责任人", "联系电话"),
    ("boards", WILLOW_TOWN): ("宣传栏名称", "照片编号", "责任人"),
    ("schools", TOWN): ("学校名称",),
    ("bases", PLACE): ("基地名称",),
    ("organisations", WILLOW_TOWN): ("组织名称",),
    ("associations", TOWN): ("协会名称", "登记证号"),
    ("activities", TOWN): ("活动名称", "地点"),
}
"""What can be edited → the fields of it that hold any text."""
HEADERS: Final = ("乡镇", "村", "活动站名称", "专用/共用")


class Maker:
    """A maker of dossiers that makes none."""

    def wait(self) -> int:
        return 0


@dataclass
class Office:
    """An admin at work; `answers` are all that came back."""

    web: Web
    people: People
    secret: str
    answers: list[tuple[str, Any]] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Cookie": f"kepu={self.secret}"}

    def get(self, path: str) -> Any:
        """A page as the admin sees it."""
        answer = self.web.client.get(path, headers=self._headers, follow_redirects=False)
        self.web.client.cookies.clear()
        return answer

    def post(self, path: str, data: Mapping[str, Any], files: Any = None) -> Any:
        """Send a form with the session's mark; a fault of ours is none of the answers."""
        headers = {**self._headers, "X-CSRF-Token": self.people.mark(self.secret)}
        sent = {"data": data, "files": files, "headers": headers, "follow_redirects": False}
        answer = self.web.client.post(path, **sent)
        self.web.client.cookies.clear()
        assert answer.status_code < 500, (path, answer.text[:300])
        self.answers.append((path, answer))
        return answer

    def furnish(self, *texts: str) -> None:
        """Send every form with each text."""
        for text in texts:
            for path in FORMS:
                FORMS[path](self, text)

    def pages(self) -> dict[str, str]:
        """Address → HTML of every whole page of the table."""
        found: dict[str, str] = {}
        for method, path in TABLE:
            for address in addresses(self, path) if method == "GET" else ():
                answer = self.get(address)
                is_page = answer.headers.get("content-type", "").startswith("text/html")
                if is_page and answer.status_code == 200 and "<html" in answer.text:
                    found[address] = answer.text
                assert answer.status_code < 400 or address in MAY_FAIL, (address, answer.status_code)
        return found


MAY_FAIL: Final = frozenset(
    {"/login/oidc", "/login/oidc/back", "/login/oidc/leave", "/basemap/1/1/1", "/dossier/none.zip",
     "/dossier/none/progress"}
)  # fmt: skip
"""What needs settings that the store of the tests hasn't got, or a dossier."""


@contextmanager
def furnished(folder: Path, *texts: str) -> Iterator[Office]:
    """The county with a user of every kind, furnished with texts."""
    store = build(folder)
    people = People.of(store)
    with client_of(store.url) as client:
        office = Office(Web(client, store, folder), people, people.begin(Kind.ADMIN))
        with pytest.MonkeyPatch.context() as patch:  # not longer: it is every module's Popen
            patch.setattr("maps.dossier.shelf.subprocess.Popen", lambda *_, **__: Maker())
            office.furnish(*texts)
        yield office


def addresses(office: Office, path: str) -> list[str]:
    """The sample addresses of a GET route."""
    if path in SAMPLES:
        return SAMPLES[path](office)
    assert "{" not in path, f"no sample of {path}"
    return [path]


def _of_day(*paths: str) -> list[str]:
    return [f"{path}{'&' if '?' in path else '?'}as_of={DAY}" for path in paths]


def _dossier(office: Office, end: str) -> list[str]:
    listed = office.web.client.app.state.parts.shelf.listed()  # type: ignore[attr-defined]
    return [f"/dossier/{listed[0].id if listed else 'none'}{end}"]


def _scenarios(office: Office) -> list[str]:
    page = Page(office.get("/siting/scenarios").text)
    names = [e.attributes["value"] for e in page.find("input", name="name")]
    query = "&".join(f"name={_quoted(name)}" for name in dict.fromkeys(names))
    return _of_day("/siting/scenarios", *([f"/siting/scenarios?{query}"] if query else []))


def _picture(office: Office) -> int:
    return next(file.number for file in office.web.store.evidence() if file.is_picture)


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


SAMPLES: Final[Mapping[str, Callable[[Office], list[str]]]] = {
    "/": lambda _: _of_day("/"),
    "/brief": lambda _: _of_day("/brief"),
    "/map": lambda _: _of_day("/map"),
    "/gaps": lambda _: [*_of_day("/gaps"), "/gaps"],
    "/figures": lambda _: _of_day("/figures"),
    "/figures/{task}": lambda _: _of_day("/figures/5"),
    "/units/{code:path}": lambda _: _of_day(*(f"/units/{unit}" for unit in (PLACE, TOWN, WILLOW_TOWN, "X2"))),
    "/edit/{code:path}": lambda _: [f"/edit/{unit}?layer={layer}" for layer, unit in EDITED],
    "/units-found": lambda _: ["/units-found?q=柳树"],
    "/evidence/{number}": lambda office: [f"/evidence/{_picture(office)}"],
    "/evidence/{number}/picture": lambda office: [f"/evidence/{_picture(office)}/picture"],
    "/basemap/{z}/{x}/{y}": lambda _: ["/basemap/1/1/1"],
    "/s/{secret}": lambda office: [f"/s/{office.people.share()}"],
    "/imports/{job}": lambda office: [f"/imports/{job}" for job in office.jobs],
    "/imports/{job}/marked.xlsx": lambda office: [f"/imports/{office.jobs[0]}/marked.xlsx"],
    "/imports/template.xlsx": lambda _: ["/imports/template.xlsx?layer=stations"],
    "/dossier/{number}/progress": lambda office: _dossier(office, "/progress"),
    "/dossier/{number}.zip": lambda _: ["/dossier/none.zip"],
    "/siting": lambda _: _of_day(f"/siting?{SITING}", "/siting"),
    "/siting/scenarios": _scenarios,
    "/api/v1/layers/{layer}": lambda _: ["/api/v1/layers/stations"],
    "/api/v1/units/{code:path}": lambda _: [f"/api/v1/units/{TOWN}"],
    "/api/v1/imports/{job}": lambda office: [f"/api/v1/imports/{office.jobs[0]}"],
    "/api/v1/imports/{job}/events": lambda office: [f"/api/v1/imports/{office.jobs[0]}/events"],
}


# ── the forms ────────────────────────────────────────────────────────────────


def _form(path: str) -> Callable[[Callable[[Office, str], Any]], Callable[[Office, str], Any]]:
    def keep(send: Callable[[Office, str], Any]) -> Callable[[Office, str], Any]:
        FORMS[path] = send
        return send

    return keep


@_form("/users")
def _users(office: Office, text: str) -> None:
    new = {"password": PASSWORD, "again": PASSWORD, "role": "planner"}
    office.post("/users", {**new, "name": text})
    office.post("/users", {**new, "name": text, "township": text, "role": text})


@_form("/users/{user}")
def _user(office: Office, text: str) -> None:
    office.post("/users/1", {"role": text, "township": text, "state": text})


@_form("/users/{user}/password")
def _user_password(office: Office, text: str) -> None:
    office.post("/users/1/password", {"password": text, "again": PASSWORD})


@_form("/account/password")
def _password(office: Office, text: str) -> None:
    office.post("/account/password", {"old": text, "new": text, "again": text})


@_form("/login")
def _login(office: Office, text: str) -> None:
    for path in ("/login", "/login/kept"):
        opened = office.web.client.get("/login")
        mark = Page(opened.text).find("input", name="csrf_token")[-1].attributes["value"]
        fields = {"name": text, "password": text, "next": text, "kept": text, "csrf_token": mark}
        office.answers.append((path, office.web.client.post(path, data=fields, follow_redirects=False)))
        office.web.client.cookies.clear()


@_form("/login/kept")
def _kept(office: Office, text: str) -> None:
    lost = office.web.client.post("/gaps/tasks", data={"note": text, "who": text, text[:50]: text})
    office.answers.append(("/gaps/tasks, lost", lost))


@_form("/shares")
def _share(office: Office, text: str) -> None:
    ends = {"ends_on": (date.today() + timedelta(days=30)).isoformat()}
    office.post("/shares", {"label": text, **ends})
    office.post("/shares", {"label": text, **ends, "township": text})


@_form("/gaps/tasks")
def _task(office: Office, text: str) -> None:
    fields = {"rule": "1.village.station", "unit": VILLAGES[-1], "action": "taken", "due_on": "2099-12-31"}
    office.post("/gaps/tasks", {**fields, "who": text, "note": text, "back": text, "as_of": DAY})
    office.post("/gaps/tasks", {**fields, "rule": text, "unit": text, "who": text})


@_form("/edit/{code:path}")
def _edit(office: Office, text: str) -> None:
    for (layer, unit), names in EDITED.items():
        page = Page(office.get(f"/edit/{unit}?layer={layer}").text)
        hidden = {e.attributes["name"]: e.attributes.get("value", "") for e in page.find("input", type="hidden")}
        fields = [*page.find("input", name=""), *page.find("textarea", name="")]
        boxes = [e for e in fields if e.attributes["name"] not in hidden]
        everywhere = {**hidden, **{e.attributes["name"]: text for e in boxes}}
        for step in ("check", "preview", "save") if layer == "stations" else ("save",):
            office.post(f"/edit/{unit}", {**everywhere, "step": step})
        needed = {"科技活动室": "有", "活动日期": "2022-05-20", "级别": "县市级", "学段": "小学"}
        there = {e.attributes.get("name") for e in page.elements}
        known = {name: value for name, value in needed.items() if name in there}
        office.post(f"/edit/{unit}", {**hidden, **known, **dict.fromkeys(names, text), "step": "save"})


@_form("/figures/{task}")
def _figure(office: Office, text: str) -> None:
    page = Page(office.get(f"/figures/5?as_of={DAY}").text)
    for item, version in zip(page.find("input", name="item"), page.find("input", name="version"), strict=True):
        fixed = {"item": item.attributes["value"], "version": version.attributes["value"], "as_of": DAY}
        for value in (text, "1"):
            typed = {"数值": value, "数据日期": "2022-10-01", "佐证材料": text, "received_on": "2022-10-05"}
            upload = [("files", (f"{_flat(text)}.pdf", PDF))]
            office.post("/figures/5", {**fixed, **typed, "step": "save"}, upload)


@_form("/photos/{code:path}")
def _photo(office: Office, text: str) -> None:
    upload = [("files", (f"{_flat(text)}.jpg", photo()))]
    office.post(f"/photos/{WILLOW_TOWN}", {"as_of": DAY}, upload)
    office.post(f"/photos/{WILLOW_TOWN}", {"layer": text, "id": text, "as_of": text}, upload)


@_form("/evidence/{number}/withdraw")
def _withdraw(office: Office, text: str) -> None:
    office.post("/evidence/3/withdraw", {"back": text})


@_form("/siting/scenarios")
def _scenario(office: Office, text: str) -> None:
    office.post(f"/siting/scenarios?{SITING}&as_of={DAY}", {"name": text})
    office.post(f"/siting/scenarios?{SITING}&as_of={DAY}", {"name": text[:60]})


@_form("/siting/scenarios/plan")
def _planned(office: Office, text: str) -> None:
    office.post("/siting/scenarios/plan", {"name": text[:60], "who": text, "due_on": "2099-12-31"})


@_form("/siting/scenarios/drop")
def _dropped(office: Office, text: str) -> None:
    office.post("/siting/scenarios/drop", {"name": f"!{text}"[:60]})


@_form("/dossier")
def _dossier_order(office: Office, text: str) -> None:
    told = {"as_of": DAY, "public": "true", "review_number": text, "entered_by": text}
    office.post("/dossier", told)
    office.post("/dossier", {**told, "paper": text, "township": text, "before": text})


@_form("/imports")
def _import(office: Office, text: str) -> None:
    cell = _cell(text)
    lines = (",".join((*HEADERS, cell)), f"云岭镇,{cell},{cell},专用,", f"云岭镇,柳数村,{cell},专用,")
    office.post("/imports", {"sender": text, "received_on": text, "layer": text}, _csv(text, *lines))
    office.jobs.append(_checked(office, text, *lines))


@_form("/imports/{job}/answers")
def _answers(office: Office, text: str) -> None:
    job = office.jobs[-1]
    page = Page(office.get(f"/imports/{job}").text)
    asked = {e.attributes["name"]: e.attributes["value"] for e in page.find("input", type="hidden")}
    numbers = [name.removeprefix("asked_") for name in asked if name.startswith("asked_")]
    answers = {f"{field}_{number}": text for number in numbers for field in ("chosen", "other")}
    office.post(f"/imports/{job}/answers", {**asked, **answers, "sender": text})
    _ended(office, job)


@_form("/imports/{job}/commit")
def _commit(office: Office, text: str) -> None:
    office.post(f"/imports/{office.jobs[-1]}/commit", {"version": text})
    _ended(office, office.jobs[-1])
    job = _checked(office, text, "单位代码,名称,专用/共用", f"{WILLOW_RIVER},{_cell(text)},专用")
    version = Page(office.get(f"/imports/{job}").text).one("input", name="version")
    office.post(f"/imports/{job}/commit", {"version": version.attributes["value"]})
    office.jobs.append(_ended(office, job))


def _checked(office: Office, text: str, *lines: str) -> str:
    """Hand in a list of stations; the job that has checked it."""
    answer = office.post("/imports", {"sender": text[:200], "layer": "stations"}, _csv(text, *lines))
    assert answer.status_code == 303
    return _ended(office, answer.headers["location"].rpartition("/")[2])


def _csv(text: str, *lines: str) -> list[Any]:
    return [("file", (f"{_flat(text)}.csv", "\r\n".join(lines).encode("utf-8-sig")))]


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@_form("/api/v1/imports")
def _program(office: Office, text: str) -> None:
    upload = {"file": (f"{_flat(text)}.csv", b"a,b\r\n1,2\r\n")}
    answers = json.dumps([{"written": text, "township": text, "code": text, "field": text}])
    told = {"sender": text[:200], "scope": text[:200], "column": f"{text}=name", "answers": answers, "dry_run": "true"}
    for layer in ("stations", text):
        answer = office.post("/api/v1/imports", {**told, "layer": layer}, upload)
        if answer.status_code == 202:
            _ended(office, answer.json()["id"])


def _ended(office: Office, job: str) -> str:
    """Wait for the end of a job."""
    for _ in range(400):
        if office.get(f"/api/v1/imports/{job}").json()["state"] in ("done", "failed", "cancelled"):
            return job
        time.sleep(0.05)
    raise AssertionError(job)


def _flat(text: str) -> str:
    """A text as the name of a file."""
    return "".join(sign for sign in text if sign not in "/\\")[:100]
