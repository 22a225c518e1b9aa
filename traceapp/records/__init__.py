"""What we remember: a file per noun, with its table and the questions asked of it.

No judgement is made here and nothing commits. Importing the package declares every table.
"""

from traceapp.records import (
    accounts,
    activations,
    acts,
    batches,
    compromised_keys,
    corrections,
    counter,
    facilities,
    holds,
    idempotency,
    notices,
    parties,
    pictures,
    products,
    recalls,
    redemptions,
    scan_days,
    scans,
    stamp_requests,
    stamp_runs,
    traces,
    voids,
)

__all__ = [
    "accounts",
    "activations",
    "acts",
    "batches",
    "compromised_keys",
    "corrections",
    "counter",
    "facilities",
    "holds",
    "idempotency",
    "notices",
    "parties",
    "pictures",
    "products",
    "recalls",
    "redemptions",
    "scan_days",
    "scans",
    "stamp_requests",
    "stamp_runs",
    "traces",
    "voids",
]
