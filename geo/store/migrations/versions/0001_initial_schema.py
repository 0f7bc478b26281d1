"""Initial schema

Revision ID: 0001
Revises: nothing
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from geo.store.shapes import Shape

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

COUNT = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "batches",
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("layer", sa.String(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("datum", sa.String(), nullable=False),
        sa.Column("imported_at", sa.DateTime(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["undone_by"], ["batches.batch"], name=op.f("fk_batches_undone_by")),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_batches")),
    )
    op.create_table(
        "place",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("working_crs", sa.String(), nullable=False),
        sa.Column("maker", sa.Text(), nullable=False),
        sa.Column("demo_note", sa.Text(), nullable=False),
        sa.Column("demo_as_of", sa.Date(), nullable=True),
        sa.Column("population", COUNT, nullable=True),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("boundary", Shape(), nullable=True),
        sa.Column("plan_text", sa.Text(), nullable=False),
        sa.Column("plan_file", sa.Text(), nullable=False),
        sa.Column("store_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_place")),
    )
    op.create_table(
        "townships",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("in_plan", sa.Boolean(), nullable=True),
        sa.Column("agricultural", sa.Boolean(), nullable=True),
        sa.Column("population", COUNT, nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("schematic", sa.Boolean(), nullable=False),
        sa.Column("geometry", Shape(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_townships")),
    )
    op.create_table(
        "unit_names",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("other_code", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_unit_names")),
    )
    op.create_table(
        "villages",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("township_code", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("population", COUNT, nullable=True),
        sa.Column("registered_population", COUNT, nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("schematic", sa.Boolean(), nullable=False),
        sa.Column("geometry", Shape(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_villages")),
    )
    op.create_table(
        "activities",
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("venue", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("reaches", sa.JSON(), nullable=True),
        sa.Column("attendance", COUNT, nullable=True),
        sa.Column("geometry", Shape(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["batches.batch"], name=op.f("fk_activities_batch")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batches.batch"], name=op.f("fk_activities_superseded_by")),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_activities")),
    )
    op.create_index(op.f("ix_activities_batch"), "activities", ["batch"], unique=False)
    op.create_index("ix_activities_id", "activities", ["id"], unique=False)
    op.create_table(
        "associations",
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("registered", sa.Boolean(), nullable=True),
        sa.Column("registration_no", sa.Text(), nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("geometry", Shape(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["batches.batch"], name=op.f("fk_associations_batch")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batches.batch"], name=op.f("fk_associations_superseded_by")),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_associations")),
    )
    op.create_index(op.f("ix_associations_batch"), "associations", ["batch"], unique=False)
    op.create_index("ix_associations_id", "associations", ["id"], unique=False)
    op.create_table(
        "bases",
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("level", sa.String(), nullable=True),
        sa.Column("titled_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("geometry", Shape(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["batches.batch"], name=op.f("fk_bases_batch")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batches.batch"], name=op.f("fk_bases_superseded_by")),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_bases")),
    )
    op.create_index(op.f("ix_bases_batch"), "bases", ["batch"], unique=False)
    op.create_index("ix_bases_id", "bases", ["id"], unique=False)
    op.create_table(
        "boards",
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("serves", sa.JSON(), nullable=True),
        sa.Column("sharing", sa.String(), nullable=True),
        sa.Column("length_m", sa.Float(), nullable=True),
        sa.Column("built_on", sa.Date(), nullable=True),
        sa.Column("updates", sa.JSON(), nullable=True),
        sa.Column("last_only", sa.Boolean(), nullable=True),
        sa.Column("photo", sa.Text(), nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("geometry", Shape(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["batches.batch"], name=op.f("fk_boards_batch")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batches.batch"], name=op.f("fk_boards_superseded_by")),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_boards")),
    )
    op.create_index(op.f("ix_boards_batch"), "boards", ["batch"], unique=False)
    op.create_index("ix_boards_id", "boards", ["id"], unique=False)
    op.create_table(
        "communicators",
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("count", COUNT, nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("geometry", Shape(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["batches.batch"], name=op.f("fk_communicators_batch")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batches.batch"], name=op.f("fk_communicators_superseded_by")),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_communicators")),
    )
    op.create_index(op.f("ix_communicators_batch"), "communicators", ["batch"], unique=False)
    op.create_index("ix_communicators_id", "communicators", ["id"], unique=False)
    op.create_table(
        "complete_lists",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(), nullable=False),
        sa.Column("scope_code", sa.String(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.batch"], name=op.f("fk_complete_lists_batch")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_complete_lists")),
    )
    op.create_index(op.f("ix_complete_lists_batch"), "complete_lists", ["batch"], unique=False)
    op.create_table(
        "figures",
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("task", COUNT, nullable=True),
        sa.Column("item", sa.Text(), nullable=True),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("unit_of_measure", sa.Text(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("geometry", Shape(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["batches.batch"], name=op.f("fk_figures_batch")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batches.batch"], name=op.f("fk_figures_superseded_by")),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_figures")),
    )
    op.create_index(op.f("ix_figures_batch"), "figures", ["batch"], unique=False)
    op.create_index("ix_figures_id", "figures", ["id"], unique=False)
    op.create_table(
        "organisations",
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("leader", sa.Boolean(), nullable=True),
        sa.Column("staff", COUNT, nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("geometry", Shape(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["batches.batch"], name=op.f("fk_organisations_batch")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batches.batch"], name=op.f("fk_organisations_superseded_by")),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_organisations")),
    )
    op.create_index(op.f("ix_organisations_batch"), "organisations", ["batch"], unique=False)
    op.create_index("ix_organisations_id", "organisations", ["id"], unique=False)
    op.create_table(
        "reported_none",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.batch"], name=op.f("fk_reported_none_batch")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_reported_none")),
    )
    op.create_index(op.f("ix_reported_none_batch"), "reported_none", ["batch"], unique=False)
    op.create_table(
        "reported_townships",
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("short_name", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("in_plan", sa.Boolean(), nullable=True),
        sa.Column("agricultural", sa.Boolean(), nullable=True),
        sa.Column("population", COUNT, nullable=True),
        sa.Column("geometry", Shape(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["batches.batch"], name=op.f("fk_reported_townships_batch")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batches.batch"], name=op.f("fk_reported_townships_superseded_by")),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_reported_townships")),
    )
    op.create_index(op.f("ix_reported_townships_batch"), "reported_townships", ["batch"], unique=False)
    op.create_index("ix_reported_townships_id", "reported_townships", ["id"], unique=False)
    op.create_table(
        "reported_villages",
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("population", COUNT, nullable=True),
        sa.Column("registered_population", COUNT, nullable=True),
        sa.Column("geometry", Shape(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["batches.batch"], name=op.f("fk_reported_villages_batch")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batches.batch"], name=op.f("fk_reported_villages_superseded_by")),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_reported_villages")),
    )
    op.create_index(op.f("ix_reported_villages_batch"), "reported_villages", ["batch"], unique=False)
    op.create_index("ix_reported_villages_id", "reported_villages", ["id"], unique=False)
    op.create_table(
        "schools",
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("stage", sa.String(), nullable=True),
        sa.Column("run_by_city", sa.Boolean(), nullable=True),
        sa.Column("rural", sa.Boolean(), nullable=True),
        sa.Column("students", COUNT, nullable=True),
        sa.Column("lab", sa.Boolean(), nullable=True),
        sa.Column("science_teacher", sa.String(), nullable=True),
        sa.Column("science_museum", sa.Boolean(), nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("geometry", Shape(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["batches.batch"], name=op.f("fk_schools_batch")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batches.batch"], name=op.f("fk_schools_superseded_by")),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_schools")),
    )
    op.create_index(op.f("ix_schools_batch"), "schools", ["batch"], unique=False)
    op.create_index("ix_schools_id", "schools", ["id"], unique=False)
    op.create_table(
        "stations",
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("serves", sa.JSON(), nullable=True),
        sa.Column("sharing", sa.String(), nullable=True),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("equipment", sa.Boolean(), nullable=True),
        sa.Column("area_m2", sa.Float(), nullable=True),
        sa.Column("built_on", sa.Date(), nullable=True),
        sa.Column("open_hours", sa.Text(), nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("geometry", Shape(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["batches.batch"], name=op.f("fk_stations_batch")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batches.batch"], name=op.f("fk_stations_superseded_by")),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_stations")),
    )
    op.create_index(op.f("ix_stations_batch"), "stations", ["batch"], unique=False)
    op.create_index("ix_stations_id", "stations", ["id"], unique=False)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_stations_id", table_name="stations")
    op.drop_index(op.f("ix_stations_batch"), table_name="stations")
    op.drop_table("stations")
    op.drop_index("ix_schools_id", table_name="schools")
    op.drop_index(op.f("ix_schools_batch"), table_name="schools")
    op.drop_table("schools")
    op.drop_index("ix_reported_villages_id", table_name="reported_villages")
    op.drop_index(op.f("ix_reported_villages_batch"), table_name="reported_villages")
    op.drop_table("reported_villages")
    op.drop_index("ix_reported_townships_id", table_name="reported_townships")
    op.drop_index(op.f("ix_reported_townships_batch"), table_name="reported_townships")
    op.drop_table("reported_townships")
    op.drop_index(op.f("ix_reported_none_batch"), table_name="reported_none")
    op.drop_table("reported_none")
    op.drop_index("ix_organisations_id", table_name="organisations")
    op.drop_index(op.f("ix_organisations_batch"), table_name="organisations")
    op.drop_table("organisations")
    op.drop_index("ix_figures_id", table_name="figures")
    op.drop_index(op.f("ix_figures_batch"), table_name="figures")
    op.drop_table("figures")
    op.drop_index(op.f("ix_complete_lists_batch"), table_name="complete_lists")
    op.drop_table("complete_lists")
    op.drop_index("ix_communicators_id", table_name="communicators")
    op.drop_index(op.f("ix_communicators_batch"), table_name="communicators")
    op.drop_table("communicators")
    op.drop_index("ix_boards_id", table_name="boards")
    op.drop_index(op.f("ix_boards_batch"), table_name="boards")
    op.drop_table("boards")
    op.drop_index("ix_bases_id", table_name="bases")
    op.drop_index(op.f("ix_bases_batch"), table_name="bases")
    op.drop_table("bases")
    op.drop_index("ix_associations_id", table_name="associations")
    op.drop_index(op.f("ix_associations_batch"), table_name="associations")
    op.drop_table("associations")
    op.drop_index("ix_activities_id", table_name="activities")
    op.drop_index(op.f("ix_activities_batch"), table_name="activities")
    op.drop_table("activities")
    op.drop_table("villages")
    op.drop_table("unit_names")
    op.drop_table("townships")
    op.drop_table("place")
    op.drop_table("batches")
