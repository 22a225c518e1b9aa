"""Test runs, who took which labels out, leaves to draw again, and what came back from the printer.

Going back forgets all of these but the test runs: their stamps stay void.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
WITH_KIND = ("stamp_requests", "stamp_runs")
NEW_TABLES = ("good_prints", "drawings", "redraw_leaves")


def upgrade() -> None:
    for table in WITH_KIND:
        kind = sa.Column("kind", sa.String(32), nullable=False, server_default="production")
        op.add_column(table, kind)
    op.add_column("sign_ins", sa.Column("proved_at", TIME, nullable=True))
    _make_ranged(
        "redraw_leaves",
        sa.Column("hidden_codes", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("note", sa.String(500), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("decision_reason", sa.String(500), nullable=True),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("used_at", TIME, nullable=True),
        _account("redraw_leaves", "decided_by"),
    )
    op.create_index("ix_redraw_leaves_state", "redraw_leaves", ["state"])
    _make_ranged(
        "drawings",
        sa.Column("format", sa.String(32), nullable=False),
        sa.Column("sheet", sa.String(20), nullable=True),
        sa.Column("hidden", sa.String(32), nullable=True),
        sa.Column("hidden_codes", sa.Boolean(), nullable=False),
        sa.Column("dpi", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(32), nullable=False),
        sa.Column("in_parts", sa.Boolean(), nullable=False),
        sa.Column("leave_id", ID, nullable=True),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["leave_id"], ["redraw_leaves.id"], name="fk_drawings_leave_id"),
        sa.UniqueConstraint("leave_id", name="uq_drawings_leave_id"),
    )
    _make_ranged("good_prints")


def _make_ranged(table: str, *more: Any) -> None:
    """A table of serial ranges, which the database itself keeps inside their run."""
    op.create_table(
        table,
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("run_first", sa.BigInteger(), nullable=False),
        sa.Column("run_last", sa.BigInteger(), nullable=False),
        sa.Column("first_serial", sa.BigInteger(), nullable=False),
        sa.Column("last_serial", sa.BigInteger(), nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        *more,
        sa.CheckConstraint(
            "run_first <= first_serial AND first_serial <= last_serial AND last_serial <= run_last",
            name=op.f(f"ck_{table}_inside_run"),
        ),
        _account(table, "created_by"),
        sa.ForeignKeyConstraint(
            ["run_id", "run_first", "run_last"],
            ["stamp_runs.id", "stamp_runs.first_serial", "stamp_runs.last_serial"],
            name=op.f(f"fk_{table}_run_id_run_first_run_last"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_run_id_first_serial", table, ["run_id", "first_serial"])


def _account(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["accounts.id"], name=op.f(f"fk_{table}_{column}"))


def downgrade() -> None:
    tests = "SELECT count(*) FROM stamp_runs WHERE kind = 'test'"
    if op.get_bind().exec_driver_sql(tests).scalar():
        _cancel_tests()
    for table in NEW_TABLES:
        op.drop_table(table)
    op.drop_column("sign_ins", "proved_at")
    for table in WITH_KIND:
        op.drop_column(table, "kind")


def _cancel_tests() -> None:
    """The older version would let test labels be put to use, and knows no look that was a test."""
    op.execute("""
        INSERT INTO voids (run_id, run_first, run_last, first_serial, last_serial, reason, note,
                           created_by, created_at)
        SELECT id, first_serial, last_serial, first_serial, last_serial, 'other', 'Tem in thử',
               created_by, created_at
        FROM stamp_runs WHERE kind = 'test'""")
    with _scans_open():
        op.execute("UPDATE scans SET agent = 'staff' WHERE agent = 'test'")


@contextmanager
def _scans_open() -> Iterator[None]:
    """Scans are append-only else."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.execute("DROP TRIGGER scans_append_only_update")
    else:
        op.execute("ALTER TABLE scans DISABLE TRIGGER scans_append_only")
    yield
    if sqlite:
        op.execute("""
            CREATE TRIGGER scans_append_only_update BEFORE UPDATE ON scans
            BEGIN SELECT RAISE(ABORT, 'scans is append-only'); END""")
    else:
        op.execute("ALTER TABLE scans ENABLE TRIGGER scans_append_only")
