"""What officers and producers see of a leaked key on their pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from traceapp.web.officer.leaks import RUNS_SHOWN

Visit = Callable[..., Any]


def test_the_desk_leads_to_leaked_keys_while_there_are_any(world: Any, visit: Visit) -> None:
    issued = world.issue(5, activate=False)
    issued.activate(0, 1)
    officer = visit(world.officer)
    assert "/officer/keys" not in officer.get("/officer").text
    assert "No key has leaked" in officer.get("/officer/keys").text
    world.compromise(issued.run.key_id, note="Máy tính bị mất")
    for who in (world.officer, world.admin):
        visitor = visit(who)
        desk = visitor.get("/officer").text
        assert "A key has leaked" in desk and 'href="/officer/keys"' in desk
        text = visitor.get("/officer/keys").text
        assert issued.run.key_id in text and "Máy tính bị mất" in text
        assert world.producer.party.name in text and "500 ml" in text
        assert f"lot {issued.run.lot}" in text and f"serials {issued.serial()} to" in text
        assert "in use: 2 · not in use yet: 3 · void: 0" in text
        assert f'href="/officer/runs/{issued.run.id}"' in text
    assert visit(world.producer).get("/officer/keys").status_code == 403


def test_each_kind_of_key_says_what_it_means_and_what_to_do(world: Any, visit: Visit) -> None:
    world.issue(2)
    world.compromise(world.edge.hidden_keys.ring().newest.id)
    officer = visit(world.officer)
    text = officer.get("/officer/keys").text
    assert "they prove nothing any more" in text and "Strangers can print" not in text
    world.compromise(world.edge.stamp_keys.ring().newest.id)
    text = officer.get("/officer/keys").text
    assert "2 keys have leaked" in officer.get("/officer").text
    assert text.index("Strangers can print") < text.index("they prove nothing any more")


def test_many_runs_are_shown_page_by_page(world: Any, visit: Visit) -> None:
    runs = [world.issue(1, roll=True).run for _ in range(RUNS_SHOWN + 2)]
    told = world.compromise(runs[0].key_id)
    officer = visit(world.officer)
    text = officer.get("/officer/keys").text
    assert f"More runs of {RUNS_SHOWN + 2} in all" in text
    (more,) = re.findall(rf'href="(/officer/keys/{told.id}\?cursor=\d+)"', text)
    rest = officer.get(more).text
    shown = [f'"/officer/runs/{run.id}"' in page for page in (text, rest) for run in runs]
    assert shown == [True] * RUNS_SHOWN + [False] * (2 + RUNS_SHOWN) + [True] * 2
    assert officer.get(f"/officer/keys/{told.id}?cursor=x").status_code == 422
    assert officer.get("/officer/keys/99").status_code == 404


def test_runs_and_stamps_tell_of_the_leak(world: Any, visit: Visit) -> None:
    issued = world.issue(5, activate=False)
    issued.activate(0, 1)
    producer, officer = visit(world.producer), visit(world.officer)
    page = f"/producer/stamps/{issued.run.id}"
    assert "Put stamps to use" in producer.get(page).text
    world.compromise(issued.run.key_id, note="Máy tính bị mất")
    text = producer.get(page).text
    assert "Máy tính bị mất" not in text
    assert "It is not your fault" in text and "Put stamps to use" not in text
    ask = f"/producer/requests/new?product_id={issued.run.product_id}"
    assert ask in text and producer.get(ask).status_code == 200
    assert "has leaked" in officer.get(f"/officer/runs/{issued.run.id}").text
    story = officer.get(f"/officer/stamps?serial={issued.serial()}").text
    assert "its key leaked" in story and "Its key leaked" in story
    assert "Máy tính bị mất" in story
    ends = {"first_serial": str(issued.serial(2)), "last_serial": str(issued.serial(4))}
    to = f"{page}/activation"
    assert "can no longer be put to use" in producer.get(to).text
    answer = producer.post(to, ends, on="/account")
    assert answer.status_code == 409 and "can no longer be put to use" in answer.text


def test_a_producer_reads_at_her_own_stamp_that_it_cannot_be_used(world: Any, visit: Visit) -> None:
    issued = world.issue(2, activate=False)
    issued.activate(0, 0)
    world.compromise(issued.run.key_id)
    producer = visit(world.producer)
    waiting = producer.get(issued.link_path(1)).text
    assert "ask for new stamps" in waiting and "This is the first one" not in waiting
    active = producer.get(issued.link_path(0)).text
    assert "Buyers are told that copies may exist" in active


def test_a_leaked_hidden_key_alarms_nobody_over_stamps_in_use(world: Any, visit: Visit) -> None:
    issued = world.issue(2, activate=False)
    world.compromise(world.edge.hidden_keys.ring().newest.id)
    text = visit(world.producer).get(f"/producer/stamps/{issued.run.id}").text
    assert "the stamps stay valid" in text and "Put stamps to use" in text
