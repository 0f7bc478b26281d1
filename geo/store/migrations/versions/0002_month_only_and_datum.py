"""Of a record's first day, whether only the month is known; of its point, the datum it came in

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_DATED = ("stations", "boards", "bases", "activities")
_PLACED = (*_DATED, "communicators", "schools", "organisations", "associations")


def upgrade() -> None:
    """Apply the change."""
    for table in _DATED:
        op.add_column(table, sa.Column("month_only", sa.Boolean(), nullable=True))
    for table in _PLACED:
        op.add_column(table, sa.Column("datum", sa.String(), nullable=True))


def downgrade() -> None:
    """Take the change back."""
    for table in _DATED:
        op.drop_column(table, "month_only")
    for table in _PLACED:
        op.drop_column(table, "datum")
