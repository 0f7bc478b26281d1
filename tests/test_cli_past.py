"""`kepu history UNIT`, `kepu diff`, `kepu backup` and `kepu restore` as from a shell."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.command_line import Done, kepu
from tests.stored import contents, fresh_store, store_url
from tests.support import WILLOW_RIVER, WILLOW_TOWN
from tests.writing import write_book

if TYPE_CHECKING:
    from pathlib import Path

    from geo.store import Store

HEADER: list[Any] = ["编号", "乡镇", "村", "活动站名称", "共用单位", "建成日期", "责任人"]
STATIONS: list[list[Any]] = [
    HEADER,
    ["ZD-1", "河口街道", "柳树村", "柳树站", "河口社区", "2022-08-01", "某人甲"],
    ["ZD-2", "云岭镇", "云岭村", "云岭站", "", "2020-01-01", "某人乙"],
    ["", "云岭镇", "柳树村", "无", "", "", ""],
]
DAYS = ("2022-06-30", "2022-10-31")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with a list of stations that was imported, undone, and imported again."""
    made = fresh_store(tmp_path / "k.db")
    path = write_book(tmp_path / "站.xlsx", STATIONS)
    for arguments in (("import", "stations", path), ("undo", "1"), ("import", "stations", path, "--complete")):
        done = kepu(*arguments, "--store", made.url)
        assert done.code in (0, 1), done.err
    return made


def run(store: Store, *arguments: str | Path, code: int = 0, columns: int | None = 200) -> Done:
    done = kepu(*arguments, "--store", store.url, columns=columns)
    assert done.code == code, (done.out, done.err)
    return done


# ── history of a unit ────────────────────────────────────────────────────────


def told(store: Store, unit: str) -> list[list[str]]:
    """The table's rows, split at wide gaps."""
    lines = run(store, "history", unit).out.splitlines()
    return [re.split(r"\s{2,}", line.strip()) for line in lines if re.match(r"\s*\d+ ", line)]


@pytest.mark.parametrize("unit", [WILLOW_RIVER, "河口街道柳树村", "河口街道 柳树村"])
def test_history_of_a_unit_newest_first(store: Store, unit: str) -> None:
    rows = told(store, unit)
    assert [(row[0], row[-1]) for row in rows] == [("3", "有效"), ("3", "有效"), ("1", "已由第2批撤销")]
    assert "完整清单" in rows[0]
    assert rows[1][1:5] == ["科普活动站（室）", "柳树站", "记录", "站.xlsx Sheet1 第2行"]
    assert "某人" not in run(store, "history", unit).out


def test_history_tells_of_none_of_other_units_and_of_facilities(store: Store) -> None:
    assert any("上报为无" in row for row in told(store, WILLOW_TOWN))
    assert any("别处服务到本单位" in row for row in told(store, "河口社区"))
    assert [row[2] for row in told(store, "ZD-2")] == ["云岭站", "云岭站"]


def test_history_asks_which_unit_is_meant(store: Store) -> None:
    (line,) = run(store, "history", "柳树村", code=2).lines
    assert WILLOW_RIVER in line
    assert WILLOW_TOWN in line
    (line,) = run(store, "history", "某某村", code=2).lines
    assert "没有单位“某某村”" in line
    for odd in ("", "%", "999999999999", "\udcff\udcfe", "柳树\n错误：x"):
        (line,) = run(store, "history", odd, code=2).lines
        assert "没有单位" in line
    assert "第99批" in run(store, "history", "99", code=2).lines[0]
    assert "撤销" in run(store, "history", "1").out


# ── diff ─────────────────────────────────────────────────────────────────────


def test_diff_as_table_json_and_csv(store: Store, tmp_path: Path) -> None:
    for columns in (80, 120, 200):
        shown = run(store, "diff", *DAYS, columns=columns).out
        assert "1.village.station" in shown
        assert "变好" in shown.splitlines()[-1]
    whole = re.sub(r"\s+", " ", run(store, "diff", *DAYS, "--rule", "1.village.station").out)
    assert "柳树村" in whole
    assert "新增 站.xlsx Sheet1 第2行 （第3批）" in whole
    found = json.loads(run(store, "diff", *DAYS, "--format", "json").raw)
    assert (found["before"], found["after"]) == DAYS
    changes = {c["unit_code"]: c for t in found["tasks"] for r in t["rules"] for c in r["changes"]}
    assert changes[WILLOW_RIVER]["after"] == "met"
    assert changes[WILLOW_RIVER]["evidence"]["added"][0]["row"] == 2
    run(store, "diff", *DAYS, "-o", tmp_path / "变化.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "变化.csv").read_text(encoding="utf-8-sig"))))
    assert (tmp_path / "变化.csv").read_bytes() == run(store, "diff", *DAYS, "--format", "csv").raw
    assert WILLOW_RIVER in {row["单位代码"] for row in rows if row["变化"] == "变好"}


def test_diff_of_a_township_and_of_days_without_change(store: Store) -> None:
    assert "没有单位变化" in run(store, "diff", *DAYS, "--township", "云岭镇", "--rule", "1.village.station").out
    assert "没有单位变化" in run(store, "diff", "2022-08-02", "2022-08-03", "--rule", "1.village.station").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("2022-10-31", "2022-06-30"), "早于"), (("2022-10-31", "2022-10-31"), "早于"),
        (("2022-13-01", "2022-10-31"), "DATE"),
        (("2022-10-31",), "DATE"), ((*DAYS, "--rule", "9.no"), "9.no"), ((*DAYS, "--township", "某镇"), "某镇"),
        ((*DAYS, "-o", "x.txt"), "表格只显示在屏幕上"),
    ],
)  # fmt: skip
def test_diff_refuses(store: Store, arguments: tuple[str, ...], told: str) -> None:
    (line,) = run(store, "diff", *arguments, code=2).lines
    assert told in line


# ── backup, restore ──────────────────────────────────────────────────────────


def test_backup_and_restore(store: Store, tmp_path: Path) -> None:
    done = run(store, "backup", tmp_path / "备份.db")
    assert "3批" in done.out
    assert "保管" in done.err
    (line,) = run(store, "backup", tmp_path / "备份.db", code=2).lines
    assert line.startswith("错误：备份.db 已存在")
    run(store, "backup", tmp_path / "备份.db", "--force")
    before = contents(store)
    run(store, "undo", "3")
    done = run(store, "restore", tmp_path / "备份.db")
    (kept,) = tmp_path.glob("k.2*.db")
    assert str(kept) in done.out
    # the store's own mark, and that it was restored
    marks = re.compile(r"'[0-9a-f]{32}'\);|^INSERT INTO \"audit\" VALUES\(.*,'restore',.*\n", re.MULTILINE)
    restored = contents(store)
    assert restored != before
    assert marks.sub("", restored) == marks.sub("", before)
    assert kepu("check", "--store", store_url(kept)).code == 0
    for arguments in (
        ("restore", tmp_path / "站.xlsx"),
        ("restore", tmp_path / "无.db"),
        ("backup", tmp_path / "无" / "b.db"),
    ):
        (line,) = run(store, *arguments, code=2).lines
        assert line.startswith("错误：")
