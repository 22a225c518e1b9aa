"""Operations: the keys that leaked. Going back forgets which ones they were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "compromised_keys",
        sa.Column("id", ID, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("note", sa.String(500), nullable=True),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["accounts.id"], name=op.f("fk_compromised_keys_created_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compromised_keys")),
        sa.UniqueConstraint("key_id", name=op.f("uq_compromised_keys_key_id")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for moment in ("UPDATE", "DELETE"):
            op.execute(f"""
                CREATE TRIGGER compromised_keys_append_only_{moment.lower()}
                BEFORE {moment} ON compromised_keys
                BEGIN SELECT RAISE(ABORT, 'compromised_keys is append-only'); END""")
    else:
        op.execute("""
            CREATE TRIGGER compromised_keys_append_only
            BEFORE UPDATE OR DELETE OR TRUNCATE ON compromised_keys
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""")


def downgrade() -> None:
    op.drop_table("compromised_keys")
