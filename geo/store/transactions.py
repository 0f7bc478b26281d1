"""What can be asked and done inside one transaction: everything read there is of one moment."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from geo.plans.rules import read_plan
from geo.store import reading, writing
from geo.store.batches import Batch
from geo.store.decisions import Decision, read_decisions
from geo.store.points import read_points
from geo.store.same_day import read_imported_on, read_said_on
from geo.store.tables import batches, place
from geo.store.unit_reports import read_unit_reports

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from geo.intake.landmarks import Known
    from geo.layers import Layers
    from geo.place import Place
    from geo.plans.rules import Plan
    from geo.store.batches import NewBatch
    from geo.store.unit_reports import UnitReport


class Reading:
    """A transaction that reads. Made by `Store.reading`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def place(self) -> Place:
        """Return the place with its base layers."""
        return reading.read_place(self._connection)

    def plan(self) -> Plan:
        """Return the plan."""
        text, file = self._connection.execute(select(place.c.plan_text, place.c.plan_file)).one()
        return read_plan(text, file=file)

    def layers(self, *, as_of: date | None = None) -> Layers:
        """Return all layers, cut to a day if one is given. Private columns stay in the store."""
        layers = reading.read_layers(self._connection)
        return layers.on(as_of) if as_of else layers

    def batches(self) -> list[Batch]:
        """Return every batch, oldest first."""
        rows = self._connection.execute(select(batches).order_by(batches.c.batch)).all()
        return [Batch(**row._asdict()) for row in rows]

    def batch_of(self, sha256: str, layer: str, *, received_on: date | None = None) -> int | None:
        """Return the newest batch that brought this very content as this layer, if bringing it again changes nothing.

        Another report may have overruled it since; received on a later day (by default today),
        the same content then overrules that one. Of a day that is told, only a batch of that day is.
        """
        return reading.newest_of(self._connection, sha256, layer, received_on)

    def imported_on(self, day: date) -> list[int]:
        """Return the batches that came on a day and are not undone."""
        return read_imported_on(self._connection, day)

    def said_on(self, day: date, layer: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the records and the reports of none of a layer that came on a day, in order of batch."""
        return read_said_on(self._connection, layer, day)

    def units_of(self, layer: str, ids: Sequence[str]) -> dict[str, str]:
        """Return id → unit code of those of a layer's facilities in force that have one of the ids."""
        return reading.read_units_of(self._connection, layer, ids)

    def points(self) -> list[Known]:
        """Return where facilities stand, by their newest reports."""
        return read_points(self._connection)

    def decisions(self, sender: str | None = None) -> list[Decision]:
        """Return what people decided about names, oldest first, of one sender or of all; undone batches left out."""
        return read_decisions(self._connection, sender)

    def reports_of(self, code: str, scopes: Sequence[str] = ()) -> list[UnitReport]:
        """Return the rows that told of a unit, or of a facility by its id: the newest batch first, undone ones too.

        `scopes`: the codes of its township and place, whose complete lists tell of it.
        """
        return read_unit_reports(self._connection, code, scopes)

    def version(self) -> str:
        """Return a short text that changes with every write; a base for ETags."""
        head = self._connection.execute(select(place.c.store_id, place.c.plan_text)).one()
        last = self._connection.execute(select(func.max(batches.c.batch))).scalar()
        return hashlib.sha256(repr((*head, last)).encode()).hexdigest()[:20]


class Writing(Reading):
    """A transaction that may write: no other writer comes between what it reads and what it writes."""

    def write(self, batch: NewBatch) -> int:
        """Store a batch and return its number."""
        return writing.write_batch(self._connection, batch, imported_at=_now())

    def undo(self, number: int) -> int:
        """Take a batch back; what counted before it counts again. Returns the number of the undoing batch."""
        return writing.undo_batch(self._connection, number, imported_at=_now())

    def replace_plan(self, text: str, *, file: str) -> None:
        """Put a new plan in place of the stored one. Raises PlanError if it is faulty."""
        read_plan(text, file=file, units=self.place().unit_codes)
        self._connection.execute(update(place).values(plan_text=text, plan_file=file))


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
