"""Bring a database to the schema that this program writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from geo.errors import StoreUnusable
from geo.store.engine import IMMEDIATE

if TYPE_CHECKING:
    from sqlalchemy import Engine


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def is_known(revision: str | None) -> bool:
    """Say whether this program or an older one made a schema; a newer one's is not known."""
    return revision in {known.revision for known in ScriptDirectory.from_config(_config()).walk_revisions()}


def head() -> str | None:
    """Return the revision that this program writes."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def upgrade(engine: Engine) -> None:
    """Run every migration that is missing, in one transaction."""
    config = _config()
    with engine.connect() as raw:
        connection = raw.execution_options(**{IMMEDIATE: True})
        with connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def bring_up_to_date(engine: Engine, shown: str) -> None:
    """Upgrade an older store. Raises StoreUnusable if a newer program made it."""
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == head():
        return
    if not is_known(current):
        msg = f"{shown} 由更新版本的程序建立（结构 {current}）；请升级程序"
        raise StoreUnusable(msg)
    upgrade(engine)
