"""Items of the city-wide figures: which one a text means, and its number in the plan's unit of measure.

A report and a plan spell one item in several ways (“三长”兼职, 9.三长兼职); they are one
where their letters and digits are. A number is converted or it is not read: one whose unit
of measure can't be told is unknown, never guessed.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from geo.faults import Fault
from geo.words.vocabulary import YES_OR_NO, convert, is_share, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from geo.plans.rules import Plan

    Record = Mapping[str, Any]

_DIGITS = 9
"""Decimals that a converted number keeps: 60.7441万人 is 607441人, to the last digit."""
_NEAREST = 3


@lru_cache(maxsize=10_000)
def item_key(text: str, task: int) -> str:
    """Return an item's letters and digits, without the number of its task before them: for comparing only."""
    bare = re.sub(rf"^(?:任务)?\W*{task}(?!\d)", "", plain(text))
    return "".join(ch for ch in bare if unicodedata.category(ch)[0] in "LNM") or plain(text)


@dataclass(frozen=True)
class Wanted:
    """An item that a rule asks for. `measure`: the unit its number is wanted in, None where the plan names none."""

    task: int
    item: str
    measure: str | None = None
    declared: bool = False


def wanted_items(plan: Plan) -> list[Wanted]:
    """Return the items that the plan's rules ask for, in their order."""
    found = []
    for rule in plan.rules:
        task = int(rule.id.split(".")[0])
        if rule.kind == "declared":
            found.append(Wanted(task, rule.item, declared=True))
        elif rule.kind == "figure":
            found.append(Wanted(task, rule.item, rule.measure))
            if rule.per:
                found.append(Wanted(task, rule.per, rule.per_measure))
    return found


def reading(value: float, written: str, wanted: str | None) -> float:
    """Return a number in the wanted unit of measure; a blank `written` is that unit.

    ValueError says what can't be told, and what to do: a unit that is unknown, of another
    kind, or scaled where the plan names none; a share that may be 45 % or 0.45 %, for a
    spreadsheet keeps 45% as 0.45; a negative number of things.
    """
    factor = convert(written, wanted)
    if factor is None:
        measure = plain(written)
        told = f"计量单位“{written}”不能换算成“{wanted}”" if wanted else f"方案没有写明计量单位，“{written}”不能换算"
        if measure == plain(YES_OR_NO):
            told = "填的是“有”或“是”，不是数字"
        msg = f"{told}；请按“{wanted}”填写" if wanted else f"{told}；请在方案中写明，或不用万、千等单位"
        raise ValueError(msg)
    if wanted and is_share(wanted):
        _check_share(value, convert(written or wanted, "%") or 1.0)
    elif wanted and value < 0:
        msg = "不能是负数；请核对"
        raise ValueError(msg)
    return value if factor == 1.0 else round(value * factor, _DIGITS)


def _check_share(value: float, percent: float) -> None:
    """Refuse a percentage up to 1 and a fraction above 1: either may be meant as the other."""
    if percent == 1.0 and 0 < value <= 1:
        msg = f"分不清是{value:g}%还是{100 * value:g}%；百分数请写成 85 这样的数，写成小数的请在计量单位填“小数”"
        raise ValueError(msg)
    if percent == 100.0 and value > 1:
        msg = f"小数{value:g}大于1；百分数请在计量单位填“%”"
        raise ValueError(msg)


def declaration(value: float) -> bool:
    """Return what a declaration says: 1 yes, 0 no. ValueError for any other number."""
    if value not in (0, 1):
        msg = f"申报只能是1（是）或0（否），不能是{value:g}；请改填“是”或“否”"
        raise ValueError(msg)
    return value == 1


def figure_faults(plan: Plan, records: Iterable[Record]) -> list[Fault]:
    """Hold reported figures against the plan.

    Errors: a number that no rule could read (`figure-measure`, `figure-declaration`), one item
    told twice of one day (`figure-twice`). Warnings, for they count for nothing: an item of
    another task (`figure-task`), an item that the plan does not have (`figure-unknown`).
    """
    wanted = wanted_items(plan)
    found: list[Fault] = []
    told: dict[tuple[Any, ...], Record] = {}
    for record in records:
        task, item = int(record["task"]), str(record["item"])
        asked = [w for w in wanted if w.task == task and item_key(w.item, task) == item_key(item, task)]
        found += _misread(record, asked) if asked else [_unasked(record, wanted)]
        first = told.setdefault((task, item_key(item, task), record.get("as_of")), record)
        if first is not record and _number(first) != _number(record):
            remedy = "请核对后留一行；数据日期不同的请填数据日期"
            message = f"与第{first['row']}行是同一指标、同一日期，数值却不同"
            found.append(_fault("error", "figure-twice", record, message, remedy))
    return found


def _number(record: Record) -> tuple[Any, str]:
    return record.get("value"), plain(str(record.get("unit_of_measure") or ""))


def _misread(record: Record, asked: Iterable[Wanted]) -> Iterator[Fault]:
    value = record.get("value")
    if value is None or not math.isfinite(value):
        return
    for wanted in asked:
        try:
            if wanted.declared:
                declaration(value)
            else:
                reading(value, str(record.get("unit_of_measure") or ""), wanted.measure)
        except ValueError as problem:
            message, _, remedy = str(problem).partition("；")
            code = "figure-declaration" if wanted.declared else "figure-measure"
            yield _fault("error", code, record, f"“{wanted.item}”：{message}", remedy)
            return


def _unasked(record: Record, wanted: list[Wanted]) -> Fault:
    from rapidfuzz import process

    task, item = int(record["task"]), str(record["item"])
    own = next((w for w in wanted if item_key(w.item, w.task) == item_key(item, w.task)), None)
    if own is not None:
        told = f"“{own.item}”是任务{own.task}的指标，不是任务{task}的，未计入"
        return _fault("warning", "figure-task", record, told, f"请把任务号改为{own.task}")
    pool = dict.fromkeys(w.item for w in wanted if w.task == task)
    near = [m for m, _, _ in process.extract(item, list(pool or dict.fromkeys(w.item for w in wanted)), limit=_NEAREST)]
    remedy = f"请按方案填写：{'、'.join(f'“{name}”' for name in near)}" if near else "请核对任务号"
    return _fault("warning", "figure-unknown", record, f"方案的任务{task}没有这个指标，未计入", remedy)


def _fault(severity: str, code: str, record: Record, message: str, remedy: str) -> Fault:
    return Fault(
        "error" if severity == "error" else "warning",
        code,
        str(record["file"]),
        message,
        remedy,
        sheet=record.get("sheet"),
        row=record.get("row"),
        value=str(record["item"]),
    )
