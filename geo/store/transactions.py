"""What can be asked and done inside one transaction: everything read there is of one moment.

`known_on` asks for what had been recorded by the end of that local day (`geo.store.known`), not by now;
NothingKnown is raised for a day that lies ahead, or before the store was made.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from geo.parts import Part
from geo.plans.rules import read_plan
from geo.store import audit, clock, reading, writing
from geo.store.decisions import Decision, read_decisions
from geo.store.evidence import read_content, read_evidence
from geo.store.known import need_known, read_batches, read_plan_row
from geo.store.points import read_points
from geo.store.recording import add_plan, moment_of
from geo.store.same_day import read_imported_on, read_said_on
from geo.store.tables import batches, place, plans
from geo.store.told import read_teller
from geo.store.undoing import undo_batch
from geo.store.unit_reports import read_unit_reports

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from geo.intake.landmarks import Known
    from geo.layers import Layers
    from geo.parts import Box
    from geo.place import Place
    from geo.plans.rules import Plan
    from geo.store.batches import Batch, NewBatch
    from geo.store.chain import Entry
    from geo.store.evidence import Evidence
    from geo.store.told import Source
    from geo.store.unit_reports import UnitReport


class Reading:
    """A transaction that reads. Made by `Store.reading`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def connection(self) -> Connection:
        """The transaction itself, for tables that other rooms keep in the store."""
        return self._connection

    def place(self) -> Place:
        """Return the place with its base layers."""
        return reading.read_place(self._connection)

    def plan(self, *, known_on: date | None = None) -> Plan:
        """Return the plan in force."""
        need_known(self._connection, known_on)
        found = read_plan_row(self._connection, known_on)
        return _plan_of(found.text, found.file)

    def layers(
        self,
        *,
        as_of: date | None = None,
        known_on: date | None = None,
        township: str | None = None,
        bbox: Box | None = None,
        older: Layers | None = None,
    ) -> Layers:
        """Return all layers, cut to a day and to a part of the place if they are given, without private columns.

        `township`: its 12-digit code; `bbox`: west, south, east, north in degrees CGCS2000 (`geo.parts.Part`). Of
        `older` layers, uncut, the tables are taken that nothing was written of since.
        """
        need_known(self._connection, known_on)
        part = Part(township, bbox) if township is not None or bbox is not None else None
        layers = reading.read_layers(self._connection, known_on, part, older=older)
        return layers.on(as_of) if as_of else layers

    def batches(self, *, known_on: date | None = None, in_force: bool = False) -> list[Batch]:
        """Return every batch, oldest first, or only the imports that nothing has taken back."""
        need_known(self._connection, known_on)
        return read_batches(self._connection, known_on, only_in_force=in_force)

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

    def decisions(self, sender: str | None = None, *, known_on: date | None = None) -> list[Decision]:
        """Return what people decided about names, oldest first, of one sender or of all; undone batches left out."""
        need_known(self._connection, known_on)
        return read_decisions(self._connection, sender, known_on)

    def reports_of(self, code: str, scopes: Sequence[str] = (), *, known_on: date | None = None) -> list[UnitReport]:
        """Return the rows that told of a unit, or of a facility by its id: the newest batch first, undone ones too.

        `scopes`: the codes of its township and place, whose complete lists tell of it.
        """
        need_known(self._connection, known_on)
        return read_unit_reports(self._connection, code, scopes, known_on)

    def evidence(
        self,
        *,
        task: int | None = None,
        unit_code: str | None = None,
        known_on: date | None = None,
        withdrawn: bool = False,
    ) -> tuple[Evidence, ...]:
        """Return the files attached to a task, to a unit and its facilities, or to anything; the oldest first.

        Withdrawn ones only if they are asked for. Their contents come one by one (`evidence_content`).
        """
        return read_evidence(self._connection, task=task, unit_code=unit_code, known_on=known_on, withdrawn=withdrawn)

    def evidence_content(self, number: int) -> bytes:
        """Return what is in an attached file. Raises UnknownEvidence."""
        return read_content(self._connection, number)

    def teller_of(self, layer: str, column: str, sources: Iterable[Source], days: Mapping[int, date]) -> Source | None:
        """Return the newest of some rows of a layer that fills a column; `days`: batch → the day of its report."""
        return read_teller(self._connection, layer, column, sources, days)

    def store_id(self) -> str:
        """Return what tells this store, and so its place, from all others; a restored or copied one has its own."""
        found: str = self._connection.execute(select(place.c.store_id)).scalar_one()
        return found

    def version(self) -> str:
        """Return a short text that changes with every write; a base for ETags."""
        store_id = self.store_id()
        newest = [
            self._connection.execute(select(func.max(number))).scalar() for number in (batches.c.batch, plans.c.number)
        ]
        return hashlib.sha256(repr((store_id, *newest)).encode()).hexdigest()[:20]


class Writing(Reading):
    """A transaction that may write: no other writer comes between what it reads and what it writes."""

    def write(self, batch: NewBatch) -> int:
        """Store a batch and return its number. Raises ClockBehind if the machine's clock is behind the newest batch."""
        number = writing.write_batch(self._connection, batch, moment_of(self._connection))
        audit.note_batch(self._connection, number)
        return number

    def undo(self, number: int, *, by: str = "", anyway: bool = True) -> int:
        """Take a batch back; what counted before it counts again. Returns the number of the undoing batch.

        Where not `anyway`, raises BuiltUpon if later batches in force build on it.
        """
        undoing = undo_batch(self._connection, number, moment_of(self._connection), by=by, anyway=anyway)
        audit.note_batch(self._connection, undoing)
        return undoing

    def replace_plan(self, text: str, *, file: str, by: str = "") -> None:
        """Let a new plan be in force from now on. Raises PlanError if it is faulty."""
        read_plan(text, file=file, units=self.place().unit_codes)
        moment = moment_of(self._connection)
        add_plan(self._connection, text, file, moment, by)
        audit.note_plan(self._connection, moment.at)

    def note_view(self, by: str, told: Mapping[str, str]) -> Entry:
        """Note in the audit that personal data is looked at (`geo.store.audit.record_view`)."""
        return audit.append(self._connection, "viewed", clock.now().at, by, told)


@lru_cache(maxsize=8)
def _plan_of(text: str, file: str) -> Plan:
    """A plan can't be changed, so it is read once."""
    return read_plan(text, file=file)
