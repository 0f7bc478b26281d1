"""The audit: one entry for each change of a store, written in the transaction of the change itself.

Entries are only ever added (`geo.store.guards`) and chained (`geo.store.chain`); they hold digests of what
they are about (`geo.store.digests`), never the data. `geo.store.verifying` compares.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, func, insert, select, type_coerce
from sqlalchemy.types import NullType

from geo.schema import layer_named
from geo.store import clock
from geo.store.chain import ORIGIN, Entry, moment_text
from geo.store.digests import batch_digests, evidence_digests, place_digests, plan_digests
from geo.store.evidence_tables import evidence
from geo.store.tables import audit, batches, decisions_used, place, plans

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection

    from geo.store import Store

_SALT_BYTES = 16


def note_place(connection: Connection, at: datetime, by: str, **more: Any) -> Entry:
    """Note that the store was made: its place and base layers."""
    code, name = connection.execute(select(place.c.code, place.c.name)).one()
    salt = _salt()
    detail = {"place": code, "name": name, "content": place_digests(connection, salt), **more}
    return append(connection, "init", at, by, detail, salt=salt)


def note_plan(connection: Connection, at: datetime, number: int | None = None, **more: Any) -> Entry:
    """Note that a plan came into force, by default the newest."""
    query = select(plans.c.number, plans.c.file, plans.c.sha256, plans.c.recorded_by).order_by(plans.c.number.desc())
    plan = connection.execute(query.where(plans.c.number == number) if number else query.limit(1)).one()
    salt = _salt()
    content = plan_digests(connection, plan.number, salt)
    detail = {"number": plan.number, "file": plan.file, "sha256": plan.sha256, "content": content, **more}
    return append(connection, "plan", at, plan.recorded_by, detail, salt=salt)


def note_batch(connection: Connection, number: int, at: datetime | None = None, **more: Any) -> Entry:
    """Note a stored batch: an import, or one that takes another back; at its own moment, unless another is told."""
    batch = connection.execute(select(batches).where(batches.c.batch == number)).one()
    salt = _salt()
    told = {name: getattr(batch, name) for name in ("file", "sha256", "layer", "sender", "records", "undoes")}
    told |= {"used": used_by(connection, number) if batch.kind == "import" else None}
    detail = {
        **{name: value for name, value in told.items() if value is not None},
        "content": batch_digests(connection, number, salt),
        **more,
    }
    return append(connection, batch.kind, at or batch.imported_at, batch.recorded_by, detail, batch=number, salt=salt)


def note_evidence(connection: Connection, number: int) -> Entry:
    """Note that a file was attached or withdrawn: which, and of what; never its name."""
    row = connection.execute(select(evidence).where(evidence.c.number == number)).one()
    salt = _salt()
    told = {name: getattr(row, name) for name in ("withdraws", "task", "unit_code", "layer", "bytes", "sha256")}
    detail = {
        "number": number,
        **{name: value for name, value in told.items() if value is not None},
        "content": evidence_digests(connection, number, salt),
    }
    action = "evidence-added" if row.withdraws is None else "evidence-withdrawn"
    return append(connection, action, row.recorded_at, row.recorded_by, detail, salt=salt)


def used_by(connection: Connection, number: int) -> list[int]:
    """Return the numbers of the earlier answers that a batch was read with."""
    query = select(decisions_used.c.decision).where(decisions_used.c.batch == number)
    return list(connection.execute(query.order_by(decisions_used.c.decision)).scalars())


def note_restored(connection: Connection, by: str) -> Entry:
    """Note that a backup was put in the place of the store: what it held, and where its chain ended."""
    held = connection.execute(select(func.count()).select_from(batches)).scalar_one()
    number, head = last_of(connection)
    return append(connection, "restore", clock.now().at, by, {"batches": held, "entries": number, "head": head})


def record_view(store: Store, by: str, layer: str, unit_code: str, *, page: str = "") -> Entry:
    """Note that somebody looks at personal data: who, of which layer and unit, on which page; never the data.

    To be called before the data are shown. Raises UnknownLayer, and ValueError where nobody is named.
    """
    if not by.strip():
        msg = "查看个人信息须记下是谁"
        raise ValueError(msg)
    told = {"layer": layer_named(layer).name, "unit_code": unit_code, "page": page}
    with store.writing() as locked:
        return locked.note_view(by, told)


def append(
    connection: Connection,
    action: str,
    at: datetime,
    by: str,
    detail: Mapping[str, Any],
    *,
    batch: int | None = None,
    salt: str | None = None,
) -> Entry:
    """Add an entry to the chain. `salt`: the secret that digests in its detail were made with."""
    number, head = last_of(connection)
    sealed = None if salt is None else sha256(salt.encode()).hexdigest()
    bare = Entry(number + 1, moment_text(at), by, action, batch, detail, sealed, head, "")
    entry = replace(bare, hash=bare.digest)
    connection.execute(
        insert(audit).values(
            entry=entry.entry, at=at, by=by, action=action, batch=batch, detail=detail, salt=salt,
            previous=head, hash=entry.hash,
        )
    )  # fmt: skip
    return entry


def last_of(connection: Connection) -> tuple[int, str]:
    """Return number and hash of the last entry; 0 and ORIGIN of an empty chain."""
    query = select(audit.c.entry, audit.c.hash).order_by(audit.c.entry.desc()).limit(1)
    found = connection.execute(query).one_or_none()
    return (found.entry, found.hash) if found else (0, ORIGIN)


def read_entries(connection: Connection, *, newest: int | None = None) -> list[Entry]:
    """Return the entries in order of their numbers, all or the newest; what somebody spoilt is read all the same."""
    plain: dict[str, ColumnElement[Any]] = {
        "at": type_coerce(audit.c.at, NullType()),
        "detail": cast(audit.c.detail, Text),
    }
    query = (
        select(*(plain[c.name].label(c.name) if c.name in plain else c for c in audit.columns))
        .order_by(audit.c.entry.desc())
        .limit(newest)
    )
    return [_entry(row) for row in reversed(connection.execute(query).mappings().all())]


def read_salts(connection: Connection) -> dict[int, str]:
    """Return entry → the secret that its digests were made with."""
    query = select(audit.c.entry, audit.c.salt).where(audit.c.salt.is_not(None))
    return {row.entry: row.salt for row in connection.execute(query)}


def _entry(row: Mapping[Any, Any]) -> Entry:
    told = {name: row[name] for name in ("entry", "by", "action", "batch", "previous", "hash")}
    salt = row["salt"]
    sealed = None if salt is None else sha256(str(salt).encode()).hexdigest()
    return Entry(at=_moment(row["at"]), detail=_detail(row["detail"]), salt_sha256=sealed, **told)


def _moment(value: Any) -> str:
    try:
        return moment_text(value if isinstance(value, datetime) else datetime.fromisoformat(value))
    except (ValueError, TypeError):
        return str(value)


def _detail(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, TypeError):
        found = text
    return found if isinstance(found, dict) else {"unreadable": found}


def _salt() -> str:
    return secrets.token_hex(_SALT_BYTES)
