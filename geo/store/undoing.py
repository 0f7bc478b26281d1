"""Take a batch back: a new batch says so, nothing is changed. Runs inside its caller's transaction."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from geo.errors import BuiltUpon, StoreUnusable
from geo.faults import printable
from geo.store.known import in_force, read_batch
from geo.store.recording import open_batch
from geo.store.tables import batches, decisions, decisions_used, record_tables

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from geo.store.batches import Batch
    from geo.store.clock import Moment

_LARGEST = 2**31 - 1
"""What the column of batch numbers holds; databases raise on larger ones."""


def undo_batch(connection: Connection, number: int, moment: Moment, *, by: str, anyway: bool) -> int:
    """Take a batch back by a new one, and return its number.

    Raises StoreUnusable if there is no such import, or it is undone already; BuiltUpon if later
    batches in force build on it, unless it shall be done `anyway`.
    """
    found = _import(connection, number)
    if not anyway and (reasons := _built_upon(connection, number)):
        told = f"第{number}批没有撤销：后来的{len(reasons)}批以它为基础（见下）；确要撤销请加 --anyway"
        raise BuiltUpon("\n".join([told, *reasons]), reasons=reasons)
    return open_batch(
        connection,
        moment,
        by,
        kind="undo",
        file=found.file,
        sha256=found.sha256,
        layer=found.layer,
        sender=found.sender,
        received_on=None,
        reported_on=None,
        datum="",
        records=0,
        undoes=number,
    )


def _import(connection: Connection, number: int) -> Batch:
    found = read_batch(connection, number) if 0 < number <= _LARGEST else None
    if found is None:
        msg = f"没有可撤销的第{number}批"
    elif found.kind != "import":
        msg = f"第{number}批是撤销第{found.undoes}批的，不能再撤销；要恢复第{found.undoes}批，请重新导入它的文件"
    elif found.undone_by is not None:
        msg = f"第{number}批已由第{found.undone_by}批撤销"
    else:
        return found
    raise StoreUnusable(msg)


def _built_upon(connection: Connection, number: int) -> list[str]:
    """Say of each later batch in force what of a batch it reports again, or which of its answers it was read with."""
    later = select(batches.c.batch).where(in_force(), batches.c.batch > number)
    again: Counter[int] = Counter()
    for table in record_tables.values():
        own = select(table.c.id).where(table.c.batch == number)
        counted = select(table.c.batch, func.count(table.c.id.distinct()))
        again.update(_counts(connection, counted.where(table.c.batch.in_(later), table.c.id.in_(own)), table.c.batch))
    answers = select(decisions.c.number).where(decisions.c.batch == number)
    used = decisions_used.c
    counted = select(used.batch, func.count()).where(used.batch.in_(later), used.decision.in_(answers))
    read_with = _counts(connection, counted, used.batch)
    files = dict(connection.execute(select(batches.c.batch, batches.c.file)).all())
    return [
        f"第{batch}批（{printable(files[batch])}）：{_told(again[batch], read_with.get(batch, 0))}"
        for batch in sorted({*again, *read_with})
    ]


def _counts(connection: Connection, counted: Select[Any], by: Any) -> dict[int, int]:
    return dict(connection.execute(counted.group_by(by)).all())


def _told(again: int, answers: int) -> str:
    words = (f"再次上报其中{again}个设施或单位", again), (f"用到其中{answers}条答复", answers)
    return "，".join(word for word, count in words if count)
