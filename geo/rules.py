"""The plan as data: tasks, rules, thresholds and the owner's settings.

A plan is a TOML file. `read_plan` checks it against these models and reports every
fault at once, each with its line; nothing about any one county is in code. The kinds
of rule (`Rule.kind`) each have a module that computes them:

presence   a unit has at least one facility that satisfies the conditions   geo.presence
freshness  a unit's boards are changed often enough                        geo.freshness
rows       schools or bases judged by their own columns                    geo.shares
reach      share of the population in units that activities reached        geo.reach
tally      how many records a layer holds in the period                    geo.figures
figure     a reported city-wide number against a threshold                 geo.figures
declared   a yes/no with an evidence document                              geo.figures
"""

from __future__ import annotations

import hashlib
import tomllib
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from geo.errors import PlanError, UnknownRule
from geo.faults import Fault
from geo.plan_lines import line_of
from geo.schema import LAYERS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pydantic_core import ErrorDetails

    from geo.schema import Column

Code = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
RuleId = Annotated[str, StringConstraints(pattern=r"^\d{1,2}(\.[a-z][a-z0-9_]*){2}$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
LayerName = Literal[
    "stations", "boards", "communicators", "schools", "bases", "organisations", "associations", "activities"
]
Unit = Literal["township", "village", "school", "base", "city"]
Period = Literal["year", "ever"]
Measure = Literal["share", "count"]


class Strict(BaseModel):
    """Refuses unknown fields and cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Settings(Strict):
    """What only the plan's owner can decide (see docs/METHOD.md)."""

    scope: Literal["plan", "all"] = "plan"
    """Which townships count: those the plan names, or every one in the statistical list."""
    agricultural_subdistricts: tuple[Code, ...] | None = None
    """涉农街道 of rules with scope "agricultural"; None takes the base layer's flag."""
    township_board_serves_village: bool = False
    """Whether a board at the township seat also serves the village it stands in."""
    shared: Literal["declared_or_several", "declared"] = "declared_or_several"
    freshness_reading: Literal["since_last_change", "largest_interval", "changes_in_year"] = "since_last_change"
    fresh_boards: Literal["one", "all"] = "one"
    city_run_schools: Literal["flag", "all"] = "flag"
    bases_above_prefecture: bool = True
    expired_titles: bool = False
    population: Literal["resident", "registered"] = "resident"
    year: Literal["calendar", "twelve_months"] = "calendar"
    """What "a year" means for activities: from 1 January, or the twelve months before the date."""


class RuleBase(Strict):
    """What every rule says. `requirement` and `threshold` are printed with each result."""

    id: RuleId
    requirement: Text
    threshold: float = 1.0


class PresenceRule(RuleBase):
    """A unit has a facility. `require` names columns that must be yes, a number ≥ 1 or filled in."""

    kind: Literal["presence"]
    unit: Literal["township", "village"]
    layer: LayerName
    scope: Literal["all", "agricultural"] = "all"
    includes_villages: bool = False
    """For townships: whether what its villages have counts for it (else only its own level does)."""
    require: tuple[str, ...] = ()
    where: dict[str, tuple[str, ...]] = {}
    period: Period = "ever"
    measure: Measure = "share"


class FreshnessRule(RuleBase):
    """A unit's boards change content every `months` calendar months (three readings)."""

    kind: Literal["freshness"]
    unit: Literal["township", "village"]
    layer: Literal["boards"] = "boards"
    scope: Literal["all", "agricultural"] = "all"
    months: int = Field(default=2, ge=1, le=24)
    changes_in_year: int = Field(default=6, ge=1)
    measure: Literal["share"] = "share"


class RowsRule(RuleBase):
    """Rows that are units themselves. `meets` lists the accepted values of each column."""

    kind: Literal["rows"]
    unit: Literal["school", "base"]
    layer: Literal["schools", "bases"]
    where: dict[str, tuple[str | bool, ...]] = {}
    meets: dict[str, tuple[str | bool, ...]] = Field(min_length=1)
    measure: Measure = "share"


class ReachRule(RuleBase):
    """Share of the population living in units that the year's activities reached."""

    kind: Literal["reach"]
    unit: Literal["village"] = "village"
    layer: Literal["activities"] = "activities"
    scope: Literal["all", "agricultural"] = "all"
    where: dict[str, tuple[str, ...]] = {}
    period: Period = "year"


class TallyRule(RuleBase):
    """How many records a layer holds in the period."""

    kind: Literal["tally"]
    unit: Literal["city"] = "city"
    layer: LayerName
    where: dict[str, tuple[str, ...]] = {}
    period: Period = "year"


class FigureRule(RuleBase):
    """A reported number, at least (or at most) the threshold; `per` divides it by a second item."""

    kind: Literal["figure"]
    unit: Literal["city"] = "city"
    item: Text
    per: Text | None = None
    comparison: Literal["at_least", "at_most"] = "at_least"


class DeclaredRule(RuleBase):
    """A yes/no of the lead unit (value 1 or 0) with an evidence document."""

    kind: Literal["declared"]
    unit: Literal["city"] = "city"
    item: Text


Rule = Annotated[
    PresenceRule | FreshnessRule | RowsRule | ReachRule | TallyRule | FigureRule | DeclaredRule,
    Field(discriminator="kind"),
]


class Task(Strict):
    """A numbered task of the plan. `kind` says how it is judged."""

    no: int = Field(ge=1)
    section: Text
    title: Text
    requirement: Text
    lead: tuple[Text, ...] = Field(min_length=1)
    cooperating: tuple[Text, ...] = ()
    kind: Literal["map", "figure", "declared"]
    rules: tuple[Rule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_carry_the_number(self) -> Self:
        for rule in self.rules:
            if not rule.id.startswith(f"{self.no}."):
                msg = f"规则编号“{rule.id}”应以任务号“{self.no}.”开头"
                raise ValueError(msg)
        return self


class Phase(Strict):
    """A phase of the campaign; both days belong to it."""

    name: Text
    starts_on: date
    ends_on: date


class Header(Strict):
    """Which document the plan is."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    place: Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
    title: Text
    document: str = ""
    issued_on: date | None = None
    issuer: str = ""


class Plan(Strict):
    """A whole plan; tasks in the order of the document."""

    plan: Header
    settings: Settings = Settings()
    phases: tuple[Phase, ...] = ()
    tasks: tuple[Task, ...] = Field(min_length=1)
    sha256: str = ""

    @model_validator(mode="after")
    def _numbers_and_ids_are_unique(self) -> Self:
        numbers = [str(task.no) for task in self.tasks]
        ids = [rule.id for rule in self.rules]
        for what, values in (("任务号", numbers), ("规则编号", ids)):
            twice = sorted({value for value in values if values.count(value) > 1})
            if twice:
                msg = f"{what}重复:{'、'.join(twice)}"
                raise ValueError(msg)
        return self

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in the order of the tasks."""
        return tuple(rule for task in self.tasks for rule in task.rules)

    def rule(self, rule_id: str) -> Rule:
        """Return a rule by id; UnknownRule if the plan has none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        msg = f"方案中没有规则“{rule_id}”;可用:{'、'.join(rule.id for rule in self.rules)}"
        raise UnknownRule(msg)

    def task_of(self, rule_id: str) -> Task:
        """Return the task that a rule belongs to."""
        for task in self.tasks:
            if any(rule.id == rule_id for rule in task.rules):
                return task
        msg = f"方案中没有规则“{rule_id}”"
        raise UnknownRule(msg)


def read_plan(text: str, *, file: str = "plan.toml", units: Collection[str] | None = None) -> Plan:
    """Parse and check a plan.

    `units` are the 12-digit codes that exist in the place; None skips that check.
    Raises PlanError with one fault per mistake, each naming its line.
    """
    try:
        raw = tomllib.loads(text.lstrip("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        fault = Fault("error", "plan-syntax", file, f"不是有效的 TOML:{error}", "请按 TOML 语法改正该处")
        raise _refused(file, [fault]) from error
    raw["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    try:
        plan = Plan.model_validate(raw)
    except ValidationError as error:
        faults = [_fault(file, text, dict(e)) for e in _innermost(error)]
        raise _refused(file, faults) from error
    faults = [*_unknown_columns(plan, file, text), *_unknown_units(plan, file, text, units)]
    if faults:
        raise _refused(file, faults)
    return plan


def _refused(file: str, faults: list[Fault]) -> PlanError:
    return PlanError(f"{file}:方案有 {len(faults)} 处错误", faults=faults)


def _innermost(error: ValidationError) -> list[ErrorDetails]:
    """Drop what only follows from a deeper mistake (a list that is empty once its bad item is out)."""
    errors = error.errors(include_url=False)
    locs = [e["loc"] for e in errors]
    return [e for e in errors if not any(len(o) > len(e["loc"]) and o[: len(e["loc"])] == e["loc"] for o in locs)]


_MESSAGES = {
    "extra_forbidden": ("未知字段", "请删除或改正字段名"),
    "missing": ("缺少字段", "请补上"),
    "literal_error": ("取值不在允许范围内", "允许的取值:{expected}"),
    "union_tag_invalid": ("规则类型不存在", "允许的类型:{expected_tags}"),
    "union_tag_not_found": ("规则没有写类型", "请补上 kind"),
    "string_pattern_mismatch": ("格式不符", "应符合 {pattern}"),
    "string_too_short": ("不能为空", "请填写"),
    "too_short": ("至少要有一项", "请补上"),
    "string_type": ("应为文字", "请加引号"),
    "int_parsing": ("应为整数", "请改正"),
    "int_type": ("应为整数", "请改正"),
    "float_parsing": ("应为数字", "请改正"),
    "float_type": ("应为数字", "请去掉引号"),
    "bool_type": ("应为 true 或 false", "请去掉引号"),
    "bool_parsing": ("应为 true 或 false", "请改正"),
    "greater_than_equal": ("数值过小", "应不小于 {ge}"),
    "less_than_equal": ("数值过大", "应不大于 {le}"),
    "tuple_type": ("应为列表", "请写成 [ … ]"),
    "date_from_datetime_parsing": ("日期无法识别", "请写成 2022-10-31"),
}


def _fault(file: str, text: str, error: dict[str, object]) -> Fault:
    raw_loc = error["loc"]
    loc = tuple(raw_loc) if isinstance(raw_loc, tuple) else ()
    context = error.get("ctx")
    details = {k: str(v) for k, v in context.items()} if isinstance(context, dict) else {}
    message, remedy = _MESSAGES.get(str(error["type"]), (str(error["msg"]).removeprefix("Value error, "), "请改正"))
    field = ".".join(str(part) for part in loc if not (isinstance(part, str) and part in _RULE_KINDS))
    value = error.get("input")
    return Fault(
        "error",
        f"plan-{str(error['type']).replace('_', '-')}",
        file,
        message,
        remedy.format_map(details),
        row=line_of(text, loc),
        column=field or None,
        value=str(value) if isinstance(value, str | int | float) else None,
    )


_RULE_KINDS = {"presence", "freshness", "rows", "reach", "tally", "figure", "declared"}


def _unknown_columns(plan: Plan, file: str, text: str) -> list[Fault]:
    """Columns and values named by rules that the layer does not have."""
    faults: list[Fault] = []
    for t, task in enumerate(plan.tasks):
        for r, rule in enumerate(task.rules):
            layer = getattr(rule, "layer", None)
            columns = {c.name: c for c in LAYERS[layer].columns if not c.private} if layer else {}
            for key, name, values in _named_columns(rule):
                where = line_of(text, ("tasks", t, "rules", r, key))
                for told, allowed in _misnamed(columns, name, values):
                    message = f"规则 {rule.id}:图层 {layer} {told}"
                    faults.append(
                        Fault("error", "plan-unknown-column", file, message, f"可用:{allowed}", row=where, column=name)
                    )
    return faults


def _named_columns(rule: Rule) -> list[tuple[str, str, tuple[str | bool, ...]]]:
    """(key of the rule, column, values) that a rule names."""
    named: list[tuple[str, str, tuple[str | bool, ...]]] = [("require", c, ()) for c in getattr(rule, "require", ())]
    for key in ("where", "meets"):
        named += [(key, column, values) for column, values in getattr(rule, key, {}).items()]
    return named


def _misnamed(columns: Mapping[str, Column], name: str, values: tuple[str | bool, ...]) -> list[tuple[str, str]]:
    """(what is wrong, what is allowed) of a column's name and values."""
    if name not in columns:
        return [(f"没有列“{name}”", "、".join(columns))]
    choices = columns[name].choices
    return [(f"的列“{name}”没有取值“{v}”", "、".join(choices)) for v in values if choices and v not in choices]


def _unknown_units(plan: Plan, file: str, text: str, units: Collection[str] | None) -> list[Fault]:
    if units is None:
        return []
    where = line_of(text, ("settings", "agricultural_subdistricts"))
    return [
        Fault(
            "error",
            "plan-unknown-unit",
            file,
            "没有这个乡镇(街道)",
            "请改为本地 12 位代码",
            row=where,
            column="settings.agricultural_subdistricts",
            value=code,
        )
        for code in plan.settings.agricultural_subdistricts or ()
        if code not in units
    ]
