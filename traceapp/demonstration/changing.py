"""What the script changes later: pictures, corrections, a batch that is stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from traceapp.demonstration.script import CorrectionTold, HoldTold, PictureTold
from traceapp.edge import Edge
from traceapp.services.authority import Actor
from traceapp.services.registry.correctable import BatchCorrection, Body, ProductCorrection
from traceapp.services.registry.correcting import correct, decide_correction
from traceapp.services.registry.holding import NewHold, hold_batch
from traceapp.services.registry.opening_batches import show_batch
from traceapp.services.registry.picturing import add_picture
from traceapp.services.registry.reading_pictures import PictureRoom, Prepared, read_picture
from traceapp.settings import CONFIG

PICTURES = CONFIG / "demonstration" / "pictures"


@cache
def _read(file: Path, most_bytes: int) -> Prepared:
    """A picture, re-encoded; two products share one, and tests play the script many times."""
    return read_picture(file.read_bytes(), PictureRoom(file.parent, most_bytes))


@dataclass(frozen=True)
class Changes:
    """The acts of changes.toml, each done by the service that does it for everybody."""

    edge: Edge
    session: Session

    def add_picture(self, actor: Actor, product_id: int, told: PictureTold, at: datetime) -> None:
        room = self.edge.pictures
        prepared = _read(PICTURES / told.file, room.most_bytes)
        add_picture(self.session, actor, product_id, prepared, told.caption, room, at)

    def correct(self, actor: Actor, subject_id: int, told: CorrectionTold, at: datetime) -> int:
        """Ask for the correction; gives its id. Attributes are those that change alone."""
        fields = dict(told.model_extra or {}) | {"reason": told.reason}
        body: Body
        if told.batch is None:
            body = ProductCorrection.model_validate(fields)
        else:
            stands = show_batch(self.session, actor, subject_id).attributes
            fields["attributes"] = {**stands, **fields["attributes"]}
            body = BatchCorrection.model_validate(fields)
        return correct(self.session, actor, subject_id, body, self.edge.correcting, at).id

    def approve(self, officer: Actor, correction_id: int, at: datetime) -> None:
        decide_correction(self.session, officer, correction_id, None, self.edge.correcting, at)

    def hold(self, actor: Actor, batch_id: int, told: HoldTold, at: datetime) -> None:
        hold_batch(self.session, actor, batch_id, NewHold(reason=told.reason), at)
