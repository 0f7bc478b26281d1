"""A file of more rows than any county has is refused before they become records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from geo.errors import UnreadableFile
from geo.files import opening
from geo.files.opening import read_file
from tests.writing import write_csv

if TYPE_CHECKING:
    from pathlib import Path

HEADER, ROW, BLANK = ("乡镇", "村", "活动站名称"), ("云岭镇", "云岭村", "站"), ("", "", "")


def test_too_many_rows_are_refused_and_blank_ones_dont_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MOST_ROWS", 20_000)
    path = write_csv(tmp_path / "a.csv", [HEADER, *[ROW] * 20_000, *[BLANK] * 100])
    assert sum(1 for _ in read_file(path)[0].rows()) == 20_000
    write_csv(path, [HEADER, *[ROW] * 20_001])
    with pytest.raises(UnreadableFile) as caught:
        read_file(path)
    (fault,) = caught.value.faults
    assert (fault.code, fault.message) == ("file-rows", "数据超过2万行")
