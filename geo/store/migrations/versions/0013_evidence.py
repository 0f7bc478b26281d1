"""Evidence: files attached to tasks, units and facilities

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "evidence_contents",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_evidence_contents")),
        sa.UniqueConstraint("sha256"),
    )
    op.create_table(
        "evidence",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("withdraws", sa.Integer(), nullable=True),
        sa.Column("content", sa.Integer(), nullable=False),
        sa.Column("task", sa.Integer(), nullable=True),
        sa.Column("item", sa.Text(), nullable=True),
        sa.Column("unit_code", sa.String(), nullable=True),
        sa.Column("layer", sa.String(), nullable=True),
        sa.Column("facility", sa.String(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("given_sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("taken_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["withdraws"], ["evidence.number"], name=op.f("fk_evidence_withdraws")),
        sa.ForeignKeyConstraint(["content"], ["evidence_contents.number"], name=op.f("fk_evidence_content")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_withdraws"), "evidence", ["withdraws"], unique=True)
    op.create_index(op.f("ix_evidence_content"), "evidence", ["content"], unique=False)
    op.create_index("ix_evidence_task", "evidence", ["task"], unique=False)
    op.create_index("ix_evidence_unit_code", "evidence", ["unit_code"], unique=False)


def downgrade() -> None:
    """Take the change back: all evidence is gone."""
    op.drop_table("evidence")
    op.drop_table("evidence_contents")
