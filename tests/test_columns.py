"""Headers as people write them, and which layer a table is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from geo.errors import InputRefused
from geo.files.sheets import RawTable
from geo.intake.columns import IMPORTABLE, LEDGER, detect_layer, map_columns, recognised, rival, speaks_of
from geo.schema import LAYERS
from geo.words.vocabulary import catalogue, column_of, headers_of

if TYPE_CHECKING:
    from geo.faults import Fault
    from geo.words.cells import Cell


def table(*header: str, body: tuple[tuple[Cell, ...], ...] = ()) -> RawTable:
    return RawTable("a.xlsx", "表", header, body)


def faults_of(layer: str, *header: str) -> list[Fault]:
    return map_columns(table(*header), layer)[1]


def codes(layer: str, *header: str) -> list[tuple[str, str]]:
    return [(fault.severity, fault.code) for fault in faults_of(layer, *header)]


def test_headers_in_chinese_english_and_with_units() -> None:
    fields, faults = map_columns(
        table("村（社区） 代码", "乡镇\uff08街道\uff09", "活动站名称", "面积\uff08平方米\uff09", "built_on"), "stations"
    )
    assert {name: at.position for name, at in fields.items()} == {
        "unit_code": 0, "township": 1, "name": 2, "area_m2": 3, "built_on": 4,
    }  # fmt: skip
    assert fields["area_m2"].measure == "平方米"
    assert not faults


def test_an_unknown_column_is_a_warning_and_a_nameless_one_a_note() -> None:
    _, faults = map_columns(table("代码", "名称", "领导批示", "", body=(("1", "2", "3", "4", "5"),)), "stations")
    assert [(f.severity, f.code) for f in faults] == [("warning", "column-unknown"), ("note", "column-nameless")]
    assert faults[0].column == "领导批示"
    assert "第4、5列" in faults[1].message


def test_a_column_that_stands_twice() -> None:
    assert codes("stations", "代码", "单位代码", "名称") == [("error", "column-twice")]


def test_missing_columns() -> None:
    assert ("error", "column-missing") in codes("stations", "名称", "面积")
    assert ("error", "column-missing") in codes("stations", "代码", "备注")
    assert ("error", "column-missing") in codes("activities", "代码", "活动名称")
    assert ("error", "column-missing") in codes("figures", "任务号", "数值")
    assert ("error", "column-missing") in codes(LEDGER, "乡镇", "村", "备注")
    assert codes("figures", "任务号", "指标", "数值") == []
    assert codes("bases", "基地名称", "级别") == []


def test_an_unknown_unit_of_measure_in_a_header_is_refused_once() -> None:
    (fault,) = faults_of("stations", "代码", "名称", "面积（平方尺）")
    assert (fault.severity, fault.code, fault.column, fault.row) == ("error", "measure-unknown", "面积（平方尺）", 1)
    assert "平方米" in fault.remedy
    assert codes("figures", "任务号", "指标", "数值（万元）") == [("error", "measure-unknown")]
    assert codes(LEDGER, "代码", "活动站", "活动站面积（尺）") == [("error", "measure-unknown")]
    assert codes("stations", "代码（12位）", "名称（全称）", "设备（有/无）", "建成日期（年月）") == []


@pytest.mark.parametrize(
    ("header", "layer"),
    [
        (("代码", "活动站名称", "面积"), "stations"),
        (("乡镇", "村", "宣传栏名称", "更换日期"), "boards"),
        (("乡镇", "村", "科普员姓名", "科普员人数"), "communicators"),
        (("学校名称", "学段", "科技活动室"), "schools"),
        (("基地名称", "级别", "命名日期"), "bases"),
        (("乡镇", "活动站", "宣传栏", "科普员"), LEDGER),
        (("活动名称", "活动日期", "活动地点"), "activities"),
        (("任务号", "指标", "数值"), "figures"),
        (("协会名称", "民政登记"), "associations"),
        (("代码", "常住人口", "户籍人口"), "villages"),
    ],
)
def test_a_layer_is_told_by_its_header(header: tuple[str, ...], layer: str) -> None:
    assert detect_layer(table(*header)) == layer
    assert recognised(table(*header), layer) >= 2


@pytest.mark.parametrize("header", [("代码", "名称"), ("乡镇", "村", "设备"), ("甲", "乙"), (), ("名称", "建成日期")])
def test_an_unclear_header_is_never_guessed(header: tuple[str, ...]) -> None:
    assert detect_layer(table(*header)) is None


SHARED_BY_TWO = ("乡镇", "村", "名称", "服务单位", "建成日期")


def test_a_header_that_fits_two_layers_is_told_by_its_sheets_name_or_refused() -> None:
    with pytest.raises(InputRefused) as caught:
        detect_layer(table(*SHARED_BY_TWO))
    assert caught.value.faults[0].code == "layer-unclear"
    assert detect_layer(replace(table(*SHARED_BY_TWO), sheet="宣传栏")) == "boards"


@pytest.mark.parametrize(
    ("header", "sheet", "layer", "other"),
    [
        (("乡镇", "村", "宣传栏名称", "更换日期"), "Sheet1", "stations", "boards"),
        (("乡镇", "村", "活动站名称", "设备"), "Sheet1", "stations", None),
        (SHARED_BY_TWO, "Sheet1", "stations", None),
        (SHARED_BY_TWO, "宣传栏", "stations", "boards"),
        (SHARED_BY_TWO, "活动站和宣传栏", "stations", None),
        (("乡镇", "村", "活动站名称", "设备", "面积"), "宣传栏", "stations", None),
        (("乡镇", "村", "名称"), "宣传栏", "stations", "boards"),
        (("乡镇", "村", "名称"), "填表说明", "stations", None),
    ],
)
def test_a_sheet_of_another_layer_is_told_apart(
    header: tuple[str, ...], sheet: str, layer: str, other: str | None
) -> None:
    assert rival(replace(table(*header), sheet=sheet), layer) == other


def test_an_explanation_is_not_data() -> None:
    for header in (("填表说明",), ("列名", "说明"), ("序号", "说明"), ("单位", "说明")):
        assert not speaks_of(map_columns(table(*header), "figures")[0])
    assert speaks_of(map_columns(table("乡镇", "村", "名称"), "stations")[0])


def test_every_header_in_the_catalogue_leads_to_a_column_that_exists() -> None:
    inputs = {"township", "village", "remark", "number", "last_update", "presence"}
    inputs |= {"lon", "lat", "x", "y", "position", "datum"}
    inputs |= {"person", "phone", "facility_type"}
    for layer in IMPORTABLE:
        for column in headers_of(layer).values():
            of, _, name = column.rpartition(".")
            home = LAYERS[of or (layer if layer != LEDGER else "villages")]
            assert name in inputs or home.column(name).name == name


def test_every_column_has_a_header_in_chinese_and_english() -> None:
    """What the schema has, people can send; its own label and name are among the spellings."""
    given = {"in_plan", "agricultural", "short_name", "township_code", "kind", "date"}
    for layer in LAYERS.values():
        for column in layer.columns:
            if (not column.derived and column.name not in given) or (layer.name == "bases" and column.name == "kind"):
                assert column_of(column.label, layer.name)[0] == column.name, (layer.name, column.label)
                assert column_of(column.name, layer.name)[0] == column.name, (layer.name, column.name)


def test_no_spelling_means_two_things() -> None:
    for table_name, values in catalogue()["values"].items():
        seen: dict[str, str] = {}
        for value, spellings in values.items():
            for spelling in spellings:
                assert seen.setdefault(spelling, value) == value, (table_name, spelling)


def test_a_header_written_nearly_right_is_asked_about_and_never_taken() -> None:
    found, (fault,) = map_columns(table("代码", "宣传栏名称", "更換日期间"), "boards")
    assert "updates" not in found
    assert "更换日期" in fault.message
    assert "--column 更換日期间=更换日期" in fault.remedy
    found, faults = map_columns(table("代码", "宣传栏名称", "更換日期间"), "boards", {"更換日期间": "更换日期"})
    assert (found["updates"].position, faults) == (2, [])


def test_codes_are_told_by_what_a_column_holds() -> None:
    body: tuple[tuple[Cell, ...], ...] = (("990101001001", "甲站"), ("990101001201", "乙站"))
    known = {"990101001001", "990101001201"}
    for header in (("某某", "活动站名称"), ("", "活动站名称")):
        found, faults = map_columns(table(*header, body=body), "stations", None, known.__contains__)
        assert found["unit_code"].position == 0
        assert [(f.severity, f.code) for f in faults] == [("note", "column-by-content")]
    odd = (*body, ("不是代码", "丙站"))
    _, faults = map_columns(table("某某", "活动站名称", body=odd), "stations", None, known.__contains__)
    assert "column-missing" in [f.code for f in faults]
