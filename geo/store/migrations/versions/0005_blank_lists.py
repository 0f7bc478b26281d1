"""Blank lists of units are unknown; until now they were stored like a written none

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

LISTS = (("stations", "serves"), ("boards", "serves"), ("activities", "reaches"))


def upgrade() -> None:
    """Apply the change."""
    for table, column in LISTS:
        op.execute(f"UPDATE {table} SET {column} = NULL WHERE CAST({column} AS TEXT) = '[]'")


def downgrade() -> None:
    """Take the change back."""
    for table, column in LISTS:
        op.execute(f"UPDATE {table} SET {column} = '[]' WHERE {column} IS NULL OR CAST({column} AS TEXT) = 'null'")
