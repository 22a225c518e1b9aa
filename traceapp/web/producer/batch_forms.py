"""The form of a batch: facts of its kind, and how long it keeps under which condition.

The row that the product is sold under gives the batch its expiry, so that nobody types it twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict

from traceapp.services.registry.correctable import BatchCorrection
from traceapp.services.registry.opening_batches import BatchTold
from traceapp.services.registry.product_kinds import AttributeType, ProductKind
from traceapp.services.registry.registering import ProductTold
from traceapp.web.forms import Form, moment, shown
from traceapp.web.producer.filling import changed, day_and_clock, texts, with_clocks
from traceapp.web.routing import Call

ROWS = 3  # conditions that a form has room for, and one more than there are
MOST_ROWS = 10
SHORT_LIVED_DAYS = 31  # what keeps no longer usually keeps differently in a fridge
SOLD_ROW = "sold_row"


def rows_shown(form: Form) -> int:
    """How many rows of conditions a form shows: those that are filled in, and room for another."""
    filled_in = [row for row in range(MOST_ROWS) if form.value(f"expiries.{row}.condition")]
    return min(MOST_ROWS, max(ROWS, (filled_in[-1] + 2) if filled_in else 0))


def keeps_differently(form: Form, product: ProductTold) -> bool:
    """Whether the first row of conditions stands open at once."""
    days = product.shelf_life_days
    return holds_rows(form) or (days is not None and days <= SHORT_LIVED_DAYS)


def holds_rows(form: Form, start: int = 0) -> bool:
    """Whether a row of conditions from `start` on holds a value or a slip."""
    rows = tuple(f"expiries.{row}." for row in range(start, MOST_ROWS))
    held = [name for name, texts in form.values.items() if any(texts)]
    return any(name.startswith(rows) for name in (*held, *form.slips))


def with_expiry(call: Call, product: ProductTold) -> Call:
    """A batch's form with its times joined, and the one expiry that counts.

    It is that of the row the batch is sold under; where nothing was written, the product's shelf
    life is counted from the production.
    """
    sent = MultiDict(with_clocks(call).sent)
    row = sent.get(SOLD_ROW, "")
    if row.isdigit() and sent.get(f"expiries.{row}.condition", "").strip():
        sent["sold_as"] = sent[f"expiries.{row}.condition"]
        sent["expires_at"] = sent.get(f"expiries.{row}.expires_at", "")
    else:
        sent["sold_as"] = ""
    produced = moment(sent.get("produced_at", ""))
    if not sent.get("expires_at", "").strip() and produced and product.shelf_life_days:
        try:
            expiry = datetime.fromisoformat(produced) + timedelta(days=product.shelf_life_days)
            sent["expires_at"] = expiry.isoformat()
        except OverflowError:
            pass  # The year of the production is refused beside its own field.
    return replace(call, sent=sent)


def standing_form(name: str, batch: BatchTold, kind: ProductKind) -> Form:
    """A batch's form holding what stands."""
    values: dict[str, Any] = {
        **day_and_clock("produced_at", batch.produced_at),
        **day_and_clock("expires_at", batch.expires_at),
        "quantity": batch.quantity,
        SOLD_ROW: "",
    }
    for row, each in enumerate(batch.expiries):
        values[f"expiries.{row}.condition"] = each.condition
        values |= day_and_clock(f"expiries.{row}.expires_at", each.expires_at)
        if each.condition == batch.sold_as:
            values[SOLD_ROW] = str(row)
    return shown(name, values | _attribute_fields(batch.attributes, kind))


def _attribute_fields(stated: Mapping[str, Any], kind: ProductKind) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for each in kind.attributes:
        value = stated.get(each.name)
        if value is None:
            continue
        field = f"attributes.{each.name}"
        if each.type is AttributeType.TIME:
            fields |= day_and_clock(field, datetime.fromisoformat(value))
        else:
            fields |= texts({field: value})
    return fields


def read_correction(
    call: Call, batch: BatchTold, product: ProductTold, kind: ProductKind
) -> BatchCorrection:
    """The correction that a form asks for: only what was changed in it.

    Attributes, and conditions with the expiry that hangs on them, are sent whole once one of them
    changed, as the service replaces them whole. Raises Slipped.
    """
    whole = with_expiry(call, product)
    different = changed(call, standing_form("", batch, kind))
    touched = {name.partition(".")[0] for name in different.sent}
    sent = MultiDict((name, whole.sent[name]) for name in different.sent if name in whole.sent)
    if touched & {"expiries", SOLD_ROW, "expires_at", "expires_at_clock"}:
        for name in whole.sent:
            if name in ("expires_at", "sold_as") or name.startswith("expiries."):
                sent[name] = whole.sent[name]
    read = replace(call, sent=sent).read(BatchCorrection, kind=kind, clearing=True)
    if "attributes" not in touched:
        return _without(read, "attributes")
    kept = {
        name: value
        for name, value in batch.attributes.items()
        if f"attributes.{name}" not in different.sent
    }
    return read.model_copy(update={"attributes": kept | (read.attributes or {})})


def _without(read: BatchCorrection, field: str) -> BatchCorrection:
    """The same correction, saying nothing of one field."""
    told = {name: getattr(read, name) for name in read.model_fields_set if name != field}
    return BatchCorrection.model_construct(_fields_set=set(told), **told)
