"""Taking out the labels of a run, or of a part of it. Nothing that is drawn is kept.

What is kept is who took what out, and how it ended: a run that is drawn twice can become two
genuine sets. Labels whose stamps are in use are drawn again only with an officer's leave.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from stamps import Key, KeyRing, LabelFace, Link, Sheet
from traceapp.records import drawings
from traceapp.records.compromised_keys import compromised_among
from traceapp.records.drawings import HiddenPlace, LabelFormat, Language, Outcome
from traceapp.records.parties import Party
from traceapp.records.products import Product
from traceapp.records.stamp_runs import StampRun
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.refusals import Conflict, Unacceptable, message
from traceapp.services.runs.allowing_drawings import (
    check_all_in_use,
    leave_for,
    place_of_hidden_code,
    valid_stars,
)
from traceapp.services.runs.label_files import (
    LABELS_A_PART,
    ZIP_TYPE,
    LabelPlan,
    file_chunks,
    part_of,
    zip_chunks,
)
from traceapp.services.runs.reading_runs import check_inside, find_run
from traceapp.services.values import Sent, Serial, SerialRange

SAMPLE_MARK = "MẪU"
LABELS_A_PDF = LABELS_A_PART  # a PDF is made in memory; a larger run is taken out in parts
RESOLUTIONS = (203, 300)  # dots per inch of the thermal printers that labels are made for


class LabelWish(Sent):
    """Which labels, and how: `first` and `last` are serials, and default to the run's own ends.

    `hidden` says where hidden codes go. Where nobody says it, a CSV has them if the account may
    take them out, and a label goes by its sheet. `dpi` is the printer's, where it is a thermal one.
    """

    format: LabelFormat = LabelFormat.CSV
    sheet: str = Field(default="a4-40", max_length=20)
    first: Serial | None = None
    last: Serial | None = None
    hidden: HiddenPlace | None = None
    dpi: Annotated[int, Field(ge=1, le=10_000)] | None = None
    language: Language = Language.VIETNAMESE


class DrawingWish(LabelWish):
    """`part` is one of the parts that the labels come in, counted from 1; `zip` is all of them, a
    CSV and a manifest in one file."""

    part: Annotated[int, Field(ge=1, le=10**7)] | None = None
    zip: bool = False


@dataclass(frozen=True)
class DrawingRoom:
    """What labels are drawn with besides the database: keys, sheets by name, and the hotline."""

    stamp_keys: KeyRing
    hidden_keys: KeyRing
    sheets: Mapping[str, Sheet]
    hotline: str


@dataclass(frozen=True)
class Drawing:
    """Labels that are ready to be taken out, without the database. `id` is its row's.

    `in_parts` for all their files together, in one ZIP or in a folder.
    """

    id: int
    plan: LabelPlan
    in_parts: bool

    @property
    def media_type(self) -> str:
        return ZIP_TYPE if self.in_parts else self.plan.media_type

    @property
    def filename(self) -> str:
        name = self.plan.filename
        return f"{name.rpartition('.')[0]}.zip" if self.in_parts else name

    @property
    def etag(self) -> str:
        return f"{self.plan.etag}-zip" if self.in_parts else self.plan.etag

    def chunks(self) -> Iterator[bytes]:
        """The file, piece by piece."""
        return zip_chunks(self.plan) if self.in_parts else file_chunks(self.plan)


def plan_labels(
    session: Session, actor: Actor, run_id: int, wish: LabelWish, room: DrawingRoom, now: datetime
) -> LabelPlan:
    """What labels would be made of. Nothing is drawn, and nothing written down.

    Raises what `draw_labels` raises, but for what only a leave allows.
    """
    permit(actor, Act.RUN_DRAW)
    return _Taking(session, actor, room, now).plan(find_run(session, actor, run_id), wish)


def draw_labels(
    session: Session, actor: Actor, run_id: int, wish: DrawingWish, room: DrawingRoom, now: datetime
) -> Drawing:
    """Say what the labels of a run are made of, and write down who takes them out.

    A leave that it needs is used up. Raises Unknown for the run; Unacceptable for a range outside
    it or too long for a PDF, a part, sheet or resolution that there is not, a sheet without room,
    and hidden codes where there are none or where nobody chose; NotAllowed for hidden codes
    without proof; Conflict where a stamp is in use and no leave covers the range, where a key is
    not on this machine or has leaked, and for stars whose certificate lapsed.
    """
    permit(actor, Act.RUN_DRAW)
    taking = _Taking(session, actor, room, now)
    # Whoever puts stamps of the run to use locks it, too.
    run = find_run(session, actor, run_id, lock=True)
    plan = taking.plan(run, wish)
    if wish.part is not None:
        plan = part_of(plan, wish.part)
    _check_length(plan, in_parts=wish.zip)
    leave = leave_for(session, run, plan, now)
    if leave is not None:
        leave.used_at = now
    plan.check_room()
    row = drawings.Drawing(
        run_id=run.id,
        run_first=run.first_serial,
        run_last=run.last_serial,
        first_serial=plan.first_serial,
        last_serial=plan.last_serial,
        format=plan.format,
        sheet=None if plan.sheet is None else plan.sheet.name,
        hidden=None if plan.sheet is None else plan.hidden,
        hidden_codes=plan.hidden_key is not None,
        dpi=plan.dpi,
        language=plan.language,
        in_parts=wish.zip,
        leave_id=None if leave is None else leave.id,
        outcome=Outcome.BEGUN,
        created_by=actor.account_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    record_act(
        session,
        actor,
        Act.RUN_DRAW,
        run.id,
        now,
        first_serial=plan.first_serial,
        last_serial=plan.last_serial,
        format=plan.format.value,
        hidden_codes=plan.hidden_key is not None,
        drawing_id=row.id,
    )
    return Drawing(row.id, plan, in_parts=wish.zip)


def end_drawing(
    session: Session, drawing_id: int, outcome: Outcome, size: int, now: datetime
) -> None:
    """Write down how a drawing went, and how many bytes of it were handed over."""
    row = session.get_one(drawings.Drawing, drawing_id)
    row.outcome, row.bytes, row.ended_at = outcome, size, now


def _check_length(plan: LabelPlan, *, in_parts: bool) -> None:
    if plan.format is LabelFormat.PDF and not in_parts and plan.quantity > LABELS_A_PDF:
        raise Unacceptable(
            "too_many_labels",
            message("A PDF holds at most %(most)s labels; take the run out in parts."),
            field="last",
            most=LABELS_A_PDF,
        )


@dataclass(frozen=True)
class _Taking:
    """Somebody who wants labels, in one transaction, at one moment."""

    session: Session
    actor: Actor
    room: DrawingRoom
    now: datetime

    def plan(self, run: StampRun, wish: LabelWish) -> LabelPlan:
        wished = SerialRange(
            first_serial=run.first_serial if wish.first is None else wish.first,
            last_serial=run.last_serial if wish.last is None else wish.last,
        )
        check_inside(run, wished, ("first", "last"))
        if wish.dpi is not None and wish.dpi not in RESOLUTIONS:
            raise Unacceptable(
                "dpi",
                message("Labels are made for printers of %(known)s dots per inch."),
                field="dpi",
                known=", ".join(map(str, RESOLUTIONS)),
            )
        sheet = None if wish.format is LabelFormat.CSV else self._sheet(wish.sheet)
        leaked = compromised_among(self.session, (run.key_id, run.hidden_key_id))
        if run.key_id in leaked:
            check_all_in_use(self.session, self.actor, run, wished)
        hidden = place_of_hidden_code(
            run,
            self.actor,
            wish.hidden,
            self.now,
            drawn=sheet is not None,
            leaked=run.hidden_key_id in leaked,
        )
        product = self.session.get_one(Product, run.product_id)
        return LabelPlan(
            run_id=run.id,
            first_serial=wished.first_serial,
            last_serial=wished.last_serial,
            format=wish.format,
            sheet=sheet,
            key=_key(self.room.stamp_keys, run.key_id),
            hidden=hidden,
            hidden_key=None
            if hidden is HiddenPlace.NONE or run.hidden_key_id is None
            else _key(self.room.hidden_keys, run.hidden_key_id),
            link=Link.printed(run.origin, run.link_form, run.gtin, run.lot),
            face=LabelFace(
                product=product.name,
                producer=self.session.get_one(Party, run.party_id).name,
                host=run.origin.partition("://")[2],
                hotline=self.room.hotline,
                sample_mark=SAMPLE_MARK if run.demonstration else "",
            ),
            stars=valid_stars(product, self.now, shown=shows_stars(sheet)),
            dpi=wish.dpi,
            language=wish.language,
        )

    def _sheet(self, name: str) -> Sheet:
        if name not in self.room.sheets:
            raise Unacceptable(
                "sheet",
                message("There is no sheet of this name. Known sheets: %(known)s."),
                field="sheet",
                known=", ".join(sorted(self.room.sheets)),
            )
        return self.room.sheets[name]


def shows_stars(sheet: Sheet | None) -> bool:
    """Whether labels of a sheet show OCOP stars; today none of them does."""
    return False


def read_sheets(file: Path) -> Mapping[str, Sheet]:
    """The label sheets that a TOML file describes, by name. Raises BadSheet for a wrong one."""
    tables = tomllib.loads(file.read_text("utf-8"))["sheet"]
    return {table["name"]: Sheet(**table) for table in tables}


def _key(ring: KeyRing, key_id: str) -> Key:
    key = ring.get(key_id)
    if key is None:
        raise Conflict(
            "key_missing",
            message("Key %(key_id)s of this run is not on this server; restore its key file."),
            key_id=key_id,
        )
    return key
