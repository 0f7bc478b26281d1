"""What is met today and will not be soon: boards whose content falls due, titles that expire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from geo.plans.rules import FreshnessRule, RowsRule
from geo.states import MET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo.assessment import Assessment, RuleResult
    from geo.layers import Layers


@dataclass(frozen=True)
class Coming:
    """The last day on which a unit meets a rule if nothing is done."""

    day: date
    kind: Literal["board", "title"]


def upcoming(assessment: Assessment, layers: Layers) -> dict[tuple[str, str], Coming]:
    """Return (rule, unit) → what comes, of the units that are met; the day is never before the assessment's own."""
    settings = assessment.plan.settings
    found = {}
    for result in assessment.rules:
        days: Iterator[tuple[str, date]] = iter(())
        kind: Literal["board", "title"] = "board"
        if isinstance(result.rule, FreshnessRule):
            days = _boards(result)
        elif isinstance(result.rule, RowsRule) and result.rule.layer == "bases" and not settings.expired_titles:
            days, kind = _titles(result, layers["bases"]), "title"
        found.update({(result.rule.id, code): Coming(day, kind) for code, day in days if day >= assessment.as_of})
    return found


def _boards(result: RuleResult) -> Iterator[tuple[str, date]]:
    """The day by which the board that speaks for a unit must be changed."""
    for position in np.flatnonzero(result.findings.states == MET).tolist():
        due = result.findings.explain.extras(position)["due"]
        if due:
            yield str(result.findings.codes[position]), date.fromisoformat(due)


def _titles(result: RuleResult, bases: pd.DataFrame) -> Iterator[tuple[str, date]]:
    """The last day of the title of each base that counts."""
    ends = last_days_of_titles(bases)
    for code in result.findings.codes[result.findings.states == MET].tolist():
        if code in ends:
            yield code, ends[code]


def last_days_of_titles(bases: pd.DataFrame) -> dict[str, date]:
    """Return id of a base → the last day of its title, of those that have one."""
    known = bases[bases["expires_on"].notna()]
    return {str(code): pd.Timestamp(day).date() for code, day in zip(known["id"], known["expires_on"], strict=True)}
