"""Pages with holes: filled anew for each look, and one whole gzip file each time."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as some

from scanner_page.drawing import Drawings, Drawn, hole

PAGE = f"<h1>Tem {hole('code')}</h1><p>Nước mắm</p><i>{hole('serial')}</i>{hole('code')}"


def test_a_page_is_filled_and_filled_again() -> None:
    drawn = Drawn(PAGE)
    for code, serial in (("AB", "1"), ("Ớt", ""), ("CD", "22")):
        filled = {"code": code, "serial": serial}
        whole = f"<h1>Tem {code}</h1><p>Nước mắm</p><i>{serial}</i>{code}".encode()
        assert drawn.plain(filled) == whole
        assert gzip.decompress(drawn.gzipped(filled)) == whole


@given(some.text(max_size=300), some.text(max_size=300), some.text(max_size=300))
def test_whatever_stands_around_a_hole_and_in_it_comes_out_again(a: str, b: str, word: str) -> None:
    a, b, word = (text.encode("utf-8", "replace").decode() for text in (a, b, word))
    drawn = Drawn(f"{a}{hole('code')}{b}")
    assert gzip.decompress(drawn.gzipped({"code": word})).decode() == a + word + b


def test_a_page_without_holes_is_a_page() -> None:
    assert gzip.decompress(Drawn("xyz").gzipped({})) == b"xyz"


def test_what_fills_a_hole_is_not_compressed_with_the_page() -> None:
    """Compressed together, a secret's guess would show by its length (the BREACH attack)."""
    drawn = Drawn(f"secret=4711 {hole('nonce')} {hole('code')}")
    sizes = {
        len(drawn.gzipped({"nonce": "n" * 22, "code": guess}))
        for guess in ("secret=4711", "secret=0815", "xxxxxxxxxxx")
    }
    assert len(sizes) == 1


def test_a_hole_without_a_filling_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        Drawn(PAGE).plain({"code": "AB"})


def test_pages_are_kept_for_what_they_tell_of_and_depend_on_and_the_oldest_goes() -> None:
    drawings, drawn = Drawings(most=2), []

    def draw() -> Drawn:
        drawn.append(Drawn("x"))
        return drawn[-1]

    one, other = object(), object()
    first = drawings.of(one, "vi", draw)
    assert drawings.of(one, "vi", draw) is first
    assert drawings.of(one, "en", draw) is not first
    assert len(drawn) == 2
    drawings.of(one, "vi", draw), drawings.of(other, "vi", draw)
    assert drawings.of(one, "vi", draw) is first
    drawings.of(one, "en", draw)
    assert len(drawn) == 4
