"""When facilities closed, how units changed through the years, and under which former code a row told of its unit

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_CLOSING = ("stations", "boards", "schools", "bases", "organisations", "associations")
_TOLD = (*_CLOSING, "communicators", "activities", "figures", "reported_townships", "reported_villages")


def upgrade() -> None:
    """Apply the change. A store made before knows of no changes of units."""
    for table in _CLOSING:
        op.add_column(table, sa.Column("closed_on", sa.Date(), nullable=True))
        op.add_column(table, sa.Column("closed_month_only", sa.Boolean(), nullable=True))
    for table in (*_TOLD, "reported_none"):
        op.add_column(table, sa.Column("told_code", sa.String(), nullable=True))
    op.create_table(
        "unit_changes",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_code", sa.String(), nullable=False),
        sa.Column("from_name", sa.Text(), nullable=False),
        sa.Column("to_code", sa.String(), nullable=False),
        sa.Column("to_name", sa.Text(), nullable=False),
        sa.Column("changed_on", sa.String(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_unit_changes")),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("unit_changes")
    for table in (*_TOLD, "reported_none"):
        op.drop_column(table, "told_code")
    for table in _CLOSING:
        op.drop_column(table, "closed_month_only")
        op.drop_column(table, "closed_on")
