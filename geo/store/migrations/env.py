"""Alembic's entry: runs migrations on the connection that geo.store.migrating hands over."""

from __future__ import annotations

from alembic import context

from geo.store import guards
from geo.store.postgis import need_postgis, settle
from geo.store.tables import metadata
from geo.store.taking_over import note_upgrade

connection = context.config.attributes["connection"]
on_postgres = connection.dialect.name == "postgresql"
if on_postgres:
    need_postgis(connection)
context.configure(connection=connection, target_metadata=metadata)
before = context.get_context().get_current_revision()
guards.take_off(connection)
context.run_migrations()
if on_postgres:
    settle(connection)
note_upgrade(connection, before, context.get_context().get_current_revision())
