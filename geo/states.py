"""The four states and their three-valued logic (strong Kleene).

As arrays, states are int8: 1 met, 0 not met, -1 unknown, -2 not applicable.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    States = NDArray[np.int8]

MET, NOT_MET, UNKNOWN, NOT_APPLICABLE = 1, 0, -1, -2


class State(StrEnum):
    """What is known about a requirement; the values are those of assessment.json."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"

    @property
    def label(self) -> str:
        """The Chinese word for a unit's state."""
        return _LABELS[self]

    @property
    def verdict_label(self) -> str:
        """The Chinese word for a rule's or task's state: an unknown one is still to be decided."""
        return "待判定" if self is State.UNKNOWN else _LABELS[self]


_LABELS = {
    State.MET: "达标",
    State.NOT_MET: "未达标",
    State.UNKNOWN: "未上报",
    State.NOT_APPLICABLE: "不适用",
}
_BY_CODE = {MET: State.MET, NOT_MET: State.NOT_MET, UNKNOWN: State.UNKNOWN, NOT_APPLICABLE: State.NOT_APPLICABLE}


def state_of(code: int) -> State:
    """Return the state of an int8 code."""
    return _BY_CODE[int(code)]


def both(*conditions: States) -> States:
    """Kleene AND, elementwise: not met as soon as one is, met only when all are."""
    fails = np.any([states == NOT_MET for states in conditions], axis=0)
    holds = np.all([states == MET for states in conditions], axis=0)
    return np.where(fails, NOT_MET, np.where(holds, MET, UNKNOWN)).astype(np.int8)


def decide(parts: Iterable[State]) -> State:
    """Join the rules of a task: met when all are, not met when any is, else unknown.

    Rules that do not apply are left out; if none applies, neither does the task.
    """
    known = [part for part in parts if part is not State.NOT_APPLICABLE]
    if not known:
        return State.NOT_APPLICABLE
    if State.NOT_MET in known:
        return State.NOT_MET
    return State.MET if all(part is State.MET for part in known) else State.UNKNOWN
