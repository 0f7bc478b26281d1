"""Decisions of people about names that the lists can't tell: each belongs to the batch it came with."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from geo.faults import Asked
from geo.intake.decisions import key_of
from geo.store.known import in_force
from geo.store.tables import batches, decisions, decisions_used

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

    from geo.store.batches import NewBatch


@dataclass(frozen=True)
class Decision:
    """What a sender's text means: `written` in a `field`, told to lie in `township`, is the unit `code`."""

    sender: str
    field: str
    township: str
    written: str
    code: str
    batch: int
    decided_at: datetime


def read_decisions(connection: Connection, sender: str | None, known_on: date | None = None) -> list[Decision]:
    """Return the decisions in force on a day, oldest first, of one sender or of all.

    Those of undone batches are not; of several on one question the newest is.
    """
    columns = [decisions.c[name] for name in Decision.__dataclass_fields__]
    query = (
        select(*columns)
        .join(batches, batches.c.batch == decisions.c.batch)
        .where(in_force(known_on))
        .order_by(decisions.c.number)
    )
    if sender is not None:
        query = query.where(decisions.c.sender == sender)
    found: dict[object, Decision] = {}
    for row in connection.execute(query).mappings():
        kept = Decision(**row)
        key = kept.sender, key_of(Asked(kept.field, kept.township, kept.written))
        found.pop(key, None)
        found[key] = kept
    return list(found.values())


def write_decisions(connection: Connection, batch: NewBatch, number: int, *, decided_at: datetime) -> None:
    """Store the answers that came with a batch, and which of its sender's earlier ones it was read with."""
    about = {"sender": batch.sender, "batch": number, "decided_at": decided_at}
    rows = [{**answer.asked._asdict(), "code": answer.code, **about} for answer in batch.decisions]
    if rows:
        connection.execute(insert(decisions), rows)
    if batch.reused:
        used = {key_of(answer.asked) for answer in batch.reused}
        query = select(decisions).join(batches, batches.c.batch == decisions.c.batch).where(in_force())
        before = query.where(decisions.c.sender == batch.sender, decisions.c.batch < number)
        newest = {
            key_of(Asked(row.field, row.township, row.written)): row.number
            for row in connection.execute(before.order_by(decisions.c.number))
        }
        rows = [{"decision": newest[key], "batch": number} for key in used & newest.keys()]
        if rows:
            connection.execute(insert(decisions_used), sorted(rows, key=itemgetter("decision")))
