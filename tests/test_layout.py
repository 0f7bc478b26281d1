"""Tables as they stand on real sheets: titles, merged cells, several header rows, totals, notes, printed pages."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from geo.files.layout import Grid, find_tables
from geo.files.sheets import read_tables
from geo.intake.normalise import Normaliser
from tests.support import WILLOW_RIVER, WILLOW_TOWN, county
from tests.writing import write_book

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from geo.files.layout import RawTable
    from geo.intake.harvest import Harvest

HEADER = ("序号", "乡镇（街道）", "村（社区）", "活动站名称", "面积")
ROWS = ((1, "河口街道", "柳树村", "柳树站", 60.0), (2, "云岭镇", "云岭村", "云岭站", 80.0))


def tables(*rows: Sequence[Any], merged: Sequence[tuple[int, int, int, int]] = (), **named: str) -> list[RawTable]:
    return find_tables(Grid(named.get("file", "a.xlsx"), named.get("sheet"), rows, merged))


def only(*rows: Sequence[Any], merged: Sequence[tuple[int, int, int, int]] = (), **named: str) -> RawTable:
    (table,) = tables(*rows, merged=merged, **named)
    return table


def read(layer: str, *found: RawTable) -> Harvest:
    return Normaliser(county()).read(found, layer)


def test_a_tidy_sheet_is_as_it_was() -> None:
    table = only(HEADER, *ROWS)
    assert (table.header, table.header_row, table.body) == (HEADER, 1, ROWS)
    assert (table.skipped, table.sections, table.merged) == ((), (), ())


def test_titles_a_units_row_totals_and_notes() -> None:
    table = only(
        ["云岭县科普活动站台账（2022年）"],
        ["填报单位：河口街道", None, None, "填报日期：2022年10月8日"],
        HEADER,
        [None, None, None, None, "㎡"],
        *ROWS,
        ["合 计", None, None, 2, 140],
        ["注：面积按建筑面积填写"],
        ["填表人：", None, "审核人：", None, "联系电话："],
        merged=[(0, 0, 0, 4)],
    )
    assert table.header == (*HEADER[:-1], "面积(m2)")
    assert (table.header_row, table.calendar.year) == (4, 2022)
    assert table.skipped == ((7, "合计"), (8, "说明"), (9, "说明"))
    assert [number for number, _ in table.rows()] == [5, 6]


GROUPED = [
    ["序号", "乡镇", "村", "科普活动站", None, "宣传栏", None],
    [None, None, None, "名称", "面积", "长度", "更换日期"],
]
JOINED = ("序号", "乡镇", "村", "科普活动站·名称", "科普活动站·面积", "宣传栏·长度", "宣传栏·更换日期")
SPANS = [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 1, 2), (0, 3, 0, 4), (0, 5, 0, 6)]


@pytest.mark.parametrize("merged", [SPANS, []])
def test_headers_of_two_rows_are_joined_with_or_without_merged_cells(merged: list[tuple[int, int, int, int]]) -> None:
    table = only(*GROUPED, [1, "河口街道", "柳树村", "柳树站", 60, 6, "2022-10-01"], merged=merged)
    assert (table.header, table.header_row) == (JOINED, 2)


def test_a_header_merged_over_two_rows_without_groups_is_no_row_of_data() -> None:
    table = only(HEADER, [None] * 5, *ROWS, merged=[(0, n, 1, n) for n in range(5)])
    assert (table.header_row, [number for number, _ in table.rows()]) == (2, [3, 4])


def test_same_as_above_beside_a_code_is_read_as_such() -> None:
    table = only(
        ("代码", "乡镇", "村", "活动站名称"), ("", "云岭镇", "云岭村", "甲站"), (WILLOW_TOWN, "同上", "柳树村", "乙站")
    )
    assert [r["unit_code"] for r in read("stations", table).records["stations"]][1] == WILLOW_TOWN


def test_headers_of_three_rows() -> None:
    above: list[Any] = ["乡镇", "村", "科普设施", None, None]
    header = [above, ["", "", "宣传栏", None, None], ["", "", "名称", "长度", "日期"]]
    table = only(*header, ["河口街道", "柳树村", "栏", 6, "2022-10-01"], merged=[(0, 2, 0, 4), (1, 2, 1, 4)])
    assert table.header == ("乡镇", "村", "科普设施·宣传栏·名称", "科普设施·宣传栏·长度", "科普设施·宣传栏·日期")


def test_the_header_of_each_printed_page_is_passed_over() -> None:
    table = only(["标题"], HEADER, ROWS[0], ["小计", None, None, 1], HEADER, ROWS[1], ["合计", None, None, 2])
    assert [number for number, _ in table.rows()] == [3, 6]
    assert table.skipped == ((4, "合计"), (5, "重复表头"), (7, "合计"))


def test_two_tables_below_each_other_and_beside_each_other() -> None:
    boards = ("乡镇", "村", "宣传栏名称", "更换日期")
    one, two = tables(HEADER, ROWS[0], [], ["二、宣传栏"], boards, ["河口街道", "柳树村", "栏", "2022-10-01"])
    assert (one.header, two.header, two.header_row) == (HEADER, boards, 5)
    left, right = tables(
        ("乡镇", "村", "活动站名称", None, "乡镇", "村", "活动站名称"),
        ("河口街道", "柳树村", "柳树站", None, "云岭镇", "云岭村", "云岭站"),
    )
    found = read("stations", left, right)
    assert sorted(r["name"] for r in found.records["stations"]) == ["云岭站", "柳树站"]


def test_merged_townships_run_down() -> None:
    table = only(
        ("乡镇", "村", "活动站名称"), ("云岭镇", "云岭村", "甲站"), (None, "柳树村", "乙站"), merged=[(1, 0, 2, 0)]
    )
    found = read("stations", table)
    assert [r["unit_code"] for r in found.records["stations"]][1] == WILLOW_TOWN
    assert not [f for f in found.faults if f.severity != "note"]


@pytest.mark.parametrize("blank", [None, "", "同上", "〃"])
def test_blank_townships_take_the_one_above_and_say_so(blank: str | None) -> None:
    table = only(("乡镇", "村", "活动站名称"), ("云岭镇", "云岭村", "甲站"), (blank, "柳树村", "乙站"))
    found = read("stations", table)
    assert [r["unit_code"] for r in found.records["stations"]][1] == WILLOW_TOWN
    told = [] if blank else [("warning", "township-carried", 3)]
    assert [(f.severity, f.code, f.row) for f in found.faults] == told


def test_a_village_that_the_township_above_does_not_have_is_still_refused() -> None:
    table = only(("乡镇", "村", "活动站名称"), ("云岭镇", "云岭村", "甲站"), (None, "没有的村", "乙站"))
    assert "village-unknown" in [f.code for f in read("stations", table).faults]


def test_a_township_as_a_heading_over_its_villages() -> None:
    table = only(
        ("村（社区）", "活动站名称", "面积"),
        ("一、云岭镇", None, None), ("柳树村", "甲站", 60), ("二、河口街道", None, None), ("柳树村", "乙站", 70),
        merged=[(1, 0, 1, 2), (3, 0, 3, 2)],
    )  # fmt: skip
    found = read("stations", table)
    assert [r["unit_code"] for r in found.records["stations"]] == [WILLOW_TOWN, WILLOW_RIVER]


def test_a_name_merged_over_two_villages_is_asked_about() -> None:
    table = only(
        ("乡镇", "村", "活动站名称"), ("云岭镇", "云岭村", "甲站"), ("云岭镇", "柳树村", None), merged=[(1, 2, 2, 2)]
    )
    (fault,) = [f for f in read("stations", table).faults if f.severity == "error"]
    assert (fault.code, fault.row) == ("name-merged", 2)


def test_what_was_passed_over_is_told() -> None:
    table = only(["标题"], HEADER, *ROWS, ["合计", None, None, 2])
    told = {f.code: f.message for f in read("stations", table).faults}
    assert told == {"rows-skipped": "第5行是合计，不作为数据", "header-found": "表头在第2行"}


def test_an_explanation_is_not_taken_for_a_table() -> None:
    assert only(("列名", "说明"), ("面积", "填数字"), ("设备", "有或无")).header == ("列名", "说明")


@pytest.mark.parametrize(
    ("title", "sheet", "file", "year"),
    [
        ("2022年台账", "2021年", "2020年.xlsx", 2022), ("台账", "2021年", "2020年.xlsx", 2021),
        ("台账", "表", "2020年.xlsx", 2020), ("2021年—2022年台账", "2021年", "a.xlsx", None),
        ("台账", "表", "a.xlsx", None),
    ],
)  # fmt: skip
def test_the_year_comes_from_the_nearest_title(title: str, sheet: str, file: str, year: int | None) -> None:
    assert only([title], HEADER, *ROWS, sheet=sheet, file=file).calendar.year == year


# ── files ────────────────────────────────────────────────────────────────────


def test_merged_cells_of_a_real_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("台账")
        sheet.merge_range(0, 0, 0, 6, "云岭县科普设施台账（2022年）")
        for column, text in enumerate(("序号", "乡镇", "村")):
            sheet.merge_range(1, column, 2, column, text)
        sheet.merge_range(1, 3, 1, 4, "科普活动站")
        sheet.merge_range(1, 5, 1, 6, "宣传栏")
        sheet.write_row(2, 3, ["", "面积", "", "更换日期"])
        sheet.merge_range(3, 1, 4, 1, "云岭镇")
        sheet.write_row(3, 2, ["云岭村", "有", 60, "有", "5月3日"])
        sheet.write_row(4, 2, ["柳树村", "无", None, "共用", "5月3日、7月1日"])
    found = Normaliser(county()).read(read_tables(path), "ledger")
    assert not [f.line() for f in found.faults if f.severity != "note"]
    assert [(r["unit_code"], r["updates"]) for r in found.records["boards"]][1] == (
        WILLOW_TOWN, (date(2022, 5, 3), date(2022, 7, 1)),
    )  # fmt: skip
    assert [(r["layer"], r["unit_code"]) for r in found.none] == [("stations", WILLOW_TOWN)]


def test_serial_days_of_a_1904_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    sheet.append(["乡镇", "村", "活动站名称", "建成日期"])
    sheet.append(["云岭镇", "云岭村", "甲站", date(2022, 5, 3)])
    sheet.append(["云岭镇", "柳树村", "乙站", 43222])
    book.save(tmp_path / "a.xlsx")
    found = read("stations", *read_tables(tmp_path / "a.xlsx"))
    assert [r["built_on"] for r in found.records["stations"]] == [date(2022, 5, 3)] * 2


def test_errors_and_unworked_formulas_are_faults_and_not_blanks(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["乡镇", "村", "活动站名称", "面积"])
        sheet.write_row(1, 0, ["云岭镇", "云岭村", "甲站"])
        sheet.write_formula(1, 3, "=1/0", None, "#DIV/0!")
    (fault,) = [f for f in read("stations", *read_tables(path)).faults if f.severity == "error"]
    assert (fault.code, fault.row, fault.value) == ("cell-number", 2, "#DIV/0!")
    plain = openpyxl.load_workbook(path)
    plain["Sheet1"]["D2"] = "=1+1"
    plain.save(path)
    (fault,) = [f for f in read("stations", *read_tables(path)).faults if f.severity == "error"]
    assert "没有算出" in fault.message


@pytest.mark.parametrize("sign", [",", "\t", ";"])
def test_delimiters_are_told(tmp_path: Path, sign: str) -> None:
    rows = [["乡镇", "村", "活动站名称"], ["云岭镇", "云岭村", "甲站"]]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(sign.join(row) for row in rows), encoding="utf-8")
    (table,) = read_tables(path)
    assert table.body == (tuple(rows[1]),)


def test_a_long_list_is_found_as_fast_as_it_is_long(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["标题"], list(HEADER), *([n, "云岭镇", "云岭村", f"站{n}", n] for n in range(3000))]
    (table,) = read_tables(write_book(tmp_path / "a.xlsx", rows))
    assert len(table.body) == 3000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "big5hkscs"])
def test_encodings_are_told_by_the_header(tmp_path: Path, encoding: str) -> None:
    lines = ["鄉鎮,村,名稱" if encoding == "big5hkscs" else "乡镇,村,名称", "云岭镇,云岭村,甲站"]
    if encoding == "big5hkscs":
        lines[1] = "雲嶺鎮,雲嶺村,甲站"
    path = tmp_path / "a.csv"
    path.write_bytes("\r\n".join(lines).encode(encoding))
    found = read("stations", *read_tables(path))
    assert [(r["unit_code"][-3:], r["name"]) for r in found.records["stations"]] == [("200", "甲站")]
