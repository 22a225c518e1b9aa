"""Changes: how often anything changed that a stamp's answer rests on, counted by triggers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WATCHED = (
    "accounts",
    "activations",
    "batches",
    "compromised_keys",
    "corrections",
    "facilities",
    "holds",
    "parties",
    "pictures",
    "products",
    "recall_batches",
    "recall_ranges",
    "recalls",
    "stamp_runs",
    "voids",
)
MOMENTS = ("insert", "update", "delete")


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in WATCHED:
            for moment in MOMENTS:
                # No ON CONFLICT here: that of the statement that fires a trigger would win.
                op.execute(f"""
                    CREATE TRIGGER {table}_counts_{moment} AFTER {moment} ON {table}
                    BEGIN
                        INSERT INTO changes (id, amount)
                        SELECT 1, 0 WHERE NOT EXISTS (SELECT 1 FROM changes);
                        UPDATE changes SET amount = amount + 1;
                    END""")
        return
    # A row that was restored from another server may have this transaction's number.
    op.execute("""
        CREATE FUNCTION count_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO changes (id, amount) VALUES (pg_current_xact_id()::text::bigint, 1)
            ON CONFLICT (id) DO UPDATE SET amount = changes.amount + 1;
            RETURN NULL;
        END $$""")
    for table in WATCHED:
        op.execute(f"""
            CREATE TRIGGER {table}_counts_changes
            AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION count_change()""")


def downgrade() -> None:
    for table in WATCHED:
        if op.get_bind().dialect.name == "sqlite":
            for moment in MOMENTS:
                op.execute(f"DROP TRIGGER {table}_counts_{moment}")
        else:
            op.execute(f"DROP TRIGGER {table}_counts_changes ON {table}")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION count_change()")
    op.drop_table("changes")
