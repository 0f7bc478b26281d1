"""Find by index what tells of one township: its units, what stands in them, what serves or reaches them

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

RECORDS = (
    "activities", "associations", "bases", "boards", "communicators", "figures", "organisations",
    "reported_townships", "reported_villages", "schools", "stations",
)  # fmt: skip
LINKS = (("stations", "serves"), ("boards", "serves"), ("activities", "reaches"))


def upgrade() -> None:
    """Apply the change."""
    for table in (*RECORDS, "reported_none"):
        op.create_index(op.f(f"ix_{table}_unit_code"), table, ["unit_code"], unique=False)
    op.create_index(op.f("ix_villages_township_code"), "villages", ["township_code"], unique=False)
    for table, column in LINKS:
        linked = sa.text(f"CAST({column} AS TEXT) NOT IN ('null', '[]')")
        op.create_index(f"ix_{table}_links", table, ["id"], sqlite_where=linked, postgresql_where=linked)


def downgrade() -> None:
    """Take the change back."""
    for table, _ in LINKS:
        op.drop_index(f"ix_{table}_links", table_name=table)
    op.drop_index(op.f("ix_villages_township_code"), table_name="villages")
    for table in (*RECORDS, "reported_none"):
        op.drop_index(op.f(f"ix_{table}_unit_code"), table_name=table)
