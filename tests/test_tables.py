"""Flat tables, and that nothing written in them is ever computed."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InputRefused, UnknownRule
from geo.faults import Fault
from geo.tables import GAP_COLUMNS, csv_bytes, gap_rows, rule_rows, write_fault_table, write_table
from tests.support import AS_OF, RIVER, TOWN, WILLOW_RIVER, assessed, county, county_plan, layers_of

if TYPE_CHECKING:
    from pathlib import Path

    from geo.assessment import Assessment

HOSTILE = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    " =1+1",
    "\r=1",
    "\uff1d1+1",
    '=HYPERLINK("http://x")',
    "%0A-2+3+cmd|' /C calc'!A0",
]
FORMULA_STARTS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    """The county with one station, one none, and names that mean ill."""
    layers = layers_of(stations=[{"unit_code": WILLOW_RIVER, "name": "=1+1"}], none=[("stations", "990101001001")])
    return assessed(county_plan(), layers)


def parsed(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


# ── rows ─────────────────────────────────────────────────────────────────────


def test_one_row_per_rule_with_its_denominator(assessment: Assessment) -> None:
    rows = rule_rows(assessment)
    assert [row["规则"] for row in rows] == [rule.rule.id for rule in assessment.rules]
    for row in rows:
        assert row["应评"] == row["达标"] + row["未达标"] + row["未上报"]
        assert row["其中共用"] <= row["达标"]


def test_gaps_are_what_is_not_met_or_unknown(assessment: Assessment) -> None:
    rows = gap_rows(assessment, county().gazetteer)
    wanted = sum(rule.counts.not_met + rule.counts.unknown for rule in assessment.rules)
    assert len(rows) == wanted
    assert all(tuple(row) == GAP_COLUMNS for row in rows)
    assert {row["状态"] for row in rows} <= {"未达标", "未上报"}
    met = gap_rows(assessment, county().gazetteer, states=("met",))
    assert len(met) == sum(rule.counts.met for rule in assessment.rules)


def test_gaps_by_township_and_rule(assessment: Assessment) -> None:
    gazetteer = county().gazetteer
    rows = gap_rows(assessment, gazetteer, township=RIVER, rule="1.village.station")
    assert [(row["单位代码"], row["状态"], row["乡镇（街道）"]) for row in rows] == [
        ("990101001001", "未达标", "河口街道")
    ]
    assert "none.xlsx 表1 第2行" in rows[0]["依据"]
    assert all(row["乡镇（街道）"] == "云岭镇" for row in gap_rows(assessment, gazetteer, township=TOWN))
    with pytest.raises(UnknownRule):
        gap_rows(assessment, gazetteer, rule="99.none")


def test_as_of_is_the_assessment_s(assessment: Assessment) -> None:
    assert assessment.as_of == AS_OF


# ── CSV ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", HOSTILE)
def test_csv_cells_never_compute(text: str) -> None:
    (row,) = parsed(csv_bytes([{"名称": text}]))
    assert not row["名称"].lstrip().startswith(FORMULA_STARTS)


@given(st.text(max_size=40))
def test_any_text_is_one_harmless_cell(text: str) -> None:
    (row,) = parsed(csv_bytes([{"a": text, "b": "末"}]))
    cell = row["a"]
    assert row["b"] == "末"
    assert "\n" not in cell
    assert "\r" not in cell
    number = cell.lstrip("+-").replace(".", "", 1).isdigit()
    assert number or not cell.strip().startswith(FORMULA_STARTS)


def test_numbers_stay_numbers_in_csv() -> None:
    (row,) = parsed(csv_bytes([{"a": -3, "b": "-1.5", "c": 0.25, "d": "无"}]))
    assert list(row.values()) == ["-3", "-1.5", "0.25", "无"]


def test_csv_keeps_its_header_over_no_rows() -> None:
    assert csv_bytes([], header=GAP_COLUMNS).decode("utf-8-sig") == ",".join(GAP_COLUMNS) + "\r\n"
    assert csv_bytes([]) == b"\xef\xbb\xbf"


# ── XLSX ─────────────────────────────────────────────────────────────────────


def opened(path: Path) -> Any:
    return openpyxl.load_workbook(path).active


def test_workbook_opens_with_filter_and_frozen_header(tmp_path: Path) -> None:
    rows = [{"名称": text, "数": n, "比": n / 3} for n, text in enumerate(HOSTILE)]
    write_table(tmp_path / "表.xlsx", rows, title="清单 & 表")
    sheet = opened(tmp_path / "表.xlsx")
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:C{len(rows) + 1}"
    assert [cell.value for cell in sheet[1]] == ["名称", "数", "比"]
    for at, row in enumerate(rows, start=2):
        assert sheet.cell(at, 1).data_type == "s"
        assert sheet.cell(at, 2).value == row["数"]
        assert sheet.cell(at, 3).value == pytest.approx(row["比"])


def test_a_workbook_without_rows_still_opens(tmp_path: Path) -> None:
    write_table(tmp_path / "a.xlsx", [], title="空", header=GAP_COLUMNS)
    assert [cell.value for cell in opened(tmp_path / "a.xlsx")[1]] == list(GAP_COLUMNS)
    write_table(tmp_path / "b.xlsx", [], title="空")
    assert opened(tmp_path / "b.xlsx")["A1"].value == "没有记录"


def test_very_long_text_is_shortened_and_not_lost(tmp_path: Path) -> None:
    write_table(tmp_path / "a.xlsx", [{"依据": "长" * 40_000}], title="长")
    assert opened(tmp_path / "a.xlsx")["A2"].value.startswith("长长长")


def test_other_endings_and_folders_are_refused(tmp_path: Path) -> None:
    for name in ("a.xls", "a", "a.csv.txt"):
        with pytest.raises(InputRefused, match="csv"):
            write_table(tmp_path / name, [], title="x")
    for name in ("a.csv", "a.xlsx"):
        with pytest.raises(InputRefused, match="没有文件夹"):
            write_table(tmp_path / "没有" / name, [{"a": 1}], title="x")
    assert not list(tmp_path.iterdir())


def test_fault_report(tmp_path: Path) -> None:
    fault = Fault(
        "error", "cell-date", "a.xlsx", "没有13月", "请改正", sheet="表", row=5, column="日期", value="=2022.13"
    )
    for name in ("问题.xlsx", "问题.csv"):
        write_fault_table(tmp_path / name, [fault])
    sheet = opened(tmp_path / "问题.xlsx")
    header = [cell.value for cell in sheet[1]]
    assert header == ["程度", "文件", "工作表", "行", "列", "原值", "问题", "怎么办"]
    assert [cell.value for cell in sheet[2]] == ["错误", "a.xlsx", "表", 5, "日期", "=2022.13", "没有13月", "请改正"]
    (row,) = parsed((tmp_path / "问题.csv").read_bytes())
    assert row["原值"] == "'=2022.13"
    write_fault_table(tmp_path / "无.xlsx", [])
    assert [cell.value for cell in opened(tmp_path / "无.xlsx")[1]] == header
