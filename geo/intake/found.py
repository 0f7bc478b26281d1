"""What becomes of asking which unit a row means: found, maybe with something to tell, or unresolved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from geo.faults import Asked, Candidate, Severity


class Repair(NamedTuple):
    """What was read otherwise than written. `field`: the input column; `written`: its text."""

    severity: Severity
    code: str
    field: str
    written: str
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A unit that is told.

    `asked`: the question that a person may have answered otherwise, where it was repaired. `told_code`:
    the code that was written, where it is one of another scheme or of the past.
    """

    code: str
    repairs: tuple[Repair, ...] = ()
    asked: Asked | None = None
    told_code: str | None = None


@dataclass
class Unresolved(Exception):
    """A unit that cannot be told. `field` is the input column at fault; `asked`: what a person may answer."""

    field: str
    code: str
    value: str
    message: str
    remedy: str
    candidates: tuple[Candidate, ...] = ()
    asked: Asked | None = None
