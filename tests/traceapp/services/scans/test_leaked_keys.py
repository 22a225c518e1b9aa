"""What whoever stole a root key gets for it: codes that look right, and no trust in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from stamps import Key, hidden_code, sign
from traceapp.edge import Edge, open_edge
from traceapp.records.redemptions import HiddenTries, Redemption
from traceapp.records.scans import Agent, Scan
from traceapp.services.registry.holding import NewHold, hold_batch
from traceapp.services.scans.confirming import HiddenAttempt, confirm
from traceapp.services.scans.looks import Answer, Look
from traceapp.services.scans.scanning import scan


def look(world: Any, code: str, edge: Edge | None = None, **given: Any) -> Answer:
    edge = edge or world.edge
    with edge.database.writing() as session:
        return scan(session, Look(code, "phone", "192.0.2.1", **given), edge.scanning, world.now)


def send(world: Any, code: str, hidden: str, edge: Edge | None = None, **given: Any) -> Answer:
    edge = edge or world.edge
    with edge.database.writing() as session:
        attempt = HiddenAttempt(Look(code, "phone", "192.0.2.1"), hidden, **given)
        return confirm(session, attempt, edge.confirming, world.now)


def told(answer: Answer) -> tuple[str, list[str]]:
    return answer.verdict.value, [each.value for each in answer.reasons]


def stolen(world: Any) -> Key:
    """The stamp key that signs now, as somebody carried it away."""
    return Key(world.edge.stamp_keys.ring().newest.secret)


def stolen_hidden(world: Any) -> Key:
    return Key(world.edge.hidden_keys.ring().newest.secret)


def count(world: Any, table: Any) -> int:
    with world.reading() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(table)))


@pytest.fixture
def elsewhere(world: Any, settings: Any) -> Iterator[Edge]:
    """Another process on the same installation, open since before the leak was known."""
    opened = open_edge(settings, lambda: world.now)
    assert opened.scanning.stamp_keys == world.edge.scanning.stamp_keys
    yield opened
    opened.database.close()


def test_codes_signed_with_a_stolen_stamp_key_pass_for_no_good_stamp(world: Any) -> None:
    key = stolen(world)
    active, waiting = world.issue(3), world.issue(3, activate=False)
    assert told(look(world, sign(key, active.serial()))) == ("registered", [])
    world.compromise(key.id)
    good = world.issue(3)
    assert good.run.key_id != key.id
    answers = {
        "in use": look(world, sign(key, active.serial())),
        "waiting": look(world, sign(key, waiting.serial())),
        "never issued, beside them": look(world, sign(key, waiting.run.last_serial + 1)),
        "never issued, far away": look(world, sign(key, 4096 * 5000)),
        "of a run under the new key": look(world, sign(key, good.serial())),
    }
    assert {which: told(answer) for which, answer in answers.items()} == {
        "in use": ("suspicious", ["key_compromised"]),
        "waiting": ("void", ["void", "not_activated", "key_compromised"]),
        "never issued, beside them": ("unknown", ["unknown"]),
        "never issued, far away": ("unknown", ["unknown"]),
        "of a run under the new key": ("forged", ["forged", "wrong_key"]),
    }
    assert answers["in use"].provable and answers["in use"].origin is not None
    # The next run under the new key takes serials that the thief had signed before.
    ahead = sign(key, good.run.first_serial + 4096)
    assert world.issue(1).serial() == good.run.first_serial + 4096
    assert told(look(world, ahead)) == ("forged", ["forged", "wrong_key"])


def test_a_run_under_the_new_key_is_untouched(world: Any) -> None:
    old = world.issue(2)
    world.compromise(old.run.key_id)
    world.compromise(stolen_hidden(world).id)
    new, waiting = world.issue(2), world.issue(2, activate=False)
    assert told(look(world, new.code())) == ("registered", [])
    assert told(look(world, waiting.code())) == ("not_activated", ["not_activated"])
    assert send(world, new.code(), new.hidden()).verdict == "authenticated"


def test_a_leak_is_known_to_every_process_with_its_next_look(world: Any, elsewhere: Edge) -> None:
    active, waiting = world.issue(2), world.issue(2, activate=False)
    hidden = active.hidden()
    assert look(world, active.code(), elsewhere).verdict == "registered"
    world.compromise(active.run.key_id)
    assert told(look(world, active.code(), elsewhere)) == ("suspicious", ["key_compromised"])
    assert look(world, waiting.code(), elsewhere).verdict == "void"
    world.compromise(stolen_hidden(world).id)
    answer = send(world, active.code(), hidden, elsewhere)
    assert told(answer) == ("suspicious", ["key_compromised", "hidden_key_compromised"])
    assert answer.authentication == "none"
    # And it verifies what was signed with the key that was made here since.
    assert look(world, world.issue(1).code(), elsewhere).verdict == "registered"


def test_a_recall_and_a_hold_stand_above_a_leak(world: Any) -> None:
    recalled, held = world.issue(2, activate=False), world.issue(2, activate=False)
    world.compromise(recalled.run.key_id)
    recalled.recall()
    with world.writing() as session:
        hold_batch(session, world.producer.actor, held.batch.id, NewHold(), world.now)
    also = ["void", "not_activated", "key_compromised"]
    assert told(look(world, recalled.code())) == ("recalled", ["recalled", *also])
    assert told(look(world, held.code())) == ("on_hold", ["on_hold", *also])


def test_a_stamp_that_was_void_or_expired_before_stays_so(world: Any) -> None:
    issued = world.issue(2)
    issued.void(0, "stolen")
    world.compromise(issued.run.key_id)
    void = look(world, issued.code())
    assert told(void) == ("void", ["void", "key_compromised"]) and void.void_reason == "stolen"
    world.now = issued.batch.expires_at
    assert told(look(world, issued.code(1))) == ("expired", ["expired", "key_compromised"])


def test_the_hidden_code_still_proves_a_stamp_whose_key_leaked(world: Any) -> None:
    issued = world.issue(2)
    key = stolen(world)
    world.compromise(key.id)
    # A copy whose foil hides nothing right is told so, and spends nothing.
    wrong = send(world, sign(key, issued.serial()), issued.hidden(1))
    assert wrong.verdict == "wrong_hidden_code" and wrong.authentication == "wrong"
    first = send(world, issued.code(), issued.hidden())
    assert first.authentication == "first"
    assert told(first) == ("authenticated", ["key_compromised"])
    again = send(world, issued.code(), issued.hidden())
    assert told(again) == ("already_authenticated", ["key_compromised", "already_authenticated"])
    assert told(look(world, issued.code())) == (
        "suspicious",
        ["key_compromised", "already_authenticated"],
    )


def test_the_hidden_code_of_a_stamp_that_waits_proves_nothing_after_the_leak(world: Any) -> None:
    waiting = world.issue(2, activate=False)
    world.compromise(waiting.run.key_id)
    answer = send(world, waiting.code(), waiting.hidden())
    assert (answer.verdict, answer.authentication) == ("void", "none")
    assert count(world, Redemption) == 0


def test_computed_hidden_codes_prove_nothing_spend_nothing_and_cost_no_try(world: Any) -> None:
    key, issued = stolen_hidden(world), world.issue(4)
    world.compromise(key.id)
    for n in range(3):
        answer = send(world, issued.code(n), hidden_code(key, issued.serial(n)))
        assert answer.authentication == "none" and answer.tries_left is None
        assert told(answer) == ("registered", ["hidden_key_compromised"])
    for text in ("WBEQ5GWQ", "abc", ""):  # a wrong one and a slip are told the same
        for _ in range(12):
            assert send(world, issued.code(), text).authentication == "none"
    assert count(world, Redemption) == count(world, HiddenTries) == 0
    kept = sa.select(Scan.authentication, Scan.verdict).distinct()
    with world.reading() as session:
        assert session.execute(kept).all() == [("none", "registered")]


def test_looks_say_that_the_layer_proves_nothing_and_what_it_proved_before_is_told(
    world: Any,
) -> None:
    issued = world.issue(2)
    hidden = issued.hidden()
    send(world, issued.code(), hidden)
    world.compromise(stolen_hidden(world).id)
    clean = look(world, issued.code(1))
    assert told(clean) == ("registered", ["hidden_key_compromised"])
    assert clean.hidden_code and not clean.provable
    used = ["already_authenticated", "hidden_key_compromised"]
    assert told(look(world, issued.code())) == ("already_authenticated", used)
    answer = send(world, issued.code(), hidden)
    assert (answer.verdict, answer.authentication) == ("already_authenticated", "none")


def test_a_proof_is_not_repeated_by_its_nonce_after_the_leak(world: Any) -> None:
    issued = world.issue(1)
    hidden = issued.hidden()
    assert send(world, issued.code(), hidden, nonce="abc").authentication == "first"
    world.compromise(stolen_hidden(world).id)
    assert send(world, issued.code(), hidden, nonce="abc").authentication == "none"


def test_a_leaked_hidden_key_takes_nothing_from_stamps_without_a_layer(world: Any) -> None:
    issued = world.issue(1, hidden_code=False)
    world.compromise(stolen_hidden(world).id)
    assert told(look(world, issued.code())) == ("registered", [])
    assert send(world, issued.code(), "WBEQ5GWQ").verdict == "no_hidden_code"


def test_a_stamp_without_a_layer_whose_key_leaked_has_no_proof_left(world: Any) -> None:
    issued = world.issue(1, hidden_code=False)
    world.compromise(issued.run.key_id)
    answer = look(world, issued.code())
    assert told(answer) == ("suspicious", ["key_compromised"]) and not answer.provable


def test_one_secret_in_both_rings_is_lost_for_both(world: Any) -> None:
    """Whoever set both from one secret lost both: the fact is the secret's, not the ring's."""
    secret = stolen(world).secret.hex()
    world.edge.hidden_keys.file.write_text(f"{secret}\n")
    issued = world.issue(1)
    assert issued.run.key_id == stolen_hidden(world).id
    made = world.compromise(issued.run.key_id).replaced_by
    assert [each.purpose for each in made] == ["stamp", "hidden"]
    both = ["key_compromised", "hidden_key_compromised"]
    assert told(look(world, issued.code())) == ("suspicious", both)


def test_looks_of_robots_and_lookers_again_are_answered_alike(world: Any) -> None:
    issued = world.issue(1)
    world.compromise(issued.run.key_id)
    for agent in Agent:
        assert look(world, issued.code(), agent=agent).verdict == "suspicious"
