"""Keep what people decided about names that the lists can't tell

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "decisions",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("township", sa.Text(), nullable=False),
        sa.Column("written", sa.Text(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.batch"], name=op.f("fk_decisions_batch")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_batch"), "decisions", ["batch"], unique=False)
    op.create_index(op.f("ix_decisions_sender"), "decisions", ["sender"], unique=False)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index(op.f("ix_decisions_sender"), table_name="decisions")
    op.drop_index(op.f("ix_decisions_batch"), table_name="decisions")
    op.drop_table("decisions")
