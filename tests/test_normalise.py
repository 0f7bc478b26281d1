"""From raw tables to records: lists and ledgers, blanks and none, faults with their place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.files.sheets import RawTable
from geo.intake.columns import AUTO, LEDGER
from geo.intake.normalise import Normaliser
from geo.schema import LAYERS
from geo.words.cells import text_of
from geo.words.vocabulary import headers_of
from tests.support import PLACE, RIVER, TOWN, WILLOW_RIVER, WILLOW_TOWN, county

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.crs import Datum
    from geo.intake.harvest import Harvest
    from geo.words.cells import Cell

WHERE = ("乡镇（街道）", "村（社区）")
WILLOW = ("河口街道", "柳树村")


def table(header: Sequence[str], *rows: Sequence[Cell], sheet: str = "表") -> RawTable:
    return RawTable("a.xlsx", sheet, tuple(header), tuple(tuple(row) for row in rows))


@cache
def normaliser(datum: Datum | None) -> Normaliser:
    return Normaliser(county(), datum)


def harvest(layer: str, *tables: RawTable, datum: Datum | None = None) -> Harvest:
    return normaliser(datum).read(tables, layer)


def read(layer: str, header: Sequence[str], *rows: Sequence[Cell]) -> list[dict[str, Any]]:
    """The records of a list of one layer; no fault may be an error."""
    found = harvest(layer, table(header, *rows))
    assert not [fault.line() for fault in found.faults if fault.severity == "error"]
    return found.records.get(layer, [])


def faults(layer: str, header: Sequence[str], *rows: Sequence[Cell]) -> list[tuple[str, str, int | None, str | None]]:
    found = harvest(layer, table(header, *rows)).faults
    return [(fault.severity, fault.code, fault.row, fault.column) for fault in found]


# ── lists ────────────────────────────────────────────────────────────────────


def test_a_station_in_full() -> None:
    header = (*WHERE, "活动站名称", "专用/共用", "服务单位", "设备", "面积(㎡)", "建成日期", "责任人", "联系电话")
    (record,) = read("stations", header, (*WILLOW, "柳树站", "共用", "河口社区", "投影仪", "60", 2019.5, "某人", "100"))
    assert record["unit_code"] == WILLOW_RIVER
    assert record["serves"] == ("990101001001",)
    assert (record["sharing"], record["equipment"], record["area_m2"]) == ("shared", True, 60.0)
    assert record["built_on"] == date(2019, 5, 1)
    assert (record["file"], record["sheet"], record["row"]) == ("a.xlsx", "表", 2)
    assert record["geometry"] is None
    assert record["id"].startswith("ZD-990101001201-")


def test_codes_read_as_floats_keep_their_form() -> None:
    (record,) = read("stations", ("代码", "名称"), (9.90101001201e11, "站"))
    assert record["unit_code"] == WILLOW_RIVER
    (record,) = read("stations", ("代码", "村", "名称"), (990101001.0, "柳树村委会", "站"))
    assert record["unit_code"] == WILLOW_RIVER


def test_one_village_name_in_two_townships() -> None:
    found = read("stations", (*WHERE, "名称"), ("河口街道", "柳树村", "站"), ("云岭镇", "柳树村", "站"))
    assert [record["unit_code"] for record in found] == [WILLOW_RIVER, WILLOW_TOWN]
    assert faults("stations", ("村", "名称"), ("柳树村", "站")) == [("error", "township-blank", 2, "村")]


@pytest.mark.parametrize("none", ["无", "0", 0, 0.0, "-", "/", "\uff0f", "\uff10", "—", " 无 ", "暂无"])
def test_none_is_reported_none(none: Cell) -> None:
    found = harvest("stations", table((*WHERE, "名称"), (*WILLOW, none)))
    assert not found.records
    assert [(row["layer"], row["unit_code"], row["row"]) for row in found.none] == [("stations", WILLOW_RIVER, 2)]
    assert not found.faults


def test_a_blank_row_of_a_unit_says_nothing() -> None:
    found = harvest("stations", table((*WHERE, "名称", "面积"), (*WILLOW, None, ""), (*WILLOW[:1], "本级", "站", 5)))
    assert not found.none
    assert [row["unit_code"] for row in found.blank] == [WILLOW_RIVER]
    assert [record["unit_code"] for record in found.records["stations"]] == [RIVER]


def test_none_and_one_in_the_same_file_contradict() -> None:
    rows = ((*WILLOW, "无"), (*WILLOW, "柳树站"))
    assert faults("stations", (*WHERE, "名称"), *rows) == [("error", "none-and-some", 2, None)]
    found = harvest("stations", table((*WHERE, "名称"), (*WILLOW, "无"), (*WILLOW, "/")))
    assert len(found.none) == 1
    assert not found.faults


def test_communicators() -> None:
    header = (*WHERE, "科普员人数")
    assert [r["count"] for r in read("communicators", header, (*WILLOW, 2), ("云岭镇", "柳树村", "1人"))] == [2, 1]
    found = harvest("communicators", table(header, (*WILLOW, 0), ("云岭镇", "柳树村", "")))
    assert [row["unit_code"] for row in found.none] == [WILLOW_RIVER]
    assert [row["unit_code"] for row in found.blank] == [WILLOW_TOWN]


def test_a_communicator_named_without_a_count_is_one_and_stays_private() -> None:
    for header in ((*WHERE, "科普员姓名"), (*WHERE, "科普员"), (*WHERE, "名称"), (*WHERE, "姓名")):
        (record,) = read("communicators", header, (*WILLOW, "某人甲"))
        assert record["count"] == 1
        assert record["name"] is None
        assert record["person"] == "某人甲"
        assert not harvest("communicators", table(header, (*WILLOW, None))).records
        assert len(harvest("communicators", table(header, (*WILLOW, "无"))).none) == 1
    two = read("communicators", (*WHERE, "姓名"), (*WILLOW, "某人甲"), (*WILLOW, "某人乙"))
    assert len({record["id"] for record in two}) == 2


def test_board_dates() -> None:
    days = ("2022-05-03、2022.7", date(2022, 9, 1))
    header = (*WHERE, "宣传栏名称")
    (whole,) = read("boards", (*header, "更换日期"), (*WILLOW, "栏", days[0]))
    assert (whole["updates"], whole["last_only"]) == ((date(2022, 5, 3), date(2022, 7, 1)), False)
    (last,) = read("boards", (*header, "最近更换日期"), (*WILLOW, "栏", days[1]))
    assert (last["updates"], last["last_only"]) == ((date(2022, 9, 1),), True)
    (both,) = read("boards", (*header, "更换日期", "最近更换日期"), (*WILLOW, "栏", *days))
    assert (len(both["updates"]), both["last_only"]) == (3, False)
    (never,) = read("boards", (*header, "更换日期", "最近更换日期"), (*WILLOW, "栏", "无", ""))
    assert (never["updates"], never["last_only"]) == ((), False)
    (odd,) = read("boards", (*header, "更换日期", "最近更换日期"), (*WILLOW, "栏", "/", days[1]))
    assert (odd["updates"], odd["last_only"]) == ((date(2022, 9, 1),), True)
    (unknown,) = read("boards", (*header, "更换日期"), (*WILLOW, "栏", ""))
    assert (unknown["updates"], unknown["last_only"]) == (None, None)


def test_schools_bases_activities_and_figures_of_the_city() -> None:
    (school,) = read(
        "schools", ("乡镇", "学校名称", "学段", "科学教师"), ("云岭镇", "演示学校1", "九年一贯制学校", "/")
    )
    assert (school["unit_code"], school["stage"], school["science_teacher"]) == (TOWN, "nine-year", "none")
    (base,) = read("bases", ("基地名称", "级别"), ("演示基地1", "省级"))
    assert (base["unit_code"], base["level"]) == (PLACE, "region")
    (activity,) = read(
        "activities", ("活动名称", "日期", "形式", "覆盖单位"), ("下乡", 2022.5, "大篷车", "云岭镇、河口街道柳树村")
    )
    assert activity["unit_code"] == PLACE
    assert activity["reaches"] == (WILLOW_RIVER, TOWN)
    assert activity["date"] == date(2022, 5, 1)
    (figure,) = read("figures", ("任务号", "指标", "数值", "佐证"), (7, "工作人员", "6", "文件"))
    assert (figure["unit_code"], figure["task"], figure["value"]) == (PLACE, 7, 6.0)


@pytest.mark.parametrize(
    ("written", "value"), [("是", 1.0), ("已完成", 1.0), ("√", 1.0), ("否", 0.0), ("无", 0.0), (1, 1.0)]
)
def test_declarations_in_words(written: Cell, value: float) -> None:
    (record,) = read("figures", ("任务号", "指标", "数值"), (1, "方案印发", written))
    assert record["value"] == value


def test_required_cells() -> None:
    header = ("乡镇", "活动名称", "日期")
    assert faults("activities", header, ("云岭镇", "讲座", None)) == [("error", "cell-required", 2, "日期")]


def test_faults_say_where(subtests: pytest.Subtests) -> None:
    cases: list[tuple[str, tuple[str, ...], tuple[Cell, ...], str, str]] = [
        ("stations", ("面积",), ("很大",), "cell-number", "面积"),
        ("stations", ("设备",), ("在建",), "cell-flag", "设备"),
        ("stations", ("建成日期",), ("2022.13",), "cell-date", "建成日期"),
        ("stations", ("专用/共用",), ("借用",), "cell-choice", "专用/共用"),
        ("stations", ("服务单位",), ("某某村",), "unit-unknown", "服务单位"),
        ("boards", ("更换日期",), ("2022.13",), "cell-dates", "更换日期"),
        ("stations", ("经度", "纬度"), (102.05, None), "coordinate-half", "纬度"),
        ("stations", ("经度", "纬度"), (None, 30.06), "coordinate-half", "经度"),
        ("stations", ("经度", "纬度"), (30.06, 102.05), "axes-swapped", "经度"),
        ("stations", ("经度", "纬度"), (116.4, 39.9), "outside-place", "经度"),
        ("stations", ("经度", "纬度"), ("东经", 30.06), "cell-number", "经度"),
        ("stations", ("经度", "纬度", "坐标系"), (102.05, 30.06, "北京54"), "datum-unknown", "坐标系"),
    ]
    for layer, header, cells, code, column in cases:
        with subtests.test(code=code, cells=cells):
            found = harvest(layer, table((*WHERE, "名称", *header), (*WILLOW, "名", *cells)), datum="cgcs2000")
            (fault,) = found.faults
            assert (fault.severity, fault.code, fault.row, fault.column) == ("error", code, 2, column)
            assert fault.sheet == "表"
            assert fault.value == (text_of(cells[header.index(column)]) or "")
            assert fault.message
            assert fault.remedy
            assert not found.records


def test_every_fault_of_a_row_and_of_every_row_is_found() -> None:
    header = (*WHERE, "名称", "面积", "建成日期")
    found = faults("stations", header, (*WILLOW, "甲", "大", "2022.13"), ("某镇", "某村", "乙", "小", ""))
    assert [(code, row) for _, code, row, _ in found] == [
        ("cell-number", 2), ("cell-date", 2), ("township-unknown", 3), ("cell-number", 3),
    ]  # fmt: skip


@pytest.mark.parametrize("cell", ["无", "/", 0, "-", ""])
def test_no_coordinates_in_any_form(cell: Cell) -> None:
    (record,) = read("stations", (*WHERE, "名称", "经度", "纬度"), (*WILLOW, "站", cell, cell))
    assert record["geometry"] is None


def test_datums() -> None:
    header = (*WHERE, "名称", "经度", "纬度", "坐标系")
    rows = [(*WILLOW, f"站{n}", 102.0557, 30.0673, datum) for n, datum in enumerate(("高德", "BD-09", "天地图", None))]
    points = [record["geometry"] for record in read("stations", header, *rows)]
    assert points[2].x == points[3].x == 102.0557
    assert len({point.x for point in points}) == 3
    declared = harvest("stations", table(header, rows[3]), datum="gcj02").records["stations"][0]["geometry"]
    assert declared.equals(points[0])
    own = harvest("stations", table(header, rows[2]), datum="gcj02").records["stations"][0]["geometry"]
    assert own.equals(points[2])
    assert faults("stations", header[:5], rows[0][:5]) == [("note", "datum-assumed", None, None)]


# ── ledgers ──────────────────────────────────────────────────────────────────

LEDGER_HEADER = (*WHERE, "活动站", "宣传栏", "宣传栏更换日期", "科普员", "科普组织", "分管领导")


def ledger(*cells: Cell) -> Harvest:
    return harvest(LEDGER, table(LEDGER_HEADER, (*WILLOW, *cells)))


def test_a_ledger_row_is_several_records() -> None:
    found = ledger("共用", "有", "2022-05-03", 2, "科普小组", "某人")
    assert not found.faults
    by = {layer: records[0] for layer, records in found.records.items()}
    assert set(by) == {"stations", "boards", "communicators", "organisations"}
    assert by["stations"]["sharing"] == "shared"
    assert by["boards"]["updates"] == (date(2022, 5, 3),)
    assert by["communicators"]["count"] == 2
    assert by["organisations"]["leader"] is True
    assert all(record["unit_code"] == WILLOW_RIVER and record["row"] == 2 for record in by.values())


def test_a_ledger_tells_none_from_blank() -> None:
    found = ledger("无", "", "", "/", 0, "")
    assert not found.records
    assert {row["layer"] for row in found.none} == {"stations", "communicators", "organisations"}
    assert {row["layer"] for row in found.blank} == {"boards"}
    assert not found.faults


def test_a_change_of_content_tells_of_a_board() -> None:
    found = ledger("", "", "2022-05-03", "", "", "")
    assert [record["updates"] for record in found.records["boards"]] == [(date(2022, 5, 3),)]
    header = (*WHERE, "宣传栏最近更换日期")
    (board,) = harvest(LEDGER, table(header, (*WILLOW, "2022.5"))).records["boards"]
    assert board["last_only"] is True


def test_a_ledger_that_contradicts_itself() -> None:
    (fault,) = ledger("", "无", "2022-05-03", "", "", "").faults
    assert (fault.severity, fault.code, fault.column) == ("error", "none-and-some", "宣传栏")


@pytest.mark.parametrize(("cell", "count"), [("某人", 1), ("某人、另一人", 2), ("有", 1), ("3名", 3), (1.0, 1)])
def test_communicators_of_a_ledger(cell: Cell, count: int) -> None:
    (record,) = ledger("", "", "", cell, "", "").records["communicators"]
    assert record["count"] == count
    assert "某人" not in str(record)


@pytest.mark.parametrize("cell", ["在建", "拟建", "待定", "?"])
def test_a_ledger_never_takes_a_promise_as_a_station(cell: Cell) -> None:
    (fault,) = ledger(cell, "", "", "", "", "").faults
    assert (fault.severity, fault.column, fault.value) == ("error", "活动站", cell)


# ── files ────────────────────────────────────────────────────────────────────


def test_explanations_and_empty_sheets_are_passed_over() -> None:
    good = table((*WHERE, "名称"), (*WILLOW, "站"))
    words = table(("填表说明",), ("请逐村填写",), sheet="说明")
    bare = table((*WHERE, "名称"), sheet="下半年")
    found = harvest("stations", words, good, bare)
    assert [(fault.severity, fault.code, fault.sheet) for fault in found.faults] == [
        ("note", "sheet-skipped", "说明"), ("note", "sheet-empty", "下半年"),
    ]  # fmt: skip
    assert len(found.records["stations"]) == 1


def test_several_sheets_are_one_list() -> None:
    first = table((*WHERE, "名称"), (*WILLOW, "站"), sheet="一")
    second = table(("代码", "名称"), (WILLOW_TOWN, "站"), (WILLOW_RIVER, "站"), sheet="二")
    found = harvest("stations", first, second)
    assert [(record["sheet"], record["row"]) for record in found.records["stations"]] == [("一", 2), ("二", 2)]
    assert [(fault.code, fault.sheet) for fault in found.faults] == [("row-twice", "二")]


def test_a_second_data_sheet_with_wrong_columns_is_not_passed_over() -> None:
    wrong = table((*WHERE, "站点"), (*WILLOW, "站"), sheet="二")
    found = harvest("stations", table((*WHERE, "名称"), (*WILLOW, "站")), wrong)
    assert ("error", "column-missing", "二") in [(f.severity, f.code, f.sheet) for f in found.faults]


def test_only_a_header() -> None:
    found = harvest("stations", table((*WHERE, "名称")), table((*WHERE, "名称"), ("", " ", None), sheet="二"))
    assert [fault.code for fault in found.faults if fault.severity == "error"] == ["no-rows"]


def test_faults_never_show_people() -> None:
    header = (*WHERE, "名称", "面积", "责任人", "联系电话")
    row = ("某镇", "某村", "站", "大", "甲乙丙", "13900000000")
    found = harvest("stations", table(header, row, row))
    assert len(found.faults) >= 4
    for fault in found.faults:
        assert "甲乙丙" not in fault.line()
        assert "13900000000" not in fault.line()


# ── months, datums, contradictions ───────────────────────────────────────────

BUILT = (*WHERE, "活动站名称", "建成日期")


@pytest.mark.parametrize(
    ("cell", "day", "month_only"),
    [("2022年5月", date(2022, 5, 1), True), ("2022-05-03", date(2022, 5, 3), False), ("", None, None)],
)
def test_a_month_told_alone_is_marked(cell: str, day: date | None, *, month_only: bool | None) -> None:
    (record,) = read("stations", BUILT, (*WILLOW, "柳树站", cell))
    assert (record.get("built_on"), record["month_only"]) == (day, month_only)
    assert type(record.get("built_on")) in (date, type(None))


def test_changes_keep_their_months_and_titles_hold_through_theirs() -> None:
    (board,) = read("boards", (*WHERE, "宣传栏名称", "更换日期"), (*WILLOW, "栏", "2022-05-03、2022.7"))
    assert [day.isoformat() for day in board["updates"]] == ["2022-05-03", "2022-07"]
    (base,) = read("bases", ("基地名称", "级别", "有效期至"), ("演示基地1", "国家级", "2024年2月"))
    assert base["expires_on"] == date(2024, 2, 29)
    (figure,) = read("figures", ("任务号", "指标", "数值", "数据日期"), (7, "工作人员", 5, "2022.9"))
    assert figure["as_of"] == date(2022, 9, 30)


@pytest.mark.parametrize(
    ("header", "cells", "datum"),
    [
        (("经度", "纬度", "坐标系"), (102.05, 30.06, "高德"), "gcj02"),
        (("经度", "纬度", "坐标系"), (102.05, 30.06, ""), "cgcs2000"),
        (("经度", "纬度", "坐标系"), ("", "", "高德"), None),
    ],
)
def test_a_point_keeps_the_datum_that_it_came_in(
    header: tuple[str, ...], cells: tuple[Cell, ...], datum: str | None
) -> None:
    (record,) = read("stations", (*WHERE, "活动站名称", *header), (*WILLOW, "站", *cells))
    assert record["datum"] == datum
    assert (record["geometry"] is None) == (datum is None)


@pytest.mark.parametrize(
    ("layer", "header", "cells", "column"),
    [
        ("stations", ("活动站名称", "建成日期"), ("站", "2022-11-02"), "建成日期"),
        ("boards", ("宣传栏名称", "更换日期"), ("栏", "2022-10-03、2032-10-03"), "更换日期"),
        ("boards", ("宣传栏名称", "最近更换日期"), ("栏", "2023.5"), "最近更换日期"),
        ("bases", ("基地名称", "有效期至"), ("基地", "2030-01-01"), None),
        ("stations", ("活动站名称", "建成日期"), ("站", "2022年11月"), None),
    ],
)
def test_a_day_after_the_report_is_doubted(
    layer: str, header: tuple[str, ...], cells: tuple[Cell, ...], column: str | None
) -> None:
    found = Normaliser(county(), None, date(2022, 11, 1)).read([table((*WHERE, *header), (*WILLOW, *cells))], layer)
    assert [(f.severity, f.code, f.column) for f in found.faults] == (
        [("warning", "date-future", column)] if column else []
    )
    assert len(found.records[layer]) == 1


def test_days_are_held_against_the_day_of_reception_and_told_once_a_column() -> None:
    rows = [(*WILLOW, f"{n}号栏", "2022-10-01", "2022-10-03") for n in range(15)]
    rows.append((*WILLOW, "旧栏", "2020-01-01", "2022-10-01"))
    header = (*WHERE, "宣传栏名称", "建成日期", "更换日期")
    found = Normaliser(county(), received_on=date(2022, 10, 2)).read([table(header, *rows)], "boards")
    (fault,) = [fault for fault in found.faults if fault.code == "date-future"]
    assert (fault.column, fault.row) == ("更换日期", 2)
    assert "第2、3、4、5、6、7、8、9、10、11行等共15行" in fault.message
    assert "2022-10-02" in fault.message
    later = Normaliser(county(), received_on=date(2022, 10, 3)).read([table(header, *rows)], "boards")
    assert "date-future" not in [fault.code for fault in later.faults]


def test_figures_for_the_month_that_runs_are_not_doubted() -> None:
    header, row = ("任务号", "指标", "数值", "数据日期"), (1, "某项", 3, "2022-10-31")
    for day, doubted in ((date(2022, 10, 5), False), (date(2022, 9, 30), True)):
        found = Normaliser(county(), received_on=day).read([table(header, row)], "figures")
        assert ("date-future" in [fault.code for fault in found.faults]) is doubted


@pytest.mark.parametrize(
    ("layer", "header", "cells", "code", "column"),
    [
        ("communicators", ("科普员姓名", "科普员人数"), ("演示员01", 0), "none-and-some", "科普员人数"),
        ("boards", ("宣传栏名称", "更换日期", "最近更换日期"), ("栏", "无", "2022-09-01"), "none-and-some", "更换日期"),
        ("stations", ("活动站名称", "面积"), ("站", -20), "cell-number", "面积"),
        ("boards", ("宣传栏名称", "长度"), ("栏", "-3米"), "cell-number", "长度"),
    ],
)
def test_what_contradicts_itself_is_refused(
    layer: str, header: tuple[str, ...], cells: tuple[Cell, ...], code: str, column: str
) -> None:
    found = harvest(layer, table((*WHERE, *header), (*WILLOW, *cells)))
    assert [(fault.severity, fault.code, fault.column) for fault in found.faults] == [("error", code, column)]
    assert not found.records
    assert "演示员01" not in " ".join(fault.line() for fault in found.faults)


# ── workbooks of several layers ──────────────────────────────────────────────

STATIONS_SHEET = table((*WHERE, "活动站名称", "面积"), (*WILLOW, "柳树站", 60), sheet="活动站")
BOARDS_SHEET = table((*WHERE, "宣传栏名称", "更换日期"), (*WILLOW, "柳树栏", "2022-09-01"), sheet="宣传栏")
NOTES_SHEET = table(("填表说明",), ("请如实填写",), sheet="说明")


def test_a_sheet_of_another_layer_is_never_read_as_the_one_asked_for() -> None:
    found = harvest("stations", STATIONS_SHEET, BOARDS_SHEET, NOTES_SHEET)
    errors = [(fault.code, fault.sheet) for fault in found.faults if fault.severity == "error"]
    assert errors == [("sheet-other-layer", "宣传栏")]
    assert [record["name"] for record in found.records["stations"]] == ["柳树站"]


def test_each_sheet_of_a_workbook_finds_its_own_layer() -> None:
    found = harvest(AUTO, STATIONS_SHEET, BOARDS_SHEET, NOTES_SHEET)
    assert {layer: [r["name"] for r in records] for layer, records in found.records.items()} == {
        "stations": ["柳树站"], "boards": ["柳树栏"],
    }  # fmt: skip
    assert list(found.layers) == ["stations", "boards"]
    assert [(f.severity, f.code, f.sheet) for f in found.faults] == [("warning", "sheet-skipped", "说明")]


def test_a_workbook_without_any_layer_is_refused() -> None:
    found = harvest(AUTO, NOTES_SHEET)
    assert [(f.severity, f.code) for f in found.faults] == [("error", "layer-unclear")]


def test_a_hidden_sheet_is_told_of_and_not_read() -> None:
    found = harvest("stations", STATIONS_SHEET, replace(BOARDS_SHEET, hidden=True, body=()))
    assert [(f.severity, f.code, f.sheet) for f in found.faults] == [("warning", "sheet-hidden", "宣传栏")]


HOSTILE = ["${alert(1)}", "</script><b>", "<img onerror=x>", "`x`", "\u202eabc", "=1+1", "a'b\"c", "甲\n乙", "%s{0}"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_kept_and_forges_no_line(name: str) -> None:
    (record,) = read("stations", (*WHERE, "名称"), (*WILLOW, name))
    assert record["name"] == name
    (fault,) = harvest("stations", table((*WHERE, "名称", "面积"), (*WILLOW, "站", name))).faults
    assert len(fault.line().splitlines()) == 1
    assert "\u202e" not in fault.line()


CELLS = st.one_of(
    st.none(), st.text(max_size=8), st.integers(-(10**13), 10**13), st.floats(), st.booleans(), st.dates(),
    st.sampled_from(["无", "有", "柳树村", "河口街道", "共用", "2022.5", "云岭镇柳树村", WILLOW_RIVER, 102.05, 30.06]),
)  # fmt: skip


@given(st.sampled_from([*LAYERS, LEDGER]), st.data())
def test_no_row_breaks_the_reader(layer: str, data: st.DataObject) -> None:
    """Whatever is in the cells, a row yields a record, a none, a blank or a fault with its place."""
    columns = {column: header for header, column in headers_of(layer).items()}
    row = [data.draw(CELLS) for _ in columns]
    found = harvest(layer, table(tuple(columns.values()), row))
    said = [*found.records.get(layer, []), *found.none, *found.blank]
    errors = [fault for fault in found.faults if fault.severity == "error"]
    assert errors or said or any(found.records.values())
    for fault in errors:
        assert fault.message
        assert len(fault.line().splitlines()) == 1
    for record in (record for records in found.records.values() for record in records):
        assert record["unit_code"] == PLACE or county().gazetteer.known(record["unit_code"])
