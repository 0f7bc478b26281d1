"""City-wide rules: reported numbers, declarations, and tallies of records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.assessment import Findings
from geo.schema import LAYERS
from geo.states import MET, NOT_MET, UNKNOWN, State, state_of

if TYPE_CHECKING:
    from geo.rules import DeclaredRule, FigureRule, TallyRule
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
    value: float | None
    measure: str
    document: str
    sources: list[dict[str, Any]]


def _latest(survey: Survey, item: str, task: int) -> _Reported | None:
    """The newest report of an item: by its date, then batch, then where it stands."""
    column = {name: survey.column("figures", name) for name in ("item", "task", "as_of", "batch", "file", "row", "id")}
    rows = [r for r in range(len(column["item"])) if column["item"][r] == item and column["task"][r] == task]
    if not rows:
        return None
    row = max(
        rows,
        key=lambda r: (
            column["as_of"][r] or pd.Timestamp.min,
            column["batch"][r] or 0,
            column["file"][r] or "",
            column["row"][r] or 0,
            str(column["id"][r]),
        ),
    )
    value, measure, document = (survey.column("figures", c)[row] for c in ("value", "unit_of_measure", "evidence"))
    known = value is not None and np.isfinite(value)
    return _Reported(float(value) if known else None, measure or "", document or "", survey.sources("figures", [row]))


def figure(survey: Survey, rule: FigureRule, place_name: str) -> Verdict:
    """Compare a reported number (or the quotient of two) with the threshold."""
    number = int(rule.id.split(".")[0])
    over = _latest(survey, rule.item, number)
    under = _latest(survey, rule.per, number) if rule.per else None
    sources = (over.sources if over else []) + (under.sources if under else [])
    wanted = [name for name in (rule.item, rule.per) if name]
    blank = [n for n, r in zip(wanted, (over, under), strict=False) if r is None or r.value is None]
    if blank or over is None or over.value is None:
        return _verdict(survey, place_name, UNKNOWN, None, _Told(f"{'、'.join(blank)}没有上报", sources))
    value = over.value
    if under is not None and under.value is not None:
        value = over.value / under.value if under.value else float("inf")
        if not np.isfinite(value):
            told = _Told(f"{rule.per}报为{under.value:g}，不能计算", sources)
            return _verdict(survey, place_name, UNKNOWN, None, told)
    met = value >= rule.threshold if rule.comparison == "at_least" else value <= rule.threshold
    words = "不少于" if rule.comparison == "at_least" else "不超过"
    computed = f"{rule.item}÷{rule.per}={value:.4g}" if rule.per else f"{rule.item}{value:g}{over.measure}"
    document = f"；佐证：{over.document}" if over.document else "；未附佐证材料"
    told = _Told(f"{computed}，要求{words}{rule.threshold:g}{document}", sources)
    return _verdict(survey, place_name, MET if met else NOT_MET, value, told)


def declared(survey: Survey, rule: DeclaredRule, place_name: str) -> Verdict:
    """Read a yes (1) or no (0) of the lead unit."""
    found = _latest(survey, rule.item, int(rule.id.split(".")[0]))
    if found is None or found.value is None:
        return _verdict(survey, place_name, UNKNOWN, None, _Told("没有申报", found.sources if found else []))
    document = f"，佐证：{found.document}" if found.document else "，未附佐证材料"
    yes = found.value >= 1
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
    told = _Told(
        f"{label}记录{known}条，要求不少于{rule.threshold:g}；{listed}",
        survey.sources(rule.layer, np.flatnonzero(matching != NOT_MET).tolist())
        + (survey.all_complete_sources(rule.layer) if state == NOT_MET else []),
    )
    value = float(known) if len(matching) or complete else None
    return _verdict(survey, place_name, state, value, told)
