"""Codes that nobody issued: made up, mistyped, cut, stretched, or put into another link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from stamps import Key, KeyRing, sign
from stamps.crockford import ALPHABET
from traceapp.services.scans.judging import Verdict
from traceapp.services.scans.scanning import Look, examine, unchecked

RING = KeyRing([Key(bytes(range(32)))])

# How each way of spoiling a code shares in a million tries.
SHARES = {"changed": 600_000, "swapped": 150_000, "cut": 50_000, "longer": 50_000, "drawn": 150_000}


def changed(code: str, random: Random) -> str:
    """One to three letters are others than they were."""
    letters = list(code)
    for place in random.sample(range(20), random.randint(1, 3)):
        letters[place] = random.choice(ALPHABET.replace(letters[place], ""))
    return "".join(letters)


def swapped(code: str, random: Random) -> str:
    """Two neighbours that differ have changed places."""
    places = [place for place in range(19) if code[place] != code[place + 1]]
    place = random.choice(places)
    return code[:place] + code[place + 1] + code[place] + code[place + 2 :]


def cut(code: str, random: Random) -> str:
    left = random.randint(15, 19)
    start = random.randint(0, 20 - left)
    return code[start : start + left]


def longer(code: str, random: Random) -> str:
    place = random.randint(0, 20)
    return code[:place] + "".join(random.choices(ALPHABET, k=random.randint(1, 3))) + code[place:]


def drawn(_: str, random: Random) -> str:
    return "".join(random.choices(ALPHABET, k=20))


WAYS = {each.__name__: each for each in (changed, swapped, cut, longer, drawn)}


def spoilt(codes: list[str], random: Random, share: int = 1) -> Iterator[tuple[str, str]]:
    """A share of the million: the way, and a text that is no code of ours."""
    for way, count in SHARES.items():
        spoil = WAYS[way]
        for n in range(count // share):
            yield way, spoil(codes[n % len(codes)], random)


def test_of_a_million_codes_that_nobody_signed_none_is_accepted() -> None:
    """Through what answers while the records are out of reach: the laxer of the two ways.

    With the records, a serial has to be issued as well.
    """
    random = Random(20_260_615)
    serials = random.sample(range(31 * 2**31), 2000)
    codes = [sign(RING.newest, serial) for serial in serials]
    real = {unchecked(Look(code, "phone", "192.0.2.1"), RING).verdict for code in codes}
    assert real == {Verdict.UNCHECKED}
    counted: Counter[tuple[str, Verdict]] = Counter()
    for way, text in spoilt(codes, random):
        counted[way, unchecked(Look(text, "phone", "192.0.2.1"), RING).verdict] += 1
    assert counted.total() == 1_000_000
    assert {verdict for _, verdict in counted} == {Verdict.FORGED, Verdict.MALFORMED}
    # Most of them are well-formed, so that it is their signature that was looked at.
    assert counted["cut", Verdict.MALFORMED] == SHARES["cut"]
    assert counted["longer", Verdict.MALFORMED] == SHARES["longer"]
    for way in ("changed", "swapped", "drawn"):
        assert counted[way, Verdict.FORGED] > 0.95 * SHARES[way]


def test_spoilt_codes_of_stamps_in_use_are_told_nothing(world: Any) -> None:
    issued = world.issue(50)
    codes = [issued.code(n) for n in range(50)]
    scanning = world.edge.scanning
    with world.reading() as session:
        for way, text in spoilt(codes, Random(7), share=2000):
            look = Look(text, "phone", "192.0.2.1")
            answer = examine(session, look, scanning, world.now).answer
            assert answer.verdict in (Verdict.FORGED, Verdict.MALFORMED), (way, text)
            assert answer.origin is answer.serial is None and not answer.hidden_code


LOOK_ALIKES = {"0": "Oo", "1": "IiLl"}


def test_look_alike_letters_and_blanks_are_read_as_what_they_look_like(world: Any) -> None:
    """Nobody is sent away, and nothing is spent, because she typed an O for a 0."""
    issued = world.issue(200)
    met = set()
    for n in range(200):
        code, hidden = issued.code(n), issued.hidden(n)
        for letter, alikes in LOOK_ALIKES.items():
            met |= {letter} & set(hidden)
            for alike in alikes:
                typed = f" {hidden[:4]}\u00a0-{hidden[4:]}\t".replace(letter, alike)
                asked = f"{code[:5]}-{code[5:]}".replace(letter, alike).lower()
                told = world.client().post(
                    f"/S/{asked}/hidden-code",
                    json={"hidden_code": typed.lower(), "nonce": "abc"},
                    headers={"Accept": "application/json"},
                )
                assert told.json["authentication"] == "first", (asked, typed)
        if met == set(LOOK_ALIKES):
            return
    raise AssertionError("no hidden code here holds a 0 and a 1")


def visit(world: Any, path: str) -> Any:
    return world.client().get(path, headers={"Accept": "application/json"}).json


@pytest.mark.parametrize("gtin", ["08931234567897", "04006381333931"])
def test_a_link_with_another_products_gtin_is_suspicious_for_that_look_alone(
    world: Any, gtin: str
) -> None:
    issued = world.issue(3, gtin="04006381333931")
    code, own = issued.code(), gtin == "04006381333931"
    told = visit(world, f"/01/{gtin}/21/{code}")
    assert told["verdict"] == ("registered" if own else "suspicious")
    assert told["reasons"] == ([] if own else ["link_mismatch"])
    # It tells of the product that the stamp was issued for, and of no other.
    assert told["product"]["gtin"] == "04006381333931"
    assert visit(world, f"/S/{code}")["verdict"] == "registered"


def test_a_hidden_code_sent_by_an_altered_link_proves_all_the_same(world: Any) -> None:
    issued = world.issue(3, gtin="04006381333931")
    visit(world, f"/01/08931234567897/21/{issued.code()}")
    told = world.client().post(
        f"/S/{issued.code()}/hidden-code",
        json={"hidden_code": issued.hidden()},
        headers={"Accept": "application/json"},
    )
    assert told.json["verdict"] == "authenticated"
