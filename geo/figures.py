"""City-wide rules: reported numbers, declarations, and tallies of records."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.assessment import Findings
from geo.figure_items import declaration, item_key, reading
from geo.schema import LAYERS
from geo.states import MET, NOT_MET, UNKNOWN, State, state_of

if TYPE_CHECKING:
    from geo.plans.rules import DeclaredRule, FigureRule, TallyRule
    from geo.survey import Survey


@dataclass(frozen=True)
class _Told:
    """A reason and evidence that were worked out at once: there is only one unit."""

    said: str
    rests_on: list[dict[str, Any]]

    def reason(self, position: int) -> str:
        """Return the sentence."""
        return self.said

    def evidence(self, position: int) -> list[dict[str, Any]]:
        """Return the source rows."""
        return self.rests_on

    def extras(self, position: int) -> dict[str, Any]:
        """Return nothing further."""
        return {}


Verdict = tuple[Findings, State, float | None]


def _verdict(survey: Survey, place_name: str, state: int, value: float | None, told: _Told) -> Verdict:
    findings = Findings(
        codes=np.array([survey.place_code], dtype=object),
        names=np.array([place_name], dtype=object),
        township_codes=np.array([None], dtype=object),
        states=np.array([state], dtype=np.int8),
        shared=np.zeros(1, dtype=bool),
        explain=told,
    )
    return findings, state_of(state), value


@dataclass(frozen=True)
class _Reported:
    """What an item was last told as; `unread`: why its number can't be read in the plan's unit of measure."""

    item: str
    told: float | None
    written: str
    wanted: str | None
    document: str
    sources: list[dict[str, Any]]
    value: float | None = None
    unread: str = ""

    @property
    def words(self) -> str:
        """The number as reported, and in the plan's unit of measure where it was converted."""
        converted = f"（合{self.value:.10g}{self.wanted}）" if self.value != self.told else ""
        return f"{self.item}{self.told:.10g}{self.written or self.wanted or ''}{converted}"

    @property
    def assumed(self) -> str:
        """What is said of a number whose unit of measure was left blank."""
        return f"；{self.item}未注明计量单位，按“{self.wanted}”计" if self.wanted and not self.written else ""


def _latest(survey: Survey, rule: FigureRule | DeclaredRule, item: str, measure: str | None) -> _Reported:
    """What an item was last told as."""
    row = newest_report(survey, int(rule.id.split(".")[0]), item)
    if row is None:
        return _Reported(item, None, "", measure, "", [])
    value, written, document = (survey.column("figures", c)[row] for c in ("value", "unit_of_measure", "evidence"))
    told = float(value) if value is not None and np.isfinite(value) else None
    return _Reported(item, told, written or "", measure, document or "", survey.sources("figures", [row]))


def newest_report(survey: Survey, task: int, item: str) -> int | None:
    """Return the row of the newest report of an item, None where there is none.

    By the day that it speaks of, else of its report; then batch, and where it stands. Of those that came without a
    date after the day that is asked about, the first counts, and only where nothing else is known.
    """
    column = {name: survey.column("figures", name) for name in ("item", "task", "batch", "file", "row", "id")}
    key = item_key(item, task)
    rows = [r for r, of in enumerate(column["task"]) if of == task and item_key(str(column["item"][r]), task) == key]
    days = {r: _day_of(survey, r) for r in rows}
    asked = pd.Timestamp(survey.as_of)
    return max(
        rows,
        key=lambda r: (
            days[r] <= asked,
            days[r] if days[r] <= asked else asked - (days[r] - asked),
            column["batch"][r] or 0,
            column["file"][r] or "",
            column["row"][r] or 0,
            str(column["id"][r]),
        ),
        default=None,
    )


def _day_of(survey: Survey, row: int) -> pd.Timestamp:
    """The day that a figure speaks of, else the day of its report; the first of days where neither is known."""
    told: pd.Timestamp | None = survey.column("figures", "as_of")[row]
    came = survey.layers.days.get(survey.column("figures", "batch")[row])
    return told if told is not None else pd.Timestamp(came) if came else pd.Timestamp("1900-01-01")


def _read(found: _Reported) -> _Reported:
    """Convert the number to the plan's unit of measure, or say why it can't be."""
    if found.told is None:
        return found
    try:
        return replace(found, value=reading(found.told, found.written, found.wanted))
    except ValueError as problem:
        return replace(found, unread=f"{found.item}{found.told:.10g}：{str(problem).partition('；')[0]}")


def figure(survey: Survey, rule: FigureRule, place_name: str) -> Verdict:
    """Compare a reported number (or the quotient of two) with the threshold, in the plan's units of measure."""
    over = _read(_latest(survey, rule, rule.item, rule.measure))
    under = _read(_latest(survey, rule, rule.per, rule.per_measure)) if rule.per else None
    both = [over] if under is None else [over, under]
    sources = [source for found in both for source in found.sources]
    blank, unread = [f.item for f in both if f.told is None], [f.unread for f in both if f.unread]
    if blank or unread or over.value is None:
        said = [f"{'、'.join(blank)}没有上报"] if blank else []
        return _verdict(survey, place_name, UNKNOWN, None, _Told("；".join(said + unread), sources))
    value, computed, unit = over.value, over.words, rule.measure or ""
    if under is not None:
        value = over.value / under.value if under.value else float("inf")
        unit = f"{rule.measure}/{rule.per_measure}" if rule.measure and rule.per_measure else ""
        computed = f"{over.words}÷{under.words}={value:.4g}{unit}"
    if not np.isfinite(value):
        last = both[-1]
        told = _Told(f"{last.item}报为{last.words.removeprefix(last.item)}，不能计算", sources)
        return _verdict(survey, place_name, UNKNOWN, None, told)
    met = value >= rule.threshold if rule.comparison == "at_least" else value <= rule.threshold
    words = "不少于" if rule.comparison == "at_least" else "不超过"
    assumed = "".join(found.assumed for found in both)
    document = f"；佐证：{over.document}" if over.document else "；未附佐证材料"
    told = _Told(f"{computed}，要求{words}{rule.threshold:g}{unit}{assumed}{document}", sources)
    return _verdict(survey, place_name, MET if met else NOT_MET, value, told)


def declared(survey: Survey, rule: DeclaredRule, place_name: str) -> Verdict:
    """Read a yes (1) or no (0) of the lead unit."""
    found = _latest(survey, rule, rule.item, None)
    if found.told is None:
        return _verdict(survey, place_name, UNKNOWN, None, _Told("没有申报", found.sources))
    try:
        yes = declaration(found.told)
    except ValueError as problem:
        told = _Told(str(problem).partition("；")[0], found.sources)
        return _verdict(survey, place_name, UNKNOWN, None, told)
    document = f"，佐证：{found.document}" if found.document else "，未附佐证材料"
    told = _Told(f"申报{'已完成' if yes else '未完成'}{document}", found.sources)
    return _verdict(survey, place_name, MET if yes else NOT_MET, float(yes), told)


def tally(survey: Survey, rule: TallyRule, place_name: str) -> Verdict:
    """Count a layer's records in the period; too few is not met only if the list is complete."""
    matching = survey.matching(rule.layer, rule.where, rule.period)
    known, possible = int(np.sum(matching == MET)), int(np.sum(matching != NOT_MET))
    complete = survey.complete_for_place(rule.layer)
    state = MET if known >= rule.threshold else NOT_MET if complete and possible < rule.threshold else UNKNOWN
    label = LAYERS[rule.layer].label
    listed = "清单完整" if complete else "清单未声明完整"
    unclear = f"，另有{possible - known}条看不出是否计入" if possible > known else ""
    told = _Told(
        f"{label}记录{known}条{unclear}，要求不少于{rule.threshold:g}；{listed}",
        survey.sources(rule.layer, np.flatnonzero(matching != NOT_MET).tolist())
        + (survey.all_complete_sources(rule.layer) if state == NOT_MET else []),
    )
    value = float(known) if len(matching) or complete else None
    return _verdict(survey, place_name, state, value, told)
