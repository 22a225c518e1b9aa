"""Crockford base32 of a fixed length: numbers to text and back.

The alphabet is Douglas Crockford's (https://www.crockford.com/base32.html):
ten digits and the letters without I, L, O and U, so that no two characters are
mistaken for each other on a printed label. There is no check symbol: a code
carries its signature instead.
"""

from stamps.errors import Unreadable, Why

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

# What people put between the letters when they copy a code by hand or by
# clipboard: ASCII hyphen, the Unicode hyphens and dashes, the minus sign, the
# soft hyphen, and two characters without width that word processors and
# messengers slip in. White space is left to `str.isspace`.
_FILLERS = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad\u200b\ufeff")

# A table rather than `str.upper`: upper-casing folds strangers into ASCII
# (dotless i, long s), and a code has to be read in one way only.
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_VALUES |= {letter.lower(): value for letter, value in _VALUES.items()}
_VALUES |= dict.fromkeys("Oo", 0) | dict.fromkeys("IiLl", 1)


class _Digits(dict[int, str]):
    """What `int` reads in base 32 for each letter; what is no letter of ours it cannot read."""

    def __missing__(self, _stranger: int) -> str:
        return "!"


_DIGITS = _Digits(
    {ord(letter): "0123456789abcdefghijklmnopqrstuv"[value] for letter, value in _VALUES.items()}
)


def encode(number: int, length: int) -> str:
    """Write a number as exactly `length` characters of 5 bits, the highest first.

    Raises ValueError for a number that needs more bits, or a negative one: the
    callers bound their numbers, so that this is a mistake of ours.
    """
    if not 0 <= number < 1 << 5 * length:
        raise ValueError(f"a number outside 0..2**{5 * length} - 1")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (length - 1), -1, -5))


def decode(text: str, length: int) -> int:
    """Read a number of 5 * `length` bits from what somebody typed.

    Upper and lower case are equal, O reads as 0, I and L as 1; white space,
    hyphens and dashes are skipped wherever they stand. Takes any Unicode text
    of any size in linear time.

    Raises Unreadable (length, letters) and nothing else.
    """
    if len(text) != length or not text.isalnum():
        kept = [letter for letter in text if letter not in _FILLERS and not letter.isspace()]
        if len(kept) != length:
            raise Unreadable(Why.LENGTH)
        text = "".join(kept)
    try:
        return int(text.translate(_DIGITS), 32)
    except ValueError:
        raise Unreadable(Why.LETTERS) from None
