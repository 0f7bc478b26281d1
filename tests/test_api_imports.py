"""`POST /api/v1/imports` and how its jobs go; names of uploads are untrusted."""

from __future__ import annotations

import io
import json
import time
from datetime import date
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from api import jobs
from api.uploads import LONGEST_NAME, shown_name
from geo.intake.imports import import_file
from geo.jobs.spool import Spool
from tests.support import TOWN, VILLAGES
from tests.web_client import Web, write_csv

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ("单位代码", "名称", "专用/共用")


def table(web: Web, *rows: tuple[str, ...]) -> bytes:
    return write_csv(web.folder / "upload.csv", HEADER, rows).read_bytes()


def send(web: Web, content: bytes, *, name: str = "新站.csv", **fields: str) -> Any:
    return web.client.post("/api/v1/imports", files={"file": (name, content)}, data=fields)


def ended(web: Web, answer: Any) -> dict[str, Any]:
    """Follow `status_url` to the end of a job."""
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert told["state"] == "queued"
    assert answer.headers["location"] == told["status_url"]
    for _ in range(200):
        status: dict[str, Any] = web.client.get(told["status_url"]).json()
        assert status["state"] in {"queued", "running", "done", "failed"}
        if status["state"] in {"done", "failed"}:
            return status
        time.sleep(0.05)
    raise AssertionError(status)


def test_a_good_file_is_stored(fresh: Web) -> None:
    before = fresh.json("/api/v1/layers/stations")["count"]
    answer = send(fresh, table(fresh, (VILLAGES[4], "新站", "专用"), (VILLAGES[5], "无", "")), layer="stations")
    status = ended(fresh, answer)
    assert (status["state"], status["outcome"], status["file"]) == ("done", "stored", "新站.csv")
    assert status["counts"] == {"records": {"stations": 1}, "reported_none": {"stations": 1}}
    assert status["batch"] == fresh.store.batches()[-1].batch
    assert fresh.store.batches()[-1].file == "新站.csv"
    assert fresh.json("/api/v1/layers/stations")["count"] == before + 1


def test_a_dry_run_stores_nothing(fresh: Web) -> None:
    version = fresh.store.version()
    content = table(fresh, (VILLAGES[4], "新站", "专用"))
    status = ended(fresh, send(fresh, content, layer="stations", dry_run="true"))
    assert (status["state"], status["outcome"], status["batch"]) == ("done", "checked", None)
    assert status["counts"]["records"] == {"stations": 1}
    assert fresh.store.version() == version


def test_faults_come_back_with_their_place(fresh: Web) -> None:
    version = fresh.store.version()
    status = ended(fresh, send(fresh, table(fresh, ("990101999999", "站", "专用")), layer="stations"))
    assert (status["state"], status["outcome"]) == ("failed", "refused")
    fault = next(fault for fault in status["faults"] if fault["severity"] == "error")
    assert (fault["file"], fault["row"]) == ("新站.csv", 2)
    assert fault["message"]
    assert fresh.store.version() == version


@pytest.mark.parametrize(
    ("name", "content"), [("x.xlsx", b"not a workbook"), ("x.csv", b""), ("x.exe", b"MZ"), ("x", b"a,b")]
)
def test_what_is_no_table_fails_with_a_fault(fresh: Web, name: str, content: bytes) -> None:
    status = ended(fresh, send(fresh, content, name=name))
    assert status["state"] == "failed"
    assert status["faults"][0]["file"] == name


def test_complete_and_datum_are_handed_on(fresh: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    real = import_file

    def spy(*args: Any, **options: Any) -> Any:
        seen.update(options, layer=args[2])
        return real(*args, **options)

    monkeypatch.setattr(jobs, "import_file", spy)
    content = table(fresh, (VILLAGES[4], "新站", "专用"))
    ended(fresh, send(fresh, content, layer="stations", datum="gcj02", complete="true"))
    wanted = {"layer": "stations", "datum": "gcj02", "complete": True, "dry_run": False, "shown_as": "新站.csv"}
    assert {key: seen[key] for key in wanted} == wanted


@pytest.mark.parametrize("fields", [{"layer": "churches"}, {"datum": "mars"}, {"complete": "perhaps"}])
def test_wrong_fields_are_refused_at_once(fresh: Web, fields: dict[str, str]) -> None:
    answer = send(fresh, b"a", **fields)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["name"] == next(iter(fields))


def test_a_file_is_needed(fresh: Web) -> None:
    answer = fresh.client.post("/api/v1/imports", data={"layer": "stations"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["name"] == "file"
    typed = fresh.client.post("/api/v1/imports", data={"layer": "stations", "file": "notafile"})
    assert not typed.text.isascii()
    assert "UploadFile" not in typed.text
    broken = fresh.client.post("/api/v1/imports", content=b"x", headers={"Content-Type": "multipart/form-data"})
    assert broken.status_code in {400, 422}
    assert broken.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.csv", "passwd.csv"), ("D:\\报表\\站.xlsx", "站.xlsx"), ("/", "upload"), ("", "upload"),
        (None, "upload"), ("..", ".."), ("a\x00b\n.csv", "a b .csv"), ("\u202egnp.csv", " gnp.csv".strip()),
        ("x" * 500 + ".csv", "x" * (LONGEST_NAME - 4) + ".csv"), ("<img src=x>.csv", "<img src=x>.csv"),
    ],
)  # fmt: skip
def test_names_are_only_shown(given: str | None, shown: str) -> None:
    assert shown_name(given) == shown


@pytest.mark.parametrize(
    "given", ["../../evil.csv", "/etc/passwd", "x.csv/../../y.CSV", "..", "a.tar.sh", "D:\\a.xlsx"]
)
def test_uploads_are_kept_under_names_of_ours(given: str, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    path = spool.path(spool.keep(io.BytesIO(b"content"), given))
    assert path.parent.parent == tmp_path / "spool"
    assert path.name in {"upload", "upload.csv", "upload.xlsx"}
    assert path.read_bytes() == b"content"
    for folder in (path.parent, path.parent.parent):
        assert folder.stat().st_mode & 0o077 == 0


def test_uploads_are_deleted(fresh: Web) -> None:
    ended(fresh, send(fresh, table(fresh, (VILLAGES[4], "新站", "专用")), layer="stations"))
    ended(fresh, send(fresh, b"junk", name="junk.xlsx"))
    for _ in range(100):
        if not list(fresh.folder.glob("kepu.db-uploads/*")):
            return
        time.sleep(0.05)
    raise AssertionError


def test_an_upload_that_cannot_be_copied_leaves_nothing(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="space"):
        Spool(tmp_path / "spool").keep(Broken(), "a.csv")
    assert not list((tmp_path / "spool").iterdir())


def test_a_crash_fails_the_job_and_says_nothing(fresh: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        msg = "secret"
        raise RuntimeError(msg)

    monkeypatch.setattr(jobs, "import_file", crash)
    status = ended(fresh, send(fresh, b"a,b"))
    assert status["state"] == "failed"
    assert "secret" not in str(status)


def test_a_full_queue_asks_to_come_back(fresh: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Event()
    monkeypatch.setattr(jobs, "import_file", lambda *_, **__: gate.wait(20))
    monkeypatch.setattr(jobs, "MOST_WAITING", 2)
    answers = [send(fresh, b"a,b") for _ in range(5)]
    gate.set()
    assert answers[-1].status_code == 503
    assert answers[-1].headers["retry-after"]
    assert answers[-1].json()["type"] == "urn:kepu:problem:busy"


def test_status_has_a_tag_that_follows_the_job(fresh: Web) -> None:
    answer = send(fresh, table(fresh, (VILLAGES[4], "新站", "专用")), layer="stations")
    ended(fresh, answer)
    url = answer.json()["status_url"]
    tag = fresh.client.get(url).headers["etag"]
    assert fresh.client.get(url, headers={"If-None-Match": tag}).status_code == 304


ASKED = ("乡镇", "村", "活动站名称")


def sent(web: Web, *rows: tuple[str, ...], header: tuple[str, ...] = ASKED) -> bytes:
    return write_csv(web.folder / "upload.csv", header, rows).read_bytes()


def test_a_question_comes_with_candidates_and_its_answer_is_remembered(fresh: Web) -> None:
    content = sent(fresh, ("云岭镇", "柳数村", "甲站"))
    status = ended(fresh, send(fresh, content, layer="stations", sender="云岭镇"))
    assert status["outcome"] == "refused"
    (question,) = status["questions"]
    assert (question["kind"], question["township"], question["written"]) == ("unit", "云岭镇", "柳数村")
    assert 1 <= len(question["candidates"]) <= 5
    assert all(candidate["reason"] for candidate in question["candidates"])
    best = question["candidates"][0]["code"]
    answer = {name: question[name] for name in ("field", "township", "written")} | {"code": best}
    status = ended(fresh, send(fresh, content, layer="stations", sender="云岭镇", answers=json.dumps([answer])))
    assert (status["outcome"], status["questions"]) == ("stored", [])
    again = sent(fresh, ("云岭镇", "柳数村", "乙站"))
    assert ended(fresh, send(fresh, again, layer="stations", sender="云岭镇"))["outcome"] == "stored"
    assert ended(fresh, send(fresh, again, layer="stations", sender="别人"))["outcome"] == "refused"


def test_answers_that_do_not_fit_are_refused(fresh: Web) -> None:
    content = sent(fresh, ("云岭镇", "云岭村", "甲站"))
    for fields in ({"answers": "{}"}, {"answers": "written"}, {"answers": "[1]"}):
        answer = send(fresh, content, sender="云岭镇", **fields)
        assert (answer.status_code, answer.json()["errors"][0]["name"]) == (422, "answers")
    told = json.dumps([{"written": "某村", "township": "云岭镇", "code": VILLAGES[0]}])
    assert send(fresh, content, answers=told).status_code == 422  # from nobody
    status = ended(fresh, send(fresh, content, layer="stations", sender="云岭镇", answers=told))
    assert status["outcome"] == "stored"
    assert "answer-idle" in [fault["code"] for fault in status["faults"]]
    nowhere = json.dumps([{"written": "某村", "township": "云岭镇", "code": "123456789012"}])
    status = ended(fresh, send(fresh, content, layer="stations", sender="云岭镇", answers=nowhere))
    assert (status["state"], status["faults"][0]["code"]) == ("failed", "answers")


def test_a_column_is_asked_about_and_named_in_a_field(fresh: Web) -> None:
    header = (*ASKED, "换的日子")
    rows = [("云岭镇", "云岭村", f"{n}号栏", "2022-05-03") for n in "一二三"]
    content = sent(fresh, *rows, header=header)
    status = ended(fresh, send(fresh, content, layer="boards", dry_run="true"))
    (question,) = [asked for asked in status["questions"] if asked["kind"] == "column"]
    assert question["written"] == "换的日子"
    assert "更换日期" in [candidate["name"] for candidate in question["candidates"]]
    assert {candidate["reason"] for candidate in question["candidates"]} == {"像日期"}
    status = ended(fresh, send(fresh, content, layer="boards", column="换的日子=更换日期"))
    assert (status["outcome"], status["questions"]) == ("stored", [])
    assert status["columns"] == {"换的日子": "更换日期"}
    boards = fresh.store.layers()["boards"]
    assert (date(2022, 5, 3),) in list(boards["updates"])
    answer = send(fresh, content, layer="boards", column="换的日子")
    assert (answer.status_code, answer.json()["errors"][0]["name"]) == (422, "column")


def test_sender_day_and_scope_are_stored(fresh: Web) -> None:
    content = sent(fresh, ("云岭镇", "云岭村", "甲站"))
    fields = {"sender": "云岭镇", "received_on": "2022-10-20", "scope": "云岭镇", "complete": "true"}
    status = ended(fresh, send(fresh, content, layer="stations", **fields))
    assert status["outcome"] == "stored"
    assert (status["sender"], status["received_on"], status["scope"]) == ("云岭镇", "2022-10-20", "云岭镇")
    batch = fresh.store.batches()[-1]
    assert (batch.sender, batch.received_on) == ("云岭镇", date(2022, 10, 20))
    assert set(fresh.store.layers().complete["scope_code"]) >= {TOWN}
    nowhere = ended(fresh, send(fresh, content, layer="stations", scope="某镇", complete="true"))
    assert "scope-unknown" in [fault["code"] for fault in nowhere["faults"]]
    for day in ("2999-01-01", "昨天"):
        assert send(fresh, content, received_on=day).json()["errors"][0]["name"] == "received_on"
