"""A batch: what one import brought, as asked for and as stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from geo.intake.decisions import Answer

    Record = Mapping[str, Any]


@dataclass(frozen=True)
class NewBatch:
    """What an import wants to store, all or nothing.

    `records`: layer → records with canonical columns, id, unit_code, file, sheet, row and
    geometry (a shapely point or None). `none`: layer, unit_code, file, sheet, row.
    `complete`: layer, scope_code, file, sheet, row. `decisions`: answers that came with it.
    """

    file: str
    sha256: str
    layer: str
    sender: str = ""
    received_on: date | None = None
    datum: str = "auto"
    records: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    none: Sequence[Record] = ()
    complete: Sequence[Record] = ()
    decisions: Sequence[Answer] = ()

    @property
    def size(self) -> int:
        """How many records and reports of none it holds."""
        return sum(len(rows) for rows in self.records.values()) + len(self.none)

    @property
    def reported_on(self) -> date:
        """The day that puts it in order among other batches: of its reception, else today."""
        return self.received_on or date.today()


@dataclass(frozen=True)
class Batch:
    """A stored batch.

    `undone_by` is the batch that took it back, if any; `reported_on` the day that puts it in
    order, None for a batch that takes another back.
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
    undone_by: int | None
    reported_on: date | None
