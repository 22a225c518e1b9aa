"""Codes and serials as columns of letters: arrays of ASCII, a row for each stamp."""

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

MOST_DIGITS = 11
"""Digits of the last serial, 66571993087."""

_HYPHEN, _SPACE = ord("-"), ord(" ")
_TENS = 10 ** np.arange(MOST_DIGITS - 1, -1, -1, dtype=np.int64)
_HEX = np.frombuffer(b"".join(b"%02X" % byte for byte in range(256)), np.uint8).reshape(256, 2)


def serial_columns(first: int, last: int) -> tuple[Bytes, NDArray[np.int64]]:
    """The serials `first` to `last` in 11 columns, right-aligned after spaces; their digits."""
    shown = np.arange(first, last + 1, dtype=np.int64)[:, None] // _TENS
    digits = np.maximum(1, (shown > 0).sum(axis=1))
    letters = (shown % 10 + ord("0")).astype(np.uint8)
    letters[np.arange(MOST_DIGITS) < (MOST_DIGITS - digits)[:, None]] = _SPACE
    return letters, digits


def grouped_columns(codes: Bytes, size: int) -> Bytes:
    """Codes with a hyphen between groups of `size` letters, as `grouped` writes them."""
    count, length = codes.shape
    groups = length // size
    text = np.full((count, groups, size + 1), _HYPHEN, np.uint8)
    text[:, :, :size] = codes.reshape(count, groups, size)
    return text.reshape(count, -1)[:, :-1]


def hexadecimal(data: Bytes) -> Bytes:
    """Bytes as ASCII hexadecimal, in twice as many columns."""
    return _HEX[data].reshape(*data.shape[:-1], -1)


def side_by_side(columns: list[bytes | Bytes], count: int) -> bytes:
    """Rows put together from what is the same in all of them, and from columns of their own."""
    parts = [
        np.broadcast_to(np.frombuffer(each, np.uint8), (count, len(each)))
        if isinstance(each, bytes)
        else each
        for each in columns
    ]
    return np.hstack(parts).tobytes()
