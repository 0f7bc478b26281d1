"""Sheets that look like something else: what is plainly meant is read, what may be meant otherwise is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter

from geo.intake.imports import ImportReport, import_file
from geo.words.cells import Calendar, read_date, read_dates
from tests.stored import fresh_store
from tests.support import WILLOW_RIVER, WILLOW_TOWN
from tests.writing import write_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from geo.store import Store

    Rows = Sequence[Sequence[Any]]
    Span = tuple[int, int, int, int]

TOWN, HILL = "云岭镇", "白石乡"
LIKE = ["序号", "乡镇", "村", "名称", "专用/共用", "建成日期"]
"""A header that stations and boards have alike."""
OLD = date(2020, 1, 1)
STATION = ["乡镇", "村", "活动站名称", "面积"]
BOARD = ["乡镇", "村", "宣传栏名称", "更换日期"]
ACTIVITY = ["活动名称", "活动日期", "覆盖单位", "活动形式"]


@dataclass
class Desk:
    """Writes workbooks and imports them into a store of the county."""

    store: Store
    folder: Path
    numbers: count[int] = field(default_factory=count)

    def bring(
        self, rows: Rows | dict[str, Rows], layer: str, *merged: Span, hide: str = "", **how: Any
    ) -> ImportReport:
        """Import rows, or sheets of rows, of which the first has merged cells and one may be hidden."""
        path = self.folder / f"{next(self.numbers)}.xlsx"
        sheets = rows if isinstance(rows, dict) else {"Sheet1": rows}
        with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False}) as book:
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            for at, (name, content) in enumerate(sheets.items()):
                sheet = book.add_worksheet(name)
                for span in merged if at == 0 else ():
                    sheet.merge_range(*span, "")
                for number, row in enumerate(content):
                    for column, cell in enumerate(row):
                        if isinstance(cell, date):
                            sheet.write_datetime(number, column, cell, day)
                        elif cell is not None:
                            sheet.write(number, column, cell)
                if name == hide:
                    sheet.hide()
        return import_file(self.store, path, layer, **how)

    def all_of(self, layer: str, column: str) -> list[Any]:
        """Return what a column of a layer holds in the store."""
        return self.store.layers()[layer][column].tolist()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with an empty store."""
    return Desk(fresh_store(tmp_path / "k.db"), tmp_path)


def errors(report: ImportReport) -> list[tuple[str, int | None, str | None]]:
    return [(fault.code, fault.row, fault.column) for fault in report.faults if fault.severity == "error"]


def stored(report: ImportReport, **records: int) -> None:
    assert (report.outcome, dict(report.records)) == ("stored", records), [fault.line() for fault in report.faults]


# ── titles ───────────────────────────────────────────────────────────────────


TWO_TABLES: Rows = [
    ["一、科普活动站"], LIKE, [1, TOWN, "云岭村", "甲", "专用", OLD],
    ["二、科普宣传栏"], LIKE, [1, TOWN, "柳树村", "乙", "专用", OLD],
]  # fmt: skip
UNDER_ONE_HEADER: Rows = [LIKE, TWO_TABLES[0], TWO_TABLES[2], TWO_TABLES[3], TWO_TABLES[5]]


@pytest.mark.parametrize(
    ("rows", "merged"),
    [
        (TWO_TABLES, [(0, 0, 0, 5), (3, 0, 3, 5)]), (TWO_TABLES, []),
        ([["2022年活动站台账"], *TWO_TABLES[1:3], [], ["2022年宣传栏台账"], *TWO_TABLES[4:]], []),
        (UNDER_ONE_HEADER, [(1, 0, 1, 5), (3, 0, 3, 5)]),
    ],
)  # fmt: skip
def test_a_title_that_names_another_layer_begins_another_table(desk: Desk, rows: Rows, merged: list[Span]) -> None:
    report = desk.bring(rows, "stations", *merged)
    assert [code for code, *_ in errors(report)] == ["sheet-other-layer"]
    stored(desk.bring(rows, "auto", *merged), stations=1, boards=1)
    assert (desk.all_of("stations", "name"), desk.all_of("boards", "name")) == (["甲"], ["乙"])


def test_a_title_of_another_layer_refuses_the_sheet(desk: Desk) -> None:
    rows: Rows = [["云岭镇科普宣传栏统计表"], LIKE, TWO_TABLES[2]]
    assert errors(desk.bring(rows, "stations", (0, 0, 0, 5))) == [("sheet-other-layer", 2, None)]
    stored(desk.bring(rows, "boards", (0, 0, 0, 5)), boards=1)


def test_tables_beside_each_other_have_their_own_titles(desk: Desk) -> None:
    header = ["乡镇", "村", "名称", "建成日期"]
    rows: Rows = [
        ["活动站", None, None, None, None, "宣传栏"], [*header, None, *header],
        [TOWN, "云岭村", "甲", OLD, None, TOWN, "柳树村", "乙", OLD],
    ]  # fmt: skip
    merged = [(0, 0, 0, 3), (0, 5, 0, 8)]
    assert "sheet-other-layer" in [code for code, *_ in errors(desk.bring(rows, "stations", *merged))]


def test_a_title_on_each_printed_page_ends_nothing(desk: Desk) -> None:
    title, header = ["云岭镇科普活动站统计表"], ["序号", *STATION]
    rows: Rows = [title, header, [1, TOWN, "云岭村", "甲", 9], title, header, [2, None, "柳树村", "乙", 8]]
    stored(desk.bring(rows, "stations", (0, 0, 0, 4), (3, 0, 3, 4)), stations=2)
    assert WILLOW_TOWN in desk.all_of("stations", "unit_code")


# ── totals, footers, headers ─────────────────────────────────────────────────


@pytest.mark.parametrize("total", ["小计", "小 计", "小计：2处", "合计（处）", "共2处", "云岭镇小计"])
def test_totals_inside_merged_cells_are_no_data(desk: Desk, total: str) -> None:
    rows: Rows = [
        ["级别", "基地名称", "基地类型"], ["自治区级", "甲馆", "科普教育基地"], [None, "乙馆", "科普教育基地"],
        [None, total, None], ["地州级", "丙馆", "科普教育基地"], [None, "小计", "1处"],
    ]  # fmt: skip
    report = desk.bring(rows, "bases", (1, 0, 3, 0), (4, 0, 5, 0), complete=True)
    stored(report, bases=3)
    assert {fault.severity for fault in report.faults} == {"note"}


def test_totals_under_townships_are_no_schools(desk: Desk) -> None:
    header = ["乡镇", "学校名称", "市属", "科技活动室", "学生数"]
    rows: Rows = [header, [TOWN, "一小", "是", "有", 300], [TOWN, "小计", None, None, 300], ["全市合计"]]
    stored(desk.bring(rows, "schools"), schools=1)


@pytest.mark.parametrize(
    "footer",
    [
        [["共1处"], ["2022年10月30日"], ["云岭县科协（盖章）"]],
        [["云岭县科学技术协会"], [date(2022, 10, 30)]],
        [["填报日期：2022年10月30日"], ["填表人：", "张三", None, "2022年10月30日"]],
        [["第1页 共1页"]],
    ],
)
def test_footers_are_no_data(desk: Desk, footer: Rows) -> None:
    stored(desk.bring([["基地名称", "级别", "电话"], ["甲馆", "国家级"], *footer], "bases"), bases=1)


def test_a_seal_in_the_midst_of_data_is_not_passed_over(desk: Desk) -> None:
    report = desk.bring([["基地名称", "级别"], ["2022年10月30日"], ["甲馆", "国家级"]], "bases")
    stored(report, bases=2)


FIGURES: Rows = [
    ["任务号", "指标", "数值", "计量单位", "数据日期"], ["7", "市科协工作人员数", "6", "人", ""],
    ["12", "常住人口", "607441", "人数", ""], ["12", "科普经费", "2000000", "元", ""],
]  # fmt: skip


def test_rows_of_words_that_are_headers_too_are_data(desk: Desk) -> None:
    stored(desk.bring(FIGURES, "figures"), figures=3)
    report = import_file(desk.store, write_csv(desk.folder / "a.csv", FIGURES), "auto")
    assert dict(report.records) == {"figures": 3}
    header = ["乡镇", "村", "活动站名称", "依托设施"]
    rows = [header, *([TOWN, village, "科普活动站", "社区"] for village in ("云岭村", "柳树村"))]
    stored(desk.bring(rows, "stations"), stations=2)


def test_names_that_begin_like_notes_and_totals_are_data(desk: Desk) -> None:
    rows: Rows = [
        ACTIVITY,
        ["联系服务群众：科普大篷车进村", date(2022, 9, 17), "云岭镇云岭村", "大篷车"],
        ["小计算机讲座", date(2022, 5, 17), TOWN, "讲座"],
        ["联系实际：科普下乡", date(2022, 5, 18)],
    ]
    report = desk.bring(rows, "activities")
    stored(report, activities=3)
    assert not report.faults


def test_a_row_passed_over_that_says_much_is_a_warning(desk: Desk) -> None:
    rows: Rows = [ACTIVITY, ["科普日", date(2022, 9, 17), TOWN], ["合计", date(2022, 9, 18), "云岭镇云岭村", "讲座"]]
    report = desk.bring(rows, "activities")
    assert [(f.severity, f.code, f.row) for f in report.faults] == [("warning", "row-skipped", 3)]


# ── merged cells ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("layer", "header", "value", "code"),
    [
        ("ledger", ["乡镇", "村", "活动站"], "有", "cells-merged"),
        ("ledger", ["乡镇", "村", "科普员"], "王某", "cells-merged"),
        ("communicators", ["乡镇", "村", "姓名"], "王某", "cells-merged"),
        ("boards", ["乡镇", "村", "最近更换日期"], date(2022, 9, 20), "cells-merged"),
        ("stations", ["乡镇", "村", "活动站名称"], "甲站", "name-merged"),
    ],
)
def test_what_is_merged_over_several_villages_is_asked(
    desk: Desk, layer: str, header: list[str], value: Any, code: str
) -> None:
    rows: Rows = [[*header, "面积" if layer == "stations" else "备注"], [TOWN, "云岭村", value], [None, "柳树村"]]
    report = desk.bring(rows, layer, (1, 0, 2, 0), (1, 2, 2, 2))
    assert errors(report) == [(code, 2, header[2])]
    assert "王某" not in "".join(fault.line() for fault in report.faults)


def test_what_is_merged_over_rows_of_one_unit_holds_for_all(desk: Desk) -> None:
    rows: Rows = [BOARD, [TOWN, "云岭村", "甲栏", date(2022, 9, 1)], [None, None, "乙栏", None]]
    stored(desk.bring(rows, "boards", (1, 0, 2, 0), (1, 1, 2, 1), (1, 3, 2, 3)), boards=2)
    assert desk.all_of("boards", "updates") == [(date(2022, 9, 1),)] * 2


DAYS = [date(2022, 3, 1), date(2022, 5, 1), date(2022, 9, 1)]
TURNS = [None, None, None, "第一次", "第二次", "第三次"]


@pytest.mark.parametrize(
    ("below", "merged"),
    [
        ([], [(0, 3, 0, 5)]), ([TURNS], []),
        ([TURNS], [*((0, n, 1, n) for n in range(3)), (0, 3, 0, 5)]),
    ],
)  # fmt: skip
def test_all_columns_under_a_merged_header_of_days_are_one_list(desk: Desk, below: Rows, merged: list[Span]) -> None:
    stored(desk.bring([BOARD, *below, [TOWN, "云岭村", "栏", *DAYS]], "boards", *merged), boards=1)
    assert desk.all_of("boards", "updates") == [tuple(DAYS)]


def test_turns_under_a_group_of_a_ledger(desk: Desk) -> None:
    rows: Rows = [
        ["乡镇", "村", "宣传栏", None, None, None, "科普员"], [None, None, "有无", "更换日期"],
        [TOWN, "云岭村", "有", *DAYS, 1],
    ]  # fmt: skip
    report = desk.bring(rows, "ledger", *((0, n, 1, n) for n in (0, 1, 6)), (0, 2, 0, 5), (1, 3, 1, 5))
    stored(report, boards=1, communicators=1)
    assert desk.all_of("boards", "updates") == [tuple(DAYS)]


def test_values_under_another_merged_header_are_refused(desk: Desk) -> None:
    rows: Rows = [STATION, [TOWN, "云岭村", "甲站", 20, 30]]
    assert errors(desk.bring(rows, "stations", (0, 3, 0, 4))) == [("column-twice", 1, "面积")]
    stored(desk.bring([STATION, [TOWN, "云岭村", "甲站", 20]], "stations", (0, 3, 0, 4), (1, 3, 1, 4)), stations=1)


# ── years ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "above",
    [
        [["云岭县创建2021—2025年度全国科普示范县宣传栏登记表"]], [["宣传栏登记表"], ["填报时间：2023年1月10日"]],
        [["宣传栏登记表（截至2022年10月31日）"]], [["宣传栏登记表"], ["填报日期：2022年"]],
    ],
)  # fmt: skip
def test_a_plans_years_and_a_filing_date_are_no_year_of_the_table(desk: Desk, above: Rows) -> None:
    report = desk.bring([*above, BOARD, [TOWN, "云岭村", "栏", "3月5日、5月3日"]], "boards")
    assert [(code, column) for code, _, column in errors(report)] == [("cell-dates", "更换日期")]


def test_a_year_beside_a_plans_years_is_the_tables(desk: Desk) -> None:
    title = ["2021—2025年创建科普示范县2022年度宣传栏登记表"]
    stored(desk.bring([title, BOARD, [TOWN, "云岭村", "栏", "3月5日"]], "boards"), boards=1)
    assert desk.all_of("boards", "updates") == [(date(2022, 3, 5),)]


def test_a_day_without_a_year_that_is_still_to_come_is_asked(desk: Desk) -> None:
    rows: Rows = [["2022年宣传栏登记表"], BOARD, [TOWN, "云岭村", "栏", "5月3日、12月5日"]]
    report = desk.bring(rows, "boards", received_on=date(2022, 10, 30))
    assert errors(report) == [("cell-dates", 3, "更换日期")]
    stored(desk.bring(rows, "boards", received_on=date(2022, 12, 30)), boards=1)


def test_each_title_gives_its_own_year(desk: Desk) -> None:
    rows: Rows = [
        ["2021年宣传栏更换登记表"], BOARD, [TOWN, "云岭村", "甲栏", "5月3日"],
        ["2022年宣传栏更换登记表"], BOARD, [TOWN, "柳树村", "乙栏", "5月3日"],
    ]  # fmt: skip
    stored(desk.bring(rows, "boards", (0, 0, 0, 3), (3, 0, 3, 3)), boards=2)
    assert set(desk.all_of("boards", "updates")) == {(date(2021, 5, 3),), (date(2022, 5, 3),)}


def test_a_year_goes_on_inside_a_cell() -> None:
    of_2022 = Calendar(2022)
    assert [day.isoformat() for day in read_dates("2021年8月、10月", calendar=of_2022)] == ["2021-08", "2021-10"]
    assert read_dates("2021年8月", "10月3日") == (read_date("2021年8月"), date(2021, 10, 3))
    for unclear in ("2021年11月、1月", "8月、2021年10月"):
        with pytest.raises(ValueError, match="分不清是哪一年"):
            read_dates(unclear, calendar=of_2022)


# ── sheets that weren't read ─────────────────────────────────────────────────


def test_a_sheet_that_goes_on_without_a_header_is_refused(desk: Desk) -> None:
    pages: dict[str, Rows] = {
        "第1页": [STATION, [TOWN, "云岭村", "甲站", 30]],
        "第2页": [[TOWN, "柳树村", "乙站", 30], [HILL, "上坪村", "丙站", 30]],
    }
    for layer in ("stations", "auto"):
        report = desk.bring(pages, layer, complete=True)
        assert [(f.code, f.sheet, f.row) for f in report.faults if f.severity == "error"] == [
            ("sheet-headless", "第2页", 1)
        ]


def complete(desk: Desk) -> int:
    return len(desk.store.layers().complete)


@pytest.mark.parametrize(
    ("layer", "sheets"),
    [
        ("stations", {"一": [STATION, [TOWN, "云岭村", "甲", 3]], "二": [STATION, [TOWN, "柳树村", "乙", 3]]}),
        ("bases", {"一": [["基地名称", "级别"], ["甲馆", "国家级"]], "二": [["基地名称", "级别"], ["乙馆", "国家级"]]}),
    ],
)
def test_a_hidden_sheet_of_data_leaves_no_list_complete(desk: Desk, layer: str, sheets: dict[str, Rows]) -> None:
    report = desk.bring(sheets, layer, hide="二", complete=True)
    stored(report, **{layer: 1})
    assert {f.code for f in report.faults} == {"sheet-hidden", "complete-unread"}
    assert complete(desk) == 0


def test_a_sheet_without_header_or_units_leaves_no_list_complete(desk: Desk) -> None:
    pages: dict[str, Rows] = {
        "一": [["基地名称", "级别"], ["甲馆", "国家级"]],
        "二": [["乙馆", "国家级"], ["丙馆", "国家级"]],
    }
    report = desk.bring(pages, "bases", complete=True)
    assert "complete-unread" in [f.code for f in report.faults]
    assert complete(desk) == 0


@pytest.mark.parametrize(
    ("name", "rows", "hide"),
    [
        ("填表说明", [["列名", "说明"], ["面积", "填数字"]], False), ("Sheet2", [["请如实填写"], ["逐村填报"]], False),
        ("单位", [[TOWN, "云岭村"], [TOWN, "柳树村"]], True), ("级别", [["国家级"], ["自治区级"]], True),
    ],
)  # fmt: skip
def test_explanations_and_lists_to_choose_from_leave_it_complete(desk: Desk, name: str, rows: Rows, hide: bool) -> None:  # noqa: FBT001
    sheets: dict[str, Rows] = {"一": [STATION, [TOWN, "云岭村", "甲站", 30]], name: rows}
    stored(desk.bring(sheets, "stations", hide=name if hide else "", complete=True), stations=1)
    assert complete(desk) == 1


# ── headings ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("heading", ["二、河口片区", "二、不知哪里"])
def test_a_heading_that_is_no_township_ends_the_one_above(desk: Desk, heading: str) -> None:
    header = ["序号", "村", "活动站名称", "面积"]
    rows: Rows = [header, ["一、云岭镇"], [1, "柳树村", "甲站", 20], [heading], [2, "柳树村", "乙站", 20]]
    report = desk.bring(rows, "stations", (1, 0, 1, 3), (3, 0, 3, 3))
    assert errors(report) == [("township-blank", 5, "村")]
    assert [(f.code, f.row) for f in report.faults if f.severity == "warning"] == [("heading-unknown", 4)]


@pytest.mark.parametrize(
    "heading", ["二、河口街道（共1个村，责任人王某）联系电话", "二、河口街道：", "河口街道（1个村）"]
)
def test_a_township_is_told_in_a_wordy_heading(desk: Desk, heading: str) -> None:
    header = ["序号", "村", "活动站名称", "面积"]
    rows: Rows = [header, ["一、云岭镇"], [1, "柳树村", "甲站", 20], [heading], [2, "柳树村", "乙站", 20]]
    stored(desk.bring(rows, "stations", (1, 0, 1, 3), (3, 0, 3, 3)), stations=2)
    assert set(desk.all_of("stations", "unit_code")) == {WILLOW_TOWN, WILLOW_RIVER}
