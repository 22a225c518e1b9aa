"""Alerts, and wrong hidden codes counted by source and hour. Going back forgets both."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("about", sa.String(40), nullable=False),
        sa.Column("party_id", ID, nullable=True),
        sa.Column("run_id", ID, nullable=True),
        sa.Column("batch_id", ID, nullable=True),
        sa.Column("serial", sa.BigInteger(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", TIME, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("handled_by", ID, nullable=True),
        sa.Column("handled_at", TIME, nullable=True),
        sa.Column("note", sa.String(500), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_alerts_party_id")),
        sa.ForeignKeyConstraint(["run_id"], ["stamp_runs.id"], name=op.f("fk_alerts_run_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_alerts_batch_id")),
        sa.ForeignKeyConstraint(["handled_by"], ["accounts.id"], name=op.f("fk_alerts_handled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_party_id"), "alerts", ["party_id"])
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["kind", "about"],
        unique=True,
        sqlite_where=sa.text("handled_at IS NULL"),
        postgresql_where=sa.text("handled_at IS NULL"),
    )
    op.create_table(
        "wrong_codes",
        sa.Column("source", sa.LargeBinary(16), nullable=False),
        sa.Column("hour", TIME, nullable=False),
        sa.Column("codes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "hour", name=op.f("pk_wrong_codes")),
    )


def downgrade() -> None:
    op.drop_table("wrong_codes")
    op.drop_table("alerts")
