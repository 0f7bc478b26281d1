"""The city offices' part of the demo submissions: schools, bases, associations, activities, figures.

Used by make_submissions.py; everything is invented.
"""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from make_facilities import AS_OF, near

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from make_facilities import Unit
    from make_tables import Cell, Folder

PLACE = "652301000000"
CENSUS = 607_441
AGRICULTURAL = ("652301001", "652301004", "652301005")
WHERE = ("乡镇(街道)", "村(社区)")
SCHOOLS = (
    *("学校编号", *WHERE, "学校名称", "学段", "市属", "农村学校", "学生数"),
    *("科技活动室", "科学教师(科技辅导员)", "科技馆", "经度", "纬度"),
)
STAGES = ("小学", "小学", "小学", "初中", "九年一贯制", "高中", "完全中学")
BASES = ("基地编号", *WHERE, "基地名称", "基地类型", "级别", "命名日期", "有效期至", "经度", "纬度")
# type, level, titled on, expires on: six count; one is of county level, one has expired, one gets its title later
TITLES = (
    ("科普教育基地", "国家级", date(2019, 9, 10), date(2024, 12, 31)),
    ("科普教育基地", "自治区级", date(2020, 5, 20), date(2025, 5, 19)),
    ("青少年科普基地", "自治区级", date(2021, 6, 1), None),
    ("农村科普示范基地", "地州级", date(2018, 4, 15), date(2023, 4, 14)),
    ("科普特色学校", "地州级", date(2021, 9, 1), None),
    ("科普教育基地", "地州级", date(2020, 11, 3), date(2025, 11, 2)),
    ("科普教育基地", "县市级", date(2021, 3, 12), None),
    ("农村科普示范基地", "地州级", date(2016, 6, 1), date(2021, 5, 31)),
    ("青少年科普基地", "地州级", date(2022, 12, 5), None),
)
ASSOCIATIONS = ("乡镇(街道)", "协会名称", "民政登记", "登记证号")
POPULATION = ("统计用区划代码", *WHERE, "常住人口(人)")
ACTIVITIES = ("活动名称", "活动日期", *WHERE, "活动地点", "活动形式", "覆盖单位", "参加人数")
KINDS = ("科普讲座", "科普展览", "集中宣传", "技术培训", "其他活动")
# items of plan.toml with the value reported; None is a blank
FIGURES: dict[str, float | None] = {
    "专题研究次数": 2,
    "主要领导听取汇报次数": 1,
    "分管领导听取汇报次数": 3,
    "分管领导参加活动次数": 2,
    "市科协工作人员数": 6,
    "科普经费": 1_180_000,
    "常住人口": CENSUS,
    "注册科技志愿者数": 1126,
    "活动最少的志愿服务队年活动场次": 4,
    "志愿服务品牌数": 2,
    "大众媒体科普栏目每周次数": 1,
    "信息员数在自治区的位次百分比": 24,
    "活跃信息员数在自治区的位次百分比": None,
}
FIGURE_COLUMNS = ("任务号", "指标", "数值", "计量单位", "数据日期", "佐证材料")
# declarations of tasks: said not to be done, left out, left blank; the others are done
NOT_DONE, NOT_DECLARED, BLANK = {5}, {15, 31}, {22}


def add_city_lists(rng: random.Random, folder: Folder, towns: Sequence[Unit], names: Mapping[str, str]) -> None:
    """Add every city-wide file."""
    villages = [(town, village) for town in towns for village in town.villages]
    schools(rng, folder, villages, names)
    bases(rng, folder, villages, names)
    associations(folder, towns)
    population(rng, folder, towns, names)
    activities(rng, folder, towns, names)
    figures(folder)


def schools(
    rng: random.Random, folder: Folder, villages: Sequence[tuple[Unit, Unit]], names: Mapping[str, str]
) -> None:
    """The education bureau's roll of 68 schools; whole."""
    rows: list[list[Cell]] = []
    for number, (town, village) in enumerate(rng.sample(list(villages), 68), start=1):
        rural = town.code[6:9] >= "100"
        teacher = "" if number in (17, 52) else "无" if number in (9, 40, 63) else rng.choice(("专职", "兼职", "兼职"))
        lab = "" if number in (12, 33) else "有" if rng.random() < 0.62 else "无"
        museum = "有" if rural and number % 11 == 0 else "无"
        point = near(rng, village) or (None, None)
        row: list[Cell] = [f"YSXX{number:03d}", town.name, names[village.code], f"演示学校{number:02d}"]
        row += [rng.choice(STAGES), "是" if rng.random() < 0.72 else "否", "是" if rural else "否"]
        rows.append([*row, rng.randint(90, 1800), lab, teacher, museum, *point])
    folder.add("中小学校名册", "schools", "市教育局", SCHOOLS, rows, complete=True)


def bases(rng: random.Random, folder: Folder, villages: Sequence[tuple[Unit, Unit]], names: Mapping[str, str]) -> None:
    """The science association's list of nine bases; whole."""
    rows: list[list[Cell]] = []
    homes = rng.sample(list(villages), len(TITLES))
    for number, (title, (town, village)) in enumerate(zip(TITLES, homes, strict=True), start=1):
        point = near(rng, village) or (village.lon, village.lat)
        home = (town.name, names[village.code])
        rows.append([f"YSJD{number:02d}", *home, f"演示科普基地{number:02d}", *title, *point])
    folder.add("科普教育基地", "bases", "市科协", BASES, rows, complete=True)


def associations(folder: Folder, towns: Sequence[Unit]) -> None:
    """One association a rural township; one is not registered, one township has none."""
    rural = [t for t in towns if t.code[6:9] >= "100" or t.code[:9] in AGRICULTURAL]
    rows: list[list[Cell]] = []
    for number, town in enumerate(rural, start=1):
        if town.code.startswith("652301203"):
            continue
        registered = not town.code.startswith("652301202")
        told = ("是", f"演示证{number:03d}") if registered else ("否", "")
        rows.append([town.name, f"演示农村专业技术协会{number:02d}", *told])
    folder.add("农村专业技术协会", "associations", "市民政局", ASSOCIATIONS, rows, complete=True, scope=PLACE)


def population(rng: random.Random, folder: Folder, towns: Sequence[Unit], names: Mapping[str, str]) -> None:
    """Resident population of the plan's villages, invented so that it adds up to most of the census's total."""
    weights = {
        v.code: rng.uniform(2.2, 9.5) if v.code[9:] < "200" else rng.uniform(0.6, 2.6)
        for t in towns
        for v in t.villages
    }
    scale = CENSUS * 0.955 / sum(weights.values())
    rows: list[list[Cell]] = [
        [v.code, t.name, names[v.code], round(weights[v.code] * scale)] for t in towns for v in t.villages
    ]
    rows[37][3] = rows[101][3] = None
    folder.add("村(社区)常住人口", "villages", "市统计局", POPULATION, rows)


def activities(rng: random.Random, folder: Folder, towns: Sequence[Unit], names: Mapping[str, str]) -> None:
    """Two years of activities; the caravan stops in six townships this year."""
    rows: list[list[Cell]] = []
    stops = [t for t in towns if t.code[6:9] >= "100"][1:7]
    for number, town in enumerate(stops, start=1):
        day = date(2022, 4, 10) + timedelta(days=23 * number)
        reached = "、".join(names[v.code] for v in town.villages)
        what: list[Cell] = [f"演示大篷车巡展{number:02d}", day, town.name, "本级", "演示广场", "科普大篷车"]
        rows.append([*what, reached, rng.randint(120, 600)])
    for number in range(1, 61):
        town = towns[rng.randrange(len(towns) - 1)]
        village = rng.choice(town.villages)
        several = [] if number % 3 == 0 else rng.sample(town.villages, min(3, len(town.villages)))
        reached = "、".join(names[v.code] for v in several) or town.name
        day = date(2021, 3, 1) + timedelta(days=rng.randint(0, 600))
        what = [f"演示科普活动{number:02d}", day, town.name, names[village.code], "演示会场", rng.choice(KINDS)]
        rows.append([*what, reached, rng.randint(40, 400)])
    folder.add("科普活动记录", "activities", "市科协", ACTIVITIES, rows, complete=True, encoding="utf-8-sig")


def figures(folder: Folder) -> None:
    """City-wide numbers and declarations, by the items of plan.toml."""
    plan = tomllib.loads((Path(__file__).parent / "plan.toml").read_text(encoding="utf-8"))
    rows: list[list[Cell]] = []
    for task in plan["tasks"]:
        no, document = task["no"], f"演示文件〔2022〕{task['no']}号"
        for rule in task["rules"]:
            if rule["kind"] == "figure":
                for item, measure in (("item", "measure"), ("per", "per_measure")):
                    if item in rule:
                        rows.append([no, rule[item], FIGURES[rule[item]], rule[measure], AS_OF, document])
            elif rule["kind"] == "declared" and no not in NOT_DECLARED:
                done = None if no in BLANK else 0 if no in NOT_DONE else 1
                rows.append([no, rule["item"], done, "", AS_OF, document if done else ""])
    folder.add("全市指标与申报", "figures", "市科协", FIGURE_COLUMNS, rows)
