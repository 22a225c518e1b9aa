"""What buyers read of a stamp whose key leaked: calm, true, and what to do."""

from __future__ import annotations

from typing import Any

SCRATCH = '<section class="card confirm"'


def heading(page: Any) -> str:
    return str(page.text.partition("<h1")[2].partition("</h1>")[0])


def test_a_stamp_in_use_asks_for_the_proof_and_the_proof_counts(
    world: Any, visitor: Any, stranger: Any
) -> None:
    issued = world.issue()
    world.compromise(issued.run.key_id)
    told = visitor.told(issued.link_path())
    assert (told["verdict"], told["reasons"]) == ("suspicious", ["key_compromised"])
    assert told["product"]["net_content"] == "500 ml"
    page = visitor.page(issued.link_path())
    assert page.status_code == 200 and SCRATCH in page.text
    assert "Nghi ngờ tem bị sao chép" in heading(page) and "đã bị lộ" in page.text
    english = stranger.page(issued.link_path()).text
    assert "may have printed copies" in english and "scratch the foil" in english
    assert english.count("has leaked") == 1
    proven = visitor.confirmed(issued.code(), issued.hidden())
    assert (proven["verdict"], proven["authentication"]) == ("authenticated", "first")
    assert proven["reasons"] == ["key_compromised"]
    assert "có thể đã có bản sao" in proven["message"].lower()


def test_proof_is_told_with_the_copies_that_may_exist(world: Any, stranger: Any) -> None:
    issued = world.issue()
    world.compromise(issued.run.key_id)
    fields = {"hidden_code": issued.hidden(), "foil_whole": "yes"}
    page = stranger.submit(issued.code(), **fields)
    assert "Genuine" in heading(page)
    assert "Copies of this stamp may exist; yours carries the proof." in page.text
    assert "may have printed copies" not in page.text


def test_a_stamp_that_was_never_in_use_is_cancelled_and_says_why(
    world: Any, visitor: Any, stranger: Any
) -> None:
    issued = world.issue(activate=False)
    world.compromise(issued.run.key_id)
    page = stranger.page(issued.link_path())
    assert page.status_code == 200 and SCRATCH not in page.text
    assert "This stamp was cancelled" in heading(page)
    assert "leaked before this stamp was put to use" in page.text
    for repeated in ("whoever had ordered it", "not in use yet", "may have printed copies"):
        assert repeated not in page.text
    told = visitor.told(issued.link_path())
    assert told["reasons"] == ["void", "not_activated", "key_compromised"]
    assert "Tem đã bị hủy" in told["message"]


def test_a_stamp_without_foil_is_told_not_to_be_relied_on(world: Any, stranger: Any) -> None:
    issued = world.issue(hidden_code=False)
    world.compromise(issued.run.key_id)
    page = stranger.page(issued.link_path())
    assert "do not rely on this stamp alone" in page.text and SCRATCH not in page.text


def test_nobody_is_invited_to_scratch_for_a_proof_that_is_gone(
    world: Any, visitor: Any, stranger: Any
) -> None:
    issued = world.issue()
    hidden = issued.hidden()
    world.compromise(world.edge.hidden_keys.ring().newest.id)
    told = visitor.told(issued.link_path())
    assert (told["verdict"], told["reasons"]) == ("registered", ["hidden_key_compromised"])
    assert told["stamp"]["hidden_code"] is True
    assert "không cần cào" in told["message"]
    page = stranger.page(issued.link_path())
    assert "The stamp is valid" in heading(page) and SCRATCH not in page.text
    assert "it is not proof" in page.text and "no longer proves anything" in page.text
    assert "scratch the foil" not in page.text and "has no foil" not in page.text
    answer = visitor.confirm(issued.code(), hidden)
    assert answer.status_code == 200
    assert answer.get_json()["authentication"] == "none"
    assert answer.get_json()["verdict"] == "registered"
    late = stranger.submit(issued.code(), hidden_code=hidden, foil_whole="yes")
    assert "was not looked at" in late.text and "had been scratched" not in late.text


def test_with_both_keys_gone_nothing_is_promised(world: Any, stranger: Any) -> None:
    issued = world.issue()
    world.compromise(issued.run.key_id)
    world.compromise(world.edge.hidden_keys.ring().newest.id)
    page = stranger.page(issued.link_path())
    assert "may have been copied" in heading(page) and SCRATCH not in page.text
    assert "do not rely on this stamp alone" in page.text and "scratch the foil" not in page.text


def test_an_altered_link_is_told_beside_the_leak(world: Any, stranger: Any) -> None:
    issued = world.issue(gtin="4006381333931")
    world.compromise(issued.run.key_id)
    path = issued.link_path().replace("04006381333931", "00000000000017")
    told = stranger.told(path)
    assert told["reasons"] == ["key_compromised", "link_mismatch"]
    assert "has leaked" in told["message"] and "not the one that was printed" in told["message"]
