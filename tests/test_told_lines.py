"""In text, names that were read otherwise than written are one line a file and kind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from geo.faults import Fault
from geo.intake.told_lines import told_lines
from tests.command_line import kepu
from tests.stored import fresh_store
from tests.writing import write_book

if TYPE_CHECKING:
    from pathlib import Path


def repaired(row: int, how: str = "少写了“村”", file: str = "a.xlsx", value: str = "云岭") -> Fault:
    return Fault(
        "note", "name-repaired", file, f"按云岭镇云岭村读取（{how}）；第9行如此", row=row, column="村", value=value
    )


def test_repaired_names_fold_by_file_and_kind() -> None:
    faults = [repaired(row, value=f"村{row}") for row in (5, 4, 3, 2)] + [
        repaired(6, "繁体"),
        repaired(2, file="b.xlsx"),
    ]
    faults.append(Fault("warning", "date-future", "a.xlsx", "日期在报送日之后", row=4))
    lines = told_lines(faults)
    assert len(lines) == 4
    (folded,) = [line for line in lines if "4处" in line]
    assert folded.startswith("说明：a.xlsx：4处名称")
    assert "少写了“村”" in folded
    assert "第2行“村2”、第3行“村3”、第4行“村4”" in folded
    assert "村5" not in folded


def test_the_text_folds_them_and_json_keeps_all(tmp_path: Path) -> None:
    store = tmp_path / "k.db"
    fresh_store(store).close()
    rows = [("白石乡", "石门", "甲站"), ("白石乡", "上坪", "乙站")]
    write_book(tmp_path / "a.xlsx", [("乡镇", "村", "活动站名称"), *rows])
    said = {}
    for suffix in ("txt", "json"):
        options = ("--dry-run", "--report", str(tmp_path / f"r.{suffix}"), "--store", f"sqlite:///{store.as_posix()}")
        kepu("import", "stations", str(tmp_path / "a.xlsx"), *options)
        said[suffix] = (tmp_path / f"r.{suffix}").read_text(encoding="utf-8-sig")
    faults = json.loads(said["json"])["files"][0]["faults"]
    assert len([fault for fault in faults if fault["code"] == "name-repaired"]) == 2
    assert len([line for line in said["txt"].splitlines() if "2处名称不是规范写法" in line]) == 1
    assert "按白石乡" not in said["txt"]
