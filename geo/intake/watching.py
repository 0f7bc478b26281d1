"""Who follows an import: told how far it is, able to stop it, and part of the transaction that stores it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from geo.intake.imports import ImportReport
    from geo.store import Store
    from geo.store.batches import NewBatch
    from geo.store.transactions import Writing

Stage = Literal["reading", "rows", "comparing", "storing"]
EVERY = 200
"""Rows between two checkpoints."""


class Watch:
    """Follows an import and does nothing. What a method raises stops the import, and nothing is stored."""

    def at(self, stage: Stage, rows: int = 0, of: int = 0) -> None:
        """Hear how far it is: a checkpoint."""

    def tried(self, store: Store, batch: NewBatch) -> None:
        """Hear what a dry run would store."""

    def stored(self, store: Writing, report: ImportReport) -> None:
        """Hear what is stored, inside the transaction that stores it."""


SILENT = Watch()
