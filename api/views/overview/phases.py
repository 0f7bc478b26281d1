"""The plan's phases as a strip of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from api.i18n import date_text
from api.texts import TEXTS
from geo.plans.rules import Phase

Stage = Literal["past", "now", "coming"]


@dataclass(frozen=True)
class PhaseStep:
    """One phase as it stands on a day; `note` says how many days are left, or when it begins."""

    name: str
    starts_on: date
    ends_on: date
    stage: Stage
    note: str


def phase_steps(phases: Sequence[Phase], day: date) -> tuple[PhaseStep, ...]:
    """Every phase, in the plan's order."""
    return tuple(_step(phase, day) for phase in phases)


def _step(phase: Phase, day: date) -> PhaseStep:
    if day > phase.ends_on:
        return PhaseStep(phase.name, phase.starts_on, phase.ends_on, "past", TEXTS["phase_done"])
    if day < phase.starts_on:
        note = TEXTS["phase_in"].format(days=(phase.starts_on - day).days)
        return PhaseStep(phase.name, phase.starts_on, phase.ends_on, "coming", note)
    left = (phase.ends_on - day).days
    note = TEXTS["phase_left"].format(days=left) if left else TEXTS["phase_today"]
    return PhaseStep(phase.name, phase.starts_on, phase.ends_on, "now", note)


def phase_text(phases: Sequence[Phase], day: date) -> str:
    """Which phase the day is in and how long it lasts; phases may overlap: the one that ends last counts."""
    now = [phase for phase in phases if phase.starts_on <= day <= phase.ends_on]
    if now:
        phase = max(now, key=lambda phase: phase.ends_on)
        left = (phase.ends_on - day).days
        text = TEXTS["phase_now" if left else "phase_last_day"]
        return text.format(name=phase.name, date=date_text(phase.ends_on), days=left)
    coming = [phase for phase in phases if phase.starts_on > day]
    if coming:
        phase = min(coming, key=lambda phase: phase.starts_on)
        days = (phase.starts_on - day).days
        return TEXTS["phase_next"].format(name=phase.name, date=date_text(phase.starts_on), days=days)
    return TEXTS["phase_over"] if phases else ""
