"""Every Chinese text of the maps, in one catalogue; ``{name}`` marks what the page fills in."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from geo.crs import APPROXIMATE
from geo.schema import LAYERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.schema import Column

TEXTS: Final = MappingProxyType({
    # page
    "title": "{place}科普设施覆盖图",
    "as_of": "截至 {date}", "known_on": "，按{date}已知的数据",
    "internal": "内部用图 不得公开",
    "public_number": "审图号：{number}",
    "schematic": "示意：图中虚线界线和村（社区）位置未经测绘，不作划界依据",
    "maker": "制图：{maker}",
    "no_script": "本图需要浏览器启用 JavaScript。",
    "sources": "资料来源",
    "data_dates": "数据日期",
    "layer_rows": "{label}：{n} 条，{date}",
    "layer_rows_undated": "{label}：{n} 条",
    "latest": "最新记载 {date}",
    "plan": "依据",
    "notes": "怎样看这张图 · 资料来源",
    "how_to_title": "怎样看这张图",
    "how_to": "先在上方选一项要求，颜色越红、菱形越多，缺口越大。白底斜纹是没有上报，不算达标也不算未达标。"
              "点乡镇、村（社区）或清单中的一行，可看逐项状态、原因和佐证文件。",
    "crs_note": "坐标：CGCS2000 经纬度（EPSG:4490）。按村点位绘制的设施没有上报坐标。",
    # header controls
    "rule_label": "选择任务或要求",
    "task_line": "任务 {no} {title}",
    "scope": "统计范围",
    "scope_plan": "方案 {n} 个", "scope_all": "全部 {all} 个",
    "scope_note": "参考：按全部 {all} 个乡镇级单位统计；方案只考核其中 {n} 个。",
    "scope_open": "按全部单位看这里的状态", "outside_plan": "方案外", "outside_plan_copy": "（方案外）",
    "search_label": "查找乡镇、村（社区）、学校",
    "search_hint": "名称、代码或拼音", "search_short": "查找",
    "search_none": "没有找到",
    "print": "打印",
    "picture": "存为图片",
    "present": "大字",
    "home": "考核范围",
    "whole": "全域",
    "zoom_in": "放大",
    "zoom_out": "缩小",
    "map_label": "覆盖地图，可用方向键移动、加减号缩放；右侧清单是它的文字版",
    "inset_title": "中心区放大图",
    "inset_open": "在主图中打开",
    "north": "北",
    "pointer": "经度 {lon}° 纬度 {lat}°（CGCS2000）",
    "pointer_hint": "CGCS2000",
    "sheet": "清单与说明",
    # legend
    "legend": "图例与图层",
    "base_label": "底色",
    "base_auto": "自动（随缩放）",
    "base_townships": "按乡镇达标率",
    "base_villages": "按村（社区）状态",
    "township_share": "乡镇（街道）达标率",
    "all_unknown": "全部未上报",
    "open_class": "未上报的可能改变分级",
    "out_of_scope": "不在考核范围",
    "denominator_all": "全部单位内 {n} 个，达标 {met} 个（{percent}），未上报 {unknown} 个",
    "out_of_scope_long": "不在本方案考核范围，没有需要逐项判定的要求。",
    "states_of_village": "村（社区）",
    "states_of_township": "乡镇（街道）",
    "states_of_school": "学校",
    "states_of_base": "基地",
    "city_rule": "全市指标",
    "city_rule_note": "本项为全市性要求，不分乡镇和村。",
    "denominator": "考核范围内 {n} 个，达标 {met} 个（{percent}），未上报 {unknown} 个",
    "facilities": "设施图层",
    "lab_yes": "有科技活动室", "lab_no": "没有科技活动室", "lab_unknown": "未上报",
    "leader_yes": "有分管领导", "leader_no": "没有分管领导", "leader_unknown": "未上报",
    "registered_yes": "已民政登记", "registered_no": "未登记", "registered_unknown": "未上报",
    "teacher_full": "专职科学教师", "teacher_part": "兼职科学教师", "teacher_none": "没有科学教师",
    "teacher_unknown": "教师未上报",
    "caravan": "其中大篷车站点", "base_kind": "{kind}·{level}",
    "at_unit_count": "{n} 处没有坐标，按村点位绘制",
    "nowhere_count": "{n} 处没有位置，只在清单中",
    # overview
    "overview": "总体情况",
    "sentence": "{n} {units}中 {met} 个达标，{not} 个有缺口，{unknown} 个未上报。",
    "sentence_shared": "{n} {units}中 {met} 个达标（其中共用 {shared} 个），{not} 个有缺口，{unknown} 个未上报。",
    "sentence_all": "{n} {units}中 {met} 个全部达标，{not} 个有缺口，{unknown} 个有未上报项。",
    "sentence_city": "全市性要求：{state}。",
    "verdict_met": "已达标", "verdict_not_met": "未达标", "verdict_unknown": "尚不能判定",
    "verdict_not_applicable": "不适用",
    "value_of": "现值 {value}，要求 {threshold}",
    "units_village": "个村（社区）", "units_township": "个乡镇（街道）",
    "units_school": "所学校", "units_base": "个基地",
    "units_city": "项指标",
    "all_rules_village": "本任务村（社区）级要求（{n} 项合并）",
    "all_rules_township": "本任务乡镇（街道）级要求（{n} 项合并）",
    "main_rules": "主要要求达标率",
    "short_village_station": "村活动站", "short_village_board": "村宣传栏", "short_village_freshness": "两月更换",
    "short_village_communicator": "科普员", "short_village_organisation": "村级组织",
    "short_school_teacher": "科学教师", "short_school_lab": "科技活动室",
    "short_township_station": "乡镇站", "short_township_board": "乡镇栏", "short_township_equipment": "乡镇设备",
    "worst": "缺口最多的乡镇（街道）",
    "worst_line": "缺 {not}，未上报 {unknown}，共 {n}",
    "met_plain": "达标",
    "met_of": "达标 {met} / {n}",
    "leader": "{n} 项主要要求合并：",
    "leader_of": "合并：{rules}",
    "main_task": "主要要求合并",
    "main_option": "主要要求合并（村、社区 {n} 项）",
    # time and comparison
    "time": "时间", "time_label": "选择日期", "long_date": "{y}年{m}月{d}日",
    "play": "播放", "pause": "暂停",
    "compare_with": "对比", "compare_none": "不对比", "compare": "两期对比", "compare_end": "结束对比",
    "compare_days": "{from} → {to}",
    "change_better": "▲ 变好", "change_worse": "▼ 变差", "change_other": "其他变化",
    "compare_same": "两个日期之间没有这类变化。",
    "compare_show": "改看 {date}",
    "swipe": "两期分界线，可左右拖动", "swipe_value": "左侧占 {percent}%",
    "past_note": "所示为 {date} 的状态。原因、日期和佐证只按 {last} 列出，请拖回最后一期查看。",
    # reading aids
    "aids": "工具", "graticule": "经纬网", "only_plan": "只看方案单位",
    "radius": "活动站半径圈", "radius_none": "不显示",
    "radius_note": "圆圈为活动站周围 {length} 直线距离，不是路程",
    "format": "坐标写法", "format_degrees": "十进制度", "format_dms": "度分秒", "format_plane": "平面坐标 {code}",
    "coords_dms": "{lon} {lat}（CGCS2000）", "coords_plane": "X（北）{x} Y（东）{y}（{code}）",
    "east": "东经", "west": "西经", "north_of": "北纬", "south_of": "南纬",
    "copy_hint": "指针所在坐标：按 C 键复制。",
    "position_copied": "已复制：{text}",
    "measure": "测距", "measure_clear": "清除", "measure_hint": "在图上依次点选，测椭球面距离",
    "measured": "全长 {length}（椭球面距离）",
    "metres": "{n} 米", "kilometres": "{n} 公里",
    "two_fingers": "请用两个手指移动地图",
    # basemap
    "basemap": "底图", "basemap_strength": "浓淡", "basemap_credit": "底图：",
    "basemap_not_saved": "底图文件放在旁边，浏览器不允许存进图片；图片中不含底图",
    # list
    "list": "缺口清单",
    "filter_township": "乡镇（街道）", "filter_state": "状态", "all_townships": "全部乡镇（街道）",
    "state_gaps": "未达标和未上报", "state_not_met": "未达标", "state_unknown": "未上报", "state_met": "达标",
    "gap_count": "{n} {units}",
    "gap_empty": "没有符合条件的单位。",
    "gap_keys": "可用上下方向键选择，回车定位",
    "copy": "复制到表格", "copied": "已复制 {n} 行，可粘贴到表格", "copy_failed": "浏览器不允许复制",
    "list_code": "代码", "list_name": "名称", "list_township": "乡镇（街道）",
    "list_state": "状态", "list_reason": "原因",
    # card
    "close": "关闭", "card": "单位卡片",
    "evidence": "佐证（{n} 条）", "no_evidence": "没有上报材料",
    "in_sheet": "，工作表 ", "in_row": "，第 {row} 行", "in_batch": "（第 {batch} 批导入）",
    "last_change": "最近更换 {date}", "due": "最迟 {date} 更换",
    "reading_since": "距上次更换", "reading_interval": "最大间隔", "reading_changes": "年内次数",
    "stands_here": "这里的设施与活动", "shared_with": "共用单位：",
    "at_unit": "没有坐标，按村点位绘制", "converted": "由 {datum} 换算，位置近似", "nowhere": "没有坐标，未能绘制",
    "villages_here": "辖区各项要求", "col_met": "达标", "col_not": "未达标", "col_unknown": "未上报", "col_n": "合计",
    "position": "经度 {lon}° 纬度 {lat}°", "schematic_unit": "位置为示意", "no_position": "没有位置，未能绘制",
    "colon": "：", "semicolon": "；", "comma": "、", "dot": " · ",
})  # fmt: skip


def named(unit: str, group: str) -> Mapping[str, str]:
    """The catalogue for units of another kind: ``unit`` for a village, ``group`` for what it belongs to."""
    swaps = (("个村（社区）", f"个{unit}"), ("村（社区）", unit), ("村、社区", unit),
             ("乡镇（街道）", group), ("考核范围", "统计范围"),
             ("按村点位绘制的设施没有上报坐标。", ""))  # fmt: skip
    texts = dict(TEXTS)
    for old, new in swaps:
        texts = {key: text.replace(old, new) for key, text in texts.items()}
    told = texts["how_to"].replace(f"点乡镇、{unit}", f"点{unit}").replace("、原因和佐证文件", "和原因")
    told = told.replace("先在上方选一项要求，颜色", "颜色")
    return MappingProxyType(texts | {"rule_label": "选择要求", "how_to": told, "search_label": f"查找{unit}"})


# Endings left out of names on the map itself, longest first; cards and lists keep the whole name.
LABEL_ENDINGS: Final = (
    ("社区居民委员会", "社区"), ("社区居委会", "社区"), ("居民委员会", ""), ("村民委员会", "村"),
    ("村村委会", "村"), ("居委会", ""), ("村委会", "村"),
)  # fmt: skip

# What a facility's card lists, besides its name, unit and source; of the datum only that a position is approximate.
SHOWN_COLUMNS: Final = frozenset((name, column) for name in LAYERS for column in ("datum", "closed_on")) | frozenset({
    ("stations", "sharing"), ("stations", "host"), ("stations", "equipment"), ("stations", "area_m2"),
    ("stations", "built_on"), ("stations", "open_hours"), ("boards", "sharing"), ("boards", "length_m"),
    ("boards", "built_on"), ("boards", "updates"), ("communicators", "count"), ("schools", "stage"),
    ("schools", "run_by_city"), ("schools", "rural"), ("schools", "students"), ("schools", "lab"),
    ("schools", "science_teacher"), ("schools", "science_museum"), ("bases", "kind"), ("bases", "level"),
    ("bases", "titled_on"), ("bases", "expires_on"), ("organisations", "leader"), ("organisations", "staff"),
    ("associations", "registered"), ("associations", "registration_no"), ("activities", "date"),
    ("activities", "venue"), ("activities", "kind"), ("activities", "attendance"),
})  # fmt: skip

_YES, _NO = "有/是", "无/否"
_LAST_DATES = 6


def cell_text(column: Column, value: Any) -> str | None:
    """A cell as people read it; None where nothing was reported."""
    if isinstance(value, tuple | list):
        days = [str(day) for day in value[-_LAST_DATES:]]
        return "、".join(days) if days else "从未"
    if value is None or value is pd.NaT or bool(pd.isna(value)):
        return None
    if column.kind == "flag":
        return _YES if value else _NO
    if column.kind == "date":
        return str(pd.Timestamp(value).date())
    if column.name == "datum" and value not in APPROXIMATE:
        return None
    if column.name == "datum":
        return TEXTS["converted"].format(datum=column.choices[value])
    if column.choices:
        return column.choices.get(str(value), str(value))
    number = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{number} {column.measure}" if column.measure else number
