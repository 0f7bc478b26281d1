"""The words of the spot-check book."""

from types import MappingProxyType
from typing import Final

TEXTS: Final = MappingProxyType({
    "title": "{place}科普设施抽查手册（截至{day}）",
    "heading": "{place}科普设施抽查手册",
    "as_of": "截至 {day}",
    "plan": "评估依据", "villages": "收录单位", "maker": "编制单位", "crs": "坐标", "demo": "演示数据",
    "entered_by": "审图号填写人",
    "villages_value": "考核范围内村（社区）{counted}个，一村一页；方案外{others}个，排在最后",
    "crs_value": "CGCS2000（EPSG:4490）；标“示意”的位置和界线是推算的，不作定界依据",
    "how": "怎么用", "tally": "考核范围内各项要求",
    "no_address": "没有指明网页地址，二维码里只有单位代码：在“科普设施一张图”网页中查找这个代码即可。",
    "by_township": "按乡镇索引", "by_pinyin": "按拼音索引",
    "outside": "方案外", "outside_group": "方案外 · ",
    "scan": "扫二维码打开本单位网页，可查到每一行报表和附件。",
    "no_scan": "二维码是本单位代码，没有指明网页地址。",
    "position": "位置", "schematic": "（示意）",
    "photos": "照片和附件", "no_photos": "没有上传照片或附件。", "broken": "照片打不开",
    "more_photos": "另有照片{n}张，见档案盒", "papers": "附件：{names}",
    "states": "各项要求", "nothing_asked": "不在方案的考核范围内，没有评估。",
    "facilities": "设施和活动", "no_facilities": "没有上报任何设施或活动。",
    "at": "在{unit}", "more_rows": "等{n}行", "more_events": "另有{n}场更早的活动",
    "more_facilities": "另有{n}处，见台账",
})  # fmt: skip
FACTS: Final = MappingProxyType({
    "tally_head": ("要求", "应评", "达标", "未达标", "未上报"),
    "states_head": ("任务", "要求", "状态", "原因", "依据（文件、工作表、行、批次）"),
    "facilities_head": ("类别", "名称", "情况", "依据"),
})  # fmt: skip
HOW: Final = (
    "按乡镇或拼音索引找到村（社区），点页码或名称直达该页；每页左下角可回到索引。",
    "每项要求写明状态、原因和依据：哪个文件、哪张工作表、第几行、第几批导入。",
    "达标（共用）是与别的单位共用设施；未上报是没有人报，既不算达标，也不算未达标。",
    "扫每页右上角的二维码，打开该单位的网页；命令 kepu proof 代码 在屏幕上列出同样的依据。",
)
