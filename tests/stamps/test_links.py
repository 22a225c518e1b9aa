"""Links: the three forms, lots, and the combinations that are refused."""

import dataclasses
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stamps import BadLink, Link, LinkForm, good_gtin, hidden_link, linkable_lot

CODE = "01TVSMAHHXGX2CC5MTKK"
GTIN = "08938500000010"
ALPHANUMERIC = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"


def test_a_short_link() -> None:
    assert Link("https://tem.example.vn").of(CODE) == f"HTTPS://TEM.EXAMPLE.VN/S/{CODE}"


def test_a_gs1_link() -> None:
    link = Link("https://tem.example.vn", LinkForm.GS1, GTIN)
    assert link.of(CODE) == f"HTTPS://TEM.EXAMPLE.VN/01/{GTIN}/21/{CODE}"


def test_a_gs1_link_with_a_lot_keeps_the_order_of_qualifiers() -> None:
    link = Link("https://tem.example.vn", LinkForm.GS1_LOT, GTIN, "NM-2025.07")
    assert link.of(CODE) == f"HTTPS://TEM.EXAMPLE.VN/01/{GTIN}/10/NM-2025.07/21/{CODE}"


def test_a_port_and_plain_http_are_kept() -> None:
    assert Link("http://localhost:8000").of(CODE) == f"HTTP://LOCALHOST:8000/S/{CODE}"


@given(st.text(SET_82.replace("/", ""), min_size=1, max_size=20).filter(lambda s: s.strip(".")))
def test_every_linkable_lot_survives_the_link(lot: str) -> None:
    assert linkable_lot(lot)
    link = Link("https://tem.example.vn", LinkForm.GS1_LOT, GTIN, lot).of(CODE)
    assert set(link) <= ALPHANUMERIC
    parts = urlsplit(link).path.split("/")
    assert [unquote(part) for part in parts] == ["", "01", GTIN, "10", lot, "21", CODE]


@pytest.mark.parametrize(
    "lot", ["", " ", "A B", "A/B", ".", "..", "lô 7", "A" * 21, "A#", "A\n", "A\0", "\ud800", "Ａ"]
)
def test_a_lot_that_cannot_stand_in_a_link_is_refused(lot: str) -> None:
    assert not linkable_lot(lot)
    with pytest.raises(BadLink):
        Link("https://tem.example.vn", LinkForm.GS1_LOT, GTIN, lot)


@pytest.mark.parametrize("lot", ["A", "A" * 20, "nm-07", "L:1", "50%", "...", "a+b"])
def test_other_lots_are_linkable(lot: str) -> None:
    assert linkable_lot(lot)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "tem.example.vn",
        "ftp://tem.example.vn",
        "https://",
        "https://tem.example.vn/",
        "https://tem.example.vn/path",
        "https://tem.example.vn?q",
        "https://tem.example.vn\n",
        "https://user@tem.example.vn",
        "https://tem example.vn",
        "https://tem_x.example.vn",
        "https://-tem.example.vn",
        "https://tem..example.vn",
        "https://tem.example.vn.",
        "https://tem.example.vn:",
        "https://tem.example.vn:0",
        "https://tem.example.vn:65536",
        "https://[::1]",
        "https://nướcmắm.vn",
        "https://\u212aem.vn",
        "https://" + "a" * 31,
        "https://" + "a" * 26 + ":8000",
    ],
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(BadLink):
        Link(origin)


@pytest.mark.parametrize(
    "origin",
    [
        "https://" + "a" * 30,
        "https://" + "a" * 25 + ":8000",
        "HTTPS://Tem.VN",
        "http://127.0.0.1:8000",
    ],
)
def test_hosts_of_up_to_30_characters_are_taken(origin: str) -> None:
    assert Link(origin).of(CODE) == f"{origin.upper()}/S/{CODE}"


@pytest.mark.parametrize(
    ("form", "gtin", "lot"),
    [
        (LinkForm.SHORT, GTIN, None),
        (LinkForm.SHORT, None, "A"),
        (LinkForm.GS1, None, None),
        (LinkForm.GS1, GTIN, "A"),
        (LinkForm.GS1_LOT, GTIN, None),
        (LinkForm.GS1_LOT, None, "A"),
        ("short", None, None),
    ],
)
def test_impossible_combinations_are_refused(
    form: LinkForm, gtin: str | None, lot: str | None
) -> None:
    with pytest.raises(BadLink):
        Link("https://tem.example.vn", form, gtin, lot)


@pytest.mark.parametrize(
    "gtin", ["", "8938500000010", "08938500000011", "0893850000001X", "٠" * 14, "0" * 15]
)
def test_a_bad_gtin_is_refused(gtin: str) -> None:
    assert not good_gtin(gtin)
    with pytest.raises(BadLink):
        Link("https://tem.example.vn", LinkForm.GS1, gtin)


@pytest.mark.parametrize("gtin", [GTIN, "09506000134352", "00000000000000"])
def test_a_gtin_with_its_check_digit_is_good(gtin: str) -> None:
    assert good_gtin(gtin)


def test_a_link_cannot_be_changed() -> None:
    link = Link("https://tem.example.vn")
    with pytest.raises(dataclasses.FrozenInstanceError):
        link.origin = "https://other.example.vn"  # type: ignore[misc]


def test_a_hidden_link_is_the_link_with_the_code_where_browsers_keep_it() -> None:
    link = Link("https://tem.example.vn").of(CODE)
    found = hidden_link(link, "WBEQ5GWQ")
    assert urlsplit(found)._replace(fragment="").geturl().upper() == link
    assert urlsplit(found).fragment == "H-WBEQ5GWQ"
    assert found.isascii() and found.upper() == found
