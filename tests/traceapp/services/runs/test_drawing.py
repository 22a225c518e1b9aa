"""Who may take which labels out, and what is remembered of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from stamps import HiddenLayer, LabelFormat
from traceapp.records.decided import State
from traceapp.records.drawings import Outcome
from traceapp.records.products import Product
from traceapp.services.authority import PROOF_LASTS
from traceapp.services.paging import PageWish
from traceapp.services.people.proving import prove_for_hidden_codes
from traceapp.services.people.signing_in import begin_sign_in, signed_in
from traceapp.services.refusals import Conflict, NotAllowed, Unacceptable, Unknown
from traceapp.services.registry.deciding import Rejection
from traceapp.services.runs.allowing_drawings import valid_stars
from traceapp.services.runs.drawing import draw_labels, end_drawing
from traceapp.services.runs.granting_leaves import (
    LeaveFilter,
    NewRedrawLeave,
    ask_redraw,
    decide_redraw,
    list_leaves,
)
from traceapp.services.runs.label_wishes import DrawingWish
from traceapp.services.runs.reading_drawings import drawn_ranges, list_drawings

FOIL, INSIDE, NONE = HiddenLayer.FOIL, HiddenLayer.INSIDE, HiddenLayer.NONE


def draw(world: Any, issued: Any, actor: Any = None, **wished: Any) -> Any:
    ends = {name: issued.serial(wished.pop(name)) for name in ("first", "last") if name in wished}
    with world.writing() as session:
        wish = DrawingWish(**wished | ends)
        who = actor or world.producer.actor
        return draw_labels(session, who, issued.run.id, wish, world.edge.drawing, world.now)


def plain(world: Any) -> Any:
    """The producer with a token, or a sign-in, that takes no hidden codes out."""
    return replace(world.producer.actor, hidden_codes=False)


# Hidden codes are secret.


def test_a_csv_without_a_wish_has_hidden_codes_only_for_who_may(world: Any) -> None:
    issued = world.issue(3, activate=False)
    for actor, held in ((world.producer.actor, True), (plain(world), False)):
        drawn = b"".join(draw(world, issued, actor).chunks()).decode()
        assert (issued.hidden() in drawn) is held


@pytest.mark.parametrize("place", [FOIL, INSIDE])
def test_hidden_codes_that_are_wished_for_need_a_token_or_a_proof(
    world: Any, unchanged: Any, place: HiddenLayer
) -> None:
    issued = world.issue(3, activate=False)
    old = world.now - PROOF_LASTS - timedelta(seconds=1)
    for actor in (plain(world), replace(plain(world), proved_at=old)):
        with unchanged(), pytest.raises(NotAllowed) as refused:
            draw(world, issued, actor, hidden=place)
        assert refused.value.code == "hidden_codes_secret"
    proved = replace(plain(world), proved_at=world.now - PROOF_LASTS)
    drawing = draw(world, issued, proved, hidden=place)
    assert issued.hidden(2) in b"".join(drawing.chunks()).decode()


def test_a_password_typed_again_is_a_proof_for_some_minutes(world: Any, unchanged: Any) -> None:
    person, issued = world.producer, world.issue(2, activate=False)
    account = person.actor.account_id
    with world.writing() as session:
        cookie = begin_sign_in(session, account, timedelta(hours=12), world.now)

    def signed() -> Any:
        with world.reading() as session:
            return signed_in(session, cookie, world.now, demonstration=True)

    with unchanged(), world.reading() as session, pytest.raises(Unacceptable):
        asks = (session, person.actor, signed().sign_in_id)
        prove_for_hidden_codes(*asks, "một mật khẩu khác", world.now)
    assert signed().actor.proved_at is None
    with world.writing() as session:
        asks = (session, person.actor, signed().sign_in_id)
        prove_for_hidden_codes(*asks, person.password, world.now)
    assert draw(world, issued, signed().actor, hidden=FOIL).job.hidden_key is not None
    world.now += PROOF_LASTS + timedelta(seconds=1)
    with pytest.raises(NotAllowed):
        draw(world, issued, signed().actor, hidden=FOIL)


def test_a_label_whose_hidden_code_nobody_chose_is_refused(world: Any, unchanged: Any) -> None:
    issued = world.issue(3, activate=False)
    with unchanged(), pytest.raises(Unacceptable) as refused:
        draw(world, issued, plain(world), format=LabelFormat.PDF)
    assert (refused.value.code, refused.value.field) == ("hidden_unchosen", "hidden")
    for actor, wished, place in (
        (world.producer.actor, {}, FOIL),
        (world.producer.actor, {"hidden": INSIDE}, INSIDE),
        (plain(world), {"hidden": NONE}, NONE),
    ):
        job = draw(world, issued, actor, format=LabelFormat.PDF, **wished).job
        assert job.plan is not None
        assert (job.plan.hidden, job.hidden_key is None) == (place, place is NONE)


def test_hidden_codes_are_not_taken_out_of_a_run_without_them(world: Any, unchanged: Any) -> None:
    issued = world.issue(3, hidden_code=False, activate=False)
    for form in (LabelFormat.CSV, LabelFormat.PDF):
        with unchanged(), pytest.raises(Unacceptable) as refused:
            draw(world, issued, format=form, hidden=FOIL)
        assert (refused.value.code, refused.value.field) == ("no_hidden_codes", "hidden")
        assert draw(world, issued, format=form).job.hidden_key is None


def test_hidden_codes_whose_key_leaked_are_left_out_and_never_wished_for(
    world: Any, unchanged: Any
) -> None:
    issued = world.issue(3, activate=False)
    world.compromise(world.edge.hidden_keys.ring().newest.id)
    with unchanged(), pytest.raises(Unacceptable, match="prove nothing"):
        draw(world, issued, hidden=FOIL)
    assert draw(world, issued, format=LabelFormat.PDF).job.hidden_key is None


# What is in use is drawn again only with leave.


def test_labels_of_stamps_in_use_need_a_leave_whoever_asks(world: Any, unchanged: Any) -> None:
    issued = world.issue(20, activate=False)
    issued.activate(5, 9)
    for actor in (world.producer.actor, world.officer.actor):
        for wished in ({}, {"first": 9}, {"last": 5}, {"hidden": NONE}, {"first": 7, "last": 7}):
            with unchanged(), pytest.raises(Conflict) as refused:
                draw(world, issued, actor, **wished)
            assert refused.value.code == "in_use"
    draw(world, issued, first=0, last=4)
    draw(world, issued, first=10)


def test_a_leave_works_once_over_its_own_range_and_not_after_its_days(
    world: Any, unchanged: Any
) -> None:
    issued = world.issue(20)

    def refused(**wished: Any) -> str:
        with unchanged(), pytest.raises(Conflict) as caught:
            draw(world, issued, hidden=NONE, **wished)
        return caught.value.code

    leave = issued.leave(5, 9, hidden_codes=False)
    assert leave.state is State.APPROVED
    assert leave.expires_at == world.now + timedelta(days=world.edge.settings.redraw_days)
    assert refused() == refused(first=4, last=9) == refused(first=5, last=10) == "in_use"
    drawing = draw(world, issued, first=6, last=8, hidden=NONE)
    assert refused(first=6, last=8) == "in_use"
    with world.reading() as session:
        (row,) = list_drawings(session, world.officer.actor, issued.run.id, PageWish()).items
    assert (row.id, row.leave_id) == (drawing.id, leave.id)
    late = issued.leave(5, 9)
    world.now = late.expires_at
    assert refused(first=5, last=9) == "in_use"


def test_a_leave_says_whether_hidden_codes_may_be_drawn_again(world: Any, unchanged: Any) -> None:
    issued = world.issue(20)
    issued.leave(hidden_codes=False)
    with unchanged(), pytest.raises(Conflict) as refused:
        draw(world, issued, hidden=FOIL)
    assert refused.value.code == "leave_without_hidden_codes"
    issued.leave(hidden_codes=True)
    assert draw(world, issued, hidden=FOIL).job.hidden_key is not None
    assert draw(world, issued, hidden=NONE).job.hidden_key is None
    with pytest.raises(Conflict):
        draw(world, issued, hidden=NONE)


def test_a_producer_asks_for_leave_and_an_officer_decides(world: Any, unchanged: Any) -> None:
    issued = world.issue(20, hidden_code=False)
    ends = {"first_serial": issued.serial(0), "last_serial": issued.serial(3)}
    producer, officer = world.producer.actor, world.officer.actor

    def ask(**given: Any) -> Any:
        with world.writing() as session:
            new = NewRedrawLeave(**ends | {"reason": "unreadable"} | given)
            return ask_redraw(session, producer, issued.run.id, new, 3, world.now)

    def decide(leave: Any, reason: str | None = None, who: Any = officer) -> Any:
        rejection = None if reason is None else Rejection(reason=reason)
        with world.writing() as session:
            return decide_redraw(session, who, leave.id, rejection, 3, world.now)

    first, second = ask(), ask()
    assert first.state is State.SUBMITTED and first.expires_at is None
    with pytest.raises(Conflict, match="in use"):
        draw(world, issued, first=0, last=3)
    with unchanged(), pytest.raises(NotAllowed):
        decide(first, who=producer)
    assert decide(first, "Cần ảnh tem cũ").state is State.REJECTED
    assert decide(second).expires_at is not None
    with unchanged(), pytest.raises(Conflict, match="approved already"):
        decide(second)
    draw(world, issued, first=0, last=3)
    with world.reading() as session:
        asks = (session, producer)
        told = list_leaves(*asks, LeaveFilter(run_id=issued.run.id)).items
        assert [each.state for each in told] == [State.REJECTED, State.APPROVED]
        assert [each.used_at is not None for each in told] == [False, True]
        assert list_leaves(*asks, LeaveFilter(state=State.SUBMITTED)).items == []
        assert list_leaves(session, world.neighbour.actor, LeaveFilter()).items == []
    with unchanged(), pytest.raises(Unacceptable):
        ask(hidden_codes=True)
    with unchanged(), pytest.raises(Unacceptable):
        ask(last_serial=issued.serial(20))


def test_no_leave_is_given_where_none_is_needed(world: Any, unchanged: Any) -> None:
    issued, tests = world.issue(20, activate=False), world.test_labels()
    for of, code in ((issued, "no_leave_needed"), (tests, "test_run")):
        with unchanged(), pytest.raises(Conflict) as refused:
            of.leave(0, 3)
        assert refused.value.code == code


def test_test_labels_are_taken_out_like_any(world: Any) -> None:
    made = world.test_labels()
    drawn = b"".join(draw(world, made).chunks()).decode()
    assert all(made.code(n) in drawn for n in range(10))


# Who took which labels out.


def test_every_taking_out_is_a_row_that_party_and_officer_read(world: Any) -> None:
    issued = world.issue(30, activate=False)
    first = draw(world, issued, last=9)
    second = draw(world, issued, world.officer.actor, format=LabelFormat.PDF, hidden=NONE)
    with world.writing() as session:
        end_drawing(session, first.id, Outcome.FINISHED, 812, world.now)
    for actor in (world.producer.actor, world.officer.actor, world.admin.actor):
        with world.reading() as session:
            told = list_drawings(session, actor, issued.run.id, PageWish()).items
        assert [each.id for each in told] == [second.id, first.id]
        pdf, csv = told
        assert (pdf.sheet, pdf.hidden, pdf.hidden_codes) == ("a4-40", NONE, False)
        assert (csv.sheet, csv.hidden, csv.hidden_codes) == (None, None, True)
        assert (csv.quantity, csv.who) == (10, world.producer.email)
        assert (csv.outcome, csv.bytes, csv.ended_at) == (Outcome.FINISHED, 812, world.now)
        assert (pdf.outcome, pdf.bytes) == (Outcome.BEGUN, None)
    with world.reading() as session, pytest.raises(Unknown):
        list_drawings(session, world.neighbour.actor, issued.run.id, PageWish())


def test_it_is_told_how_often_each_part_was_taken_out(world: Any) -> None:
    issued, other = world.issue(100, activate=False), world.issue(10, activate=False)
    draw(world, other)
    for first, last in ((0, 19), (10, 29), (30, 39), (10, 14), (60, 60)):
        draw(world, issued, first=first, last=last)
    with world.reading() as session:
        told = drawn_ranges(session, world.officer.actor, issued.run.id)
    start = issued.serial(0)
    spans = [(each.first_serial - start, each.last_serial - start) for each in told.items]
    # Where two drawings touch, the serials on both sides were taken out as often.
    assert spans == [(0, 9), (10, 14), (15, 19), (20, 39), (60, 60)]
    assert [each.times for each in told.items] == [1, 3, 2, 1, 1]
    assert (told.once, told.again, told.more) == (31, 10, False)


# What else is refused.


@pytest.mark.parametrize(
    ("wished", "code", "field"),
    [
        ({"last": 20}, "outside_run", "last"),
        ({"first": 9, "last": 3}, "range_order", "last"),
        ({"format": "pdf", "sheet": "a4-41"}, "sheet", "sheet"),
        ({"dpi": 72}, "dpi", "dpi"),
        ({"part": 2}, "part", "part"),
        ({"format": "zpl"}, "needs_roll", "sheet"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_its_field(
    world: Any, unchanged: Any, wished: Any, code: str, field: str
) -> None:
    issued = world.issue(20, activate=False)
    with unchanged(), pytest.raises(Unacceptable) as refused:
        draw(world, issued, **wished)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_another_partys_labels_are_not_there(world: Any, unchanged: Any) -> None:
    issued = world.issue(20, activate=False)
    with unchanged(), pytest.raises(Unknown):
        draw(world, issued, world.neighbour.actor)


def test_stars_are_printed_until_their_certificate_lapses(world: Any) -> None:
    # At midnight in Vietnam, which is five in the afternoon before in UTC.
    lapses = date(2026, 6, 16)
    product = Product(ocop_stars=3, ocop_until=lapses)
    evening = world.now.replace(hour=16, minute=59)
    assert valid_stars(product, evening, shown=True) == 3
    with pytest.raises(Conflict) as refused:
        valid_stars(product, evening + timedelta(minutes=1), shown=True)
    assert refused.value.data == {"day": "16/06/2026"}
    assert valid_stars(product, evening + timedelta(minutes=1), shown=False) is None
    assert valid_stars(Product(), evening, shown=True) is None
