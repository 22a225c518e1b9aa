"""The link in the QR symbol: upper case, so that the symbol stays small.

A link holds nothing but the 45 characters of QR's alphanumeric mode (ISO/IEC
18004, section 7.4.4), which take 5.5 bits each where a mixed-case link takes 8.
Products with a GTIN may carry a GS1 Digital Link (GS1 Digital Link Standard:
URI Syntax), whose qualifiers go in the order (01), (10), (21).
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from stamps.errors import BadLink

MAX_HOST = 30
"""Characters of host and port. One more, and a short link needs a larger symbol."""

MAX_LOT = 20
"""Characters of AI (10): GS1 General Specifications, section 3.4.1."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = re.compile(
    rf"https?://(?P<host>{_LABEL}(?:\.{_LABEL})*(?::(?P<port>[1-9][0-9]{{0,4}}))?)"
)
_GTIN = re.compile(r"[0-9]{14}")

# GS1 AI encodable character set 82, without the slash: WSGI hands %2F to an
# application as a plain slash (PEP 3333), and several proxies refuse it, so that
# a lot with a slash could be printed and never be answered.
_LOT = re.compile(r"""[!"%&'()*+,\-.0-9:;<=>?A-Z_a-z]{1,20}""")

# Only these stand for themselves in a link. Lower-case letters are encoded too:
# %61 survives upper-casing as an exact "a", and a lot is case-sensitive.
_LITERAL = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-.")


class LinkForm(StrEnum):
    """How a run's links are written."""

    SHORT = "short"
    """HTTPS://HOST/S/<code>, for every product."""

    GS1 = "gs1"
    """HTTPS://HOST/01/<gtin14>/21/<code>."""

    GS1_LOT = "gs1_lot"
    """HTTPS://HOST/01/<gtin14>/10/<lot>/21/<code>."""


@dataclass(frozen=True)
class Link:
    """What all links of a run share; `of` adds the code.

    origin: "https://host" or "http://host", with a port or not, without a path;
    host and port together at most 30 ASCII characters. gtin: 14 digits with a
    right check digit, for the GS1 forms only. lot: for `gs1_lot` only, see
    `linkable_lot`.

    Raises BadLink at construction for anything else: a link that cannot be
    printed or answered must not reach a run.
    """

    origin: str
    form: LinkForm = LinkForm.SHORT
    gtin: str | None = None
    lot: str | None = None

    def __post_init__(self) -> None:
        match = _ORIGIN.fullmatch(self.origin.lower()) if self.origin.isascii() else None
        if match is None or int(match["port"] or 0) > 65535:
            raise BadLink("an origin is https://host or https://host:port, in ASCII, no path")
        if len(match["host"]) > MAX_HOST:
            raise BadLink(f"a host with its port has at most {MAX_HOST} characters")
        if not isinstance(self.form, LinkForm):
            raise BadLink("no such link form")
        if (self.gtin is not None) != (self.form is not LinkForm.SHORT):
            raise BadLink("a GS1 link needs a GTIN, and a short link has none")
        if (self.lot is not None) != (self.form is LinkForm.GS1_LOT):
            raise BadLink("a lot stands in links of the form gs1_lot, and in no others")
        if self.gtin is not None and not good_gtin(self.gtin):
            raise BadLink("a GTIN is 14 digits, the last of which is their check digit")
        if self.lot is not None and not linkable_lot(self.lot):
            raise BadLink(f"a lot in a link is 1 to {MAX_LOT} characters of GS1 set 82, no slash")

    @classmethod
    def printed(cls, origin: str, form: LinkForm, gtin: str | None, lot: str | None) -> "Link":
        """The link of a run, which may know a GTIN and a lot that its form does not carry."""
        return cls(
            origin,
            form,
            None if form is LinkForm.SHORT else gtin,
            lot if form is LinkForm.GS1_LOT else None,
        )

    def of(self, code: str) -> str:
        """The link for a canonical code: upper case, QR alphanumeric characters only."""
        path = f"/21/{code}" if self.form is not LinkForm.SHORT else f"/S/{code}"
        if self.lot is not None:
            path = f"/10/{_percent_encoded(self.lot)}{path}"
        if self.gtin is not None:
            path = f"/01/{self.gtin}{path}"
        return self.origin.upper() + path


def hidden_link(link: str, hidden: str) -> str:
    """The link for a second symbol, under the foil: `link` and a canonical hidden code.

    The code rides in the fragment (RFC 3986, section 3.5), which browsers send to nobody. All but
    the number sign stays within QR's alphanumeric mode.
    """
    return f"{link}#H-{hidden}"


def good_gtin(gtin: str) -> bool:
    """Whether this is a GTIN of 14 digits with its right check digit.

    GS1 General Specifications, section 7.9: digits weigh 3 and 1 in turn, and
    the sum is a multiple of 10.
    """
    if not _GTIN.fullmatch(gtin):
        return False
    return sum(int(digit) * (1, 3)[place % 2 == 0] for place, digit in enumerate(gtin)) % 10 == 0


def linkable_lot(lot: str) -> bool:
    """Whether a lot can stand in a link: 1 to 20 characters of GS1 set 82, no slash.

    A lot of one or two dots is refused as well: browsers take it for a relative
    path (RFC 3986, section 5.2.4), even when it is percent-encoded.
    """
    return _LOT.fullmatch(lot) is not None and lot not in {".", ".."}


def _percent_encoded(lot: str) -> str:
    """The lot for a path (RFC 3986, section 2.1), in upper-case hexadecimal."""
    return "".join(
        character if character in _LITERAL else f"%{ord(character):02X}" for character in lot
    )
