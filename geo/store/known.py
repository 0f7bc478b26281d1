"""What was known on a day: the batches recorded up to it, and of those the ones that nothing had taken back by then.

A store holds two times. When a thing was true is told by days in its rows and by `reported_on`; when
the office came to know of it, by `recorded_on`. Every function here takes the second as `known_on`:
the end of that local day, None for now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, true

from geo.errors import NothingKnown, StoreUnusable
from geo.store import clock
from geo.store.batches import Batch
from geo.store.tables import batches, plans

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, FromClause, Row

_undoing = batches.alias("undoing")


def recorded(known_on: date | None, table: FromClause = batches) -> ColumnElement[bool]:
    """Say whether a batch, or a row of another table that notes its day, had been recorded by a day."""
    return true() if known_on is None else table.c.recorded_on <= known_on


def undone_by(known_on: date | None = None) -> ColumnElement[int | None]:
    """Return the number of the batch that had taken a batch back by a day, NULL for none."""
    ours = (_undoing.c.undoes == batches.c.batch, recorded(known_on, _undoing))
    return select(_undoing.c.batch).where(*ours).correlate(batches).scalar_subquery().label("undone_by")


def in_force(known_on: date | None = None) -> ColumnElement[bool]:
    """Say whether a batch is an import that counts: recorded by a day, and not taken back by then."""
    return (batches.c.kind == "import") & recorded(known_on) & undone_by(known_on).is_(None)


def read_batches(connection: Connection, known_on: date | None, *, only_in_force: bool = False) -> list[Batch]:
    """Return every batch recorded by a day, oldest first, or only those in force."""
    query = select(batches, undone_by(known_on)).where(in_force(known_on) if only_in_force else recorded(known_on))
    return [Batch(**row._asdict()) for row in connection.execute(query.order_by(batches.c.batch))]


def read_batch(connection: Connection, number: int) -> Batch | None:
    """Return a batch by its number, None if there is none."""
    row = connection.execute(select(batches, undone_by()).where(batches.c.batch == number)).one_or_none()
    return Batch(**row._asdict()) if row else None


def read_plan_row(connection: Connection, known_on: date | None) -> Row[Any]:
    """Return the plan in force on a day. Raises StoreUnusable if there is none."""
    query = select(plans).where(recorded(known_on, plans)).order_by(plans.c.number.desc()).limit(1)
    found = connection.execute(query).one_or_none()
    if found is None:
        msg = "数据库里没有方案；请用 kepu restore 恢复最近的备份"
        raise StoreUnusable(msg)
    return found


def need_known(connection: Connection, known_on: date | None) -> None:
    """Raise NothingKnown for a day that has not come, and for one before the store was made."""
    if known_on is None:
        return
    if known_on > (today := clock.today()):
        msg = f"{known_on.isoformat()} 还没有到（今天是 {today.isoformat()}），没有人知道那天会已知什么"
        raise NothingKnown(msg)
    made = connection.execute(select(func.min(plans.c.recorded_on))).scalar()
    if made is not None and known_on < made:
        msg = f"{known_on.isoformat()} 那天什么也不知道：数据库 {made.isoformat()} 才建立；请给出这一天或以后的日期"
        raise NothingKnown(msg)
