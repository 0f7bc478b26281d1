"""How figures become words: shares that never read as more than they are, counts with their denominators."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from geo.admin.gazetteer import township_of
from geo.assessment import Counts
from geo.percentages import percent
from geo.states import NOT_APPLICABLE, State, state_of
from geo.tables import GAP_STATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from geo.admin.gazetteer import Gazetteer
    from geo.assessment import Findings, RuleResult

UNITS: Final = {
    "township": ("个", "乡镇（街道）"),
    "village": ("个", "村（社区）"),
    "school": ("所", "学校"),
    "base": ("处", "基地"),
    "city": ("项", "全市指标"),
}
"""Kind of unit → its measure word and its name."""


@dataclass(frozen=True)
class View:
    """A rule's result as one paper sees it: of the whole place or of one township."""

    result: RuleResult
    gazetteer: Gazetteer
    township: str | None = None

    @property
    def findings(self) -> Findings:
        """The findings of the whole place."""
        return self.result.findings

    @property
    def is_local(self) -> bool:
        """Whether the rule is judged unit by unit."""
        return self.result.rule.unit != "city"

    @cached_property
    def homes(self) -> NDArray[np.object_]:
        """The township code of each unit; "" for the place as a whole."""
        return np.array([township_of(code) if code else "" for code in self.findings.township_codes], dtype=object)

    @cached_property
    def seen(self) -> NDArray[np.bool_]:
        """Which units the paper speaks of."""
        if self.township is None or not self.is_local:
            return np.ones(len(self.findings.codes), dtype=bool)
        return np.asarray(self.homes == self.township, dtype=bool)

    def counts(self, home: str | None = None) -> Counts:
        """Count the units seen, or those of one township."""
        chosen = self.seen if home is None else self.seen & (self.homes == home)
        return Counts.of(self.findings.states[chosen], self.findings.shared[chosen])

    def townships(self) -> list[str]:
        """Return the townships that have units in scope, in code order."""
        return sorted(set(self.homes[self.seen & (self.findings.states != NOT_APPLICABLE)]))

    def told(self, *states: str) -> Iterator[dict[str, Any]]:
        """Yield the findings of the units seen that are in one of the states, all in scope by default."""
        for position in self.findings.positions():
            if self.seen[position] and (not states or str(state_of(self.findings.states[position])) in states):
                yield self.findings.as_dict(int(position))

    def gaps(self) -> Iterator[dict[str, Any]]:
        """Yield the findings that are not met or not reported."""
        return self.told(*GAP_STATES)

    def home_of(self, finding: dict[str, Any]) -> str:
        """Return the name of the township that a unit lies in."""
        home = finding["township_code"]
        return self.gazetteer.name_of(township_of(home)) if home else ""

    @property
    def is_dataless(self) -> bool:
        """Whether nobody has reported anything that the rule could be judged by."""
        counts = self.counts()
        return counts.in_scope == counts.unknown

    @property
    def verdict(self) -> str:
        """The word for the rule's state, which is always that of the whole place."""
        return self.result.state.verdict_label


def finding_text(view: View) -> str:
    """Return the finding of a rule in sentences: figures, denominators, verdict."""
    rule = view.result.rule
    if not view.is_local:
        told = next(view.told(), None)
        return f"{told['reason'] if told else '不适用'}。判定：{view.verdict}。"
    counts = view.counts()
    word, name = UNITS[rule.unit]
    if counts.in_scope == 0:
        return f"没有应评的{name}（{counts.not_applicable}{word}不适用）。判定：{view.verdict}。"
    parts = [f"应评{name}{counts.in_scope}{word}，{_met(view, counts)}；未达标{counts.not_met}{word}"]
    parts.append(f"，未上报{counts.unknown}{word}")
    if counts.not_applicable:
        parts.append(f"；另有{counts.not_applicable}{word}不适用，不计入")
    return f"{''.join(parts)}。{_measure(view)}判定：{view.verdict}。"


def _met(view: View, counts: Counts) -> str:
    word = UNITS[view.result.rule.unit][0]
    shared = f"（其中共用{counts.met_shared}{word}）" if view.findings.dedicated else ""
    share = percent(counts.met / counts.in_scope)
    return f"达标{counts.met}{word}{shared}，占{share}"


def _measure(view: View) -> str:
    """Return what the verdict rests on: the whole place's value beside the plan's threshold."""
    rule, value = view.result.rule, view.result.value
    whole = "全域" if view.township else ""
    if rule.kind == "reach":
        return _people_text(view, whole)
    if getattr(rule, "measure", "share") == "count":
        word = UNITS[rule.unit][0]
        met = view.result.counts.met
        return f"标准为不少于{rule.threshold:g}{word}，{whole}达到{met}{word}。"
    if whole and value is not None:
        return f"标准为{_plain(rule.threshold)}，全域为{percent(value)}。"
    return f"标准为{_plain(rule.threshold)}。"


def _people_text(view: View, whole: str) -> str:
    rule, value = view.result.rule, view.result.value
    unsaid = sum(finding.get("population") is None for finding in view.findings)
    told = "没有可用的人口数字" if value is None else f"占人口数已知的村（社区）人口的{percent(value)}"
    rest = f"（全域有{unsaid}个应评村（社区）没有人口数字）" if unsaid else ""
    return f"{whole}活动所到村（社区）的人口{told}{rest}，标准为不低于{_plain(rule.threshold)}。"


def _plain(share: float) -> str:
    return f"{_in_percent(share).normalize():f}%"


def _in_percent(share: float) -> Decimal:
    return Decimal(repr(float(share))) * 100


def label_of(finding: dict[str, Any]) -> str:
    """Return the word for a unit's state, with how it is met."""
    sharing = {"shared": "（共用）", "dedicated": "（专用）"}.get(finding["sharing"] or "", "")
    return State(finding["state"]).label + sharing
