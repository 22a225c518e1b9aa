"""One thing of each kind, for tests that go through every page and act there is."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from traceapp.services.lists import Role
from traceapp.services.people.inviting import NewInvitation, invite
from traceapp.services.registry.correctable import ProductCorrection
from traceapp.services.registry.correcting import correct
from traceapp.services.registry.holding import NewHold, hold_batch
from traceapp.services.registry.picturing import add_picture
from traceapp.services.registry.reading_pictures import read_picture
from traceapp.services.runs.drawing import draw_labels
from traceapp.services.runs.granting_leaves import NewRedrawLeave, ask_redraw
from traceapp.services.runs.label_wishes import DrawingWish
from traceapp.services.scans.noticing import list_notices
from traceapp.services.scans.scanning import Look, scan


class OneOfEach(dict[str, int]):
    """The number of something of the producer's, by the name it has in a path."""

    def path_of(self, route: Any) -> str:
        path = str(route.audience.prefix + route.path)
        for name, number in self.items():
            path = path.replace(f"<id:{name}>", str(number))
        assert "<" not in path, f"no {path} in the scene"
        return path


@pytest.fixture
def one_of_each(world: Any) -> Callable[[str], OneOfEach]:
    """Makes them, with a text wherever one may be given."""
    return lambda text: make_one_of_each(world, text)


def make_one_of_each(world: Any, text: str) -> OneOfEach:
    issued = world.issue(activate=False)
    product_id = world.producer.product.id
    with world.writing() as session:
        asks = (session, world.producer.actor)
        prepared = read_picture(_jpeg(), world.edge.pictures)
        picture = add_picture(*asks, product_id, prepared, None, world.edge.pictures, world.now)
        body = ProductCorrection(brand=text, reason=text)
        correction = correct(*asks, product_id, body, world.edge.correcting, world.now)
        look = Look(issued.code(1), "phone", "192.0.2.1", lot=text, gtin=text)
        scan(session, look, world.edge.scanning, world.now)
        notice = list_notices(*asks, only_unseen=True)[0]
        new = NewInvitation(role=Role.PRODUCER, name=text)
        invitation = invite(session, world.officer.actor, new, days=14, now=world.now)
    activation, void = issued.activate(0, 9), issued.void(15, note=text)
    leave_id, drawing_id = _of_labels(world, issued, text)
    recall = world.issue().recall(reason=text, notice=text)
    held = world.batch()
    with world.writing() as session:
        hold = hold_batch(session, world.producer.actor, held.id, NewHold(reason=text), world.now)
    leaked = world.compromise(world.edge.hidden_keys.ring().newest.id, note=text)
    return OneOfEach(
        party_id=world.producer.party.id,
        facility_id=world.producer.facility.id,
        product_id=product_id,
        batch_id=issued.batch.id,
        request_id=issued.run.request_id,
        run_id=issued.run.id,
        activation_id=activation.id,
        void_id=void.id,
        leave_id=leave_id,
        drawing_id=drawing_id,
        picture_id=picture.id,
        correction_id=correction.id,
        notice_id=notice.id,
        recall_id=recall.id,
        hold_id=hold.id,
        account_id=world.neighbour.actor.account_id,
        invitation_id=invitation.id,
        compromised_key_id=leaked.id,
        alert_id=world.alert(issued),
    )


def _of_labels(world: Any, issued: Any, text: str) -> tuple[int, int]:
    """A leave that was asked for, and labels that were taken out."""
    with world.writing() as session:
        asks = (session, world.producer.actor, issued.run.id)
        ends = {"first_serial": issued.serial(0), "last_serial": issued.serial(9)}
        new = NewRedrawLeave(**ends, reason="damaged", note=text)
        leave = ask_redraw(*asks, new, 3, world.now)
        wish = DrawingWish(first=issued.serial(10))
        return leave.id, draw_labels(*asks, wish, world.edge.drawing, world.now).id


def _jpeg() -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (600, 500), (120, 40, 20)).save(drawn, "JPEG")
    return drawn.getvalue()
