"""What is wrong with a plan.toml, each mistake with its line: syntax, form, and sense.

Form is what the models of `geo.plans.rules` check; sense is what only the whole plan, the layers
and the place can tell: ids that occur twice, columns and values that a layer does not have,
thresholds on the wrong scale, units that do not exist.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from geo.faults import Fault
from geo.plans.lines import line_of, line_with
from geo.schema import LAYERS
from geo.words.vocabulary import catalogue, measure_group

if TYPE_CHECKING:
    import tomllib
    from collections.abc import Collection, Iterator, Mapping

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from geo.plans.rules import FigureRule, Plan, Rule, Task
    from geo.schema import Column

    Loc = tuple[int | str, ...]
    Values = tuple[str | bool, ...]

_TAG_AT = 4  # pydantic puts the kind of rule into a loc: tasks, 16, rules, 2, "presence", layer
_ASKABLE = ("flag", "count", "number", "choice", "text", "code", "date")


# -- syntax ------------------------------------------------------------------------


def syntax_fault(file: str, text: str, error: tomllib.TOMLDecodeError) -> Fault:
    """Say where the text stops being TOML."""
    at = re.search(r"at line (\d+)", str(error))
    row = int(at[1]) if at else len(text.splitlines())
    return Fault("error", "plan-syntax", file, f"不是有效的 TOML:{error}", "请按 TOML 语法改正该处", row=row)


# -- form --------------------------------------------------------------------------


def model_faults(file: str, text: str, error: ValidationError) -> list[Fault]:
    """Turn what the models refuse into faults."""
    return [_model_fault(file, text, e) for e in _innermost(error)]


def _innermost(error: ValidationError) -> list[ErrorDetails]:
    """Drop what only follows from a deeper mistake (a list that is empty once its bad item is out)."""
    errors = error.errors(include_url=False)
    locs = [e["loc"] for e in errors]
    return [e for e in errors if not any(len(o) > len(e["loc"]) and o[: len(e["loc"])] == e["loc"] for o in locs)]


_MESSAGES = {
    "extra_forbidden": ("未知字段", "请删除或改正字段名"),
    "missing": ("缺少字段", "请补上"),
    "literal_error": ("取值不在允许范围内", "允许的取值：{expected}"),
    "union_tag_invalid": ("规则类型不存在", "允许的类型：{expected_tags}"),
    "union_tag_not_found": ("规则没有写类型", "请补上 kind"),
    "string_pattern_mismatch": ("格式不符", "应符合 {pattern}"),
    "string_too_short": ("不能为空", "请填写"),
    "too_short": ("至少要有一项", "请补上"),
    "string_type": ("应为文字", "请加引号"),
    "int_parsing": ("应为整数", "请改正"),
    "int_type": ("应为整数", "请改正"),
    "int_from_float": ("应为整数", "请改正"),
    "float_parsing": ("应为数字", "请改正"),
    "float_type": ("应为数字", "请去掉引号"),
    "finite_number": ("应为有限的数字", "请改正"),
    "bool_type": ("应为 true 或 false", "请去掉引号"),
    "bool_parsing": ("应为 true 或 false", "请改正"),
    "greater_than_equal": ("数值过小", "应不小于 {ge}"),
    "less_than_equal": ("数值过大", "应不大于 {le}"),
    "tuple_type": ("应为列表", "请写成 [ … ]"),
    "dict_type": ("应为表", "请写成 {{ 列 = [ … ] }}"),
    "model_type": ("应为表", "请写成 [表名] 一节"),
    "model_attributes_type": ("应为表", "请写成 [表名] 一节"),
    "date_from_datetime_parsing": ("日期无法识别", "请写成 2022-10-31"),
    "date_from_datetime_inexact": ("日期无法识别", "请写成 2022-10-31"),
    "date_parsing": ("日期无法识别", "请写成 2022-10-31"),
    "date_type": ("日期无法识别", "请写成 2022-10-31"),
}


def _model_fault(file: str, text: str, error: ErrorDetails) -> Fault:
    loc = tuple(part for at, part in enumerate(error["loc"]) if not (at == _TAG_AT and error["loc"][0] == "tasks"))
    message, remedy = _MESSAGES.get(error["type"], (error["msg"].removeprefix("Value error, "), "请改正"))
    details = {key: str(value).replace(" or ", "、") for key, value in error.get("ctx", {}).items()}
    value = error.get("input")
    return Fault(
        "error",
        f"plan-{error['type'].replace('_', '-')}",
        file,
        message,
        remedy.format_map(details),
        row=line_of(text, loc),
        column=".".join(map(str, loc)) or None,
        value=str(value) if isinstance(value, str | int | float) else None,
    )


# -- sense -------------------------------------------------------------------------


def sense_faults(file: str, text: str, plan: Plan, units: Collection[str] | None) -> list[Fault]:
    """Return what makes no sense in a plan of the right form; `units` None: whatever units there are."""
    found = [*_numbering(plan), *_campaign(plan)]
    for t, task in enumerate(plan.tasks):
        for r, rule in enumerate(task.rules):
            inside = _rule_sense(task, rule)
            found += [(code, (*_rule_at(t, r), *loc), message, remedy) for code, loc, message, remedy in inside]
    faults = [
        Fault("error", code, file, message, remedy, row=line_of(text, loc), column=".".join(map(str, loc)))
        for code, loc, message, remedy in found
    ]
    return [*faults, *_unknown_units(file, text, plan, units)]


Told = tuple[str, "Loc", str, str]  # code of the fault, where in the plan, message, remedy


def _rule_at(t: int, r: int) -> Loc:
    return "tasks", t, "rules", r


def _numbering(plan: Plan) -> Iterator[Told]:
    """Numbers of tasks and ids of rules occur once."""
    seen: set[str] = set()
    for t, task in enumerate(plan.tasks):
        if str(task.no) in seen:
            yield "plan-task-twice", ("tasks", t, "no"), f"任务号重复：{task.no}", "每个任务号只能用一次"
        seen.add(str(task.no))
        for r, rule in enumerate(task.rules):
            if rule.id in seen:
                yield "plan-rule-twice", (*_rule_at(t, r), "id"), f"规则编号重复：{rule.id}", "每个编号只能用一次"
            seen.add(rule.id)


def _campaign(plan: Plan) -> Iterator[Told]:
    for p, phase in enumerate(plan.phases):
        if phase.ends_on < phase.starts_on:
            yield "plan-phase", ("phases", p, "ends_on"), f"阶段“{phase.name}”结束早于开始", "请核对日期"


def _rule_sense(task: Task, rule: Rule) -> Iterator[Told]:
    if not rule.id.startswith(f"{task.no}."):
        yield "plan-rule-number", ("id",), f"规则编号“{rule.id}”应以任务号“{task.no}.”开头", "请改正编号"
    is_share = rule.kind == "reach" or getattr(rule, "measure", None) == "share"
    if is_share and not 0 < rule.threshold <= 1:
        yield "plan-threshold", ("threshold",), f"规则 {rule.id}：比例的标准应大于0、不大于1", "如 80% 写成 0.8"
    if rule.kind == "figure":
        yield from _measured(rule)
    layer = getattr(rule, "layer", None)
    if layer is None:
        return
    if rule.kind == "rows" and layer != f"{rule.unit}s":
        yield (
            "plan-unit-layer",
            ("layer",),
            f"规则 {rule.id}：单位 {rule.unit} 不在图层 {layer} 中",
            f"应为 {rule.unit}s",
        )
    columns = {c.name: c for c in LAYERS[layer].public_columns}
    if getattr(rule, "period", "ever") == "year" and "date" not in columns:
        told = f"规则 {rule.id}：图层 {layer} 没有日期，不能按年度计"
        yield "plan-period", ("period",), told, '请写 period = "ever"'
    for key, name, values in _named_columns(rule):
        for told, allowed in _misnamed(columns, key, name, values):
            yield "plan-unknown-column", (key, name), f"规则 {rule.id}：图层 {layer} {told}", f"可用：{allowed}"


def _measured(rule: FigureRule) -> Iterator[Told]:
    """A figure's units of measure are known, and are told of both numbers of a quotient or of neither."""
    for key, unit in (("measure", rule.measure), ("per_measure", rule.per_measure)):
        if unit is not None and measure_group(unit) is None:
            allowed = "、".join(catalogue()["measures"])
            yield "plan-measure", (key,), f"规则 {rule.id}：不认识计量单位“{unit}”", f"可用：{allowed}，及其倍数"
    if rule.per_measure is not None and rule.per is None:
        told = f"规则 {rule.id}：没有写 per，却写了 per_measure"
        yield "plan-measure", ("per_measure",), told, "请删去，或补上 per"
    elif rule.per is not None and (rule.measure is None) != (rule.per_measure is None):
        told = f"规则 {rule.id}：measure 和 per_measure 只写了一个"
        yield "plan-measure", ("measure" if rule.measure else "per_measure",), told, "请两个都写"


def _named_columns(rule: Rule) -> list[tuple[str, str, Values]]:
    """(key of the rule, column, values) that a rule names."""
    named: list[tuple[str, str, Values]] = [("require", c, ()) for c in getattr(rule, "require", ())]
    for key in ("where", "meets"):
        named += [(key, column, values) for column, values in getattr(rule, key, {}).items()]
    return named


def _misnamed(columns: Mapping[str, Column], key: str, name: str, values: Values) -> Iterator[tuple[str, str]]:
    """(what is wrong, what is allowed) of a column's name and values."""
    if key == "require" and name in columns and columns[name].kind not in _ASKABLE:
        yield f"的列“{name}”不能用作必填条件", "、".join(c.name for c in columns.values() if c.kind in _ASKABLE)
    elif name not in columns:
        yield f"没有列“{name}”", "、".join(columns)
    elif key != "require":
        column = columns[name]
        for value in values:
            if column.kind == "flag" and not isinstance(value, bool):
                yield f"的列“{name}”没有取值“{value}”", "true、false（不加引号）"
            elif column.kind == "choice" and value not in column.choices:
                yield f"的列“{name}”没有取值“{value}”", "、".join(column.choices)
            elif column.kind not in ("flag", "choice", "text"):
                yield (
                    f"的列“{name}”不能按取值挑选",
                    "、".join(c.name for c in columns.values() if c.kind in ("flag", "choice", "text")),
                )


def _unknown_units(file: str, text: str, plan: Plan, units: Collection[str] | None) -> Iterator[Fault]:
    if units is None:
        return
    if not any(code.startswith(plan.plan.place) for code in units):
        yield Fault(
            "error",
            "plan-unknown-place",
            file,
            "方案不是本地区的",
            "请核对 6 位县级代码",
            row=line_of(text, ("plan", "place")),
            column="plan.place",
            value=plan.plan.place,
        )
    loc = ("settings", "agricultural_subdistricts")
    for code in plan.settings.agricultural_subdistricts or ():
        if code not in units or not code.endswith("000"):
            yield Fault(
                "error",
                "plan-unknown-unit",
                file,
                "没有这个乡镇（街道）",
                "请改为本地 12 位代码",
                row=line_with(text, code, start=line_of(text, loc)),
                column=".".join(loc),
                value=code,
            )
