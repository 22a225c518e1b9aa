"""What labels may be taken out: hidden codes are secret, and labels on goods are not made twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from stamps import HiddenLayer, LabelDesign
from traceapp.records.activations import Activation
from traceapp.records.products import Product
from traceapp.records.ranges import nearest
from traceapp.records.redraw_leaves import RedrawLeave, usable_leave
from traceapp.records.stamp_runs import StampRun
from traceapp.services.authority import Actor
from traceapp.services.refusals import Conflict, NotAllowed, Unacceptable, message
from traceapp.services.runs.looking_ahead import range_ahead
from traceapp.services.values import SerialRange, in_vietnam


def place_of_hidden_code(
    run: StampRun,
    actor: Actor,
    wished: HiddenLayer | None,
    now: datetime,
    design: LabelDesign | None,
    *,
    leaked: bool,
) -> HiddenLayer:
    """Where hidden codes go. There is no design for a CSV, which has a column for them; where
    nobody chose, they go where the design has a place for them.

    Raises Unacceptable for hidden codes that the run has not, or that prove nothing any more, and
    where nobody chose what becomes of them on a label; NotAllowed for an actor who may not take
    them out now.
    """
    if run.hidden_key_id is None or leaked:
        if wished in (None, HiddenLayer.NONE):
            return HiddenLayer.NONE
        raise Unacceptable(
            "no_hidden_codes",
            message("The hidden codes of these stamps prove nothing any more; leave them out.")
            if leaked
            else message("These stamps were issued without hidden codes; leave them out."),
            field="hidden",
        )
    if wished is HiddenLayer.NONE:
        return HiddenLayer.NONE
    may = actor.may_take_hidden_codes(now)
    if wished is not None:
        if not may:
            raise NotAllowed(
                "hidden_codes_secret",
                message(
                    "Hidden codes are secret. Type your password again to take them out; a program "
                    "needs a token that may."
                ),
            )
        return wished
    if design is None:
        return HiddenLayer.FOIL if actor.hidden_codes else HiddenLayer.NONE
    places = [each for each in HiddenLayer if design is not None and each in design.hidden]
    if not (may and places):
        raise Unacceptable(
            "hidden_unchosen",
            message(
                "These stamps have hidden codes. Say where they go: under foil, inside the pack, "
                "or nowhere."
            ),
            field="hidden",
        )
    return places[0]


def check_all_in_use(session: Session, actor: Actor, run: StampRun, wished: SerialRange) -> None:
    """Raises Conflict for stamps of a run whose key leaked, unless they are in use.

    The others are void, and their labels would only be printed to be thrown away. Stamps in use
    are on products already: whoever looks into the leak may have to see what theirs look like.
    """
    if range_ahead(session, actor, run.id, wished).void:
        raise Conflict(
            "key_compromised",
            message(
                "The key that signed these stamps has leaked, so only those that are in use can "
                "be printed again. Ask for new stamps."
            ),
        )


def leave_for(
    session: Session, run_id: int, wished: SerialRange, now: datetime, *, hidden_codes: bool
) -> RedrawLeave | None:
    """The leave that labels need because a stamp of theirs is in use; None where none is.

    Raises Conflict where there is no such leave, or none that allows their hidden codes.
    """
    first, last = wished.first_serial, wished.last_serial
    active = nearest(session, Activation, first, last)
    if active is None:
        return None
    leave = usable_leave(session, run_id, first, last, now)
    if leave is None:
        raise Conflict(
            "in_use",
            message(
                "Stamps %(first)s to %(last)s are in use. Their labels are drawn again only with "
                "an officer's leave, which works once."
            ),
            field="first",
            first=max(active.first_serial, first),
            last=min(active.last_serial, last),
        )
    if hidden_codes and not leave.hidden_codes:
        raise Conflict(
            "leave_without_hidden_codes",
            message("The officer's leave is for labels without hidden codes; leave them out."),
            field="hidden",
        )
    return leave


def valid_stars(product: Product, now: datetime, *, shown: bool) -> int | None:
    """The OCOP stars that a label may show now; None for none.

    Raises Conflict for a label that shows stars, and a product whose certificate has lapsed.
    """
    if not shown or product.ocop_stars is None or product.ocop_until is None:
        return None
    if in_vietnam(now).date() >= product.ocop_until:
        raise Conflict(
            "certificate_lapsed",
            message(
                "The OCOP certificate lapsed on %(day)s, so no new label shows its stars. Choose a "
                "label without stars, or renew the certificate first."
            ),
            field="sheet",
            day=product.ocop_until.strftime("%d/%m/%Y"),
        )
    return product.ocop_stars
