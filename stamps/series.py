"""Codes and hidden codes of a whole range of serials, as arrays of letters.

The same bytes as `sign` and `hidden_code` give one by one. What is left of the
cost is the hash itself.
"""

import numpy as np
from numpy.typing import NDArray

from stamps import codes, hidden
from stamps.crockford import ALPHABET
from stamps.keys import Key

_ALPHABET = np.frombuffer(ALPHABET.encode(), np.uint8)


def codes_of(key: Key, first: int, last: int) -> NDArray[np.uint8]:
    """The codes of `first` to `last`, both included: shape (serials, 20), ASCII.

    Raises BadSerial for a range outside 0..MAX_SERIAL or of no serials.
    """
    signatures = np.frombuffer(codes.SIGNER.signatures(key, first, last), ">u8").astype(np.uint64)
    # A code's 100 bits are more than a word holds. Its halves are 50 bits each:
    # the serial with the first 14 bits of the signature, and the other 50.
    serials = np.arange(first, last + 1, dtype=np.uint64)
    upper = serials << np.uint64(14) | signatures >> np.uint64(50)
    lower = signatures & np.uint64((1 << 50) - 1)
    return np.hstack([_letters(half, codes.CODE_LENGTH // 2) for half in (upper, lower)])


def hidden_codes_of(key: Key, first: int, last: int) -> NDArray[np.uint8]:
    """The hidden codes of `first` to `last`, both included: shape (serials, 8), ASCII.

    Raises BadSerial for a range outside 0..MAX_SERIAL or of no serials.
    """
    signed = np.frombuffer(hidden.SIGNER.signatures(key, first, last), np.uint8)
    padded = np.zeros((last + 1 - first, 8), np.uint8)
    padded[:, 3:] = signed.reshape(-1, 5)
    return _letters(padded.view(">u8")[:, 0].astype(np.uint64), hidden.HIDDEN_LENGTH)


def _letters(numbers: NDArray[np.uint64], length: int) -> NDArray[np.uint8]:
    """Numbers as `length` letters of 5 bits each, the highest first."""
    letters = np.empty((len(numbers), length), np.uint8)
    for place in range(length):
        letters[:, place] = numbers >> np.uint64(5 * (length - 1 - place)) & np.uint64(31)
    return _ALPHABET[letters]
