"""Proving a dossier: what was changed after it was made comes to light, though the manifest were made to agree."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from maps.dossier import building
from maps.dossier.building import build
from maps.dossier.gis import PACKAGE
from maps.dossier.manifest import NAME, digest_of
from maps.dossier.verifying import verify
from maps.errors import DossierRefused
from tests.dossiers import county_edition, demo_edition, judged, odd_edition
from tests.support import AS_OF, RIVER, layers_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from maps.dossier.edition import Edition

PUBLIC = {"public": True, "review_number": "测试用编号", "entered_by": "测试", "hide_points": ("stations",)}
MATRIX = "04_台账/09_达标情况.xlsx"
REPORT = "02_报告/任务落实情况报告.docx"


def made(edition: Edition, folder: Path, *parts: str) -> Path:
    """Make some parts of a dossier; the report without the pictures of the atlas."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "PARTS", parts)
        patch.setattr("maps.dossier.report.sheets_of", lambda _: {})
        build(edition, folder, processes=1)
    return folder


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maps.dossier.verifying_files.sheets_of", lambda _: {})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(county_edition(), tmp_path_factory.mktemp("whole"), "ledgers", "gis", "report")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(county_edition(), tmp_path_factory.mktemp("small"), "ledgers", "gis")


@pytest.fixture
def dossier(small: Path, tmp_path: Path) -> Path:
    """A dossier of ledgers and data, to be spoiled."""
    return shutil.copytree(small, tmp_path / "d")


def agree(folder: Path, path: str) -> None:
    """Make the manifest agree with a file, as somebody would who wants to hide a change."""
    told = json.loads((folder / NAME).read_text(encoding="utf-8"))
    told["files"][path]["sha256"] = digest_of(folder / path)
    told["files"][path]["size"] = (folder / path).stat().st_size
    (folder / NAME).write_text(json.dumps(told), encoding="utf-8")


def change_cell(folder: Path, path: str, sheet: str, cell: str, value: str | int | None) -> None:
    book = openpyxl.load_workbook(folder / path)
    book[sheet][cell] = value
    book.save(folder / path)


def execute(folder: Path, sql: str) -> None:
    with closing(sqlite3.connect(folder / PACKAGE)) as connection, connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{trigger}"')  # they call functions that only GDAL has
        connection.execute(sql)


def test_an_untouched_dossier_is_proved(whole: Path) -> None:
    assert verify(whole) == []


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        (PUBLIC, ("ledgers", "gis", "report")),
        ({"township": RIVER}, ("ledgers", "gis")),
    ],
    ids=["public", "township"],
)
def test_every_kind_is_proved(changes: dict[str, Any], parts: tuple[str, ...], tmp_path: Path) -> None:
    assert verify(made(county_edition(**changes), tmp_path / "d", *parts)) == []


def test_an_odd_county_is_made_and_proved(tmp_path: Path) -> None:
    assert verify(made(odd_edition(), tmp_path / "d", "ledgers", "gis", "spot_book")) == []


def test_a_county_without_any_data_is_made_and_proved(tmp_path: Path) -> None:
    nothing = layers_of(as_of=AS_OF)
    edition = county_edition(before=None, layers=nothing, assessment=judged(nothing, AS_OF))
    folder = made(edition, tmp_path / "d", "ledgers", "gis", "spot_book")
    assert verify(folder) == []


@pytest.mark.slow
def test_the_demo_is_proved(tmp_path: Path) -> None:
    assert verify(made(demo_edition(), tmp_path / "d", "ledgers", "gis", "report")) == []


def test_files_that_are_gone_changed_or_new(dossier: Path) -> None:
    (dossier / MATRIX).unlink()
    (dossier / "05_地理数据/元数据.xml").write_bytes(b"<x/>")
    (dossier / "另一份.txt").write_text("x")
    assert verify(dossier) == [
        f"{MATRIX}：缺少这个文件",
        "05_地理数据/元数据.xml：文件被改动过（与清单的摘要不符）",
        "另一份.txt：清单里没有这个文件",
    ]


@pytest.mark.parametrize(("path", "sheet", "cell", "value", "told"), [
    (MATRIX, "规则汇总", "H5", 9999, "9999"),
    (MATRIX, "村（社区）", "E2", "达标改", "达标改"),
    (MATRIX, "村（社区）", "A2", None, "写的是“”"),
    ("04_台账/10_缺口清单.xlsx", "缺口清单", "I2", "没有原因", "没有原因"),
    ("04_台账/11_变化情况.xlsx", "变化情况", "I2", "=1+1", "变化情况"),
    ("04_台账/02_科普宣传栏（画廊）台账.xlsx", "科普宣传栏(画廊)", "E2", "别的栏", "别的栏"),
])  # fmt: skip
def test_a_changed_cell_is_found(
    dossier: Path, path: str, sheet: str, cell: str, value: str | int | None, told: str
) -> None:
    change_cell(dossier, path, sheet, cell, value)
    agree(dossier, path)
    found = verify(dossier)
    assert found
    assert all(line.startswith(path) for line in found)
    assert any(told in line for line in found)


def drop_row(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / MATRIX)
    book["村（社区）"].delete_rows(3)
    book.save(folder / MATRIX)


def drop_sheet(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / MATRIX)
    del book["任务汇总"]
    book.save(folder / MATRIX)


@pytest.mark.parametrize(("change", "told"), [(drop_row, "按地理数据应有"), (drop_sheet, "没有工作表“任务汇总”")])
def test_what_is_missing_from_a_workbook_is_found(dossier: Path, change: Callable[[Path], None], told: str) -> None:
    change(dossier)
    agree(dossier, MATRIX)
    assert any(told in line for line in verify(dossier))


def test_a_file_that_is_no_workbook_is_one_line(dossier: Path) -> None:
    (dossier / MATRIX).write_bytes(b"nothing")
    agree(dossier, MATRIX)
    assert [line.partition("（")[0] for line in verify(dossier)] == [f"{MATRIX}：打不开"]


@pytest.mark.parametrize(("sql", "told"), [
    ("UPDATE findings SET state = 'met' WHERE state = 'unknown' AND rule LIKE '1.village%'", "按图层重算为"),
    ("DELETE FROM findings WHERE fid = 3", "记为“不适用”"),
    ("UPDATE stations SET equipment = 0", "“设备”写的是“有”，按地理数据应为“无”"),
    ("DELETE FROM communicators", "有1行，按地理数据应有0行"),
    ("UPDATE villages SET population = 1", "规则4.population.reach 数值和结果"),
    ('UPDATE rules SET "达标" = 77 WHERE fid = 1', "达标写的是77"),
    ("UPDATE rules SET state = 'met', value = 0.5 WHERE fid = 2", "数值和结果"),
    ("UPDATE tasks SET state = 'met' WHERE state <> 'met'", "任务"),
    ("UPDATE about SET value = '2022-10-30' WHERE key = 'as_of'", "截止日期"),
    ("UPDATE about SET value = 'no plan' WHERE key = 'plan_json'", "读不出"),
    ("DELETE FROM findings_before", "变化情况"),
    ("ALTER TABLE findings RENAME COLUMN sources TO gone", "读不出"),
])  # fmt: skip
def test_a_changed_row_of_the_geopackage_is_found(dossier: Path, sql: str, told: str) -> None:
    execute(dossier, sql)
    agree(dossier, PACKAGE)
    found = verify(dossier)
    assert any(told in line for line in found), found


def test_a_changed_figure_of_the_report_is_found(whole: Path, tmp_path: Path) -> None:
    dossier = shutil.copytree(whole, tmp_path / "d")
    content = io.BytesIO()
    with zipfile.ZipFile(dossier / REPORT) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(
                name, part.replace("未达标".encode(), "已达标".encode(), 9) if name == "word/document.xml" else part
            )
    (dossier / REPORT).write_bytes(content.getvalue())
    agree(dossier, REPORT)
    found = verify(dossier)
    assert found
    assert all(line.startswith(REPORT) for line in found)


def test_a_package_that_is_none_is_one_line(dossier: Path) -> None:
    (dossier / PACKAGE).write_bytes(b"nothing")
    agree(dossier, PACKAGE)
    (found,) = verify(dossier)
    assert "读不出" in found
    (dossier / PACKAGE).unlink()
    assert any("不能核对数字" in line for line in verify(dossier))


def test_what_is_no_dossier_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "没有"):
        with pytest.raises(DossierRefused, match="没有档案清单"):
            verify(folder)


def test_a_dossier_of_another_version_is_told_in_one_line(dossier: Path) -> None:
    told = json.loads((dossier / NAME).read_text(encoding="utf-8"))
    told["about"]["version"] = "0.0.1"
    (dossier / NAME).write_text(json.dumps(told), encoding="utf-8")
    (line,) = verify(dossier)
    assert "0.0.1 版程序制作" in line
