"""What can be wrong with a text, a key, a link or a label: one small tree.

Whoever catches `BadStamp` has caught everything that this room raises on
purpose. The messages are for logs and developers; the words that people read
are chosen by the faces, from `why` where there is one.
"""

from enum import StrEnum


class Why(StrEnum):
    """Why a text cannot be read: the closed list behind `Unreadable.why`."""

    LENGTH = "length"
    """Too few or too many letters remain once spaces and hyphens are gone."""

    LETTERS = "letters"
    """The count is right, but a character is outside the alphabet."""

    RANGE = "range"
    """All letters are good, but they spell a serial that no counter reaches."""


class BadStamp(Exception):
    """The root: something handed to `stamps` cannot be what it should be."""


class Unreadable(BadStamp):
    """A text that cannot be read as Crockford base32 of the length wanted.

    The text itself is not kept: it comes from strangers, has any length, and
    may be a hidden code that somebody mistyped.
    """

    def __init__(self, why: Why) -> None:
        super().__init__(f"unreadable: {why}")
        self.why = why


class Malformed(Unreadable):
    """A text that is not a stamp code at all."""


class BadHiddenCode(Unreadable):
    """A text that cannot be a hidden code. No try has to be counted for it."""


class BadSerial(BadStamp):
    """A serial outside 0..MAX_SERIAL, or a range that ends before it starts."""


class BadKey(BadStamp):
    """A secret of the wrong size, or a key ring that is empty or has doubles."""


class BadLink(BadStamp):
    """A link that cannot be printed: its origin, GTIN, lot or their combination."""


class BadDesign(BadStamp):
    """A label design that cannot be: its labels would not lie on its page, say."""


class LabelFault(StrEnum):
    """Why labels cannot be drawn as wished: the closed list behind `BadLabel.fault`."""

    ROOM = "room"
    """The symbol and the words have no room; `least_mm` is the size that has."""

    RESOLUTION = "resolution"
    """No printer of so many dots an inch is known."""

    HIDDEN_UNCHOSEN = "hidden_unchosen"
    """The run has hidden codes, and nobody said what becomes of them."""

    HIDDEN_MISSING = "hidden_missing"
    """The run has no hidden codes, and labels with some were asked for."""

    HIDDEN_ROOM = "hidden_room"
    """The design has no place for a hidden code of this kind."""

    SHEET = "sheet"
    """A thermal printer takes rolls, and the design is a sheet."""

    STARS = "stars"
    """A product has 3 to 5 stars, or none are printed."""


class BadLabel(BadStamp):
    """Labels that cannot be drawn as wished.

    least_mm: width and height of the smallest label, grown evenly from the design's, on which
    they could; None where no size would help.
    """

    def __init__(
        self, fault: LabelFault, text: str, least_mm: tuple[float, float] | None = None
    ) -> None:
        super().__init__(text)
        self.fault = fault
        self.least_mm = least_mm
