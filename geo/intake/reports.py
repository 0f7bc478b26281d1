"""What became of a file that was to be imported."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from geo.intake.harvest import RowCounts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.faults import Fault
    from geo.intake.changes import Changes
    from geo.intake.decisions import Answer
    from geo.intake.understood import Understood

Outcome = Literal["stored", "checked", "unchanged", "refused"]


@dataclass(frozen=True)
class ImportReport:
    """What became of a file.

    `outcome`: stored as `batch`; checked (a dry run); unchanged (this very content is
    stored already); refused (faults hold errors; the store is as it was).
    `records`, `none`: how many by layer. `answers`: those given with it that it needed. `tables`: what its
    tables were taken for.
    """

    file: str
    layer: str
    outcome: Outcome
    batch: int | None = None
    records: Mapping[str, int] = field(default_factory=dict)
    none: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    changes: Mapping[str, Changes] = field(default_factory=dict)
    rows: RowCounts = field(default_factory=RowCounts)
    answers: tuple[Answer, ...] = ()
    tables: tuple[Understood, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the report with the names that the API uses."""
        return {
            "file": self.file,
            "layer": self.layer,
            "outcome": self.outcome,
            "batch": self.batch,
            "records": dict(self.records),
            "reported_none": dict(self.none),
            "rows": self.rows.as_dict(),
            "changes": {layer: changes.as_dict() for layer, changes in self.changes.items()},
            "faults": [fault.as_dict() for fault in self.faults],
        }
