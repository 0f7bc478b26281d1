"""Faults: what is wrong with an input, where, and what to do about it.

A reader or normaliser gathers every fault of a file before it reports. Errors stop
the import of that file; warnings are shown and stored rows stand; notes only inform.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from geo.words.phones import covered

if TYPE_CHECKING:
    from collections.abc import Iterable

Severity = Literal["error", "warning", "note"]

SEVERITY_LABELS: dict[Severity, str] = {"error": "错误", "warning": "提醒", "note": "说明"}
_ORDER: dict[str, int] = {"error": 0, "warning": 1, "note": 2}
_LONGEST_VALUE = 60


class Candidate(NamedTuple):
    """A unit that somebody may have meant, and why it is offered; of a column its header, with a blank code."""

    code: str
    name: str
    reason: str


class Asked(NamedTuple):
    """A question to a person: which unit a text means. `field`: the column; `township`: what it was told to lie in.

    Of a column that isn't known, `field` is `column` and `written` its header, or 第5列.
    """

    field: str
    township: str
    written: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to look at.

    `code` is a stable English id for programs (`unknown-unit`); `message` says in
    Chinese what was found and `remedy` what to do. `row` counts from 1 as Excel does.
    `candidates`: units that may be meant; `asked`: the question that `kepu import --answers` answers.
    """

    severity: Severity
    code: str
    file: str
    message: str
    remedy: str = ""
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    candidates: tuple[Candidate, ...] = ()
    asked: Asked | None = None

    @property
    def advice(self) -> str:
        """What to do, and the units to choose from, with their codes."""
        offered = "、".join(f"{c.name}{c.code}（{c.reason}）" for c in self.candidates if c.code)
        return "；".join(filter(None, (self.remedy, offered and f"候选：{offered}")))

    def line(self) -> str:
        """Return the fault as one line without line breaks or control characters."""
        where = [self.file]
        if self.sheet:
            where.append(f"工作表“{self.sheet}”")
        if self.row is not None:
            where.append(f"第{self.row}行")
        if self.column:
            where.append(f"“{self.column}”列")
        parts = [f"{SEVERITY_LABELS[self.severity]}：", " · ".join(where), "：", self.message]
        if self.value not in (None, ""):
            parts.append(f"（原值“{_shorten(str(self.value))}”）")
        if self.advice:
            parts.append(f"；{self.advice}")
        return printable(covered("".join(parts)))

    def as_dict(self) -> dict[str, Any]:
        """Return the fault with the names that the API and reports use."""
        return {
            "severity": self.severity,
            "code": self.code,
            "file": self.file,
            "sheet": self.sheet and covered(self.sheet),
            "row": self.row,
            "column": self.column,
            "value": None if self.value is None else _shorten(str(self.value)),
            "message": covered(self.message),
            "remedy": self.remedy,
            "candidates": [candidate._asdict() for candidate in self.candidates],
            "asked": self.asked and self.asked._asdict(),
        }


def _shorten(text: str) -> str:
    text = covered(text)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def printable(text: str) -> str:
    """Replace control and direction characters, so that no value can forge a line."""
    return "".join(ch if ch.isprintable() else " " for ch in text)


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Sort by file, sheet and row; what stops an import comes first within a row."""
    return sorted(
        faults,
        key=lambda f: (f.file, f.sheet or "", f.row or 0, _ORDER[f.severity], f.code, f.column or "", f.message),
    )


def has_errors(faults: Iterable[Fault]) -> bool:
    """Say whether any of the faults stops an import."""
    return any(f.severity == "error" for f in faults)
