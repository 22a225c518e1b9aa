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


class BadSheet(BadStamp):
    """A label sheet whose labels would not lie on its page."""


class BadLabel(BadStamp):
    """A label that cannot be drawn: no room, or nothing to draw."""
