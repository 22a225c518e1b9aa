"""How labels would look, and what would stand against taking them out, before anything is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from stamps import HiddenLayer
from stamps.drawing import Part
from traceapp.services.refusals import Conflict, NotAllowed, Unacceptable, Unknown
from traceapp.services.runs.drawing import (
    LabelPreview,
    check_leave,
    draw_labels,
    preview_labels,
)
from traceapp.services.runs.label_wishes import DrawingWish, LabelWish
from traceapp.services.runs.reading_drawings import drawn_again
from traceapp.services.runs.reporting_prints import (
    PrintReport,
    next_unreported,
    report_print,
)
from traceapp.services.values import SerialRange


def preview(world: Any, issued: Any, who: Any = None, **wished: Any) -> LabelPreview:
    actor = replace(world.producer.actor, hidden_codes=False) if who is None else who
    wish = LabelWish(**{"format": "pdf"} | wished)
    with world.reading() as session:
        return preview_labels(session, actor, issued.run.id, wish, world.edge.drawing, world.now)


def test_a_picture_needs_neither_proof_nor_keys_and_writes_nothing(
    world: Any, unchanged: Any
) -> None:
    issued = world.issue(5, activate=False)
    drawing = replace(world.edge.drawing, stamp_keys=None, hidden_keys=None)
    actor = replace(world.producer.actor, hidden_codes=False)
    wish = LabelWish(format="pdf", hidden=HiddenLayer.INSIDE)
    with unchanged(), world.reading() as session:
        told = preview_labels(session, actor, issued.run.id, wish, drawing, world.now)
    assert told.hidden_codes
    pictures = [told.picture(part).decode() for part in (Part.FACE, Part.HIDDEN)]
    for n in range(5):
        assert not any(issued.hidden(n) in each for each in pictures)
        assert not any(issued.code(n)[8:13] in each for each in pictures)


def test_hidden_codes_without_a_place_are_left_out_of_the_picture(world: Any) -> None:
    told = preview(world, world.issue(5, activate=False))
    assert not told.hidden_codes and told.plan is not None
    assert told.plan.parts == (Part.FACE,)


def test_a_picture_is_refused_as_the_labels_would_be(world: Any) -> None:
    issued = world.issue(5, activate=False)
    for wished, field in (
        ({"sheet": "a0"}, "sheet"),
        ({"last": issued.serial(5)}, "last"),
        ({"hidden": "foil", "sheet": "roll-15x15"}, "hidden"),
    ):
        with pytest.raises(Unacceptable) as refused:
            preview(world, issued, **wished)
        assert refused.value.field == field
    with pytest.raises(Unknown):
        preview(world, issued, world.neighbour.actor)
    with pytest.raises(NotAllowed):
        preview(world, issued, world.admin.actor)


def test_whether_a_leave_is_needed_is_told_before_it_is_used_up(world: Any) -> None:
    issued = world.issue(10, activate=False)
    issued.activate(0, 4)

    def check(**wished: Any) -> bool:
        told = preview(world, issued, **wished)
        with world.reading() as session:
            return check_leave(session, world.producer.actor, issued.run.id, told, world.now)

    assert not check(first=issued.serial(5))
    with pytest.raises(Conflict) as refused:
        check()
    assert refused.value.code == "in_use"
    issued.leave(0, 9, hidden_codes=False)
    assert check() and check()
    with pytest.raises(Conflict) as refused:
        check(hidden="inside")
    assert refused.value.code == "leave_without_hidden_codes"


def test_the_next_labels_that_nobody_told_of_are_found_between_reports(world: Any) -> None:
    issued = world.issue(10, activate=False)

    def following(who: Any = None) -> tuple[int, int] | None:
        with world.reading() as session:
            found = next_unreported(session, who or world.producer.actor, issued.run.id)
        if found is None:
            return None
        first = issued.run.first_serial
        return found.first_serial - first, found.last_serial - first

    def good(first: int, last: int) -> None:
        ends = SerialRange(first_serial=issued.serial(first), last_serial=issued.serial(last))
        with world.writing() as session:
            asks = (session, world.producer.actor, issued.run.id)
            report_print(*asks, PrintReport(good=[ends]), world.now)

    assert following() == (0, 9)
    good(0, 2)
    issued.void(5)
    assert following() == (3, 4)
    good(3, 4)
    assert following() == (6, 9)
    # What is void after it came back good is no gap.
    issued.void(0)
    good(6, 9)
    assert following() is None
    with pytest.raises(Unknown):
        following(world.neighbour.actor)


def test_labels_drawn_again_are_those_that_meet_an_earlier_drawing(world: Any) -> None:
    one, two = world.issue(20, activate=False), world.issue(20, activate=False)

    def draw(issued: Any, first: int, last: int) -> int:
        wish = DrawingWish(first=issued.serial(first), last=issued.serial(last))
        with world.writing() as session:
            asks = (session, world.producer.actor, issued.run.id)
            return draw_labels(*asks, wish, world.edge.drawing, world.now).id

    def told(who: Any, limit: int = 5) -> list[int]:
        with world.reading() as session:
            since = world.now - timedelta(days=1)
            return [each.id for each in drawn_again(session, who.actor, since, limit)]

    draw(one, 0, 9)
    draw(one, 10, 19)
    draw(two, 0, 9)
    assert told(world.officer) == []
    again = [draw(one, 9, 9), draw(two, 5, 15)]
    assert told(world.officer) == [*reversed(again)]
    assert told(world.officer, limit=1) == [again[1]]
    assert told(world.producer) == [*reversed(again)] and told(world.neighbour) == []
    world.now += timedelta(days=2)
    assert told(world.officer) == []
