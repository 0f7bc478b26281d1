"""Evidence: files attached to a task's figure or declaration, a unit or a facility; never a part of the assessment.

Functions of an open transaction. Nothing is overwritten or deleted: a file that is withdrawn stays, and is a
later row's. What may be attached is checked before, by `geo.evidence`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, select

from geo.errors import InputRefused, UnknownEvidence
from geo.evidence.kinds import MEDIA_TYPES, PICTURES
from geo.faults import printable
from geo.store import audit
from geo.store.evidence_tables import evidence, evidence_contents
from geo.store.known import need_known, recorded
from geo.store.recording import moment_of
from geo.words.phones import covered

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

    from geo.evidence.kinds import Kind
    from geo.evidence.taking import Taken
    from geo.store.transactions import Writing

LONGEST_NOTE: Final = 200


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a file belongs to: a task and one of its items, or a unit and maybe a facility of a layer there."""

    task: int | None = None
    item: str | None = None
    unit_code: str | None = None
    layer: str | None = None
    facility: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is neither, or both."""
        if (self.task is None) == (self.unit_code is None):
            msg = "a file belongs to a task or to a unit"
            raise ValueError(msg)


@dataclass(frozen=True)
class Evidence:
    """A file that was attached.

    `bytes`, `sha256`: of the stored content; `given_sha256`: of what was handed in. `width`, `height`: of a picture,
    in pixels, `taken_on` the day on which it says that it was taken. `withdrawn_on`, `withdrawn_by`: None while it
    stands.
    """

    number: int
    task: int | None
    item: str | None
    unit_code: str | None
    layer: str | None
    facility: str | None
    name: str
    kind: Kind
    bytes: int
    sha256: str
    given_sha256: str
    width: int | None
    height: int | None
    taken_on: date | None
    note: str
    recorded_at: datetime
    recorded_on: date
    recorded_by: str
    withdrawn_on: date | None = None
    withdrawn_by: str | None = None

    @property
    def media_type(self) -> str:
        """Its type as HTTP names it."""
        return MEDIA_TYPES[self.kind]

    @property
    def is_picture(self) -> bool:
        """Whether a page can show it."""
        return self.kind in PICTURES


_OWN: Final = tuple(field.name for field in fields(Evidence) if not field.name.startswith("withdrawn_"))
_SUBJECT: Final = tuple(field.name for field in fields(Subject))


def read_evidence(
    connection: Connection,
    *,
    task: int | None = None,
    unit_code: str | None = None,
    known_on: date | None = None,
    withdrawn: bool = False,
) -> tuple[Evidence, ...]:
    """Return the files of a task, of a unit or of all, the oldest first: those that stand, or withdrawn ones as well.

    `known_on`: as it was known by the end of that day. Raises NothingKnown.
    """
    need_known(connection, known_on)
    query = select(evidence).where(recorded(known_on, evidence)).order_by(evidence.c.number)
    if task is not None:
        query = query.where(evidence.c.task == task)
    if unit_code is not None:
        query = query.where(evidence.c.unit_code == unit_code)
    rows = connection.execute(query).all()
    gone = {row.withdraws: row for row in rows if row.withdraws is not None}
    return tuple(
        _evidence(row, gone.get(row.number))
        for row in rows
        if row.withdraws is None and (withdrawn or row.number not in gone)
    )


def find_evidence(connection: Connection, number: int) -> Evidence:
    """Return a file by its number, a withdrawn one too. Raises UnknownEvidence."""
    row = connection.execute(
        select(evidence).where(evidence.c.number == number, evidence.c.withdraws.is_(None))
    ).one_or_none()
    if row is None:
        msg = f"没有第{number}号佐证材料"
        raise UnknownEvidence(msg)
    return _evidence(row, connection.execute(select(evidence).where(evidence.c.withdraws == number)).one_or_none())


def read_content(connection: Connection, number: int) -> bytes:
    """Return what is in a file. Raises UnknownEvidence."""
    query = select(evidence_contents.c.content).join(evidence, evidence.c.content == evidence_contents.c.number)
    content = connection.execute(query.where(evidence.c.number == number)).scalar_one_or_none()
    if content is None:
        msg = f"没有第{number}号佐证材料"
        raise UnknownEvidence(msg)
    return bytes(content)


def attach(store: Writing, subject: Subject, taken: Taken, *, note: str = "", by: str = "") -> Evidence:
    """Attach a file that was looked over; the same content on the same subject once only. Raises InputRefused."""
    told = printable(" ".join(note.split()))
    if len(told) > LONGEST_NOTE:
        msg = f"备注最多{LONGEST_NOTE}个字，写了{len(told)}个"
        raise InputRefused(msg)
    about = {name: getattr(subject, name) for name in _SUBJECT}
    standing = read_evidence(store.connection, task=subject.task, unit_code=subject.unit_code)
    for one in standing:
        if one.sha256 == taken.sha256 and all(getattr(one, name) == about[name] for name in _SUBJECT):
            return one
    values = {
        **about,
        "content": _content(store.connection, taken),
        "name": covered(taken.name),
        "kind": taken.kind,
        "bytes": len(taken.content),
        "sha256": taken.sha256,
        "given_sha256": taken.given_sha256,
        "width": taken.width,
        "height": taken.height,
        "taken_on": taken.taken_on,
        "note": covered(told),
    }
    return _add(store, values, by)


def withdraw(store: Writing, number: int, *, by: str = "") -> Evidence:
    """Withdraw a file; it stays in the store and in what was known before. Raises UnknownEvidence, InputRefused."""
    found = find_evidence(store.connection, number)
    if found.withdrawn_on is not None:
        msg = f"“{found.name}”已经撤回"
        raise InputRefused(msg)
    query = select(evidence).where(evidence.c.number == number)
    row = store.connection.execute(query).one()._asdict()
    _add(store, {**row, "withdraws": number}, by)
    return find_evidence(store.connection, number)


def _content(connection: Connection, taken: Taken) -> int:
    """Return the number of a content, stored if it isn't there yet."""
    known = select(evidence_contents.c.number).where(evidence_contents.c.sha256 == taken.sha256)
    number = connection.execute(known).scalar_one_or_none()
    if number is None:
        number = (connection.execute(select(func.max(evidence_contents.c.number))).scalar() or 0) + 1
        values = {"number": number, "sha256": taken.sha256, "content": taken.content}
        connection.execute(insert(evidence_contents).values(values))
    return int(number)


def _add(store: Writing, values: dict[str, Any], by: str) -> Evidence:
    """Add a row, and tell the audit: which file and of what, never its name."""
    moment = moment_of(store.connection)
    number = (store.connection.execute(select(func.max(evidence.c.number))).scalar() or 0) + 1
    noted = {"number": number, "recorded_at": moment.at, "recorded_on": moment.day, "recorded_by": by}
    store.connection.execute(insert(evidence).values(values | noted))
    audit.note_evidence(store.connection, number)
    return _evidence(store.connection.execute(select(evidence).where(evidence.c.number == number)).one(), None)


def _evidence(row: Any, gone: Any) -> Evidence:
    told = {name: getattr(row, name) for name in _OWN}
    if gone is not None:
        told |= {"withdrawn_on": gone.recorded_on, "withdrawn_by": gone.recorded_by}
    return Evidence(**told)
