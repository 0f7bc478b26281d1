"""The layers and their canonical columns: the one place that says them.

A column's kind fixes how a cell is read (`geo.words.cells`), how it is stored
(`geo.store.tables`) and its dtype in memory:

| kind   | in memory                                   | stored as |
|--------|---------------------------------------------|-----------|
| text   | str or None                                 | text      |
| code   | 12-digit str or None                        | text      |
| codes  | tuple of 12-digit str; () = none; None = unknown | JSON |
| flag   | pandas boolean (True, False, NA)            | boolean   |
| count  | pandas Int64                                | integer   |
| number | float64 (NaN unknown)                       | float     |
| date   | datetime64[s] (NaT unknown)                 | date      |
| dates  | sorted tuple of date or `geo.months.Month`; () = never; None = unknown | JSON |
| choice | one of `choices`, or None                   | text      |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from geo.crs import DATUM_LABELS
from geo.errors import UnknownLayer

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["text", "code", "codes", "flag", "count", "number", "date", "dates", "choice"]
Role = Literal["base", "facility", "event", "figure"]


@dataclass(frozen=True, slots=True)
class Column:
    """A canonical column. `measure` is the unit that numbers are converted to."""

    name: str
    kind: Kind
    label: str
    choices: Mapping[str, str] = field(default_factory=dict)
    measure: str | None = None
    private: bool = False
    required: bool = False
    descriptive: bool = False
    """A flag in whose cell any other text means yes (设备: "投影仪2台"; 分管领导: a name)."""
    to_month_end: bool = False
    """A date that holds through its month where only the month is told (有效期至2025年6月)."""
    lies_ahead: bool = False
    """A date that may well be later than its report (有效期至)."""
    derived: bool = False
    """Worked out from other cells; no column of a table holds it."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: its columns beside the ones that every layer has (`COMMON`)."""

    name: str
    label: str
    role: Role
    columns: tuple[Column, ...]
    links: str | None = None
    """The column that names further units the row counts for (`serves`, `reaches`)."""
    starts: str | None = None
    """The date column from which the row is true; rows that start later do not exist yet."""
    ends: str | None = None
    """The date column from which the row is true no more; before that day it was."""
    own_units: bool = False
    """Each row is itself a unit of rules (schools, bases); its id is the unit code."""
    blank_village: Literal["ask", "township", "place"] = "ask"
    """What a row without a village means: asked for, the township itself, or (no township either) the place."""
    city_wide: bool = False
    """Lists of this layer come from one city office, so a complete one is complete for the city."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by name: another process has the same layers."""
        return layer_named, (self.name,)

    def column(self, name: str) -> Column:
        """Return a column by name; KeyError if the layer has none."""
        for column in (*COMMON, *self.columns):
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def public_columns(self) -> tuple[Column, ...]:
        """The columns that may leave the store."""
        return tuple(c for c in self.columns if not c.private)


SHARING = MappingProxyType({"dedicated": "专用", "shared": "共用"})
STAGES = MappingProxyType(
    {"primary": "小学", "junior": "初中", "nine-year": "九年一贯制", "senior": "高中", "complete": "完全中学"}
)
TEACHER = MappingProxyType({"full": "专职", "part": "兼职", "none": "无"})
BASE_KINDS = MappingProxyType(
    {
        "education": "科普教育基地",
        "youth": "青少年科普基地",
        "rural": "农村科普示范基地",
        "school": "科普特色学校",
    }
)
LEVELS = MappingProxyType({"national": "国家级", "region": "自治区级", "prefecture": "地州级", "county": "县市级"})
ACTIVITY_KINDS = MappingProxyType(
    {
        "lecture": "科普讲座",
        "exhibition": "科普展览",
        "caravan": "科普大篷车",
        "campaign": "集中宣传",
        "training": "技术培训",
        "other": "其他活动",
    }
)
UNIT_KINDS = MappingProxyType(
    {"town": "镇", "township": "乡", "subdistrict": "街道", "zone": "开发区等", "farm": "兵团农场"}
)
VILLAGE_KINDS = MappingProxyType({"village": "村委会", "community": "居委会", "similar": "类似村级单位"})

COMMON = (
    Column("id", "text", "编号"),
    Column("unit_code", "code", "所属单位代码", required=True),
    Column("name", "text", "名称"),
)
_MONTH_ONLY = Column("month_only", "flag", "日期只到月份", derived=True)
"""Of the date in `Layer.starts`: it is the first day of a month of which the day isn't told."""
_CLOSED = (
    Column("closed_on", "date", "停用日期"),
    Column("closed_month_only", "flag", "停用日期只到月份", derived=True),
)
"""The first day on which a facility exists no more; of a month told alone, its first day and the flag."""
_DATUM = Column("datum", "choice", "原坐标系", {str(name): label for name, label in DATUM_LABELS.items()}, derived=True)
"""The datum that the row's coordinates came in; positions from an offset one (`geo.crs`) are approximate."""
_PEOPLE = (
    Column("person", "text", "责任人", private=True),
    Column("phone", "text", "联系电话", private=True),
)
_SERVES = (
    Column("serves", "codes", "服务单位"),
    Column("sharing", "choice", "专用/共用", SHARING),
)

LAYERS: Mapping[str, Layer] = MappingProxyType(
    {
        layer.name: layer
        for layer in (
            Layer(
                "townships",
                "乡镇（街道）",
                "base",
                (
                    Column("short_name", "text", "简称"),
                    Column("kind", "choice", "类型", UNIT_KINDS),
                    Column("in_plan", "flag", "方案点名"),
                    Column("agricultural", "flag", "涉农"),
                    Column("population", "count", "常住人口", measure="人"),
                ),
            ),
            Layer(
                "villages",
                "村（社区）",
                "base",
                (
                    Column("township_code", "code", "乡镇代码"),
                    Column("kind", "choice", "类型", VILLAGE_KINDS),
                    Column("population", "count", "常住人口", measure="人"),
                    Column("registered_population", "count", "户籍人口", measure="人"),
                ),
            ),
            Layer(
                "stations",
                "科普活动站（室）",
                "facility",
                (
                    *_SERVES,
                    Column("host", "text", "依托设施"),
                    Column("equipment", "flag", "设备", descriptive=True),
                    Column("area_m2", "number", "面积", measure="平方米"),
                    Column("built_on", "date", "建成日期"),
                    _MONTH_ONLY,
                    *_CLOSED,
                    Column("open_hours", "text", "开放时间"),
                    *_PEOPLE,
                    _DATUM,
                ),
                links="serves",
                starts="built_on",
                ends="closed_on",
            ),
            Layer(
                "boards",
                "科普宣传栏（画廊）",
                "facility",
                (
                    *_SERVES,
                    Column("length_m", "number", "长度", measure="米"),
                    Column("built_on", "date", "建成日期"),
                    _MONTH_ONLY,
                    *_CLOSED,
                    Column("updates", "dates", "更换日期"),
                    Column("last_only", "flag", "只报最近一次", derived=True),
                    Column("photo", "text", "照片编号"),
                    *_PEOPLE,
                    _DATUM,
                ),
                links="serves",
                starts="built_on",
                ends="closed_on",
            ),
            Layer(
                "communicators",
                "科普员",
                "facility",
                (Column("count", "count", "人数", measure="人"), *_PEOPLE, _DATUM),
            ),
            Layer(
                "schools",
                "中小学校",
                "facility",
                (
                    Column("stage", "choice", "学段", STAGES),
                    Column("run_by_city", "flag", "市属"),
                    Column("rural", "flag", "农村学校"),
                    Column("students", "count", "学生数", measure="人"),
                    Column("lab", "flag", "科技活动室"),
                    Column("science_teacher", "choice", "科学教师", TEACHER),
                    Column("science_museum", "flag", "科技馆"),
                    *_CLOSED,
                    *_PEOPLE,
                    _DATUM,
                ),
                ends="closed_on",
                own_units=True,
                city_wide=True,
                blank_village="township",
            ),
            Layer(
                "bases",
                "科普教育基地",
                "facility",
                (
                    Column("kind", "choice", "基地类型", BASE_KINDS),
                    Column("level", "choice", "级别", LEVELS),
                    Column("titled_on", "date", "命名日期"),
                    _MONTH_ONLY,
                    Column("expires_on", "date", "有效期至", to_month_end=True, lies_ahead=True),
                    *_CLOSED,
                    *_PEOPLE,
                    _DATUM,
                ),
                starts="titled_on",
                ends="closed_on",
                own_units=True,
                city_wide=True,
                blank_village="place",
            ),
            Layer(
                "organisations",
                "科普组织",
                "facility",
                (
                    Column("leader", "flag", "分管领导", descriptive=True),
                    Column("staff", "count", "专兼职人员", measure="人"),
                    *_CLOSED,
                    *_PEOPLE,
                    _DATUM,
                ),
                ends="closed_on",
            ),
            Layer(
                "associations",
                "农村专业技术协会",
                "facility",
                (
                    Column("registered", "flag", "民政登记"),
                    Column("registration_no", "text", "登记证号"),
                    *_CLOSED,
                    *_PEOPLE,
                    _DATUM,
                ),
                ends="closed_on",
                blank_village="township",
            ),
            Layer(
                "activities",
                "科普活动",
                "event",
                (
                    Column("date", "date", "活动日期", required=True),
                    _MONTH_ONLY,
                    Column("venue", "text", "地点"),
                    Column("kind", "choice", "活动形式", ACTIVITY_KINDS),
                    Column("reaches", "codes", "覆盖单位"),
                    Column("attendance", "count", "参加人数", measure="人"),
                    _DATUM,
                ),
                links="reaches",
                starts="date",
                city_wide=True,
                blank_village="place",
            ),
            Layer(
                "figures",
                "全市指标",
                "figure",
                (
                    Column("task", "count", "任务号", required=True),
                    Column("item", "text", "指标", required=True),
                    Column("value", "number", "数值"),
                    Column("unit_of_measure", "text", "计量单位"),
                    Column("as_of", "date", "数据日期", to_month_end=True),
                    Column("evidence", "text", "佐证材料"),
                ),
                starts="as_of",
                city_wide=True,
                blank_village="place",
            ),
        )
    }
)

MONTH_FLAGS: Mapping[str, str] = MappingProxyType(
    {layer.starts: "month_only" for layer in LAYERS.values() if layer.starts and _MONTH_ONLY in layer.columns}
    | {layer.ends: "closed_month_only" for layer in LAYERS.values() if layer.ends}
)
"""Date column → the flag that says that only its month is known."""
BASE_LAYERS = tuple(name for name, layer in LAYERS.items() if layer.role == "base")
REPORTED_LAYERS = tuple(name for name, layer in LAYERS.items() if layer.role != "base")
SOURCE_COLUMNS = ("file", "sheet", "row", "batch")


def layer_named(name: str) -> Layer:
    """Return a layer; UnknownLayer if there is none of this name."""
    try:
        return LAYERS[name]
    except KeyError:
        msg = f"没有名为“{name}”的图层；可用：{'、'.join(LAYERS)}"
        raise UnknownLayer(msg) from None
