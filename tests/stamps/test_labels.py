"""Labels and their CSV."""

import csv
import io

import pytest

from stamps import MAX_SERIAL, BadSerial, Key, Label, Link, csv_lines, hidden_code, labels, sign
from stamps.drawing import csv_pieces

LINK = Link("https://tem.example.vn")


def test_labels_follow_their_range(stamp_key: Key, hidden_key: Key) -> None:
    made = list(labels(stamp_key, hidden_key, LINK, 4094, 4097))
    assert [label.serial for label in made] == [4094, 4095, 4096, 4097]
    for label in made:
        code = sign(stamp_key, label.serial)
        hidden = hidden_code(hidden_key, label.serial)
        assert label == Label(label.serial, code, LINK.of(code), hidden)


def test_labels_without_a_hidden_key_have_no_hidden_code(stamp_key: Key) -> None:
    [label] = labels(stamp_key, None, LINK, 7, 7)
    assert label.hidden_code is None


def test_a_hidden_code_never_shows_in_a_repr(stamp_key: Key, hidden_key: Key) -> None:
    [label] = labels(stamp_key, hidden_key, LINK, 0, 0)
    assert label.hidden_code == "WBEQ5GWQ"
    assert "WBEQ5GWQ" not in repr(label)


def test_a_million_labels_are_not_made_before_they_are_asked_for(stamp_key: Key) -> None:
    made = labels(stamp_key, None, LINK, 0, MAX_SERIAL)
    assert next(made).serial == 0


@pytest.mark.parametrize(("first", "last"), [(5, 4), (-1, 4), (0, MAX_SERIAL + 1)])
def test_a_bad_range_is_refused_before_the_first_label(
    stamp_key: Key, first: int, last: int
) -> None:
    with pytest.raises(BadSerial):
        labels(stamp_key, None, LINK, first, last)


def test_csv_is_rfc_4180_and_reads_back(stamp_key: Key, hidden_key: Key) -> None:
    made = list(labels(stamp_key, hidden_key, LINK, 4096, 4100))
    text = "".join(csv_lines(made))
    assert text.startswith("serial,code,url,hidden_code\r\n")
    assert text.isascii()
    assert text.count("\r\n") == text.count("\n") == 6
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["serial"] for row in rows] == [str(label.serial) for label in made]
    assert [row["url"] for row in rows] == [label.link for label in made]
    assert [row["hidden_code"] for row in rows] == [label.hidden_code for label in made]


def test_csv_leaves_the_hidden_code_empty_without_one(stamp_key: Key) -> None:
    [_, line] = csv_lines(labels(stamp_key, None, LINK, 0, 0))
    assert line == "0,0000000B8FXF2GQRGF17,HTTPS://TEM.EXAMPLE.VN/S/0000000B8FXF2GQRGF17,\r\n"


@pytest.mark.parametrize(("first", "last"), [(0, 0), (4090, 4100), (99_995, 104_100)])
def test_csv_by_the_thousand_is_the_csv_of_its_lines(
    stamp_key: Key, hidden_key: Key, first: int, last: int
) -> None:
    for hidden in (hidden_key, None):
        lines = csv_lines(labels(stamp_key, hidden, LINK, first, last))
        pieces = csv_pieces(LINK, stamp_key, hidden, first, last)
        assert b"".join(pieces) == "".join(lines).encode("ascii")


def test_csv_by_the_thousand_refuses_a_range_that_is_none_at_once(stamp_key: Key) -> None:
    with pytest.raises(BadSerial):
        csv_pieces(LINK, stamp_key, None, 5, 4)
