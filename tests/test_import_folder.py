"""`kepu import` of a whole folder: every file that can be read, one bad one doesn't stop the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.command_line import kepu
from tests.stored import fresh_store, store_url
from tests.writing import write_book

if TYPE_CHECKING:
    from pathlib import Path

HEADER: list[Any] = ["乡镇", "村", "活动站名称", "面积"]
WILLOW: list[Any] = ["河口街道", "柳树村"]


def folder_of(where: Path) -> Path:
    """A folder with two lists, a bad one, what an office program leaves behind, and a sub-folder."""
    folder = where / "报送"
    (folder / "补报").mkdir(parents=True)
    write_book(folder / "a.xlsx", [HEADER, [*WILLOW, "甲站", 60]])
    write_book(folder / "b.xlsx", [HEADER, [*WILLOW, "乙站", "很大"]])
    write_book(folder / "补报" / "c.xlsx", [HEADER, ["云岭镇", "云岭村", "丙站", 70]])
    (folder / "~$a.xlsx").write_bytes(b"lock")
    (folder / "说明.docx").write_bytes(b"PK")
    return folder


def test_every_file_of_a_folder_is_imported(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    fresh_store(tmp_path / "k.db").close()
    done = kepu("import", "stations", folder, "--store", store_url(tmp_path / "k.db"))
    assert done.code == 2
    assert "b.xlsx：未导入，1行中有错误1" in done.out.splitlines()
    lines = [line.split("，")[0] for line in done.out.splitlines()]
    assert lines == ["a.xlsx：已导入", "b.xlsx：未导入", "补报/c.xlsx：已导入"]
    assert "b.xlsx" in done.err
    assert "第2行" in done.err


def test_a_manifest_tells_the_options(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    told = '[[files]]\nfile = "补报/c.xlsx"\nlayer = "stations"\nsender = "云岭镇"\ncomplete = true\n'
    (folder / "manifest.toml").write_text(told, encoding="utf-8")
    store = fresh_store(tmp_path / "k.db")
    assert kepu("import", "auto", folder, "--store", store_url(tmp_path / "k.db")).code == 0
    (batch,) = store.batches()
    assert (batch.file, batch.sender) == ("补报/c.xlsx", "云岭镇")
    assert len(store.layers().complete) == 1


def test_an_empty_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    fresh_store(tmp_path / "k.db").close()
    done = kepu("import", "auto", tmp_path / "空", "--store", store_url(tmp_path / "k.db"))
    assert done.code == 2
    assert "没有可以导入的文件" in done.err
