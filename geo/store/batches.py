"""A batch: what one import brought, as asked for and as stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from geo.store import clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    import pandas as pd

    from geo.intake.decisions import Answer

    Record = Mapping[str, Any]


class Records(Protocol):
    """Records that are gone through once; how many they are is known before."""

    def __len__(self) -> int:
        """Return how many they are."""

    def __iter__(self) -> Iterator[Record]:
        """Yield each."""


@dataclass(frozen=True)
class NewBatch:
    """What an import wants to store, all or nothing.

    `records`: layer → records with canonical columns, id, unit_code, file, sheet, row and
    geometry (a shapely point or None), as mappings or a frame. `none`: layer, unit_code, file, sheet, row.
    `complete`: layer, scope_code, file, sheet, row. `decisions`: answers that came with it; `reused`: earlier
    ones of its sender that it was read with. `by`: who brings it.
    """

    file: str
    sha256: str
    layer: str
    sender: str = ""
    received_on: date | None = None
    datum: str = "auto"
    records: Mapping[str, Records | pd.DataFrame] = field(default_factory=dict)
    none: Sequence[Record] = ()
    complete: Sequence[Record] = ()
    decisions: Sequence[Answer] = ()
    reused: Sequence[Answer] = ()
    by: str = ""

    @property
    def size(self) -> int:
        """How many records and reports of none it holds."""
        return sum(len(rows) for rows in self.records.values()) + len(self.none)

    @property
    def reported_on(self) -> date:
        """The day that puts it in order among other batches: of its reception, else today."""
        return self.received_on or clock.today()


@dataclass(frozen=True)
class Batch:
    """A stored batch.

    `reported_on` is the day that puts it in order, None for a batch that takes another back;
    `undoes` what that one takes back. `recorded_on` is the office's own day on which it was written,
    `recorded_by` who did, '' where nobody said; `imported_at` the moment, UTC. `undone_by`, worked
    out at reading, is the batch that took it back, if any.
    """

    batch: int
    kind: str
    file: str
    sha256: str
    layer: str
    sender: str
    received_on: date | None
    datum: str
    imported_at: datetime
    records: int
    reported_on: date | None
    undoes: int | None
    recorded_on: date
    recorded_by: str
    undone_by: int | None
