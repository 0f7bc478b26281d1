"""Order reports by their day; work out at reading what is in force

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

RECORDS = (
    "activities", "associations", "bases", "boards", "communicators", "figures", "organisations",
    "reported_townships", "reported_villages", "schools", "stations",
)  # fmt: skip


def upgrade() -> None:
    """Apply the change."""
    op.add_column("batches", sa.Column("reported_on", sa.Date(), nullable=True))
    op.execute("UPDATE batches SET reported_on = coalesce(received_on, date(imported_at))")
    for name in RECORDS:
        with op.batch_alter_table(name) as table:
            table.drop_constraint(f"fk_{name}_superseded_by", type_="foreignkey")
            table.drop_column("superseded_by")


def downgrade() -> None:
    """Take the change back; which records are superseded is not worked out again."""
    for name in RECORDS:
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("superseded_by", sa.Integer(), nullable=True))
            table.create_foreign_key(f"fk_{name}_superseded_by", "batches", ["superseded_by"], ["batch"])
    op.drop_column("batches", "reported_on")
