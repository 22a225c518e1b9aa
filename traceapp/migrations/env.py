"""Alembic's entry: runs the versions on the connection that `upgrade` opened."""

from alembic import context

import traceapp.records  # noqa: F401  (declares every table)
from traceapp.database import Base

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    # Several web processes may start at once: one migrates, the others wait and find it done.
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7368776)")
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
