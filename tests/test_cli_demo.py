"""`kepu demo`: what it leaves in its folder, and that it overwrites nothing but an older demo."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from api.cli import setting_up
from geo.store import Store
from tests.command_line import Done, kepu
from tests.stored import contents, store_url
from tests.support import AS_OF, COUNTY
from tests.writing import write_book, write_csv

if TYPE_CHECKING:
    from pathlib import Path

WHERE: list[Any] = ["乡镇", "村"]
WILLOW: list[Any] = ["河口街道", "柳树村"]
STATIONS: list[list[Any]] = [
    [*WHERE, "活动站名称", "设备"],
    [*WILLOW, "柳树站", "投影仪"],
    ["云岭镇", "云岭村", "云岭站", "有"],
]


@pytest.fixture
def small_place(tmp_path: Path) -> Path:
    """The county with a folder of two submissions, one of them faulty."""
    place = tmp_path / "place"
    shutil.copytree(COUNTY, place)
    folder = place / "submissions"
    folder.mkdir(exist_ok=True)
    write_book(folder / "a.xlsx", STATIONS)
    write_csv(folder / "b.csv", [[*WHERE, "宣传栏名称", "更换日期"], [*WILLOW, "栏", "2022.13"]])
    text = '[[files]]\nfile = "a.xlsx"\nlayer = "stations"\n[[files]]\nfile = "b.csv"\nlayer = "boards"\n'
    (folder / "manifest.toml").write_text(text, encoding="utf-8")
    return place


def test_demo_of_a_place(small_place: Path, tmp_path: Path) -> None:
    out = tmp_path / "结 果"
    done = kepu("demo", "--place", small_place, "--out", out)
    assert done.code == 2
    assert "没有13月" in done.err
    assert sorted(file.name for file in out.iterdir()) == ["assessment.json", "gaps.csv", "kepu.db", "map.html"]
    assert json.loads((out / "assessment.json").read_bytes())["as_of"] == AS_OF.isoformat()
    shutil.copy(small_place / "submissions" / "a.xlsx", small_place / "submissions" / "b.xlsx")
    text = '[[files]]\nfile = "a.xlsx"\nlayer = "stations"\n'
    (small_place / "submissions" / "manifest.toml").write_text(text, encoding="utf-8")
    again = kepu("demo", "--place", small_place, "--out", out)
    assert again.code == 0
    assert "导入" not in again.out.splitlines()[-1]
    assert "1 份报表" in again.out


def test_the_demo_gives_the_same_bytes_each_time(small_place: Path, tmp_path: Path) -> None:
    for name in ("一", "二"):
        kepu("demo", "--place", small_place, "--out", tmp_path / name)
    for file in ("assessment.json", "gaps.csv", "map.html"):
        assert (tmp_path / "一" / file).read_bytes() == (tmp_path / "二" / file).read_bytes(), file


def test_progress_goes_to_stderr(small_place: Path, tmp_path: Path) -> None:
    done = kepu("demo", "--place", small_place, "--out", tmp_path / "out")
    assert "导入演示报表" in done.err
    assert "导入演示报表" not in done.out


def demo(place: Path, out: Path) -> Done:
    return kepu("demo", "--place", place, "--out", out)


def own_import(store: Store, folder: Path) -> None:
    own = write_book(folder / "自己的.xlsx", [STATIONS[0], [*WILLOW, "自己的站", "有"]])
    assert kepu("import", "stations", own, "--store", store.url).code == 0


@pytest.fixture
def made(small_place: Path, tmp_path: Path) -> Store:
    """The store of a demo that ran."""
    demo(small_place, tmp_path / "out")
    return Store.open(store_url(tmp_path / "out" / "kepu.db"))


def refused(made: Store, place: Path, tmp_path: Path) -> str:
    """Run the demo again: it must be refused in one line and leave the store as it was."""
    before = contents(made)
    done = demo(place, tmp_path / "out")
    assert (done.code, len(done.lines)) == (2, 1), done.err
    assert contents(made) == before
    assert not [file for file in (tmp_path / "out").iterdir() if file.name.startswith(".")]
    return done.lines[0]


def test_a_demo_is_made_again_over_an_older_one(made: Store, small_place: Path, tmp_path: Path) -> None:
    before = made.version()
    assert "有演示以外" not in demo(small_place, tmp_path / "out").err
    assert made.version() != before
    assert len(made.batches()) == 1


def test_own_imports_are_never_overwritten(made: Store, small_place: Path, tmp_path: Path) -> None:
    own_import(made, tmp_path)
    told = refused(made, small_place, tmp_path)
    assert "第2批" in told
    assert "--out" in told


def test_an_own_file_of_a_demo_file_s_name_is_not_the_demo_s(made: Store, small_place: Path, tmp_path: Path) -> None:
    own = write_book(tmp_path / "a.xlsx", [STATIONS[0], [*WILLOW, "自己的站", "有"]])
    assert kepu("import", "stations", own, "--sender", "河口街道", "--store", made.url).code == 0
    refused(made, small_place, tmp_path)


def test_what_was_undone_stays_undone(made: Store, small_place: Path, tmp_path: Path) -> None:
    made.undo(1)
    assert "第2批" in refused(made, small_place, tmp_path)


def test_the_demo_of_another_place_stays(made: Store, small_place: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "out" / "kepu.db")) as connection:
        connection.execute("UPDATE place SET code = '990102'")
        connection.commit()
    assert "另一个地区" in refused(made, small_place, tmp_path)


def test_an_import_while_the_demo_runs_is_not_lost(
    made: Store, small_place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = setting_up._create

    def late(*arguments: Any) -> Store:
        own_import(made, tmp_path)
        return original(*arguments)

    monkeypatch.setattr(setting_up, "_create", late)
    assert demo(small_place, tmp_path / "out").code == 2
    assert [batch.file for batch in made.batches()] == ["a.xlsx", "自己的.xlsx"]


def test_other_databases_are_never_overwritten(small_place: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "kepu.db").write_bytes(b"somebody's notes")
    done = demo(small_place, out)
    assert (done.code, len(done.lines)) == (2, 1)
    assert "--out" in done.err
    assert (out / "kepu.db").read_bytes() == b"somebody's notes"


def test_a_demo_that_fails_leaves_the_older_one(
    made: Store, small_place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    before = contents(made)
    monkeypatch.setattr("geo.intake.submissions.import_submissions", fail)
    assert demo(small_place, tmp_path / "out").code == 2
    assert contents(made) == before
    assert "kepu.db" in {file.name for file in (tmp_path / "out").iterdir()}
    assert not [file for file in (tmp_path / "out").iterdir() if file.name.startswith(".")]
