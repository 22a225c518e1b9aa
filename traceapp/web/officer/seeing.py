"""What an officer decides on is what she saw: the form carries a digest of it.

What waits for a decision may still be corrected by its producer, so that a page that was opened
a while ago may show something else than what would be approved.
"""

from __future__ import annotations

from hashlib import sha256

from pydantic import BaseModel

from traceapp.services.refusals import Conflict, message
from traceapp.services.registry.picturing import PictureTold
from traceapp.web.routing import Call

_DECIDED = {"state", "decision_reason", "decided_at", "run", "run_id"}


def seen(*told: BaseModel) -> str:
    """A digest of what is shown, without the decision itself."""
    text = "\n".join(each.model_dump_json(exclude=_DECIDED) for each in told)
    return sha256(text.encode()).hexdigest()[:32]


def standing(pictures: list[PictureTold]) -> list[PictureTold]:
    """The pictures that a product is approved with."""
    return [each for each in pictures if each.removed_at is None]


def check_seen(call: Call, *told: BaseModel) -> None:
    """Raises Conflict where the form was shown with something else than what is decided on.

    Called after the decision, whose lock keeps what is compared as it is.
    """
    if call.sent.get("seen") != seen(*told):
        raise Conflict(
            "changed_meanwhile",
            message(
                "This was changed after you opened the page; nothing was decided. "
                "Look at it again, then decide."
            ),
        )
