"""Taking out the labels of a run, or of a part of it. Nothing that is drawn is kept.

What is kept is who took what out, and how it ended: a run that is drawn twice can become two
genuine sets. Labels whose stamps are in use are drawn again only with an officer's leave.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from stamps import (
    Element,
    HiddenLayer,
    Key,
    KeyRing,
    LabelDesign,
    LabelFace,
    Link,
)
from stamps import drawing as on_paper
from traceapp.records import drawings
from traceapp.records.compromised_keys import compromised_among
from traceapp.records.drawings import Outcome
from traceapp.records.parties import Party
from traceapp.records.products import Product
from traceapp.records.stamp_requests import RunKind
from traceapp.records.stamp_runs import StampRun
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.refusals import Conflict, message
from traceapp.services.runs.allowing_drawings import (
    check_all_in_use,
    leave_for,
    place_of_hidden_code,
    valid_stars,
)
from traceapp.services.runs.choosing_designs import design_of, fitted_plan
from traceapp.services.runs.label_files import (
    ZIP_TYPE,
    LabelJob,
    file_chunks,
    part_of,
    zip_chunks,
)
from traceapp.services.runs.label_wishes import DrawingWish, LabelWish
from traceapp.services.runs.reading_runs import check_inside, find_run
from traceapp.services.values import SerialRange

SAMPLE_MARK = "MẪU"
TEST_MARK = "IN THỬ"


@dataclass(frozen=True)
class DrawingRoom:
    """What labels are drawn with besides the database: keys, sheets by name, and the hotline."""

    stamp_keys: KeyRing
    hidden_keys: KeyRing
    sheets: Mapping[str, LabelDesign]
    hotline: str


@dataclass(frozen=True)
class Drawing:
    """Labels that are ready to be taken out, without the database. `id` is its row's.

    `in_parts` for all their files together, in one ZIP or in a folder.
    """

    id: int
    job: LabelJob
    in_parts: bool

    @property
    def media_type(self) -> str:
        return ZIP_TYPE if self.in_parts else self.job.media_type

    @property
    def filename(self) -> str:
        name = self.job.filename
        return f"{name.rpartition('.')[0]}.zip" if self.in_parts else name

    @property
    def etag(self) -> str:
        return f"{self.job.etag}-zip" if self.in_parts else self.job.etag

    def chunks(self) -> Iterator[bytes]:
        """The file, piece by piece."""
        return zip_chunks(self.job) if self.in_parts else file_chunks(self.job)


@dataclass(frozen=True)
class LabelPreview:
    """What labels would be: which serials, how they are drawn (None for a CSV), and whether hidden
    codes are in them."""

    wished: SerialRange
    plan: on_paper.LabelPlan | None
    hidden_codes: bool

    def picture(self, part: on_paper.Part) -> bytes:
        """The first label as SVG, with codes of zeros: a picture takes nothing out."""
        assert self.plan is not None, "a CSV has no picture"
        return on_paper.svg_sample(self.plan, part, self.wished.first_serial)


def make_job(
    session: Session, actor: Actor, run_id: int, wish: LabelWish, room: DrawingRoom, now: datetime
) -> LabelJob:
    """What labels would be made of. Nothing is drawn, and nothing written down.

    Raises what `draw_labels` raises, but for what only a leave allows.
    """
    permit(actor, Act.RUN_DRAW)
    return _Taking(session, actor, room, now).job(find_run(session, actor, run_id), wish)


def preview_labels(
    session: Session, actor: Actor, run_id: int, wish: LabelWish, room: DrawingRoom, now: datetime
) -> LabelPreview:
    """How labels would look. Nothing is drawn, no key is used, and nothing secret is in it.

    Hidden codes that nobody chose a place for are left out. Raises what `make_job` raises, but for
    what needs proof or a key.
    """
    permit(actor, Act.RUN_DRAW)
    trusted = replace(actor, hidden_codes=True)
    chosen = wish.model_copy(update={"hidden": wish.hidden or HiddenLayer.NONE})
    run = find_run(session, actor, run_id)
    outline = _Taking(session, trusted, room, now).outline(run, chosen)
    return LabelPreview(outline.wished, outline.plan, outline.hidden is not HiddenLayer.NONE)


def check_leave(
    session: Session, actor: Actor, run_id: int, preview: LabelPreview, now: datetime
) -> bool:
    """Whether taking these labels out would use up an officer's leave.

    Raises Conflict where stamps are in use and no leave covers them, or not their hidden codes.
    """
    permit(actor, Act.RUN_DRAW)
    run = find_run(session, actor, run_id)
    hidden = preview.hidden_codes
    return leave_for(session, run.id, preview.wished, now, hidden_codes=hidden) is not None


def draw_labels(
    session: Session, actor: Actor, run_id: int, wish: DrawingWish, room: DrawingRoom, now: datetime
) -> Drawing:
    """Say what the labels of a run are made of, and write down who takes them out.

    A leave that it needs is used up. Raises Unknown for the run; Unacceptable for a range outside
    it, a part, sheet or resolution that there is not, a sheet without room, and hidden codes where
    there are none or where nobody chose; NotAllowed for hidden codes without proof; Conflict where
    a stamp is in use and no leave covers the range, where a key is not on this machine or has
    leaked, and for stars whose certificate lapsed.
    """
    permit(actor, Act.RUN_DRAW)
    taking = _Taking(session, actor, room, now)
    # Whoever puts stamps of the run to use locks it, too.
    run = find_run(session, actor, run_id, lock=True)
    job = taking.job(run, wish)
    if wish.part is not None:
        job = part_of(job, wish.part)
    leave = leave_for(session, run.id, job.serials, now, hidden_codes=job.hidden_key is not None)
    if leave is not None:
        leave.used_at = now
    row = drawings.Drawing(
        run_id=run.id,
        run_first=run.first_serial,
        run_last=run.last_serial,
        first_serial=job.first_serial,
        last_serial=job.last_serial,
        format=job.format,
        sheet=job.sheet,
        hidden=None if job.plan is None else job.plan.hidden,
        hidden_codes=job.hidden_key is not None,
        dpi=wish.dpi,
        language=wish.language,
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
        first_serial=job.first_serial,
        last_serial=job.last_serial,
        format=job.format.value,
        hidden_codes=job.hidden_key is not None,
        drawing_id=row.id,
    )
    return Drawing(row.id, job, in_parts=wish.zip)


def end_drawing(
    session: Session, drawing_id: int, outcome: Outcome, size: int, now: datetime
) -> None:
    """Write down how a drawing went, and how many bytes of it were handed over."""
    row = session.get_one(drawings.Drawing, drawing_id)
    row.outcome, row.bytes, row.ended_at = outcome, size, now


@dataclass(frozen=True)
class _Outline:
    """Which labels, and how they are drawn; `plan` is None for a CSV."""

    wished: SerialRange
    link: Link
    hidden: HiddenLayer
    plan: on_paper.LabelPlan | None


@dataclass(frozen=True)
class _Taking:
    """Somebody who wants labels, in one transaction, at one moment."""

    session: Session
    actor: Actor
    room: DrawingRoom
    now: datetime

    def outline(self, run: StampRun, wish: LabelWish) -> _Outline:
        """What is to be drawn, before any key is looked for."""
        wished = SerialRange(
            first_serial=run.first_serial if wish.first is None else wish.first,
            last_serial=run.last_serial if wish.last is None else wish.last,
        )
        check_inside(run, wished, ("first", "last"))
        design = design_of(self.room.sheets, wish)
        leaked = compromised_among(self.session, (run.key_id, run.hidden_key_id))
        if run.key_id in leaked:
            check_all_in_use(self.session, self.actor, run, wished)
        hidden = place_of_hidden_code(
            run, self.actor, wish.hidden, self.now, design, leaked=run.hidden_key_id in leaked
        )
        link = Link.printed(run.origin, run.link_form, run.gtin, run.lot)
        plan = None if design is None else self._plan(run, wish, design, link, hidden)
        return _Outline(wished, link, hidden, plan)

    def job(self, run: StampRun, wish: LabelWish) -> LabelJob:
        outline = self.outline(run, wish)
        hidden_key = None
        if outline.hidden is not HiddenLayer.NONE and run.hidden_key_id is not None:
            hidden_key = _key(self.room.hidden_keys, run.hidden_key_id)
        return LabelJob(
            run_id=run.id,
            first_serial=outline.wished.first_serial,
            last_serial=outline.wished.last_serial,
            format=wish.format,
            key=_key(self.room.stamp_keys, run.key_id),
            hidden_key=hidden_key,
            link=outline.link,
            plan=outline.plan,
        )

    def _plan(
        self, run: StampRun, wish: LabelWish, design: LabelDesign, link: Link, hidden: HiddenLayer
    ) -> on_paper.LabelPlan:
        product = self.session.get_one(Product, run.product_id)
        stars = valid_stars(product, self.now, shown=Element.STARS in design.prints)
        face = LabelFace(
            product=product.name,
            producer=self.session.get_one(Party, run.party_id).name,
            host=run.origin.partition("://")[2],
            hotline=self.room.hotline,
            sample_mark=_mark(run),
            stars=stars or 0,
        )
        choice = on_paper.LabelWish(
            has_hidden=hidden is not HiddenLayer.NONE,
            hidden=hidden,
            language=wish.language,
            dots_per_inch=wish.dpi,
        )
        return fitted_plan(self.room.sheets, design, link, face, choice)


def _mark(run: StampRun) -> str:
    """What says on a label that it is no real one."""
    if run.kind is RunKind.TEST:
        return TEST_MARK
    return SAMPLE_MARK if run.demonstration else ""


def _key(ring: KeyRing, key_id: str) -> Key:
    key = ring.get(key_id)
    if key is None:
        raise Conflict(
            "key_missing",
            message("Key %(key_id)s of this run is not on this server; restore its key file."),
            key_id=key_id,
        )
    return key
