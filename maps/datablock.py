"""The one JSON block that carries every fact into the page, safe inside HTML; and what keeps it small."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from numpy.typing import NDArray

    Source = tuple[str | None, str | None, int | None, int | None]
    """File, sheet, row and batch."""

T = TypeVar("T", bound="Hashable")

# A JSON text with these replaced is still the same JSON text, and holds nothing that HTML or
# JavaScript (U+2028, U+2029) could take for its own.
_ESCAPES = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029"))


class Dictionary(Generic[T]):
    """Gives each different value a small number, in order of first use."""

    def __init__(self) -> None:
        self._codes: dict[T, int] = {}

    def code(self, value: T) -> int:
        """The number of a value, a new one if it hasn't been seen."""
        return self._codes.setdefault(value, len(self._codes))

    def codes(self, values: Iterable[T | None]) -> list[int]:
        """The numbers of several values; -1 for None."""
        known = self._codes
        return [-1 if value is None else known.setdefault(value, len(known)) for value in values]

    @property
    def values(self) -> list[T]:
        """The values in order of their numbers."""
        return list(self._codes)


@dataclass
class Block:
    """The dictionaries that every part of the data block shares, and where each unit stands in it."""

    strings: Dictionary[str] = field(default_factory=Dictionary)
    evidence: Dictionary[Source] = field(default_factory=Dictionary)
    evidence_sets: Dictionary[tuple[int, ...]] = field(default_factory=Dictionary)
    units: dict[str, dict[str, int]] = field(default_factory=dict)
    """Kind → code → position among the units."""

    def texts(self, values: Iterable[str | None]) -> list[int]:
        """Numbers of texts; -1 for None."""
        return self.strings.codes(values)

    def source_sets(self, sets: Iterable[tuple[Source, ...]]) -> list[int]:
        """Numbers of sets of evidence rows."""
        row = self.evidence.code
        return self.evidence_sets.codes(tuple(map(row, sources)) for sources in sets)

    def evidence_columns(self) -> dict[str, list[Any]]:
        """Every evidence row once, as columns."""
        files, sheets, rows, batches = zip(*self.evidence.values, strict=True) if self.evidence.values else ((),) * 4
        return {"file": self.texts(files), "sheet": self.texts(sheets), "row": list(rows), "batch": list(batches)}


def texts_of(values: pd.Series) -> list[str | None]:
    """A column's values as texts, None where nothing was reported."""
    return [v if type(v) is str else None if v is None or v is pd.NA or v != v else str(v) for v in values.to_list()]


def integers_of(values: pd.Series) -> list[int | None]:
    """The values of an Int64 column, None where nothing was reported."""
    return [None if value is pd.NA else value for value in values.to_list()]


def digits(codes: NDArray[Any]) -> str:
    """Numbers 0–9 or flags as one text, a digit each."""
    return (codes.astype(np.uint8) + ord("0")).tobytes().decode("ascii")


def dumps(value: Any) -> str:
    """JSON for a ``<script type="application/json">`` element: no <, >, &, U+2028 or U+2029 in it.

    Lone surrogates (a broken file can hold them) become U+FFFD, since UTF-8 has no form for them.
    Raises ValueError for NaN and infinities.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = text.encode("utf-8", "replace").decode("utf-8")
    for plain, escaped in _ESCAPES:  # five scans are about ten times faster than one translate
        text = text.replace(plain, escaped)
    return text
