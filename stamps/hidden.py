"""The hidden code under the scratch foil: 8 characters, 40 bits.

Made like a stamp code's signature, for another purpose and from a root key of
another ring, so that a machine that only verifies public codes cannot derive
it. It is never stored or logged.
"""

from hmac import compare_digest

from stamps import crockford
from stamps.errors import BadHiddenCode, Unreadable
from stamps.keys import Key
from stamps.signing import SerialSigner

HIDDEN_LENGTH = 8

SIGNER = SerialSigner(b"traceapp/hidden/1/", 5)


def hidden_code(key: Key, serial: int) -> str:
    """The 8 characters under the foil of this serial's stamp.

    Raises BadSerial outside 0..MAX_SERIAL.
    """
    return crockford.encode(int.from_bytes(SIGNER.signature(key, serial), "big"), HIDDEN_LENGTH)


def read_hidden(text: str) -> str:
    """The canonical form (8 characters, upper case) of what somebody typed.

    Takes any Unicode text. Raises BadHiddenCode (length, letters) and nothing
    else; its message never holds the text.
    """
    try:
        return crockford.encode(crockford.decode(text, HIDDEN_LENGTH), HIDDEN_LENGTH)
    except Unreadable as unreadable:
        raise BadHiddenCode(unreadable.why) from None


def hidden_matches(key: Key, serial: int, canonical: str) -> bool:
    """Whether `canonical` (from `read_hidden`) is this serial's hidden code.

    Compared in constant time. Raises BadHiddenCode for a text that `read_hidden`
    would refuse, and BadSerial outside 0..MAX_SERIAL.
    """
    return compare_digest(hidden_code(key, serial), read_hidden(canonical))


def grouped_hidden(code: str) -> str:
    """A canonical hidden code as it is printed: 4-4."""
    return f"{code[:4]}-{code[4:]}"
