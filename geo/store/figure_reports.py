"""Every report of a task's figures that was ever imported, undone ones too: who told what, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from geo.store.known import recorded, undone_by
from geo.store.tables import batches, record_tables

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection


@dataclass(frozen=True)
class FigureReport:
    """One row that told a figure or a declaration.

    `as_of`: the day that it speaks of. `undone_by`: the batch that took it back, None while it is in force.
    """

    task: int
    item: str
    value: float | None
    unit_of_measure: str | None
    as_of: date | None
    evidence: str | None
    file: str
    sheet: str | None
    row: int
    batch: int
    reported_on: date | None
    imported_at: datetime
    recorded_on: date
    recorded_by: str
    undone_by: int | None


def read_figure_reports(connection: Connection, task: int, known_on: date | None = None) -> tuple[FigureReport, ...]:
    """Return the reports of a task's items, the newest batch first; by what was known on a day."""
    table = record_tables["figures"]
    own = ("task", "item", "value", "unit_of_measure", "as_of", "evidence", "file", "sheet", "row", "batch")
    query = (
        select(
            *(table.c[name] for name in own),
            *(batches.c[name] for name in ("reported_on", "imported_at", "recorded_on", "recorded_by")),
            undone_by(known_on),
        )
        .where(table.c.batch == batches.c.batch, table.c.task == task, recorded(known_on))
        .order_by(table.c.batch.desc(), table.c.record)
    )
    return tuple(FigureReport(**row) for row in connection.execute(query).mappings())
