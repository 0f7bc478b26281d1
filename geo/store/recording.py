"""What every writing notes: its moment, its day, and who wrote it; a new batch, a new plan."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, select

from geo.errors import ClockBehind
from geo.store import clock
from geo.store.clock import Moment
from geo.store.tables import batches, plans

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SLACK: Final = timedelta(minutes=5)


def moment_of(connection: Connection) -> Moment:
    """Return the moment and day of what is written now, never earlier than those of what was written before.

    A clock that lags by some minutes is given the newest moment; one that lags by more is refused
    (ClockBehind), for what it dated would count as known on days on which it was not.
    """
    now = clock.now()
    newest = [
        connection.execute(select(func.max(at), func.max(table.c.recorded_on))).one()
        for table, at in ((batches, batches.c.imported_at), (plans, plans.c.recorded_at))
    ]
    written = max((Moment(*row) for row in newest if row[0] is not None), default=now)
    if written.at - now.at > _SLACK:
        what = "最近一批的入库时间" if written.at == newest[0][0] else "方案的入库时间"
        msg = f"本机时钟（{_shown(now)}）早于{what}（{_shown(written)}）；请校准时钟后再试；没有写入任何内容"
        raise ClockBehind(msg)
    return Moment(max(now.at, written.at), max(now.day, written.day))


def _shown(moment: Moment) -> str:
    return clock.local(moment.at).isoformat(sep=" ", timespec="minutes")


def open_batch(connection: Connection, moment: Moment, by: str, **values: Any) -> int:
    """Add a batch and return its number."""
    number = (connection.execute(select(func.max(batches.c.batch))).scalar() or 0) + 1
    noted = {"imported_at": moment.at, "recorded_on": moment.day, "recorded_by": by}
    connection.execute(insert(batches).values(batch=number, **noted, **values))
    return number


def add_plan(connection: Connection, text: str, file: str, moment: Moment, by: str) -> None:
    """Add a plan; it is in force from now on, and the older ones stay."""
    noted = {"recorded_at": moment.at, "recorded_on": moment.day, "recorded_by": by}
    digest = hashlib.sha256(text.encode()).hexdigest()
    connection.execute(insert(plans).values(text=text, file=file, sha256=digest, **noted))
