"""Taking out the labels of a run, or of a part of it. Nothing that is drawn is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import IO

from pydantic import Field
from sqlalchemy.orm import Session

from stamps import (
    BadLabel,
    HiddenLayer,
    Key,
    KeyRing,
    Label,
    LabelDesign,
    LabelFace,
    LabelPlan,
    LabelWish,
    Link,
    csv_lines,
    labels,
    pdf_pieces,
    plan_labels,
)
from traceapp.records.compromised_keys import compromised_among
from traceapp.records.parties import Party
from traceapp.records.products import Product
from traceapp.records.stamp_runs import StampRun
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.refusals import Conflict, Unacceptable, message
from traceapp.services.runs.looking_ahead import range_ahead
from traceapp.services.runs.reading_runs import check_inside, find_run
from traceapp.services.values import Sent, Serial, SerialRange

SAMPLE_MARK = "MẪU"
LINES_A_CHUNK = 2_000
LABELS_A_PDF = 10_000  # a PDF is made in memory; a larger run is taken out in parts


class LabelFormat(StrEnum):
    CSV = "csv"
    PDF = "pdf"


class DrawingWish(Sent):
    """Which labels: `first` and `last` are serials, and default to the run's own ends."""

    format: LabelFormat = LabelFormat.CSV
    sheet: str = Field(default="a4-40", max_length=20)
    first: Serial | None = None
    last: Serial | None = None


@dataclass(frozen=True)
class DrawingRoom:
    """What labels are drawn with besides the database: keys, sheets by name, and the hotline."""

    stamp_keys: KeyRing
    hidden_keys: KeyRing
    sheets: Mapping[str, LabelDesign]
    hotline: str


@dataclass(frozen=True)
class Drawing:
    """Labels that are ready to be drawn, without the database.

    `hidden_key` is None where the stamps have no hidden code, or where the actor may not take
    hidden codes out. `sheet` is None for a CSV.
    """

    run_id: int
    first_serial: int
    last_serial: int
    key: Key
    hidden_key: Key | None
    link: Link
    sheet: LabelDesign | None
    face: LabelFace

    @property
    def media_type(self) -> str:
        return "text/csv; charset=utf-8" if self.sheet is None else "application/pdf"

    @property
    def filename(self) -> str:
        ending = "csv" if self.sheet is None else "pdf"
        return f"stamps-{self.first_serial}-{self.last_serial}.{ending}"

    def plan(self) -> LabelPlan:
        """How the labels are drawn. Raises Unacceptable where they have no room on the sheet."""
        assert self.sheet is not None
        wish = LabelWish(self.hidden_key is not None, HiddenLayer.NONE)
        try:
            return plan_labels(self.sheet, self.link, self.face, wish)
        except BadLabel:
            raise Unacceptable(
                "no_room",
                message("The stamps of this run have no room on this sheet; take a larger one."),
                field="sheet",
            ) from None

    @property
    def quantity(self) -> int:
        return self.last_serial - self.first_serial + 1

    def labels(self) -> Iterator[Label]:
        return labels(self.key, self.hidden_key, self.link, self.first_serial, self.last_serial)

    def write(self, file: IO[bytes], drawn: Iterable[Label]) -> None:
        """Write the file. `drawn` are `labels()`, or what shows how far they are."""
        if self.sheet is None:
            file.writelines(line.encode("ascii") for line in csv_lines(drawn))
            return
        file.writelines(self._pdf())
        for _ in drawn:
            pass

    def chunks(self) -> Iterator[bytes]:
        """The file, piece by piece."""
        if self.sheet is not None:
            yield from self._pdf()
            return
        lines = csv_lines(self.labels())
        while piece := "".join(islice(lines, LINES_A_CHUNK)):
            yield piece.encode("ascii")

    def _pdf(self) -> Iterator[bytes]:
        return pdf_pieces(self.plan(), self.key, None, self.first_serial, self.last_serial)


def draw_labels(
    session: Session, actor: Actor, run_id: int, wish: DrawingWish, room: DrawingRoom, now: datetime
) -> Drawing:
    """Say what the labels of a run are made of, and write down who takes them out.

    Raises Unknown for the run, Unacceptable for a range outside it or too long for a PDF or a
    sheet without room, and Conflict where a key of the run is not on this machine, or has leaked
    and stamps of the range are not in use.
    """
    permit(actor, Act.RUN_DRAW)
    run = find_run(session, actor, run_id)
    wished = SerialRange(
        first_serial=run.first_serial if wish.first is None else wish.first,
        last_serial=run.last_serial if wish.last is None else wish.last,
    )
    check_inside(run, wished, ("first", "last"))
    quantity = wished.last_serial - wished.first_serial + 1
    if wish.format is LabelFormat.PDF and quantity > LABELS_A_PDF:
        raise Unacceptable(
            "too_many_labels",
            message("A PDF holds at most %(most)s labels; take the run out in parts."),
            field="last",
            most=LABELS_A_PDF,
        )
    sheet = None if wish.format is LabelFormat.CSV else _sheet(room, wish.sheet)
    leaked = compromised_among(session, (run.key_id, run.hidden_key_id))
    if run.key_id in leaked:
        _check_all_in_use(session, actor, run, wished)
    hidden = None if run.hidden_key_id in leaked else _hidden_key(run, actor, room.hidden_keys)
    record_act(
        session,
        actor,
        Act.RUN_DRAW,
        run.id,
        now,
        first_serial=wished.first_serial,
        last_serial=wished.last_serial,
        format=wish.format.value,
        hidden_codes=hidden is not None,
    )
    drawing = Drawing(
        run_id=run.id,
        first_serial=wished.first_serial,
        last_serial=wished.last_serial,
        key=_key(room.stamp_keys, run.key_id),
        hidden_key=hidden,
        link=Link.printed(run.origin, run.link_form, run.gtin, run.lot),
        sheet=sheet,
        face=LabelFace(
            product=session.get_one(Product, run.product_id).name,
            producer=session.get_one(Party, run.party_id).name,
            host=run.origin.partition("://")[2],
            hotline=room.hotline,
            sample_mark=SAMPLE_MARK if run.demonstration else "",
        ),
    )
    if sheet is not None:
        drawing.plan()
    return drawing


def _check_all_in_use(session: Session, actor: Actor, run: StampRun, wished: SerialRange) -> None:
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


def _sheet(room: DrawingRoom, name: str) -> LabelDesign:
    if name not in room.sheets:
        raise Unacceptable(
            "sheet",
            message("There is no sheet of this name. Known sheets: %(known)s."),
            field="sheet",
            known=", ".join(sorted(room.sheets)),
        )
    return room.sheets[name]


def _hidden_key(run: StampRun, actor: Actor, ring: KeyRing) -> Key | None:
    if run.hidden_key_id is None or not actor.hidden_codes:
        return None
    return _key(ring, run.hidden_key_id)


def _key(ring: KeyRing, key_id: str) -> Key:
    key = ring.get(key_id)
    if key is None:
        raise Conflict(
            "key_missing",
            message("Key %(key_id)s of this run is not on this server; restore its key file."),
            key_id=key_id,
        )
    return key
