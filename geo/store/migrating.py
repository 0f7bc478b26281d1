"""Bring a database to the schema that this program writes."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from geo.errors import StoreUnusable
from geo.store.engine import IMMEDIATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.attributes["connection"] = connection
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def is_known(revision: str | None) -> bool:
    """Say whether this program or an older one made a schema; a newer one's is not known."""
    return revision in {known.revision for known in ScriptDirectory.from_config(_config()).walk_revisions()}


@cache
def head() -> str | None:
    """Return the revision that this program writes."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def revision(connection: Connection) -> str | None:
    """Return the revision that a database is at."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine, to: str = "head") -> None:
    """Run every migration that is missing, in one transaction."""
    with migrating(engine) as connection:
        upgrade_within(connection, to)


def downgrade(engine: Engine, to: str) -> None:
    """Take migrations back, down to a revision, in one transaction."""
    with migrating(engine) as connection:
        command.downgrade(_config(connection), to)


def upgrade_within(connection: Connection, to: str = "head") -> None:
    """Run every migration that is missing on a connection that `migrating` gave."""
    command.upgrade(_config(connection), to)


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """Give a connection that may run migrations, in one transaction.

    SQLite changes most of a table by copying it, during which foreign keys must not be minded
    (https://www.sqlite.org/lang_altertable.html, 7); the connection is not used for anything else.
    """
    with engine.connect() as raw:
        if raw.dialect.name == "sqlite":
            raw.connection.cursor().execute("PRAGMA foreign_keys=OFF")  # within a transaction it would do nothing
        connection = raw.execution_options(**{IMMEDIATE: True})
        with connection.begin():
            yield connection


def bring_up_to_date(engine: Engine, shown: str) -> None:
    """Upgrade an older store. Raises StoreUnusable if a newer program made it."""
    with engine.connect() as connection:
        current = revision(connection)
    if current == head():
        return
    if not is_known(current):
        msg = f"{shown} 由更新版本的程序建立（结构 {current}）；请升级程序"
        raise StoreUnusable(msg)
    upgrade(engine)
