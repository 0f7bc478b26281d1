"""Messy lists of the invented county: a few cells of each kind, again and again, most of them good."""

from __future__ import annotations

import random
from datetime import date, datetime
from typing import TYPE_CHECKING

from geo.files.sheets import RawTable
from tests.support import county

if TYPE_CHECKING:
    from geo.words.cells import Cell

UNITS = list(county().villages[["code", "name", "township_code", "lon", "lat"]].itertuples(index=False, name=None))
TOWNS = dict(zip(county().townships["code"], county().townships["name"], strict=True))
DAYS: tuple[Cell, ...] = (
    date(2021, 5, 3), datetime(2020, 1, 2), "2022.5.3", "2021年8月", 44000, 2022.5, 2022.1, "5月3日", "昨天", "",
    "2040-1-1",
)  # fmt: skip
NUMBERS: tuple[Cell, ...] = (
    60, 45, 60.5, "1,200", "80平方米", "3亩", "很大", -5, True, 0, None, "#REF!", float("nan"), "０12",
)  # fmt: skip
FLAGS: tuple[Cell, ...] = ("有", "无", "√", "投影仪2台", "投影仪坏了", "待定", "", None, "—", 1, 0, True)
NAMES: tuple[Cell, ...] = (
    "活动站", "有", "无", "0", "在建", "甲站", "未央路宣传栏", "", None, "科普活动站（未建成）", "建设中学",
    "待2023年建",
)  # fmt: skip
COLUMNS: dict[str, dict[str, tuple[Cell, ...]]] = {
    "stations": {
        "面积(平方米)": NUMBERS, "设备": FLAGS, "专用/共用": ("专用", "共用", "合用", "", None), "建成日期": DAYS,
        "服务村": ("", None, "无", "柳树村", "天上村", "990101001001"), "备注": ("好", "", None, 12),
    },
    "boards": {
        "长度(米)": NUMBERS, "建成日期": DAYS, "更换日期": (*DAYS, "2021-5-3、2022-5-3", "无", "0"),
        "最近更换日期": DAYS, "照片编号": ("A1", "", 7),
    },
    "communicators": {
        "姓名": ("", "张三", "无", "待定", None), "人数": (1, 2, 0, "", "两个", None), "电话": ("", "139"),
    },
    "activities": {"活动日期": DAYS, "活动类型": ("讲座", "别的", ""), "参加人数": NUMBERS},
    "schools": {"学段": ("小学", "初中", "大学", ""), "学生数": NUMBERS, "科学教师": ("专职", "兼职", "无", "")},
}  # fmt: skip
LON_LAT = ("经度", "纬度")


def messy_list(layer: str, seed: int, rows: int = 60) -> RawTable:
    """Return a list of a layer: units by code and names, names, its own columns, coordinates and their datum."""
    rng = random.Random(f"{layer} {seed}")
    bad = rng.choice((0.0, 0.05, 0.3))
    header = ("序号", "代码", "乡镇", "村", "名称", *COLUMNS[layer], *LON_LAT, *(("坐标系",) if seed % 2 else ()))
    swapped, shift = rng.random() < 0.2, rng.choice((0.0, 0.0, 0.004))
    columns = [(cells, rng.sample(cells, min(3, len(cells)))) for cells in COLUMNS[layer].values()]
    body = []
    for number in range(rows):
        code, village, town, lon, lat = rng.choice(UNITS[:6] if seed % 3 else UNITS)
        unit: list[Cell] = [code, TOWNS[town], village]
        at = [float(lon) + shift + rng.uniform(-0.001, 0.001), float(lat) + shift]
        if rng.random() < bad:
            unit = rng.choice(
                [[code, None, None], [None, "", village], [None, TOWNS[town], village[:-1]], ["", "同上", village],
                 ["99010100100", TOWNS[town], village], [code, "云上镇", "天上村"],
                 ["9.90101E+11", TOWNS[town], village]]
            )  # fmt: skip
        place: list[Cell] = [*reversed(at)] if swapped else [*at]
        if rng.random() < bad:
            place = rng.choice(
                [["", ""], [at[0], None], [f"{at[0]:.4f}°", f"{at[1]:.4f}°"], [at[0] + 3, at[1]], [2022, 5], ["无", 0],
                 [at[0] + 0.2, at[1]], ["东", "西"], [at[1], at[0]], [-at[0], at[1]]]
            )  # fmt: skip
        own = [rng.choice(odd if rng.random() < bad else cells[:2]) for cells, odd in columns]
        name = rng.choice(NAMES) if rng.random() < bad else rng.choice((f"站{number}", "甲站", f"站{number % 7}"))
        datum = rng.choice(("CGCS2000", "CGCS2000", "高德", "北京54", "")) if bad else "CGCS2000"
        body.append((number + 1, *unit, name, *own, *place, *([datum] if seed % 2 else [])))
    return RawTable("表.xlsx", "一", header, tuple(body), sections=((20, TOWNS[UNITS[0][2]]),) if seed % 5 == 0 else ())
