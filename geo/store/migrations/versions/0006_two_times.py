"""Keep all that was ever known, and when: undoings point at what they take back, plans are added, days are noted

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BATCHES = sa.table(
    "batches",
    *(sa.column(name, sa.Integer) for name in ("batch", "undoes", "undone_by")),
    sa.column("imported_at", sa.DateTime),
    sa.column("recorded_on", sa.Date),
    sa.column("recorded_by", sa.Text),
)
PLACE = sa.table("place", sa.column("plan_text", sa.Text), sa.column("plan_file", sa.Text))


def upgrade() -> None:
    """Apply the change.

    The plan of an older store counts as known since its first batch; which of its batches used earlier
    answers of their sender is not known.
    """
    plans = op.create_table(
        "plans",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_plans")),
    )
    op.create_table(
        "decisions_used",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("decision", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["decision"], ["decisions.number"], name=op.f("fk_decisions_used_decision")),
        sa.ForeignKeyConstraint(["batch"], ["batches.batch"], name=op.f("fk_decisions_used_batch")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_decisions_used")),
    )
    op.create_index(op.f("ix_decisions_used_decision"), "decisions_used", ["decision"], unique=False)
    op.create_index(op.f("ix_decisions_used_batch"), "decisions_used", ["batch"], unique=False)
    op.add_column("batches", sa.Column("undoes", sa.Integer(), nullable=True))
    op.add_column("batches", sa.Column("recorded_on", sa.Date(), nullable=True))
    op.add_column("batches", sa.Column("recorded_by", sa.Text(), nullable=True))
    first = _fill_batches()
    store = op.get_bind()
    op.execute("UPDATE batches SET reported_on = NULL WHERE kind = 'undo'")  # 0003 gave them a day as well
    for text, file in store.execute(sa.select(PLACE.c.plan_text, PLACE.c.plan_file)).all():
        told = {"text": text, "file": file, "sha256": hashlib.sha256(text.encode()).hexdigest()}
        store.execute(
            sa.insert(plans).values(number=1, **told, recorded_at=first, recorded_on=_day(first), recorded_by="")
        )
    op.drop_column("place", "plan_text")
    op.drop_column("place", "plan_file")
    with op.batch_alter_table("batches") as table:
        table.drop_constraint("fk_batches_undone_by", type_="foreignkey")
        table.drop_column("undone_by")
        table.alter_column("recorded_on", existing_type=sa.Date(), nullable=False)
        table.alter_column("recorded_by", existing_type=sa.Text(), nullable=False)
        table.create_foreign_key(op.f("fk_batches_undoes"), "batches", ["undoes"], ["batch"])
    op.create_index(op.f("ix_batches_undoes"), "batches", ["undoes"], unique=True)


def _fill_batches() -> datetime:
    """Note of each batch what it undoes and the day of its import; return the moment of the first one, else now."""
    store = op.get_bind()
    rows = store.execute(sa.select(BATCHES.c.batch, BATCHES.c.undone_by, BATCHES.c.imported_at)).all()
    undone = {row.undone_by: row.batch for row in rows if row.undone_by is not None}
    for row in rows:
        noted = {"undoes": undone.get(row.batch), "recorded_on": _day(row.imported_at), "recorded_by": ""}
        store.execute(sa.update(BATCHES).where(BATCHES.c.batch == row.batch).values(noted))
    return min((row.imported_at for row in rows), default=datetime.now(UTC).replace(tzinfo=None))


def _day(moment: datetime) -> date:
    """Return the office's own day of a moment in UTC."""
    return moment.replace(tzinfo=UTC).astimezone().date()


def downgrade() -> None:
    """Take the change back; of the plans the newest is kept."""
    store = op.get_bind()
    undoing = store.execute(sa.select(BATCHES.c.batch, BATCHES.c.undoes).where(BATCHES.c.undoes.is_not(None))).all()
    op.add_column("batches", sa.Column("undone_by", sa.Integer(), nullable=True))
    for row in undoing:
        store.execute(sa.update(BATCHES).where(BATCHES.c.batch == row.undoes).values(undone_by=row.batch))
    op.drop_index(op.f("ix_batches_undoes"), table_name="batches")
    with op.batch_alter_table("batches") as table:
        table.drop_constraint("fk_batches_undoes", type_="foreignkey")
        for name in ("undoes", "recorded_on", "recorded_by"):
            table.drop_column(name)
        table.create_foreign_key(op.f("fk_batches_undone_by"), "batches", ["undone_by"], ["batch"])
    newest = "SELECT {} FROM plans ORDER BY number DESC LIMIT 1"
    for column in ("text", "file"):
        op.add_column("place", sa.Column(f"plan_{column}", sa.Text(), nullable=False, server_default=""))
        op.execute(f"UPDATE place SET plan_{column} = ({newest.format(column)})")
        with op.batch_alter_table("place") as table:
            table.alter_column(f"plan_{column}", existing_type=sa.Text(), server_default=None)
    op.drop_table("plans")
    op.drop_table("decisions_used")
