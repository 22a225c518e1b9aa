"""People: sign-ins, invitations, second factors; holds, undone ranges, corrections, pictures.

Also what lists, plots and the search box stand on: indexes that end in the order of a list, scans
added up by day, and folded texts. Going back forgets what the older version has no place for.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)

# What is searched for in each table: the columns that its folded text is made of.
FOLDED = {
    "parties": ("name", "address", "phone"),
    "facilities": ("name", "address"),
    "products": ("name", "brand", "gtin"),
    "batches": ("lot",),
}
ACCOUNT_COLUMNS: tuple[tuple[str, Any], ...] = (
    ("name", sa.String(100)),
    ("closed_at", TIME),
    ("totp_key_id", sa.String(32)),
    ("totp_nonce", sa.LargeBinary(16)),
    ("totp_step", sa.BigInteger()),
)
SCANS_BY = ("serial", "verdict", "run_id", "product_id", "batch_id")
SCANS_BY_RARE = {"agent": "agent <> 'person'", "kind": "kind <> 'look'"}
SCANS_WERE_BY = ("serial", "run_id", "product_id", "batch_id")
RANGED: dict[str, tuple[tuple[str, Any, bool], ...]] = {
    "activations": (("batch_id", ID, False), ("destination", sa.String(200), True)),
    "voids": (("reason", sa.String(32), False), ("note", sa.String(500), True)),
}
RANGE_COLUMNS = (
    "id",
    "run_id",
    "run_first",
    "run_last",
    "first_serial",
    "last_serial",
    "created_by",
    "created_at",
)
NEW_TABLES = (
    "added_up",
    "place_days",
    "scan_days",
    "places",
    "notices",
    "pictures",
    "corrections",
    "holds",
    "invitations",
    "recovery_codes",
    "sign_in_tries",
    "sign_ins",
)


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute("ALTER TABLE accounts RENAME COLUMN email TO sign_in_name")
    for name, kind in ACCOUNT_COLUMNS:
        op.add_column("accounts", sa.Column(name, kind, nullable=True))
    _make_people()
    _make_corrections()
    _make_days()
    for name in SCANS_WERE_BY:
        op.drop_index(f"ix_scans_{name}", "scans")
    for name in SCANS_BY:
        op.create_index(f"ix_scans_{name}_at_id", "scans", [name, "at", "id"])
    for name, rare in SCANS_BY_RARE.items():
        op.create_index(f"ix_scans_{name}_at_id", "scans", [name, "at", "id"], **_only(rare))
    for table, columns in FOLDED.items():
        _fold_table(table, columns)
    for table in RANGED:
        if sqlite:
            _rebuild_ranged(table, undone=True)
        else:
            _alter_ranged(table)


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _only(where: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}


def _make_people() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("draft", JSON, nullable=True),
        _reference("sign_ins", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("digest", name=op.f("uq_sign_ins_digest")),
    )
    op.create_index("ix_sign_ins_account_id", "sign_ins", ["account_id"])
    op.create_index("ix_sign_ins_expires_at", "sign_ins", ["expires_at"])
    op.create_table(
        "sign_in_tries",
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "since", name=op.f("pk_sign_in_tries")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        _reference("recovery_codes", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("account_id", "digest", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "invitations",
        sa.Column("id", ID, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("party_id", ID, nullable=True),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_by", ID, nullable=True),
        sa.Column("used_at", TIME, nullable=True),
        sa.Column("withdrawn_at", TIME, nullable=True),
        _reference("invitations", "party_id", "parties"),
        _reference("invitations", "account_id", "accounts"),
        _reference("invitations", "created_by", "accounts"),
        _reference("invitations", "used_by", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("digest", name=op.f("uq_invitations_digest")),
    )
    op.create_index("ix_invitations_account_id", "invitations", ["account_id"])


def _decided(table: str) -> list[Any]:
    return [
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("decision_reason", sa.String(500), nullable=True),
        _reference(table, "created_by", "accounts"),
        _reference(table, "decided_by", "accounts"),
    ]


def _make_corrections() -> None:
    op.create_table(
        "holds",
        sa.Column("id", ID, nullable=False),
        sa.Column("batch_id", ID, nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("released_by", ID, nullable=True),
        sa.Column("released_at", TIME, nullable=True),
        sa.Column("release_reason", sa.String(500), nullable=True),
        _reference("holds", "batch_id", "batches"),
        _reference("holds", "created_by", "accounts"),
        _reference("holds", "released_by", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_batch_id", "holds", ["batch_id"])
    op.create_index(
        "uq_holds_standing", "holds", ["batch_id"], unique=True, **_only("released_at IS NULL")
    )
    op.create_table(
        "corrections",
        sa.Column("id", ID, nullable=False),
        sa.Column("noun", sa.String(32), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("after", JSON, nullable=False),
        sa.Column("reason", sa.String(500), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        *_decided("corrections"),
        _reference("corrections", "party_id", "parties"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index("ix_corrections_noun_subject_id", "corrections", ["noun", "subject_id"])
    op.create_index("ix_corrections_party_id", "corrections", ["party_id"])
    op.create_index("ix_corrections_state", "corrections", ["state"])
    op.create_index(
        "uq_corrections_waiting",
        "corrections",
        ["noun", "subject_id"],
        unique=True,
        **_only("state = 'submitted'"),
    )
    op.create_table(
        "pictures",
        sa.Column("id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(200), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("removed_at", TIME, nullable=True),
        *_decided("pictures"),
        _reference("pictures", "product_id", "products"),
        _reference("pictures", "party_id", "parties"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures")),
    )
    op.create_index("ix_pictures_product_id", "pictures", ["product_id"])
    op.create_index("ix_pictures_digest", "pictures", ["digest"])
    op.create_index("ix_pictures_state", "pictures", ["state"])
    op.create_table(
        "notices",
        sa.Column("id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("first_at", TIME, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=True),
        _reference("notices", "party_id", "parties"),
        _reference("notices", "run_id", "stamp_runs"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_party_id", "notices", ["party_id"])
    op.create_index(
        "uq_notices_unseen", "notices", ["run_id", "kind"], unique=True, **_only("seen_at IS NULL")
    )


def _make_days() -> None:
    op.create_table(
        "places",
        sa.Column("scan_id", ID, autoincrement=False, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("province", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("scan_id", name=op.f("pk_places")),
    )
    op.create_index("ix_places_at", "places", ["at"])
    for table, what in (
        ("scan_days", sa.Column("verdict", sa.String(32), nullable=False)),
        ("place_days", sa.Column("province", sa.String(64), nullable=False)),
    ):
        op.create_table(
            table,
            sa.Column("day", sa.Date(), nullable=False),
            sa.Column("product_id", ID, autoincrement=False, nullable=False),
            what,
            sa.Column("looks", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("day", "product_id", what.name, name=op.f(f"pk_{table}")),
        )
        op.create_index(f"ix_{table}_product_id_day", table, ["product_id", "day"])
    op.create_table(
        "added_up",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("through", sa.Date(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_added_up_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_added_up")),
    )


def _fold(text: str) -> str:
    """As the search folds texts: no marks, no case, one space between words."""
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
        if not unicodedata.combining(letter)
    )
    return " ".join(bare.split())[:1000]


def _fold_table(table: str, columns: tuple[str, ...]) -> None:
    op.add_column(table, sa.Column("folded", sa.String(1000), nullable=False, server_default=""))
    bind = op.get_bind()
    for row in bind.execute(sa.text(f"SELECT id, {', '.join(columns)} FROM {table}")).all():
        folded = _fold(" ".join(text for text in row[1:] if text))
        bind.execute(
            sa.text(f"UPDATE {table} SET folded = :folded WHERE id = :id"),
            {"folded": folded, "id": row[0]},
        )


def _alter_ranged(table: str) -> None:
    """PostgreSQL: undone ranges leave the rules."""
    op.add_column(table, sa.Column("undone_by", ID, nullable=True))
    op.add_column(table, sa.Column("undone_at", TIME, nullable=True))
    op.add_column(table, sa.Column("undo_reason", sa.String(500), nullable=True))
    op.create_foreign_key(f"fk_{table}_undone_by", table, "accounts", ["undone_by"], ["id"])
    op.drop_constraint(f"uq_{table}_first_serial", table, type_="unique")
    op.create_index(
        f"uq_{table}_first_serial",
        table,
        ["first_serial"],
        unique=True,
        **_only("undone_at IS NULL"),
    )
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_never_meet")
    op.execute(f"""
        ALTER TABLE {table} ADD CONSTRAINT {table}_never_meet
        EXCLUDE USING gist (int8range(first_serial, last_serial, '[]') WITH &&)
        WHERE (undone_at IS NULL)""")


def _rebuild_ranged(table: str, *, undone: bool) -> None:
    """SQLite cannot drop a constraint of a table: make the table anew, and move the rows over."""
    op.drop_index(f"ix_{table}_run_id_first_serial", table)
    if table == "activations":
        op.drop_index("ix_activations_batch_id", table)
    own = RANGED[table]
    new = f"new_{table}"
    columns = [
        *(sa.Column(name, kind, nullable=optional) for name, kind, optional in own),
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("run_first", sa.BigInteger(), nullable=False),
        sa.Column("run_last", sa.BigInteger(), nullable=False),
        sa.Column("first_serial", sa.BigInteger(), nullable=False),
        sa.Column("last_serial", sa.BigInteger(), nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    ]
    rules: list[Any] = [
        sa.CheckConstraint(
            "run_first <= first_serial AND first_serial <= last_serial AND last_serial <= run_last",
            name=op.f(f"ck_{table}_inside_run"),
        ),
        _reference(table, "created_by", "accounts"),
        sa.ForeignKeyConstraint(
            ["run_id", "run_first", "run_last"],
            ["stamp_runs.id", "stamp_runs.first_serial", "stamp_runs.last_serial"],
            name=op.f(f"fk_{table}_run_id_run_first_run_last"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]
    if table == "activations":
        rules.append(_reference(table, "batch_id", "batches"))
    if undone:
        columns += [
            sa.Column("undone_by", ID, nullable=True),
            sa.Column("undone_at", TIME, nullable=True),
            sa.Column("undo_reason", sa.String(500), nullable=True),
        ]
        rules.append(_reference(table, "undone_by", "accounts"))
    else:
        rules.append(sa.UniqueConstraint("first_serial", name=op.f(f"uq_{table}_first_serial")))
    op.create_table(new, *columns, *rules)
    names = ", ".join((*(name for name, _, _ in own), *RANGE_COLUMNS))
    kept = "" if undone else " WHERE undone_at IS NULL"
    op.execute(f"INSERT INTO {new} ({names}) SELECT {names} FROM {table}{kept}")
    op.drop_table(table)
    op.rename_table(new, table)
    op.create_index(f"ix_{table}_run_id_first_serial", table, ["run_id", "first_serial"])
    if table == "activations":
        op.create_index("ix_activations_batch_id", table, ["batch_id"])
    if undone:
        op.create_index(
            f"uq_{table}_first_serial",
            table,
            ["first_serial"],
            unique=True,
            **_only("undone_at IS NULL"),
        )
    for statement in _never_meet(table, undone=undone):
        op.execute(statement)


def _never_meet(table: str, *, undone: bool) -> Iterator[str]:
    """SQLite's rule that ranges in force never meet; their nearest one below tells."""
    standing = " AND undone_at IS NULL" if undone else ""
    moved = "UPDATE OF first_serial, last_serial" + (", undone_at" if undone else "")
    counts = "NEW.undone_at IS NULL AND " if undone else ""
    for moment in ("INSERT", moved):
        yield f"""
            CREATE TRIGGER {table}_never_meet_{moment.split()[0].lower()}
            BEFORE {moment} ON {table}
            WHEN {counts}(
                SELECT last_serial FROM {table}
                WHERE first_serial <= NEW.last_serial AND id IS NOT NEW.id{standing}
                ORDER BY first_serial DESC LIMIT 1
            ) >= NEW.first_serial
            BEGIN SELECT RAISE(ABORT, '{table}: serial ranges meet'); END"""


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in RANGED:
        if sqlite:
            op.drop_index(f"uq_{table}_first_serial", table)
            _rebuild_ranged(table, undone=False)
        else:
            _restore_ranged(table)
    for table in FOLDED:
        op.drop_column(table, "folded")
    for name in (*SCANS_BY, *SCANS_BY_RARE):
        op.drop_index(f"ix_scans_{name}_at_id", "scans")
    for name in SCANS_WERE_BY:
        op.create_index(f"ix_scans_{name}", "scans", [name])
    _forget_staff(sqlite)
    for table in NEW_TABLES:
        op.drop_table(table)
    for name, _ in reversed(ACCOUNT_COLUMNS):
        op.drop_column("accounts", name)
    op.execute("ALTER TABLE accounts RENAME COLUMN sign_in_name TO email")


def _restore_ranged(table: str) -> None:
    op.execute(f"DELETE FROM {table} WHERE undone_at IS NOT NULL")
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_never_meet")
    op.drop_index(f"uq_{table}_first_serial", table)
    for name in ("undo_reason", "undone_at", "undone_by"):
        op.drop_column(table, name)
    op.create_unique_constraint(f"uq_{table}_first_serial", table, ["first_serial"])
    op.execute(f"""
        ALTER TABLE {table} ADD CONSTRAINT {table}_never_meet
        EXCLUDE USING gist (int8range(first_serial, last_serial, '[]') WITH &&)""")


def _forget_staff(sqlite: bool) -> None:
    """The older version knows no staff: their looks are people's. Scans are append-only else."""
    if sqlite:
        op.execute("DROP TRIGGER scans_append_only_update")
    else:
        op.execute("ALTER TABLE scans DISABLE TRIGGER scans_append_only")
    op.execute("UPDATE scans SET agent = 'person' WHERE agent = 'staff'")
    if sqlite:
        op.execute("""
            CREATE TRIGGER scans_append_only_update BEFORE UPDATE ON scans
            BEGIN SELECT RAISE(ABORT, 'scans is append-only'); END""")
    else:
        op.execute("ALTER TABLE scans ENABLE TRIGGER scans_append_only")
