"""The store itself: create, open, write a batch, read layers."""

from __future__ import annotations

import uuid
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING

from geo.errors import StoreExists, StoreMissing
from geo.plans.rules import read_plan
from geo.store import audit, clock, writing
from geo.store.engine import IMMEDIATE, connect, readable, shown
from geo.store.files import in_the_making, publish, sqlite_path, sqlite_url, stamp
from geo.store.recording import add_plan
from geo.store.standing import need_nothing, need_store, taken
from geo.store.transactions import Reading, Writing
from geo.store.turns import turn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from sqlalchemy import Engine

    from geo.layers import Layers
    from geo.parts import Box
    from geo.place import Place
    from geo.plans.rules import Plan
    from geo.store.batches import Batch, NewBatch
    from geo.store.decisions import Decision
    from geo.store.evidence import Evidence
    from geo.store.files import Stamp


class Store:
    """A place's memory behind a database URL. Use `create` or `open`; safe to share between threads."""

    def __init__(self, engine: Engine, url: str) -> None:
        self._engine = engine
        weakref.finalize(self, engine.dispose)
        self.url = url
        self._path = sqlite_path(url)
        self._version: tuple[Stamp | None, str] = (None, "")

    @classmethod
    def create(cls, url: str, place: Place, plan_text: str, *, plan_file: str = "plan.toml", by: str = "") -> Store:
        """Make a store with a place's base layers and plan, and no facilities.

        An SQLite file gets its name once it is whole. Raises StoreExists if something stands
        there, PlanError if the plan is faulty.
        """
        read_plan(plan_text, file=plan_file, units=place.unit_codes)
        path = sqlite_path(url)
        if path is None:
            _fill(url, url, place, (plan_text, plan_file, by))
        else:
            if path.exists():
                raise StoreExists(taken(shown(url)))
            with in_the_making(path) as temporary:
                _fill(sqlite_url(temporary), url, place, (plan_text, plan_file, by))
                try:
                    publish(temporary, path)
                except FileExistsError:
                    raise StoreExists(taken(shown(url))) from None
        return cls(connect(url, pooled=True), url)

    @classmethod
    def open(cls, url: str) -> Store:
        """Open a store. Raises StoreMissing if there is none, StoreUnusable if it is not one of ours."""
        store = cls(connect(url, pooled=True), url)
        try:
            with _there(url, store._path):
                with store._engine.connect() as connection, connection.begin():
                    need_store(connection, shown(url))
                from geo.store.migrating import bring_up_to_date

                bring_up_to_date(store._engine, shown(url))
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Read several things as of one moment."""
        with _there(self.url, self._path), self._engine.connect() as connection, connection.begin():
            yield Reading(connection)

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """Read and write with no other writer in between; all is stored at the end, or nothing if an error comes."""
        with turn(self._path), _there(self.url, self._path), self._engine.connect() as raw:
            connection = raw.execution_options(**{IMMEDIATE: True})
            with connection.begin():
                yield Writing(connection)

    def place(self) -> Place:
        """Return the place with its base layers."""
        with self.reading() as seen:
            return seen.place()

    def plan(self, *, known_on: date | None = None) -> Plan:
        """Return the plan in force."""
        with self.reading() as seen:
            return seen.plan(known_on=known_on)

    def replace_plan(self, text: str, *, file: str = "plan.toml", by: str = "") -> None:
        """Let a new plan be in force from now on. Raises PlanError if it is faulty."""
        with self.writing() as store:
            store.replace_plan(text, file=file, by=by)

    def layers(
        self,
        *,
        as_of: date | None = None,
        known_on: date | None = None,
        township: str | None = None,
        bbox: Box | None = None,
    ) -> Layers:
        """Return all layers, cut to a day if one is given. Private columns stay in the store.

        `known_on`: only what had been recorded by the end of that day. Raises NothingKnown if it lies
        ahead, or before the store was made. `township`, `bbox`: a part of the place (`geo.parts.Part`).
        """
        with self.reading() as seen:
            return seen.layers(as_of=as_of, known_on=known_on, township=township, bbox=bbox)

    def write(self, batch: NewBatch) -> int:
        """Store a batch in one transaction and return its number."""
        with self.writing() as store:
            return store.write(batch)

    def undo(self, number: int, *, by: str = "", anyway: bool = True) -> int:
        """Take a batch back; what counted before it counts again. Returns the number of the undoing batch.

        Where not `anyway`, raises BuiltUpon if later batches in force build on it.
        """
        with self.writing() as store:
            return store.undo(number, by=by, anyway=anyway)

    def batches(self, *, known_on: date | None = None, in_force: bool = False) -> list[Batch]:
        """Return every batch, oldest first, or only the imports that nothing has taken back."""
        with self.reading() as seen:
            return seen.batches(known_on=known_on, in_force=in_force)

    def evidence(
        self,
        *,
        task: int | None = None,
        unit_code: str | None = None,
        known_on: date | None = None,
        withdrawn: bool = False,
    ) -> tuple[Evidence, ...]:
        """Return the files attached to a task, to a unit and its facilities, or to anything; the oldest first."""
        with self.reading() as seen:
            return seen.evidence(task=task, unit_code=unit_code, known_on=known_on, withdrawn=withdrawn)

    def evidence_content(self, number: int) -> bytes:
        """Return what is in an attached file. Raises UnknownEvidence."""
        with self.reading() as seen:
            return seen.evidence_content(number)

    def decisions(self, sender: str | None = None, *, known_on: date | None = None) -> list[Decision]:
        """Return what people decided about names, oldest first, of one sender or of all."""
        with self.reading() as seen:
            return seen.decisions(sender, known_on=known_on)

    def version(self) -> str:
        """Return a short text that changes with every write; a base for ETags.

        Read anew only when the file changed.
        """
        before, (known, version) = stamp(self._path), self._version
        if before is not None and before == known:
            return version
        with self.reading() as seen:
            version = seen.version()
        if before == stamp(self._path):
            self._version = before, version
        return version


@contextmanager
def _there(url: str, path: Path | None) -> Iterator[None]:
    """Use a store that is there: SQLite would make an empty file of one that isn't."""
    if path is not None and not path.is_file():
        msg = f"还没有数据库 {shown(url)}；请先运行 kepu init"
        raise StoreMissing(msg)
    with readable(url):
        yield


def _fill(url: str, told: str, place: Place, plan: tuple[str, str, str]) -> None:
    """Make the tables of a store and write its place and plan (text, file, by); errors name the store as `told`."""
    engine = connect(url)
    try:
        with readable(told):
            from geo.store.migrating import migrating, upgrade_within

            with migrating(engine) as connection:
                need_nothing(connection, shown(told))
                upgrade_within(connection)
                writing.write_place(connection, place, store_id=uuid.uuid4().hex)
                text, file, by = plan
                moment = clock.now()
                add_plan(connection, text, file, moment, by)
                audit.note_place(connection, moment.at, by)
                audit.note_plan(connection, moment.at)
    finally:
        engine.dispose()
