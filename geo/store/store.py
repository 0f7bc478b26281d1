"""The store itself: create, open, write a batch, read layers."""

from __future__ import annotations

import hashlib
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, inspect, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, OperationalError

from geo.errors import StoreExists, StoreMissing, StoreUnusable
from geo.rules import read_plan
from geo.store import reading, writing
from geo.store.batches import Batch
from geo.store.engine import IMMEDIATE, connect
from geo.store.tables import batches, place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sqlalchemy import Connection, Engine

    from geo.layers import Layers
    from geo.place import Place
    from geo.rules import Plan
    from geo.store.batches import NewBatch


class Store:
    """A place's memory behind a database URL. Use `create` or `open`; safe to share between threads."""

    def __init__(self, engine: Engine, url: str) -> None:
        self._engine = engine
        self.url = url

    @classmethod
    def create(cls, url: str, place: Place, plan_text: str, *, plan_file: str = "plan.toml") -> Store:
        """Make a store with a place's base layers and plan, and no facilities.

        Raises StoreExists if a store stands there, PlanError if the plan is faulty.
        """
        read_plan(plan_text, file=plan_file, units=place.unit_codes)
        path = sqlite_path(url)
        fresh = path is not None and not path.exists()
        try:
            return cls._create(url, place, plan_text, plan_file)
        except StoreExists:
            raise  # somebody else's store, made meanwhile: not ours to remove
        except Exception:
            if fresh and path is not None:
                path.unlink(missing_ok=True)  # no half-made store is left behind
            raise

    @classmethod
    def _create(cls, url: str, place: Place, plan_text: str, plan_file: str) -> Store:
        engine = connect(url)
        with _readable(url):
            if inspect(engine).get_table_names():
                msg = f"{_shown(url)} 已有数据；请换一个文件名，或先把它移走"
                raise StoreExists(msg)
            from geo.store.migrating import upgrade

            upgrade(engine)
        store = cls(engine, url)
        with store._writing() as connection:
            writing.write_place(connection, place, plan_text, plan_file, store_id=uuid.uuid4().hex)
        return store

    @classmethod
    def open(cls, url: str) -> Store:
        """Open a store. Raises StoreMissing if there is none, StoreUnusable if it is not one of ours."""
        path = sqlite_path(url)
        if path is not None and not path.is_file():
            msg = f"还没有数据库 {_shown(url)}；请先运行 kepu init"
            raise StoreMissing(msg)
        engine = connect(url)
        with _readable(url):
            if not inspect(engine).has_table("alembic_version"):
                msg = f"{_shown(url)} 不是本程序的数据库"
                raise StoreUnusable(msg)
            from geo.store.migrating import bring_up_to_date

            bring_up_to_date(engine, _shown(url))
        return cls(engine, url)

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with _readable(self.url), self._engine.connect() as raw:
            connection = raw.execution_options(**{IMMEDIATE: True})
            with connection.begin():
                yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _readable(self.url), self._engine.connect() as connection, connection.begin():
            yield connection

    def place(self) -> Place:
        """Return the place with its base layers."""
        with self._reading() as connection:
            return reading.read_place(connection)

    def plan(self) -> Plan:
        """Return the plan that `create` or `replace_plan` stored."""
        with self._reading() as connection:
            text, file = connection.execute(select(place.c.plan_text, place.c.plan_file)).one()
        return read_plan(text, file=file)

    def replace_plan(self, text: str, *, file: str = "plan.toml") -> None:
        """Put a new plan in place of the stored one. Raises PlanError if it is faulty."""
        read_plan(text, file=file, units=self.place().unit_codes)
        with self._writing() as connection:
            connection.execute(update(place).values(plan_text=text, plan_file=file))

    def layers(self, *, as_of: date | None = None) -> Layers:
        """Return all layers, cut to a day if one is given. Private columns stay in the store."""
        with self._reading() as connection:
            layers = reading.read_layers(connection)
        return layers.on(as_of) if as_of else layers

    def write(self, batch: NewBatch) -> int:
        """Store a batch in one transaction and return its number."""
        with self._writing() as connection:
            return writing.write_batch(connection, batch, imported_at=datetime.now(UTC).replace(tzinfo=None))

    def undo(self, number: int) -> int:
        """Take a batch back; what it superseded counts again. Returns the number of the undoing batch."""
        with self._writing() as connection:
            return writing.undo_batch(connection, number, imported_at=datetime.now(UTC).replace(tzinfo=None))

    def batches(self) -> list[Batch]:
        """Return every batch, oldest first."""
        with self._reading() as connection:
            rows = connection.execute(select(batches).order_by(batches.c.batch)).all()
        return [Batch(**row._asdict()) for row in rows]

    def batch_of(self, sha256: str, layer: str) -> int | None:
        """Return the newest batch that brought this very content as this layer and is in force in full, if any."""
        same = (batches.c.sha256 == sha256) & (batches.c.layer == layer)
        wanted = same & (batches.c.kind == "import") & batches.c.undone_by.is_(None)
        with self._reading() as connection:
            newest = connection.execute(select(func.max(batches.c.batch)).where(wanted)).scalar()
            return newest if newest is not None and reading.in_full_force(connection, newest) else None

    def units_of(self, layer: str, ids: Sequence[str]) -> dict[str, str]:
        """Return id → unit code of those of a layer's records in force that have one of the ids."""
        with self._reading() as connection:
            return reading.read_units_of(connection, layer, ids)

    def version(self) -> str:
        """Return a short text that changes with every write; a base for ETags."""
        with self._reading() as connection:
            head = connection.execute(select(place.c.store_id, place.c.plan_text)).one()
            last = connection.execute(select(func.max(batches.c.batch))).scalar()
        return hashlib.sha256(repr((*head, last)).encode()).hexdigest()[:20]


def sqlite_path(url: str) -> Path | None:
    """Return the file of an SQLite URL, None for other databases and for memory."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return None
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return None
    return Path(parsed.database)


def _shown(url: str) -> str:
    path = sqlite_path(url)
    return path.name if path else make_url(url).render_as_string(hide_password=True)


@contextmanager
def _readable(url: str) -> Iterator[None]:
    """Turn the database's own errors into one clear sentence."""
    try:
        yield
    except OperationalError as error:
        reason = str(error.orig)
        told = "数据库正忙，请稍后再试" if "locked" in reason else "请检查磁盘空间、权限和路径"
        msg = f"数据库 {_shown(url)} 用不了：{reason}；{told}"
        raise StoreUnusable(msg) from error
    except IntegrityError as error:
        msg = f"数据库 {_shown(url)} 拒绝写入：{error.orig}；本次没有写入任何内容"
        raise StoreUnusable(msg) from error
    except DatabaseError as error:
        msg = f"{_shown(url)} 不是完好的数据库：{error.orig}"
        raise StoreUnusable(msg) from error
