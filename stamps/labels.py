"""Labels: what each stamp of a range says, before any of it is drawn."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from stamps.codes import sign
from stamps.errors import BadSerial
from stamps.hidden import hidden_code
from stamps.keys import Key
from stamps.links import Link
from stamps.signing import checked


@dataclass(frozen=True)
class Label:
    """One stamp's own words: everything else on a label is its run's.

    code: 20 characters; link: upper case; hidden_code: 8 characters, or None for
    a run without a hidden layer. The hidden code never appears in a repr.
    """

    serial: int
    code: str
    link: str
    hidden_code: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class LabelFace:
    """What all labels of a run share, in any length and any Unicode form.

    host: the web address as people are shown it; hotline: may be empty;
    sample_mark: "MẪU" on demonstration labels, else empty; stars: 3 to 5 of an
    OCOP certificate that is in force, else 0: the caller knows the day.
    """

    product: str
    producer: str
    host: str
    hotline: str = ""
    sample_mark: str = ""
    stars: int = 0


def labels(key: Key, hidden_key: Key | None, link: Link, first: int, last: int) -> Iterator[Label]:
    """The labels of the serials `first` to `last`, both included, in order.

    hidden_key: None for a run without hidden codes. Raises BadSerial at once,
    not at the first label, for a range outside 0..MAX_SERIAL or of no serials.
    """
    if checked(first) > checked(last):
        raise BadSerial("a range ends before it starts")
    return (_label(key, hidden_key, link, serial) for serial in range(first, last + 1))


def _label(key: Key, hidden_key: Key | None, link: Link, serial: int) -> Label:
    code = sign(key, serial)
    hidden = None if hidden_key is None else hidden_code(hidden_key, serial)
    return Label(serial, code, link.of(code), hidden)


def csv_lines(labels: Iterable[Label]) -> Iterator[str]:
    """The labels as CSV for a printing house: a header, then a line each.

    RFC 4180: lines end in CRLF, the header is `serial,code,url,hidden_code`.
    Every field is ASCII without commas or quotes, so none is quoted and no byte
    order mark is needed. The last field is empty for a label without a hidden code.
    """
    yield "serial,code,url,hidden_code\r\n"
    for label in labels:
        yield f"{label.serial},{label.code},{label.link},{label.hidden_code or ''}\r\n"
