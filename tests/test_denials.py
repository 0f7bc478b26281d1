"""What stands in place of names, and rows that only deny: never a facility that isn't there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from geo.files.sheets import RawTable
from geo.intake.columns import AUTO, LEDGER
from geo.intake.normalise import Normaliser
from geo.words.denials import said_of, said_of_person
from tests.support import WILLOW_RIVER, county

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.intake.harvest import Harvest

WHERE = ("乡镇", "村")
WILLOW = ("河口街道", "柳树村")
NAMES = [
    "未来社区科普站",
    "无线电科普室",
    "计划生育站",
    "建设路社区科普活动站",
    "停车场科普站",
    "待渡村活动站",
    "无花果村科普站",
    "新建村活动站",
    "缺月村宣传栏",
    "空港社区活动站",
    "村委会宣传栏",
    "科普画廊（共3块）",
    "未央路宣传栏",
    "文化站（与村共用）",
    "拆迁安置小区宣传栏",
    "规划展示馆",
    "在建筑工地科普站",
    "建设中路活动站",
    "无人机科普站",
    "0号院宣传栏",
    "活动站",
    "科普活动站",
    "宣传栏1",
    "文化活动室",
    "中心站",
    "有",
    "√",
    "已建成",
]
NONE = ["无", "没有", "0", "/", "-", "无活动站", "未建活动站", "没有活动站", "暂未建立", "尚未建设", "无科普活动站"]
DOUBTFUL = [
    "已拆除",
    "正在建设",
    "在建（2023年完工）",
    "计划2023年建设",
    "待建活动站",
    "无（与庙工村共用）",
    "拟成立",
    "筹备中",
    "规划中",
    "待定",
    "不详",
    "停用",
    "已停用",
    "待建",
]


@pytest.mark.parametrize(("texts", "said"), [(NAMES, "name"), (NONE, "none"), (DOUBTFUL, "doubtful")])
def test_what_a_name_says(texts: list[str], said: str) -> None:
    assert {text: said_of(text, "stations") for text in texts} == dict.fromkeys(texts, said)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["王一", "张未来", "王一、李二", "阿依古丽"], "name"),
        (["无", "暂缺", "缺", "暂无人员", "尚未配备", "没有"], "none"),
        (["待定", "空缺", "未落实", "待聘", "正在物色", "?", "已调离", "待补充"], "doubtful"),
    ],
)
def test_what_stands_for_a_person(texts: list[str], said: str) -> None:
    assert {text: said_of_person(text) for text in texts} == dict.fromkeys(texts, said)


def read(layer: str, header: Sequence[str], *rows: Sequence[Any], sheet: str = "表") -> Harvest:
    table = RawTable("a.xlsx", sheet, tuple(header), tuple(tuple(row) for row in rows))
    return Normaliser(county()).read([table], layer)


def errors(found: Harvest) -> list[tuple[str, str | None]]:
    return [(f.code, f.column) for f in found.faults if f.severity == "error"]


@pytest.mark.parametrize(
    ("layer", "header", "cells"),
    [
        ("stations", ("活动站名称", "面积", "设备"), (None, 0, None)),
        ("stations", ("活动站名称", "面积", "设备"), (None, "无", "无")),
        ("stations", ("活动站名称", "面积", "设备"), (None, "/", "/")),
        ("boards", ("宣传栏名称", "长度", "更换日期"), (None, "/", "/")),
        ("organisations", ("组织名称", "专兼职人员", "分管领导"), (None, 0, "无")),
        ("schools", ("学校名称", "科技活动室", "科学教师"), (None, "无", "无")),
        ("associations", ("协会名称", "民政登记"), (None, "否")),
    ],
)
def test_a_row_that_only_says_none_is_asked_about(layer: str, header: tuple[str, ...], cells: tuple[Any, ...]) -> None:
    found = read(layer, (*WHERE, *header), (*WILLOW, *cells))
    assert [code for code, _ in errors(found)] == ["none-or-lacking"]
    assert not found.records


@pytest.mark.parametrize(
    ("presence", "area", "records", "none", "codes"),
    [
        ("无", None, 0, 1, []),
        ("有", 60, 1, 0, []),
        ("2", 60, 1, 0, []),
        ("0", None, 0, 1, []),
        ("无", 60, 0, 0, ["none-and-some"]),
        ("在建", None, 0, 0, ["name-doubtful"]),
    ],
)
def test_a_list_may_say_whether_there_is_one(
    presence: str, area: float | None, records: int, none: int, codes: list[str]
) -> None:
    found = read("stations", (*WHERE, "活动站", "面积"), (*WILLOW, presence, area))
    assert (len(found.records.get("stations", [])), len(found.none)) == (records, none)
    assert [code for code, _ in errors(found)] == codes


@pytest.mark.parametrize("person", ["待定", "空缺", "未落实", "正在物色", "?"])
def test_nobody_yet_is_no_communicator(person: str) -> None:
    found = read("communicators", (*WHERE, "科普员姓名", "联系电话"), (*WILLOW, person, None))
    assert errors(found) == [("name-doubtful", "科普员姓名")]
    assert person not in " ".join(f.line() for f in found.faults)


@pytest.mark.parametrize(
    ("cell", "sharing"),
    [
        ("共用文化站", "shared"), ("与庙工村共用", "shared"), ("共用（村委会）", "shared"), ("合用一处", "shared"),
        ("有（共用）", "shared"), ("专用", "dedicated"), ("有，专用", "dedicated"), ("有", None),
    ],
)  # fmt: skip
def test_a_ledgers_words_for_sharing(cell: str, sharing: str | None) -> None:
    found = read(LEDGER, (*WHERE, "活动站", "宣传栏"), (*WILLOW, cell, None))
    (station,) = found.records["stations"]
    assert station.get("sharing") == sharing


MIXED = ("序号", "乡镇", "村", "设施类型", "名称", "专用/共用", "面积或长度", "最近更换日期")
MIXED_ROWS = (
    (1, *WILLOW, "科普活动站", "柳树站", "专用", 60, None),
    (2, None, "柳树村", "宣传栏", "柳树栏", "共用", 8, "2022-09-01"),
)


@pytest.mark.parametrize("layer", [AUTO, LEDGER])
def test_each_row_of_a_mixed_ledger_is_what_it_says(layer: str) -> None:
    found = read(layer, MIXED, *MIXED_ROWS)
    assert errors(found) == []
    (station,), (board,) = found.records["stations"], found.records["boards"]
    assert (station["name"], station["area_m2"], station["unit_code"]) == ("柳树站", 60.0, WILLOW_RIVER)
    assert (board["name"], board["length_m"], board["sharing"], board["row"]) == ("柳树栏", 8.0, "shared", 3)
    assert [f.code for f in found.faults if f.severity == "warning"] == []


def test_a_mixed_ledger_is_never_read_as_one_layer() -> None:
    found = read("stations", MIXED, *MIXED_ROWS)
    assert [code for code, _ in errors(found)] == ["sheet-other-layer"]
    found = read(AUTO, MIXED, *MIXED_ROWS, (3, *WILLOW, "别的", "某物", None, None, None))
    assert errors(found) == [("type-unknown", "设施类型")]
