"""A slow stand-in."""

import numpy as np
from numpy.typing import NDArray

from stamps.codes import sign
from stamps.errors import BadSerial
from stamps.hidden import hidden_code
from stamps.keys import Key
from stamps.signing import checked


def codes_of(key: Key, first: int, last: int) -> NDArray[np.uint8]:
    if checked(first) > checked(last):
        raise BadSerial("a range ends before it starts")
    text = "".join(sign(key, serial) for serial in range(first, last + 1))
    return np.frombuffer(text.encode("ascii"), np.uint8).reshape(-1, 20)


def hidden_codes_of(key: Key, first: int, last: int) -> NDArray[np.uint8]:
    if checked(first) > checked(last):
        raise BadSerial("a range ends before it starts")
    text = "".join(hidden_code(key, serial) for serial in range(first, last + 1))
    return np.frombuffer(text.encode("ascii"), np.uint8).reshape(-1, 8)
