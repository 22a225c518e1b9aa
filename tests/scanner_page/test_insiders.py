"""Signed-in people at a public page: told by another face, and never at a buyer's expense."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, redirect
from markupsafe import Markup
from sqlalchemy.exc import OperationalError

import scanner_page
from traceapp.records.scans import Agent, Scan
from traceapp.services.refusals import NotSignedIn

AWAY = OperationalError("SELECT", {}, Exception("gone"))
PANEL = Markup("<p>Tem này của bà</p>")


@dataclass
class Desk:
    """The signed-in pages' side: who is there, and what she is shown."""

    actor: Any = None
    shown: Any = None
    asked: list[str] = field(default_factory=list)

    def who(self) -> Any:
        self.asked.append("who")
        if isinstance(self.actor, Exception):
            raise self.actor
        return self.actor

    def greet(self, actor: Any, answer: Any) -> Any:
        self.asked.append("greet")
        if isinstance(self.shown, Exception):
            raise self.shown
        return self.shown


@pytest.fixture
def desk(world: Any) -> Desk:
    """A desk in the place of the signed-in pages' own."""
    found = Desk()
    app: Flask = world.app
    app.extensions["scanner_page.insiders"] = found
    return found


def _signed_in(visitor: Any) -> None:
    visitor.client.set_cookie("sign_in", "whoever")


def _agents(world: Any) -> list[Agent]:
    with world.reading() as session:
        return list(session.scalars(sa.select(Scan.agent).order_by(Scan.id)))


def test_a_buyer_is_asked_nothing_and_shown_nothing(world: Any, visitor: Any, desk: Desk) -> None:
    page = visitor.page(world.issue().link_path()).text
    assert desk.asked == []
    assert "insider" not in page
    assert _agents(world) == [Agent.PERSON]


def test_whoever_carries_a_cookie_of_the_signed_in_pages_may_be_an_insider(
    world: Any, visitor: Any, desk: Desk
) -> None:
    _signed_in(visitor)
    page = visitor.page(world.issue().link_path()).text
    assert desk.asked == ["who"]
    assert "insider" not in page
    assert _agents(world) == [Agent.PERSON]


def test_a_producer_meets_a_panel_above_the_verdict(world: Any, visitor: Any, desk: Desk) -> None:
    _signed_in(visitor)
    desk.actor, desk.shown = world.producer.actor, PANEL
    page = visitor.page(world.issue().link_path()).text
    assert f'<section class="insider">{PANEL}</section>' in page
    assert page.index("insider") < page.index("<h1")
    assert "ticket" not in page
    assert _agents(world) == [Agent.STAFF]


def test_an_officer_is_led_away_after_the_look_was_kept(
    world: Any, visitor: Any, desk: Desk
) -> None:
    _signed_in(visitor)
    desk.actor, desk.shown = world.officer.actor, redirect("/officer/stamps/1", 303)
    answer = visitor.page(world.issue().link_path())
    assert (answer.status_code, answer.headers["Location"]) == (303, "/officer/stamps/1")
    assert answer.headers["Cache-Control"] == "no-store"
    assert _agents(world) == [Agent.STAFF]


def test_a_program_is_neither_greeted_nor_led_away(world: Any, visitor: Any, desk: Desk) -> None:
    desk.actor, desk.shown = world.officer.actor, redirect("/officer/stamps/1", 303)
    assert visitor.told(world.issue().link_path())["verdict"] == "registered"
    assert desk.asked == ["who"]
    assert _agents(world) == [Agent.STAFF]


def test_a_hidden_code_is_an_insiders_too(world: Any, visitor: Any, desk: Desk) -> None:
    desk.actor, desk.shown = world.officer.actor, PANEL
    issued = world.issue()
    page = visitor.submit(issued.code(), hidden_code="00000000", foil_whole="yes").text
    assert "insider" not in page
    assert _agents(world) == [Agent.STAFF]


@pytest.mark.parametrize("trouble", [AWAY, NotSignedIn("no", "No.")])
def test_trouble_with_insiders_is_no_trouble_for_the_answer(
    world: Any, visitor: Any, desk: Desk, trouble: Exception
) -> None:
    issued = world.issue()
    _signed_in(visitor)
    desk.actor = trouble
    assert visitor.page(issued.link_path()).status_code == 200
    desk.actor, desk.shown = world.producer.actor, trouble
    answer = visitor.page(issued.link_path())
    assert answer.status_code == 200
    assert "insider" not in answer.text


def test_a_face_without_insiders_answers_everybody_alike() -> None:
    assert scanner_page.build().name == "scanner_page"
