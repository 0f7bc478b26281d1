"""Triggers that refuse changes of what a store only ever adds to: a slip is stopped, a forger is found by the audit.

They are taken off while migrations run (`geo.store.migrations.env`) and put up again afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect

from geo.store.digests import BATCH_TABLES, PLACE_TABLES
from geo.store.evidence_tables import EVIDENCE_TABLES
from geo.store.scenario_tables import scenarios
from geo.store.tables import audit, batches, decisions_used, place, plans
from geo.store.task_tables import gap_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

GUARDED: Final = tuple(
    table.name
    for table in (
        audit,
        batches,
        plans,
        gap_tasks,
        scenarios,
        decisions_used,
        *EVIDENCE_TABLES,
        *BATCH_TABLES,
        *PLACE_TABLES,
    )
    if table is not place
)
"""`place` is not among them: a restored store gets a mark of its own there."""
_REFUSED: Final = "已记下的内容不能改、不能删（审计）"
_PREFIX: Final = "only_added_"
_FUNCTION: Final = f"""
CREATE OR REPLACE FUNCTION {_PREFIX}refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{_REFUSED}' USING ERRCODE = 'restrict_violation'; END $$
"""


def put_up(connection: Connection) -> None:
    """Guard the tables that are there; ones that are guarded already stay so."""
    names = set(inspect(connection).get_table_names())
    if audit.name not in names:
        return
    if _is_postgresql(connection):
        connection.exec_driver_sql(_FUNCTION)
    for table in set(missing(connection)) & names:
        for statement in _statements(table, postgresql=_is_postgresql(connection)):
            connection.exec_driver_sql(statement)


def take_off(connection: Connection) -> None:
    """Let changes through."""
    for trigger, table in _found(connection):
        on = f' ON "{table}"' if _is_postgresql(connection) else ""
        connection.exec_driver_sql(f'DROP TRIGGER "{trigger}"{on}')


def missing(connection: Connection) -> list[str]:
    """Return the tables that should be guarded and are not, or not wholly."""
    wanted = {table: len(list(_statements(table, postgresql=_is_postgresql(connection)))) for table in GUARDED}
    for _, table in _found(connection):
        wanted[table] = wanted.get(table, 0) - 1
    return sorted(table for table, lacking in wanted.items() if lacking > 0)


def _statements(table: str, *, postgresql: bool) -> Iterator[str]:
    """Yield what makes the triggers of a table; where one is missing, all are made anew."""
    if postgresql:
        for event, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            name = f"{_PREFIX}{table}_{each.lower()}"
            yield (
                f'CREATE OR REPLACE TRIGGER "{name}" BEFORE {event} ON "{table}"'
                f" FOR EACH {each} EXECUTE FUNCTION {_PREFIX}refuse()"
            )
    else:
        for event in ("UPDATE", "DELETE"):
            yield (
                f'CREATE TRIGGER IF NOT EXISTS "{_PREFIX}{table}_{event.lower()}" BEFORE {event} ON "{table}"'
                f" BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
            )


def _found(connection: Connection) -> list[tuple[str, str]]:
    """Return (trigger, table) of the guards that are there."""
    if _is_postgresql(connection):
        query = (
            "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            f" WHERE starts_with(t.tgname, '{_PREFIX}') AND c.relnamespace = to_regnamespace(current_schema())"
        )
    else:
        query = (
            "SELECT name, tbl_name FROM sqlite_master"
            f" WHERE type = 'trigger' AND substr(name, 1, {len(_PREFIX)}) = '{_PREFIX}'"
        )
    return [(str(trigger), str(table)) for trigger, table in connection.exec_driver_sql(query)]


def _is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
