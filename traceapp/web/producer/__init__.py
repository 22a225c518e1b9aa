"""A producer's pages, made for a phone: today, batches, stamps, products, the household, scans."""

from traceapp.web.producer import (
    activations,
    batches,
    corrections,
    facilities,
    home,
    notices,
    party,
    pictures,
    products,
    range_in_hand,
    requests,
    runs,
    totals,
    undoing,
    voids,
)
from traceapp.web.producer.audience import audience

__all__ = [
    "activations",
    "audience",
    "batches",
    "corrections",
    "facilities",
    "home",
    "notices",
    "party",
    "pictures",
    "products",
    "range_in_hand",
    "requests",
    "runs",
    "totals",
    "undoing",
    "voids",
]
