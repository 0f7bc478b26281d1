"""How a dossier gets into its folder: only what changed, nothing of people's lost, the manifest last."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from geo.store import NewBatch
from geo.store.gap_tasks import take
from maps.dossier import building
from maps.dossier.archive import write_archive
from maps.dossier.building import DRAFT, MARK, build
from maps.dossier.edition import edition_of
from maps.dossier.manifest import NAME, last_day, read_manifest
from maps.dossier.pieces import Making, Piece
from maps.errors import DossierRefused
from tests.stored import fresh_store
from tests.support import WILLOW_RIVER

if TYPE_CHECKING:
    from pathlib import Path

    from maps.dossier.edition import Edition

DAY = date(2022, 10, 31)


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    store = fresh_store(tmp_path_factory.mktemp("store") / "k.db")
    found = edition_of(store, as_of=DAY)
    store.close()
    return found


def write(making: Making, text: str) -> None:
    making.target.write_text(text + "".join(path.read_text() for path in making.sources.values()))


def fill_the_disk(making: Making, text: str) -> None:
    making.target.write_text(text)
    raise OSError(28, "No space left on device")


def piece(path: str, text: str, *sources: str, make: Any = write) -> Piece:
    return Piece(path, make, {"text": text}, (text,), sources)


class Parts:
    """The pieces of the next dossier, in place of the real ones."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pieces = [piece(f"图/{name}.txt", name) for name in "甲乙"]
        self.pieces.insert(0, piece("盒/总.txt", "总", "图/甲.txt", "图/乙.txt"))
        monkeypatch.setattr(building, "_all_pieces", lambda _: self.pieces)


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Parts:
    return Parts(monkeypatch)


def test_what_is_put_together_comes_after_its_sources(edition: Edition, tmp_path: Path, parts: Parts) -> None:
    told: list[tuple[int, int]] = []
    built = build(edition, tmp_path / "d", progress=lambda done, total, _: told.append((done, total)), processes=1)
    assert (tmp_path / "d/盒/总.txt").read_text() == "总甲乙"
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert sorted(built.made) == ["图/乙.txt", "图/甲.txt", "盒/总.txt"]
    assert not (tmp_path / "d" / DRAFT).exists()


def test_several_processes_make_the_same(edition: Edition, tmp_path: Path, parts: Parts) -> None:
    one, two = (build(edition, tmp_path / str(n), processes=n) for n in (1, 2))
    assert one.manifest == two.manifest
    assert (tmp_path / "1" / NAME).read_bytes() == (tmp_path / "2" / NAME).read_bytes()


def test_only_what_changed_is_made_again(edition: Edition, tmp_path: Path, parts: Parts) -> None:
    build(edition, tmp_path, processes=1)
    assert build(edition, tmp_path, processes=1).made == ()
    parts.pieces = [piece("盒/总.txt", "总", "图/甲.txt"), piece("图/甲.txt", "甲")]
    later = replace(edition, store_digest="later")
    built = build(later, tmp_path, processes=1)
    assert (built.made, built.kept, built.removed) == (("盒/总.txt",), ("图/甲.txt",), ("图/乙.txt",))
    assert not (tmp_path / "图/乙.txt").exists()
    parts.pieces = [piece("盒/总.txt", "总", "图/甲.txt"), piece("图/甲.txt", "新")]
    assert set(build(replace(edition, store_digest="last"), tmp_path, processes=1).made) == {"盒/总.txt", "图/甲.txt"}
    assert (tmp_path / "盒/总.txt").read_text() == "总新"


def test_a_lost_file_is_made_again_though_nothing_else_changed(edition: Edition, tmp_path: Path, parts: Parts) -> None:
    build(edition, tmp_path, processes=1)
    (tmp_path / "图/甲.txt").unlink()
    assert build(edition, tmp_path, processes=1).made == ("图/甲.txt",)


def test_what_people_wrote_into_a_file_is_set_aside(edition: Edition, tmp_path: Path, parts: Parts) -> None:
    build(edition, tmp_path, processes=1)
    (tmp_path / "图/甲.txt").write_text("我写的整改措施")
    built = build(edition, tmp_path, processes=1)
    assert built.set_aside == ("图/甲（修改稿1）.txt",)
    assert (tmp_path / "图/甲（修改稿1）.txt").read_text() == "我写的整改措施"
    assert (tmp_path / "图/甲.txt").read_text() == "甲"
    (tmp_path / "图/甲.txt").write_text("又改")
    assert build(edition, tmp_path, processes=1).set_aside == ("图/甲（修改稿2）.txt",)


def test_a_folder_with_other_files_is_refused(edition: Edition, tmp_path: Path, parts: Parts) -> None:
    (tmp_path / "年终总结.docx").write_text("…")
    with pytest.raises(DossierRefused, match="别的文件"):
        build(edition, tmp_path, processes=1)
    assert [path.name for path in tmp_path.iterdir()] == ["年终总结.docx"]


def test_a_full_disk_leaves_the_old_dossier(edition: Edition, tmp_path: Path, parts: Parts) -> None:
    build(edition, tmp_path, processes=1)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    parts.pieces = [piece("图/甲.txt", "另"), piece("图/丙.txt", "丙", make=fill_the_disk)]
    with pytest.raises(OSError, match="No space"):
        build(replace(edition, store_digest="later"), tmp_path, processes=1)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_an_interrupted_one_has_no_manifest_and_is_mended(edition: Edition, tmp_path: Path, parts: Parts) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(edition, tmp_path, progress=stop, processes=1)
    assert read_manifest(tmp_path) is None
    assert not (tmp_path / "图").exists()
    (tmp_path / DRAFT / "图").mkdir(parents=True)  # what a kill leaves
    assert len(build(edition, tmp_path, processes=1).made) == 3


def test_a_manifest_of_somebody_else_is_refused(edition: Edition, tmp_path: Path, parts: Parts) -> None:
    (tmp_path / NAME).write_text(json.dumps({"name": "web app"}))
    with pytest.raises(DossierRefused, match=NAME):
        build(edition, tmp_path, processes=1)


def test_the_manifest_says_what_it_was_made_from(edition: Edition, tmp_path: Path, parts: Parts) -> None:
    build(edition, tmp_path, processes=1)
    told = json.loads((tmp_path / NAME).read_text())
    assert told["about"]["as_of"] == "2022-10-31"
    assert told["about"]["mode"] == "internal"
    assert told["about"]["plan"]["sha256"] == edition.assessment.plan.sha256
    assert set(told["files"]) == {"图/甲.txt", "图/乙.txt", "盒/总.txt"}


def test_the_next_one_is_compared_with_the_last_one(edition: Edition, tmp_path: Path, parts: Parts) -> None:
    assert last_day(tmp_path / "none", DAY) is None
    build(edition, tmp_path, processes=1)
    assert last_day(tmp_path, DAY) is None
    assert last_day(tmp_path, date(2022, 12, 31)) == DAY
    earlier = date(2022, 6, 30), edition.layers
    compared = replace(edition, before=(replace(edition.assessment, as_of=earlier[0]), earlier[1]))
    build(compared, tmp_path, processes=1)
    assert last_day(tmp_path, DAY) == earlier[0]  # made again, it is compared as before


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"public": True}, "审图号"),
        ({"public": True, "review_number": "X", "entered_by": ""}, "填写人"),
        ({"review_number": "X"}, "公开版"),
        ({"paper": "A0"}, "A3"),
        ({"before": DAY}, "早于"),
    ],
)
def test_what_no_edition_can_be_is_refused(tmp_path: Path, terms: dict[str, Any], told: str) -> None:
    store = fresh_store(tmp_path / "k.db")
    with pytest.raises(DossierRefused, match=told):
        edition_of(store, as_of=DAY, **terms)
    store.close()


def test_pieces_that_wait_for_each_other_are_a_mistake(edition: Edition, tmp_path: Path, parts: Parts) -> None:
    parts.pieces = [piece("a", "a", "b"), piece("b", "b", "a")]
    with pytest.raises(ValueError, match="wait"):
        build(edition, tmp_path, processes=1)


def test_the_archive_holds_all_files_and_is_the_same_each_time(edition: Edition, tmp_path: Path, parts: Parts) -> None:
    for name in ("one", "two"):
        build(edition, tmp_path / name, processes=1)
        write_archive(tmp_path / name, tmp_path / f"{name}.zip", DAY)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert sorted(archive.namelist()) == sorted([NAME, "图/甲.txt", "图/乙.txt", "盒/总.txt"])
        assert MARK not in archive.namelist()


def test_the_store_s_digest_goes_with_what_it_tells_alone(tmp_path: Path, backend: str) -> None:
    """Reading, logging in and taking a gap on are no data; a report is, from the day on which it was recorded."""
    store = fresh_store(tmp_path / "k.db")

    def digest(known_on: date | None = None) -> str:
        return edition_of(store, as_of=DAY, known_on=known_on).store_digest

    first = digest()
    with store.writing() as open_:
        take(open_, "1.village.station", WILLOW_RIVER, who="甲", due_on=date(2099, 1, 1))
    assert digest() == first
    source = {"file": "a.xlsx", "sheet": None, "row": 2}
    none = [{"layer": "stations", "unit_code": WILLOW_RIVER, **source}]
    store.write(NewBatch("a.xlsx", "0", "stations", received_on=DAY, records={}, none=none))
    assert digest() != first
    assert digest(known_on=date.today()) == digest()
    store.close()


@pytest.mark.parametrize("path", ["../甲.txt", "/tmp/甲.txt", "图/../../甲.txt", "图\\甲.txt", "c:甲.txt"])
def test_a_manifest_that_reaches_out_of_its_folder_is_refused(
    edition: Edition, tmp_path: Path, parts: Parts, path: str
) -> None:
    build(edition, tmp_path / "d", processes=1)
    told = json.loads((tmp_path / "d" / NAME).read_text())
    told["files"][path] = told["files"]["图/甲.txt"]
    (tmp_path / "d" / NAME).write_text(json.dumps({**told, "edition": "older"}))
    (tmp_path / "甲.txt").write_text("甲")
    with pytest.raises(DossierRefused, match="已损坏"):
        build(edition, tmp_path / "d", processes=1)
    assert (tmp_path / "甲.txt").read_text() == "甲"


def test_a_folder_that_is_a_link_is_refused_and_the_old_manifest_stays(
    edition: Edition, tmp_path: Path, parts: Parts
) -> None:
    build(edition, tmp_path / "d", processes=1)
    (tmp_path / "d/图").rename(tmp_path / "别处")
    (tmp_path / "d/图").symlink_to(tmp_path / "别处", target_is_directory=True)
    parts.pieces[1] = piece("图/甲.txt", "新")
    with pytest.raises(DossierRefused, match="链接"):
        build(replace(edition, paper="A4"), tmp_path / "d", processes=1)
    assert (tmp_path / "别处/甲.txt").read_text() == "甲"
    assert (tmp_path / "d" / NAME).is_file()


def test_links_empty_folders_and_a_folder_in_a_files_place_stay_peoples(
    edition: Edition, tmp_path: Path, parts: Parts
) -> None:
    folder = tmp_path / "d"
    build(edition, folder, processes=1)
    (tmp_path / "空").mkdir()
    (folder / "链").symlink_to(tmp_path / "空", target_is_directory=True)
    (folder / "放这里").mkdir()
    (folder / "图/甲.txt").unlink()
    (folder / "图/甲.txt").mkdir()
    built = build(edition, folder, processes=1)
    assert built.set_aside == ("图/甲（修改稿1）.txt",)
    assert (folder / "链").is_symlink()
    assert (folder / "放这里").is_dir()


def test_after_an_interrupted_move_nothing_is_taken_for_peoples_work(
    edition: Edition, tmp_path: Path, parts: Parts
) -> None:
    build(edition, tmp_path / "d", processes=1)
    (tmp_path / "d" / NAME).unlink()
    assert build(edition, tmp_path / "d", processes=1).set_aside == ()


def test_two_at_once_in_one_folder_are_refused(edition: Edition, tmp_path: Path, parts: Parts) -> None:
    def again(*_: object) -> None:
        build(edition, tmp_path / "d", processes=1)

    with pytest.raises(DossierRefused, match="另一个程序"):
        build(edition, tmp_path / "d", progress=again, processes=1)
    assert len(build(edition, tmp_path / "d", processes=1).made) == 3


_POOL = """
import os, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from maps.dossier.building import _hold
if __name__ == "__main__":
    pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_hold, initargs=(None,))
    print(pool.submit(os.getpid).result(), flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="asks for processes the POSIX way")
def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "pool.py").write_text(_POOL)
    with subprocess.Popen([sys.executable, tmp_path / "pool.py"], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.kill()
    for _ in range(100):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("the worker goes on")
