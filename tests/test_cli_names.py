"""Names that are no UTF-8 and numbers that no database holds: stored as text people can read, or one clear line."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from api.cli.app import readable
from tests.command_line import kepu
from tests.stored import fresh_store
from tests.writing import csv_text

if TYPE_CHECKING:
    from pathlib import Path

    from geo.store import Store

ROWS: list[list[Any]] = [["乡镇", "村", "活动站名称"], ["河口街道", "柳树村", "柳树站"]]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county, without facilities."""
    return fresh_store(tmp_path / "k.db")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b"a\xff.csv", "a\ufffd.csv"),
        ("河口街道.csv".encode("gb18030"), "河口街道.csv"),  # out of an archive of an older Windows
        ("河口街道.csv".encode(), "河口街道.csv"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux alone")
def test_file_names_of_any_bytes(store: Store, tmp_path: Path, written: bytes, shown: str) -> None:
    folder = tmp_path / "报表"
    folder.mkdir()
    path = folder / os.fsdecode(written)
    path.write_text(csv_text(ROWS), encoding="utf-8")
    report = tmp_path / "问题.json"
    done = kepu("import", "stations", path, "--report", report, "--store", store.url)
    assert (done.code, done.err) == (0, "")
    assert shown in done.out
    assert shown in report.read_text(encoding="utf-8")
    assert [batch.file for batch in store.batches()] == [shown]
    again = kepu("import", "stations", folder, "--received-on", "2022-03-01", "--store", store.url)
    assert (again.code, [batch.file for batch in store.batches()]) == (0, [shown, shown])


def test_a_sender_of_any_bytes(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(csv_text(ROWS), encoding="utf-8")
    done = kepu("import", "stations", path, "--sender", "河口\udcff", "--store", store.url)
    assert done.code == 0, done.err
    assert [batch.sender for batch in store.batches()] == ["河口\ufffd"]


def test_readable_text_stays_as_it_is() -> None:
    for text in ("", "河口街道.csv", "a b\u3000.xlsx", "😀.csv"):
        assert readable(text) == text


@pytest.mark.parametrize("number", ["99999999999999999999", "9223372036854775807", "2147483648", "0", "7"])
def test_undo_of_a_batch_that_cannot_be(store: Store, number: str) -> None:
    done = kepu("undo", number, "--store", store.url)
    assert (done.code, done.lines) == (2, [f"错误：没有可撤销的第{number}批"])
