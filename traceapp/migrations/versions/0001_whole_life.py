"""One stamp's whole life: every table from the party to the scan.

Two invariants are beyond what a portable column can say, so each database has its own words for
them: serial ranges never meet (exclusion constraints, or triggers), and what is append-only stays
so (triggers).
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
RANGED = ("stamp_runs", "activations", "voids")
APPEND_ONLY = ("stamp_runs", "scans", "acts", "redemptions")


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "accounts",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column(
            "role",
            sa.Enum("producer", "officer", "admin", name="role", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("party_id", ID, nullable=True),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *_account_party(sqlite),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("email", name=op.f("uq_accounts_email")),
    )
    op.create_table(
        "confirmations",
        sa.Column("serial", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("nonce", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authentication", sa.String(length=16), nullable=False),
        sa.Column("tries_left", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("serial", "nonce", name=op.f("pk_confirmations")),
    )
    op.create_table(
        "counter",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("next_serial", sa.BigInteger(), nullable=False),
        sa.Column("cluster", sa.String(length=80), nullable=False),
        sa.Column("written_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_counter_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter")),
    )
    op.create_table(
        "forged_kept",
        sa.Column("source", sa.LargeBinary(length=16), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "hour", name=op.f("pk_forged_kept")),
    )
    op.create_table(
        "hidden_tries",
        sa.Column("serial", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_hidden_tries")),
    )
    op.create_table(
        "look_counts",
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("minute", "verdict", name=op.f("pk_look_counts")),
    )
    op.create_table(
        "redemptions",
        sa.Column("serial", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scan_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_redemptions")),
    )
    op.create_table(
        "scans",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("look", "hidden_code", name="scankind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "agent",
            sa.Enum("person", "preview", name="agent", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("typed", sa.Boolean(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("authentication", sa.String(length=16), nullable=True),
        sa.Column("reasons", sa.String(length=300), nullable=False),
        sa.Column("run_id", ID, nullable=True),
        sa.Column("product_id", ID, nullable=True),
        sa.Column("batch_id", ID, nullable=True),
        sa.Column("link_gtin", sa.String(length=20), nullable=True),
        sa.Column("link_lot", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scans")),
    )
    with op.batch_alter_table("scans", schema=None) as batch_op:
        batch_op.create_index("ix_scans_at_id", ["at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_scans_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_scans_product_id"), ["product_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_scans_run_id"), ["run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_scans_serial"), ["serial"], unique=False)

    op.create_table(
        "stamp_totals",
        sa.Column("serial", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_stamp_totals")),
    )
    op.create_table(
        "trace_keys",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_trace_keys")),
    )
    op.create_table(
        "traces",
        sa.Column("scan_id", ID, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.LargeBinary(length=16), nullable=False),
        sa.Column("phone", sa.LargeBinary(length=16), nullable=False),
        sa.Column("day", sa.LargeBinary(length=16), nullable=True),
        sa.Column("fresh", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("scan_id", name=op.f("pk_traces")),
    )
    with op.batch_alter_table("traces", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_traces_at"), ["at"], unique=False)
        batch_op.create_index("ix_traces_serial_phone", ["serial", "phone"], unique=False)
        batch_op.create_index("ix_traces_serial_source", ["serial", "source"], unique=False)

    op.create_table(
        "acts",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_acts_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acts")),
    )
    with op.batch_alter_table("acts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_acts_at"), ["at"], unique=False)

    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_idempotency_keys_account_id")
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "method", "path", "key", name=op.f("pk_idempotency_keys")
        ),
    )
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_idempotency_keys_created_at"), ["created_at"], unique=False
        )

    op.create_table(
        "parties",
        sa.Column("id", ID, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "enterprise",
                "cooperative",
                "cooperative_group",
                "household",
                "authority",
                name="partykind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("tax_code", sa.String(length=14), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("province", sa.String(length=100), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "submitted", "approved", "rejected", name="state", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["accounts.id"], name=op.f("fk_parties_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["accounts.id"], name=op.f("fk_parties_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
    )
    with op.batch_alter_table("parties", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_parties_state"), ["state"], unique=False)

    op.create_table(
        "recalls",
        sa.Column("id", ID, nullable=False),
        sa.Column(
            "severity",
            sa.Enum("info", "warning", "danger", name="severity", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("notice", sa.String(length=2000), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "completed", "withdrawn", name="recallstate", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("opened_by", ID, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", ID, nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closure_reason", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["closed_by"], ["accounts.id"], name=op.f("fk_recalls_closed_by")),
        sa.ForeignKeyConstraint(["opened_by"], ["accounts.id"], name=op.f("fk_recalls_opened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recalls")),
    )
    op.create_table(
        "tokens",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hidden_codes", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_tokens_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_tokens_digest")),
    )
    op.create_table(
        "facilities",
        sa.Column("id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "submitted", "approved", "rejected", name="state", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["accounts.id"], name=op.f("fk_facilities_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["accounts.id"], name=op.f("fk_facilities_decided_by")
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_facilities_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facilities")),
    )
    with op.batch_alter_table("facilities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_facilities_party_id"), ["party_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_facilities_state"), ["state"], unique=False)

    op.create_table(
        "products",
        sa.Column("id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("net_content", sa.String(length=50), nullable=False),
        sa.Column("shelf_life_days", sa.Integer(), nullable=True),
        sa.Column("gtin", sa.String(length=14), nullable=True),
        sa.Column("brand", sa.String(length=100), nullable=True),
        sa.Column("standard", sa.String(length=200), nullable=True),
        sa.Column("storage", sa.String(length=500), nullable=True),
        sa.Column("warning", sa.String(length=500), nullable=True),
        sa.Column("ocop_stars", sa.Integer(), nullable=True),
        sa.Column("ocop_certificate", sa.String(length=100), nullable=True),
        sa.Column("ocop_until", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "submitted", "approved", "rejected", name="state", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["accounts.id"], name=op.f("fk_products_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["accounts.id"], name=op.f("fk_products_decided_by")
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_products_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
    )
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_products_gtin"), ["gtin"], unique=False)
        batch_op.create_index(batch_op.f("ix_products_party_id"), ["party_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_products_state"), ["state"], unique=False)

    op.create_table(
        "recall_ranges",
        sa.Column("id", ID, nullable=False),
        sa.Column("recall_id", ID, nullable=False),
        sa.Column("first_serial", sa.BigInteger(), nullable=False),
        sa.Column("last_serial", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("first_serial <= last_serial", name=op.f("ck_recall_ranges_ordered")),
        sa.ForeignKeyConstraint(
            ["recall_id"], ["recalls.id"], name=op.f("fk_recall_ranges_recall_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_ranges")),
    )
    with op.batch_alter_table("recall_ranges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recall_ranges_recall_id"), ["recall_id"], unique=False)

    op.create_table(
        "batches",
        sa.Column("id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("facility_id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("lot", sa.String(length=20), nullable=False),
        sa.Column("lot_folded", sa.String(length=60), nullable=False),
        sa.Column("produced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expiries", JSON, nullable=False),
        sa.Column("sold_as", sa.String(length=100), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("attributes", JSON, nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "expires_at > produced_at", name=op.f("ck_batches_expires_after_production")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_batches_quantity")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["accounts.id"], name=op.f("fk_batches_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facilities.id"], name=op.f("fk_batches_facility_id")
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_batches_party_id")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_batches_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint(
            "product_id", "lot_folded", name=op.f("uq_batches_product_id_lot_folded")
        ),
    )
    with op.batch_alter_table("batches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_batches_party_id"), ["party_id"], unique=False)

    op.create_table(
        "recall_batches",
        sa.Column("recall_id", ID, nullable=False),
        sa.Column("batch_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_recall_batches_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["recall_id"], ["recalls.id"], name=op.f("fk_recall_batches_recall_id")
        ),
        sa.PrimaryKeyConstraint("recall_id", "batch_id", name=op.f("pk_recall_batches")),
    )
    with op.batch_alter_table("recall_batches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recall_batches_batch_id"), ["batch_id"], unique=False)

    op.create_table(
        "stamp_requests",
        sa.Column("id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("batch_id", ID, nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("hidden_code", sa.Boolean(), nullable=False),
        sa.Column(
            "link_form",
            sa.Enum("short", "gs1", "gs1_lot", name="linkform", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "submitted", "approved", "rejected", name="state", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stamp_requests_quantity")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_stamp_requests_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["accounts.id"], name=op.f("fk_stamp_requests_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["accounts.id"], name=op.f("fk_stamp_requests_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["parties.id"], name=op.f("fk_stamp_requests_party_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_stamp_requests_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stamp_requests")),
    )
    with op.batch_alter_table("stamp_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stamp_requests_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stamp_requests_party_id"), ["party_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stamp_requests_state"), ["state"], unique=False)

    op.create_table(
        "stamp_runs",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("batch_id", ID, nullable=True),
        sa.Column("first_serial", sa.BigInteger(), nullable=False),
        sa.Column("last_serial", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("hidden_key_id", sa.String(length=16), nullable=True),
        sa.Column("origin", sa.String(length=60), nullable=False),
        sa.Column(
            "link_form",
            sa.Enum("short", "gs1", "gs1_lot", name="linkform", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("gtin", sa.String(length=14), nullable=True),
        sa.Column("lot", sa.String(length=20), nullable=True),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("first_serial % 4096 = 0", name=op.f("ck_stamp_runs_starts_on_a_block")),
        sa.CheckConstraint("first_serial >= 0", name=op.f("ck_stamp_runs_first_serial")),
        sa.CheckConstraint(
            "last_serial - first_serial + 1 = quantity", name=op.f("ck_stamp_runs_quantity")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stamp_runs_not_empty")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_stamp_runs_batch_id")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["accounts.id"], name=op.f("fk_stamp_runs_created_by")
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_stamp_runs_party_id")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_stamp_runs_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["stamp_requests.id"], name=op.f("fk_stamp_runs_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stamp_runs")),
        sa.UniqueConstraint("first_serial", name=op.f("uq_stamp_runs_first_serial")),
        sa.UniqueConstraint(
            "id",
            "first_serial",
            "last_serial",
            name=op.f("uq_stamp_runs_id_first_serial_last_serial"),
        ),
        sa.UniqueConstraint("request_id", name=op.f("uq_stamp_runs_request_id")),
    )
    with op.batch_alter_table("stamp_runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stamp_runs_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stamp_runs_party_id"), ["party_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stamp_runs_product_id"), ["product_id"], unique=False)

    op.create_table(
        "activations",
        sa.Column("batch_id", ID, nullable=False),
        sa.Column("destination", sa.String(length=200), nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("run_first", sa.BigInteger(), nullable=False),
        sa.Column("run_last", sa.BigInteger(), nullable=False),
        sa.Column("first_serial", sa.BigInteger(), nullable=False),
        sa.Column("last_serial", sa.BigInteger(), nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "run_first <= first_serial AND first_serial <= last_serial AND last_serial <= run_last",
            name=op.f("ck_activations_inside_run"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_activations_batch_id")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["accounts.id"], name=op.f("fk_activations_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "run_first", "run_last"],
            ["stamp_runs.id", "stamp_runs.first_serial", "stamp_runs.last_serial"],
            name=op.f("fk_activations_run_id_run_first_run_last"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activations")),
        sa.UniqueConstraint("first_serial", name=op.f("uq_activations_first_serial")),
    )
    with op.batch_alter_table("activations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activations_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_activations_run_id_first_serial"),
            ["run_id", "first_serial"],
            unique=False,
        )

    op.create_table(
        "voids",
        sa.Column(
            "reason",
            sa.Enum(
                "damaged",
                "misprinted",
                "overprinted",
                "lost",
                "stolen",
                "unused",
                "recalled",
                "other",
                name="voidreason",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("run_first", sa.BigInteger(), nullable=False),
        sa.Column("run_last", sa.BigInteger(), nullable=False),
        sa.Column("first_serial", sa.BigInteger(), nullable=False),
        sa.Column("last_serial", sa.BigInteger(), nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "run_first <= first_serial AND first_serial <= last_serial AND last_serial <= run_last",
            name=op.f("ck_voids_inside_run"),
        ),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name=op.f("fk_voids_created_by")),
        sa.ForeignKeyConstraint(
            ["run_id", "run_first", "run_last"],
            ["stamp_runs.id", "stamp_runs.first_serial", "stamp_runs.last_serial"],
            name=op.f("fk_voids_run_id_run_first_run_last"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voids")),
        sa.UniqueConstraint("first_serial", name=op.f("uq_voids_first_serial")),
    )
    with op.batch_alter_table("voids", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_voids_run_id_first_serial"), ["run_id", "first_serial"], unique=False
        )
    if not sqlite:
        # accounts and parties point at each other; SQLite takes a forward reference as it is.
        op.create_foreign_key("fk_accounts_party_id", "accounts", "parties", ["party_id"], ["id"])
    # Not trusted: whether a serial was ever given out under these keys is not for it to know.
    op.execute("INSERT INTO counter (id, next_serial, cluster) VALUES (1, 0, '')")
    for statement in _sqlite_rules() if sqlite else _postgresql_rules():
        op.execute(statement)


def _account_party(sqlite: bool) -> list[Any]:
    name = "fk_accounts_party_id"
    return [sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=name)] if sqlite else []


def _sqlite_rules() -> Iterator[str]:
    for table in RANGED:
        # Ranges in the table never meet, so only the nearest one below can meet a new one.
        for moment in ("INSERT", "UPDATE OF first_serial, last_serial"):
            yield f"""
                CREATE TRIGGER {table}_never_meet_{moment.split()[0].lower()}
                BEFORE {moment} ON {table}
                WHEN (
                    SELECT last_serial FROM {table}
                    WHERE first_serial <= NEW.last_serial AND id IS NOT NEW.id
                    ORDER BY first_serial DESC LIMIT 1
                ) >= NEW.first_serial
                BEGIN SELECT RAISE(ABORT, '{table}: serial ranges meet'); END"""
    for table in APPEND_ONLY:
        for moment in ("UPDATE", "DELETE"):
            yield f"""
                CREATE TRIGGER {table}_append_only_{moment.lower()} BEFORE {moment} ON {table}
                BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""


def _postgresql_rules() -> Iterator[str]:
    for table in RANGED:
        yield f"""
            ALTER TABLE {table} ADD CONSTRAINT {table}_never_meet
            EXCLUDE USING gist (int8range(first_serial, last_serial, '[]') WITH &&)"""
    yield """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"""
    for table in APPEND_ONLY:
        yield f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("UPDATE accounts SET party_id = NULL")
    else:
        op.drop_constraint("fk_accounts_party_id", "accounts", type_="foreignkey")
    for table in (
        "voids",
        "activations",
        "stamp_runs",
        "stamp_requests",
        "recall_batches",
        "batches",
        "recall_ranges",
        "products",
        "facilities",
        "tokens",
        "recalls",
        "parties",
        "idempotency_keys",
        "acts",
        "traces",
        "trace_keys",
        "stamp_totals",
        "scans",
        "redemptions",
        "look_counts",
        "hidden_tries",
        "forged_kept",
        "counter",
        "confirmations",
        "accounts",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_change()")
