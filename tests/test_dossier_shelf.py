"""Dossiers that are kept: one at a time, stopped, given up for dead, begun with the newest one's files; their page."""

from __future__ import annotations

import json
import os
import time
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from maps.dossier import building, shelf
from maps.dossier.locks import locked
from maps.dossier.manifest import NAME, read_manifest
from maps.dossier.pieces import Making, Piece
from maps.dossier.shelf import FILES, ORDER, STATE, STOP, DossierOrder, Shelf, make, shelf_beside, tell
from maps.dossier.verifying import verify
from maps.errors import DossierBusy, DossierRefused, UnknownDossier
from tests.stored import fresh_store
from tests.support import TOWN
from tests.web_client import build

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web_client import Web

ORDERED = DossierOrder("2022-10-31", by="甲")


def write(making: Making, text: str) -> None:
    making.target.write_text(text)


def fail(making: Making, text: str) -> None:
    raise OSError(28, "No space left on device", text)


class Kept:
    """A shelf whose makers are called by the test."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.url = f"sqlite:///{folder / 'k.db'}"
        fresh_store(folder / "k.db").close()
        self.shelf = Shelf(folder / "shelf", self.url)
        self.started: list[list[str]] = []
        self.pieces = [Piece("图/甲.txt", write, "甲", ("甲",)), Piece("图/乙.txt", write, "乙", ("乙",))]
        monkeypatch.setattr(building, "_all_pieces", lambda _: self.pieces)
        monkeypatch.setattr("maps.dossier.shelf.subprocess.Popen", self.start)
        whole = building.build
        monkeypatch.setattr(building, "build", lambda *args, **more: whole(*args, **more, processes=1))

    def start(self, command: list[str], **_: Any) -> Any:
        self.started.append(command)

        class Maker:
            def wait(self) -> int:
                return 0

        return Maker()

    def made(self, order: DossierOrder = ORDERED) -> shelf.Dossier:
        found = self.shelf.order(order)
        make(found.folder, self.url)
        return self.shelf.get(found.id)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    return Kept(tmp_path, monkeypatch)


def test_an_ordered_dossier_becomes_a_zip(kept: Kept) -> None:
    found = kept.made()
    assert (found.progress.state, found.progress.made, found.progress.kept) == ("done", 2, 0)
    assert found.progress.size == found.archive.stat().st_size
    with zipfile.ZipFile(found.archive) as archive:
        assert sorted(archive.namelist()) == sorted([NAME, "图/乙.txt", "图/甲.txt"])
    assert kept.started[0][1:] == ["-m", "maps.dossier.maker", str(found.folder)]


def test_the_next_one_begins_with_the_files_of_the_newest(kept: Kept) -> None:
    first = kept.made()
    kept.pieces[1] = Piece("图/乙.txt", write, "新", ("新",))
    fresh = kept.made(DossierOrder("2022-10-30", by="乙"))
    assert (fresh.progress.made, fresh.progress.kept) == (1, 1)
    assert (first.folder / FILES / "图/乙.txt").read_text() == "乙"  # the older one keeps its own
    assert (fresh.folder / FILES / "图/乙.txt").read_text() == "新"
    assert [each.id for each in kept.shelf.listed()] == [fresh.id, first.id]
    assert kept.made(DossierOrder("2022-10-31", township=TOWN)).progress.made == 2  # of another scope


def test_only_one_is_made_at_a_time(kept: Kept) -> None:
    running = kept.shelf.order(ORDERED)
    with pytest.raises(DossierBusy) as refused:
        kept.shelf.order(ORDERED)
    assert refused.value.number == running.id
    with pytest.raises(DossierBusy):
        kept.shelf.remove(running.id)
    assert len(kept.started) == 1


def test_one_that_is_told_to_stop_says_so(kept: Kept) -> None:
    running = kept.shelf.order(ORDERED)
    kept.shelf.stop(running.id)
    make(running.folder, kept.url)
    found = kept.shelf.get(running.id)
    assert found.progress.state == "cancelled"
    assert not (found.folder / FILES / NAME).exists()
    kept.shelf.stop(running.id)  # over already
    kept.shelf.remove(running.id)
    with pytest.raises(UnknownDossier):
        kept.shelf.get(running.id)


def test_one_whose_maker_is_silent_is_given_up(kept: Kept) -> None:
    running = kept.shelf.order(ORDERED)
    os.utime(running.folder / STATE, (time.time() - 100,) * 2)
    found = kept.shelf.get(running.id)
    assert (found.progress.state, "中断" in found.progress.fault) == ("failed", True)
    kept.shelf.order(ORDERED)  # the next may begin


def test_a_full_disk_is_told_in_a_line(kept: Kept) -> None:
    kept.pieces[0] = Piece("图/甲.txt", fail, "甲", ("甲",))
    found = kept.made()
    assert found.progress.state == "failed"
    assert "磁盘空间" in found.progress.fault
    assert not found.archive.exists()


def test_what_nobody_foresaw_is_told_too(kept: Kept) -> None:
    kept.pieces[0] = Piece("图/甲.txt", write, "甲", (b"",))
    running = kept.shelf.order(ORDERED)
    with pytest.raises(TypeError):
        make(running.folder, kept.url)
    assert "maker.log" in kept.shelf.get(running.id).progress.fault


@pytest.mark.parametrize("number", ["..", "../k.db", "x/y", "", "2022"])
def test_numbers_that_there_are_not(kept: Kept, number: str) -> None:
    with pytest.raises(UnknownDossier):
        kept.shelf.get(number)


def test_a_bad_order_leaves_nothing_behind(kept: Kept) -> None:
    with pytest.raises(DossierRefused):
        kept.shelf.order(DossierOrder("2022-10-31", public=True))
    assert (kept.shelf.listed(), kept.started) == ([], [])


def test_a_progress_that_cannot_be_read(kept: Kept) -> None:
    running = kept.shelf.order(ORDERED)
    (running.folder / STATE).write_text("{")
    assert kept.shelf.get(running.id).progress.state == "failed"


@pytest.mark.slow
def test_the_real_maker_makes_a_dossier_that_proves_itself(tmp_path: Path) -> None:
    """In a process of its own, as from the page; fetched as a ZIP, unpacked elsewhere, held against its own data."""
    store = build(tmp_path)
    kept = Shelf(tmp_path / "shelf", store.url)
    ordered = kept.order(DossierOrder("2022-10-31", township=TOWN))
    deadline = time.monotonic() + 300
    while not (found := kept.get(ordered.id)).is_over and time.monotonic() < deadline:
        time.sleep(0.2)
    assert (found.progress.state, found.progress.fault) == ("done", "")
    with zipfile.ZipFile(found.archive) as archive:
        archive.extractall(tmp_path / "unpacked")
    manifest = read_manifest(tmp_path / "unpacked")
    assert manifest is not None
    assert manifest.about["township"] == TOWN
    assert verify(tmp_path / "unpacked") == []


# ── the page ─────────────────────────────────────────────────────────────────


@pytest.fixture
def page(fresh: Web, monkeypatch: pytest.MonkeyPatch) -> Web:
    """The county's pages; a maker that is ordered does nothing."""

    class Maker:
        def wait(self) -> int:
            return 0

    monkeypatch.setattr("maps.dossier.shelf.subprocess.Popen", lambda *_, **__: Maker())
    return fresh


def order(page: Web, **told: str) -> Any:
    return page.client.post("/dossier", data={"as_of": "2022-10-31", **told}, follow_redirects=False)


def test_ordering_and_watching(page: Web) -> None:
    assert "还没有做过" in page.client.get("/dossier").text
    assert order(page).headers["location"] == "/dossier"
    kept = Shelf(shelf_beside(page.store.url), page.store.url)
    (running,) = kept.listed()
    part = page.client.get(f"/dossier/{running.id}/progress")
    assert "正在读取数据" in part.text
    tell(running.folder, shelf.Progress(done=3, total=9, path="图/甲.pdf"))
    assert "已完成 3/9 个文件" in page.client.get("/dossier").text
    assert order(page).status_code == 409
    assert page.client.get(f"/dossier/{running.id}.zip").status_code == 404
    page.client.post(f"/dossier/{running.id}/stop")
    assert (running.folder / STOP).exists()
    assert "正在停止" in page.client.get("/dossier").text
    tell(running.folder, shelf.Progress("done", made=9, size=5 << 20))
    running.archive.write_bytes(b"PK")
    assert page.client.get(f"/dossier/{running.id}/progress").headers["HX-Refresh"] == "true"
    assert "下载（5.0 MB）" in page.client.get("/dossier").text
    fetched = page.client.get(f"/dossier/{running.id}.zip")
    assert (fetched.content, fetched.headers["content-type"]) == (b"PK", "application/zip")
    assert "2022-10-31.zip" in fetched.headers["content-disposition"]
    page.client.post(f"/dossier/{running.id}/remove")
    assert not kept.listed()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"public": "true"}, "程序不代填"),
        ({"review_number": "新S(2022)001"}, "只用于公开版"),
        ({"before": "2022-11-01"}, "早于"),
        ({"as_of": "2022-13-01"}, "2022-10-31"),
        ({"as_of": "0001-01-01"}, "2022-10-31"),
        ({"township": "<script>"}, "script"),
        ({"paper": "A0"}, "A3"),
    ],
)
def test_orders_that_are_refused_keep_what_was_typed(page: Web, told: dict[str, str], words: str) -> None:
    answer = order(page, entered_by="", **told)
    assert answer.status_code in (404, 422)
    assert words in answer.text
    assert "<script>" not in answer.text
    if "review_number" in told:
        assert 'value="新S(2022)001"' in answer.text
    assert not Shelf(shelf_beside(page.store.url), page.store.url).listed()


def test_a_public_one_says_what_people_entered(page: Web) -> None:
    order(page, public="true", review_number=" 新S(2022)001\n", entered_by="李<b>")
    (found,) = Shelf(shelf_beside(page.store.url), page.store.url).listed()
    told = json.loads((found.folder / ORDER).read_text())
    assert (told["review_number"], told["entered_by"], told["public"]) == ("新S(2022)001", "李<b>", True)


def test_an_order_waits_for_one_that_is_just_being_given(kept: Kept) -> None:
    kept.made()
    with locked(kept.shelf._folder / shelf.ORDERING), pytest.raises(DossierBusy, match="再试"):
        kept.made()
    assert len(kept.shelf.listed()) == 1
