"""Links that work once: to join by, and to choose a new password."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from traceapp.services.lists import Role
from traceapp.services.people.inviting import (
    NewInvitation,
    invite,
    invite_to_reset,
    withdraw_invitation,
)

GOOD = "mắm ngon cá cơm than"


def invited(world: Any, role: Role = Role.PRODUCER, by: Any = None, **given: Any) -> str:
    with world.writing() as session:
        new = NewInvitation(role=role, name="Bà Tư", **given)
        actor = (by or world.officer).actor
        return invite(session, actor, new, days=14, now=world.now).token


def test_a_link_that_was_made_is_not_made_again_by_the_same_form(world: Any, visit: Any) -> None:
    browser = visit(world.officer)
    form = {**browser.hidden("/people"), "name": "Bà Tư", "role": "producer"}
    made = browser.client.post("/people/invitations", data=form)
    assert made.status_code == 200 and "/join/" in made.text
    again = browser.client.post("/people/invitations", data=form, headers={"Accept-Language": "en"})
    assert again.status_code == 409 and "sent already" in again.text


def test_somebody_joins_by_a_link_once(world: Any, visit: Any) -> None:
    token = invited(world)
    form = {"name": "Bà Tư", "sign_in_name": "0912 345 678", "password": GOOD}
    browser = visit()
    answer = browser.post(f"/join/{token}", form)
    assert answer.status_code == 303
    assert browser.get("/home").headers["Location"] == "/producer"
    late = visit().get(f"/join/{token}")
    assert late.status_code == 409 and "used" in late.text
    assert visit().post("/sign-in", form).status_code == 303


def test_a_link_says_why_it_does_not_work(world: Any, visit: Any) -> None:
    late, gone = invited(world), invited(world)
    with world.writing() as session:
        withdraw_invitation(session, world.officer.actor, 2, world.now)
    withdrawn = visit().get(f"/join/{gone}")
    assert withdrawn.status_code == 409
    world.now += timedelta(days=14)
    expired = visit().get(f"/join/{late}")
    assert expired.status_code == 409
    assert visit().get("/join/khong-co").status_code == 404
    assert len({withdrawn.text, expired.text}) == 2


def test_a_bad_password_at_the_link_keeps_what_was_typed(world: Any, visit: Any) -> None:
    token = invited(world)
    form = {"name": "Bà Tư Đào", "sign_in_name": "0912345678", "password": "ngắn"}
    answer = visit().post(f"/join/{token}", form)
    assert answer.status_code == 422
    assert "Bà Tư Đào" in answer.text and "ngắn" not in answer.text
    assert visit().get(f"/join/{token}").status_code == 200


def test_a_new_password_ends_the_old_sign_ins(world: Any, visit: Any) -> None:
    browser = visit(world.producer)
    with world.writing() as session:
        account_id = world.producer.actor.account_id
        made = invite_to_reset(session, world.officer.actor, account_id, world.now)
    answer = visit().post(f"/join/{made.token}", {"password": GOOD})
    assert answer.status_code == 303 and answer.headers["Location"] == "/sign-in"
    assert browser.get("/producer").status_code == 303
    form = {"sign_in_name": world.producer.email, "password": GOOD}
    assert visit().post("/sign-in", form).status_code == 303
