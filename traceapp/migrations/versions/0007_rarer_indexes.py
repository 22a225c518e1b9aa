"""Indexes of looks by verdict, and of traces by source, hold only what they are asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# name, table, columns, and what is held by SQLite and by PostgreSQL
INDEXES = (
    (
        "ix_scans_verdict_at_id",
        "scans",
        ["verdict", "at", "id"],
        ("verdict <> 'registered'", "verdict <> 'registered'"),
    ),
    ("ix_traces_serial_source", "traces", ["serial", "source"], ("fresh IS 1", "fresh IS true")),
)


def upgrade() -> None:
    for name, table, columns, (sqlite, postgresql) in INDEXES:
        op.drop_index(name, table_name=table)
        op.create_index(
            name,
            table,
            columns,
            sqlite_where=sa.text(sqlite),
            postgresql_where=sa.text(postgresql),
        )


def downgrade() -> None:
    for name, table, columns, _ in INDEXES:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns)
